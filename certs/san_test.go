package certs

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// sanDER puts a tag and a DER length before the parts.
func sanDER(tag byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	switch n := len(content); {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, content...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, content...)
	default:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, content...)
	}
}

// sanOther is an otherName with the OID of the given content bytes.
func sanOther(oid string, value []byte) []byte {
	return sanDER(0xa0, sanDER(0x06, sanUnhex(oid)), sanDER(0xa0, value))
}

func sanUnhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

const (
	sanUPNContent  = "2b060104018237140203" // 1.3.6.1.4.1.311.20.2.3
	sanSmtpContent = "2b06010505070809"     // 1.3.6.1.5.5.7.8.9
)

func sanUPN(tag byte, text string) []byte { return sanOther(sanUPNContent, sanDER(tag, []byte(text))) }

// As a certification authority writes it: SEQUENCE, [0], OID, [0], UTF8String.
const sanUPNBytes = "30 22" + "a0 20" + "06 0a 2b 06 01 04 01 82 37 14 02 03" +
	"a0 12" + "0c 10 75 73 65 72 40 63 6f 6e 74 6f 73 6f 2e 63 6f 6d"

func TestParseSANBytes(t *testing.T) {
	names, err := ParseSAN(sanUnhex(sanUPNBytes))
	if err != nil {
		t.Fatal(err)
	}
	want := []Name{{Kind: KindUPN, Value: "user@contoso.com", Type: "UTF8String"}}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestParseSANEntries(t *testing.T) {
	alice := []byte("alice@contoso.com")
	bmp := sanUnhex("0061 0040 00e4 002e 0064 0065") // a@ä.de
	tests := []struct {
		name  string
		entry []byte
		want  Name
	}{
		// In standard form.
		{"rfc822Name", sanDER(0x81, alice), Name{KindEmail, "alice@contoso.com", "IA5String", nil}},
		{"dNSName", sanDER(0x82, []byte("contoso.com")), Name{KindDNS, "contoso.com", "IA5String", nil}},
		{"URI", sanDER(0x86, []byte("urn:x")), Name{KindURI, "urn:x", "IA5String", nil}},
		{"IPv4", sanDER(0x87, []byte{192, 0, 2, 1}), Name{KindIP, "192.0.2.1", "OCTET STRING", nil}},
		{"IPv6", sanDER(0x87, sanUnhex("20010db8000000000000000000000001")), Name{KindIP, "2001:db8::1", "OCTET STRING", nil}},
		{"registeredID", sanDER(0x88, sanUnhex("2a0304")), Name{KindOther, "1.2.3.4", "OBJECT IDENTIFIER", nil}},
		{"directoryName", sanDER(0xa4, sanUnhex("3010 310e 300c 0603550403 0c05 616c696365")), Name{KindDirectory, "CN=alice", "Name", nil}},
		{"unknown otherName", sanOther("2b0601050202", sanDER(0x0c, []byte("x"))), Name{KindOther, "1.3.6.1.5.2.2:0c0178", "otherName", nil}},
		{"otherName under a UUID", sanOther("69 81e9d7b6c0d3a5ee9b97d6c2a1b3f4d5c6e700", nil), Name{KindOther, sanUUIDArc + ":", "otherName", nil}},
		{"x400Address", sanDER(0xa3, []byte{5, 0}), Name{KindOther, "#0500", "[3]", nil}},
		{"ediPartyName", sanDER(0xa5, []byte{5, 0}), Name{KindOther, "#0500", "[5]", nil}},
		{"SmtpUTF8Mailbox", sanOther(sanSmtpContent, sanDER(0x0c, []byte("älice@contoso.com"))), Name{KindSmtpUTF8, "älice@contoso.com", "UTF8String", nil}},

		// UPNs of other string types.
		{"UPN IA5String", sanUPN(0x16, "alice@contoso.com"), Name{KindUPN, "alice@contoso.com", "IA5String",
			[]string{"IA5String instead of UTF8String (MS-WCCE 2.2.2.7.5)"}}},
		{"UPN VisibleString", sanUPN(0x1a, "alice@contoso.com"), Name{KindUPN, "alice@contoso.com", "VisibleString",
			[]string{"VisibleString instead of UTF8String (MS-WCCE 2.2.2.7.5)"}}},
		{"UPN PrintableString", sanUPN(0x13, "alice@contoso.com"), Name{KindUPN, "alice@contoso.com", "PrintableString",
			[]string{"'@' in a PrintableString (ITU-T X.680 41.4)", "PrintableString instead of UTF8String (MS-WCCE 2.2.2.7.5)"}}},
		{"UPN TeletexString", sanUPN(0x14, "\xe4@b.de"), Name{KindUPN, "ä@b.de", "TeletexString",
			[]string{"TeletexString instead of UTF8String (MS-WCCE 2.2.2.7.5)"}}},
		{"UPN BMPString", sanUPN(0x1e, string(bmp)), Name{KindUPN, "a@ä.de", "BMPString",
			[]string{"BMPString instead of UTF8String (MS-WCCE 2.2.2.7.5)"}}},
		{"UPN BMPString, odd", sanUPN(0x1e, string(bmp)+"\x00"), Name{KindUPN, "a@ä.de", "BMPString",
			[]string{"a length that is no multiple of 2 bytes", "BMPString instead of UTF8String (MS-WCCE 2.2.2.7.5)"}}},
		{"UPN BMPString, surrogates", sanUPN(0x1e, "\xd8\x3d\xde\x00\xd8\x3d"), Name{KindUPN, "😀\ufffd", "BMPString",
			[]string{"surrogates, which are no characters of a BMPString or UniversalString", "BMPString instead of UTF8String (MS-WCCE 2.2.2.7.5)"}}},
		{"UPN UniversalString", sanUPN(0x1c, "\x00\x00\x00a\x00\x01\xf6\x00"), Name{KindUPN, "a😀", "UniversalString",
			[]string{"UniversalString instead of UTF8String (MS-WCCE 2.2.2.7.5)"}}},
		{"UPN OCTET STRING", sanUPN(0x04, "alice"), Name{KindUPN, "#616c696365", "OCTET STRING",
			[]string{"OCTET STRING is no string type"}}},

		// Wrong bytes in them.
		{"UPN not UTF-8", sanUPN(0x0c, "\xe4lice@contoso.com"), Name{KindUPN, `\xe4lice@contoso.com`, "UTF8String",
			[]string{"bytes that are not UTF-8"}}},
		{"rfc822Name with UTF-8", sanDER(0x81, []byte("älice@contoso.com")), Name{KindEmail, "älice@contoso.com", "IA5String",
			[]string{"non-ASCII bytes in an IA5String (RFC 5280 4.2.1.6)"}}},
		{"rfc822Name with Latin-1", sanDER(0x81, []byte("\xe4lice@contoso.com")), Name{KindEmail, "älice@contoso.com", "IA5String",
			[]string{"non-ASCII bytes in an IA5String (RFC 5280 4.2.1.6)"}}},
		{"embedded NUL", sanDER(0x81, []byte("alice@contoso.com\x00.fabrikam.com")), Name{KindEmail, `alice@contoso.com\x00.fabrikam.com`, "IA5String",
			[]string{`non-printing character \x00`}}},
		{"line break and escape", sanUPN(0x0c, "alice@contoso.com\x1b[31m\n"), Name{KindUPN, `alice@contoso.com\x1b[31m\n`, "UTF8String",
			[]string{`2 non-printing characters, the first \x1b`}}},
		{"right-to-left override", sanUPN(0x0c, "\u202ealice@contoso.com"), Name{KindUPN, `\u202ealice@contoso.com`, "UTF8String",
			[]string{`non-printing character \u202e`}}},
		{"byte order mark", sanUPN(0x0c, "\ufeffalice@contoso.com"), Name{KindUPN, `\ufeffalice@contoso.com`, "UTF8String",
			[]string{`non-printing character \ufeff`}}},
		{"space at the end", sanUPN(0x0c, "alice@contoso.com "), Name{KindUPN, "alice@contoso.com ", "UTF8String",
			[]string{"space at the beginning or the end"}}},
		{"empty", sanDER(0x81), Name{KindEmail, "", "IA5String", []string{"empty name"}}},

		// SmtpUTF8Mailbox off its rules.
		{"SmtpUTF8Mailbox in ASCII", sanOther(sanSmtpContent, sanDER(0x0c, []byte("alice@Contoso.com"))), Name{KindSmtpUTF8, "alice@Contoso.com", "UTF8String",
			[]string{"an ASCII local part belongs in an rfc822Name (RFC 9598)", "the domain is not in lower case (RFC 9598)"}}},
		{"SmtpUTF8Mailbox with U-label", sanOther(sanSmtpContent, sanDER(0x0c, []byte("älice@bücher.de"))), Name{KindSmtpUTF8, "älice@bücher.de", "UTF8String",
			[]string{"the domain is not in A-labels (RFC 9598)"}}},
		{"SmtpUTF8Mailbox IA5String", sanOther(sanSmtpContent, sanDER(0x16, []byte("alice"))), Name{KindSmtpUTF8, "alice", "IA5String",
			[]string{"IA5String instead of UTF8String (RFC 9598)"}}},

		// Wrong structure, still readable.
		{"UPN without [0]", sanDER(0xa0, sanDER(0x06, sanUnhex(sanUPNContent)), sanDER(0x0c, alice)), Name{KindUPN, "alice@contoso.com", "UTF8String",
			[]string{"value without its explicit [0] (RFC 5280 4.2.1.6)"}}},
		{"rfc822Name tagged explicitly", sanDER(0xa1, sanDER(0x16, alice)), Name{KindEmail, "alice@contoso.com", "IA5String",
			[]string{"tagged explicitly instead of implicitly (RFC 5280 appendix A.2)"}}},
		{"bytes after the string", sanOther(sanUPNContent, append(sanDER(0x0c, alice), 5, 0)), Name{KindUPN, "alice@contoso.com", "UTF8String",
			[]string{"trailing data after the string"}}},
		{"bytes after the value", sanDER(0xa0, sanDER(0x06, sanUnhex(sanUPNContent)), sanDER(0xa0, sanDER(0x0c, alice)), []byte{5, 0}), Name{KindUPN, "alice@contoso.com", "UTF8String",
			[]string{"trailing data after the value"}}},

		// Not readable as what they are.
		{"UPN with nothing in it", sanOther(sanUPNContent, nil), Name{KindUPN, "#", "unreadable",
			[]string{"no string in it, or one with a broken length"}}},
		{"otherName without OID", sanDER(0xa0, sanDER(0x0c, alice[:1])), Name{KindOther, "#0c0161", "otherName",
			[]string{"otherName without a type OID"}}},
		{"IP address and mask", sanDER(0x87, make([]byte, 8)), Name{KindIP, "#0000000000000000", "[7]",
			[]string{"[7] holds 8 bytes instead of 4 or 16"}}},
		{"registeredID cut off", sanDER(0x88, []byte{0x2a, 0x83}), Name{KindOther, "#2a83", "[8]", []string{"[8] holds no OID"}}},
		{"directoryName without Name", sanDER(0xa4, []byte{5, 0}), Name{KindDirectory, "#0500", "[4]", []string{"[4] holds no readable Name"}}},
		{"unknown choice", sanDER(0x89, []byte{1}), Name{KindOther, "#01", "[9]", []string{"[9] is no GeneralName"}}},
		{"bare UTF8String", sanDER(0x0c, []byte("a")), Name{KindOther, "#61", "UTF8String", []string{"UTF8String is no GeneralName"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// Between two others: no entry may spoil its neighbours.
			got, err := ParseSAN(sanDER(0x30, sanDER(0x82, []byte("first")), test.entry, sanDER(0x82, []byte("last"))))
			if err != nil {
				t.Fatal(err)
			}
			want := []Name{{Kind: KindDNS, Value: "first", Type: "IA5String"}, test.want, {Kind: KindDNS, Value: "last", Type: "IA5String"}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}

// sanUUIDArc has an arc of 128 bits, as ITU-T X.667 makes them of UUIDs.
const sanUUIDArc = "2.25.155309002324512412660002144130677453696"

func TestParseSANBroken(t *testing.T) {
	first := sanDER(0x81, []byte("alice@contoso.com"))
	good := sanDER(0x30, first)
	tests := []struct {
		name string
		der  []byte
		want string // in the error; "" for none
		read int    // names that come back
	}{
		{"nothing", nil, "outer SEQUENCE is broken", 0},
		{"a SET", sanDER(0x31, first), "outer SEQUENCE is broken", 0},
		{"cut off", good[:len(good)-1], "outer SEQUENCE is broken", 0},
		{"indefinite length", sanUnhex("3080 0000"), "outer SEQUENCE is broken", 0},
		{"no entries", []byte{0x30, 0}, "", 0},
		{"entry too long", sanDER(0x30, first, []byte{0x81, 0x7f, 'a'}), "length of entry 2 is broken", 1},
		{"entry of indefinite length", sanDER(0x30, first, []byte{0xa0, 0x80, 0, 0}), "length of entry 2 is broken", 1},
		{"tag of several bytes", sanDER(0x30, first, []byte{0x9f, 0x81, 1, 0}), "length of entry 2 is broken", 1},
		{"bytes after the end", append(good[:len(good):len(good)], 5, 0), "trailing data after its end", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			names, err := ParseSAN(test.der)
			if len(names) != test.read {
				t.Errorf("%d names, want %d", len(names), test.read)
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
}

// sanOpenSSLConfig asks openssl for the names that real certificates have got
// wrong. In a section, unlike on the command line, values may hold commas; an
// OCTET STRING tagged as a UTF8String is the way to a NUL in one.
const sanOpenSSLConfig = `
[req]
distinguished_name = dn
x509_extensions = ext
prompt = no
string_mask = utf8only
utf8 = yes
[dn]
CN = alice
[ext]
subjectAltName = @names
1.3.6.1.4.1.311.25.2 = ASN1:SEQUENCE:sid
[sid]
entry = IMPLICIT:0,SEQUENCE:sid_entry
[sid_entry]
type = OID:1.3.6.1.4.1.311.25.2.1
value = EXPLICIT:0,OCTETSTRING:` + sanTestSID + `
[names]
otherName.1 = 1.3.6.1.4.1.311.20.2.3;UTF8:alice@contoso.com
otherName.2 = 1.3.6.1.4.1.311.20.2.3;UTF8:alice@contoso.local
otherName.3 = 1.3.6.1.4.1.311.20.2.3;BMP:bmp@contoso.com
otherName.4 = 1.3.6.1.4.1.311.20.2.3;IA5:ia5@contoso.com
otherName.5 = 1.3.6.1.4.1.311.20.2.3;IMPLICIT:12U,FORMAT:HEX,OCTETSTRING:616c69636500406576696c2e636f6d
otherName.6 = 1.3.6.1.5.5.7.8.9;FORMAT:UTF8,UTF8:älice@contoso.com
email.1 = alice@contoso.com
email.2 = älice@contoso.com
email.3 = alice@contoso.com.
URI.1 = tag:microsoft.com,2022-09-14:sid:` + sanTestSID + `
DNS.1 = contoso.com
IP.1 = 192.0.2.1
dirName.1 = dn
RID.1 = 1.2.3.4
`

func TestParseSANOfOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not on PATH")
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "openssl.cnf")
	if err := os.WriteFile(config, []byte(sanOpenSSLConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(openssl, "req", "-x509", "-config", config, "-newkey", "ec",
		"-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", filepath.Join(dir, "key.pem"), "-outform", "DER")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	cert, err := cmd.Output()
	if err != nil {
		t.Fatalf("openssl: %v\n%s", err, &stderr)
	}

	names, err := ParseSAN(sanExtension(t, cert, "0603551d11"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Name{
		{KindUPN, "alice@contoso.com", "UTF8String", nil},
		{KindUPN, "alice@contoso.local", "UTF8String", nil},
		{KindUPN, "bmp@contoso.com", "BMPString", []string{"BMPString instead of UTF8String (MS-WCCE 2.2.2.7.5)"}},
		{KindUPN, "ia5@contoso.com", "IA5String", []string{"IA5String instead of UTF8String (MS-WCCE 2.2.2.7.5)"}},
		{KindUPN, `alice\x00@evil.com`, "UTF8String", []string{`non-printing character \x00`}},
		{KindSmtpUTF8, "älice@contoso.com", "UTF8String", nil},
		{KindEmail, "alice@contoso.com", "IA5String", nil},
		{KindEmail, "älice@contoso.com", "IA5String", []string{"non-ASCII bytes in an IA5String (RFC 5280 4.2.1.6)"}},
		{KindEmail, "alice@contoso.com.", "IA5String", nil},
		{KindURI, "tag:microsoft.com,2022-09-14:sid:" + sanTestSID, "IA5String", nil},
		{KindDNS, "contoso.com", "IA5String", nil},
		{KindIP, "192.0.2.1", "OCTET STRING", nil},
		{KindDirectory, "CN=alice", "Name", nil},
		{KindOther, "1.2.3.4", "OBJECT IDENTIFIER", nil},
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}

	sid, err := ParseSID(sanExtension(t, cert, "06092b060104018237 1902"))
	if err != nil || sid != sanTestSID {
		t.Errorf("ParseSID = %q, %v; want %q", sid, err, sanTestSID)
	}
	if sid, ok := SIDFromURI(names[9].Value); !ok || sid != sanTestSID {
		t.Errorf("SIDFromURI = %q, %v; want %q", sid, ok, sanTestSID)
	}
}

// sanExtension cuts the extension with the given OID, as DER in hex, out of a
// certificate.
func sanExtension(t *testing.T, cert []byte, oid string) []byte {
	t.Helper()
	_, after, found := bytes.Cut(cert, sanUnhex(oid))
	rest := cryptobyte.String(after)
	var value cryptobyte.String
	if !found || !rest.ReadASN1(&value, cbasn1.OCTET_STRING) {
		t.Fatalf("no extension %s in the certificate", oid)
	}
	return value
}

func FuzzParseSAN(f *testing.F) {
	f.Add(sanUnhex(sanUPNBytes))
	f.Add(sanDER(0x30, sanUPN(0x1e, "\x00a\xd8\x3d\xde\x00"), sanUPN(0x1c, "\x00\x00\x00a"), sanUPN(0x14, "\xe4")))
	f.Add(sanDER(0x30, sanUPN(0x13, "a@b"), sanUPN(0x0c, "a\x00\u202e\xff"), sanDER(0xa1, sanDER(0x16, []byte("a")))))
	f.Add(sanDER(0x30, sanOther(sanSmtpContent, sanDER(0x0c, []byte("ä@Bücher.de"))), sanDER(0x81, []byte("ä@b.c"))))
	f.Add(sanDER(0x30, sanDER(0x87, make([]byte, 16)), sanDER(0x88, sanUnhex("2a0304")), sanDER(0x86, []byte("urn:x"))))
	f.Add(sanDER(0x30, sanDER(0xa4, sanUnhex("3010 310e 300c 0603550403 0c05 616c696365"))))
	f.Add(sanDER(0x30, sanDER(0x81, make([]byte, 300)), []byte{0xa0, 0x80, 0, 0}))
	f.Fuzz(func(t *testing.T, der []byte) {
		names, _ := ParseSAN(der)
		for _, n := range names {
			if n.Kind == "" || n.Type == "" {
				t.Fatalf("%+v has no kind or type", n)
			}
			if !utf8.ValidString(n.Value) || strings.ContainsFunc(n.Value, func(r rune) bool { return !strconv.IsPrint(r) }) {
				t.Fatalf("value %q is not safe to print", n.Value)
			}
			if strings.Contains(n.Value, `\x00`) && len(n.Problems) == 0 && !bytes.Contains(der, []byte(`\x00`)) {
				t.Fatalf("%+v has no problem", n)
			}
			Routable(n.Value)
		}
	})
}
