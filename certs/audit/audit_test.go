package audit

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
)

// published is a PKI whose CRLs are on a web server.
type published struct {
	root, issuing *ca
	url           string
	requests      atomic.Int32
	files         map[string][]byte // by path
}

func publish(t testing.TB) *published {
	p := &published{files: map[string][]byte{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.requests.Add(1)
		body, ok := p.files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Write(body)
	}))
	t.Cleanup(server.Close)
	p.url = server.URL
	p.root = issue(t, "Contoso Test Root", nil, asCA())
	p.issuing = issue(t, "Contoso Test Issuing CA", p.root, asCA(p.url+"/root.crl"))
	p.files["/root.crl"] = p.root.crlOf(t, 3, nil)
	p.files["/issuing.crl"] = p.issuing.crlOf(t, 7, nil)
	return p
}

// user issues a certificate that points to the CRL at path.
func (p *published) user(t testing.TB, name, path string) *ca {
	return issue(t, name, p.issuing, func(c *x509.Certificate) {
		asUser(c)
		c.CRLDistributionPoints = []string{"ldap:///CN=Contoso", p.url + path}
	})
}

func (p *published) input(users ...*ca) Input {
	in := Input{CAs: []Authority{{Name: "root", Certificate: p.root.cert}, {Name: "issuing", Certificate: p.issuing.cert}}}
	for _, u := range users {
		in.Certificates = append(in.Certificates, Certificate{Name: u.cert.CommonName(), Subject: &certs.Subject{Certificate: u.cert}})
	}
	return in
}

// online is what the tests use of the network: this machine.
func online() Options { return Options{Fetcher: &crl.Fetcher{AllowPrivate: true}} }

func mustRun(t testing.TB, in Input, o Options) *preflight.Report {
	t.Helper()
	report, err := Run(t.Context(), preflight.Scenario{At: testClock}, in, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// finding is what a check said of a subject.
func finding(t testing.TB, r *preflight.Report, subject, check string) preflight.Finding {
	t.Helper()
	for _, s := range r.Subjects {
		for _, f := range s.Findings {
			if s.Name == subject && f.Check == check {
				return f
			}
		}
	}
	t.Fatalf("there is no %s on %q", check, subject)
	return preflight.Finding{}
}

func wantFinding(t testing.TB, r *preflight.Report, subject, check string, status preflight.Status, says string) {
	t.Helper()
	if f := finding(t, r, subject, check); f.Status != status || !strings.Contains(f.Message+" "+f.Value, says) {
		t.Errorf("%s of %s: %s %s: %s\nwant %s with %q", check, subject, f.Status, f.Value, f.Message, status, says)
	}
}

const (
	pass = preflight.StatusPass
	skip = preflight.StatusSkip
	warn = preflight.StatusWarn
	fail = preflight.StatusFail
)

// CRLs are fetched from where certificates point, each once, however many point
// there.
func TestFetchesEachOnce(t *testing.T) {
	p := publish(t)
	alice, bob := p.user(t, "alice", "/issuing.crl"), p.user(t, "bob", "/issuing.crl")
	p.files["/issuing.crl"] = p.issuing.crlOf(t, 8, nil, revoked(bob, 1))
	r := mustRun(t, p.input(alice, bob), online())
	wantFinding(t, r, "alice", "cert.revoked", pass, "not-listed")
	wantFinding(t, r, "bob", "cert.revoked", fail, "keyCompromise")
	wantFinding(t, r, "issuing", "ca.revoked", pass, "not-listed")
	wantFinding(t, r, p.url+"/issuing.crl", "crl.download", warn, "a loopback address")
	if n := p.requests.Load(); n != 2 {
		t.Errorf("%d requests, want one for each CRL", n)
	}
}

func TestOffline(t *testing.T) {
	p := publish(t)
	r := mustRun(t, p.input(p.user(t, "alice", "/issuing.crl")), Options{})
	wantFinding(t, r, "alice", "cert.revoked", skip, "the network is not used")
	if n := p.requests.Load(); n != 0 {
		t.Errorf("%d requests", n)
	}
	in := p.input()
	in.CRLs = []Source{{Name: p.url + "/issuing.crl"}}
	wantFinding(t, mustRun(t, in, Options{}), p.url+"/issuing.crl", "crl.format", fail, "the network is not to be used")
}

// A CRL that is given stands for its CA; the others are fetched all the same.
func TestGivenInPlaceOfFetched(t *testing.T) {
	p := publish(t)
	in := p.input(p.user(t, "alice", "/issuing.crl"))
	in.CRLs = []Source{file("issuing.crl", p.files["/issuing.crl"])}
	r := mustRun(t, in, online())
	wantFinding(t, r, "alice", "cert.revoked", pass, "not-listed")
	wantFinding(t, r, "issuing.crl", "crl.download", skip, "file")
	if n := p.requests.Load(); n != 1 {
		t.Errorf("%d requests, want the root's CRL alone", n)
	}
}

// What can't be fetched is no pass.
func TestNotFetched(t *testing.T) {
	p := publish(t)
	delete(p.files, "/issuing.crl")
	r := mustRun(t, p.input(p.user(t, "alice", "/issuing.crl")), online())
	wantFinding(t, r, "alice", "cert.revoked", fail, "where the CRL of its issuer should be, is none")
	wantFinding(t, r, p.url+"/issuing.crl", "crl.download", fail, "404")
	p.files["/issuing.crl"] = []byte("<html>Sign in</html>")
	r = mustRun(t, p.input(p.user(t, "alice", "/issuing.crl")), online())
	wantFinding(t, r, "alice", "cert.revoked", fail, "a web page")
	r = mustRun(t, p.input(p.user(t, "alice", "/issuing.crl")), Options{Fetcher: &crl.Fetcher{}})
	wantFinding(t, r, "alice", "cert.revoked", warn, "could not be read from")
	wantFinding(t, r, p.url+"/root.crl", "crl.download", fail, "loopback")
}

// The delta that a fetched base CRL announces is fetched and combined.
func TestDelta(t *testing.T) {
	p := publish(t)
	alice := p.user(t, "alice", "/issuing.crl")
	point := sequence(t, sequence(t, tagged(t, []byte(p.url+"/delta.crl"), 0, 0, 6)))
	p.files["/issuing.crl"] = p.issuing.crlOf(t, 7, func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, extension(false, point, 2, 5, 29, 46))
	})
	p.files["/delta.crl"] = p.issuing.crlOf(t, 8, continues(t, 7), revoked(alice, 4))
	r := mustRun(t, p.input(alice), online())
	wantFinding(t, r, "alice", "cert.revoked", fail, "only the delta CRL says so")
	wantFinding(t, r, p.url+"/delta.crl", "crl.delta", pass, "continues base 7")
}

