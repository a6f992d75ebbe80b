package crl

import (
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFetchUnroutableIP(t *testing.T) {
	for address, want := range map[string]string{
		"8.8.8.8":            "",
		"2606:4700::1111":    "",
		"::ffff:8.8.8.8":     "",
		"64:ff9b::8.8.8.8":   "",
		"2002:808:808::1":    "", // 6to4 of 8.8.8.8
		"2002:a00:1::1":      "10.0.0.1",
		"2002:7f00:1::1":     "127.0.0.1",
		"10.0.0.1":           "RFC 1918",
		"::ffff:10.0.0.1":    "RFC 1918",
		"64:ff9b::127.0.0.1": "RFC 1122",
		"fe80::1%eth0":       "RFC 4291",
		"fec0::1":            "global unicast", // site-local, given up
		"::10.0.0.1":         "global unicast", // IPv4-compatible, given up
		"5f00::1":            "global unicast", // segment routing (RFC 9602)
	} {
		got := new(Fetcher).fetchUnroutableIP(netip.MustParseAddr(address))
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q in it", address, got, want)
		}
	}
}

func TestFetchUnroutableHost(t *testing.T) {
	for host, want := range map[string]string{
		"crl.contoso.com":    "",
		"crl.contoso.com.":   "",
		"CRL_1.contoso.com":  "",
		"_crl.contoso.com":   "",
		"pki_1":              "pki_1 is a single label",
		"pki":                "pki is a single label",
		"pki.local":          ".local",
		"crl..contoso.com":   "empty label",
		"contoso.invalidtld": "no top-level domain",
		"10.1.2.3":           "RFC 1918",
	} {
		got := new(Fetcher).fetchUnroutableHost(host)
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q in it", host, got, want)
		}
	}
}

func TestFetchRooted(t *testing.T) {
	for address, want := range map[string]string{
		"crl.contoso.com:80":  "crl.contoso.com.:80",
		"crl.contoso.com.:80": "crl.contoso.com.:80",
		"pki:80":              "pki:80",
		"127.0.0.1:80":        "127.0.0.1:80",
		"[fe80::1%e.0]:80":    "[fe80::1%e.0]:80",
	} {
		if got := fetchRooted(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

func TestFetchShort(t *testing.T) {
	if got := fetchShort("short"); got != "short" {
		t.Error(got)
	}
	if got := fetchShort(strings.Repeat("ü", fetchShown)); len(got) > fetchShown+len("…") || !utf8.ValidString(got) {
		t.Errorf("%q", got)
	}
}

func FuzzFetchParseURL(f *testing.F) {
	for _, seed := range []string{
		"http://crl.contoso.com/ca.crl", "https://crl.contoso.com:8443/Contoso CA+.crl", "ldap:///CN=x",
		"http://[::1%25e]/", "http://a:b@c/", "http://127.1:99999/", "//host", "http://%31", "HTTP://A.B./?#",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := fetchParseURL(s)
		if err != nil {
			return
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Hostname() == "" {
			t.Errorf("%q passes as %+v", s, u)
		}
		// What is requested is held to the same rules as what was checked.
		if again, err := fetchParseURL(u.String()); err != nil || again.Host != u.Host {
			t.Errorf("%q is requested as %q: %v", s, u, err)
		}
		new(Fetcher).fetchUnroutableHost(u.Hostname())
	})
}
