package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs/preflight"
)

// What a server that takes the certificate is seen to do, and what it sees of us.
func TestRun(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	for _, v := range wireVersions {
		t.Run(v.name, func(t *testing.T) {
			var mu sync.Mutex
			var seen []*http.Request
			address := p.serve(t, p.config(tls.VerifyClientCertIfGiven, v.number), func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, r)
				if r.URL.Path != easPath {
					http.NotFound(w, r)
					return
				}
				wireEAS(w, r)
			})
			e, err := Run(t.Context(), p.target(), p.options(address))
			if err != nil {
				t.Fatal(err)
			}
			if len(e.Options) != 1 || e.Late != nil || e.Name.Connect != address || e.Name.Host != wireHost {
				t.Fatalf("%d exchanges, late %v, name %+v", len(e.Options), e.Late, e.Name)
			}
			x := e.Options[0]
			if x.Stage != StageDone || x.Err != nil || x.Status != http.StatusOK || x.Address != address || x.Took <= 0 {
				t.Errorf("%+v", x)
			}
			if !x.TLS.Asked || !x.TLS.Offered || !x.TLS.Sent || x.TLS.Late || x.TLS.Alert != 0 || x.TLS.ChainErr != nil {
				t.Errorf("TLS %+v", x.TLS)
			}
			if x.TLS.Version != v.number || len(x.TLS.Chain) != 1 || !slices.EqualFunc(x.TLS.CAs, [][]byte{p.root.cert.RawSubject}, slices.Equal) {
				t.Errorf("version %x, chain of %d, CAs %q", x.TLS.Version, len(x.TLS.Chain), x.TLS.CAs)
			}
			if diff := cmp.Diff([]string{"14.1", "16.0", "16.1"}, e.Versions); diff != "" {
				t.Errorf("versions (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"Sync", "FolderSync", "Provision"}, e.Commands); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
			mu.Lock()
			defer mu.Unlock()
			wireSeen(t, p, seen)
		})
	}
}

// wireSeen looks at what came to a server: OPTIONS with the certificate and the CAs
// below the root, Autodiscover with none, and nothing else that tells who is there.
func wireSeen(t *testing.T, p *wirePKI, seen []*http.Request) {
	t.Helper()
	if len(seen) != 2 {
		t.Fatalf("%d requests", len(seen))
	}
	options, discover := seen[0], seen[1]
	if options.Method != http.MethodOptions || options.Host != wireHost || options.Proto != "HTTP/1.1" {
		t.Errorf("%s at %s by %s", options.Method, options.Host, options.Proto)
	}
	sent := options.TLS.PeerCertificates
	if len(sent) != 2 || !sent[0].Equal(p.alice.Leaf.X509) || !sent[1].Equal(p.issuing.cert) {
		t.Errorf("%d certificates were sent", len(sent))
	}
	if discover.URL.Query().Get("Email") != "alice@contoso.com" || len(discover.TLS.PeerCertificates) != 0 {
		t.Errorf("%s with %d certificates", discover.URL, len(discover.TLS.PeerCertificates))
	}
	for _, r := range seen {
		if r.Header.Get("Authorization") != "" || r.UserAgent() != "easkit/1.2.3" {
			t.Errorf("%v", r.Header)
		}
	}
}

// A server that does not ask, names other CAs, or that has nobody to ask.
func TestRunCertificateRequest(t *testing.T) {
	p := newWirePKI(t)
	foreign := p.config(tls.RequestClientCert, tls.VersionTLS13)
	foreign.ClientCAs = wirePool(wireCA(t, "Another root", nil))
	any := p.config(tls.RequestClientCert, tls.VersionTLS13)
	any.ClientCAs = nil
	for _, test := range []struct {
		name                 string
		config               *tls.Config
		without              bool // an identity
		asked, offered, sent bool
	}{
		{"not asked", p.config(tls.NoClientCert, tls.VersionTLS13), false, false, false, false},
		{"by another CA", foreign, false, true, false, true},
		{"by any CA", any, false, true, true, true},
		{"the profile holds none", any, true, true, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			address := p.serve(t, test.config, wireEAS)
			target := p.target()
			if test.without {
				target.Identity = nil
			}
			e, err := Run(t.Context(), target, p.options(address))
			if err != nil {
				t.Fatal(err)
			}
			got := e.Options[0].TLS
			if got.Asked != test.asked || got.Offered != test.offered || got.Sent != test.sent {
				t.Errorf("%+v", got)
			}
		})
	}
}

