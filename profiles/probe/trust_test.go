package probe

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"sync"
	"testing"
	"time"
)

// wireTap keeps what a server reads.
type wireTap struct {
	net.Conn
	mu   *sync.Mutex
	kept *bytes.Buffer
}

func (c wireTap) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept.Write(p[:n])
	return n, err
}

// An untrusted server gets neither the certificate nor a request, in both versions of
// TLS, and its chain is there to be looked at.
func TestUntrusted(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	for _, test := range []struct {
		name   string
		change func(*Options, *session)
		want   func(error) bool
	}{
		{"unknown root", func(o *Options, _ *session) { o.Roots = wirePool(p.root) }, wireAs[x509.UnknownAuthorityError]},
		{"another name", func(_ *Options, s *session) { wireMove(s, "eas.contoso.com") }, wireAs[x509.HostnameError]},
		{"another address", func(_ *Options, s *session) { wireMove(s, "192.0.2.1") }, wireAs[x509.HostnameError]},
		{"expired", func(o *Options, _ *session) {
			o.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
		}, wireAs[x509.CertificateInvalidError]},
		{"both", func(o *Options, s *session) {
			o.Roots = wirePool(p.root)
			wireMove(s, "eas.contoso.com")
		}, func(err error) bool {
			return wireAs[x509.HostnameError](err) && wireAs[x509.UnknownAuthorityError](err)
		}},
	} {
		for _, v := range wireVersions {
			t.Run(test.name+" "+v.name, func(t *testing.T) {
				var mu sync.Mutex
				var read bytes.Buffer
				var shaken error
				var came, over = 0, make(chan struct{})
				address := wireRaw(t, func(conn net.Conn) {
					defer close(over)
					server := tls.Server(wireTap{conn, &mu, &read}, p.config(tls.RequestClientCert, v.number))
					shaken = server.Handshake()
					came = len(server.ConnectionState().PeerCertificates)
				})
				s := p.session(t, p.options(address))
				test.change(&s.opt, s)
				x := s.do(t.Context(), wireOptions(s))
				<-over
				if x.Stage != StageHandshake || x.Err == nil || !test.want(x.TLS.ChainErr) || len(x.TLS.Chain) != 1 || x.TLS.Version != v.number {
					t.Errorf("%s: %v, %+v", x.Stage, x.Err, x.TLS)
				}
				if x.TLS.Asked || x.TLS.Sent || s.reached {
					t.Errorf("%+v, reached %v", x.TLS, s.reached)
				}
				if shaken == nil || came != 0 || bytes.Contains(read.Bytes(), p.alice.Leaf.Raw) {
					t.Errorf("the server got %d certificates: %v", came, shaken)
				}
			})
		}
	}
}

func wireAs[E error](err error) bool {
	var as E
	return errors.As(err, &as)
}

// wireMove moves the account to another host, by the same connection.
func wireMove(s *session, host string) {
	s.target.Account.Endpoint.Host, s.host = host, host
}

// The order that this rests on: crypto/tls judges the server before it hands out a
// certificate.
func TestVerifyConnectionComesFirst(t *testing.T) {
	p := newWirePKI(t)
	for _, v := range wireVersions {
		var order []string
		here, there := net.Pipe()
		go func() {
			_ = tls.Server(there, p.config(tls.RequireAnyClientCert, v.number)).Handshake()
		}()
		err := tls.Client(here, &tls.Config{
			InsecureSkipVerify: true,
			VerifyConnection: func(tls.ConnectionState) error {
				order = append(order, "server")
				return nil
			},
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				order = append(order, "client")
				return &tls.Certificate{Certificate: [][]byte{p.alice.Leaf.Raw}, PrivateKey: p.alice.Key}, nil
			},
		}).Handshake()
		here.Close()
		there.Close()
		if err != nil || len(order) != 2 || order[0] != "server" {
			t.Errorf("%s: %v, %v", v.name, order, err)
		}
	}
}

// A trusted server whose CA sends its own certificate along, and an address as host.
func TestTrusted(t *testing.T) {
	p := newWirePKI(t)
	between := wireCA(t, "Web issuing", p.web)
	server := wireIssue(t, between, func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)} })
	config := p.config(tls.NoClientCert, tls.VersionTLS13)
	config.Certificates = []tls.Certificate{{Certificate: [][]byte{server.cert.Raw, between.cert.Raw}, PrivateKey: server.key}}
	s := p.session(t, p.options(p.serve(t, config, wireEAS)))
	wireMove(s, "127.0.0.1")
	x := s.do(t.Context(), wireOptions(s))
	if x.Stage != StageDone || len(x.TLS.Chain) != 2 || len(x.TLS.Trusted) != 3 || !s.reached {
		t.Errorf("%s: %v", x.Stage, x.Err)
	}
}
