// Package lab makes a small PKI for trials and tests: a root, an issuing CA,
// users, a profile signer, and the CRLs.
//
// Everything of it lives 30 days, says NOT FOR PRODUCTION in its name and
// carries the marker extension [certs.OIDLabMarker], because any CA that a
// tenant trusts can sign in any of its users: a lab CA in a tenant is a tenant
// taken over.
package lab

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode"

	"github.com/easkit/easkit/certs"
)

// Life is how long everything of a lab is valid.
const Life = 30 * 24 * time.Hour

// Warning stands in every name of a lab.
const Warning = "NOT FOR PRODUCTION"

// userKeyBits is the size of a user's RSA key: RSA because every phone and
// server takes it.
const userKeyBits = 2048

// clockSkew is how far back a lab's certificates begin, so that a phone whose
// clock is behind takes them.
const clockSkew = time.Hour

// Authority is a CA of the lab, with its key.
type Authority struct {
	Certificate *certs.Certificate
	Key         crypto.Signer
	CRL         []byte // DER
	CRLURL      string // where certificates that it issues say that its CRL is
	pending     []x509.RevocationListEntry
}

// Lab is a root, an issuing CA below it, and the clock and names they share.
//
// It is not safe for concurrent use.
type Lab struct {
	Root, Issuing     *Authority
	now, begins, ends time.Time
}

// New makes a lab at the time now. crlBase is the URL that the CRL distribution
// points start with, without a slash at the end.
func New(now time.Time, crlBase string) (*Lab, error) {
	now = now.UTC().Truncate(time.Second)
	l := &Lab{now: now, begins: now.Add(-clockSkew), ends: now.Add(Life)}
	var err error
	if l.Root, err = l.authority("easkit lab root CA "+Warning, nil, crlBase+"/"+rootCRL); err != nil {
		return nil, err
	}
	if l.Issuing, err = l.authority("easkit lab issuing CA "+Warning, l.Root, crlBase+"/"+issuingCRL); err != nil {
		return nil, err
	}
	for _, a := range l.authorities() {
		if err := a.publish(l.begins, l.ends); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *Lab) authorities() []*Authority { return []*Authority{l.Root, l.Issuing} }

// Ends is until when everything of the lab is valid.
func (l *Lab) Ends() time.Time { return l.ends }

func (l *Lab) authority(name string, parent *Authority, url string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the key of %q: %w", name, err)
	}
	t := l.template(name)
	t.IsCA, t.BasicConstraintsValid = true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	a := &Authority{Key: key, CRLURL: url}
	a.Certificate, err = sign(t, parent, key, key.Public())
	return a, err
}

// template is what all certificates of the lab have in common. None begins before
// its CAs or outlives them.
func (l *Lab) template(name string) *x509.Certificate {
	begins := l.now.Add(-clockSkew)
	if begins.Before(l.begins) {
		begins = l.begins
	}
	return &x509.Certificate{
		Subject:         pkix.Name{CommonName: name, Organization: []string{"easkit lab"}},
		NotBefore:       begins,
		NotAfter:        l.ends,
		ExtraExtensions: []pkix.Extension{{Id: certs.OIDLabMarker, Value: asn1.NullBytes}},
	}
}

// sign issues a certificate by parent, or by itself where parent is nil.
func sign(t *x509.Certificate, parent *Authority, own crypto.Signer, public crypto.PublicKey) (*certs.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("drawing a serial number: %w", err)
	}
	t.SerialNumber = serial.Add(serial, big.NewInt(1))
	issuer, key := t, own
	if parent != nil {
		issuer, key = parent.Certificate.X509, parent.Key
		t.CRLDistributionPoints = []string{parent.CRLURL}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, issuer, public, key)
	if err != nil {
		return nil, fmt.Errorf("issuing the certificate of %q: %w", t.Subject.CommonName, err)
	}
	return certs.ParseCertificate(der)
}

// User issues a certificate for client authentication with the user's address
// as UPN and as rfc822Name. The part before the @ must be ASCII, since nothing
// else fits into an rfc822Name.
func (l *Lab) User(name, address string) (*certs.Identity, error) {
	key, err := rsa.GenerateKey(rand.Reader, userKeyBits)
	if err != nil {
		return nil, fmt.Errorf("making the key of %q: %w", address, err)
	}
	return l.UserWithKey(name, address, key)
}

// UserWithKey is [Lab.User] for a key that is there.
func (l *Lab) UserWithKey(name, address string, key crypto.Signer) (*certs.Identity, error) {
	san, err := userSAN(address)
	if err != nil {
		return nil, fmt.Errorf("naming %q: %w", address, err)
	}
	t := l.template(name)
	if t.SubjectKeyId, err = keyID(key.Public()); err != nil {
		return nil, fmt.Errorf("identifying the key of %q: %w", address, err)
	}
	t.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	t.ExtraExtensions = append(t.ExtraExtensions, san)
	return l.identity(t, key)
}

// keyID is the identifier of a key that most CAs take (RFC 5280 4.2.1.2, method 1).
func keyID(public crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, err
	}
	sum := sha1.Sum(info.Key.Bytes)
	return sum[:], nil
}

// Signer issues a certificate to sign profiles with.
func (l *Lab) Signer() (*certs.Identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the signer's key: %w", err)
	}
	t := l.template("easkit lab profile signer " + Warning)
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	return l.identity(t, key)
}

func (l *Lab) identity(t *x509.Certificate, key crypto.Signer) (*certs.Identity, error) {
	c, err := sign(t, l.Issuing, nil, key.Public())
	if err != nil {
		return nil, err
	}
	return &certs.Identity{Leaf: c, Key: key, Chain: []*certs.Certificate{l.Issuing.Certificate, l.Root.Certificate}}, nil
}

// mailName is an address as an rfc822Name has it: ASCII, the domain in A-labels
// (RFC 5280 7.5).
func mailName(address string) (string, error) {
	a, err := certs.ParseAddress(address)
	if err != nil {
		return "", err
	}
	for _, r := range a.Local {
		if r > unicode.MaxASCII {
			return "", fmt.Errorf("%q before the @, which no rfc822Name can hold", r)
		}
	}
	if strings.EqualFold(a.Domain, a.ASCIIDomain) {
		return address, nil
	}
	return a.Local + "@" + a.ASCIIDomain, nil
}

// userSAN is a SubjectAltName with a UPN, which crypto/x509 cannot write, and an
// rfc822Name.
func userSAN(address string) (pkix.Extension, error) {
	mail, err := mailName(address)
	if err != nil {
		return pkix.Extension{}, err
	}
	upn, err := asn1.MarshalWithParams(address, "utf8")
	if err != nil {
		return pkix.Extension{}, err
	}
	oid, err := asn1.Marshal(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3})
	if err != nil {
		return pkix.Extension{}, err
	}
	context := func(tag int, compound bool, content []byte) asn1.RawValue {
		return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, IsCompound: compound, Bytes: content}
	}
	value, err := asn1.Marshal(context(0, true, upn))
	if err != nil {
		return pkix.Extension{}, err
	}
	der, err := asn1.Marshal([]asn1.RawValue{
		context(0, true, append(oid, value...)),
		context(1, false, []byte(mail)),
	})
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: der}, err
}
