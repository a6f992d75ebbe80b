package entra

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// fixtures has the certificates; its README says what is special about each.
const fixtures = "../../testdata/certs"

// testClock is when the tests take place.
var testClock = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

const (
	pass = preflight.StatusPass
	skip = preflight.StatusSkip
	warn = preflight.StatusWarn
	fail = preflight.StatusFail
)

// Where the mailbox is, and how the phone signs in to it.
var (
	oauthOnline   = preflight.Scenario{Auth: preflight.OAuth, Mailbox: preflight.ExchangeOnline}
	oauthADFS     = preflight.Scenario{Auth: preflight.OAuth, Mailbox: preflight.ExchangeOnline, Issuer: preflight.ADFS}
	oauthServer   = preflight.Scenario{Auth: preflight.OAuth, Mailbox: preflight.ExchangeServer}
	hybrid        = preflight.Scenario{Auth: preflight.OAuth, Mailbox: preflight.ExchangeServer, Issuer: preflight.Entra}
	directOnline  = preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.ExchangeOnline}
	directServer  = preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.ExchangeServer}
	directUnknown = preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.MailboxUnknown}
)

// at completes a scenario.
func at(s preflight.Scenario) preflight.Scenario {
	if s.At.IsZero() {
		s.At = testClock
	}
	return s.WithDefaults()
}

// fixtureCertificates reads the certificates of a PEM file.
func fixtureCertificates(t testing.TB, file string) (all []*certs.Certificate) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(fixtures, file))
	if err != nil {
		t.Fatal(err)
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		c, err := certs.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, c)
	}
	return all
}

func fixture(t testing.TB, file string) *certs.Certificate {
	t.Helper()
	return fixtureCertificates(t, file)[0]
}

// sound holds for every finding of every check.
func sound(t *testing.T, f preflight.Finding) {
	t.Helper()
	switch {
	case f.Message == "" || strings.ContainsAny(f.Message, "\n\r\x1b"):
		t.Errorf("%s: the message is not one printable line: %q", f.Check, f.Message)
	case strings.HasPrefix(f.Message, "the check itself broke"):
		t.Errorf("%s: %s", f.Check, f.Message)
	case f.Basis.Weak() && f.Status == fail:
		t.Errorf("%s fails although it is only %s: %s", f.Check, f.Basis, f.Message)
	case f.Source == "" || f.Status.Worse(skip) && f.Fix == "":
		t.Errorf("%s: %s without source or fix: %+v", f.Check, f.Status, f)
	}
}

// expect wants exactly one finding of a check, with a status and a part of its
// message.
func expect(t *testing.T, findings []preflight.Finding, check string, want preflight.Status, says string) {
	t.Helper()
	var got []preflight.Finding
	for _, f := range findings {
		sound(t, f)
		if f.Check == check {
			got = append(got, f)
		}
	}
	if len(got) != 1 {
		t.Fatalf("%d findings, want one: %+v", len(got), got)
	}
	if got[0].Status != want || !strings.Contains(got[0].Message, says) {
		t.Errorf("%s: %s\nwant %s with %q", got[0].Status, got[0].Message, want, says)
	}
}

// Every check of the catalogue is listed once, in full, and shown in the tables
// to pass and not to pass.
func TestCatalogue(t *testing.T) {
	known := []preflight.Basis{preflight.Documented, preflight.FromSource, preflight.Measured, preflight.Observed, preflight.Inferred}
	passes, others, ids := map[string]bool{}, map[string]bool{}, map[string]bool{}
	note := func(check string, want preflight.Status) {
		passes[check] = passes[check] || want == pass
		others[check] = others[check] || want.Worse(skip)
	}
	for _, r := range caRows {
		note(r.check, r.want)
	}
	for _, r := range storeRows {
		note("ca.count", r.want)
	}
	for _, r := range holderRows {
		note(r.check, r.want)
	}
	for _, info := range Catalogue() {
		switch {
		case ids[info.ID]:
			t.Errorf("%s is there twice", info.ID)
		case info.ID == "" || info.Title == "" || info.Reason == "" || info.Fix == "" || info.Source == "":
			t.Errorf("%s is incomplete: %+v", info.ID, info)
		case !slices.Contains(known, info.Basis):
			t.Errorf("%s rests on %q", info.ID, info.Basis)
		case !passes[info.ID] || !others[info.ID]:
			t.Errorf("%s has no row that passes, or none that warns or fails", info.ID)
		}
		ids[info.ID] = true
	}
	for check := range passes {
		if !ids[check] {
			t.Errorf("%s is no check", check)
		}
	}
}
