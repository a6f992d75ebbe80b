package rollout

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/preflight"
)

// crls reads lists with the lab's CAs.
func (c *company) crls(lists ...[]byte) Revocation {
	c.t.Helper()
	in := audit.Input{CAs: []audit.Authority{{Certificate: c.lab.Root.Certificate}, {Certificate: c.lab.Issuing.Certificate}}}
	for i, der := range lists {
		in.CRLs = append(in.CRLs, audit.Source{Name: fmt.Sprint(i, ".crl"), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(der)), nil }})
	}
	v, _, err := audit.ReadRevocations(c.t.Context(), preflight.Scenario{At: runTime}, in, audit.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

// revoke publishes that the certificate in a user's file is revoked.
func (c *company) revoke(file string) {
	c.t.Helper()
	b, err := certs.ReadFile(c.identities+"/"+file, certs.Unlock{Password: runPassword})
	if err != nil {
		c.t.Fatal(err)
	}
	id, err := b.Identity()
	if err == nil {
		_, err = c.lab.Revoke(id.Leaf)
	}
	if err == nil {
		err = c.lab.Publish(0)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// wantRevoked checks what became of a user, and what the CRLs had to do with it.
func (c *company) wantRevoked(entries map[string]Entry, user string, status Status, found preflight.Status, says string) {
	c.t.Helper()
	e := entries[user]
	var message string
	for _, f := range e.Findings {
		if f.Check == "cert.revoked" && f.Status == found {
			message = f.Message
		}
	}
	if e.Status != status || (message == "") != (says == "") || !strings.Contains(message, says) {
		c.t.Errorf("%s: %s, %+v\nwant %s with %s %q", user, e.Status, e.Findings, status, found, says)
	}
}

// Somebody whose certificate was revoked fails, on each platform: in a first run, and
// after a run that made their profile. Nobody else is concerned.
func TestRevokedUser(t *testing.T) {
	c := newCompany(t)
	for _, user := range []string{"alice", "bob", "carol"} {
		c.file(user+"@contoso.com.p12", user+"@contoso.com")
		c.row(user + "@contoso.com")
	}
	c.revoke("alice@contoso.com.p12")
	o := c.options()
	o.Revocation = c.crls(c.lab.Issuing.CRL, c.lab.Root.CRL)
	sum, entries := c.do(o)
	c.wantRevoked(entries, "alice@contoso.com", Failed, preflight.StatusFail, "revoked since 2026-11-20 12:00 UTC (unspecified)")
	c.wantRevoked(entries, "bob@contoso.com", Done, preflight.StatusWarn, "")
	if sum.Counts[IOS][Failed] != 1 || sum.Counts[Android][Failed] != 1 {
		t.Errorf("%+v", sum.Counts)
	}
	for name := range c.content() {
		if strings.HasPrefix(name, "alice") {
			t.Errorf("%s was made with a certificate that is revoked", name)
		}
	}

	c.revoke("bob@contoso.com.p12")
	o = c.options()
	_, entries = c.do(o) // which asks no CRL
	c.wantRevoked(entries, "bob@contoso.com", Kept, preflight.StatusFail, "")
	o.Revocation = c.crls(c.lab.Issuing.CRL, c.lab.Root.CRL)
	_, entries = c.do(o)
	c.wantRevoked(entries, "bob@contoso.com", Failed, preflight.StatusFail, "revoked since")
	c.wantRevoked(entries, "carol@contoso.com", Kept, preflight.StatusFail, "")

	o.ChangedOnly = true
	for range 2 { // the second finds no profile of his any more
		_, entries = c.do(o)
		c.wantRevoked(entries, "bob@contoso.com", Failed, preflight.StatusFail, "revoked since")
		c.wantRevoked(entries, "carol@contoso.com", Skipped, preflight.StatusFail, "")
	}
}

// What could not be found out is said of each user, kept or not, and fails nobody; a list
// that ended fails all. A reason that was given counts.
func TestRevokedUnknown(t *testing.T) {
	c := newCompany(t)
	c.file("alice@contoso.com.p12", "alice@contoso.com")
	c.row("alice@contoso.com")
	o := c.options()
	o.Revocation = c.crls(c.lab.Root.CRL)
	for _, status := range []Status{Done, Kept} {
		_, entries := c.do(o)
		c.wantRevoked(entries, "alice@contoso.com", status, preflight.StatusWarn, "no CRL of")
	}

	c.revoke("alice@contoso.com.p12")
	o.Revocation = c.crls(c.lab.Issuing.CRL)
	o.Request.Ignore = map[string]string{"cert.revoked": "a rehearsal"}
	_, entries := c.do(o)
	c.wantRevoked(entries, "alice@contoso.com", Done, preflight.StatusFail, "revoked since")

	o.Request.Ignore = nil
	o.Request.Scenario.At = o.Request.Scenario.At.AddDate(0, 0, 8)
	_, entries = c.do(o)
	c.wantRevoked(entries, "alice@contoso.com", Failed, preflight.StatusFail, "only; it lists the certificate as revoked")
}
