package probe_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/lab"
)

const (
	domain = "contoso.com"
	alice  = "alice@" + domain
)

// pki is a lab with a certificate for the server, and those that clients show it.
type pki struct {
	lab     *lab.Lab
	server  *certs.Identity
	clients []client
}

// client is a client's certificate, and what is wrong with it.
type client struct {
	name     string
	identity *certs.Identity // nil for none
}

// The extensions that certificates are made without.
var (
	oidSubjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidExtKeyUsage    = asn1.ObjectIdentifier{2, 5, 29, 37}
)

func newPKI(t *testing.T, now time.Time) *pki {
	t.Helper()
	l, namesake := newLab(t, now), newLab(t, now)
	good, revoked := newUser(t, l, alice), newUser(t, l, alice)
	if _, err := l.Revoke(revoked.Leaf); err != nil {
		t.Fatal(err)
	}
	if err := l.Publish(lab.BackDate); err != nil {
		t.Fatal(err)
	}
	return &pki{lab: l, server: newServerIdentity(t, l), clients: []client{
		{"good", good},
		{"none", nil},
		{"foreign CA", reissue(t, good, newCA(t, now), func(*x509.Certificate) {})},
		{"foreign CA of the same name", newUser(t, namesake, alice)},
		{"expired", reissue(t, good, l.Issuing, func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) })},
		{"revoked", revoked},
		{"wrong EKU", reissue(t, good, l.Issuing, func(c *x509.Certificate) {
			drop(c, oidExtKeyUsage)
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		})},
		{"no SAN", reissue(t, good, l.Issuing, func(c *x509.Certificate) { drop(c, oidSubjectAltName); c.EmailAddresses = nil })},
		{"no such account", newUser(t, l, "nobody@"+domain)},
	}}
}

func newLab(t *testing.T, now time.Time) *lab.Lab {
	t.Helper()
	l, err := lab.New(now, "http://crl."+domain)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func newUser(t *testing.T, l *lab.Lab, address string) *certs.Identity {
	t.Helper()
	id, err := l.User("Alice Example", address)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// newCA makes a root that no server has heard of.
func newCA(t *testing.T, now time.Time) *lab.Authority {
	t.Helper()
	key := newKey(t)
	c := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Fabrikam CA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(lab.Life),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	return &lab.Authority{Key: key, Certificate: issue(t, c, c, key.Public(), key)}
}

func newServerIdentity(t *testing.T, l *lab.Lab) *certs.Identity {
	t.Helper()
	key, ca := newKey(t), l.Issuing.Certificate
	c := &x509.Certificate{
		Subject: pkix.Name{CommonName: "mail." + domain}, NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		DNSNames: []string{"mail." + domain}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	return &certs.Identity{Leaf: issue(t, c, ca.X509, key.Public(), l.Issuing.Key), Key: key}
}

// reissue is an identity with its key, but another certificate.
func reissue(t *testing.T, id *certs.Identity, ca *lab.Authority, change func(*x509.Certificate)) *certs.Identity {
	t.Helper()
	c := *id.Leaf.X509
	c.AuthorityKeyId = nil
	c.ExtraExtensions = slices.Clone(c.Extensions)
	drop(&c, asn1.ObjectIdentifier{2, 5, 29, 35}) // the identifier of its CA's key
	change(&c)
	chain := []*certs.Certificate{ca.Certificate}
	if ca.Certificate == id.Chain[0] {
		chain = id.Chain
	}
	return &certs.Identity{Leaf: issue(t, &c, ca.Certificate.X509, id.Key.Public(), ca.Key), Key: id.Key, Chain: chain}
}

func drop(c *x509.Certificate, oid asn1.ObjectIdentifier) {
	c.ExtraExtensions = slices.DeleteFunc(c.ExtraExtensions, func(e pkix.Extension) bool { return e.Id.Equal(oid) })
}

func issue(t *testing.T, c, ca *x509.Certificate, public crypto.PublicKey, key crypto.Signer) *certs.Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, c, ca, public, key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := certs.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func marshalKey(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
