package certs

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// everyCertificate reads all certificates of testdata/certs and
// testdata/foreign that are PEM, by file name and place.
func everyCertificate(t testing.TB) map[string]*Certificate {
	t.Helper()
	files := fixtureFiles(t, ".pem")
	for _, f := range foreignFiles(t) {
		if slices.Contains([]string{"certificate", "chain"}, f.Expect) && bytes.Contains(readTestFile(t, f.File), []byte("BEGIN CERTIFICATE")) {
			files = append(files, f.File)
		}
	}
	all := map[string]*Certificate{}
	for _, file := range files {
		for i, c := range certificatesIn(t, file) {
			all[fmt.Sprintf("%s-%d", file, i)] = c
		}
	}
	return all
}

// What crypto/x509 reads, we read the same.
func TestCertificateAgreesWithX509(t *testing.T) {
	accepted := 0
	for name, c := range everyCertificate(t) {
		if c.X509 == nil {
			continue
		}
		accepted++
		t.Run(name, func(t *testing.T) { compareWithX509(t, c) })
	}
	if accepted < 60 {
		t.Errorf("crypto/x509 accepts %d certificates, want most of them", accepted)
	}
}

// fields is what both readers know of a certificate, in one form.
type fields struct {
	Serial, CN, Algorithm         string
	NotBefore, NotAfter           int64
	RawSubject, RawIssuer, RawKey []byte
	SKI, AKI                      []byte
	HasBasic, IsCA, HasKU         bool
	HasEKU, HasSAN, SelfIssued    bool
	KeyUsage                      x509.KeyUsage
	EKU, Mails, Hosts, URIs, IPs  []string
	CDPs                          []string
}

func fieldsOfX509(x *x509.Certificate) fields {
	has := func(oid string) bool {
		return slices.ContainsFunc(x.Extensions, func(e pkix.Extension) bool { return e.Id.String() == oid })
	}
	f := fields{
		Serial: x.SerialNumber.String(), CN: x.Subject.CommonName,
		NotBefore: x.NotBefore.Unix(), NotAfter: x.NotAfter.Unix(),
		RawSubject: x.RawSubject, RawIssuer: x.RawIssuer, RawKey: x.RawSubjectPublicKeyInfo,
		SKI: x.SubjectKeyId, AKI: x.AuthorityKeyId,
		HasBasic: x.BasicConstraintsValid, IsCA: x.IsCA, HasKU: has(oidKeyUsage), HasEKU: has(oidEKU), HasSAN: has(oidSAN),
		SelfIssued: bytes.Equal(x.RawSubject, x.RawIssuer), KeyUsage: x.KeyUsage,
		EKU: usagesOf(x), Mails: escaped(x.EmailAddresses), Hosts: escaped(x.DNSNames), CDPs: x.CRLDistributionPoints,
	}
	if x.SignatureAlgorithm != x509.UnknownSignatureAlgorithm {
		f.Algorithm = x.SignatureAlgorithm.String()
	}
	for _, ip := range x.IPAddresses {
		f.IPs = append(f.IPs, ip.String())
	}
	for _, u := range x.URIs {
		f.URIs = append(f.URIs, u.String())
	}
	return f
}

func fieldsOf(c *Certificate) fields {
	f := fields{
		Serial: c.Serial.String(), CN: c.CommonName(),
		NotBefore: c.NotBefore.Unix(), NotAfter: c.NotAfter.Unix(),
		RawSubject: c.RawSubject, RawIssuer: c.RawIssuer, RawKey: c.RawKey,
		SKI: c.SubjectKeyID, AKI: c.AuthorityKeyID,
		HasBasic: c.HasBasic, IsCA: c.IsCA, HasKU: c.HasKeyUsage, HasEKU: c.HasEKU, HasSAN: c.HasSAN,
		SelfIssued: c.SelfIssued(), KeyUsage: c.KeyUsage,
		Mails: c.Values(KindEmail), Hosts: c.Values(KindDNS), IPs: c.Values(KindIP), CDPs: c.CDPs,
	}
	if c.X509.SignatureAlgorithm != x509.UnknownSignatureAlgorithm {
		f.Algorithm = c.SignatureAlgorithm().String()
	}
	for _, oid := range c.EKU {
		f.EKU = append(f.EKU, oid.String())
	}
	for _, v := range c.Values(KindURI) { // crypto/x509 keeps URLs taken apart
		if u, err := url.Parse(v); err == nil {
			f.URIs = append(f.URIs, u.String())
		}
	}
	return f
}

