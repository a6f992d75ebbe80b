package certs

import (
	"bytes"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
)

// maxSeed keeps what the fuzzer mutates small.
const maxSeed = 8 << 10

// FuzzRead feeds any bytes to the reader of all formats. Whatever is in them,
// the errors are one line, and no error holds the password.
func FuzzRead(f *testing.F) {
	for _, file := range foreignFiles(f) {
		if data := readTestFile(f, file.File); len(data) < maxSeed {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte(foreignPassword)) || asksForMuch(data) {
			t.Skip("it holds the password, or would take long")
		}
		b, err := Read(data, Unlock{Password: foreignPassword})
		if err == nil {
			_, err = b.Identity()
			for _, sub := range b.Subjects(nil) {
				checkWithoutBreaking(t, sub)
			}
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
			t.Fatalf("the error is no single line: %q", err)
		}
		if err != nil && strings.Contains(err.Error(), foreignPassword) {
			t.Fatalf("the error holds the password: %q", err)
		}
	})
}

// checkWithoutBreaking runs every check, none of which may panic.
func checkWithoutBreaking(t *testing.T, sub *Subject) {
	t.Helper()
	for _, f := range Check(preflight.Scenario{At: testClock}.WithDefaults(), sub) {
		if strings.HasPrefix(f.Message, "the check itself broke") || strings.ContainsAny(f.Message, "\n\r\x1b") {
			t.Fatalf("%s: %q", f.Check, f.Message)
		}
	}
}

// asksForMuch looks for what makes a file slow: scrypt, or a number that may be
// an iteration count. That the reader bounds them is for other tests; here they
// would only use up the fuzzer's time.
func asksForMuch(data []byte) bool {
	blocks := [][]byte{data}
	for _, b := range pemBlocks(data) {
		blocks = append(blocks, b.Bytes)
	}
	scrypt := []byte("\x2b\x06\x01\x04\x01\xda\x47\x04\x0b") // 1.3.6.1.4.1.11591.4.11
	for _, b := range blocks {
		if bytes.Contains(b, scrypt) || hasLargeInteger(b) {
			return true
		}
	}
	return false
}

// hasLargeInteger finds INTEGERs of three bytes and more that an int can hold,
// in any length encoding, except the exponent of nearly every RSA key.
func hasLargeInteger(b []byte) bool {
	const tagInteger, slow, exponent = 2, 10_000, 65537
	for i := 0; i+2 < len(b); i++ {
		if b[i] != tagInteger {
			continue
		}
		at, size := i+2, int(b[i+1])
		if size > 0x80 && size <= 0x84 { // a long form, perhaps with zeros before
			at, size = at+size-0x80, 0
			for _, c := range b[i+2 : min(at, len(b))] {
				size = size<<8 | int(c)
			}
		}
		if size < 2 || size > 8 || at+size > len(b) {
			continue
		}
		value := 0
		for _, c := range b[at : at+size] {
			value = value<<8 | int(c)
		}
		if value > slow && value != exponent {
			return true
		}
	}
	return false
}

// FuzzParseCertificate compares the lenient reader with crypto/x509 on all that
// the latter accepts.
func FuzzParseCertificate(f *testing.F) {
	for _, file := range append(fixtureFiles(f, ".pem"), fixtureFiles(f, ".der")...) {
		data := readTestFile(f, file)
		if block, _ := pem.Decode(data); block != nil {
			data = block.Bytes
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := ParseCertificate(der)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("the error is no single line: %q", err)
			}
			return
		}
		if c.X509 != nil {
			compareWithX509(t, c)
		}
		if (c.X509 == nil) == (c.Refused == nil) {
			t.Fatalf("crypto/x509 says %v, and its certificate is %v", c.Refused, c.X509)
		}
		for _, text := range []string{c.Subject(), c.Issuer(), c.String()} {
			if strings.ContainsAny(text, "\n\r\x00\x1b") {
				t.Fatalf("the name %q is not safe to print", text)
			}
		}
		checkWithoutBreaking(t, &Subject{Certificate: c, CAs: []*Certificate{c}})
	})
}

// A password that is asked for is in no error either.
func TestErrorsHideThePassword(t *testing.T) {
	for _, file := range []string{"openssl-modern.p12", "alice-enc-pbes2.pem", "alice-enc-scrypt.pem", "alice-proctype.pem"} {
		_, err := Read(readTestFile(t, file), Unlock{Password: "swordfish"})
		if !errors.Is(err, ErrPassword) || strings.Contains(err.Error(), "swordfish") {
			t.Errorf("%s: %v", file, err)
		}
	}
}
