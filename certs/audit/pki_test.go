package audit

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
)

// The clock of the tests.
var testClock = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const (
	rootURL    = "http://crl.contoso.com/root.crl"
	issuingURL = "http://crl.contoso.com/issuing.crl"
	deltaURL   = "http://crl.contoso.com/issuing-delta.crl"
)

// ca is an authority made for a test.
type ca struct {
	cert *certs.Certificate
	key  crypto.Signer
}

func newKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// serials counts up: every certificate of a test has its own.
var serials int64 = 1000

// issue makes a certificate by parent, or one that signs itself.
func issue(t testing.TB, name string, parent *ca, change func(*x509.Certificate)) *ca {
	t.Helper()
	serials++
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serials), Subject: pkix.Name{CommonName: name},
		NotBefore: testClock.AddDate(-1, 0, 0), NotAfter: testClock.AddDate(2, 0, 0),
	}
	change(template)
	by, signer := template, key
	if parent != nil {
		by, signer = parent.cert.X509, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := certs.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &ca{cert, key}
}

func asCA(cdp ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid = true, true
		c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
		c.CRLDistributionPoints = cdp
	}
}

func asUser(c *x509.Certificate) {
	c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	c.EmailAddresses = []string{"alice@contoso.com"}
	c.CRLDistributionPoints = []string{issuingURL}
}

// crlOf makes a list with a number and entries.
func (a *ca) crlOf(t testing.TB, number int64, change func(*x509.RevocationList), entries ...x509.RevocationListEntry) []byte {
	t.Helper()
	template := &x509.RevocationList{
		Number: big.NewInt(number), ThisUpdate: testClock.Add(-time.Hour), NextUpdate: testClock.AddDate(0, 0, 7),
		RevokedCertificateEntries: entries,
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateRevocationList(rand.Reader, template, a.cert.X509, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func revoked(c *ca, reason int) x509.RevocationListEntry {
	return x509.RevocationListEntry{SerialNumber: c.cert.Serial, RevocationTime: testClock.AddDate(0, 0, -3), ReasonCode: reason}
}

// extension is one of a CRL, made of a DER value.
func extension(critical bool, value []byte, oid ...int) pkix.Extension {
	return pkix.Extension{Id: oid, Critical: critical, Value: value}
}

func der(t testing.TB, v any) []byte {
	t.Helper()
	b, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tagged wraps contents in context-specific tags, the innermost last.
func tagged(t testing.TB, content []byte, tags ...int) []byte {
	for i := len(tags) - 1; i >= 0; i-- {
		compound := i < len(tags)-1
		content = der(t, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tags[i], IsCompound: compound, Bytes: content})
	}
	return content
}

func sequence(t testing.TB, content []byte) []byte {
	return der(t, asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: content})
}

// file is a CRL source out of memory.
func file(name string, data []byte) Source {
	return Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

// writePEM writes one file with all blocks and returns its path.
func writePEM(t testing.TB, dir, name, kind string, ders ...[]byte) string {
	t.Helper()
	var b bytes.Buffer
	for _, d := range ders {
		if err := pem.Encode(&b, &pem.Block{Type: kind, Bytes: d}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
