package probe

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
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

// Autodiscover is sent on, but not to where nobody outside gets.
func TestDiscoverRedirect(t *testing.T) {
	p := newWirePKI(t)
	address := p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS13), wireSends(http.StatusFound, "https://169.254.169.254/autodiscover"))
	e, err := Run(t.Context(), p.target(), p.options(address))
	if err != nil {
		t.Fatal(err)
	}
	if x := e.Discover.Exchange; !errors.Is(x.Refused, ErrPrivate) {
		t.Errorf("%+v", x)
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
