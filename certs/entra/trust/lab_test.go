package trust_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/entra/trust"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/graph/graphtest"
)

// start is the time of all tests.
var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// authority is a CA that tests make.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newCA makes a CA below another, or a root.
func newCA(t *testing.T, name string, above *authority, until time.Time) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: start.AddDate(-2, 0, 0), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	parent, signer := template, key
	if above != nil {
		parent, signer = above.cert, above.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, key}
}

// entry is a CA as it shall be in a store.
func (a authority) entry(crl string) trust.Entry {
	return trust.Entry{Certificate: a.cert.Raw, Root: a.cert.CheckSignatureFrom(a.cert) == nil, CRL: crl}
}

func wanted(entries ...trust.Entry) (list []trust.Desired) {
	for _, e := range entries {
		list = append(list, trust.Desired{Entry: e})
	}
	return list
}

// lab is a tenant in which time passes only where somebody waits.
type lab struct {
	t       *testing.T
	graph   *graphtest.Server
	url     string
	client  *graph.Client
	mu      sync.Mutex
	now     time.Time
	backups [][]byte
	hook    func(graphtest.Request) // after each request
}

// all are the permissions that the tests need.
var all = []string{"Organization.ReadWrite.All", "PublicKeyInfrastructure.ReadWrite.All", "Directory.ReadWrite.All"}

func newLab(t *testing.T, o graphtest.Options, classic []trust.Entry, pki []trust.Entry) *lab {
	t.Helper()
	l := &lab{t: t, now: start}
	o.Now = l.clock
	o.OnRequest = func(r graphtest.Request) {
		l.mu.Lock()
		hook := l.hook
		l.mu.Unlock()
		if hook != nil {
			hook(r)
		}
	}
	tenant := graphtest.NewTenant()
	for _, e := range classic {
		tenant.ClassicCAs = append(tenant.ClassicCAs, graphtest.CertificateAuthority{Certificate: e.Certificate, IsRootAuthority: e.Root, CertificateRevocationListURL: e.CRL})
	}
	if pki != nil {
		container := graphtest.PKI{DisplayName: "Contoso PKI"}
		for _, e := range pki {
			d, err := e.Detail()
			if err != nil {
				t.Fatal(err)
			}
			container.CertificateAuthorities = append(container.CertificateAuthorities, graphtest.CertificateAuthorityDetail{
				Certificate: e.Certificate, CertificateAuthorityType: d.Type, CertificateRevocationListURL: e.CRL, IsIssuerHintEnabled: e.IssuerHint})
		}
		tenant.PKIs = append(tenant.PKIs, container)
	}
	var err error
	if l.graph, err = graphtest.New(tenant, o); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(l.graph)
	t.Cleanup(func() { server.Close(); l.graph.Close() })
	l.url = server.URL
	l.client = &graph.Client{Endpoint: graph.Endpoint{Graph: server.URL}, Sleep: l.sleep}
	l.signIn(24*time.Hour, "pwd", "mfa")
	return l
}

func (l *lab) clock() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

func (l *lab) sleep(ctx context.Context, d time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = l.now.Add(d)
	return ctx.Err()
}

// signIn takes a new token.
func (l *lab) signIn(life time.Duration, amr ...string) {
	l.t.Helper()
	source, err := graph.NewFixed(l.token(life, amr...), l.clock)
	if err != nil {
		l.t.Fatal(err)
	}
	l.client.Sign = source
}

func (l *lab) token(life time.Duration, amr ...string) string {
	return l.graph.Token(graphtest.TokenOptions{Scopes: all, AMR: amr, Expires: l.clock().Add(life)})
}

// other does what another administrator does in the meantime.
func (l *lab) other(method, path, body string) {
	req, err := http.NewRequest(method, l.url+"/v1.0"+path, strings.NewReader(body))
	if err != nil {
		l.t.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+l.token(time.Hour))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		l.t.Error(err)
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		l.t.Errorf("the other administrator: %s %s: %s", method, path, resp.Status)
	}
}

func (l *lab) setHook(hook func(graphtest.Request)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hook = hook
}

func (l *lab) faults(faults ...graphtest.Fault) {
	l.t.Helper()
	if err := l.graph.SetFaults(faults...); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) plan(w trust.Wish) *trust.Plan {
	l.t.Helper()
	st, err := trust.Read(l.t.Context(), l.client)
	if err != nil {
		l.t.Fatal(err)
	}
	p, err := trust.NewPlan(st, w, l.clock())
	if err != nil {
		l.t.Fatal(err)
	}
	return p
}

// applier agrees to everything that is dangerous.
func (l *lab) applier(p *trust.Plan) *trust.Applier {
	a := &trust.Applier{Client: l.client, Now: l.clock, AcceptOutage: true, Agreed: map[string]bool{}, Backup: func(text []byte) (string, error) {
		l.backups = append(l.backups, text)
		return "backup.json", nil
	}}
	for _, s := range p.Dangers() {
		a.Agreed[s.Entry.Key()] = true
	}
	return a
}

func (l *lab) apply(p *trust.Plan) (trust.Result, error) {
	return l.applier(p).Apply(l.t.Context(), p)
}

// wish is the way back to a back-up.
func (l *lab) wish(saved *trust.Saved) trust.Wish {
	l.t.Helper()
	st, err := trust.Read(l.t.Context(), l.client)
	if err != nil {
		l.t.Fatal(err)
	}
	w, _ := saved.Wish(st, false, l.clock())
	return w
}

// classic is what the classic store holds, whatever readers see.
func (l *lab) classic() trust.List {
	l.t.Helper()
	cas, err := l.graph.ClassicCAs()
	if err != nil {
		l.t.Fatal(err)
	}
	var entries []trust.Entry
	for _, ca := range cas {
		entries = append(entries, trust.Entry{Certificate: ca.Certificate, Root: ca.IsRootAuthority, CRL: ca.CertificateRevocationListURL, Delta: ca.DeltaCertificateRevocationListURL})
	}
	return trust.NewList(entries)
}

// pki is what the one container of the PKI store holds.
func (l *lab) pki() trust.List {
	l.t.Helper()
	pkis, err := l.graph.PKIs()
	if err != nil {
		l.t.Fatal(err)
	}
	var entries []trust.Entry
	for _, p := range pkis {
		for _, ca := range p.CertificateAuthorities {
			entries = append(entries, trust.Entry{Certificate: ca.Certificate, Root: ca.CertificateAuthorityType == "root", CRL: ca.CertificateRevocationListURL,
				Delta: ca.DeltaCertificateRevocationListURL, IssuerHint: ca.IsIssuerHintEnabled})
		}
	}
	return trust.NewList(entries)
}

// writes are the requests so far that were not only reading, as "POST 201".
func (l *lab) writes() (list []string) {
	for _, r := range l.graph.Requests() {
		if r.Method != http.MethodGet {
			list = append(list, r.Method+" "+http.StatusText(r.Status))
		}
	}
	return list
}

// sound wants every request so far to be as Microsoft describes it.
func (l *lab) sound() {
	l.t.Helper()
	for _, v := range l.graph.Violations() {
		l.t.Errorf("a request that Graph does not know: %+v", v)
	}
}

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
