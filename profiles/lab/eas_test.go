package lab

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/lab"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/probe/wbxml"
)

// mailbox is a lab whose ActiveSync is served, and Alice's certificate.
type mailbox struct {
	t       *testing.T
	lab     *lab.Lab
	dir     string
	eas     *EAS
	address string
	alice   *certs.Identity

	mu  sync.Mutex
	at  time.Time
	log []EASRequest
}

func (m *mailbox) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

// pass lets time go by.
func (m *mailbox) pass(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = m.at.Add(d)
}

func (m *mailbox) seen() []EASRequest {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.log)
}

func serveMail(t *testing.T, at time.Time, o EASOptions) *mailbox {
	t.Helper()
	m := &mailbox{t: t, at: at, dir: t.TempDir()}
	var err error
	if m.lab, err = lab.New(at, CRLBase(DefaultAddress)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(m.dir, lab.CRLFolder), 0o700); err != nil {
		t.Fatal(err)
	}
	m.publish()
	if m.alice, err = m.lab.User("Alice Example", "alice@contoso.com"); err != nil {
		t.Fatal(err)
	}
	o.Now, o.Log = m.now, func(r EASRequest) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.log = append(m.log, r)
	}
	if m.eas, err = NewEAS(m.lab, os.DirFS(m.dir), o); err != nil {
		t.Fatal(err)
	}
	address, stop, err := m.eas.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.address = address
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// publish writes the lab's CRLs to where the server reads them.
func (m *mailbox) publish() {
	m.t.Helper()
	for _, f := range m.lab.CRLs() {
		if err := os.WriteFile(filepath.Join(m.dir, f.Name), f.Data, 0o600); err != nil {
			m.t.Fatal(err)
		}
	}
}

func (m *mailbox) revoke(id *certs.Identity) {
	m.t.Helper()
	if _, err := m.lab.Revoke(id.Leaf); err != nil {
		m.t.Fatal(err)
	}
	if err := m.lab.Publish(0); err != nil {
		m.t.Fatal(err)
	}
	m.publish()
}

// client is a client that trusts the lab, comes to its server by every name, and may have
// a certificate.
func (m *mailbox) client(id *certs.Identity, change ...func(*tls.Config)) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(m.lab.Root.Certificate.X509)
	config := &tls.Config{RootCAs: roots, Time: m.now}
	if id != nil {
		own := tls.Certificate{Certificate: [][]byte{id.Leaf.Raw}, PrivateKey: id.Key}
		for _, ca := range id.Chain {
			own.Certificate = append(own.Certificate, ca.Raw)
		}
		// Sent whether its CA is asked for or not.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
	}
	for _, f := range change {
		f(config)
	}
	transport := &http.Transport{TLSClientConfig: config, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, m.address)
	}}
	m.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// variant is Alice's certificate with something else in it.
func (m *mailbox) variant(ca *lab.Authority, change func(*x509.Certificate)) *certs.Identity {
	m.t.Helper()
	old := m.alice.Leaf.X509
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		m.t.Fatal(err)
	}
	t := &x509.Certificate{SerialNumber: serial, Subject: old.Subject, NotBefore: old.NotBefore, NotAfter: old.NotAfter, KeyUsage: old.KeyUsage, ExtKeyUsage: old.ExtKeyUsage}
	for _, e := range old.Extensions {
		if e.Id.String() == "2.5.29.17" {
			t.ExtraExtensions = []pkix.Extension{e}
		}
	}
	change(t)
	der, err := x509.CreateCertificate(rand.Reader, t, ca.Certificate.X509, m.alice.Key.Public(), ca.Key)
	if err != nil {
		m.t.Fatal(err)
	}
	c, err := certs.ParseCertificate(der)
	if err != nil {
		m.t.Fatal(err)
	}
	return &certs.Identity{Leaf: c, Key: m.alice.Key, Chain: []*certs.Certificate{ca.Certificate}}
}

// answer is what came back, or why nothing did.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

func (a answer) String() string {
	if a.err != nil {
		return a.err.Error()
	}
	return fmt.Sprintf("%d %.200q", a.status, a.body)
}

