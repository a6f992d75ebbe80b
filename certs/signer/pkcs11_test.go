//go:build pkcs11 && cgo

package signer

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/pkcs11"

	"github.com/easkit/easkit/certs"
)

const (
	tokenPIN = "271828"
	tokenSO  = "31415926"
)

// modules are where SoftHSM's module lies: Debian, Fedora, Homebrew.
var modules = []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so", "/opt/homebrew/lib/softhsm/libsofthsm2.so"}

// hsm is a token of SoftHSM, filled by OpenSC's pkcs11-tool: neither is ours.
type hsm struct {
	t      *testing.T
	module string
	root   string // a CA's file that signs the keys' certificates
	ca     *certs.Identity
}

func newHSM(t *testing.T) *hsm {
	t.Helper()
	for _, tool := range []string{"softhsm2-util", "pkcs11-tool", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not on PATH", tool)
		}
	}
	h := &hsm{t: t}
	for _, m := range modules {
		if _, err := os.Stat(m); err == nil {
			h.module = m
		}
	}
	if h.module == "" {
		t.Skip("SoftHSM's module is not installed")
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "softhsm2.conf")
	if err := os.WriteFile(conf, []byte("directories.tokendir = "+dir+"\nlog.level = ERROR\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", conf)
	h.token("Signing HSM")
	h.newRoot(dir)
	return h
}

