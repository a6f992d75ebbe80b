package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// maxPassword bounds a password file, so that a mistaken one is told at once.
const maxPassword = 4096

// unlock opens a file with a password that is known, or by asking. what names
// the file in the prompt; one prompt is on the screen at a time.
func (a *app) unlock(password certs.Password, what string) certs.Unlock {
	return certs.Unlock{Password: password, Prompt: func() (certs.Password, error) {
		a.asking.Lock()
		defer a.asking.Unlock()
		if err := a.ctx.Err(); err != nil {
			return "", err
		}
		secret, err := a.askSecret(a.ctx, fmt.Sprintf("Password of %s: ", preflight.Printable(what)))
		return certs.Password(secret), err
	}}
}

// identityPassword is the password that the call gives for its identities, or
// none. It is read once for the call: standard input has it once.
func (a *app) identityPassword() (certs.Password, error) {
	file, variable := a.global.passwordFile, a.global.passwordEnv
	switch {
	case file != "" && variable != "":
		return "", errors.New("give --password-file or --password-env, not both")
	case file != "":
		return a.readPassword(file)
	case variable == "":
		return "", nil
	}
	value, ok := a.env(variable)
	if !ok {
		return "", fmt.Errorf("--password-env: there is no environment variable %s", variable)
	}
	return certs.Password(value), nil
}

// readPassword reads the first line of a file, or of standard input.
func (a *app) readPassword(file string) (certs.Password, error) {
	in, err := a.open(file, "a password")
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	defer in.Close()
	line, err := bufio.NewReader(io.LimitReader(in, maxPassword+1)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the password from %q: %w", file, err)
	}
	if len(line) > maxPassword {
		return "", fmt.Errorf("the password in %q is longer than %d bytes: is it the right file?", file, maxPassword)
	}
	// Windows editors put a byte order mark first.
	line = strings.TrimPrefix(line, "\ufeff")
	if strings.HasPrefix(line, "\xff\xfe") || strings.HasPrefix(line, "\xfe\xff") {
		return "", fmt.Errorf("the password in %q is UTF-16, as Windows PowerShell's > writes it: save it as UTF-8", file)
	}
	return certs.Password(strings.TrimRight(line, "\r\n")), nil
}

// passwordError reports whether a file stayed shut for want of its password.
func passwordError(err error) bool {
	return errors.Is(err, certs.ErrPassword) || errors.Is(err, certs.ErrNoPassword)
}
