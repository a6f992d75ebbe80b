package entra

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// printable is text on one line, safe for a terminal: where something in it
// does not print, it is quoted with escapes.
func printable(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.QuoteToASCII(s)
	}
	return s
}

// fold is [certs.CanonicalAddress], faster. ASCII needs no look at the domain: letter case is
// all that may differ.
func fold(address string) string {
	if isASCII(address) {
		return strings.ToLower(address)
	}
	return certs.CanonicalAddress(address)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] > unicode.MaxASCII {
			return false
		}
	}
	return true
}

// clip shortens what is quoted in an error.
func clip(s string) string {
	const longest = 80
	return preflight.Clip(s, longest)
}
