package certs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseAddress(t *testing.T) {
	local64 := strings.Repeat("a", 64)
	label63 := strings.Repeat("b", 63)
	domain189 := strings.Repeat(label63[:62]+".", 2) + label63 // 254 octets with local64
	tests := []struct {
		name, in string
		want     Address
	}{
		{"plain", "alice@contoso.com", Address{"alice", "contoso.com", "contoso.com"}},
		{"letter case is kept, and folded for ASCIIDomain", "Alice@Contoso.COM", Address{"Alice", "Contoso.COM", "contoso.com"}},
		{"one label", "bob@woodgrove", Address{"bob", "woodgrove", "woodgrove"}},
		{"every character of an atom", "!#$%&'*+-/=?^_`{|}~@contoso.com", Address{"!#$%&'*+-/=?^_`{|}~", "contoso.com", "contoso.com"}},
		{"inner dots", "a.b.c@contoso.com", Address{"a.b.c", "contoso.com", "contoso.com"}},
		{"U-label", "alice@Bücher.de", Address{"alice", "Bücher.de", "xn--bcher-kva.de"}},
		{"A-label", "alice@XN--Bcher-KVA.de", Address{"alice", "XN--Bcher-KVA.de", "xn--bcher-kva.de"}},
		{"local part outside ASCII", "älice@contoso.com", Address{"älice", "contoso.com", "contoso.com"}},
		{"longest local part", local64 + "@contoso.com", Address{local64, "contoso.com", "contoso.com"}},
		{"longest label", "a@" + label63 + ".com", Address{"a", label63 + ".com", label63 + ".com"}},
		{"longest address", local64 + "@" + domain189, Address{local64, domain189, domain189}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseAddress(test.in)
			if err != nil {
				t.Fatalf("ParseAddress(%q): %v", test.in, err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("ParseAddress(%q) (-want +got):\n%s", test.in, diff)
			}
		})
	}
}

func TestParseAddressRefuses(t *testing.T) {
	long := strings.Repeat(strings.Repeat("b", 49)+".", 5) // 250 octets
	tests := []struct{ name, in, want string }{
		{"nothing", "", "empty address"},
		{"no @", "alice.contoso.com", "no @"},
		{"two @", "alice@contoso@com", "2 @ instead of one"},
		{"@ in quotation marks", `"alice@home"@contoso.com`, "quoted local part with an @ in it"},
		{"quotation marks", `"alice"@contoso.com`, "quoted local part"},
		{"no local part", "@contoso.com", "nothing before the @"},
		{"no domain", "alice@", "nothing after the @"},
		{"space", "alice smith@contoso.com", "white space (U+0020)"},
		{"space at the end", "alice@contoso.com ", "white space (U+0020)"},
		{"no-break space", "alice@contoso.com\u00a0", "white space (U+00A0)"},
		{"line break", "alice@contoso.com\n", "white space (U+000A)"},
		{"NUL", "alice\x00@contoso.com", "control character (U+0000)"},
		{"NUL in the domain", "alice@contoso.com\x00.fabrikam.com", "control character (U+0000)"},
		{"escaped NUL, as Name.Value has it", `alice@contoso.com\x00.fabrikam.com`, `'\\' in the domain's label`},
		{"zero-width space", "alice\u200b@contoso.com", "invisible character (U+200B)"},
		{"joiner before the @", "ali\u200dce@contoso.com", "invisible character (U+200D)"},
		{"right-to-left override", "alice\u202e@contoso.com", "invisible character (U+202E)"},
		{"byte order mark", "\ufeffalice@contoso.com", "invisible character (U+FEFF)"},
		{"Latin-1 bytes", "\xe4lice@contoso.com", "bytes that are not UTF-8"},
		{"proxyAddresses prefix", "SMTP:alice@contoso.com", `':' before the @`},
		{"mailto", "mailto:alice@contoso.com", `':' before the @`},
		{"angle brackets", "<alice@contoso.com>", `'<' before the @`},
		{"NetBIOS domain", `CONTOSO\alice@contoso.com`, `'\\' before the @`},
		{"list", "alice,bob@contoso.com", `',' before the @`},
		{"dot first", ".alice@contoso.com", "misplaced dot"},
		{"dot last", "alice.@contoso.com", "misplaced dot"},
		{"double dot", "al..ice@contoso.com", "misplaced dot"},
		{"long local part", strings.Repeat("a", 65) + "@contoso.com", "65 octets before the @, more than 64"},
		{"trailing dot", "alice@contoso.com.", "the domain ends in a dot"},
		{"leading dot", "alice@.contoso.com", "empty label"},
		{"dots in the domain", "alice@contoso..com", "empty label"},
		{"underscore", "alice@mail_1.contoso.com", `underscore in the domain's label "mail_1"`},
		{"leading hyphen", "alice@-contoso.com", `hyphen at the beginning or the end of the domain's label "-contoso"`},
		{"trailing hyphen", "alice@contoso-.com", "hyphen at"},
		{"port", "alice@contoso.com:443", `':' in the domain's label`},
		{"slash", "alice@contoso.com/x", `'/' in the domain's label`},
		{"wildcard", "alice@*.contoso.com", `'*' in the domain's label`},
		{"long label", "alice@" + strings.Repeat("b", 64) + ".com", "label of 64 octets in the domain, more than 63"},
		{"long U-label", "alice@" + strings.Repeat("ü", 62) + ".com", "label"},
		{"long domain", "a@" + long + "abcd", "domain of 254 octets, more than 253"},
		{"long address", "abcd@" + long[:249] + "c", "255 octets in all, more than 254"},
		{"very long", strings.Repeat("a", 1<<20), "1048576 octets in all"},
		{"IPv4 literal", "alice@[192.0.2.1]", "[192.0.2.1] is an IP address"},
		{"IPv4", "alice@192.0.2.1", "192.0.2.1 is an IP address"},
		{"IPv6", "alice@2001:db8::1", "2001:db8::1 is an IP address"},
		{"bad A-label", "alice@xn--a.de", "no valid A-label"},
		{"other full stop", "alice@contoso\u3002com", "not in the form that is registered"},
		{"rule of IDNA", "alice@a\u2260b.com\u2024", "no valid U-label"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseAddress(test.in)
			if err == nil {
				t.Fatalf("ParseAddress(%q) = %+v, want an error", test.in, got)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q, want %q in it", err, test.want)
			}
			if strings.ContainsAny(err.Error(), "\x00\n\u200b\u202e\ufeff") {
				t.Errorf("error %q is not safe to print", err)
			}
			if got != (Address{}) {
				t.Errorf("with the error comes %+v", got)
			}
		})
	}
}
