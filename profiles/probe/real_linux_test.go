package probe_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/probe"
)

// realFronts are the ways to ask for a certificate, and what comes of none.
var realFronts = []struct {
	name, software, verify string
	none12, none13         string
}{
	{"apache require", "apache", "require", "alert 40", "alert 116"},
	{"apache optional", "apache", "optional", "HTTP 403", "HTTP 403"},
	{"apache late", "apache", "late", "alert 40", "alert 40"}, // for TLS 1.3, in a second try by 1.2
	{"nginx on", "nginx", "on", "HTTP 400", "HTTP 400"},
	{"nginx optional", "nginx", "optional", "HTTP 403", "HTTP 403"},
}

// realAnswers are what comes of the other certificates, and the words of eas.auth for
// that. nginx says the same of every certificate that it does not take: what the
// certificate itself shows is named then, and the rest may be revoked.
var realAnswers = map[string]struct{ apache, apacheWord, nginx, nginxWord string }{
	"good":                        {"HTTP 200", "", "HTTP 200", ""},
	"foreign CA":                  {"alert 48", "untrusted", "HTTP 400", "untrusted"},
	"foreign CA of the same name": {"alert 48", "untrusted", "HTTP 400", "untrusted"},
	"expired":                     {"alert 45", "expired", "HTTP 400", "expired"},
	"revoked":                     {"alert 44", "revoked", "HTTP 400", "perhaps-revoked"},
	"wrong EKU":                   {"alert 43", "wrong-eku", "HTTP 400", "wrong-eku"},
	"no SAN":                      {"HTTP 403", "no-san", "HTTP 403", "no-san"},
	"no such account":             {"HTTP 403", "no-such-account", "HTTP 403", "no-such-account"},
}

// SOGo behind Apache and nginx refuses each certificate in the way of the front and the
// version of TLS, and each gives its own finding. With -v the table is printed.
func TestRealServer(t *testing.T) {
	if os.Getenv(realServer) != "1" {
		t.Skip(realServer + " is not set to 1: install SOGo as .ci/run does")
	}
	p := newPKI(t, time.Now())
	var fronts []*front
	for _, f := range realFronts {
		fronts = append(fronts,
			&front{Name: f.name, Software: f.software, Verify: f.verify, TLS: []string{"1.2"}, none: f.none12},
			&front{Name: f.name, Software: f.software, Verify: f.verify, TLS: []string{"1.2", "1.3"}, none: f.none13})
	}
	only13 := &front{Name: "apache late, TLS 1.3 alone", Software: "apache", Verify: "late", TLS: []string{"1.3"}}
	s := startServer(t, p, append([]*front{only13}, fronts...))
	t.Run("table", func(t *testing.T) { realTable(t, s, p, fronts) })
	t.Run("deep", func(t *testing.T) { realDeep(t, s, p, fronts) })
	t.Run("late in TLS 1.3", func(t *testing.T) { realLate13(t, s, p, only13) })
}

func realTable(t *testing.T, s *server, p *pki, fronts []*front) {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nFRONT\tTLS\tCERTIFICATE\tANSWER\tFINDINGS")
	for _, f := range fronts {
		version := f.TLS[len(f.TLS)-1]
		for _, c := range p.clients {
			e, findings := s.probe(t, p, f, c.identity, false)
			answer, found := answerOf(e), foundIn(findings)
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", f.Name, version, c.name, answer, found)
			if got := tls.VersionName(e.Options[0].TLS.Version); answer[:4] == "HTTP" && got != "TLS "+version {
				t.Errorf("%s, %s: %s was spoken in place of %s", f.Name, c.name, got, version)
			}
			want, word := f.wants(c)
			if answer != want || wordOf(findings, "eas.auth") != word {
				t.Errorf("%s, TLS %s, %s: %s (%s), want %s (eas.auth %s)", f.Name, version, c.name, answer, found, want, word)
			}
			if late := wordOf(findings, "eas.certificate-asked") == "late"; late != (f.Verify == "late") && word != "untrusted" {
				t.Errorf("%s, TLS %s, %s: found to ask late is %t", f.Name, version, c.name, late)
			}
		}
	}
	w.Flush()
	t.Log(text.String())
}

