package entra

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
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

// expect wants exactly one finding of a check, with a status and a part of its
// message.
func expect(t *testing.T, findings []preflight.Finding, check string, want preflight.Status, says string) {
	t.Helper()
	var got []preflight.Finding
	for _, f := range findings {
		checktest.Finding(t, f)
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

func TestCatalogue(t *testing.T) {
	var rows []checktest.Row
	for _, r := range caRows {
		rows = append(rows, checktest.Row{Check: r.check, Want: r.want})
	}
	for _, r := range storeRows {
		rows = append(rows, checktest.Row{Check: "ca.count", Want: r.want})
	}
	for _, r := range holderRows {
		rows = append(rows, checktest.Row{Check: r.check, Want: r.want})
	}
	checktest.Catalogue(t, Catalogue(), rows)
}
