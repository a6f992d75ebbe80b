package certs

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/easkit/easkit/certs/cms"
)

// MaxFileSize bounds a file of certificates and keys. Real ones have a few
// kilobytes; a CA bundle of a large organisation a few hundred.
const MaxFileSize = cms.MaxSize

// Bundle is what a file holds: certificates and keys as they stand there.
type Bundle struct {
	Format       string // "PKCS#12", "PEM", "DER certificate", "PKCS#7"
	Certificates []*Certificate
	Keys         []crypto.Signer
	PKCS12       *PKCS12 // where the file is one
	Password     Password

	keyError error           // why a key in the file is not among Keys
	seen     map[string]bool // raw certificates, so that each is kept once
}

// Password is a secret that prints as a placeholder, so that it cannot reach a
// log or an error by accident. Convert it to string to use it.
type Password string

// String hides the password.
func (Password) String() string { return "[password]" }

// GoString hides the password from %#v.
func (Password) GoString() string { return "[password]" }

// MarshalText hides the password from encoders.
func (Password) MarshalText() ([]byte, error) { return []byte("[password]"), nil }

// Unlock is how an encrypted file is opened. The zero value opens what needs no
// password.
type Unlock struct {
	// Password is tried first, where it is set.
	Password Password
	// Prompt is called, at most once per file, where neither Password nor an
	// empty password opens it. It may be nil.
	Prompt func() (Password, error)
}

// ask returns the password to try after an empty one did not open the file.
func (u Unlock) ask() (Password, error) {
	switch {
	case u.Password != "":
		return u.Password, nil
	case u.Prompt != nil:
		return u.Prompt()
	}
	return "", ErrNoPassword
}

// ReadFile reads a file of certificates and keys: see [Read].
func ReadFile(path string, u Unlock) (*Bundle, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := ReadLimited(f)
	if err != nil {
		return nil, err
	}
	return Read(data, u)
}

// ReadLimited reads all of r, which may be a device or a pipe, up to
// MaxFileSize; more is an error that wraps ErrFormat.
func ReadLimited(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxFileSize+1))
	if err == nil && len(data) > MaxFileSize {
		err = fmt.Errorf("%w: it has more than %d bytes", ErrFormat, MaxFileSize)
	}
	return data, err
}

// Read finds out what data is (PKCS#12, PEM, a DER certificate, certs-only
// PKCS#7) and reads all certificates and keys in it.
//
// Errors wrap the variables of this package that name their cause.
func Read(data []byte, u Unlock) (*Bundle, error) {
	// Windows editors put a byte order mark first, and encoding/pem then passes
	// over the first block without a word.
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, fmt.Errorf("%w: it is empty", ErrFormat)
	case isJavaKeystore(data):
		return nil, fmt.Errorf("%w (keytool -importkeystore -deststoretype PKCS12 turns it into one)", ErrKeystore)
	case isPEM(data):
		return readPEM(data, u)
	case data[0] == 0x30:
		return readDER(data, u)
	}
	start := data[:min(4, len(data))]
	if !bytes.ContainsFunc(start, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, fmt.Errorf("%w: it is text", ErrFormat) // and may be a password
	}
	return nil, fmt.Errorf("%w: it starts with the bytes % X", ErrFormat, start)
}

// isJavaKeystore knows JKS and JCEKS by their magic numbers.
func isJavaKeystore(data []byte) bool {
	return bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}) || bytes.HasPrefix(data, []byte{0xce, 0xce, 0xce, 0xce})
}

func readDER(data []byte, u Unlock) (*Bundle, error) {
	if want, ok := outerLength(data); ok && want > len(data) {
		return nil, lengthError(data, ErrTruncated)
	}
	if cms.IsCMS(data) {
		return readPKCS7(data)
	}
	if startsLikePKCS12(data) {
		if _, _, err := readPFX(data); err == nil {
			return readPKCS12(data, u)
		}
	}
	c, certErr := ParseCertificate(data)
	if certErr == nil {
		return &Bundle{Format: "DER certificate", Certificates: []*Certificate{c}}, nil
	}
	if key, err := parseKey(data); err == nil {
		return &Bundle{Format: "DER key", Keys: []crypto.Signer{key}}, nil
	}
	if _, _, err := readPFX(data); err != nil {
		if startsLikeCertificate(data) {
			return nil, fmt.Errorf("%w: %w", ErrFormat, certErr)
		}
		return nil, err
	}
	return readPKCS12(data, u)
}

// startsLikeCertificate tells a damaged certificate from a damaged PKCS#12 file
// or key: those start with a version number, a certificate with its body.
func startsLikeCertificate(data []byte) bool {
	input := cryptobyte.String(data)
	var outer cryptobyte.String
	return input.ReadASN1(&outer, cbasn1.SEQUENCE) && outer.PeekASN1Tag(cbasn1.SEQUENCE)
}

// startsLikePKCS12 reports whether the version that comes first is 3 (RFC 7292 4), which
// spares it being tried as anything else.
func startsLikePKCS12(data []byte) bool {
	if len(data) < 2 {
		return false
	}
	at := 2 // behind the tag and a length of one octet, which says how many more it has
	if data[1] > 0x80 {
		at += int(data[1] & 0x7f)
	}
	return len(data) >= at && bytes.HasPrefix(data[at:], []byte{0x02, 0x01, 0x03})
}

func readPKCS12(data []byte, u Unlock) (*Bundle, error) {
	p12, password, err := openPKCS12(data, u)
	if err != nil {
		return nil, err
	}
	b := &Bundle{Format: "PKCS#12", PKCS12: p12, Password: password}
	for _, c := range p12.Certificates {
		b.add(c.Certificate)
	}
	for _, k := range p12.Keys {
		if k.Err != nil {
			b.keyError = k.Err
			continue
		}
		b.Keys = append(b.Keys, k.Key)
	}
	return b, nil
}

// openPKCS12 tries the password that is known, then an empty one, since such
// files are common enough and finding out spares a prompt, and then asks.
func openPKCS12(data []byte, u Unlock) (*PKCS12, Password, error) {
	if u.Password != "" {
		p12, err := ParsePKCS12(data, string(u.Password))
		if !errors.Is(err, ErrPassword) {
			return p12, u.Password, err
		}
	}
	p12, err := ParsePKCS12(data, "")
	if !errors.Is(err, ErrPassword) {
		return p12, "", err
	}
	if u.Password != "" {
		return nil, "", err
	}
	password, err := u.ask()
	if err != nil {
		return nil, "", err
	}
	p12, err = ParsePKCS12(data, string(password))
	return p12, password, err
}

func readPKCS7(data []byte) (*Bundle, error) {
	ders, err := cms.CertsOnly(data)
	if err != nil {
		return nil, fmt.Errorf("reading the PKCS#7 file: %w", err)
	}
	b := &Bundle{Format: "PKCS#7"}
	for _, der := range ders {
		c, err := ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("reading a certificate of the PKCS#7 file: %w", err)
		}
		b.add(c)
	}
	return b, nil
}

// add keeps each certificate once.
func (b *Bundle) add(c *Certificate) {
	if b.seen == nil {
		b.seen = map[string]bool{}
	}
	if !b.seen[string(c.Raw)] {
		b.seen[string(c.Raw)] = true
		b.Certificates = append(b.Certificates, c)
	}
}