// A server that is no ActiveSync server is not asked for mail, nor one whose answer to
// OPTIONS does not end; that it took the certificate is not said.
func TestRunOfAnotherServer(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	for name, answer := range map[string]http.HandlerFunc{
		"a web page": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>Welcome</html>") },
		"an answer that does not end": func(w http.ResponseWriter, r *http.Request) {
			wireEAS(w, r)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			var posts atomic.Int32
			o := p.options(p.serve(t, p.config(tls.RequestClientCert, tls.VersionTLS13), func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					posts.Add(1)
				}
				answer(w, r)
			}))
			o.Deep, o.Timeout = true, wireShort*4
			e, err := Run(t.Context(), p.target(), o)
			if err != nil {
				t.Fatal(err)
			}
			if posts.Load() != 0 || e.Deep != nil || e.Versions != nil {
				t.Errorf("%d commands came; %v, %+v", posts.Load(), e.Versions, e.Deep)
			}
			for _, f := range Judge(judgeInside, e) {
				want := map[string]preflight.Status{"eas.options": judgeFail, "eas.auth": judgeSkip, "eas.foldersync": judgeSkip}[f.Check]
				if want != "" && f.Status != want {
					t.Errorf("%s: %s (%s)", f.Check, f.Status, f.Message)
				}
			}
		})
	}
}

// A server that asks to be left alone is asked nothing more.
func TestRunLeavesBusyAlone(t *testing.T) {
	p := newWirePKI(t)
	for _, status := range passing {
		var asked atomic.Int32
		e, err := Run(t.Context(), p.target(), p.options(p.serve(t, p.config(tls.RequestClientCert, tls.VersionTLS13), func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.Header().Set("Retry-After", "3000")
			w.WriteHeader(status)
		})))
		if err != nil || asked.Load() != 1 || e.Discover != nil {
			t.Errorf("HTTP %d: asked %d times: %v", status, asked.Load(), err)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	p := newWirePKI(t)
	none := p.target()
	none.Account.Endpoint.Host = ""
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name    string
		ctx     context.Context
		target  Target
		connect string
		want    string
	}{
		{"no host", t.Context(), none, "127.0.0.1:1", `probing "alice.mobileconfig": the account has no host: give one with --host`},
		{"no port", t.Context(), p.target(), "127.0.0.1", `probing "alice.mobileconfig": the address "127.0.0.1" to connect to for "" is not ADDRESS:PORT, as 127.0.0.1:8443 is`},
		{"ended", ended, p.target(), "127.0.0.1:1", `probing "alice.mobileconfig": context canceled`},
	} {
		e, err := Run(test.ctx, test.target, p.options(test.connect))
		if e != nil || err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, %v", test.name, e, err)
		}
	}
}

// A run ends soon after its context, whatever the server does, and says why.
func TestRunEnds(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	address := p.serve(t, p.config(tls.RequestClientCert, tls.VersionTLS13), func(_ http.ResponseWriter, r *http.Request) {
		cancel(why)
		<-r.Context().Done()
	})
	o := p.options(address)
	o.Timeout = DefaultTimeout
	if _, err := Run(ctx, p.target(), o); !errors.Is(err, why) || !strings.Contains(err.Error(), "alice.mobileconfig") {
		t.Error(err)
	}
}