// Two CAs with one address: the list can only be one's.
func TestSharedAddress(t *testing.T) {
	p := publish(t)
	other := issue(t, "Contoso Other CA", p.root, asCA(p.url+"/root.crl"))
	bob := issue(t, "bob", other, func(c *x509.Certificate) {
		asUser(c)
		c.CRLDistributionPoints = []string{p.url + "/issuing.crl"}
	})
	in := p.input(p.user(t, "alice", "/issuing.crl"), bob)
	in.CAs = append(in.CAs, Authority{Name: "other", Certificate: other.cert})
	r := mustRun(t, in, online())
	wantFinding(t, r, "alice", "cert.revoked", pass, "not-listed")
	wantFinding(t, r, "bob", "cert.revoked", fail, "wrong-issuer")
	wantFinding(t, r, "other", "ca.crl-shared", warn, "issuing")
}

// A certificate whose issuer is nowhere still has its CRL looked at, which proves
// nothing.
func TestUnknownIssuer(t *testing.T) {
	p := publish(t)
	in := p.input(p.user(t, "alice", "/issuing.crl"))
	in.CAs = nil
	r := mustRun(t, in, online())
	wantFinding(t, r, "alice", "cert.revoked", warn, "its CA is not among those given")
	wantFinding(t, r, p.url+"/issuing.crl", "crl.signature", skip, "not among those given")
}

// The CAs of a certificate's own file serve to read its CRL.
func TestIssuerInFile(t *testing.T) {
	p := publish(t)
	in := p.input(p.user(t, "alice", "/issuing.crl"))
	in.CAs = nil
	in.Certificates[0].Subject.InFile = []*certs.Certificate{in.Certificates[0].Subject.Certificate, p.issuing.cert, p.root.cert}
	wantFinding(t, mustRun(t, in, online()), "alice", "cert.revoked", pass, "not-listed")
}

// A CA that only the certificate's file holds is asked for as well.
func TestRevokedIssuerInFile(t *testing.T) {
	p := publish(t)
	p.files["/root.crl"] = p.root.crlOf(t, 4, nil, revoked(p.issuing, 2))
	in := p.input(p.user(t, "alice", "/issuing.crl"))
	in.CAs = nil
	in.Certificates[0].Subject.InFile = []*certs.Certificate{in.Certificates[0].Subject.Certificate, p.issuing.cert, p.root.cert}
	wantFinding(t, mustRun(t, in, online()), "alice (Contoso Test Issuing CA)", "ca.revoked", fail, "cACompromise")
}

