package tenant

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
)

// keyNames are the types of attributes as policies write them, in small letters.
var keyNames = map[string]string{
	"2.5.4.3": "cn", "2.5.4.4": "sn", "2.5.4.5": "serialnumber", "2.5.4.6": "c", "2.5.4.7": "l", "2.5.4.8": "s",
	"2.5.4.9": "street", "2.5.4.10": "o", "2.5.4.11": "ou", "2.5.4.12": "t", "2.5.4.17": "postalcode", "2.5.4.42": "g",
	"0.9.2342.19200300.100.1.25": "dc", "1.2.840.113549.1.9.1": "e",
}

// otherKeys are other ways to write them.
var otherKeys = map[string]string{"st": "s", "emailaddress": "e", "email": "e", "gn": "g"}

// sameName reports whether a name in text is one in DER. The text may begin with
// the most or the least specific part: Microsoft's pages have both. Letter case
// and the space around parts are passed over.
func sameName(text string, der []byte) bool {
	var rdns pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &rdns); err != nil || len(rest) > 0 {
		return false
	}
	var want []string
	for _, rdn := range rdns {
		for _, a := range rdn {
			key, ok := keyNames[a.Type.String()]
			if !ok {
				key = a.Type.String()
			}
			want = append(want, part(key, fmt.Sprint(a.Value)))
		}
	}
	got := parts(text)
	if slices.Equal(got, want) {
		return true
	}
	slices.Reverse(got)
	return slices.Equal(got, want)
}

func part(key, value string) string {
	key = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(key)), "oid.")
	if other, ok := otherKeys[key]; ok {
		key = other
	}
	return key + "=" + strings.ToLower(strings.Join(strings.Fields(value), " "))
}

// parts splits a name at commas and plus signs outside quotes and escapes.
func parts(text string) []string {
	var found []string
	var key, value strings.Builder
	in, quote := &key, false
	end := func() {
		found = append(found, part(key.String(), value.String()))
		key.Reset()
		value.Reset()
		in = &key
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			in.WriteByte(text[i])
		case c == '"':
			quote = !quote
		case !quote && c == '=' && in == &key:
			in = &value
		case !quote && (c == ',' || c == '+' || c == ';'):
			end()
		default:
			in.WriteByte(c)
		}
	}
	end()
	return found
}
