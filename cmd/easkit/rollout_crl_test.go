package main

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/lab"
)

// crlCompany is a folder with two users, the CAs, and their CRLs in crls/.
type crlCompany struct {
	t   *testing.T
	lab *lab.Lab
	bob *certs.Certificate
	now time.Time
}

func newCRLCompany(t *testing.T) *crlCompany {
	t.Helper()
	t.Chdir(t.TempDir())
	l, err := lab.New(scriptTime, "http://127.0.0.1:1/crl")
	if err != nil {
		t.Fatal(err)
	}
	c := &crlCompany{t: t, lab: l, now: scriptTime}
	for _, user := range []string{"alice@contoso.com", "bob@contoso.com"} {
		id, err := rolloutIdentity(l, user)
		if err != nil {
			t.Fatal(err)
		}
		p12, err := certs.EncodePKCS12(id.Key, id.Leaf, id.Chain, rolloutPassword, "eas", certs.LegacyDES)
		if err != nil {
			t.Fatal(err)
		}
		c.write("p12/"+user+".p12", p12)
		c.bob = id.Leaf
	}
	for name, ca := range map[string]*lab.Authority{"root": l.Root, "issuing": l.Issuing} {
		c.write("cas/"+name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Certificate.Raw}))
	}
	c.write("users.csv", []byte("upn\nalice@contoso.com\nbob@contoso.com\n"))
	c.write("pw", []byte(rolloutPassword+"\n"))
	c.publish()
	return c
}

func (c *crlCompany) write(name string, data []byte) {
	c.t.Helper()
	if err := keyfile.Write(filepath.FromSlash(name), data, true); err != nil {
		c.t.Fatal(err)
	}
}

func (c *crlCompany) publish() {
	c.t.Helper()
	if err := c.lab.Publish(0); err != nil {
		c.t.Fatal(err)
	}
	c.write("crls/root.crl", c.lab.Root.CRL)
	c.write("crls/issuing.crl", c.lab.Issuing.CRL)
}

// rollout calls easkit rollout with more words.
func (c *crlCompany) rollout(more ...string) (status int, out, errs string) {
	c.t.Helper()
	var stdout, stderr strings.Builder
	sys := system{in: strings.NewReader(""), out: &stdout, err: &stderr, env: func(string) (string, bool) { return "", false }, now: func() time.Time { return c.now }}
	status = run(c.t.Context(), append([]string{"rollout", "users.csv", "--identities", "p12", "--password-file", "pw"}, more...), sys)
	return status, stdout.String(), stderr.String()
}

var withCRLs = []string{"--crl", "crls", "--ca", "cas", "--offline"}

// Users are looked up in CRLs that are read once, those who were done before as well.
func TestRolloutCRL(t *testing.T) {
	c := newCRLCompany(t)
	status, out, errs := c.rollout(append(withCRLs, "--out", "out")...)
	if status != exitOK || !strings.HasPrefix(out, "2 rows: all done") || strings.Contains(errs, "crl.") {
		t.Fatalf("status %d\n%s%s", status, out, errs)
	}
	if _, err := c.lab.Revoke(c.bob); err != nil {
		t.Fatal(err)
	}
	c.publish()
	status, out, errs = c.rollout(append(withCRLs, "--out", "out")...)
	if status != exitFindings || !strings.Contains(out, "cert.revoked") || !strings.Contains(out, "revoked since") || !strings.Contains(out, "bob@contoso.com") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	if strings.Contains(out, "alice@contoso.com") {
		t.Errorf("nothing is wrong with alice\n%s", out)
	}
}

// A list that is worth nothing is told before the first user, and refuses the run or not.
func TestRolloutCRLJudged(t *testing.T) {
	fabrikam, err := os.ReadFile("../../testdata/crls/fabrikam.crl")
	if err != nil {
		t.Fatal(err)
	}
	other, err := lab.New(scriptTime, "http://127.0.0.1:1/crl")
	if err != nil {
		t.Fatal(err)
	}
	c := newCRLCompany(t)
	c.write("fabrikam.crl", fabrikam)
	c.write("other.crl", other.Issuing.CRL)
	c.write("page.crl", []byte("<html>not found</html>"))
	for name, row := range map[string]struct {
		more   []string
		status int
		says   string // on standard error
		made   bool
	}{
		"no CRL":           {[]string{"--crl", "page.crl", "--ca", "cas", "--offline"}, exitFindings, "crl.format", false},
		"absent":           {[]string{"--crl", "nothing.crl", "--ca", "cas"}, exitInput, "--crl: nothing.crl", false},
		"URL, offline":     {[]string{"--crl", "http://127.0.0.1:1/x.crl", "--ca", "cas", "--offline"}, exitInput, "--offline uses no network", false},
		"no answer":        {[]string{"--crl", "http://127.0.0.1:1/x.crl", "--ca", "cas", "--allow-private"}, exitFindings, "crl.download", false},
		"no CA":            {[]string{"--crl", "crls"}, exitInput, "hint: give the CAs with --ca", false},
		"CA alone":         {[]string{"--ca", "cas"}, exitInput, "hint: give the CRLs with --crl", false},
		"of others":        {[]string{"--crl", "fabrikam.crl", "--ca", "cas", "--offline"}, exitOK, "note: fabrikam.crl: it is by none of the CAs given", true},
		"renewed":          {[]string{"--crl", "other.crl", "--ca", "cas", "--offline"}, exitFindings, "renewed?", true}, // each user fails
		"refused for less": {[]string{"--crl", "crls/issuing.crl", "--ca", "cas", "--offline", "--fail-on", "warn"}, exitFindings, "ca.revoked", false},
		"told for less":    {[]string{"--crl", "crls/issuing.crl", "--ca", "cas", "--offline"}, exitOK, "ca.revoked", true},
		"never":            {[]string{"--crl", "page.crl", "--ca", "cas", "--offline", "--fail-on", "never"}, exitFindings, "nothing was made", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir() + "/out"
			status, out, errs := c.rollout(append(slices.Clone(row.more), "--out", dir)...)
			_, absent := os.Stat(dir)
			if status != row.status || !strings.Contains(errs, row.says) || (absent == nil) != row.made {
				t.Errorf("status %d, made %v\n%s%s\nwant %d with %q", status, absent == nil, out, errs, row.status, row.says)
			}
		})
	}
}

// A CRL that has ended refuses the run; where that is ignored, users don't pass by it.
func TestRolloutCRLExpired(t *testing.T) {
	c := newCRLCompany(t)
	c.now = scriptTime.Add(lab.CRLLife + time.Hour)
	status, out, errs := c.rollout(append(withCRLs, "--out", "out")...)
	if status != exitFindings || !strings.Contains(errs, "crl.validity") || out != "" {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	ignored := append(withCRLs, "--out", "out", "--ignore", "crl.validity=they are new on Monday", "--ignore", "ca.revoked=the same")
	status, out, errs = c.rollout(ignored...)
	if status != exitFindings || !strings.HasPrefix(out, "2 rows: 2 profiles failed") || !strings.Contains(out, "was valid from") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
}
