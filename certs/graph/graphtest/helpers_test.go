package graphtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bench is a running server and a token that may do all.
type bench struct {
	t      *testing.T
	server *Server
	url    string
	token  string
	clock  *clock
}

// everything is every delegated permission that some operation wants.
func everything() []string {
	var all []string
	for _, op := range operations() {
		all = append(all, op.delegated...)
	}
	return all
}

func start(t *testing.T, tenant Tenant, o Options) *bench {
	t.Helper()
	c := newClock()
	o.Now = c.Now
	server, err := New(tenant, o)
	if err != nil {
		t.Fatal(err)
	}
	running := httptest.NewServer(server)
	t.Cleanup(func() { running.Close(); server.Close() })
	return &bench{t: t, server: server, url: running.URL, token: server.Token(TokenOptions{Scopes: everything()}), clock: c}
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   map[string]any
}

func (r reply) code() string    { return r.error()["code"].(string) }
func (r reply) message() string { return r.error()["message"].(string) }

func (r reply) error() map[string]any {
	e, ok := r.body["error"].(map[string]any)
	if !ok {
		return map[string]any{"code": "", "message": ""}
	}
	return e
}

func (r reply) value() []any { v, _ := r.body["value"].([]any); return v }

// do sends a request; a body that is not a string is written as JSON. Headers come in
// pairs.
func (b *bench) do(method, path string, body any, headers ...string) reply {
	b.t.Helper()
	r, err := b.try(method, path, body, headers...)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (b *bench) try(method, path string, body any, headers ...string) (reply, error) {
	b.t.Helper()
	var from io.Reader
	if body != nil {
		text, ok := body.(string)
		if !ok {
			text = marshal(b.t, body)
		}
		from = strings.NewReader(text)
	}
	if !strings.HasPrefix(path, "http") {
		path = b.url + path
	}
	request, err := http.NewRequest(method, path, from)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+b.token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{}, err
	}
	r := reply{status: response.StatusCode, header: response.Header}
	if len(bytes.TrimSpace(raw)) > 0 {
		if err := json.Unmarshal(raw, &r.body); err != nil {
			b.t.Fatalf("%s %s: %v in %q", method, path, err, raw)
		}
	}
	return r, nil
}

// want sends a request and fails unless the status is the one expected.
func (b *bench) want(status int, method, path string, body any, headers ...string) reply {
	b.t.Helper()
	r := b.do(method, path, body, headers...)
	if r.status != status {
		b.t.Fatalf("%s %s: status %d, want %d: %v", method, path, r.status, status, r.body)
	}
	return r
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// newCA makes a self-signed CA that lasts so long after the clock of the tests.
func newCA(t *testing.T, name string, life time.Duration, cdp ...string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := newClock().now
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"Contoso"}},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(life), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, CRLDistributionPoints: cdp}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

const year = 365 * 24 * time.Hour

// detailBody is the body that adds a CA to the PKI store.
func detailBody(cert *x509.Certificate) map[string]any {
	return map[string]any{"certificate": cert.Raw, "thumbprint": thumbprintOf(cert), "expirationDateTime": stamp(cert.NotAfter)}
}

// classicBody is the body that fills the classic store.
func classicBody(certs ...*x509.Certificate) map[string]any {
	var cas []any
	for _, cert := range certs {
		cas = append(cas, map[string]any{"certificate": cert.Raw, "isRootAuthority": true})
	}
	return map[string]any{"certificateAuthorities": cas}
}

// bundle writes a certs-only .p7b.
func bundle(t *testing.T, certs ...*x509.Certificate) []byte {
	t.Helper()
	var raw []byte
	for _, cert := range certs {
		raw = append(raw, cert.Raw...)
	}
	set := asn1.RawValue{Tag: asn1.TagSet, IsCompound: true}
	data, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 2, 840, 113549, 1, 7, 1}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := asn1.Marshal(struct {
		Type    asn1.ObjectIdentifier
		Content any `asn1:"explicit,tag:0"`
	}{oidSignedData, struct {
		Version                        int
		Digests, Content, Certs, Signs asn1.RawValue
	}{1, set, asn1.RawValue{FullBytes: data}, asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: raw}, set}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// newPKI makes a PKI over HTTP and gives the path of its CAs.
func (b *bench) newPKI() (id, cas string) {
	b.t.Helper()
	r := b.want(http.StatusCreated, "POST", "/v1.0"+pkiPath, map[string]any{"displayName": "Contoso PKI"})
	id, _ = r.body["id"].(string)
	return id, "/v1.0" + pkiPath + "/" + id + "/certificateAuthorities"
}

// clean fails if the server met a violation.
func (b *bench) clean() {
	b.t.Helper()
	for _, v := range b.server.Violations() {
		b.t.Errorf("a violation: %s", v)
	}
}
