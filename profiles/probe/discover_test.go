package probe

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
)

func TestDiscover(t *testing.T) {
	p := newWirePKI(t)
	for _, test := range []struct {
		name             string
		status           int
		body, url, error string
	}{
		{"found", 200, `{"Protocol":"ActiveSync","Url":"https://outlook.office365.com/Microsoft-Server-ActiveSync"}`, "https://outlook.office365.com/Microsoft-Server-ActiveSync", ""},
		{"refused", 400, `{"ErrorCode":"InvalidProtocol","ErrorMessage":"The given protocol value is invalid."}`, "", "InvalidProtocol"},
		{"no Autodiscover", 404, "<html>", "", ""},
		{"nothing", 200, "", "", ""},
		{"another form", 200, `[{"Url":1}]`, "", ""},
		{"another type", 200, `{"Url":"https://a","ErrorCode":7}`, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			address := p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS13), func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == discoverPath {
					w.WriteHeader(test.status)
					_, _ = io.WriteString(w, test.body)
				}
			})
			e, err := Run(t.Context(), p.target(), p.options(address))
			if err != nil {
				t.Fatal(err)
			}
			if d := e.Discover; d.Exchange.Status != test.status || d.URL != test.url || d.Error != test.error {
				t.Errorf("%+v", d)
			}
		})
	}
}

// Autodiscover is sent on, and the address with it, to hosts that are known alone. What
// else is in an answer that sends on does not count.
func TestDiscoverRedirect(t *testing.T) {
	p := newWirePKI(t)
	for _, test := range []struct {
		to   string
		want error
	}{
		{"https://169.254.169.254/autodiscover", ErrForeign},
		{"https://localhost/autodiscover", ErrForeign},
		{"https://outlook.office365.com/autodiscover", nil},
	} {
		var asked atomic.Int32
		there := p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS13), func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			_, _ = io.WriteString(w, `{"Url":"https://mail.fabrikam.com/"}`)
		})
		o := p.options(p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS13), func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == discoverPath {
				wireSends(http.StatusFound, test.to)(w, r)
				_, _ = io.WriteString(w, `{"Url":"https://mail.fabrikam.com/"}`)
			}
		}))
		o.Connect["localhost"], o.Connect["outlook.office365.com"] = there, there // neither is named in Hosts
		e, err := Run(t.Context(), p.target(), o)
		if err != nil {
			t.Fatal(err)
		}
		followed := test.want == nil
		if d := e.Discover; !errors.Is(d.Exchange.Refused, test.want) || (asked.Load() == 1) != followed || (d.URL != "") != followed {
			t.Errorf("%s: asked %d times, %+v: %v", test.to, asked.Load(), d, d.Exchange.Refused)
		}
	}
}

// It is not asked for where there is no address to ask for, nor of a server that is not
// to be trusted.
func TestDiscoverSkipped(t *testing.T) {
	p := newWirePKI(t)
	address := p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS13), wireEAS)
	nobody := p.target()
	nobody.Account.Email = ""
	untrusted := p.options(address)
	untrusted.Roots = wirePool(p.root)
	for _, test := range []struct {
		target  Target
		options Options
	}{{nobody, p.options(address)}, {p.target(), untrusted}, {p.target(), p.options("127.0.0.1:1")}} {
		e, err := Run(t.Context(), test.target, test.options)
		if err != nil || e.Discover != nil {
			t.Errorf("%v, %+v", err, e)
		}
	}
}