// wants is what comes of a client's certificate, and the word for it.
func (f *front) wants(c client) (answer, word string) {
	a := realAnswers[c.name]
	switch {
	case c.identity == nil:
		return f.none, "none-sent"
	case f.Software == "apache":
		return a.apache, a.apacheWord
	}
	return a.nginx, a.nginxWord
}

// probe tries a front as a phone with the identity would.
func (s *server) probe(t *testing.T, p *pki, f *front, id *certs.Identity, deep bool) (*probe.Evidence, []preflight.Finding) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(p.lab.Root.Certificate.X509)
	target := probe.Target{Name: f.Name, Identity: id, Account: profiles.Account{
		Email: alice, User: alice, Endpoint: profiles.Endpoint{Host: s.Host},
		Auth: preflight.Direct, Mailbox: preflight.ExchangeServer, SyncDays: profiles.DefaultSyncDays,
	}}
	e, err := probe.Run(t.Context(), target, probe.Options{
		Roots: roots, Connect: map[string]string{"": f.address()}, Deep: deep,
	})
	if err != nil {
		t.Fatal(err)
	}
	scenario := preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.ExchangeServer, At: time.Now()}.WithDefaults()
	return e, probe.Judge(scenario, e)
}

// answerOf is how the server ended the exchange that counts.
func answerOf(e *probe.Evidence) string {
	all := slices.Concat(e.Options, e.Late)
	last := all[len(all)-1]
	switch {
	case last.Err == nil:
		return fmt.Sprintf("HTTP %d", last.Status)
	case last.TLS != nil && last.TLS.Alert != 0:
		return fmt.Sprintf("alert %d", uint8(last.TLS.Alert))
	}
	return last.Err.Error()
}

// foundIn is what warns or fails, or has not passed for a reason of its own.
func foundIn(findings []preflight.Finding) string {
	var found []string
	for _, f := range findings {
		if f.Status.Worse(preflight.StatusSkip) || f.Value != "" && f.Value != probe.NotTried && f.Value != probe.NotForNow {
			found = append(found, f.Check+" "+f.Value)
		}
	}
	return strings.Join(found, ", ")
}

// wordOf is the word for scripts of a check that has not passed, "" of another.
func wordOf(findings []preflight.Finding, check string) string {
	for _, f := range findings {
		if f.Check == check && f.Status != preflight.StatusPass {
			return f.Value
		}
	}
	return ""
}

// realDeep sees the mails that came by IMAP, through every front.
func realDeep(t *testing.T, s *server, p *pki, fronts []*front) {
	const mails = 3
	for i := range mails {
		s.deliver(t, "alice", fmt.Sprintf("From: bob@%[1]s\r\nTo: %[2]s\r\nSubject: Mail %[3]d\r\nMessage-ID: <%[3]d@%[1]s>\r\n\r\nHello.\r\n", domain, alice, i))
	}
	for _, f := range fronts {
		e, findings := s.probe(t, p, f, p.clients[0].identity, true)
		if e.Deep == nil || e.Deep.Inbox == nil || e.Deep.Inbox.Messages != mails {
			t.Errorf("%s: %+v", f.Name, e.Deep)
		}
		want := ""
		if f.Verify == "late" {
			want = "eas.certificate-asked late"
		}
		if found := foundIn(findings); found != want {
			t.Errorf("%s: %s, want %s", f.Name, found, want)
		}
	}
}

// realLate13 is the server that nobody gets into who can't be asked after the handshake.
func realLate13(t *testing.T, s *server, p *pki, f *front) {
	_, findings := s.probe(t, p, f, p.clients[0].identity, false)
	const want = "perhaps-late"
	if word := wordOf(findings, "eas.certificate-asked"); word != want {
		t.Errorf("%s, want %s: %s", word, want, foundIn(findings))
	}
}
