package certs

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/publicsuffix"
)

// Each address with a part of the reason why it isn't routable; "" means that
// it is, and then note is a part of the note, "" meaning none.
var routableTests = []struct{ address, reason, note string }{
	// Ordinary domains.
	{"alice@contoso.com", "", ""},
	{"alice@CONTOSO.COM", "", ""},
	{"Alice.Smith@mail.contoso.com", "", ""},
	{"alice@fabrikam.co.uk", "", ""},
	{"alice@eu.fabrikam.co.uk", "", ""},
	{"alice@contoso.de", "", ""},
	{"alice@contoso.museum", "", ""},
	{"alice@contoso.technology", "", ""},
	{"alice+eas@contoso.com", "", ""},
	{"o'brien@contoso.com", "", ""},
	{"alice_fabrikam.com#EXT#@contoso.com", "", ""},
	{"a@b.cd", "", ""},
	{"alice@a-b.contoso.com", "", ""},
	{"alice@contoso--test.com", "", ""},
	{"alice@1and1.com", "", ""},
	{"alice@123.com", "", ""},
	{"alice@local.contoso.com", "", ""}, // only the end of a name is special
	{"alice@test.contoso.com", "", ""},
	{"alice@contoso-local.com", "", ""},
	{"alice@myexample.com", "", ""},
	{"alice@contosointernal.com", "", ""},

	// Internationalised domains.
	{"alice@bücher.de", "", ""},
	{"alice@BÜCHER.DE", "", ""},
	{"alice@xn--bcher-kva.de", "", ""},
	{"alice@XN--BCHER-KVA.de", "", ""},
	{"alice@straße.de", "", ""},
	{"alice@пример.рф", "", ""},
	{"alice@xn--e1afmkfd.xn--p1ai", "", ""},
	{"alice@例え.jp", "", ""},
	{"alice@xn--a.de", "no valid A-label", ""},
	{"alice@xn--.de", "hyphen at the beginning or the end", ""},
	{"alice@xn--abc-.de", "hyphen at the beginning or the end", ""},
	{"alice@xn--contoso-.com", "hyphen", ""},
	{"alice@xn--0.pt", "no valid A-label", ""},
	{"alice@bu\u0308cher.de", "not in the form that is registered", ""}, // not NFC
	{"alice@ｃｏｎｔｏｓｏ.com", "not in the form that is registered", ""},
	{"alice@contoso。com", "not in the form that is registered", ""},
	{"alice@ﬁrm.com", "not in the form that is registered", ""},
	{"alice@\u212Aontoso.com", "not in the form that is registered", ""}, // Kelvin sign
	{"alice@اa.com", "no valid U-label", ""},
	{"alice@a／b.com", "no valid U-label", ""},
	{"alice@con\u200dtoso.com", "no valid U-label", ""},
	{"alice@con\u00adtoso.com", "invisible character (U+00AD)", ""},
	{"alice@рф", "xn--p1ai is a public suffix", ""},
	{"alice@bücher.локал", "is no top-level domain", ""},

	// Special-use names.
	{"alice@contoso.local", ".local is reserved for link-local names (RFC 6762)", ""},
	{"alice@CONTOSO.LOCAL", ".local is reserved for link-local names (RFC 6762)", ""},
	{"alice@ad.contoso.local", ".local is", ""},
	{"alice@local", ".local is", ""},
	{"alice@contoso.internal", ".internal is reserved for private networks (ICANN Board 2024-07-29)", ""},
	{"alice@contoso.test", ".test is", ""},
	{"alice@contoso.invalid", ".invalid is", ""},
	{"alice@contoso.example", ".example is reserved for documentation (RFC 6761)", ""},
	{"alice@example.com", "example.com is reserved for documentation", ""},
	{"alice@mail.example.net", "example.net is reserved for documentation", ""},
	{"alice@example.org", "example.org is reserved for documentation", ""},
	{"alice@localhost", ".localhost is", ""},
	{"alice@contoso.localhost", ".localhost is", ""},
	{"alice@contoso.onion", ".onion is", ""}, // the suffix list has it
	{"alice@contoso.alt", ".alt is", ""},
	{"alice@printer.home.arpa", "home.arpa is reserved for home networks (RFC 8375)", ""},
	{"alice@10.in-addr.arpa", "in-addr.arpa is for reverse look-ups", ""},
	{"alice@8.e.f.ip6.arpa", "ip6.arpa is", ""},
	{"alice@x.service.arpa", "service.arpa is", ""},
	{"alice@noob.eap.arpa", "eap.arpa is", ""},
	{"alice@contoso.arpa", ".arpa is the Internet's own infrastructure", ""},

	// Private names.
	{"alice@contoso.lan", ".lan is a name for private networks", ""},
	{"alice@contoso.corp", ".corp is a name for private networks", ""},
	{"alice@contoso.home", ".home is", ""},
	{"alice@contoso.mail", ".mail is", ""},
	{"alice@contoso.intra", ".intra is", ""},
	{"alice@contoso.intranet", ".intranet is", ""},
	{"alice@contoso.private", ".private is", ""},
	{"alice@contoso.localdomain", ".localdomain is", ""},
	{"alice@contoso.domain", ".domain is", ""},
	{"alice@contoso.dc", ".dc is", ""},
	{"alice@contoso.ad", "", ".ad is Andorra's"},

	// No domains at all.
	{"bob@woodgrove", "woodgrove is a single label", ""},
	{"bob@WOODGROVE", "woodgrove is a single label", ""},
	{"alice@contoso.zz", ".zz is no top-level domain (public suffix list of 20", ""},
	{"alice@contoso.con", ".con is no top-level domain", ""},
	{"alice@contoso.123", ".123 is no top-level domain", ""},
	{"alice@[192.0.2.1]", "[192.0.2.1] is an IP address", ""},
	{"alice@[IPv6:2001:db8::1]", "is an IP address", ""},
	{"alice@192.0.2.1", "192.0.2.1 is an IP address", ""},
	{"alice@2001:db8::1", "2001:db8::1 is an IP address", ""},

	// Suffixes.
	{"alice@com", "com is a public suffix", ""},
	{"alice@co.uk", "co.uk is a public suffix", ""},
	{"alice@gov.uk", "gov.uk is a public suffix", ""},
	{"alice@foo.ck", "foo.ck is a public suffix", ""}, // *.ck
	{"alice@www.ck", "", ""},                          // !www.ck
	{"alice@kobe.jp", "", ""},
	{"alice@contoso.github.io", "", ""},
	{"alice@github.io", "", "github.io is a suffix under which its owner"},
	{"alice@uk.com", "", "uk.com is a suffix under which its owner"},
	{"alice@foo.compute.amazonaws.com", "", "suffix under which its owner"},

	// Microsoft's own.
	{"alice@contoso.onmicrosoft.com", "", "contoso.onmicrosoft.com is a tenant's initial domain"},
	{"alice@Contoso.OnMicrosoft.com", "", "contoso.onmicrosoft.com is a tenant's initial domain"},
	{"alice@contoso.mail.onmicrosoft.com", "", "is a tenant's initial domain"},
	{"alice@contoso.onmicrosoft.us", "", "is a tenant's initial domain"},
	{"alice@contoso.partner.onmschina.cn", "", "is a tenant's initial domain"},
	{"alice@onmicrosoft.com", "onmicrosoft.com is Microsoft's own", ""},
	{"alice@mail.onmicrosoft.com", "mail.onmicrosoft.com is Microsoft's own", ""},
	{"alice@onmicrosoft.us", "onmicrosoft.us is Microsoft's own", ""},
	{"alice@partner.onmschina.cn", "partner.onmschina.cn is Microsoft's own", ""},
	{"alice@notonmicrosoft.com", "", ""},
	{"älice@contoso.com", "", "the part before the @ is not ASCII"},
	{"älice@contoso.onmicrosoft.com", "", "proxyAddresses; the part before the @ is not ASCII"},

	// No addresses.
	{"alice@contoso.com.", "the domain ends in a dot", ""},
	{"", "empty address", ""},
	{"alice", "no @", ""},
	{"alice@@contoso.com", "2 @ instead of one", ""},
	{"alice@contoso@fabrikam.com", "2 @ instead of one", ""},
	{"@contoso.com", "nothing before the @", ""},
	{"alice@", "nothing after the @", ""},
}

