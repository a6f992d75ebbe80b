package probe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
)

// The alerts of RFC 8446 6 that servers refuse certificates with.
const (
	alertHandshakeFailure    Alert = 40
	alertBadCertificate      Alert = 42
	alertExpired             Alert = 45
	alertUnknownCA           Alert = 48
	alertProtocolVersion     Alert = 70
	alertCertificateRequired Alert = 116
)

// Refusals by alert: in TLS 1.2 in the handshake, in TLS 1.3 in place of an answer.
func TestRefusedByAlert(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	leaf := func(change func(*x509.Certificate), by *wireIssued, above ...*wireIssued) *certs.Identity {
		return p.identity(t, wireIssue(t, by, change), above...)
	}
	expired := leaf(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }, p.issuing, p.issuing, p.root)
	foreign := leaf(func(*x509.Certificate) {}, wireCA(t, "Another root", nil))
	server := leaf(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }, p.issuing, p.issuing)
	for _, test := range []struct {
		name     string
		identity *certs.Identity
		old, new Alert // by crypto/tls's server, in TLS 1.2 and 1.3
	}{
		{"none", nil, alertHandshakeFailure, alertCertificateRequired},
		{"expired", expired, alertExpired, alertExpired},
		{"of another CA", foreign, alertUnknownCA, alertUnknownCA},
		{"not for clients", server, alertBadCertificate, alertBadCertificate},
		{"its CA is missing", leaf(func(*x509.Certificate) {}, p.issuing), alertUnknownCA, alertUnknownCA},
	} {
		for _, v := range wireVersions {
			t.Run(test.name+" "+v.name, func(t *testing.T) {
				want, stage := test.old, StageHandshake
				if v.number == tls.VersionTLS13 {
					want, stage = test.new, StageAnswer
				}
				s := p.session(t, p.options(p.serve(t, p.config(tls.RequireAndVerifyClientCert, v.number), wireEAS)))
				s.target.Identity = test.identity
				x := s.do(t.Context(), wireOptions(s))
				if x.Stage != stage || x.Err == nil || x.Status != 0 {
					t.Errorf("%s, status %d: %v", x.Stage, x.Status, x.Err)
				}
				if x.TLS.Alert != want || x.TLS.Version != v.number || !x.TLS.Asked || x.TLS.Sent != (test.identity != nil) {
					t.Errorf("%+v, want alert %s", x.TLS, want)
				}
			})
		}
	}
}

func TestRefusedByStatus(t *testing.T) {
	p := newWirePKI(t)
	for _, status := range []int{400, 401, 403, 404, 503} {
		address := p.serve(t, p.config(tls.RequestClientCert, tls.VersionTLS13), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			http.Error(w, "no", status)
		})
		e, err := Run(t.Context(), p.target(), p.options(address))
		if err != nil {
			t.Fatal(err)
		}
		x := e.Options[0]
		if len(e.Options) != 1 || e.Late != nil || x.Stage != StageDone || x.Status != status || x.Header.Get("Retry-After") != "30" || string(x.Body) != "no\n" {
			t.Errorf("%d: %+v, late %v", status, x, e.Late)
		}
	}
}

// A server that has no TLS in common with phones.
func TestRefusedVersion(t *testing.T) {
	p := newWirePKI(t)
	t.Run("alert", func(t *testing.T) {
		s := p.session(t, p.options(p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS11), wireEAS)))
		x := s.do(t.Context(), wireOptions(s))
		if x.Stage != StageHandshake || x.TLS.Alert != alertProtocolVersion {
			t.Errorf("%s: %v", x.Stage, x.Err)
		}
	})
	t.Run("chosen all the same", func(t *testing.T) {
		address := wireRaw(t, func(conn net.Conn) {
			// A ServerHello of TLS 1.0 with the suite TLS_RSA_WITH_AES_128_CBC_SHA.
			hello := append([]byte{22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1}, make([]byte, 33)...)
			_, _ = conn.Write(append(hello, 0, 0x2f, 0))
		})
		s := p.session(t, p.options(address))
		x := s.do(t.Context(), wireOptions(s))
		if x.Stage != StageHandshake || !errors.Is(x.Err, ErrOldTLS) || x.TLS.Alert != 0 {
			t.Errorf("%s: %v", x.Stage, x.Err)
		}
	})
}

// A key that TLS has no signature scheme for: no server is to blame.
func TestRefusedKey(t *testing.T) {
	p := newWirePKI(t)
	key, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := p.session(t, p.options(p.serve(t, p.config(tls.RequestClientCert, tls.VersionTLS13), wireEAS)))
	s.target.Identity = p.identity(t, wireIssueFor(t, key, p.issuing, func(*x509.Certificate) {}), p.issuing)
	x := s.do(t.Context(), wireOptions(s))
	if x.Stage != StageHandshake || !errors.Is(x.Err, ErrKey) || x.TLS.Sent || !x.TLS.Asked || !x.TLS.Offered {
		t.Errorf("%s: %v, %+v", x.Stage, x.Err, x.TLS)
	}
}

func TestAlertString(t *testing.T) {
	if got := alertCertificateRequired.String(); got != "certificate required (TLS alert 116)" {
		t.Error(got)
	}
	if got := Alert(200).String(); !strings.Contains(got, "200") {
		t.Error(got)
	}
}

// Only what came from the server is its alert.
func TestRemoteAlert(t *testing.T) {
	for _, err := range []error{
		nil,
		errors.New("remote error: tls: bad certificate"),
		tls.AlertError(alertBadCertificate),
		&net.OpError{Op: "local error", Err: tls.AlertError(alertBadCertificate)},
		&net.OpError{Op: "remote error", Err: errors.New("something else")},
	} {
		if got := remoteAlert(err); got != 0 {
			t.Errorf("%v: %s", err, got)
		}
	}
	for n := Alert(1); n != 0; n++ {
		if got := remoteAlert(&net.OpError{Op: "remote error", Err: tls.AlertError(n)}); got != n {
			t.Errorf("%d: %d", n, got)
		}
	}
}