func (m *mailbox) ask(c *http.Client, method, url string, body []byte, headers ...string) answer {
	m.t.Helper()
	req, err := http.NewRequestWithContext(m.t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(data), err}
}

const mailHost = "https://outlook.office365.com"

func (m *mailbox) optionsOf(c *http.Client) answer {
	m.t.Helper()
	return m.ask(c, http.MethodOptions, mailHost+easPath, nil)
}

// Who may sign in, and how everybody else is refused: in the handshake where crypto/tls
// has the alert for it, and else by HTTP with IIS's number.
func TestEASCertificates(t *testing.T) {
	m := serveMail(t, clock, EASOptions{})
	foreign, err := lab.New(clock, CRLBase(DefaultAddress))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	unchanged := func(*x509.Certificate) {}
	revoked := m.variant(m.lab.Issuing, unchanged)
	m.revoke(revoked)
	identities := map[string]*certs.Identity{
		"none": nil, "good": m.alice, "revoked": revoked,
		"without its CA": {Leaf: m.alice.Leaf, Key: m.alice.Key},
		"foreign":        m.variant(foreign.Issuing, unchanged),
		"expired": m.variant(m.lab.Issuing, func(c *x509.Certificate) {
			c.NotAfter = clock.Add(-time.Minute)
		}),
		"not yet": m.variant(m.lab.Issuing, func(c *x509.Certificate) { c.NotBefore = clock.Add(time.Hour) }),
		"for servers": m.variant(m.lab.Issuing, func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}),
		"no name":       m.variant(m.lab.Issuing, func(c *x509.Certificate) { c.ExtraExtensions = nil }),
		"internal name": m.variant(m.lab.Issuing, func(c *x509.Certificate) { c.ExtraExtensions, c.EmailAddresses = nil, []string{"alice@contoso.local"} }),
		"mail alone":    m.variant(m.lab.Issuing, func(c *x509.Certificate) { c.ExtraExtensions, c.EmailAddresses = nil, []string{"Alice@Contoso.com"} }),
		"another's key": {Leaf: m.alice.Leaf, Key: key, Chain: m.alice.Chain},
	}
	const alert = "remote error: tls: "
	for name, want := range map[string]map[string]string{
		"good": {"": "200", "no-certificate-asked": "403.7"}, "without its CA": {"": "200"}, "mail alone": {"": "200"},
		"none":    {"": "403.7", "certificate-required 1.2": alert + "handshake failure", "certificate-required 1.3": alert + "certificate required"},
		"foreign": {"": alert + "unknown certificate authority", "refuse-in-http": "403.16"},
		"expired": {"": alert + "expired certificate", "refuse-in-http": "403.17"}, "not yet": {"": alert + "expired certificate", "refuse-in-http": "403.17"},
		"for servers": {"": alert + "bad certificate", "refuse-in-http": "403.16"},
		"revoked":     {"": "403.13", "refuse-in-http": "403.13", "certificate-required 1.2": "403.13", "certificate-required 1.3": "403.13"},
		"no name":     {"": "403.0"}, "internal name": {"": "403.0"},
		"another's key": {" 1.2": "", " 1.3": ""},
	} {
		for key, want := range want {
			fault, only, _ := strings.Cut(key, " ")
			for _, version := range []struct {
				name   string
				number uint16
			}{{"1.2", tls.VersionTLS12}, {"1.3", tls.VersionTLS13}} {
				if only != "" && only != version.name {
					continue
				}
				t.Run(fmt.Sprint(name, fault, version.name), func(t *testing.T) {
					m.eas.SetFault(easFault(t, fault))
					got := m.optionsOf(m.client(identities[name], func(c *tls.Config) { c.MinVersion, c.MaxVersion = version.number, version.number }))
					switch {
					case want == "":
						if got.err == nil {
							t.Errorf("it signs in: %s", got)
						}
					case want == "200":
						if got.status != http.StatusOK {
							t.Error(got)
						}
					case strings.HasPrefix(want, alert):
						if got.err == nil || !strings.HasSuffix(got.err.Error(), want) {
							t.Errorf("%s\nwant %s", got, want)
						}
					case got.status != http.StatusForbidden || !strings.Contains(got.body, "HTTP Error "+want+" - "):
						t.Errorf("%s\nwant %s", got, want)
					}
				})
			}
		}
	}
}