func TestRoutable(t *testing.T) {
	for _, test := range routableTests {
		t.Run(test.address, func(t *testing.T) {
			got := Routable(test.address)
			if got.Routable != (test.reason == "") || got.Routable != (got.Reason == "") {
				t.Errorf("Routable = %v, reason %q; want reason %q", got.Routable, got.Reason, test.reason)
			}
			if !strings.Contains(got.Reason, test.reason) {
				t.Errorf("reason %q, want %q in it", got.Reason, test.reason)
			}
			if !strings.Contains(got.Note, test.note) || (test.note == "") != (got.Note == "") {
				t.Errorf("note %q, want %q in it", got.Note, test.note)
			}
		})
	}
}

func TestRoutableKeepsAddress(t *testing.T) {
	got := Routable("Alice@Contoso.LOCAL").Address
	if want := (Address{"Alice", "Contoso.LOCAL", "contoso.local"}); got != want {
		t.Errorf("address of an unroutable domain = %+v, want %+v", got, want)
	}
}

// The tables must not disagree with the suffix list as it grows: a private name
// that has been delegated no longer belongs in there.
func TestSpecialNamesAreNotDelegated(t *testing.T) {
	delegated := map[string]bool{"onion": true, "arpa": true} // special, and in the list
	for name, special := range addrSpecialNames {
		if special.why == "" || special.source == "" {
			t.Errorf("%s has no reason or no source", name)
		}
		if _, icann := publicsuffix.PublicSuffix(name); icann && !strings.Contains(name, ".") && !delegated[name] {
			t.Errorf("%s is a top-level domain by the public suffix list", name)
		}
	}
	for _, zone := range addrMicrosoftZones {
		if suffix, icann := addrRegistrySuffix(zone); !icann || suffix == zone {
			t.Errorf("%s is under no top-level domain", zone)
		}
	}
	if _, err := time.Parse(time.DateOnly, SpecialUseDate); err != nil {
		t.Errorf("SpecialUseDate: %v", err)
	}
	date, _ := strings.CutPrefix(addrListDate(), " of ")
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		t.Errorf("the date of the public suffix list: %v", err)
	}
}

