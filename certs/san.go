package certs

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// NameKind says what sort of name an entry of the SAN is.
type NameKind string

// The kinds of names that a SAN can hold (RFC 5280 4.2.1.6).
const (
	KindUPN       NameKind = "upn"       // otherName 1.3.6.1.4.1.311.20.2.3 (MS-WCCE 2.2.2.7.5)
	KindEmail     NameKind = "email"     // rfc822Name
	KindSmtpUTF8  NameKind = "smtp-utf8" // otherName 1.3.6.1.5.5.7.8.9 (RFC 9598)
	KindDNS       NameKind = "dns"       // dNSName
	KindURI       NameKind = "uri"       // uniformResourceIdentifier
	KindIP        NameKind = "ip"        // iPAddress
	KindDirectory NameKind = "directory" // directoryName
	KindOther     NameKind = "other"     // everything else
)

const (
	sanOIDUPN      = "1.3.6.1.4.1.311.20.2.3"
	sanOIDSmtpUTF8 = "1.3.6.1.5.5.7.8.9"
)

// The parts of an identifier octet (ITU-T X.690 8.1.2).
const (
	sanClassBits      cbasn1.Tag = 0xc0
	sanContextClass   cbasn1.Tag = 0x80
	sanConstructedBit cbasn1.Tag = 0x20
	sanNumberBits     cbasn1.Tag = 0x1f
)

// Name is one entry of a SAN.
type Name struct {
	Kind NameKind

	// Value is the name as text, safe to print: what doesn't print is written
	// as an escape (\x00, \u202e), which no well-formed address contains.
	// It is "#" and hex where the bytes can't be read as a name of this kind,
	// "OID:hex" for another otherName, the OID for a registeredID, and
	// RFC 2253 text for a directoryName.
	Value string

	// Type is the ASN.1 type found, such as "UTF8String" or "BMPString".
	Type string

	// Problems says what is wrong with the encoding, each a short clause. None
	// means that the entry is in its standard form; whether its text makes a
	// good address is for [ParseAddress] and [Routable].
	Problems []string
}

func (n *Name) addProblem(format string, args ...any) {
	n.Problems = append(n.Problems, fmt.Sprintf(format, args...))
}

// ParseSAN reads the value of a subjectAltName extension (2.5.29.17) leniently:
// each entry that has a tag and a length comes back, in order, with its faults
// in [Name.Problems]. The error is for DER whose structure is broken; the names
// before the break come back with it. A SAN without entries, which RFC 5280
// forbids, gives no names and no error.
func ParseSAN(der []byte) ([]Name, error) {
	input := cryptobyte.String(der)
	var list cryptobyte.String
	if !input.ReadASN1(&list, cbasn1.SEQUENCE) {
		return nil, errors.New("reading the SAN: its outer SEQUENCE is broken")
	}
	var names []Name
	for !list.Empty() {
		var body cryptobyte.String
		var tag cbasn1.Tag
		if !list.ReadAnyASN1(&body, &tag) {
			return names, fmt.Errorf("reading the SAN: the tag or length of entry %d is broken", len(names)+1)
		}
		names = append(names, sanEntry(tag, body))
	}
	if !input.Empty() {
		return names, errors.New("reading the SAN: trailing data after its end")
	}
	return names, nil
}

// sanEntry reads one GeneralName; its tag says which of the choices it is.
func sanEntry(tag cbasn1.Tag, body cryptobyte.String) Name {
	if tag&sanClassBits != sanContextClass {
		return sanUnreadable(KindOther, tag, body, "is no GeneralName")
	}
	constructed := tag&sanConstructedBit != 0
	switch tag & sanNumberBits {
	case 0:
		return sanOtherName(body)
	case 1:
		return sanIA5(KindEmail, constructed, body)
	case 2:
		return sanIA5(KindDNS, constructed, body)
	case 4:
		return sanDirectory(tag, body)
	case 6:
		return sanIA5(KindURI, constructed, body)
	case 7:
		return sanIP(tag, body)
	case 8:
		return sanRegisteredID(tag, body)
	case 3, 5: // x400Address and ediPartyName: nobody's mail address
		return Name{Kind: KindOther, Type: sanTypeName(tag), Value: sanHex(body)}
	}
	return sanUnreadable(KindOther, tag, body, "is no GeneralName")
}

