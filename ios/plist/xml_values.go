package plist

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// space is what Apple's reader passes over. Before a number it is one of the places,
// behind one and around a date it is none (CFPropertyList.c).
const space = " \t\r\n"

// leaf understands the text of a value that holds no others.
func (r *xmlReader) leaf(n *Node, kind Kind, text string) (err error) {
	n.Kind = kind
	number := strings.TrimLeft(text, space)
	switch kind {
	case String:
		n.Text = text
	case Integer:
		n.Int, err = parseInteger(number)
	case Real:
		n.Real, err = strconv.ParseFloat(number, 64)
	case Data:
		n.Data, err = decodeBase64(text)
	case Date:
		n.Time, err = parseDate(text)
	}
	if err != nil {
		return &SyntaxError{n.At, fmt.Sprintf("<%s> holds what is %s", kind, noneOf[kind])} // which may be a secret
	}
	return nil
}

// noneOf says what the text of a value is not.
var noneOf = map[Kind]string{
	Integer: "no whole number of 64 bits, or has a blank behind it",
	Real:    "no number, or has a blank behind it",
	Data:    "no base64",
	Date:    "no date in the one form that is read, without blanks: " + dateForm,
}

// dateForm is the only form of a date that Apple's reader takes: UTC, in seconds
// (CFPropertyList.c).
const dateForm = "2006-01-02T15:04:05Z"

func parseDate(text string) (time.Time, error) {
	t, err := time.Parse(dateForm, text)
	if err == nil && t.Format(dateForm) != text {
		return t, errors.New("it has fractions of a second")
	}
	return t, err
}

// parseInteger reads decimal and hexadecimal numbers with a sign in front, as
// Apple's reader does.
func parseInteger(text string) (int64, error) {
	sign, digits := "", text
	if strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+") {
		sign, digits = text[:1], text[1:]
	}
	base := 10
	if hex, ok := strings.CutPrefix(strings.ToLower(digits), "0x"); ok {
		base, digits = 16, hex
	}
	if strings.HasPrefix(digits, "-") || strings.HasPrefix(digits, "+") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(sign+digits, base, 64)
}

// decodeBase64 passes over white space, which base64.StdEncoding takes as line ends
// alone.
func decodeBase64(text string) ([]byte, error) {
	if strings.ContainsAny(text, " \t") {
		text = strings.NewReplacer(" ", "", "\t", "").Replace(text)
	}
	return base64.StdEncoding.DecodeString(text)
}

// clip quotes the beginning of a text without the space around it: it may be
// somebody's key.
func clip(s string) string {
	if trimmed := strings.Trim(s, space); trimmed != "" {
		s = trimmed
	}
	const enough = 20
	return strconv.Quote(preflight.Clip(s, enough))
}
