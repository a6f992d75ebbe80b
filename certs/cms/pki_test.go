package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// clock is when the tests take place. The certificates are valid for long around it,
// since the other tools judge them by the machine's clock.
var (
	clock     = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	notBefore = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	notAfter  = time.Date(2049, 1, 1, 0, 0, 0, 0, time.UTC)
)

// pair is a certificate with its key.
type pair struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// testPKI is a root, an issuing CA and signers, one for each kind of key.
type testPKI struct {
	root, issuing pair
	signers       map[string]pair // rsa, p256, p384, p521
}

// pki is minted once; nothing of it is ever written into the repository.
var pki = sync.OnceValue(func() *testPKI {
	p := &testPKI{signers: map[string]pair{}}
	p.root = mint(caTemplate("Test Root"), nil, newECKey(elliptic.P256()))
	p.issuing = mint(caTemplate("Test Issuing CA"), &p.root, newECKey(elliptic.P256()))
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	for name, key := range map[string]crypto.Signer{
		"rsa":  rsaKey,
		"p256": newECKey(elliptic.P256()),
		"p384": newECKey(elliptic.P384()),
		"p521": newECKey(elliptic.P521()),
	} {
		p.signers[name] = mint(leafTemplate("Signer "+name), &p.issuing, key)
	}
	return p
})

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func newECKey(curve elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	must(err)
	return key
}

func caTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             notBefore,
		NotAfter:              notAfter,
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// leafTemplate carries what NSS demands of a mail signer.
func leafTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject:        pkix.Name{CommonName: name},
		NotBefore:      notBefore,
		NotAfter:       notAfter,
		KeyUsage:       x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageKeyAgreement,
		ExtKeyUsage:    []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
		EmailAddresses: []string{"signer@contoso.com"},
		SubjectKeyId:   []byte(name),
	}
}

// mint issues a certificate; issuer nil means self-signed.
func mint(template *x509.Certificate, issuer *pair, key crypto.Signer) pair {
	if template.SerialNumber == nil {
		serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
		must(err)
		template.SerialNumber = serial
	}
	if issuer == nil {
		issuer = &pair{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer.cert, key.Public(), issuer.key)
	must(err)
	cert, err := x509.ParseCertificate(der)
	must(err)
	return pair{cert, key}
}

// roots is the pool with the test root alone.
func (p *testPKI) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(p.root.cert)
	return pool
}

// sign signs as one of the signers, with the chain inside.
func (p *testPKI) sign(t testing.TB, signer string, content []byte, detached bool) []byte {
	t.Helper()
	s := p.signers[signer]
	der, err := Sign(content, s.cert, s.key, SignOptions{
		Chain: []*x509.Certificate{p.issuing.cert, p.root.cert}, Time: clock, Detached: detached,
	})
	if err != nil {
		t.Fatalf("Sign as %s: %v", signer, err)
	}
	return der
}

// workshop is a temporary folder with the PKI in files, for the tools that judge us.
type workshop struct {
	t   testing.TB
	dir string
}

func newWorkshop(t testing.TB, tools ...string) workshop {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not on PATH", tool)
		}
	}
	w := workshop{t, t.TempDir()}
	w.write("root.pem", pemOf(pki().root.cert))
	w.write("issuing.pem", pemOf(pki().issuing.cert))
	for name, s := range pki().signers {
		w.writePair(name, s)
	}
	return w
}

func (w workshop) writePair(name string, p pair) {
	w.t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(p.key)
	must(err)
	w.write(name+".pem", pemOf(p.cert))
	w.write(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
}

func (w workshop) write(name string, content []byte) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), content, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w workshop) read(name string) []byte {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// run runs a tool in the folder and fails the test if it fails.
func (w workshop) run(tool string, args ...string) {
	w.t.Helper()
	if out, err := w.try(tool, args...); err != nil {
		w.t.Fatalf("%s %q: %v\n%s", tool, args, err, out)
	}
}

func (w workshop) try(tool string, args ...string) (string, error) {
	cmd := exec.Command(tool, args...)
	cmd.Dir = w.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// plist is content of the given size that looks like a profile.
func plist(size int) []byte {
	line := []byte("<key>PayloadType</key>\r\n<string>com.apple.eas.account</string>\r\n")
	return bytes.Repeat(line, size/len(line)+1)[:size]
}