// A list that is revoked under an unknown issuer says so, without being believed.
func TestRevokedByUnknownIssuer(t *testing.T) {
	p := publish(t)
	alice := p.user(t, "alice", "/issuing.crl")
	p.files["/issuing.crl"] = p.issuing.crlOf(t, 9, nil, revoked(alice, 1))
	in := p.input(alice)
	in.CAs = nil
	wantFinding(t, mustRun(t, in, online()), "alice", "cert.revoked", warn, "it lists the certificate as revoked")
}

// At the address of a base CRL a delta CRL proves nothing.
func TestDeltaInPlaceOfBase(t *testing.T) {
	p := publish(t)
	p.files["/issuing.crl"] = p.issuing.crlOf(t, 8, continues(t, 7))
	r := mustRun(t, p.input(p.user(t, "alice", "/issuing.crl")), online())
	wantFinding(t, r, "alice", "cert.revoked", warn, "unverifiable")
	wantFinding(t, r, p.url+"/issuing.crl", "crl.delta", fail, "name this address as the base CRL's")
}

// A CA that was signed across has several certificates, of which any may be
// revoked.
func TestRevokedTwinOfTheIssuer(t *testing.T) {
	p := publish(t)
	p.files["/root.crl"] = p.root.crlOf(t, 4, nil, revoked(p.issuing, 2))
	other := issue(t, "Fabrikam Root", nil, asCA())
	p.files["/other.crl"] = other.crlOf(t, 3, nil)
	template := *p.issuing.cert.X509
	template.NotAfter, template.CRLDistributionPoints = testClock.AddDate(3, 0, 0), []string{p.url + "/other.crl"}
	across, err := x509.CreateCertificate(rand.Reader, &template, other.cert.X509, p.issuing.key.Public(), other.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := certs.ParseCertificate(across)
	if err != nil {
		t.Fatal(err)
	}
	in := p.input(p.user(t, "alice", "/issuing.crl"))
	in.CAs = append(in.CAs, Authority{Name: "across", Certificate: cert}, Authority{Name: "other", Certificate: other.cert})
	r := mustRun(t, in, online())
	wantFinding(t, r, "issuing", "ca.revoked", fail, "cACompromise")
	wantFinding(t, r, "across", "ca.revoked", pass, "not-listed")
}

// Of lists that differ, the one with the higher number speaks; and a list that it
// does not supersede is not passed over.
func TestListsThatDiffer(t *testing.T) {
	p := publish(t)
	alice := p.user(t, "alice", "/issuing.crl")
	in := p.input(alice)
	in.CRLs = []Source{file("8", p.issuing.crlOf(t, 8, nil)), file("9", p.issuing.crlOf(t, 9, nil, revoked(alice, 1)))}
	wantFinding(t, mustRun(t, in, Options{}), "alice", "cert.revoked", fail, "revoked")
	later := func(l *x509.RevocationList) { l.ThisUpdate = testClock.Add(-time.Minute) }
	in.CRLs = []Source{file("9", p.issuing.crlOf(t, 9, nil)), file("8", p.issuing.crlOf(t, 8, later, revoked(alice, 1)))}
	wantFinding(t, mustRun(t, in, Options{}), "alice", "cert.revoked", warn, "another of the same CA that is no older")
	in.CRLs = []Source{file("9", p.issuing.crlOf(t, 9, nil)), file("7", p.issuing.crlOf(t, 7, nil, revoked(alice, 6)))}
	wantFinding(t, mustRun(t, in, Options{}), "alice", "cert.revoked", pass, "not-listed") // taken off since
}

// The CRL of another CA of the same store does not do.
func TestAnotherCAsList(t *testing.T) {
	p := publish(t)
	other := issue(t, "Contoso Other CA", p.root, asCA(p.url+"/root.crl"))
	p.files["/issuing.crl"] = other.crlOf(t, 7, nil)
	in := p.input(p.user(t, "alice", "/issuing.crl"))
	in.CAs = append(in.CAs, Authority{Name: "other", Certificate: other.cert})
	r := mustRun(t, in, online())
	wantFinding(t, r, "alice", "cert.revoked", fail, "wrong-issuer")
	wantFinding(t, r, p.url+"/issuing.crl", "crl.issuer", fail, `it is the CRL of "Contoso Other CA"`)
}

// A CRL of the CA's old key that was given does not keep the right one from being
// fetched.
func TestOldKeysListGiven(t *testing.T) {
	p := publish(t)
	old := issue(t, "Contoso Test Issuing CA", p.root, asCA(p.url+"/root.crl"))
	in := p.input(p.user(t, "alice", "/issuing.crl"))
	in.CRLs = []Source{file("old.crl", old.crlOf(t, 99, nil))}
	wantFinding(t, mustRun(t, in, online()), "alice", "cert.revoked", pass, "not-listed")
}

// Of several deltas the newest speaks: it is cumulative.
func TestNewestDelta(t *testing.T) {
	p := publish(t)
	alice := p.user(t, "alice", "/issuing.crl")
	in := p.input(alice)
	in.CRLs = []Source{
		file("base", p.issuing.crlOf(t, 10, nil, revoked(alice, 6))),
		file("11", p.issuing.crlOf(t, 11, continues(t, 10), revoked(alice, 8))),
		file("12", p.issuing.crlOf(t, 12, continues(t, 10))),
	}
	wantFinding(t, mustRun(t, in, Options{}), "alice", "cert.revoked", fail, "certificateHold")
}

// A host that does not answer is given up.
func TestSilentHost(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close() // nobody is there
	var in Input
	for i := range 20 {
		in.CRLs = append(in.CRLs, Source{Name: fmt.Sprintf("http://%s/%d.crl", address, i)})
	}
	r := mustRun(t, in, online())
	wantFinding(t, r, in.CRLs[19].Name, "crl.download", fail, "was not asked again")
}

// Where only CRLs are judged, none are fetched that nobody named.
func TestCRLsAlone(t *testing.T) {
	p := publish(t)
	in := Input{Known: []*certs.Certificate{p.root.cert, p.issuing.cert}, CRLs: []Source{file("x.crl", p.files["/issuing.crl"])}}
	if r := mustRun(t, in, online()); len(r.Subjects) != 1 || p.requests.Load() != 0 {
		t.Errorf("%d subjects, %d requests", len(r.Subjects), p.requests.Load())
	}
}

// The time of a revocation is held against the lists that decide about it, not
// against those of the CAs above.
func TestSinceIsAboutTheDecidingList(t *testing.T) {
	p := publish(t)
	alice := p.user(t, "alice", "/issuing.crl")
	p.files["/root.crl"] = p.root.crlOf(t, 3, func(l *x509.RevocationList) { l.ThisUpdate = testClock.AddDate(0, -3, 0) })
	p.files["/issuing.crl"] = p.issuing.crlOf(t, 8, nil, revoked(alice, 1))
	in := p.input(alice)
	in.Since = testClock.AddDate(0, 0, -1)
	r := mustRun(t, in, online())
	wantFinding(t, r, "alice", "cert.revoked", pass, "revocation-effective")
	wantFinding(t, r, p.url+"/issuing.crl", "crl.token-time", pass, "later than")
	wantFinding(t, r, p.url+"/root.crl", "crl.token-time", skip, "")
}

func TestIssuedSayWhereTheCRLIs(t *testing.T) {
	p := publish(t)
	in := p.input()
	wantFinding(t, mustRun(t, in, online()), "issuing", "ca.crl-url", skip, "")
	in.Issued = []*certs.Certificate{p.user(t, "alice", "/issuing.crl").cert}
	r := mustRun(t, in, online())
	wantFinding(t, r, p.url+"/issuing.crl", "crl.signature", pass, "Contoso Test Issuing CA")
	if f := finding(t, r, "issuing", "ca.crl-url"); f.Status == skip {
		t.Errorf("%+v", f)
	}
}

func TestSerials(t *testing.T) {
	p := publish(t)
	alice := p.user(t, "alice", "/issuing.crl")
	list := p.issuing.crlOf(t, 8, nil, revoked(alice, 1))
	in := Input{Known: []*certs.Certificate{p.issuing.cert}, Serials: []*big.Int{alice.cert.Serial, big.NewInt(0xabcdef)}, CRLs: []Source{file("x.crl", list)}}
	r := mustRun(t, in, Options{})
	wantFinding(t, r, fmt.Sprintf("%X in x.crl", alice.cert.Serial), "cert.revoked", fail, "revoked")
	wantFinding(t, r, "ABCDEF in x.crl", "cert.revoked", pass, "not-listed")
	in.Since = testClock.AddDate(0, 0, -1)
	r = mustRun(t, in, Options{})
	wantFinding(t, r, fmt.Sprintf("%X in x.crl", alice.cert.Serial), "cert.revoked", pass, "revocation-effective")
	wantFinding(t, r, "ABCDEF in x.crl", "cert.revoked", fail, "not-listed")
	wantFinding(t, r, "x.crl", "crl.token-time", pass, "later than")

	// Over several lists each serial number has one answer, from where it is.
	in.CRLs = append(in.CRLs, file("root.crl", p.files["/root.crl"]))
	in.Known = append(in.Known, p.root.cert)
	r = mustRun(t, in, Options{})
	wantFinding(t, r, fmt.Sprintf("%X", alice.cert.Serial), "cert.revoked", pass, "x.crl: revoked since")

	// Of several lists of one CA the newest speaks.
	in.CRLs = []Source{file("7", p.issuing.crlOf(t, 7, nil, revoked(alice, 1))), file("9", p.issuing.crlOf(t, 9, nil))}
	r = mustRun(t, in, Options{})
	wantFinding(t, r, fmt.Sprintf("%X in CN=Contoso Test Issuing CA", alice.cert.Serial), "cert.revoked", fail, "not-listed")

	// A delta alone can't say that a serial number is on no list.
	in = Input{Known: in.Known, Serials: in.Serials, CRLs: []Source{file("delta.crl", p.issuing.crlOf(t, 9, continues(t, 8), revoked(alice, 1)))}}
	r = mustRun(t, in, Options{})
	wantFinding(t, r, fmt.Sprintf("%X in delta.crl", alice.cert.Serial), "cert.revoked", warn, "it lists the certificate as revoked")
	wantFinding(t, r, "ABCDEF in delta.crl", "cert.revoked", warn, "only a delta CRL")
}

// Where the call does not say where mailboxes are, the users do, each for their
// own certificate.
func TestMailboxByUser(t *testing.T) {
	p := publish(t)
	users, err := entra.ParseUsers(strings.NewReader("userPrincipalName,mail,mailbox\nalice@contoso.com,alice@contoso.com,exchange-server\n"))
	if err != nil {
		t.Fatal(err)
	}
	in := p.input(p.user(t, "alice", "/issuing.crl"))
	in.Users = users
	r := mustRun(t, in, Options{})
	if r.Mailbox != preflight.ExchangeServer || r.Auth != preflight.Direct { // where all are in one place
		t.Errorf("the report is for %s, %s", r.Mailbox, r.Auth)
	}
	bob := issue(t, "bob", p.issuing, func(c *x509.Certificate) {
		asUser(c)
		c.EmailAddresses = []string{"bob@contoso.com"}
	})
	in.Certificates = append(in.Certificates, Certificate{Name: "bob", Subject: &certs.Subject{Certificate: bob.cert}})
	r = mustRun(t, in, Options{})
	if s := r.Subjects[0]; s.Mailbox != preflight.ExchangeServer || s.Auth != preflight.Direct {
		t.Errorf("judged for %s, %s", s.Mailbox, s.Auth)
	}
	if r.Mailbox != preflight.ExchangeOnline || r.Subjects[1].Mailbox != "" {
		t.Errorf("the report is for %s, bob for %q", r.Mailbox, r.Subjects[1].Mailbox)
	}
}

func TestUnopened(t *testing.T) {
	in := Input{CRLs: []Source{{Name: "gone.crl", Open: func() (io.ReadCloser, error) { return nil, fs.ErrNotExist }}}}
	r, err := Run(t.Context(), preflight.Scenario{At: testClock}, in, Options{})
	var unopened *OpenError
	if !errors.As(err, &unopened) || unopened.Name != "gone.crl" || !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%v", err)
	}
	wantFinding(t, r, "gone.crl", "crl.format", fail, "does not exist")
}

func TestInterrupted(t *testing.T) {
	p := publish(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, preflight.Scenario{At: testClock}, p.input(p.user(t, "alice", "/issuing.crl")), online()); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// Every stage is told, and each of its items.
func TestProgress(t *testing.T) {
	p := publish(t)
	var stages []string
	var begun, done atomic.Int32
	o := online()
	o.Progress = func(stage string, total int) func() {
		stages = append(stages, stage)
		begun.Add(int32(total))
		return func() { done.Add(1) }
	}
	mustRun(t, p.input(p.user(t, "alice", "/issuing.crl")), o)
	if want := "chains CRLs certificates"; strings.Join(stages, " ") != want || begun.Load() != done.Load() {
		t.Errorf("%q, %d begun, %d done", stages, begun.Load(), done.Load())
	}
}
