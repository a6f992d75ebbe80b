package certs

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Limits of an address, in octets.
const (
	addrMaxLocal  = 64  // RFC 5321 4.5.3.1.1
	addrMaxDomain = 253 // RFC 1035 2.3.4: 255 on the wire, less the root and one length
	addrMaxLabel  = 63  // RFC 1035 2.3.4
	addrMaxTotal  = 254 // RFC 5321 4.5.3.1.3: a path of 256, less its angle brackets

	// addrMaxInput bounds the work on hostile input: no octet of an A-label
	// stands for more than one code point, of at most 4 octets in UTF-8.
	addrMaxInput = utf8.UTFMax * addrMaxTotal
)

// addrSpecials are the characters that a local part holds in quotation marks
// only (RFC 5322 3.2.3), less the @ and the dot. Microsoft 365 refuses them in
// userPrincipalName and, but for the backslash, in proxyAddresses ("Prepare for
// directory synchronization to Microsoft 365").
const addrSpecials = `()<>[]:;,\"`

// Address is a mail address or a UPN taken apart.
type Address struct {
	Local       string // the part before the @, as written
	Domain      string // the part after the @, as written
	ASCIIDomain string // Domain in lower case, with its U-labels as A-labels
}

// ParseAddress takes a mail address or a UPN apart. It wants exactly one @, a
// local part that needs no quotation marks, and a domain of well-formed labels
// (RFC 1035 2.3.1, RFC 5890); a domain of one label will do, an IP address or a
// dot at the end won't. Nothing is trimmed or repaired, as the servers that
// compare a certificate's names don't do that either. The error is a short
// clause that names the fault, for a sentence that already names the address.
func ParseAddress(s string) (Address, error) {
	if err := addrCheckText(s); err != nil {
		return Address{}, err
	}
	local, domain, err := addrSplit(s)
	if err != nil {
		return Address{}, err
	}
	if err := addrCheckLocal(local); err != nil {
		return Address{}, err
	}
	ascii, err := addrASCIIDomain(domain)
	if err != nil {
		return Address{}, err
	}
	if n := len(local) + len("@") + len(ascii); n > addrMaxTotal {
		return Address{}, fmt.Errorf("%d octets in all, more than %d (RFC 5321)", n, addrMaxTotal)
	}
	return Address{Local: local, Domain: domain, ASCIIDomain: ascii}, nil
}

// addrCheckText refuses what can't stand anywhere in an address.
func addrCheckText(s string) error {
	switch {
	case s == "":
		return errors.New("empty address")
	case len(s) > addrMaxInput:
		return fmt.Errorf("%d octets in all, more than %d (RFC 5321)", len(s), addrMaxTotal)
	case !utf8.ValidString(s):
		return errors.New("bytes that are not UTF-8")
	}
	for i, r := range s {
		switch {
		case unicode.IsSpace(r):
			return fmt.Errorf("white space (%U)", r)
		case unicode.IsControl(r):
			return fmt.Errorf("control character (%U)", r)
		case unicode.Is(unicode.Cf, r) && !(addrJoiner(r) && strings.Contains(s[:i], "@")):
			return fmt.Errorf("invisible character (%U)", r)
		}
	}
	return nil
}

// addrJoiner reports the two invisible characters that domains in some scripts
// need; IDNA judges their place (RFC 5892 appendix A).
func addrJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

func addrSplit(s string) (local, domain string, err error) {
	at := strings.Count(s, "@")
	switch {
	case at > 1 && strings.HasPrefix(s, `"`):
		return "", "", errors.New("quoted local part with an @ in it")
	case at == 0:
		return "", "", errors.New("no @")
	case at > 1:
		return "", "", fmt.Errorf("%d @ instead of one", at)
	}
	local, domain, _ = strings.Cut(s, "@")
	switch {
	case local == "":
		return "", "", errors.New("nothing before the @")
	case domain == "":
		return "", "", errors.New("nothing after the @")
	}
	return local, domain, nil
}

