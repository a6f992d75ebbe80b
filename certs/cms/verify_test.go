package cms

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestTampering(t *testing.T) {
	for signer := range pki().signers {
		message := pki().sign(t, signer, plist(300), false)
		for _, tt := range []struct {
			name string
			at   int
			want error
		}{
			{"content", bytes.Index(message, []byte("PayloadType")), ErrDigest},
			{"digest", bytes.Index(message, pki().digest(signer).sum(plist(300))), ErrDigest},
			{"signing time", bytes.Index(message, []byte("261121120000Z")), ErrSignature},
			{"signature", len(message) - 1, ErrSignature},
		} {
			changed := bytes.Clone(message)
			changed[tt.at] ^= 1
			s, err := Parse(changed)
			if err == nil {
				err = s.CheckSignature(nil)
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("%s, %s: %v, want %v", signer, tt.name, err, tt.want)
			}
		}
	}
}

// digest is what a signer's key asks for.
func (p *testPKI) digest(signer string) digest {
	return map[string]digest{"rsa": sha256, "p256": sha256, "p384": sha384, "p521": sha512}[signer]
}

func TestParseKeepsNothing(t *testing.T) {
	message := pki().sign(t, "p256", plist(300), false)
	s, err := Parse(message)
	must(err)
	clear(message)
	if err := s.CheckSignature(nil); err != nil || !bytes.Equal(s.Content, plist(300)) {
		t.Errorf("the message changed with its source: %v", err)
	}
	if _, err := s.Chain(pki().roots(), clock); err != nil {
		t.Error(err)
	}
}

func TestDetachedContent(t *testing.T) {
	attached, err := Parse(pki().sign(t, "p256", []byte("x"), false))
	must(err)
	detached, err := Parse(pki().sign(t, "p256", []byte("x"), true))
	must(err)
	for _, tt := range []struct {
		name    string
		s       *SignedData
		content []byte
		want    error
	}{
		{"attached", attached, nil, nil},
		{"attached, given as well", attached, []byte("x"), ErrContent},
		{"detached", detached, []byte("x"), nil},
		{"detached, not given", detached, nil, ErrContent},
		{"detached, other given", detached, []byte("y"), ErrDigest},
		{"never parsed", new(SignedData), nil, ErrNoSignerCertificate},
	} {
		if err := tt.s.CheckSignature(tt.content); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// signedBy parses a message by a signer of its own, with the intermediates given.
func signedBy(t *testing.T, s pair, at time.Time, chain ...*x509.Certificate) *SignedData {
	t.Helper()
	der, err := Sign([]byte("x"), s.cert, s.key, SignOptions{Chain: chain, Time: at})
	if err != nil {
		t.Fatal(err)
	}
	sd, err := Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := sd.CheckSignature(nil); err != nil {
		t.Fatal(err)
	}
	return sd
}

// TestForgedSigningTime: an expired signer gains nothing by claiming an earlier time.
func TestForgedSigningTime(t *testing.T) {
	p, template := pki(), leafTemplate("Expired")
	template.NotAfter = clock.AddDate(-1, 0, 0)
	claimed := clock.AddDate(-2, 0, 0)
	s := signedBy(t, mint(template, &p.issuing, newECKey(elliptic.P256())), claimed, p.issuing.cert)
	if !s.SigningTime.Equal(claimed) {
		t.Errorf("signing time %v", s.SigningTime)
	}
	_, err := s.Chain(p.roots(), clock)
	var invalid x509.CertificateInvalidError
	if !errors.Is(err, ErrChain) || !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Errorf("%v, want %v because of expiry", err, ErrChain)
	}
	if _, err := s.Chain(p.roots(), claimed); err != nil {
		t.Errorf("at a time of the caller's choice: %v", err)
	}
}

func TestChainRefuses(t *testing.T) {
	p := pki()
	whole := signedBy(t, p.signers["p256"], clock, p.issuing.cert)
	for _, tt := range []struct {
		name  string
		s     *SignedData
		roots *x509.CertPool
		at    time.Time
		want  error
	}{
		{"in order", whole, p.roots(), clock, nil},
		{"no intermediate", signedBy(t, p.signers["p256"], clock), p.roots(), clock, ErrChain},
		{"no roots", whole, x509.NewCertPool(), clock, ErrChain},
		{"roots of the system", whole, nil, clock, ErrChain},
		{"not yet valid", whole, p.roots(), notBefore.AddDate(0, 0, -1), ErrChain},
		{"no time", whole, p.roots(), time.Time{}, ErrChain},
		{"never parsed", new(SignedData), p.roots(), clock, ErrNoSignerCertificate},
	} {
		if chain, err := tt.s.Chain(tt.roots, tt.at); !errors.Is(err, tt.want) || err == nil && len(chain) != 3 {
			t.Errorf("%s: chain of %d, %v; want %v", tt.name, len(chain), err, tt.want)
		}
	}
}

// criticalUPN is a critical subject alternative name with nothing but a UPN, as
// Microsoft CAs issue it for users without a subject.
func criticalUPN() pkix.Extension {
	upn := der(0xa0, []byte("\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03"), der(0xa0, der(0x0c, []byte("alice@contoso.com"))))
	return pkix.Extension{Id: oidSubjectAltName, Critical: true, Value: der(0x30, upn)}
}

func TestCriticalOtherName(t *testing.T) {
	p, template := pki(), leafTemplate("UPN")
	template.EmailAddresses, template.ExtraExtensions = nil, []pkix.Extension{criticalUPN()}
	s := signedBy(t, mint(template, &p.issuing, newECKey(elliptic.P256())), clock, p.issuing.cert)
	if len(s.Signer.UnhandledCriticalExtensions) != 1 {
		t.Fatal("crypto/x509 handles it: the test proves nothing")
	}
	if _, err := s.Chain(p.roots(), clock); err != nil {
		t.Error(err)
	}
	if len(s.Signer.UnhandledCriticalExtensions) != 1 {
		t.Error("the caller's certificate was changed")
	}
	template.SerialNumber = nil
	template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 999}, Critical: true, Value: null})
	s = signedBy(t, mint(template, &p.issuing, newECKey(elliptic.P256())), clock, p.issuing.cert)
	var unhandled x509.UnhandledCriticalExtension
	if _, err := s.Chain(p.roots(), clock); !errors.As(err, &unhandled) {
		t.Errorf("another critical extension: %v", err)
	}
}

