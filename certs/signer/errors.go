package signer

import (
	"errors"
	"fmt"
)

// What can be wrong with a key that stays where it is, for errors.Is.
var (
	// ErrKey says that the name of the signer, the token, the key or its certificate
	// can't be used as it is.
	ErrKey = errors.New("the signing key can't be used")
	// ErrService says that the service that holds the key refused or did not answer.
	ErrService = errors.New("the service that holds the signing key can't be used")
	// ErrInUse says that this process has the token, or its module, open already. It is
	// an ErrKey, too.
	ErrInUse = fmt.Errorf("%w: it is open already", ErrKey)
)

// Error is what is wrong with a key on a token or in a vault, and what to do about
// it. It holds no PIN, no token of a sign-in, and nothing of an answer's body but
// its error codes.
type Error struct {
	Kind  error  // ErrKey, ErrService or ErrInUse
	Text  string // one line
	Hint  string // what to do; may be empty
	Cause error  // may be nil; its text is in the message
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Text
	}
	return e.Text + ": " + e.Cause.Error()
}

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}