func easFault(t *testing.T, name string) EASFault {
	t.Helper()
	all := EASFaults()
	i := slices.IndexFunc(all, func(f EASFault) bool { return f.Name == name })
	switch {
	case name == "":
		return EASFault{}
	case i < 0:
		t.Fatalf("there is no fault %q", name)
	}
	return all[i]
}

// The client is told which CAs its certificate may be from, and is asked by every host but
// the one that gives tokens.
func TestEASAsks(t *testing.T) {
	m := serveMail(t, clock, EASOptions{Hosts: []string{"mail.contoso.com"}})
	for host, want := range map[string]bool{"outlook.office365.com": true, "outlook-cba.office365.com": true, "mail.contoso.com": true, "localhost": true,
		"certauth.login.microsoftonline.com": true, "t1.certauth.login.microsoftonline.com": true, "login.microsoftonline.com": false} {
		var asked *tls.CertificateRequestInfo
		client := m.client(nil, func(c *tls.Config) {
			c.GetClientCertificate = func(i *tls.CertificateRequestInfo) (*tls.Certificate, error) {
				asked = i
				return &tls.Certificate{}, nil
			}
		})
		if got := m.ask(client, http.MethodGet, "https://"+host+"/nothing", nil); got.status != http.StatusNotFound {
			t.Errorf("%s: %s", host, got)
		}
		if (asked != nil) != want {
			t.Errorf("%s asks for a certificate: %t", host, asked != nil)
		}
		ours := func(name []byte) bool { return bytes.Equal(name, m.lab.Issuing.Certificate.RawSubject) }
		if asked != nil && !slices.ContainsFunc(asked.AcceptableCAs, ours) {
			t.Errorf("%s does not ask for one of the lab's", host)
		}
	}
}

// What is published is in force at once, for connections that are open too. A CRL that is
// out of date or gone refuses everybody, as with Windows.
func TestEASRevocation(t *testing.T) {
	m := serveMail(t, clock, EASOptions{})
	client := m.client(m.alice)
	if got := m.optionsOf(client); got.status != http.StatusOK {
		t.Fatal(got)
	}
	m.revoke(m.alice)
	if got := m.optionsOf(client); !strings.Contains(got.body, "403.13") || !strings.Contains(got.body, "is revoked") {
		t.Error(got)
	}
	bob, err := m.lab.User("Bob", "bob@contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	client = m.client(bob)
	if got := m.optionsOf(client); got.status != http.StatusOK {
		t.Fatal(got)
	}
	m.pass(lab.CRLLife)
	if got := m.optionsOf(client); !strings.Contains(got.body, "could not be found out") {
		t.Error(got)
	}
	m.pass(-lab.CRLLife)
	if err := os.WriteFile(filepath.Join(m.dir, m.lab.CRLs()[0].Name), m.lab.Issuing.CRL, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := m.optionsOf(client); !strings.Contains(got.body, "could not be found out") {
		t.Errorf("with another CA's list in place of the root's: %s", got)
	}
	if err := m.lab.Publish(0); err != nil {
		t.Fatal(err)
	}
	if _, err := m.lab.Revoke(m.lab.Issuing.Certificate); err != nil {
		t.Fatal(err)
	}
	if err := m.lab.Publish(0); err != nil {
		t.Fatal(err)
	}
	m.publish()
	if got := m.optionsOf(client); !strings.Contains(got.body, "is revoked") {
		t.Errorf("with a revoked CA: %s", got)
	}
}

// OPTIONS says what an ActiveSync server must (MS-ASHTTP 2.2.4).
func TestEASOptions(t *testing.T) {
	m := serveMail(t, clock, EASOptions{Accounts: []string{"alice@contoso.com"}})
	got := m.optionsOf(m.client(m.alice))
	for name, want := range map[string]string{"MS-ASProtocolVersions": "12.1,14.0,14.1,16.0,16.1", "MS-ASProtocolCommands": "FolderSync,Provision,Settings,Sync", "Allow": "OPTIONS,POST"} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.header.Get(name), want)
		}
	}
	bob, err := m.lab.User("Bob", "bob@contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	if got := m.optionsOf(m.client(bob)); got.status != http.StatusForbidden {
		t.Errorf("bob has no mailbox: %s", got)
	}
	if got := m.ask(m.client(m.alice), http.MethodGet, mailHost+easPath, nil); got.status != http.StatusMethodNotAllowed {
		t.Error(got)
	}
	if got := m.ask(m.client(m.alice), http.MethodOptions, mailHost+easPath, nil, "Authorization", "Basic YWxpY2U6cGFzcw=="); got.status != http.StatusUnauthorized {
		t.Errorf("with a password: %s", got)
	}
	seen := m.seen()
	if want := (EASRequest{Method: "OPTIONS", Host: "outlook.office365.com", Path: easPath, User: "alice@contoso.com", Status: 200}); len(seen) != 4 || seen[0] != want {
		t.Errorf("the log has %+v", seen)
	}
}