// compareWithX509 compares every field that crypto/x509 has too.
func compareWithX509(t *testing.T, c *Certificate) {
	t.Helper()
	theirs, ours := fieldsOfX509(c.X509), fieldsOf(c)
	if slices.ContainsFunc(c.Names, func(n Name) bool { return len(n.Problems) > 0 }) {
		// crypto/x509 passes over names out of form in silence; we don't.
		for _, f := range []*fields{&theirs, &ours} {
			f.Mails, f.Hosts, f.URIs, f.IPs = nil, nil, nil, nil
		}
	}
	if diff := cmp.Diff(theirs, ours, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("crypto/x509 (-) and we (+):\n%s", diff)
	}
	if x := c.X509; x.PublicKey != nil && !samePublicKey(c.PublicKey, x.PublicKey) {
		t.Errorf("public key is %v, want %v", c.PublicKey, x.PublicKey)
	}
}

func escaped(values []string) (safe []string) {
	for _, v := range values {
		text, _, _ := sanPrintable(v)
		safe = append(safe, text)
	}
	return safe
}

// usagesOf reads the usages out of the extension, since crypto/x509 sorts them
// into those that it has a name for and others.
func usagesOf(x *x509.Certificate) (usages []string) {
	for _, e := range x.Extensions {
		var oids []asn1.ObjectIdentifier
		if e.Id.String() != oidEKU {
			continue
		}
		if _, err := asn1.Unmarshal(e.Value, &oids); err != nil {
			continue
		}
		for _, oid := range oids {
			usages = append(usages, oid.String())
		}
	}
	return usages
}

// refused are the fixtures that crypto/x509 refuses, and what it says.
var refused = map[string]string{
	"san-broken.pem":         "invalid subject alternative name",
	"san-doubled-broken.pem": "", // which of its two faults is found first is Go's affair
	"mail-not-ascii.pem":     "SAN rfc822Name is malformed",
	"uri-bad.pem":            "cannot parse URI",
	"key-brainpool.pem":      "unsupported elliptic curve",
	"key-off-curve.pem":      "point not on curve",
	"serial-negative.pem":    "negative serial number",
	"extension-doubled.pem":  "duplicate extension",
	"boolean-01.pem":         "malformed extension critical field",
}

// What crypto/x509 refuses is read all the same, names included.
func TestCertificateThatX509Refuses(t *testing.T) {
	for _, file := range fixtureFiles(t, ".pem") {
		c := certificateIn(t, file)
		why, want := refused[file]
		if got := c.Refused != nil; got != want || got != bytes.Contains(readTestFile(t, file), []byte("Go refuses it")) {
			t.Errorf("%s: Go says %v", file, c.Refused)
		}
		if !want {
			continue
		}
		if c.X509 != nil || !strings.Contains(c.Refused.Error(), why) {
			t.Errorf("%s: Go says %v, want %q", file, c.Refused, why)
		}
		if c.CommonName() != "Alice Example" || c.Issuer() != "CN=Contoso Test Issuing CA" || c.NotAfter.Year() != 2036 || c.Serial == nil {
			t.Errorf("%s: it reads as %s by %s until %s", file, c.Subject(), c.Issuer(), c.NotAfter)
		}
		if upns := c.Values(KindUPN); file != "san-doubled-broken.pem" && !slices.Contains(upns, "alice@contoso.com") {
			t.Errorf("%s: the UPNs are %q", file, upns)
		}
		if c.SignedBy(certificateIn(t, "issuing.pem")) != nil {
			t.Errorf("%s: its signature doesn't verify", file)
		}
	}
}

// What crypto/x509 has no field for.
func TestCertificateFields(t *testing.T) {
	const sid = "S-1-5-21-1004336348-1177238915-682003330-1104"
	read := func(file string) *Certificate { return certificateIn(t, file) }
	for _, test := range []struct {
		file, field string
		got, want   any
	}{
		{"good.pem", "UPN", read("good.pem").Values(KindUPN), []string{"alice@contoso.com"}},
		{"good.pem", "SANCritical", read("good.pem").SANCritical, false},
		{"good.pem", "KeyText", read("good.pem").KeyText(), "RSA 2048"},
		{"good.pem", "String", read("good.pem").String(), "Alice Example"},
		{"upn-only-critical.pem", "SANCritical", read("upn-only-critical.pem").SANCritical, true},
		{"sid-extension.pem", "SID", read("sid-extension.pem").SID, sid},
		{"sid-extension.pem", "SIDError", read("sid-extension.pem").SIDError == nil, true},
		{"sid-broken.pem", "SIDError", read("sid-broken.pem").SIDError != nil, true},
		{"lab.pem", "Lab", read("lab.pem").Lab, true},
		{"good.pem", "Lab", read("good.pem").Lab, false},
		{"extension-doubled.pem", "Doubled", read("extension-doubled.pem").Doubled, []string{oidSAN}},
		{"extension-doubled.pem", "UPN", read("extension-doubled.pem").Values(KindUPN), []string{"alice@contoso.com", "bob@contoso.com"}},
		{"serial-negative.pem", "Serial", read("serial-negative.pem").Serial.Int64(), int64(-4711)},
		{"version-1.pem", "HasSAN", read("version-1.pem").HasSAN, false},
		{"san-empty.pem", "HasSAN", read("san-empty.pem").HasSAN, true},
		{"key-brainpool.pem", "PublicKey", read("key-brainpool.pem").PublicKey, nil},
		{"key-off-curve.pem", "PublicKey", read("key-off-curve.pem").PublicKey, nil},
		{"key-ed25519.pem", "KeyText", read("key-ed25519.pem").KeyText(), "Ed25519"},
		{"subject-newline.pem", "CommonName", read("subject-newline.pem").CommonName(), "Alice\n\x1b[31mExample"},
		{"subject-newline.pem", "String", read("subject-newline.pem").String(), `Alice\n\x1b[31mExample`},
		{"san-doubled-broken.pem", "NamesError", read("san-doubled-broken.pem").NamesError.Error(), "reading the SAN: the tag or length of entry 1 is broken"},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", test.file, test.field, diff)
		}
	}
}