func FuzzRoutable(f *testing.F) {
	for _, test := range routableTests {
		f.Add(test.address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		got := Routable(address)
		if got.Routable != (got.Reason == "") {
			t.Fatalf("Routable = %v with reason %q", got.Routable, got.Reason)
		}
		if !got.Routable && got.Note != "" {
			t.Fatalf("unroutable, and a note %q", got.Note)
		}
		local, domain, _ := strings.Cut(address, "@")
		if got.Routable && (strings.Count(address, "@") != 1 || !strings.Contains(got.Address.ASCIIDomain, ".")) {
			t.Fatalf("%q is routable", address)
		}
		if got.Routable && (got.Address.Local != local || got.Address.Domain != domain) {
			t.Fatalf("%q was taken apart as %+v", address, got.Address)
		}
		for _, fold := range []func(rune) rune{addrLower, addrUpper} {
			other := local + "@" + strings.Map(fold, domain)
			if !strings.Contains(address, "@") || strings.Contains(got.Reason, "UTF-8") {
				break // strings.Map rewrites broken UTF-8
			}
			if again := Routable(other); again.Routable != got.Routable || again.Address.ASCIIDomain != got.Address.ASCIIDomain {
				t.Fatalf("%q: %+v, but %q: %+v", address, got, other, again)
			}
		}
	})
}

// DNS knows letter case in ASCII only (RFC 4343).
func addrLower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

func addrUpper(r rune) rune {
	if 'a' <= r && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}
