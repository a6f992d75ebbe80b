package crl

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"io"
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

// large makes a list with n entries.
func (a *authority) large(t testing.TB, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	a.writeLarge(t, &b, n)
	return b.Bytes()
}

// entrySize is what each entry of a large list takes.
const entrySize = 2 + 2 + 16 + utcTimeSize + reasonSize

// writeLarge writes a list with n entries, each with a date and a reason, as it
// makes them: crypto/x509 would take gigabytes for it.
func (a *authority) writeLarge(t testing.TB, w io.Writer, n int) {
	t.Helper()
	algorithm := []byte{0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0}
	aki := wrap(0x30, wrap(0x80, a.cert.SubjectKeyID))
	extensions := wrap(0xa0, wrap(0x30, append(
		wrap(0x30, append([]byte{0x06, 3, 0x55, 0x1d, 0x23}, wrap(0x04, aki)...)),
		wrap(0x30, []byte{0x06, 3, 0x55, 0x1d, 0x14, 0x04, 3, 0x02, 1, 77})...)))
	times := append(wrap(0x17, testClock.AppendFormat(nil, "060102150405Z")), wrap(0x17, testClock.AddDate(0, 0, 7).AppendFormat(nil, "060102150405Z"))...)
	start := bytes.Join([][]byte{{0x02, 1, 1}, algorithm, a.cert.RawSubject, times, longHeader(n * entrySize)}, nil)
	body := longHeader(len(start) + n*entrySize + len(extensions))
	total := len(body) + len(start) + n*entrySize + len(extensions)
	signatureSize := 4 + 1 + a.key.Size() // BIT STRING: header, no unused bits
	out := bufio.NewWriter(w)
	out.Write(longHeader(total + len(algorithm) + signatureSize))
	sum := sha256.New()
	signed := io.MultiWriter(out, sum)
	signed.Write(append(body, start...))
	entry := make([]byte, 0, entrySize)
	for i := range n {
		entry = append(append(entry[:0], 0x30, byte(entrySize-2), 0x02, 16), bigSerial(i)...)
		entry = testClock.AddDate(0, 0, -i%900).AppendFormat(append(entry, 0x17, 13), "060102150405Z")
		signed.Write(append(append(entry, reasonStart...), byte(i%6)))
	}
	signed.Write(extensions)
	signature, err := rsa.SignPKCS1v15(nil, a.key, crypto.SHA256, sum.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	out.Write(algorithm)
	out.Write(wrap(0x03, append([]byte{0}, signature...)))
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
}

// longHeader is the header of a SEQUENCE of n bytes, with as many bytes for the
// length as DER wants.
func longHeader(n int) []byte {
	h := []byte{0x30}
	switch {
	case n < 0x80:
		return append(h, byte(n))
	case n < 0x100:
		return append(h, 0x81, byte(n))
	case n < 0x10000:
		return append(h, 0x82, byte(n>>8), byte(n))
	case n < 0x1000000:
		return append(h, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(h, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

// wrap makes a DER element.
func wrap(tag byte, content []byte) []byte {
	der, err := asn1.Marshal(asn1.RawValue{Class: int(tag >> 6), Tag: int(tag & 0x1f), IsCompound: tag&0x20 != 0, Bytes: content})
	if err != nil {
		panic(err) // of a slip in a test
	}
	return der
}
