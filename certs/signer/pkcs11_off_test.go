//go:build !pkcs11 || !cgo

package signer

import (
	"errors"
	"strings"
	"testing"
)

// A build without PKCS #11 says so, and how to make one with it.
func TestWithoutPKCS11(t *testing.T) {
	_, err := OpenURI(t.Context(), "pkcs11:token=Signing", Options{})
	var own *Error
	if !errors.As(err, &own) || !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), "not supported by this build") || !strings.Contains(own.Hint, "go build -tags pkcs11 ./cmd/easkit") {
		t.Errorf("%v", err)
	}
}
