package probe

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
)

// wireOnlyOld runs a server that asks for the certificate in TLS 1.2 alone, and answers a
// status to who has none.
func wireOnlyOld(t *testing.T, p *wirePKI, status int) string {
	old := p.config(tls.RequireAndVerifyClientCert, tls.VersionTLS12)
	both := p.config(tls.NoClientCert, 0)
	both.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if hello.SupportedVersions[0] == tls.VersionTLS12 {
			return old, nil
		}
		return nil, nil
	}
	return p.serve(t, both, func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) == 0 {
			w.WriteHeader(status)
			return
		}
		wireEAS(w, r)
	})
}

// wireValue is the word that a check comes to.
func wireValue(t *testing.T, e *Evidence, check string) string {
	t.Helper()
	for _, f := range Judge(judgeInside, e) {
		if f.Check == check {
			return f.Value
		}
	}
	t.Fatalf("%s is not judged", check)
	return ""
}

// Where a server sends to is a part of the way, also where it ends in a second try.
func TestLateAfterRedirect(t *testing.T) {
	p := newWirePKI(t)
	const there = "named.contoso.com"
	o := p.options(p.serve(t, p.config(tls.RequestClientCert, tls.VersionTLS13), wireSends(http.StatusFound, "https://"+there+easPath)))
	o.Connect[there], o.Hosts = wireOnlyOld(t, p, http.StatusForbidden), []string{there}
	e, err := Run(t.Context(), p.target(), o)
	if err != nil {
		t.Fatal(err)
	}
	path := e.path()
	if len(path) != 2 || path[0].host() != wireHost || path[1].host() != there || path[1].TLS.Version != tls.VersionTLS12 {
		t.Errorf("%d exchanges: %+v", len(path), path)
	}
	if got := wireValue(t, e, "eas.redirect"); got != "http-redirect" {
		t.Errorf("the redirect is judged as %q", got)
	}
}

// A server that asks late refuses in TLS 1.3, where crypto/tls is never asked, and is
// tried again in 1.2. Phones would not be: that it asks there alone is told.
func TestLateIsTriedAgain(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	for _, status := range []int{400, 401, 403} {
		address := wireOnlyOld(t, p, status)
		e, err := Run(t.Context(), p.target(), p.options(address))
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Options) != 1 || e.Options[0].Status != status || e.Options[0].TLS.Asked {
			t.Errorf("first %+v", e.Options[0])
		}
		if len(e.Late) != 1 || e.Late[0].Status != http.StatusOK || e.Late[0].TLS.Version != tls.VersionTLS12 || len(e.Versions) != 3 {
			t.Errorf("%d late, versions %v", len(e.Late), e.Versions)
		}
		if got := wireValue(t, e, "eas.certificate-asked"); got != "only-tls-1.2" {
			t.Errorf("HTTP %d in TLS 1.3 is judged as %q", status, got)
		}
	}
}

// openssl's server asks for the certificate when it is told to: here once it has the
// request, as IIS and Apache do where one path alone wants it.
func TestRenegotiation(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not on PATH")
	}
	p := newWirePKI(t)
	foreign := p.identity(t, wireIssue(t, wireCA(t, "Another root", nil), func(*x509.Certificate) {}))
	for _, test := range []struct {
		name     string
		identity *certs.Identity
		stage    Stage
		status   int
		alert    Alert
	}{
		{"taken", p.alice, StageDone, http.StatusOK, 0},
		{"of another CA", foreign, StageAnswer, 0, alertUnknownCA},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := p.session(t, p.options(wireLateServer(t, openssl, p)))
			s.target.Identity = test.identity
			x := s.do(t.Context(), wireOptions(s))
			if !x.TLS.Asked || !x.TLS.Late || !x.TLS.Sent || x.TLS.Offered != (test.identity == p.alice) || x.TLS.Version != tls.VersionTLS12 {
				t.Errorf("%+v", x.TLS)
			}
			if x.Stage != test.stage || x.Status != test.status || x.TLS.Alert != test.alert {
				t.Errorf("%s, status %d, alert %s: %v", x.Stage, x.Status, x.TLS.Alert, x.Err)
			}
		})
	}
}

// Where it is not let, a server's wish to ask late ends the exchange.
func TestRenegotiationRefused(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not on PATH")
	}
	p := newWirePKI(t)
	s := p.session(t, p.options(wireLateServer(t, openssl, p)))
	r := wireOptions(s)
	r.Renegotiate = false
	if x := s.do(t.Context(), r); x.Stage != StageAnswer || x.Err == nil || x.TLS.Asked || x.TLS.Alert != 0 {
		t.Errorf("%s, %+v: %v", x.Stage, x.TLS, x.Err)
	}
}

// wireLateServer starts openssl's server for one connection, and gives its address.
func wireLateServer(t *testing.T, openssl string, p *wirePKI) string {
	t.Helper()
	dir := t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(p.server.key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"key":  {Type: "PRIVATE KEY", Bytes: key},
		"cert": {Type: "CERTIFICATE", Bytes: p.server.cert.Raw},
		"ca":   {Type: "CERTIFICATE", Bytes: p.root.cert.Raw},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// It listens on a port of its own choice, and says which.
	cmd := exec.Command(openssl, "s_server", "-accept", "127.0.0.1:0", "-tls1_2", "-naccept", "1", "-cert", "cert", "-key", "key",
		"-CAfile", "ca", "-verify_return_error")
	cmd.Dir = dir
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, say := io.Pipe()
	cmd.Stdout, cmd.Stderr = say, say
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		say.Close()
	})
	address := make(chan string, 1)
	go wireDirect(said, in, address)
	return <-address
}

// wireDirect has openssl's server ask for the certificate when the request is there, and
// answer when it has one.
func wireDirect(said io.Reader, in io.Writer, address chan<- string) {
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "ACCEPT "):
			address <- strings.TrimPrefix(line, "ACCEPT ")
		case strings.HasPrefix(line, "OPTIONS "):
			fmt.Fprint(in, "R\n")
		case strings.HasPrefix(line, "depth=0"):
			fmt.Fprint(in, "HTTP/1.1 200 OK\nContent-Length: 0\n\n")
		}
	}
}
