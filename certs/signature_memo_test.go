package certs_test

import (
	"bytes"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/lab"
)

// What a certificate remembers of a check does not keep alive whose key it was checked
// with, which may be part of a user's file.
func TestSignedByHoldsNothing(t *testing.T) {
	l, err := lab.New(time.Now(), "http://127.0.0.1:8765/crl")
	if err != nil {
		t.Fatal(err)
	}
	issuing := l.Issuing.Certificate
	root := func() weak.Pointer[certs.Certificate] {
		c, err := certs.ParseCertificate(bytes.Clone(l.Root.Certificate.Raw))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time it is remembered
			if err := issuing.SignedBy(c); err != nil {
				t.Error(err)
			}
		}
		return weak.Make(c)
	}()
	runtime.GC()
	if root.Value() != nil {
		t.Error("the CA is still held")
	}
	if issuing.SignedBy(issuing) == nil {
		t.Error("the verdict on one CA is taken for that on another")
	}
}
