package audit

import (
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

func fixture(t testing.TB, name string) *certs.Certificate {
	t.Helper()
	b, err := certs.ReadFile(filepath.Join("../../testdata/certs", name), certs.Unlock{})
	if err != nil {
		t.Fatal(err)
	}
	return b.Certificates[0]
}

// fixtures are the certificates and CRLs with these names, with blanks between.
func fixtures(t testing.TB, cas, crls string) Input {
	t.Helper()
	var in Input
	for _, name := range strings.Fields(cas) {
		in.CAs = append(in.CAs, Authority{Name: name, Certificate: fixture(t, name)})
	}
	for _, name := range strings.Fields(crls) {
		path := filepath.Join("../../testdata/crls", name)
		in.CRLs = append(in.CRLs, Source{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	}
	return in
}

// askBoth asks for a certificate: by CRLs that were read before it was known, and by a
// pre-flight of it.
func askBoth(t *testing.T, in Input, o Options, c *certs.Certificate, inFile []*certs.Certificate) (ahead, whole preflight.Finding) {
	t.Helper()
	s := preflight.Scenario{At: testClock}
	v, _, err := ReadRevocations(t.Context(), s, in, o)
	if err != nil {
		t.Fatal(err)
	}
	in.Certificates = []Certificate{{Name: "user", Subject: &certs.Subject{Certificate: c, InFile: inFile}}}
	report, err := Run(t.Context(), s, in, o)
	if err != nil {
		t.Fatal(err)
	}
	return v.Check(s, c, inFile)[0], finding(t, report, "user", "cert.revoked")
}

// CRLs say the same of a certificate, whether they were read before it was known or for
// it, by whichever CAs and lists there are.
func TestRevocationsAgree(t *testing.T) {
	lists := []string{
		"good.crl", "good.crl root.crl", "empty.crl", "good.crl delta.crl", "delta.crl good.crl", "delta.crl", "good.crl delta-gap.crl",
		"good.crl delta-expired.crl", "good.crl delta-wrong-key.crl", "freshest.crl", "freshest.crl delta.crl", "freshest.crl delta-expired.crl",
		"expired.crl", "expired.crl good.crl", "wrong-key.crl", "wrong-key.crl good.crl", "wrong-aki.crl", "other-issuer.crl", "renewed.crl",
		"fabrikam.crl", "root.crl", "not-yet.crl", "no-next-update.crl", "pem.crl", "indirect.crl", "unknown-critical.crl", "scope-cas.crl",
		"scope-users.crl", "scope-other.crl", "truncated.crl", "page.crl", "nothing.crl", "certificate.crl",
	}
	issuing, root := fixture(t, "issuing.pem"), fixture(t, "root.pem")
	for _, cas := range []string{"root.pem issuing.pem", "issuing.pem", "root.pem", "fabrikam-root.pem", "issuing-renewed.pem root.pem"} {
		for _, user := range []string{"good.pem", "revoked.pem", "revoked-hold.pem", "revoked-delta.pem"} {
			for i, inFile := range [][]*certs.Certificate{nil, {issuing, root}} {
				for _, crls := range lists {
					t.Run(fmt.Sprintf("%s/%s/%d/%s", cas, user, i, crls), func(t *testing.T) {
						c := fixture(t, user)
						got, want := askBoth(t, fixtures(t, cas, crls), Options{}, c, append([]*certs.Certificate{c}, inFile...))
						if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
							t.Errorf("%+v\nand check says %+v", got, want)
						}
					})
				}
			}
		}
	}
}

// What is said of the lists themselves, and of CAs, is said once and before any user.
func TestRevocationsReport(t *testing.T) {
	for _, row := range []struct {
		cas, crls, subject, check string
		want                      preflight.Status
		says                      string
	}{
		{"root.pem issuing.pem", "good.crl root.crl", "good.crl", "crl.validity", pass, ""},
		{"root.pem issuing.pem", "expired.crl root.crl", "expired.crl", "crl.validity", fail, "it ended on"},
		{"root.pem issuing.pem", "wrong-key.crl root.crl", "wrong-key.crl", "crl.signature", fail, "not signed"},
		{"root.pem issuing.pem", "renewed.crl root.crl", "renewed.crl", "crl.issuer", warn, "renewed?"},
		{"root.pem", "good.crl", "good.crl", "crl.issuer", skip, "by none of the CAs given"},
		{"root.pem issuing.pem", "good.crl root.crl", fixture(t, "issuing.pem").String(), "ca.revoked", pass, "not-listed"},
		{"root.pem issuing-revoked.pem", "good.crl root.crl", fixture(t, "issuing-revoked.pem").String(), "ca.revoked", fail, "cACompromise"},
	} {
		t.Run(row.crls+"/"+row.check, func(t *testing.T) {
			_, report, err := ReadRevocations(t.Context(), preflight.Scenario{At: testClock}, fixtures(t, row.cas, row.crls), Options{})
			if err != nil {
				t.Fatal(err)
			}
			wantFinding(t, report, row.subject, row.check, row.want, row.says)
		})
	}
	in := fixtures(t, "issuing.pem", "nowhere.crl")
	if _, _, err := ReadRevocations(t.Context(), preflight.Scenario{At: testClock}, in, Options{}); err == nil || !strings.Contains(err.Error(), "nowhere.crl") {
		t.Errorf("a CRL that can't be opened: %v", err)
	}
}

// Lists at URLs, and the delta CRLs that they announce, say the same, too.
func TestRevocationsFetched(t *testing.T) {
	p := publish(t)
	alice, bob, carol := p.user(t, "alice", "/issuing.crl"), p.user(t, "bob", "/issuing.crl"), p.user(t, "carol", "/other.crl")
	announced := func(l *x509.RevocationList) {
		points := sequence(t, sequence(t, tagged(t, []byte(p.url+"/delta.crl"), 0, 0, 6)))
		l.ExtraExtensions = append(l.ExtraExtensions, extension(false, points, 2, 5, 29, 46))
	}
	delta := func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, extension(true, der(t, 8), 2, 5, 29, 27))
	}
	p.files["/issuing.crl"] = p.issuing.crlOf(t, 8, announced, revoked(alice, 1))
	p.files["/delta.crl"] = p.issuing.crlOf(t, 9, delta, revoked(bob, 4), revoked(alice, 8))
	p.files["/other.crl"] = p.root.crlOf(t, 10, nil)
	for _, row := range []struct {
		crl  string
		user *ca
		want preflight.Status
		says string
	}{
		{"/issuing.crl", alice, warn, "only the delta CRL takes that back"},
		{"/issuing.crl", bob, fail, "only the delta CRL says so"},
		{"/issuing.crl", carol, pass, "not-listed"},
		{"/other.crl", carol, fail, "wrong-issuer"},
		{"/nothing.crl", p.user(t, "dave", "/nothing.crl"), fail, "is none"},
	} {
		t.Run(row.crl+" "+row.user.cert.CommonName(), func(t *testing.T) {
			in := p.input()
			in.CRLs = []Source{{Name: p.url + row.crl}}
			got, want := askBoth(t, in, online(), row.user.cert, nil)
			if got.Status != row.want || !strings.Contains(got.Message+got.Value, row.says) {
				t.Errorf("%+v, want %s with %q", got, row.want, row.says)
			}
			if row.user != carol && fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) { // what she points to is fetched by a pre-flight of hers alone
				t.Errorf("%+v\nand check says %+v", got, want)
			}
		})
	}
}

// A CA that only came with certificates may be revoked as well, which those say then.
func TestRevocationsAbove(t *testing.T) {
	root := issue(t, "Contoso Root", nil, asCA())
	issuing := issue(t, "Contoso Issuing CA", root, asCA())
	alice := issue(t, "alice", issuing, asUser)
	in := Input{
		CAs:  []Authority{{Certificate: root.cert}},
		CRLs: []Source{file("root.crl", root.crlOf(t, 1, nil, revoked(issuing, 2))), file("issuing.crl", issuing.crlOf(t, 1, nil))},
	}
	v, _, err := ReadRevocations(t.Context(), preflight.Scenario{At: testClock}, in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			got := v.Check(preflight.Scenario{At: testClock}, alice.cert, []*certs.Certificate{alice.cert, issuing.cert, root.cert})
			if len(got) != 2 || got[0].Check != "cert.revoked" || got[0].Status != pass || got[1].Check != "ca.revoked" || got[1].Status != fail {
				t.Errorf("%+v", got)
			}
		})
	}
	group.Wait()
	if len(v.adopted) != 1 {
		t.Errorf("%d CAs were taken from the files", len(v.adopted))
	}
}
