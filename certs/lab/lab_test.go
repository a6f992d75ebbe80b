package lab

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

var clock = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

const crlBase = "http://crl.lab.contoso.com"

func newLab(t *testing.T) *Lab {
	t.Helper()
	l, err := New(clock, crlBase)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func user(t *testing.T, l *Lab) *certs.Identity {
	t.Helper()
	id, err := l.User("Alice Example", "alice@contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Every certificate says that it is a lab's and lives 30 days.
func TestCertificatesAreMarked(t *testing.T) {
	l := newLab(t)
	signer, err := l.Signer()
	if err != nil {
		t.Fatal(err)
	}
	serials := map[string]bool{}
	for _, c := range []*certs.Certificate{l.Root.Certificate, l.Issuing.Certificate, user(t, l).Leaf, signer.Leaf} {
		if !c.Lab {
			t.Errorf("%s does not carry the marker", c)
		}
		if c.X509 == nil {
			t.Errorf("%s is outside the standard: %v", c, c.Refused)
		}
		if !c.NotAfter.Equal(clock.Add(30*24*time.Hour)) || !c.NotBefore.Before(clock) || clock.Sub(c.NotBefore) > 24*time.Hour {
			t.Errorf("%s is valid from %s to %s", c, c.NotBefore, c.NotAfter)
		}
		if !strings.Contains(c.Issuer(), Warning) || c.IsCA && !strings.Contains(c.Subject(), Warning) {
			t.Errorf("%s, issued by %s: %q stands in neither name", c.Subject(), c.Issuer(), Warning)
		}
		if serials[c.Serial.String()] || c.Serial.Sign() <= 0 {
			t.Errorf("%s has the serial number %s", c, c.Serial)
		}
		serials[c.Serial.String()] = true
	}
}

// A user's certificate passes every check in both ways to sign in, while
// Exchange Online still takes the direct one.
func TestUserPassesTheChecks(t *testing.T) {
	l := newLab(t)
	id := user(t, l)
	for _, auth := range preflight.Auths {
		s := preflight.Scenario{Auth: auth, At: clock}.WithDefaults()
		for _, f := range certs.Check(s, id.Subject([]*certs.Certificate{l.Root.Certificate, l.Issuing.Certificate})) {
			if f.Status.Worse(preflight.StatusSkip) && f.Check != "profile.retirement" {
				t.Errorf("%s: %s is %s: %s", auth, f.Check, f.Status, f.Message)
			}
		}
	}
	for _, kind := range []certs.NameKind{certs.KindUPN, certs.KindEmail} {
		if got := id.Leaf.Values(kind); !slices.Equal(got, []string{"alice@contoso.com"}) {
			t.Errorf("its %s names are %q", kind, got)
		}
	}
	if got, want := id.Leaf.CDPs, crlBase+"/issuing.crl"; !slices.Equal(got, []string{want}) {
		t.Errorf("its CRL is at %q, want %s", got, want)
	}
}

func TestChain(t *testing.T) {
	l := newLab(t)
	signer, err := l.Signer()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []*certs.Identity{user(t, l), signer} {
		built := certs.BuildChain(id.Leaf, []*certs.Certificate{l.Root.Certificate, l.Issuing.Certificate})
		if len(built) != 2 || !slices.Equal(built, id.Chain) || !built[1].IsRoot() {
			t.Errorf("%s: the chain is %v, and says %v", id.Leaf, built, id.Chain)
		}
	}
	if got := signer.Leaf.X509.ExtKeyUsage; !slices.Equal(got, []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}) {
		t.Errorf("the signer's usages are %v: it must not sign users in", got)
	}
}

func TestCRLs(t *testing.T) {
	l := newLab(t)
	for _, a := range []*Authority{l.Root, l.Issuing} {
		crl, err := x509.ParseRevocationList(a.CRL)
		if err != nil {
			t.Fatal(err)
		}
		if err := crl.CheckSignatureFrom(a.Certificate.X509); err != nil {
			t.Errorf("%s: %v", a.Certificate, err)
		}
		if len(crl.RevokedCertificateEntries) > 0 || !crl.NextUpdate.Equal(clock.Add(Life)) || crl.ThisUpdate.After(clock) {
			t.Errorf("%s: %d entries, from %s to %s", a.Certificate, len(crl.RevokedCertificateEntries), crl.ThisUpdate, crl.NextUpdate)
		}
	}
}

// What can't be written as it must be is an error, not a certificate.
func TestUserRefuses(t *testing.T) {
	l := newLab(t)
	for _, address := range []string{"", "alice", "\xff@contoso.com", "älice@contoso.com", "alice@contoso.com\x00"} {
		if id, err := l.User("Alice", address); err == nil {
			t.Errorf("%q: %v, want an error", address, id.Leaf.Names)
		}
	}
}

// An international domain stands in the rfc822Name in its ASCII form.
func TestUserOfAnInternationalDomain(t *testing.T) {
	id, err := newLab(t).User("Alice", "alice@Bücher.de")
	if err != nil {
		t.Fatal(err)
	}
	upn, mail := id.Leaf.Values(certs.KindUPN), id.Leaf.Values(certs.KindEmail)
	if !slices.Equal(upn, []string{"alice@Bücher.de"}) || !slices.Equal(mail, []string{"alice@xn--bcher-kva.de"}) || id.Leaf.X509 == nil {
		t.Errorf("UPN %q, rfc822Name %q, %v", upn, mail, id.Leaf.Refused)
	}
}

// OpenSSL accepts the user with the CRL of every authority checked.
func TestAgainstOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not on PATH")
	}
	l, dir := newLab(t), t.TempDir()
	write := func(name, kind string, ders ...[]byte) string {
		path := filepath.Join(dir, name)
		var text []byte
		for _, der := range ders {
			text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	id := user(t, l)
	args := []string{
		"verify", "-crl_check_all", "-x509_strict", "-purpose", "sslclient", "-attime", fmt.Sprint(clock.Unix()),
		"-CAfile", write("root.pem", "CERTIFICATE", l.Root.Certificate.Raw),
		"-untrusted", write("issuing.pem", "CERTIFICATE", l.Issuing.Certificate.Raw),
		"-CRLfile", write("crls.pem", "X509 CRL", l.Root.CRL, l.Issuing.CRL),
		write("alice.pem", "CERTIFICATE", id.Leaf.Raw),
	}
	if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
		t.Errorf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	late := slices.Clone(args)
	late[6] = fmt.Sprint(clock.Add(Life + time.Second).Unix())
	if out, err := exec.Command("openssl", late...).CombinedOutput(); err == nil {
		t.Errorf("openssl accepts it after 30 days:\n%s", out)
	}
}