// Each fault shows as it says.
func TestEASFaults(t *testing.T) {
	m := serveMail(t, clock, EASOptions{})
	m.phone("16.1").provision()
	folder := func(p *phone) (*wbxml.Element, answer) { return p.send("FolderSync", folderRequest("0")) }
	statuses := map[string]string{"policy-142": "142", "disabled": "126", "blocked": "129", "remote-wipe": "140", "only-14.1": "138"}
	codes := map[string]int{"not-eas": 404, "not-enabled": 403, "busy": 503, "redirect-cba": 451, "redirect-loop": 451}
	for _, f := range EASFaults() {
		t.Run(f.Name, func(t *testing.T) {
			m.eas.SetFault(f)
			p := m.phone("16.1")
			if code := codes[f.Name]; code != 0 {
				if got := m.optionsOf(p.client); got.status != code {
					t.Error(got)
				}
				return
			}
			if status := statuses[f.Name]; status != "" {
				if root, got := folder(p); root.Get("Status").Value() != status {
					t.Error(got)
				}
				return
			}
			switch f.Name {
			case "policy-449":
				p.provision()
				if _, got := folder(p); got.status != 449 {
					t.Error(got)
				}
			case "broken-wbxml":
				got := m.ask(p.client, http.MethodPost, mailHost+easPath+"?Cmd=FolderSync&DeviceId=1&DeviceType=b", []byte("\x03\x01\x6a\x00\x00\x07\x56\x52\x030\x00\x01\x01"),
					"Content-Type", wbxmlType, "MS-ASProtocolVersion", "16.1")
				if _, err := wbxml.Parse([]byte(got.body)); err == nil || got.status != http.StatusOK {
					t.Error(got)
				}
			case "silent", "endless-body":
				m.hostile(p.client, f.Name == "silent")
			case "no-oauth":
				got := m.ask(p.client, http.MethodOptions, mailHost+easPath, nil, "Authorization", "Bearer")
				if got.status != http.StatusUnauthorized || strings.Contains(got.header.Get("WWW-Authenticate"), "Bearer") {
					t.Error(got, got.header)
				}
			case "certificate-required", "no-certificate-asked", "refuse-in-http": // TestEASCertificates
			default:
				t.Error("nobody tries it")
			}
			if f.Name == "" || f.What == "" {
				t.Error("it has no name, or says nothing")
			}
		})
	}
	m.eas.SetFault(easFault(t, "busy"))
	if got := m.optionsOf(m.client(m.alice)); got.header.Get("Retry-After") != "30" {
		t.Error(got.header)
	}
	m.eas.SetFault(easFault(t, "remote-wipe"))
	if root, got := m.phone("16.1").send(provision, provisionRequest()); root.Get("RemoteWipe") == nil {
		t.Error(got)
	}
	done := wbxml.E(provision, provision, wbxml.E(provision, "RemoteWipe", wbxml.T(provision, "Status", "1")))
	if root, got := m.phone("16.1").send(provision, done); root.Get("Status").Value() != "1" || root.Get("RemoteWipe") != nil {
		t.Error(got)
	}
	wiped := slices.DeleteFunc(m.seen(), func(r EASRequest) bool { return !r.Wiped })
	if len(wiped) != 1 || wiped[0].Command != provision {
		t.Errorf("the log has %+v", wiped)
	}
}