func addrCheckLocal(local string) error {
	switch {
	case strings.HasPrefix(local, `"`):
		return errors.New("quoted local part")
	case len(local) > addrMaxLocal:
		return fmt.Errorf("%d octets before the @, more than %d (RFC 5321)", len(local), addrMaxLocal)
	case strings.HasPrefix(local, "."), strings.HasSuffix(local, "."), strings.Contains(local, ".."):
		return errors.New("misplaced dot before the @: at its beginning, its end, or doubled (RFC 5321)")
	}
	if i := strings.IndexAny(local, addrSpecials); i >= 0 {
		return fmt.Errorf("%q before the @ (RFC 5322)", local[i])
	}
	return nil
}

// addrASCIIDomain checks a domain label by label and gives it in lower case and
// A-labels. The labels are checked one by one because package idna as a whole
// passes empty labels, and maps other dots (U+3002) into label separators.
func addrASCIIDomain(domain string) (string, error) {
	if _, err := netip.ParseAddr(domain); err == nil || strings.HasPrefix(domain, "[") {
		return "", fmt.Errorf("%s is an IP address, not a domain", domain)
	}
	if strings.HasSuffix(domain, ".") {
		return "", errors.New("the domain ends in a dot")
	}
	labels := strings.Split(domain, ".")
	for i, label := range labels {
		ascii, err := addrASCIILabel(label)
		if err != nil {
			return "", err
		}
		labels[i] = ascii
	}
	ascii := strings.Join(labels, ".")
	if len(ascii) > addrMaxDomain {
		return "", fmt.Errorf("domain of %d octets, more than %d (RFC 1035)", len(ascii), addrMaxDomain)
	}
	return ascii, nil
}

func addrASCIILabel(label string) (ascii string, err error) {
	switch {
	case label == "":
		return "", errors.New("empty label in the domain: a dot too many")
	case !sanIsASCII(label):
		ascii, err = addrFromULabel(label)
	default:
		ascii, err = strings.ToLower(label), addrCheckLDH(label)
	}
	if err != nil {
		return "", err
	}
	if len(ascii) > addrMaxLabel {
		return "", fmt.Errorf("label of %d octets in the domain, more than %d (RFC 1035)", len(ascii), addrMaxLabel)
	}
	if strings.HasPrefix(ascii, "xn--") {
		err = addrCheckALabel(ascii)
	}
	return ascii, err
}

// addrCheckLDH wants letters, digits and hyphens, the hyphen inside (RFC 1123
// 2.1).
func addrCheckLDH(label string) error {
	for _, r := range label {
		switch {
		case r == '_':
			return fmt.Errorf("underscore in the domain's label %q", label)
		case r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r):
			return fmt.Errorf("%q in the domain's label %q", r, label)
		}
	}
	if strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
		return fmt.Errorf("hyphen at the beginning or the end of the domain's label %q", label)
	}
	return nil
}

// addrFromULabel converts a label outside ASCII. Letter case apart, it must be
// in the form that is registered: what IDNA would first map to something else
// (full-width letters, ligatures, other dots) is what no server compares equal.
func addrFromULabel(label string) (string, error) {
	lower := strings.ToLower(label)
	ascii, err := idna.Lookup.ToASCII(lower)
	if err != nil {
		return "", fmt.Errorf("the domain's label %q is no valid U-label: %w", label, err)
	}
	if back, _ := idna.Lookup.ToUnicode(ascii); back != lower || !strings.HasPrefix(ascii, "xn--") {
		return "", fmt.Errorf("the domain's label %q is not in the form that is registered, %q", label, ascii)
	}
	return ascii, nil
}

// addrCheckALabel wants xn-- to stand before Punycode that decodes to the
// U-label which encodes to the same again (RFC 5890 2.3.2.1).
func addrCheckALabel(label string) error {
	decoded, err := idna.Lookup.ToUnicode(label)
	if err == nil {
		var again string
		if again, err = idna.Lookup.ToASCII(decoded); err == nil && again != label {
			err = fmt.Errorf("it decodes to %q", decoded)
		}
	}
	if err != nil {
		return fmt.Errorf("the domain's label %q is no valid A-label: %w", label, err)
	}
	return nil
}
