package crl

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"
)

func fetchSilent() *log.Logger { return log.New(io.Discard, "", 0) }

// fetchAlways answers every name with the same addresses.
func fetchAlways(addresses ...string) func(string) ([]netip.Addr, dnsmessage.RCode) {
	var all []netip.Addr
	for _, a := range addresses {
		all = append(all, netip.MustParseAddr(a))
	}
	return func(string) ([]netip.Addr, dnsmessage.RCode) { return all, dnsmessage.RCodeSuccess }
}

// fetchOnlyOne takes 127.0.0.1 for an address on the Internet, and any other for
// a private one.
func fetchOnlyOne(ip netip.Addr) string {
	if ip == netip.MustParseAddr("127.0.0.1") {
		return ""
	}
	return ip.String() + " is private"
}

func TestFetchAddresses(t *testing.T) {
	fetchNoLeak(t)
	url := fetchServe(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "list") })
	for _, test := range []struct {
		name      string
		host      string
		addresses []string
		allow     bool
		want      error
		special   []string
	}{
		{"on the Internet", "crl.contoso.com", []string{"127.0.0.1"}, false, nil, nil},
		{"a dot at the end", "crl.contoso.com.", []string{"127.0.0.1"}, false, nil, nil},
		{"an underscore", "my_crl.contoso.com", []string{"127.0.0.1"}, false, nil, nil},
		{"outside ASCII", "crl.bücher.de", []string{"127.0.0.1"}, false, nil, nil},
		{"private", "crl.contoso.com", []string{"127.0.0.2"}, false, ErrPrivate, []string{"crl.contoso.com: 127.0.0.2 is private"}},
		{"private only", "crl.contoso.com", []string{"127.0.0.2", "127.0.0.3"}, false, ErrPrivate,
			[]string{"crl.contoso.com: 127.0.0.2 is private", "crl.contoso.com: 127.0.0.3 is private"}},
		{"mixed", "crl.contoso.com", []string{"127.0.0.2", "127.0.0.1", "127.0.0.3"}, false, nil,
			[]string{"crl.contoso.com: 127.0.0.2 is private", "crl.contoso.com: 127.0.0.3 is private"}},
		{"special name", "pki.contoso.local", []string{"127.0.0.1"}, true, nil,
			[]string{".local is reserved for link-local names (RFC 6762)"}},
	} {
		f := &Fetcher{
			Resolver:     fetchDNS(t, fetchAlways(test.addresses...)),
			AllowPrivate: test.allow, unroutable: fetchOnlyOne,
		}
		d := f.Fetch(t.Context(), "http://"+test.host+fetchPort(url), nil)
		if !errors.Is(d.Err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, d.Err, test.want)
		}
		if diff := cmp.Diff(test.special, d.Special); diff != "" {
			t.Errorf("%s: special (-want +got):\n%s", test.name, diff)
		}
		var got []string
		for _, a := range d.Addresses {
			got = append(got, a.String())
		}
		if diff := cmp.Diff(test.addresses, got); diff != "" {
			t.Errorf("%s: addresses (-want +got):\n%s", test.name, diff)
		}
	}
}

// Where the public address doesn't answer, that is the fault, and not that there
// are private ones besides.
func TestFetchMixedAndDead(t *testing.T) {
	fetchNoLeak(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	f := &Fetcher{Resolver: fetchDNS(t, fetchAlways("127.0.0.2", "127.0.0.1")), unroutable: fetchOnlyOne}
	d := f.Fetch(t.Context(), "http://crl.contoso.com"+fetchPort(listener.Addr().String()), nil)
	if !errors.Is(d.Err, ErrConnect) || len(d.Special) != 1 {
		t.Errorf("%v, special %q", d.Err, d.Special)
	}
}

// A name that leads to another address with each look-up is judged each time by
// the address that is connected to.
func TestFetchRebinding(t *testing.T) {
	fetchNoLeak(t)
	var visited atomic.Bool
	resolver := fetchDNS(t, func(string) ([]netip.Addr, dnsmessage.RCode) {
		address := "127.0.0.1"
		if visited.Load() {
			address = "127.0.0.2"
		}
		return []netip.Addr{netip.MustParseAddr(address)}, dnsmessage.RCodeSuccess
	})
	url := fetchServe(t, func(w http.ResponseWriter, r *http.Request) {
		visited.Store(true)
		http.Redirect(w, r, "/again", http.StatusFound)
	})
	f := &Fetcher{Resolver: resolver, unroutable: fetchOnlyOne}
	d := f.Fetch(t.Context(), "http://crl.contoso.com"+fetchPort(url), nil)
	if !errors.Is(d.Err, ErrPrivate) || d.Remote.IsValid() || d.Status != 0 {
		t.Errorf("%v, connected to %s, status %d", d.Err, d.Remote, d.Status)
	}
}

func TestFetchRedirectToPrivate(t *testing.T) {
	fetchNoLeak(t)
	for _, target := range []string{
		"http://169.254.169.254/latest/meta-data", "http://127.0.0.2/", "http://[::1]/", "https://pki/ca.crl",
		"//localhost/", "http://pki.contoso.internal/",
	} {
		url := fetchServe(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target, http.StatusFound) })
		f := &Fetcher{Resolver: fetchDNS(t, fetchAlways("127.0.0.1")), unroutable: fetchOnlyOne}
		d := f.Fetch(t.Context(), "http://crl.contoso.com"+fetchPort(url), nil)
		if !errors.Is(d.Err, ErrPrivate) || !strings.Contains(d.Err.Error(), "redirected to") || len(d.Special) != 1 {
			t.Errorf("%s: %v, special %q", target, d.Err, d.Special)
		}
		if !strings.HasPrefix(d.FinalURL, "http://crl.contoso.com:") || d.Status != http.StatusFound {
			t.Errorf("%s: asked %s, status %d", target, d.FinalURL, d.Status)
		}
	}
}