func TestParseCertificateErrors(t *testing.T) {
	for file, want := range map[string]string{
		"truncated.der":         "its outer structure is broken",
		"trailing.der":          "its outer structure is broken",
		"empty-sequence.der":    "its outer structure is broken",
		"body-broken.der":       "reading the serial number",
		"validity-broken.der":   "reading the validity",
		"extensions-broken.der": "reading the extensions: one of them is broken",
	} {
		c, err := ParseCertificate(readTestFile(t, file))
		if err == nil || c != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
	if files := fixtureFiles(t, ".der"); len(files) != 6 {
		t.Errorf("%q: some have no case here", files)
	}
}

// A critical SAN with nothing but a UPN is what smart cards have. Go's verifier
// stops at it; the chain is there nevertheless.
func TestCriticalSANWithUPN(t *testing.T) {
	c, cas := certificateIn(t, "upn-only-critical.pem"), certificatesIn(t, issuers...)
	if len(c.X509.UnhandledCriticalExtensions) == 0 {
		t.Fatal("Go understands the SAN now: is the parser's own handling still needed?")
	}
	chain := BuildChain(c, cas)
	if len(chain) != 2 || !chain[1].IsRoot() {
		t.Errorf("the chain is %v, want issuing CA and root", chain)
	}
	if got := c.Values(KindUPN); !slices.Equal(got, []string{"alice@contoso.com"}) {
		t.Errorf("the UPNs are %q", got)
	}
}

// OpenSSL shows the same names and the same thumbprint.
func TestCertificateAgreesWithOpenSSL(t *testing.T) {
	tool(t, "openssl")
	for _, file := range []string{"good.pem", "san-none.pem", "root.pem", "serial-negative.pem"} {
		c := certificateIn(t, file)
		out := output(t, "openssl", "x509", "-in", filepath.Join(fixtureDir, file), "-noout", "-fingerprint", "-sha1", "-issuer", "-nameopt", "RFC2253")
		if want := "issuer=" + c.Issuer(); !strings.Contains(out, want) {
			t.Errorf("%s: openssl says %s, want %q", file, out, want)
		}
		if want := "Fingerprint=" + c.Thumbprint(); !strings.Contains(strings.ReplaceAll(out, ":", ""), want) {
			t.Errorf("%s: openssl says %s, want %q", file, out, want)
		}
	}
}

// RSA-PSS names its hash in its parameters. Its salt is random, so no fixture
// can hold one.
func TestSignatureAlgorithmPSS(t *testing.T) {
	key := testKey(t, "root-rsa2048").(*rsa.PrivateKey)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"},
		IsCA: true, BasicConstraintsValid: true, NotBefore: testClock, NotAfter: testClock.AddDate(1, 0, 0),
	}
	for _, want := range []x509.SignatureAlgorithm{x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS} {
		template.SignatureAlgorithm = want
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.SignatureAlgorithm(); got != want || !c.IsRoot() {
			t.Errorf("%s, signed by itself: %v; want %s", got, c.IsRoot(), want)
		}
	}
}

// A signature is checked whatever its hash; only the key decides.
func TestSignedBy(t *testing.T) {
	issuing, renewed := certificateIn(t, "issuing.pem"), certificateIn(t, "issuing-renewed.pem")
	unknown := certificateIn(t, "key-brainpool.pem")
	ec := certificateIn(t, "key-p256.pem")
	for _, file := range []string{"good.pem", "signed-md5.pem", "signed-sha1.pem", "signed-sha224.pem", "signed-sha512.pem"} {
		c := certificateIn(t, file)
		if err := c.SignedBy(issuing); err != nil {
			t.Errorf("%s by the CA that signed it: %v", file, err)
		}
		for name, other := range map[string]*Certificate{"renewed": renewed, "of an unknown key": unknown, "of an EC key": ec} {
			if c.SignedBy(other) == nil {
				t.Errorf("%s by a CA %s: want an error", file, name)
			}
		}
	}
}
