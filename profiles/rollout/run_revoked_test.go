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
	"github.com/easkit/easkit/certs/signer"
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
	c.wantRevoked(entries, "alice@contoso.com", Kept, preflight.StatusFail, "revoked since")

	o.Request.Ignore = nil
	o.Request.Scenario.At = o.Request.Scenario.At.AddDate(0, 0, 8)
	_, entries = c.do(o)
	c.wantRevoked(entries, "alice@contoso.com", Failed, preflight.StatusFail, "only; it lists the certificate as revoked")
}

// A certificate that a run found to be revoked stays so in runs that ask no CRL, or none
// that knows, until one says that it is good again or the user has another.
func TestRevokedRemembered(t *testing.T) {
	const alice, bob = "alice@contoso.com", "bob@contoso.com"
	c := newCompany(t)
	for _, user := range []string{alice, bob} {
		c.file(user+".p12", user)
		c.row(user)
	}
	good := c.lab.Issuing.CRL
	o := c.options()
	c.do(o)
	c.revoke(alice + ".p12")
	o.Now, o.Revocation = after(1), c.crls(c.lab.Issuing.CRL, c.lab.Root.CRL)
	_, entries := c.do(o)
	c.wantRevoked(entries, alice, Failed, preflight.StatusFail, "revoked since")

	for _, row := range []struct {
		name   string
		with   Revocation
		ignore map[string]string
		status Status
		says   string
	}{
		{"no CRL", nil, nil, Failed, "it was revoked by the CRLs of the run of 2026-11-20 13:00 UTC"},
		{"once more", nil, nil, Failed, "of the run of 2026-11-20 13:00 UTC"},
		{"no CRL of this CA", c.crls(c.lab.Root.CRL), nil, Failed, "of the run of 2026-11-20 13:00 UTC"},
		{"ignored", nil, map[string]string{checkRevoked: "a rehearsal"}, Kept, "of the run of 2026-11-20 13:00 UTC"},
		{"ignored before", nil, nil, Failed, "of the run of 2026-11-20 13:00 UTC"},
		{"taken off the list", c.crls(good, c.lab.Root.CRL), nil, Kept, ""},
		{"good since", nil, nil, Kept, ""},
	} {
		o.Revocation, o.Request.Ignore, o.Now = row.with, row.ignore, after(2)
		_, entries := c.do(o)
		c.wantRevoked(entries, alice, row.status, preflight.StatusFail, row.says)
		if e := entries[bob]; e.Status == Failed {
			t.Errorf("%s: bob failed, who is not revoked: %+v", row.name, e.Findings)
		}
	}

	c.revoke(alice + ".p12")
	o.Now, o.Revocation = after(3), c.crls(c.lab.Issuing.CRL, c.lab.Root.CRL)
	c.do(o)
	o.Now, o.Revocation = after(4), nil
	for _, by := range []*signer.Signer{nil, c.signer} { // who is not whose seal it is
		o.Request.Signer = by
		_, entries = c.do(o)
		c.wantRevoked(entries, alice, Failed, preflight.StatusFail, "it was revoked by the CRLs of the run of")
	}
	c.file(alice+".p12", alice)
	_, entries = c.do(o)
	c.wantRevoked(entries, alice, Done, preflight.StatusFail, "")
}

// That a list ended says nothing about the certificate to the runs after it.
func TestRevokedNotRemembered(t *testing.T) {
	const alice = "alice@contoso.com"
	c := newCompany(t)
	c.file("alice.p12", alice)
	c.row(alice)
	if err := c.lab.Publish(0); err != nil {
		t.Fatal(err)
	}
	o := c.options()
	o.Revocation = c.crls(c.lab.Issuing.CRL, c.lab.Root.CRL)
	o.Request.Scenario.At = runTime.AddDate(0, 0, 8)
	if _, entries := c.do(o); entries[alice].Status != Failed {
		t.Fatalf("%+v", entries[alice])
	}
	o = c.options()
	_, entries := c.do(o)
	c.wantRevoked(entries, alice, Done, preflight.StatusFail, "")
}
