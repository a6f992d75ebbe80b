package crl

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
)

// craftedList is the fields of a list that a test changes before it is signed,
// each as DER. A field of nil is left out.
type craftedList struct {
	version, algorithm, issuer, this, next, entries, extensions []byte
	junk                                                        []byte // behind the fields
}

// The DER of what crafted lists are put together from.
var (
	craftedSHA256 = []byte{0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0}
	craftedNumber = wrap(0x30, []byte{0x06, 3, 0x55, 0x1d, 0x14, 0x04, 3, 0x02, 1, 77})
)

// craftedEntry is an entry of a serial number and whatever follows it.
func craftedEntry(serial []byte, parts ...[]byte) []byte {
	return wrap(0x30, append(wrap(0x02, serial), bytes.Join(parts, nil)...))
}

func craftedUTC(text string) []byte { return wrap(0x17, []byte(text)) }

// craftedExtension is one extension in a SEQUENCE.
func craftedExtension(oid []byte, value []byte) []byte {
	return wrap(0x30, wrap(0x30, append(wrap(0x06, oid), wrap(0x04, value)...)))
}

// craft makes a list, signed by a.
func (a *authority) craft(t testing.TB, change func(*craftedList)) []byte {
	t.Helper()
	l := craftedList{
		version: []byte{0x02, 1, 1}, algorithm: craftedSHA256, issuer: a.cert.RawSubject,
		this: craftedUTC("261120120000Z"), next: craftedUTC("261127120000Z"),
		extensions: wrap(0xa0, wrap(0x30, craftedNumber)),
	}
	change(&l)
	body := wrap(0x30, bytes.Join([][]byte{l.version, l.algorithm, l.issuer, l.this, l.next, l.entries, l.extensions, l.junk}, nil))
	digest := sha256.Sum256(body)
	signature, err := rsa.SignPKCS1v15(nil, a.key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return wrap(0x30, bytes.Join([][]byte{body, l.algorithm, wrap(0x03, append([]byte{0}, signature...))}, nil))
}

// craftedCA is the issuing CA of the fixtures with its key.
func craftedCA(t testing.TB) *authority {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(readerKeys, "issuing-rsa2048.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{readerCert(t, "issuing.pem"), key.(*rsa.PrivateKey)}
}
