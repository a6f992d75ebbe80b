package crl

import (
	"net"
	"strings"
	"testing"
)

func TestParseResolver(t *testing.T) {
	for s, want := range map[string]string{
		"8.8.8.8":            "8.8.8.8:53",
		"8.8.8.8:5353":       "8.8.8.8:5353",
		"2001:db8::1":        "[2001:db8::1]:53",
		"[2001:db8::1]":      "[2001:db8::1]:53",
		"[2001:db8::1]:5353": "[2001:db8::1]:5353",
		"fe80::1%eth0":       "[fe80::1%eth0]:53",
		"dns.google":         "dns.google:53",
		"dns.google:53":      "dns.google:53",
		"localhost:1":        "localhost:1",
	} {
		if got, err := ParseResolver(s); got != want || err != nil {
			t.Errorf("%q: %q, %v, want %q", s, got, err, want)
		}
	}
	for s, want := range map[string]string{
		"":                             "there is no address",
		":53":                          "there is no address",
		"8.8.8.8:":                     "the port",
		"8.8.8.8:0":                    "the port",
		"8.8.8.8:65536":                "the port",
		"8.8.8.8:dns":                  "the port",
		"8.8.8.8:-1":                   "the port",
		"8.8.8.8, 1.1.1.1":             "in the address",
		"8.8.8.8 ":                     "in the address",
		"[8.8.8.8]:53":                 "no IPv6 address",
		"[]:53":                        "no IPv6 address",
		"[::1":                         "[IPV6]:PORT",
		"::%[":                         "in the address",
		"[fe80::1%a/b]:53":             "in the address",
		"2001:db8::1:99999":            "[IPV6]:PORT",
		"https://dns.google/dns-query": "a URL",
		"dns google":                   "in the address",
	} {
		got, err := ParseResolver(s)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "resolver ") {
			t.Errorf("%q: %q, %v, want %q", s, got, err, want)
		}
	}
}

func FuzzParseResolver(f *testing.F) {
	for _, seed := range []string{"8.8.8.8", "[2001:db8::1]:53", "dns.google:53", "fe80::1%eth0", "[", ":", "a:b:c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		address, err := ParseResolver(s)
		if err != nil {
			return
		}
		if _, _, err := net.SplitHostPort(address); err != nil {
			t.Errorf("%q gives %q: %v", s, address, err)
		}
		if again, err := ParseResolver(address); again != address || err != nil {
			t.Errorf("%q gives %q, which gives %q, %v", s, address, again, err)
		}
	})
}
