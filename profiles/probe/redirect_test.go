package probe

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// wireSends answers with a redirect: 451 as EAS does it, or one of HTTP's.
func wireSends(status int, to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if status == http.StatusUnavailableForLegalReasons {
			w.Header().Set("X-MS-Location", to)
		} else {
			w.Header().Set("Location", to)
		}
		w.WriteHeader(status)
	}
}

// Where the certificate follows: to the same host, to Exchange Online, to named hosts.
func TestFollow(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	var got atomic.Value
	second := p.serve(t, p.config(tls.RequestClientCert, tls.VersionTLS13), func(w http.ResponseWriter, r *http.Request) {
		got.Store(fmt.Sprintf("%s https://%s%s %d", r.Method, r.Host, r.URL, len(r.TLS.PeerCertificates)))
		wireEAS(w, r)
	})
	for _, test := range []struct {
		status int
		to     string
		want   string // of the second server
	}{
		{451, "https://outlook-cba.office365.com/Microsoft-Server-ActiveSync", "OPTIONS https://outlook-cba.office365.com/Microsoft-Server-ActiveSync?Cmd=Ping 2"},
		{451, "https://outlook-cba.office365.com/eas?a=b", "OPTIONS https://outlook-cba.office365.com/eas?a=b 2"},
		{302, "https://outlook.office365.com/eas", "OPTIONS https://outlook.office365.com/eas 2"},
		{301, "//named.contoso.com/eas", "OPTIONS https://named.contoso.com/eas 2"},
		{307, "https://NAMED.contoso.com:444/eas#part", "OPTIONS https://named.contoso.com:444/eas 2"},
		{308, "https://named.contoso.com", "OPTIONS https://named.contoso.com/ 2"},
	} {
		t.Run(test.to, func(t *testing.T) {
			first := p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS13), wireSends(test.status, test.to))
			o := p.options(first)
			o.Hosts = []string{"Named.contoso.com"}
			for _, host := range []string{"outlook-cba.office365.com", "outlook.office365.com", "named.contoso.com"} {
				o.Connect[host] = second
			}
			s := p.session(t, o)
			r := wireOptions(s)
			r.URL += "?Cmd=Ping"
			all := s.follow(t.Context(), r)
			if len(all) != 2 || all[0].Status != test.status || all[0].Refused != nil || all[1].Status != http.StatusOK {
				t.Fatalf("%d exchanges, the first %+v", len(all), all[0])
			}
			if got.Load() != test.want {
				t.Errorf("%s", got.Load())
			}
		})
	}
}

// Where it does not, and that nothing is asked there.
func TestFollowRefuses(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	inside := wireDNS("10.1.2.3")
	for _, test := range []struct {
		name string
		to   string
		want error
	}{
		{"http", "http://mail.contoso.com/eas", ErrScheme},
		{"no web", "file:///etc/passwd", ErrScheme},
		{"a password", "https://user:secret@mail.contoso.com/eas", ErrURL},
		{"a port that is none", "https://mail.contoso.com:99999/eas", ErrURL},
		{"no URL", "https://mail.contoso.com/%zz", ErrURL},
		{"no host", "https:///eas", ErrURL},
		{"letters outside of ASCII", "https://bücher.example/eas", ErrURL},
		{"a zone", "https://[fe80::1%25eth0]/eas", ErrURL},
		{"a foreign host", "https://mail.fabrikam.com/eas", ErrForeign},
		{"a host that only ends alike", "https://eviloutlook.office365.com/eas", ErrForeign},
		{"a loopback address", "https://127.0.0.1/eas", ErrForeign},
		{"a link-local address", "https://169.254.169.254/latest/meta-data", ErrForeign},
		{"a loopback address of IPv6", "https://[::1]/eas", ErrForeign},
		{"a name inside", "https://intranet.contoso.com/eas", ErrForeign},
		{"a known name that leads inside", "https://outlook-cba.office365.com/eas", ErrPrivate},
		{"a named one that does", "https://named.contoso.com/eas", ErrPrivate},
		{"itself", "https://mail.contoso.com/Microsoft-Server-ActiveSync", ErrLoop},
		{"itself, in other letters", "https://MAIL.contoso.com/Microsoft-Server-ActiveSync#x", ErrLoop},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked atomic.Int32
			sends := wireSends(http.StatusFound, test.to)
			o := p.options(p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS13), func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				sends(w, r)
			}))
			o.Hosts, o.Resolver = []string{"named.contoso.com"}, inside
			s := p.session(t, o)
			for i, certificate := range []bool{true, false} { // the address goes along at any rate
				r := wireOptions(s)
				r.Certificate = certificate
				all := s.follow(t.Context(), r)
				if len(all) != 1 || int(asked.Load()) != i+1 || !errors.Is(all[0].Refused, test.want) {
					t.Fatalf("%d exchanges, %d requests: %v", len(all), asked.Load(), all[0].Refused)
				}
				if all[0].Location == "" || all[0].Stage != StageDone || strings.Contains(fmt.Sprint(all[0].Location, all[0].Refused), "secret") {
					t.Errorf("%s, %q: %v", all[0].Stage, all[0].Location, all[0].Refused)
				}
			}
		})
	}
}

// Redirects that lead round, or ever on.
func TestFollowEnds(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	var n atomic.Int32
	for _, test := range []struct {
		name string
		to   func(*http.Request) string
		want error
		many int
	}{
		{"there and back", func(r *http.Request) string {
			if r.URL.Path == "/there" {
				return easPath
			}
			return "/there"
		}, ErrLoop, 2},
		{"ever on", func(*http.Request) string { return fmt.Sprint("/", n.Add(1)) }, ErrHops, maxHops + 1},
	} {
		address := p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS13), func(w http.ResponseWriter, r *http.Request) {
			wireSends(http.StatusUnavailableForLegalReasons, test.to(r))(w, r)
		})
		s := p.session(t, p.options(address))
		all := s.follow(t.Context(), wireOptions(s))
		if len(all) != test.many || !errors.Is(all[len(all)-1].Refused, test.want) {
			t.Errorf("%s: %d exchanges: %v", test.name, len(all), all[len(all)-1].Refused)
		}
	}
}

// Answers that send nowhere.
func TestLocation(t *testing.T) {
	p := newWirePKI(t)
	for _, test := range []struct {
		status int
		header string
	}{{451, "Location"}, {302, "X-MS-Location"}, {200, "Location"}, {201, "Location"}, {304, "Location"}, {451, "X-Other"}} {
		s := p.session(t, p.options(p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS13), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(test.header, "https://outlook.office365.com/")
			w.WriteHeader(test.status)
		})))
		if all := s.follow(t.Context(), wireOptions(s)); len(all) != 1 || all[0].Location != "" || all[0].Refused != nil {
			t.Errorf("%d with %s: %+v", test.status, test.header, all[0])
		}
	}
}
