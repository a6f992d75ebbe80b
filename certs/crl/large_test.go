package crl

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
)

// The clock of the tests.
var testClock = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// authority is a CA made for a test.
type authority struct {
	cert *certs.Certificate
	key  *rsa.PrivateKey
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, NotBefore: testClock.AddDate(-1, 0, 0), NotAfter: testClock.AddDate(9, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := certs.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

// bigSerial is the serial number of the i-th entry of a large list: 16 random
// looking bytes, as CAs draw them.
func bigSerial(i int) []byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	sum[0] = sum[0]&0x7f | 0x40
	return sum[:16]
}

// large makes a list with n entries, each with a date and a reason. It is put
// together by hand, since crypto/x509 would take a gigabyte for it.
func (a *authority) large(t testing.TB, n int) []byte {
	t.Helper()
	entries := make([]byte, 0, n*50)
	for i := range n {
		content := append([]byte{0x02, 16}, bigSerial(i)...)
		content = append(content, 0x17, 13)
		content = testClock.AddDate(0, 0, -i%900).AppendFormat(content, "060102150405Z")
		content = append(append(content, reasonStart...), byte(i%6))
		entries = append(append(entries, 0x30, byte(len(content))), content...)
	}
	algorithm := []byte{0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0}
	aki := wrap(0x30, wrap(0x80, a.cert.SubjectKeyID))
	extensions := wrap(0xa0, wrap(0x30, append(
		wrap(0x30, append([]byte{0x06, 3, 0x55, 0x1d, 0x23}, wrap(0x04, aki)...)),
		wrap(0x30, []byte{0x06, 3, 0x55, 0x1d, 0x14, 0x04, 3, 0x02, 1, 77})...)))
	times := append(wrap(0x17, testClock.AppendFormat(nil, "060102150405Z")), wrap(0x17, testClock.AddDate(0, 0, 7).AppendFormat(nil, "060102150405Z"))...)
	body := wrap(0x30, bytes.Join([][]byte{{0x02, 1, 1}, algorithm, a.cert.RawSubject, times, wrap(0x30, entries), extensions}, nil))
	digest := sha256.Sum256(body)
	signature, err := rsa.SignPKCS1v15(nil, a.key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return wrap(0x30, bytes.Join([][]byte{body, algorithm, wrap(0x03, append([]byte{0}, signature...))}, nil))
}

// wrap makes a DER element.
func wrap(tag byte, content []byte) []byte {
	der, err := asn1.Marshal(asn1.RawValue{Class: int(tag >> 6), Tag: int(tag & 0x1f), IsCompound: tag&0x20 != 0, Bytes: content})
	if err != nil {
		panic(err) // of a slip in a test
	}
	return der
}
