package preflight

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode"
)

// WriteJSON writes the report as indented JSON. [ReadReport] reads it back.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// Printable makes text from outside fit for a terminal: what is no printing
// letter, such as the escape sequences that a certificate's subject may hold,
// is replaced.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// Clip shortens a text for a message to so many characters, and says by an ellipsis
// that there was more.
func Clip(s string, characters int) string {
	shown := 0
	for i := range s {
		if shown == characters {
			return s[:i] + "…"
		}
		shown++
	}
	return s
}

// Cell makes text fit for a cell of CSV: what a spreadsheet would run as a formula has
// an apostrophe in front.
// Source: https://owasp.org/www-community/attacks/CSV_Injection
func Cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// String is the count in words: "12 pass, 1 warn, 0 fail, 2 skip".
func (s Summary) String() string {
	text := fmt.Sprintf("%d pass, %d warn, %d fail, %d skip", s.Pass, s.Warn, s.Fail, s.Skip)
	if s.Ignored > 0 {
		text += fmt.Sprintf(", %d ignored", s.Ignored)
	}
	return text
}

// scenario says in words what the report was judged for.
func (r *Report) scenario() string {
	by := string(r.Auth)
	if r.Issuer != "" {
		by += " by " + string(r.Issuer)
	}
	return Printable(fmt.Sprintf("%s, mailbox %s, cloud %s", by, r.Mailbox, r.Cloud))
}

// own says in words where a subject's scenario is not the report's; it is empty
// for most.
func (s *Subject) own() string {
	var words []string
	if s.Auth != "" {
		words = append(words, string(s.Auth))
	}
	if s.Mailbox != "" {
		words = append(words, "mailbox "+string(s.Mailbox))
	}
	return Printable(strings.Join(words, ", "))
}

// codes lists what a finding is seen as: "AADSTS50034, AADSTS500172".
func codes(all []string) string { return Printable(strings.Join(all, ", ")) }

// webAddress returns s where it is an address that a link may lead to, and
// nothing for the name of a document or another scheme.
func webAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || Printable(s) != s {
		return ""
	}
	return u.String()
}

// Counted writes a number with the noun it counts: "1 certificate",
// "12 identities".
func Counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %s", n, plural(noun))
}

func plural(noun string) string {
	stem, isY := strings.CutSuffix(noun, "y")
	if isY && !strings.HasSuffix(stem, "a") && !strings.HasSuffix(stem, "e") {
		return stem + "ies"
	}
	return noun + "s"
}
