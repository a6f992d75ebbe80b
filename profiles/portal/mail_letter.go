package portal

import (
	"fmt"
	"html"
	"strings"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// Letter is the mail that brings a user the link: its subject and its text, in one of the
// [Languages], with who runs the portal at its end. The PIN is not in it.
func Letter(code string, by Operator, made *ticket.Made, link string) (subject, body string, err error) {
	l, err := loadLanguage(code)
	if err != nil {
		return "", "", fmt.Errorf("writing a mail: %w", err)
	}
	l.Operator = by
	subject, body = l.letter(made, link)
	return subject, body, nil
}

func (l *language) letter(made *ticket.Made, link string) (subject, body string) {
	parts := append([]string{l.plain("letter.hello"), l.plain("letter.what"), link}, l.rules(made)...)
	if signed := l.signed(); len(signed) > 0 {
		parts = append(parts, strings.Join(signed, "\n"))
	}
	return l.plain("letter.subject"), strings.Join(parts, "\n\n") + "\n"
}

// Sheet is the page to print that brings a user the link: its title, and its paragraphs
// before and after the QR code with the address of the link below it.
type Sheet struct {
	Title         string
	Before, After []string
}

// NewSheet writes a sheet in one of the [Languages]. The PIN is not in it.
func NewSheet(code string, by Operator, made *ticket.Made) (*Sheet, error) {
	l, err := loadLanguage(code)
	if err != nil {
		return nil, fmt.Errorf("writing the page to print: %w", err)
	}
	l.Operator = by
	return &Sheet{
		Title:  l.plain("letter.subject"),
		Before: []string{l.plain("letter.hello"), l.plain("letter.what-paper")},
		After:  append(l.rules(made), l.signed()...),
	}, nil
}

// rules are what holds of a link, however it comes.
func (l *language) rules(made *ticket.Made) []string {
	return []string{
		l.plain("letter.how-" + string(made.SignIn)),
		l.plain("letter.until", "time", l.moment(made.Expires)),
		l.plain("letter.unexpected"),
	}
}

// signed are the lines that say who runs the portal; none where nothing says it.
func (l *language) signed() []string {
	var lines []string
	if l.Organisation != "" {
		lines = append(lines, l.Organisation)
	}
	if l.Contact != "" {
		lines = append(lines, l.plain("common.contact", "contact", l.Contact))
	}
	return lines
}

// unmarked takes the marks of HTML out of a text.
var unmarked = strings.NewReplacer("<strong>", "", "</strong>", "", openWhole, "", closeWhole, "")

// plain is a text without HTML.
func (l *language) plain(key string, values ...any) string {
	return html.UnescapeString(unmarked.Replace(string(l.T(key, values...))))
}
