package signer

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/cms"
)

const testdata = "../../testdata"

var (
	clock   = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)
	content = []byte("<plist/>\n")
)

func read(t *testing.T, parts ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{testdata}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// pemFile puts files of testdata/certs and testdata/keys into one.
func pemFile(t *testing.T, parts ...[]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "signer.pem")
	if err := os.WriteFile(path, bytes.Join(parts, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func roots(t *testing.T, file ...string) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(read(t, file...)) {
		t.Fatalf("%v holds no certificate", file)
	}
	return pool
}

// From a file of any make comes a signer whose signature leads to the root.
func TestOpenAndSign(t *testing.T) {
	issuing, err := certs.Read(read(t, "certs", "issuing.pem"), certs.Unlock{})
	if err != nil {
		t.Fatal(err)
	}
	key := read(t, "keys", "alice-rsa2048.pem")
	for _, test := range []struct {
		name, path string
		password   certs.Password
		chain      []*certs.Certificate
	}{
		{"PEM with its chain", pemFile(t, key, read(t, "certs", "good-chain.pem")), "", nil},
		{"PEM, chain given", pemFile(t, read(t, "certs", "good.pem"), key), "", issuing.Certificates},
		{"PKCS#12", filepath.Join(testdata, "foreign", "openssl-modern.p12"), "correct horse", nil},
		{"PKCS#12, EC", filepath.Join(testdata, "foreign", "openssl-ec.p12"), "correct horse", nil},
		{"PKCS#12 without chain, chain given", filepath.Join(testdata, "foreign", "openssl-modern-nochain.p12"), "correct horse", issuing.Certificates},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := Open(test.path, certs.Unlock{Password: test.password}, test.chain)
			if err != nil {
				t.Fatal(err)
			}
			for _, detached := range []bool{false, true} {
				der, err := s.Sign(content, clock, detached)
				if err != nil {
					t.Fatal(err)
				}
				verify(t, der, detached)
			}
		})
	}
}

func verify(t *testing.T, der []byte, detached bool) {
	t.Helper()
	signed, err := cms.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	var given []byte
	if detached {
		given = content
	}
	if err := signed.CheckSignature(given); err != nil {
		t.Error(err)
	}
	if _, err := signed.Chain(roots(t, "certs", "root.pem"), clock); err != nil {
		t.Errorf("the chain: %v", err)
	}
	if !detached && !bytes.Equal(signed.Content, content) {
		t.Errorf("the content came out as %q", signed.Content)
	}
}

func TestOpenErrors(t *testing.T) {
	foreign := func(name string) string { return filepath.Join(testdata, "foreign", name) }
	for _, test := range []struct {
		name, path string
		want       error  // wrapped
		says       string // in the message
	}{
		{"missing", filepath.Join(t.TempDir(), "missing.pem"), fs.ErrNotExist, ""},
		{"a path with a colon", filepath.Join(t.TempDir(), "signer:new"), fs.ErrNotExist, ""},
		{"a Windows path", `C:\missing.pem`, fs.ErrNotExist, ""},
		{"wrong password", foreign("openssl-3des.p12"), certs.ErrPassword, ""},
		{"no key", foreign("alice.crt"), certs.ErrNoKey, "Alice Example"},
		{"key alone", foreign("alice-key.der"), certs.ErrNoCertificate, ""},
		{"two identities", pemFile(t, read(t, "foreign", "alice-pkcs8.pem"), read(t, "foreign", "bob-sec1.pem")), certs.ErrSeveral, "Bob Example"},
		{"PKCS#11", "pkcs11:token=signing?pin-value=1234", ErrKey, "it is named by a URI (pkcs11:), and files are opened here"},
		{"Key Vault", "https://contoso.vault.azure.net/keys/signing", ErrKey, "(https:)"},
		{"outside the standard", pemFile(t, read(t, "certs", "serial-negative.pem"), read(t, "keys", "alice-rsa2048.pem")), nil, "negative serial number"},
	} {
		s, err := Open(test.path, certs.Unlock{Password: "wrong"}, nil)
		if s != nil || err == nil || test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %v with %q", test.name, err, test.want, test.says)
		}
	}
}

// A signature is made only while the certificate is valid: its first and last
// second included.
func TestSignWithinValidity(t *testing.T) {
	s, err := Open(filepath.Join(testdata, "foreign", "alice-pkcs8.pem"), certs.Unlock{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	from, until := s.Certificate.NotBefore, s.Certificate.NotAfter
	for _, test := range []struct {
		at   time.Time
		want error
	}{
		{from.Add(-time.Second), ErrExpired}, {from, nil}, {clock, nil}, {until, nil}, {until.Add(time.Second), ErrExpired},
	} {
		_, err := s.Sign(content, test.at, false)
		if !errors.Is(err, test.want) {
			t.Errorf("at %s: %v, want %v", test.at, err, test.want)
		}
		if err != nil && !strings.Contains(err.Error(), "it runs from 2026-01-01 to 2036-01-01") {
			t.Errorf("at %s: %v doesn't say when it is valid", test.at, err)
		}
	}
}

// The same RSA key, content and time give the same bytes.
func TestSignIsDeterministic(t *testing.T) {
	s, err := Open(filepath.Join(testdata, "foreign", "alice-pkcs8.pem"), certs.Unlock{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.Sign(content, clock, false)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := s.Sign(content, clock, false); err != nil || !bytes.Equal(first, second) {
		t.Errorf("two signatures differ (%v)", err)
	}
}

func TestSignAgainstOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not on PATH")
	}
	for _, file := range []string{"alice-pkcs8.pem", "bob-sec1.pem"} {
		s, err := Open(filepath.Join(testdata, "foreign", file), certs.Unlock{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		der, err := s.Sign(content, clock, false)
		if err != nil {
			t.Fatal(err)
		}
		signed := pemFile(t, pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: der}))
		out, err := exec.Command("openssl", "cms", "-verify", "-binary", "-inform", "PEM", "-in", signed, "-purpose", "any",
			"-CAfile", filepath.Join(testdata, "certs", "root.pem"), "-no_check_time").Output()
		if err != nil || !bytes.Equal(out, content) {
			t.Errorf("%s: openssl says %v, content %q", file, err, out)
		}
	}
}