// sanIA5 reads the names that are an IA5String under an implicit tag. Encoders
// that tag explicitly instead leave the string inside with a tag of its own.
func sanIA5(kind NameKind, constructed bool, body cryptobyte.String) Name {
	if !constructed {
		return sanText(kind, cbasn1.IA5String, body)
	}
	n := sanInner(kind, body)
	n.addProblem("tagged explicitly instead of implicitly (RFC 5280 appendix A.2)")
	return n
}

// sanOtherName reads otherName: an OID, and the value in an explicit [0].
func sanOtherName(body cryptobyte.String) Name {
	var oid, value cryptobyte.String
	whole := body
	if !body.ReadASN1(&oid, cbasn1.OBJECT_IDENTIFIER) {
		n := Name{Kind: KindOther, Type: "otherName", Value: sanHex(whole)}
		n.addProblem("otherName without a type OID")
		return n
	}
	explicit := cbasn1.Tag(0).ContextSpecific().Constructed()
	unwrapped := body // ReadASN1 moves on even where it fails
	wrapped := body.ReadASN1(&value, explicit)
	if !wrapped {
		value, body = unwrapped, nil
	}

	var n Name
	switch id := sanOIDText(oid); id {
	case sanOIDUPN:
		n = sanInner(KindUPN, value)
	case sanOIDSmtpUTF8:
		n = sanInner(KindSmtpUTF8, value)
		sanCheckSmtpUTF8(&n)
	default:
		n = Name{Kind: KindOther, Type: "otherName", Value: id + ":" + hex.EncodeToString(value)}
	}
	if !wrapped {
		n.addProblem("value without its explicit [0] (RFC 5280 4.2.1.6)")
	}
	if !body.Empty() {
		n.addProblem("trailing data after the value")
	}
	return n
}

// sanInner reads a string that carries its own tag.
func sanInner(kind NameKind, der cryptobyte.String) Name {
	var content cryptobyte.String
	var tag cbasn1.Tag
	rest := der
	if !rest.ReadAnyASN1(&content, &tag) {
		n := Name{Kind: kind, Type: "unreadable", Value: sanHex(der)}
		n.addProblem("no string in it, or one with a broken length")
		return n
	}
	n := sanText(kind, tag, content)
	if !rest.Empty() {
		n.addProblem("trailing data after the string")
	}
	return n
}

// sanText reads a string of any ASN.1 type and compares the type with the one
// that the kind of name is defined with.
func sanText(kind NameKind, tag cbasn1.Tag, content []byte) Name {
	text, problems, ok := sanDecode(tag, content)
	if !ok {
		return sanUnreadable(kind, tag, content, "is no string type")
	}
	n := Name{Kind: kind, Type: sanTypeName(tag), Problems: problems}
	standard, source := sanStandardType(kind)
	if tag != standard {
		n.addProblem("%s instead of %s (%s)", n.Type, sanTypeName(standard), source)
	}
	if text == "" {
		n.addProblem("empty name")
	}
	if strings.HasPrefix(text, " ") || strings.HasSuffix(text, " ") {
		n.addProblem("space at the beginning or the end")
	}
	var first string
	var count int
	n.Value, first, count = sanPrintable(text)
	switch {
	case count == 1:
		n.addProblem("non-printing character %s", first)
	case count > 1:
		n.addProblem("%d non-printing characters, the first %s", count, first)
	}
	return n
}

func sanStandardType(kind NameKind) (tag cbasn1.Tag, source string) {
	switch kind {
	case KindUPN:
		return cbasn1.UTF8String, "MS-WCCE 2.2.2.7.5"
	case KindSmtpUTF8:
		return cbasn1.UTF8String, "RFC 9598"
	}
	return cbasn1.IA5String, "RFC 5280 4.2.1.6"
}

