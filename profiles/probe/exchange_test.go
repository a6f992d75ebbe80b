package probe

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
)

// A token is printed by no verb.
func TestTokenIsSecret(t *testing.T) {
	r := request{Bearer: "eyJhbGciOi"}
	encoded, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	all := string(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		all += fmt.Sprintf(verb, r) + fmt.Sprintf(verb, r.Bearer) + fmt.Sprintf(verb, &r)
	}
	if strings.Contains(all, "eyJ") || strings.Contains(all, "65794a") || strings.Contains(all, "65794A") || !strings.Contains(all, "[token]") {
		t.Error(all)
	}
	if got := fmt.Sprint(token("")); got != "" {
		t.Errorf("%q for no token", got)
	}
}

// A token goes out with oauth alone, and no answer brings it or a cookie into evidence.
func TestBearer(t *testing.T) {
	p := newWirePKI(t)
	var got atomic.Value
	address := p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS13), func(w http.ResponseWriter, r *http.Request) {
		got.Store(r.Header.Get("Authorization"))
		w.Header().Set("Set-Cookie", "session=1")
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		if _, echo, sent := strings.Cut(r.Header.Get("Authorization"), " "); sent {
			w.Header().Set("X-"+echo, "1")
		}
		w.Header().Set("Location", "/?token="+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		w.WriteHeader(http.StatusFound)
		fmt.Fprint(w, r.Header)
	})
	for _, test := range []struct {
		auth   preflight.Auth
		header string
		bearer token
		want   string
	}{
		{preflight.OAuth, "", "eyJhbGciOi", "Bearer eyJhbGciOi"},
		{preflight.OAuth, "Bearer", "", "Bearer"},
		{preflight.Direct, "Basic YWxpY2U6", "eyJhbGciOi", ""},
	} {
		s := p.session(t, p.options(address))
		s.target.Account.Auth = test.auth
		r := wireOptions(s)
		r.Bearer = test.bearer
		if test.header != "" {
			r.Header = http.Header{"Authorization": {test.header}}
		}
		x := s.do(t.Context(), r)
		if got.Load() != test.want {
			t.Errorf("%s: %q", test.auth, got.Load())
		}
		if kept := fmt.Sprint(x.Header, x.Location, string(x.Body)); strings.Contains(strings.ToLower(kept), "eyj") || strings.Contains(kept, "session") {
			t.Errorf("%s: %s", test.auth, kept)
		}
		if r.Header.Get("User-Agent") != "" {
			t.Error("the request's own headers were changed")
		}
	}
}

// Nor does an answer that can't be read, whatever is broken in it.
func TestBearerInBrokenAnswer(t *testing.T) {
	p := newWirePKI(t)
	const secret = "eyJhbGciOi"
	for _, broken := range []string{"HTTP/1.1 %s\r\n\r\n", "HTTP/1.1 200 OK\r\n%s\r\n\r\n", "%s\r\n\r\n", "HTTP/1.1 200 OK\r\nX\x1b%s: 1\r\n\r\n"} {
		s := p.session(t, p.options(wireRaw(t, func(conn net.Conn) {
			server := tls.Server(conn, p.config(tls.NoClientCert, tls.VersionTLS13))
			if r, err := http.ReadRequest(bufio.NewReader(server)); err == nil {
				fmt.Fprintf(server, broken, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			}
			server.Close()
		})))
		s.target.Account.Auth = preflight.OAuth
		r := wireOptions(s)
		r.Bearer = secret
		if x := s.do(t.Context(), r); !errors.Is(x.Err, ErrAnswer) || strings.Contains(strings.ToLower(fmt.Sprint(*x)), "eyj") {
			t.Errorf("%q: %+v", broken, *x)
		}
	}
}

// Neither certificate nor token goes to a host that nobody named, nor does anything to
// one that is no host.
func TestDoRefuses(t *testing.T) {
	p := newWirePKI(t)
	for _, test := range []struct {
		name    string
		request request
		want    error
	}{
		{"certificate", request{URL: "https://mail.fabrikam.com/", Certificate: true}, ErrForeign},
		{"token", request{URL: "https://mail.fabrikam.com/", Bearer: "eyJ"}, ErrForeign},
		{"header", request{URL: "https://mail.fabrikam.com/", Header: http.Header{"Authorization": {"Bearer"}}}, ErrForeign},
		{"http", request{URL: "http://mail.contoso.com/"}, ErrScheme},
		{"password", request{URL: "https://a:secret@mail.contoso.com/"}, ErrURL},
		{"loopback", request{URL: "https://127.0.0.1/"}, ErrPrivate},
	} {
		s := p.session(t, p.options("127.0.0.1:1"))
		test.request.Method = http.MethodOptions
		x := s.do(t.Context(), test.request)
		if !errors.Is(x.Err, test.want) || x.Address != "" || x.TLS != nil || strings.Contains(fmt.Sprint(x), "secret") {
			t.Errorf("%s: %s at %q: %v", test.name, x.Stage, x.Address, x.Err)
		}
	}
}

// A request without a method only shakes hands; the certificate stays here.
func TestHandshakeOnly(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	for _, v := range wireVersions {
		s := p.session(t, p.options(p.serve(t, p.config(tls.RequestClientCert, v.number), wireEAS)))
		x := s.do(t.Context(), request{URL: s.url("/")})
		if x.Stage != StageDone || x.Err != nil || x.Status != 0 || !x.TLS.Asked || !x.TLS.Offered || x.TLS.Sent {
			t.Errorf("%s: %s: %v, %+v", v.name, x.Stage, x.Err, x.TLS)
		}
	}
}