func TestSHA1InChain(t *testing.T) {
	p := pki()
	old := func(template *x509.Certificate) *x509.Certificate {
		template.SignatureAlgorithm = x509.ECDSAWithSHA1
		return template
	}
	signer := mint(old(leafTemplate("Old Signer")), &p.issuing, newECKey(elliptic.P256()))
	issuing := mint(old(caTemplate("Old CA")), &p.root, newECKey(elliptic.P256()))
	under := mint(leafTemplate("Under an old CA"), &issuing, newECKey(elliptic.P256()))
	root := mint(old(caTemplate("Old Root")), nil, newECKey(elliptic.P256()))
	underRoot := mint(leafTemplate("Under an old root"), &root, newECKey(elliptic.P256()))
	for _, tt := range []struct {
		s    *SignedData
		want string
	}{
		{signedBy(t, signer, clock, p.issuing.cert), `"CN=Old Signer" is signed with ECDSA-SHA1`},
		{signedBy(t, under, clock, issuing.cert), `"CN=Old CA" is signed with ECDSA-SHA1`},
	} {
		if _, err := tt.s.Chain(p.roots(), clock); !errors.Is(err, ErrChain) || !errors.Is(err, ErrWeakDigest) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %v and %v: %s", err, ErrChain, ErrWeakDigest, tt.want)
		}
	}
	// The signature of a root is never checked.
	s, roots := signedBy(t, underRoot, clock, root.cert), p.roots()
	if _, err := s.Chain(roots, clock); !errors.Is(err, ErrChain) || errors.Is(err, ErrWeakDigest) {
		t.Errorf("%v, want %v alone", err, ErrChain)
	}
	roots.AddCert(root.cert)
	if _, err := s.Chain(roots, clock); err != nil {
		t.Error(err)
	}
}
