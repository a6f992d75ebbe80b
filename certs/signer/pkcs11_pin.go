//go:build pkcs11 && cgo

package signer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/easkit/easkit/certs"
)

// pin is the PIN of a token: the one given, that of the file which the URI names, or
// the one that is typed.
func (o Options) pin(u tokenURI) (certs.Password, error) {
	switch {
	case o.Unlock.Password != "" && u.pinFile != "":
		return "", &Error{Kind: ErrKey, Text: "the PIN is given twice", Hint: "give --signer-password-file or the URI's pin-source, not both"}
	case o.Unlock.Password != "":
		return o.Unlock.Password, nil
	case u.pinFile != "":
		read := o.ReadPIN
		if read == nil {
			read = readPIN
		}
		pin, err := read(u.pinFile)
		if err == nil && pin == "" {
			err = errors.New("its first line is empty")
		}
		if err != nil {
			return "", &Error{Kind: ErrKey, Text: fmt.Sprintf("the PIN's file (pin-source) %q", u.pinFile), Cause: bare(err), Hint: "put the PIN on the file's first line"}
		}
		return pin, nil
	}
	pin, err := certs.Password(""), certs.ErrNoPassword
	if o.Unlock.Prompt != nil {
		pin, err = o.Unlock.Prompt()
	}
	if errors.Is(err, certs.ErrNoPassword) {
		return "", &Error{Kind: ErrKey, Text: "the token wants its PIN, and none was given", Hint: hintPIN}
	}
	return pin, err
}

// maxPIN bounds a file with a PIN, in bytes: PKCS #11 tokens take 255 at most.
const maxPIN = 4096

// readPIN reads the first line of a file.
func readPIN(path string) (certs.Password, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	line, err := bufio.NewReader(io.LimitReader(f, maxPIN)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return certs.Password(strings.TrimRight(line, "\r\n")), nil
}

// bare is an error of the file system without the path, which was told already.
func bare(err error) error {
	if path := new(fs.PathError); errors.As(err, &path) {
		return path.Err
	}
	return err
}
