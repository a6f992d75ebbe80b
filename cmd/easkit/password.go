package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/easkit/easkit/certs"
)

// maxPassword bounds a password file, so that a mistaken one is told at once.
const maxPassword = 4096

// unlock says how encrypted files are opened: with the password from a file or
// a variable, or by asking. what names the file in the prompt.
func (a *app) unlock(file, variable, what string) (certs.Unlock, error) {
	u := certs.Unlock{Prompt: func() (certs.Password, error) {
		secret, err := a.askSecret(fmt.Sprintf("Password of %s: ", what))
		return certs.Password(secret), err
	}}
	switch {
	case file != "" && variable != "":
		return u, errors.New("give --password-file or --password-env, not both")
	case variable != "":
		value, ok := a.env(variable)
		if !ok {
			return u, fmt.Errorf("--password-env: there is no environment variable %s", variable)
		}
		u.Password = certs.Password(value)
	case file != "":
		password, err := a.readPassword(file)
		if err != nil {
			return u, err
		}
		u.Password = password
	}
	return u, nil
}

// readPassword reads the first line of a file, or of standard input.
func (a *app) readPassword(file string) (certs.Password, error) {
	in := a.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("reading the password: %w", err)
		}
		defer f.Close()
		in = f
	}
	line, err := bufio.NewReader(io.LimitReader(in, maxPassword+1)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the password from %q: %w", file, err)
	}
	if len(line) > maxPassword {
		return "", fmt.Errorf("the password in %q is longer than %d bytes: is it the right file?", file, maxPassword)
	}
	return certs.Password(strings.TrimRight(line, "\r\n")), nil
}

// passwordError reports whether a file stayed shut for want of its password.
func passwordError(err error) bool {
	return errors.Is(err, certs.ErrPassword) || errors.Is(err, certs.ErrNoPassword)
}

// identityUnlock opens the identities of the call.
func (a *app) identityUnlock(what string) (certs.Unlock, error) {
	return a.unlock(a.global.passwordFile, a.global.passwordEnv, what)
}