// hostile asks a server that does not come to an end, and goes away.
func (m *mailbox) hostile(c *http.Client, silent bool) {
	m.t.Helper()
	ctx, cancel := context.WithCancel(m.t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, mailHost+easPath+"?Cmd=Sync", strings.NewReader("x"))
	if err != nil {
		m.t.Fatal(err)
	}
	if silent {
		before := len(m.seen())
		go func() {
			for len(m.seen()) == before && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
	}
	resp, err := c.Do(req)
	if silent {
		if err == nil {
			resp.Body.Close()
			m.t.Error("it answers")
		}
		return
	}
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.CopyN(io.Discard, resp.Body, 4<<20); err != nil {
		m.t.Errorf("it ends after %d bytes: %v", n, err)
	}
}

// A redirect stays on the lab's own hosts, or those of Exchange Online by which it was
// asked, and at the same port.
func TestEASRedirects(t *testing.T) {
	m := serveMail(t, clock, EASOptions{Hosts: []string{"mail.contoso.com"}})
	client := m.client(m.alice)
	for _, test := range []struct{ fault, host, want string }{
		{"redirect-cba", "outlook.office365.com", "outlook-cba.office365.com"}, {"redirect-cba", "outlook-cba.office365.com", ""},
		{"redirect-cba", "localhost:8766", "cba.localhost:8766"}, {"redirect-cba", "cba.localhost:8766", ""},
		{"redirect-cba", "127.0.0.1:8766", "cba.localhost:8766"}, {"redirect-cba", "[::1]", "cba.localhost"}, {"redirect-cba", "[::1]:1", "cba.localhost:1"},
		{"redirect-cba", "mail.contoso.com", "cba.mail.contoso.com"},
		{"redirect-loop", "outlook.office365.com", "outlook-cba.office365.com"}, {"redirect-loop", "outlook-cba.office365.com", "outlook.office365.com"},
		{"redirect-loop", "cba.localhost:1", "localhost:1"},
	} {
		m.eas.SetFault(easFault(t, test.fault))
		got := m.ask(client, http.MethodOptions, "https://"+test.host+easPath, nil)
		if test.want == "" {
			if got.status != http.StatusOK {
				t.Errorf("%s at %s: %s", test.fault, test.host, got)
			}
			continue
		}
		if location := got.header.Get("X-MS-Location"); got.status != 451 || location != "https://"+test.want+easPath {
			t.Errorf("%s at %s: %s to %q, want %s", test.fault, test.host, got, location, test.want)
		}
	}
	m.eas.SetFault(easFault(t, "redirect-cba"))
	if got := m.ask(client, http.MethodOptions, mailHost+easPath, nil, "Authorization", "Bearer"); got.status != http.StatusUnauthorized {
		t.Errorf("who comes with a token stays: %s", got)
	}
}

// The certificate is for what the catalogue knows of Exchange Online, and nothing that can
// be no name is taken.
func TestEASHosts(t *testing.T) {
	for _, host := range onlineHosts() {
		if cloud := profiles.CloudAt(host); strings.HasPrefix(host, "outlook") && cloud != preflight.Worldwide {
			t.Errorf("%s is in the cloud %q", host, cloud)
		}
	}
	l, err := lab.New(clock, CRLBase(DefaultAddress))
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"", "mail.contoso.com:443", "https://mail.contoso.com", "a@b"} {
		if _, err := NewEAS(l, os.DirFS(t.TempDir()), EASOptions{Hosts: []string{host}}); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", host, err)
		}
	}
}

// A refusal in the handshake is told, though no request comes of it.
func TestEASLog(t *testing.T) {
	m := serveMail(t, clock, EASOptions{})
	foreign, err := lab.New(clock, CRLBase(DefaultAddress))
	if err != nil {
		t.Fatal(err)
	}
	m.optionsOf(m.client(m.variant(foreign.Issuing, func(*x509.Certificate) {})))
	for end := time.Now().Add(10 * time.Second); len(m.seen()) == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if seen := m.seen(); len(seen) != 1 || !strings.HasPrefix(seen[0].Refused, "in the TLS handshake: ") || strings.Contains(seen[0].Refused, "\n") {
		t.Errorf("%+v", seen)
	}
}