// sanCheckSmtpUTF8 adds what RFC 9598 asks of a SmtpUTF8Mailbox beyond its
// type. A name that can't be read has been complained of already.
func sanCheckSmtpUTF8(n *Name) {
	at := strings.LastIndexByte(n.Value, '@')
	if at < 0 {
		return
	}
	local, domain := n.Value[:at], n.Value[at+1:]
	if sanIsASCII(local) {
		n.addProblem("an ASCII local part belongs in an rfc822Name (RFC 9598)")
	}
	if !sanIsASCII(domain) {
		n.addProblem("the domain is not in A-labels (RFC 9598)")
	}
	if domain != strings.ToLower(domain) {
		n.addProblem("the domain is not in lower case (RFC 9598)")
	}
}

// sanDirectory reads a Name under [4], explicit because Name is a CHOICE.
func sanDirectory(tag cbasn1.Tag, body cryptobyte.String) Name {
	var rdns pkix.RDNSequence
	rest, err := asn1.Unmarshal(body, &rdns)
	if err != nil {
		return sanUnreadable(KindDirectory, tag, body, "holds no readable Name")
	}
	n := Name{Kind: KindDirectory, Type: "Name"}
	var first string
	var count int
	if n.Value, first, count = sanPrintable(rdns.String()); count > 0 {
		n.addProblem("non-printing character %s", first)
	}
	if len(rest) > 0 {
		n.addProblem("trailing data after the Name")
	}
	return n
}

func sanIP(tag cbasn1.Tag, body cryptobyte.String) Name {
	addr, ok := netip.AddrFromSlice(body)
	if !ok {
		return sanUnreadable(KindIP, tag, body, fmt.Sprintf("holds %d bytes instead of 4 or 16", len(body)))
	}
	return Name{Kind: KindIP, Type: "OCTET STRING", Value: addr.String()}
}

func sanRegisteredID(tag cbasn1.Tag, body cryptobyte.String) Name {
	text := sanOIDText(body)
	if strings.HasPrefix(text, "#") {
		return sanUnreadable(KindOther, tag, body, "holds no OID")
	}
	return Name{Kind: KindOther, Type: "OBJECT IDENTIFIER", Value: text}
}

// sanUnreadable keeps an entry whose bytes aren't what its tag promises.
func sanUnreadable(kind NameKind, tag cbasn1.Tag, content []byte, why string) Name {
	n := Name{Kind: kind, Type: sanTypeName(tag), Value: sanHex(content)}
	n.addProblem("%s %s", n.Type, why)
	return n
}

func sanHex(b []byte) string { return "#" + hex.EncodeToString(b) }

// sanOIDText is the dotted form of an OID's content bytes, or "#" and hex for
// bytes that are none. x509.OID has no limit on the size of an arc, which encoding/asn1 and cryptobyte have.
func sanOIDText(content []byte) string {
	var oid x509.OID
	if err := oid.UnmarshalBinary(content); err != nil {
		return sanHex(content)
	}
	return oid.String()
}

// sanPrintable escapes the runes of s that don't print, and the bytes that are
// no UTF-8. It counts the runes and gives the first; the bytes are a fault of
// the string's type, of which [sanDecode] has spoken.
func sanPrintable(s string) (safe, first string, count int) {
	var b strings.Builder
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)) {
			fmt.Fprintf(&b, `\x%02x`, s[i])
			continue
		}
		if strconv.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		escape := strings.Trim(strconv.QuoteRune(r), "'")
		if count == 0 {
			first = escape
		}
		count++
		b.WriteString(escape)
	}
	return b.String(), first, count
}

func sanIsASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// The string types that cryptobyte has no name for (ITU-T X.680 table 8).
const (
	sanNumericString   = cbasn1.Tag(18)
	sanVisibleString   = cbasn1.Tag(26)
	sanUniversalString = cbasn1.Tag(28)
	sanBMPString       = cbasn1.Tag(30)
)

