package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/easkit/easkit/certs"
)

// folderClock is when the tests of folders and exports take place.
var folderClock = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// pkiFile reads one of the repository's certificates.
func pkiFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "certs", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// issued is a certificate of the test, with the key that it signs others with.
type issued struct {
	*certs.Certificate
	key *ecdsa.PrivateKey
}

// issue makes a certificate below another, or a root; change sets what is special
// about it.
func issue(t testing.TB, name string, above *issued, change func(*x509.Certificate)) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return issueFor(t, name, key, above, change)
}

func issueFor(t testing.TB, name string, key *ecdsa.PrivateKey, above *issued, change func(*x509.Certificate)) *issued {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"Contoso, Ltd."}},
		NotBefore: folderClock.AddDate(-1, 0, 0), NotAfter: folderClock.AddDate(1, 0, 0),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, key
	if above != nil {
		parent, signer = above.X509, above.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := certs.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &issued{c, key}
}

// cdp has a certificate name addresses of its issuer's CRL.
func cdp(addresses ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.CRLDistributionPoints = addresses }
}

// cdpAndDelta has a certificate name its issuer's delta CRL as well (RFC 5280
// 4.2.1.15).
func cdpAndDelta(t testing.TB, base, delta string) func(*x509.Certificate) {
	t.Helper()
	name := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 6, Bytes: []byte(delta)}
	type fullName struct {
		Names []asn1.RawValue `asn1:"tag:0"`
	}
	type point struct {
		Name fullName `asn1:"tag:0"`
	}
	value, err := asn1.Marshal([]point{{fullName{[]asn1.RawValue{name}}}})
	if err != nil {
		t.Fatal(err)
	}
	return func(c *x509.Certificate) {
		c.CRLDistributionPoints = []string{base}
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 46}, Value: value})
	}
}

// user makes a certificate one of a user.
func user(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, x509.KeyUsageDigitalSignature }

func pemOf(cs ...*issued) []byte {
	var text []byte
	for _, c := range cs {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return text
}

// folderOf is a folder with files of these names and contents.
func folderOf(files map[string]any) fstest.MapFS {
	folder := fstest.MapFS{}
	for name, content := range files {
		switch content := content.(type) {
		case *issued:
			folder[name] = &fstest.MapFile{Data: content.Raw}
		case []byte:
			folder[name] = &fstest.MapFile{Data: content}
		case string:
			folder[name] = &fstest.MapFile{Data: []byte(content)}
		}
	}
	return folder
}
