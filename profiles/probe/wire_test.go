package probe

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// wireHost is the host of the account in these tests; nothing looks it up.
const wireHost = "mail.contoso.com"

// wireIssued is a certificate made for a test, with its key.
type wireIssued struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// wireIssue makes a certificate by another, or by itself where that is nil.
func wireIssue(t *testing.T, by *wireIssued, change func(*x509.Certificate)) *wireIssued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return wireIssueFor(t, key, by, change)
}

func wireIssueFor(t *testing.T, key crypto.Signer, by *wireIssued, change func(*x509.Certificate)) *wireIssued {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: serial,
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	change(c)
	if by == nil {
		by = &wireIssued{cert: c, key: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.cert, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &wireIssued{cert: parsed, key: key}
}

func wireCA(t *testing.T, name string, by *wireIssued) *wireIssued {
	t.Helper()
	return wireIssue(t, by, func(c *x509.Certificate) {
		c.Subject.CommonName, c.IsCA, c.KeyUsage, c.ExtKeyUsage = name, true, x509.KeyUsageCertSign, nil
	})
}

// wirePKI is what both sides of a connection need.
type wirePKI struct {
	root, issuing *wireIssued // of users
	web           *wireIssued // CA of the servers
	server        *wireIssued
	alice         *certs.Identity
}

func newWirePKI(t *testing.T) *wirePKI {
	t.Helper()
	p := &wirePKI{root: wireCA(t, "Users root", nil), web: wireCA(t, "Web root", nil)}
	p.issuing = wireCA(t, "Users issuing", p.root)
	p.server = wireIssue(t, p.web, func(c *x509.Certificate) {
		c.Subject.CommonName = wireHost
		c.DNSNames = []string{wireHost, "outlook.office365.com", "outlook-cba.office365.com", "named.contoso.com", "localhost"}
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	})
	p.alice = p.identity(t, wireIssue(t, p.issuing, func(c *x509.Certificate) { c.Subject.CommonName = "alice" }), p.issuing, p.root)
	return p
}

func (p *wirePKI) identity(t *testing.T, leaf *wireIssued, above ...*wireIssued) *certs.Identity {
	t.Helper()
	id := &certs.Identity{Leaf: wireCert(t, leaf), Key: leaf.key}
	for _, ca := range above {
		id.Chain = append(id.Chain, wireCert(t, ca))
	}
	return id
}

func wireCert(t *testing.T, c *wireIssued) *certs.Certificate {
	t.Helper()
	parsed, err := certs.ParseCertificate(c.cert.Raw)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// users is the pool that a server which takes alice has: the root alone.
func (p *wirePKI) users() *x509.CertPool { return wirePool(p.root) }

func wirePool(cas ...*wireIssued) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, ca := range cas {
		pool.AddCert(ca.cert)
	}
	return pool
}

// config is how a server speaks TLS, asking for certificates as it is told.
func (p *wirePKI) config(asks tls.ClientAuthType, version uint16) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{p.server.cert.Raw}, PrivateKey: p.server.key}},
		ClientAuth:   asks, ClientCAs: p.users(), MinVersion: version, MaxVersion: version,
	}
}

// serve runs an HTTPS server and gives its address.
func (p *wirePKI) serve(t *testing.T, config *tls.Config, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.TLS = config
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// wireRaw runs a server that does with each connection what it is told to, and gives its
// address. The connections are closed when the test ends.
func wireRaw(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			running.Go(func() { serve(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for _, conn := range open {
			conn.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return listener.Addr().String()
}

// target is alice's account.
func (p *wirePKI) target() Target {
	return Target{
		Name: "alice.mobileconfig", Identity: p.alice,
		Account: profiles.Account{
			Email: "alice@contoso.com", User: "alice@contoso.com", Auth: preflight.Direct,
			Endpoint: profiles.Endpoint{Host: wireHost},
		},
	}
}

// options send what is for the account's host to an address.
func (p *wirePKI) options(address string) Options {
	return Options{
		Roots: wirePool(p.web), Connect: map[string]string{"": address}, Version: "1.2.3",
		Timeout: 2 * time.Second,
	}
}

func (p *wirePKI) session(t *testing.T, o Options) *session {
	t.Helper()
	s, err := newSession(p.target(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wireOptions asks the account's host for its OPTIONS.
func wireOptions(s *session) request {
	return request{Method: http.MethodOptions, URL: s.url(easPath), Certificate: true, Renegotiate: true}
}

// wireEAS answers as an EAS server does.
func wireEAS(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("MS-ASProtocolVersions", "14.1,16.0,16.1")
	w.Header().Set("MS-ASProtocolCommands", "Sync, FolderSync,Provision")
}

// wireNoLeak fails the test if goroutines of it are left in the end. It comes before
// the servers, so that their ends come first.
func wireNoLeak(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for end := time.Now().Add(3 * time.Second); runtime.NumGoroutine() > before; time.Sleep(2 * time.Millisecond) {
			if time.Now().After(end) {
				stacks := make([]byte, 1<<16)
				t.Errorf("%d goroutines are left:\n%s", runtime.NumGoroutine()-before, stacks[:runtime.Stack(stacks, true)])
				return
			}
		}
	})
}

// wirePort is the port of an address.
func wirePort(t *testing.T, address string) string {
	t.Helper()
	return ":" + netip.MustParseAddrPort(address).String()[len("127.0.0.1:"):]
}

var wireVersions = []struct {
	name   string
	number uint16
}{{"TLS 1.2", tls.VersionTLS12}, {"TLS 1.3", tls.VersionTLS13}}