func (h *hsm) run(name string, args ...string) []byte {
	h.t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		h.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

func (h *hsm) token(label string) {
	h.t.Helper()
	h.run("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", tokenPIN, "--so-pin", tokenSO)
}

func (h *hsm) tool(args ...string) []byte {
	h.t.Helper()
	return h.run("pkcs11-tool", append([]string{"--module", h.module, "--token-label", "Signing HSM", "--login", "--pin", tokenPIN}, args...)...)
}

func (h *hsm) newRoot(dir string) {
	h.t.Helper()
	s, err := Open(filepath.Join(testdata, "foreign", "bob-sec1.pem"), certs.Unlock{}, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Signing root"}, NotBefore: clock.AddDate(-1, 0, 0), NotAfter: clock.AddDate(9, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, s.Key.Public(), s.Key)
	if err != nil {
		h.t.Fatal(err)
	}
	root, err := certs.ParseCertificate(der)
	if err != nil {
		h.t.Fatal(err)
	}
	h.ca = &certs.Identity{Leaf: root, Key: s.Key}
	h.root = filepath.Join(dir, "root.pem")
	if err := os.WriteFile(h.root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// key makes a key pair on the token, and the certificate of it.
func (h *hsm) key(kind, id, label string, more ...string) *certs.Certificate {
	h.t.Helper()
	h.tool(append([]string{"--keypairgen", "--key-type", kind, "--id", id, "--label", label}, more...)...)
	public := filepath.Join(h.t.TempDir(), "public.der")
	h.tool("--read-object", "--type", "pubkey", "--id", id, "--output-file", public)
	der, err := os.ReadFile(public)
	if err != nil {
		h.t.Fatal(err)
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		h.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(int64(len(id)) + int64(id[1])), Subject: pkix.Name{CommonName: "Profiles of " + label}, NotBefore: clock.AddDate(-1, 0, 0), NotAfter: clock.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature}
	der, err = x509.CreateCertificate(rand.Reader, template, h.ca.Leaf.X509, key, h.ca.Key)
	if err != nil {
		h.t.Fatal(err)
	}
	c, err := certs.ParseCertificate(der)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// store puts a certificate on the token.
func (h *hsm) store(c *certs.Certificate, id, label string) {
	h.t.Helper()
	file := filepath.Join(h.t.TempDir(), "certificate.der")
	if err := os.WriteFile(file, c.Raw, 0o600); err != nil {
		h.t.Fatal(err)
	}
	h.tool("--write-object", file, "--type", "cert", "--id", id, "--label", label)
}

func (h *hsm) uri(attributes string) string {
	return "pkcs11:token=Signing%20HSM;" + attributes + "?module-path=" + h.module
}

// accepted has openssl verify a signature by a token's key.
func (h *hsm) accepted(s *Signer) {
	h.t.Helper()
	der, err := s.Sign(content, clock, false)
	if err != nil {
		h.t.Fatal(err)
	}
	signed := filepath.Join(h.t.TempDir(), "signed.der")
	if err := os.WriteFile(signed, der, 0o600); err != nil {
		h.t.Fatal(err)
	}
	out, err := exec.Command("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signed, "-purpose", "any",
		"-CAfile", h.root, "-no_check_time").Output()
	if err != nil || !bytes.Equal(out, content) {
		h.t.Errorf("openssl says %v, content %q", err, out)
	}
}

var withPIN = Options{Unlock: certs.Unlock{Password: tokenPIN}}

// A token's key signs profiles that openssl verifies, whatever way its certificate
// and its PIN come.
func TestTokenSigns(t *testing.T) {
	h := newHSM(t)
	rsa, ec, apart := h.key("rsa:2048", "01", "rsa"), h.key("EC:prime256v1", "02", "ec"), h.key("EC:prime256v1", "03", "apart")
	each := h.key("EC:prime256v1", "04", "each", "--always-auth")
	h.store(rsa, "01", "another label")
	h.store(ec, "02", "ec")
	pin := filepath.Join(t.TempDir(), "pin")
	if err := os.WriteFile(pin, []byte(tokenPIN+"\r\nsecond line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	typed := Options{Unlock: certs.Unlock{Prompt: func() (certs.Password, error) { return tokenPIN, nil }}}
	for _, test := range []struct {
		name, uri string
		options   Options
		chain     []*certs.Certificate
		leaf      *certs.Certificate
	}{
		{"RSA by label", h.uri("object=rsa"), withPIN, nil, rsa},
		{"EC by id", h.uri("id=%02"), withPIN, nil, ec},
		{"both, as p11tool prints them", h.uri("model=SoftHSM%20v2;manufacturer=SoftHSM%20project;id=%02;object=ec;type=private"), withPIN, nil, ec},
		{"certificate given", h.uri("object=apart"), withPIN, []*certs.Certificate{rsa, apart, h.ca.Leaf}, apart},
		{"certificate given for a key that has one", h.uri("object=ec"), withPIN, []*certs.Certificate{ec}, ec},
		{"a PIN for each signature", h.uri("object=each"), withPIN, []*certs.Certificate{each, rsa}, each},
		{"PIN from a file", h.uri("object=rsa") + "&pin-source=file:" + pin, Options{}, nil, rsa},
		{"PIN typed", h.uri("object=rsa"), typed, nil, rsa},
	} {
		t.Run(test.name, func(t *testing.T) {
			h.t = t
			test.options.Chain = test.chain
			s, err := OpenURI(t.Context(), test.uri, test.options)
			if err != nil {
				t.Fatal(err)
			}
			if !s.Certificate.Equal(test.leaf.X509) {
				t.Errorf("the certificate is that of %s", s.Certificate.Subject)
			}
			if each := s.Key.(*tokenKey).eachTime; each != strings.Contains(test.uri, "each") {
				t.Errorf("the PIN is wanted each time: %v", each)
			}
			if kept := s.Key.(*tokenKey).token.pin != ""; kept != strings.Contains(test.uri, "each") {
				t.Errorf("the PIN is kept: %v", kept)
			}
			h.accepted(s)
			h.accepted(s)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if _, err := s.Sign(content, clock, false); err == nil || !strings.Contains(err.Error(), "closed") {
				t.Errorf("after Close: %v", err)
			}
		})
	}
}

// One signer signs for many at a time.
func TestTokenConcurrently(t *testing.T) {
	h := newHSM(t)
	h.store(h.key("EC:prime256v1", "01", "ec"), "01", "ec")
	s, err := OpenURI(t.Context(), h.uri("object=ec"), withPIN)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := s.Sign(content, clock, false); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// Each thing that can be wrong is told in one line that says what to do, without the
// PIN.
func TestTokenErrors(t *testing.T) {
	h := newHSM(t)
	one := h.key("EC:prime256v1", "01", "twice")
	h.key("EC:prime256v1", "02", "twice")
	h.key("EC:prime256v1", "03", "bare")
	h.store(one, "05", "stray")
	h.key("EC:prime256v1", "06", "renewed")
	h.store(one, "06", "renewed")
	h.store(h.ca.Leaf, "06", "renewed")
	h.token("Twin")
	h.token("Twin")
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wrong := Options{Unlock: certs.Unlock{Password: "000000"}}
	at := "?module-path=" + h.module
	for _, test := range []struct {
		name, uri  string
		options    Options
		says, hint string
	}{
		{"no module named", "pkcs11:token=Signing%20HSM", withPIN, "the PKCS#11 URI names no module", "?module-path="},
		{"module missing", "pkcs11:token=x?module-path=/nothere/libsofthsm2.so", withPIN, `there is no PKCS#11 module "/nothere/libsofthsm2.so"`, "opensc-pkcs11.so"},
		{"no module", "pkcs11:token=x?module-path=" + empty, withPIN, "can't be loaded as a PKCS#11 module", "file "},
		{"no such token", "pkcs11:token=Nothere" + at, withPIN, `no token of the module is the PKCS#11 URI's "Nothere" (there are: `, "--list-slots"},
		{"two tokens", "pkcs11:token=Twin" + at, withPIN, "2 tokens match", "serial=NUMBER"},
		{"wrong PIN", h.uri("object=bare"), wrong, `the token "Signing HSM": the PIN is wrong`, "before the next try"},
		{"PIN too short", h.uri("object=bare"), Options{Unlock: certs.Unlock{Password: "1"}}, "the PIN is wrong", "before the next try"},
		{"two PINs", h.uri("object=bare") + "&pin-source=" + empty, withPIN, "the PIN is given twice", "not both"},
		{"no PIN in the file", h.uri("object=bare") + "&pin-source=" + empty, Options{}, "its first line is empty", "first line"},
		{"no file with the PIN", h.uri("object=bare") + "&pin-source=/nothere/pin", Options{}, `"/nothere/pin": no such file`, "first line"},
		{"no PIN", h.uri("object=bare"), Options{}, "the token wants its PIN, and none was given", "--signer-password-file"},
		{"nobody to type it", h.uri("object=bare"), Options{Unlock: certs.Unlock{Prompt: func() (certs.Password, error) { return "", fmt.Errorf("%w: no terminal", certs.ErrNoPassword) }}}, "the token wants its PIN", "--signer-password-file"},
		{"no such key", h.uri("object=nothere"), withPIN, `the token "Signing HSM" holds no private key of that name`, "--list-objects"},
		{"two keys", h.uri("object=twice"), withPIN, "holds 2 private keys of that name: object=twice;id=%0", "by its id"},
		{"no certificate", h.uri("object=bare"), withPIN, "there is no certificate for the key", "--signer-chain FILE"},
		{"two certificates", h.uri("object=renewed"), withPIN, "2 certificates may be the key's", "--signer-chain FILE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := OpenURI(t.Context(), test.uri, test.options)
			var own *Error
			if s != nil || !errors.As(err, &own) || !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), test.says) || !strings.Contains(own.Hint, test.hint) {
				t.Fatalf("%v, want %q (hint %q)", err, test.says, test.hint)
			}
			if text := err.Error() + own.Hint; strings.Contains(text, tokenPIN) || strings.Contains(text, "\n") {
				t.Errorf("the error holds the PIN, or more than a line: %v", err)
			}
		})
	}
	typed := func(err error) Options {
		return Options{Unlock: certs.Unlock{Prompt: func() (certs.Password, error) { return "", err }}}
	}
	if _, err := OpenURI(t.Context(), h.uri("object=bare"), typed(context.Canceled)); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted prompt: %v", err)
	}
}

// A second signer on the module of one that is open is refused, whatever its PIN is, and
// the first signs on.
func TestTokenTwice(t *testing.T) {
	h := newHSM(t)
	h.store(h.key("EC:prime256v1", "01", "ec"), "01", "ec")
	first, err := OpenURI(t.Context(), h.uri("object=ec"), withPIN)
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "module.so")
	if err := os.Symlink(h.module, link); err != nil {
		t.Fatal(err)
	}
	wrong := Options{Unlock: certs.Unlock{Password: "000000"}}
	for _, test := range []struct {
		name, uri string
		options   Options
	}{
		{"the PIN", h.uri("object=ec"), withPIN},
		{"a wrong PIN", h.uri("object=ec"), wrong},
		{"another path of the module", strings.ReplaceAll(h.uri("object=ec"), h.module, link), wrong},
		{"another token", "pkcs11:token=Other?module-path=" + h.module, withPIN},
	} {
		s, err := OpenURI(t.Context(), test.uri, test.options)
		var own *Error
		if s != nil || !errors.As(err, &own) || !errors.Is(err, ErrInUse) || !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), "this process has the PKCS#11 module") || own.Hint != hintInUse {
			t.Errorf("%s: %v", test.name, err)
		}
		h.accepted(first)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenURI(t.Context(), h.uri("object=ec"), wrong); err == nil || !strings.Contains(err.Error(), "the PIN is wrong") {
		t.Errorf("a wrong PIN after Close: %v", err)
	}
	second, err := OpenURI(t.Context(), h.uri("object=ec"), withPIN)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	h.accepted(second)
}

// Where a token is reached through two modules, the second starts and finds somebody
// logged in: that is no answer to the PIN.
func TestTokenLoggedIn(t *testing.T) {
	h := newHSM(t)
	h.store(h.key("EC:prime256v1", "01", "ec"), "01", "ec")
	s, err := OpenURI(t.Context(), h.uri("object=ec"), withPIN)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	first := s.Key.(*tokenKey).token
	for _, pin := range []certs.Password{tokenPIN, "000000"} {
		second := &token{module: first.module, info: first.info, session: first.session}
		_, err = second.login(tokenURI{}, Options{Unlock: certs.Unlock{Password: pin}})
		if !errors.Is(err, ErrInUse) || err.Error() != `this process has the token "Signing HSM" open already` {
			t.Errorf("%v", err)
		}
	}
	h.accepted(s)
}

// A PIN that the token refuses for a signature is tried once, and nothing is left open:
// the module can be opened again at once.
func TestTokenPINRefused(t *testing.T) {
	h := newHSM(t)
	h.store(h.key("EC:prime256v1", "01", "each", "--always-auth"), "01", "each")
	s, err := OpenURI(t.Context(), h.uri("object=each"), withPIN)
	if err != nil {
		t.Fatal(err)
	}
	h.accepted(s)
	token := s.Key.(*tokenKey).token
	token.pin = "000000" // as if it was changed meanwhile, which SoftHSM does not notice within a process
	for range 2 {
		if _, err := s.Sign(content, clock, false); !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), `the token "Signing HSM": the PIN is wrong`) {
			t.Errorf("%v", err)
		}
	}
	if token.pin != "" || len(token.closers) > 0 {
		t.Error("the PIN is kept, or the session")
	}
	again, err := OpenURI(t.Context(), h.uri("object=each"), withPIN)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := s.Close(); err != nil { // and takes nothing from who came after
		t.Error(err)
	}
	h.accepted(again)
}

