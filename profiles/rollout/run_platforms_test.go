package rollout

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
)

// pem makes a file with the certificate of an address and its key, without a password.
func (c *company) pem(name, address string) {
	c.t.Helper()
	id := c.user(address)
	key, err := x509.MarshalPKCS8PrivateKey(id.Key)
	if err != nil {
		c.t.Fatal(err)
	}
	var text bytes.Buffer
	for _, b := range []pem.Block{{Type: "PRIVATE KEY", Bytes: key}, {Type: "CERTIFICATE", Bytes: id.Leaf.Raw}} {
		if err := pem.Encode(&text, &b); err != nil {
			c.t.Fatal(err)
		}
	}
	for _, ca := range id.Chain {
		if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}); err != nil {
			c.t.Fatal(err)
		}
	}
	c.write(name, text.Bytes())
}

// path is that of a file in the target.
func (c *company) path(name string) string { return filepath.Join(c.target, filepath.FromSlash(name)) }

// password is what a file of the target tells.
func (c *company) password(name string) certs.Password {
	c.t.Helper()
	text, err := os.ReadFile(c.path(name))
	if err != nil {
		c.t.Fatal(err)
	}
	return certs.Password(strings.TrimSpace(string(text)))
}

// opens checks that a user's two profiles open with the passwords that were written beside
// them: that of the iPhone by our reader, and that of Android by openssl.
func (c *company) opens(user string) {
	c.t.Helper()
	data, err := os.ReadFile(c.path(user + ".mobileconfig"))
	if err != nil {
		c.t.Fatal(err)
	}
	profile, err := ios.Open(data)
	if err != nil {
		c.t.Fatal(err)
	}
	doc, err := ios.Parse(profile.Content)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := certs.ParsePKCS12(doc.PKCS12, string(c.password(user+".password"))); err != nil {
		c.t.Errorf("%s on iOS: %v", user, err)
	}
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		c.t.Skip("openssl is not on PATH")
	}
	out, err := exec.CommandContext(c.t.Context(), openssl, "pkcs12", "-in", c.path(user+"-android/"+user+".p12"), "-nokeys", "-legacy", // 3DES
		"-passin", "file:"+c.path(user+"-android.password")).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("BEGIN CERTIFICATE")) {
		c.t.Errorf("%s on Android: %v\n%s", user, err, out)
	}
}

// A new password is one for both phones of a user, whose second run is kept. Where one of
// them is made anew, the password of the other one stays.
func TestOnePasswordForBothPlatforms(t *testing.T) {
	for _, fresh := range []bool{true, false} { // false: the identity has none
		const alice, bob = "alice@contoso.com", "bob@contoso.com"
		c := newCompany(t)
		for _, user := range []string{alice, bob} {
			if c.row(user); fresh {
				c.file(user+".p12", user)
			} else {
				c.pem(user+".pem", user)
			}
		}
		o := c.options()
		o.Request.NewPassword = fresh
		if sum, entries := c.do(o); sum.Total(Done) != 4 {
			t.Fatalf("%+v", entries)
		}
		first := c.password(alice + ".password")
		if first != c.password(alice+"-android.password") || first == c.password(bob+".password") {
			t.Error("a user has two passwords, or two users have one")
		}
		c.opens(alice)
		c.opens(bob)
		content := c.content()
		if sum, entries := c.do(o); sum.Total(Kept) != 4 {
			t.Errorf("again: %+v", entries)
		}
		if err := os.Remove(c.path(alice + ".mobileconfig")); err != nil {
			t.Fatal(err)
		}
		if sum, _ := c.do(o); sum.Counts[IOS][Done] != 1 || sum.Counts[Android][Kept] != 2 {
			t.Errorf("after one was lost: %+v", sum.Counts)
		}
		c.opens(alice)
		if now := c.content(); now[alice+"-android.password"] != content[alice+"-android.password"] {
			t.Error("the password of what was kept is another")
		}
		o.Platforms = []Platform{Android}
		if sum, _ := c.do(o); sum.Counts[Android][Kept] != 2 {
			t.Errorf("on one platform: %+v", sum.Counts)
		}
	}
}

// Who has no profile yet is not asked for, and so can't fail.
func TestChangedOnlySkipsWhoHasNothing(t *testing.T) {
	const alice, bob, carol = "alice@contoso.com", "bob@contoso.com", "carol@contoso.com"
	c := newCompany(t)
	c.file("alice@contoso.com.p12", alice)
	c.row(alice)
	o := c.options()
	o.Platforms = []Platform{IOS}
	c.do(o)
	c.row(bob)                                                            // of whom there is no file
	c.row(carol)                                                          // whose file is cut
	c.write("carol@contoso.com.p12", []byte("0\x82\x09\x00\x02\x01\x03")) // 2304 bytes are announced
	o.Table = c.options().Table
	o.ChangedOnly = true
	if _, entries := c.do(o); entries[alice].Status != Skipped || entries[bob].Status != Skipped || entries[carol].Status != Skipped {
		t.Errorf("%+v", entries)
	}
	o.ChangedOnly = false
	_, entries := c.do(o)
	if f := firstFailed(entries[carol].Findings); f == nil || f.Check != RowIdentity || f.Fix != "copy or export the file again" {
		t.Errorf("a file that is cut: %+v", entries[carol])
	}
	if f := firstFailed(entries[bob].Findings); f == nil || !strings.HasPrefix(f.Fix, "put the user's own .p12") {
		t.Errorf("no file: %+v", entries[bob])
	}
	c.write("alice@contoso.com.p12", []byte("x")) // who has a profile
	o.ChangedOnly = true
	if _, entries := c.do(o); entries[alice].Status != Failed {
		t.Errorf("%+v", entries[alice])
	}
}

// The report of who is revoked says that deleting an earlier profile is not the run's.
func TestRevokedTellsWhatWasMade(t *testing.T) {
	const alice = "alice@contoso.com"
	c := newCompany(t)
	c.file("alice@contoso.com.p12", alice)
	c.row(alice)
	o := c.options()
	o.Platforms = []Platform{IOS}
	c.do(o)
	c.revoke("alice@contoso.com.p12")
	o.Revocation = c.crls(c.lab.Issuing.CRL, c.lab.Root.CRL)
	_, entries := c.do(o)
	c.wantRevoked(entries, alice, Failed, preflight.StatusFail, "was left in the target")
}
