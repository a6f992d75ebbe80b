package certs

import (
	"encoding/hex"
	"strings"
	"testing"
)

const sanTestSID = "S-1-5-21-1004336348-1177238915-682003330-512"

// sanSIDExtension is the extension's value byte by byte, as MS-WCCE 2.2.2.7.7.4
// lays it out.
func sanSIDExtension(sid string) []byte {
	n := byte(len(sid))
	der := []byte{
		0x30, n + 18, // SEQUENCE
		0xa0, n + 16, // [0] otherName
		0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x19, 0x02, 0x01, // 1.3.6.1.4.1.311.25.2.1
		0xa0, n + 2, // [0] EXPLICIT
		0x04, n, // OCTET STRING
	}
	return append(der, sid...)
}

func TestParseSID(t *testing.T) {
	got, err := ParseSID(sanSIDExtension(sanTestSID))
	if err != nil || got != sanTestSID {
		t.Errorf("ParseSID = %q, %v; want %q", got, err, sanTestSID)
	}

	entry := sanSIDExtension(sanTestSID)[2:]
	upn := sanOther("2b060104018237140203", sanDER(0x0c, []byte("alice@contoso.com")))
	list := sanDER(0x30, upn, sanDER(0x82, []byte("contoso.com")), entry, entry)
	if got, err := ParseSID(list); err != nil || got != sanTestSID {
		t.Errorf("among other names, and twice: ParseSID = %q, %v; want %q", got, err, sanTestSID)
	}
}

func TestParseSIDRefuses(t *testing.T) {
	good := sanSIDExtension(sanTestSID)
	other := sanSIDExtension(sanTestSID + "0")[2:]
	wrongType := sanSIDExtension(sanTestSID)
	wrongType[18] = 0x0c
	implicit := sanSIDExtension(sanTestSID)
	implicit[16] = 0x80
	tests := []struct {
		name string
		der  []byte
		want string
	}{
		{"nothing", nil, "outer SEQUENCE is broken"},
		{"truncated", good[:len(good)-1], "outer SEQUENCE is broken"},
		{"trailing bytes", append(good[:len(good):len(good)], 0), "outer SEQUENCE is broken"},
		{"empty", []byte{0x30, 0}, "no otherName 1.3.6.1.4.1.311.25.2.1"},
		{"another otherName", sanDER(0x30, sanOther("2b060104018237140203", sanDER(0x0c, []byte("a@b.c")))), "no otherName"},
		{"broken entry", sanDER(0x30, []byte{0xa0, 0x20}), "tag or length is broken"},
		{"otherName without OID", sanDER(0x30, sanDER(0xa0)), "no type OID"},
		{"UTF8String", wrongType, "no OCTET STRING"},
		{"implicit tag", implicit, "no OCTET STRING"},
		{"two that differ", sanDER(0x30, good[2:], other), "it holds two"},
		{"binary SID", sanSIDExtension("\x01\x05\x00\x00\x00\x00\x00\x05"), "is no SID"},
		{"NUL at the end", sanSIDExtension(sanTestSID + "\x00"), `\x00" is no SID`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseSID(test.der)
			if err == nil || got != "" {
				t.Fatalf("ParseSID(%s) = %q, %v; want an error", hex.EncodeToString(test.der), got, err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q, want %q in it", err, test.want)
			}
		})
	}
}

func TestSIDFromURI(t *testing.T) {
	const prefix = "tag:microsoft.com,2022-09-14:sid:"
	tests := []struct {
		uri string
		ok  bool
	}{
		{prefix + sanTestSID, true},
		{prefix + "S-1-5-18", true},
		{prefix + "S-1-0x1000000000-1", true},
		{prefix + "S-1-1099511627776-1", false}, // from 2^32 on in hex
		{prefix + "S-1-5", false},
		{prefix + "S-2-5-21", false},
		{prefix + "s-1-5-21-1", false},
		{prefix + "S-1-5-21-4294967296", false},
		{prefix + "S-1-5-21--1", false},
		{prefix + "S-1-5" + strings.Repeat("-1", 15), true},
		{prefix + "S-1-5" + strings.Repeat("-1", 16), false},
		{prefix + sanTestSID + " ", false},
		{prefix, false},
		{"tag:microsoft.com,2022-09-15:sid:" + sanTestSID, false},
		{"https://contoso.com/" + sanTestSID, false},
		{sanTestSID, false},
		{"", false},
	}
	for _, test := range tests {
		sid, ok := SIDFromURI(test.uri)
		if ok != test.ok || ok != (sid != "") || ok && prefix+sid != test.uri {
			t.Errorf("SIDFromURI(%q) = %q, %v; want %v", test.uri, sid, ok, test.ok)
		}
	}
}

func FuzzParseSID(f *testing.F) {
	f.Add(sanSIDExtension(sanTestSID))
	f.Add(sanDER(0x30, sanSIDExtension("S-1-5-18")[2:], sanDER(0x82, []byte("contoso.com"))))
	f.Add([]byte{0x30, 0x80, 0, 0})
	f.Fuzz(func(t *testing.T, der []byte) {
		sid, err := ParseSID(der)
		if (err == nil) != (sid != "") {
			t.Fatalf("ParseSID = %q, %v", sid, err)
		}
		if again, ok := SIDFromURI(sanSIDTag + sid); err == nil && (!ok || again != sid) {
			t.Fatalf("%q is taken from the extension, not from the URI", sid)
		}
	})
}
