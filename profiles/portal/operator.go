package portal

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Operator is who runs a portal, for the people who are to trust its links, and where that
// is. It is the same on all pages, in mail and on paper.
type Operator struct {
	Organisation string         // such as "Contoso"; empty names none
	Contact      string         // how its help desk is reached; empty says nothing of it
	Zone         *time.Location // of the times that people read; nil is UTC
}

// maxOperator is how many characters a name or a contact may have, which is some three lines on a
// phone.
const maxOperator = 100

// CheckLine refuses what can't be an organisation or a contact: each is a line of at most 100
// characters that print, without spaces at its ends. Empty is none.
func CheckLine(s string) error {
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("%.100q is not one line of characters that print: leave out the others", s)
	case utf8.RuneCountInString(s) > maxOperator:
		return fmt.Errorf("%.30q... has %d characters: write it with at most %d", s, utf8.RuneCountInString(s), maxOperator)
	case strings.TrimSpace(s) != s:
		return fmt.Errorf("%.100q has spaces at its ends: leave them out", s)
	}
	return nil
}

// Check says what is wrong with an operator.
func (o Operator) Check() error {
	if err := CheckLine(o.Organisation); err != nil {
		return fmt.Errorf("the organisation: %w", err)
	}
	if err := CheckLine(o.Contact); err != nil {
		return fmt.Errorf("the contact: %w", err)
	}
	return nil
}

// there is a moment in the operator's zone. The zone's name is one that people can read: its
// letters, or what is added to UTC where it has none.
func (o Operator) there(t time.Time) time.Time {
	if o.Zone == nil {
		return t.UTC()
	}
	t = t.In(o.Zone)
	name, offset := t.Zone()
	if strings.ContainsFunc(name, unicode.IsLetter) {
		return t
	}
	return t.In(time.FixedZone(beyondUTC(offset), offset))
}

// beyondUTC names a zone by its distance from UTC in seconds: UTC+1, UTC-3:30.
func beyondUTC(offset int) string {
	sign, minutes := "+", offset/60
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	name := "UTC"
	if minutes != 0 {
		name += sign + strconv.Itoa(minutes/60)
	}
	if minutes%60 != 0 {
		name += fmt.Sprintf(":%02d", minutes%60)
	}
	return name
}
