package certs

import (
	"strings"
	"testing"
)

func TestUnroutableHost(t *testing.T) {
	for host, want := range map[string]string{
		"crl.contoso.com":      "",
		"CRL.Contoso.com":      "",
		"pki.bücher.de":        "",
		"8.8.8.8":              "",
		"2606:4700::1111":      "",
		"64:ff9b::808:808":     "",
		"pki":                  "pki is a single label",
		"pki.contoso.local":    ".local is reserved for link-local names",
		"pki.corp":             ".corp is a name for private networks",
		"localhost":            ".localhost is reserved for the machine itself",
		"pki.contoso.nosuch":   ".nosuch is no top-level domain",
		"10.0.0.1":             "10.0.0.1 is a private address",
		"172.31.255.255":       "a private address",
		"172.32.0.1":           "",
		"127.0.0.1":            "a loopback address",
		"169.254.169.254":      "a link-local address",
		"100.64.0.1":           "a provider's internal address",
		"0.0.0.0":              "an address of this network",
		"::":                   "the unspecified address",
		"::1":                  "the loopback address",
		"::ffff:10.0.0.1":      "a private address",
		"64:ff9b::7f00:1":      "a loopback address",
		"fe80::1%eth0":         "a link-local address",
		"fd00::1":              "a private address",
		"255.255.255.255":      "a reserved address",
		"crl..contoso.com":     "label",
		"":                     "empty",
		"crl.contoso.com.":     "",
		"crl_host.contoso.com": "",
		"_crl.contoso.com":     "",
		"pki_1":                "pki_1 is a single label",
		"2002:808:808::1":      "", // 6to4 of 8.8.8.8
		"2002:a00:1::1":        "leads to 10.0.0.1 by 6to4, and that is a private address",
		"fec0::1":              "outside the global unicast addresses", // site-local, given up
		"::10.0.0.1":           "outside the global unicast addresses", // IPv4-compatible, given up
	} {
		got := UnroutableHost(host)
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("UnroutableHost(%q) = %q, want %q", host, got, want)
		}
	}
}

func TestLoopbackHost(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LocalHost": true, "127.0.0.1": true, "127.8.9.1": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "localhost.": false, "localhost.contoso.com": false, "127.0.0.1.contoso.com": false, "127.1": false, "0.0.0.0": false, "::": false, "10.0.0.1": false, "[::1]": false,
	} {
		if got := LoopbackHost(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}