func TestFetchNames(t *testing.T) {
	fetchNoLeak(t)
	for _, test := range []struct {
		name  string
		rcode dnsmessage.RCode
		want  error
	}{
		{"no such name", dnsmessage.RCodeNameError, ErrHost},
		{"no address", dnsmessage.RCodeSuccess, ErrHost},
		{"failure", dnsmessage.RCodeServerFailure, ErrResolver},
		{"refused", dnsmessage.RCodeRefused, ErrResolver},
	} {
		var asked atomic.Value
		resolver := fetchDNS(t, func(name string) ([]netip.Addr, dnsmessage.RCode) {
			asked.Store(name)
			return nil, test.rcode
		})
		d := (&Fetcher{Resolver: resolver}).Fetch(t.Context(), "http://crl.contoso.com/ca.crl", nil)
		if !errors.Is(d.Err, test.want) || !strings.Contains(d.Err.Error(), resolver) {
			t.Errorf("%s: %v, want %v by %s", test.name, d.Err, test.want, resolver)
		}
		// Search domains of this machine were not tried.
		if asked.Load() != "crl.contoso.com." {
			t.Errorf("%s: asked for %v", test.name, asked.Load())
		}
	}
}

func TestFetchSilentResolver(t *testing.T) {
	fetchNoLeak(t)
	fetchQuick(t)
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	f := &Fetcher{Resolver: conn.LocalAddr().String(), Timeout: 150 * time.Millisecond}
	d := f.Fetch(t.Context(), "http://crl.contoso.com/ca.crl", nil)
	if !errors.Is(d.Err, ErrResolver) || !errors.Is(d.Err, ErrTimeout) || !strings.Contains(d.Err.Error(), "looking up crl.contoso.com") {
		t.Error(d.Err)
	}
}

// A resolver by name is looked up itself, which is not the host's look-up.
func TestFetchResolverByName(t *testing.T) {
	fetchNoLeak(t)
	for _, ip := range fetchLocalhost(t) {
		if ip.Is6() {
			t.Skip("localhost is ::1, too, where no test server listens")
		}
	}
	_, port, _ := net.SplitHostPort(fetchDNS(t, fetchAlways("127.0.0.2")))
	f := &Fetcher{Resolver: "localhost:" + port, unroutable: fetchOnlyOne}
	d := f.Fetch(t.Context(), "http://crl.contoso.com/ca.crl", nil)
	if !errors.Is(d.Err, ErrPrivate) || fmt.Sprint(d.Addresses) != "[127.0.0.2]" {
		t.Errorf("%v, addresses %v", d.Err, d.Addresses)
	}
}

func fetchLocalhost(t *testing.T) []netip.Addr {
	t.Helper()
	ips, err := net.DefaultResolver.LookupNetIP(t.Context(), "ip", "localhost")
	if err != nil {
		t.Skip("this machine has no localhost: ", err)
	}
	for i, ip := range ips {
		ips[i] = ip.Unmap()
	}
	return ips
}

func TestFetchWrongResolver(t *testing.T) {
	d := (&Fetcher{Resolver: "8.8.8.8:dns"}).Fetch(t.Context(), "http://crl.contoso.com/ca.crl", nil)
	if !errors.Is(d.Err, ErrResolver) || d.FinalURL != "" {
		t.Errorf("%v, asked %q", d.Err, d.FinalURL)
	}
}

// Go's resolver reads the hosts file before it asks anybody. That is not the
// answer of the resolver that was to be asked.
func TestFetchHostsFile(t *testing.T) {
	fetchNoLeak(t)
	var asked atomic.Bool
	resolver := fetchDNS(t, func(string) ([]netip.Addr, dnsmessage.RCode) {
		asked.Store(true)
		return nil, dnsmessage.RCodeNameError
	})
	d := (&Fetcher{Resolver: resolver, AllowPrivate: true}).Fetch(t.Context(), "http://localhost:1/ca.crl", nil)
	if asked.Load() {
		t.Skip("the hosts file of this machine has no localhost")
	}
	if !errors.Is(d.Err, ErrResolver) || !strings.Contains(d.Err.Error(), "hosts file") {
		t.Error(d.Err)
	}
}