func sanTypeName(tag cbasn1.Tag) string {
	switch tag {
	case cbasn1.UTF8String:
		return "UTF8String"
	case cbasn1.IA5String:
		return "IA5String"
	case cbasn1.PrintableString:
		return "PrintableString"
	case cbasn1.T61String:
		return "TeletexString"
	case sanNumericString:
		return "NumericString"
	case sanVisibleString:
		return "VisibleString"
	case sanUniversalString:
		return "UniversalString"
	case sanBMPString:
		return "BMPString"
	case cbasn1.OCTET_STRING:
		return "OCTET STRING"
	}
	if tag&sanClassBits == sanContextClass {
		return fmt.Sprintf("[%d]", tag&sanNumberBits)
	}
	return fmt.Sprintf("tag 0x%02x", uint8(tag))
}

// sanDecode turns the bytes of a string type into text, with what was wrong in
// them. It reports false for a tag that is no string type.
func sanDecode(tag cbasn1.Tag, b []byte) (text string, problems []string, ok bool) {
	switch tag {
	case cbasn1.UTF8String:
		if !utf8.Valid(b) {
			problems = []string{"bytes that are not UTF-8"}
		}
		return string(b), problems, true
	case cbasn1.IA5String, cbasn1.PrintableString, sanNumericString, sanVisibleString:
		text, problems = sanDecodeASCII(tag, b)
		return text, problems, true
	case cbasn1.T61String:
		// T.61 proper is dead: what writes this type means Latin-1.
		return sanLatin1(b), nil, true
	case sanBMPString:
		text, problems = sanDecodeWide(b, 2)
		return text, problems, true
	case sanUniversalString:
		text, problems = sanDecodeWide(b, 4)
		return text, problems, true
	}
	return "", nil, false
}

// sanDecodeASCII reads the types that stay within ASCII. Where a CA wrote more
// than that into them, it wrote UTF-8 or else Latin-1.
func sanDecodeASCII(tag cbasn1.Tag, b []byte) (text string, problems []string) {
	text = string(b)
	switch {
	case !sanIsASCII(text):
		problem := "non-ASCII bytes in a " + sanTypeName(tag)
		if tag == cbasn1.IA5String {
			problem = "non-ASCII bytes in an IA5String (RFC 5280 4.2.1.6)"
		}
		if !utf8.Valid(b) {
			text = sanLatin1(b)
		}
		return text, []string{problem}
	case tag == cbasn1.PrintableString:
		if i := strings.IndexFunc(text, sanOutsidePrintable); i >= 0 {
			return text, []string{fmt.Sprintf("%q in a PrintableString (ITU-T X.680 41.4)", text[i])}
		}
	}
	return text, nil
}

// sanOutsidePrintable reports what a PrintableString may not hold. The @ is
// part of that, so no address fits into one.
func sanOutsidePrintable(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	return !letter && !strings.ContainsRune(" '()+,-./:=?", r)
}

func sanLatin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// sanDecodeWide reads big-endian characters of 2 bytes (BMPString) or 4
// (UniversalString). A pair of surrogates is joined, as Windows does, though
// BMPString has none; half a pair reads as U+FFFD.
func sanDecodeWide(b []byte, width int) (text string, problems []string) {
	if len(b)%width != 0 {
		problems = append(problems, fmt.Sprintf("a length that is no multiple of %d bytes", width))
	}
	var out strings.Builder
	var surrogates bool
	for ; len(b) >= width; b = b[width:] {
		var unit rune
		for _, c := range b[:width] {
			unit = unit<<8 | rune(c)
		}
		if utf16.IsSurrogate(unit) {
			surrogates = true
			if width == 2 && len(b) >= 2*width {
				low := rune(b[2])<<8 | rune(b[3])
				if joined := utf16.DecodeRune(unit, low); joined != utf8.RuneError {
					out.WriteRune(joined)
					b = b[width:]
					continue
				}
			}
		}
		out.WriteRune(unit) // U+FFFD for what is no code point
	}
	if surrogates {
		problems = append(problems, "surrogates, which are no characters of a BMPString or UniversalString")
	}
	return out.String(), problems
}