// A certificate that is beside the key and not the key's is found out.
func TestTokenWrongCertificate(t *testing.T) {
	h := newHSM(t)
	h.key("EC:prime256v1", "01", "ec")
	h.store(h.key("EC:prime256v1", "02", "other"), "01", "ec")
	s, err := OpenURI(t.Context(), h.uri("object=ec"), withPIN)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Sign(content, clock, false); err == nil || !strings.Contains(err.Error(), "doesn't verify") {
		t.Errorf("%v", err)
	}
}

// What SoftHSM never answers: it locks no PIN.
func TestTokenFailures(t *testing.T) {
	locked := &token{info: pkcs11.TokenInfo{Label: "Card", Flags: pkcs11.CKF_LOGIN_REQUIRED | pkcs11.CKF_USER_PIN_LOCKED}}
	_, err := locked.login(tokenURI{}, withPIN)
	var own *Error
	if !errors.As(err, &own) || err.Error() != `the token "Card": the PIN is locked after too many wrong ones` || !strings.Contains(own.Hint, "unlock") {
		t.Errorf("a locked PIN: %v", err)
	}
	for code, says := range map[pkcs11.Error]string{
		pkcs11.CKR_PIN_LOCKED:     `the token "Card": the PIN is locked`,
		pkcs11.CKR_DEVICE_REMOVED: `the token "Card": the token was taken out`,
		pkcs11.CKR_DEVICE_ERROR:   `signing on the token "Card": CKR_DEVICE_ERROR`,
	} {
		if err := locked.failed("signing on", code); !errors.Is(err, ErrKey) || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%v: %v", code, err)
		}
	}
}

// The judge of the tests above accepts no signature but that over the content.
func TestTokenJudge(t *testing.T) {
	h := newHSM(t)
	h.store(h.key("EC:prime256v1", "01", "ec"), "01", "ec")
	s, err := OpenURI(t.Context(), h.uri("object=ec"), withPIN)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	der, err := s.Sign(content, clock.Add(time.Hour), true)
	if err != nil {
		t.Fatal(err)
	}
	signed, other := filepath.Join(t.TempDir(), "signed.der"), filepath.Join(t.TempDir(), "other")
	for file, data := range map[string][]byte{signed: der, other: []byte("other content")} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signed, "-content", other, "-purpose", "any", "-CAfile", h.root, "-no_check_time").CombinedOutput()
	if err == nil {
		t.Errorf("openssl accepts another content: %s", out)
	}
}
