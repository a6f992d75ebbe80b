package portal

import (
	"fmt"
	"html"
	"strings"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// Letter is the mail that brings a user the link: its subject and its text, in one of the
// [Languages]. The PIN is not in it.
func Letter(code string, made *ticket.Made, link string) (subject, body string, err error) {
	l, err := loadLanguage(code)
	if err != nil {
		return "", "", fmt.Errorf("writing a mail: %w", err)
	}
	subject, body = l.letter(made, link)
	return subject, body, nil
}

func (l *language) letter(made *ticket.Made, link string) (subject, body string) {
	until := made.Expires.UTC().Format(l.plain("time.layout"))
	parts := []string{
		l.plain("letter.hello"),
		l.plain("letter.what"),
		link,
		l.plain("letter.how-" + string(made.SignIn)),
		l.plain("letter.until", "time", until),
		l.plain("letter.unexpected"),
	}
	return l.plain("letter.subject"), strings.Join(parts, "\n\n") + "\n"
}

// unmarked takes the marks of HTML out of a text.
var unmarked = strings.NewReplacer("<strong>", "", "</strong>", "")

// plain is a text without HTML.
func (l *language) plain(key string, values ...any) string {
	return html.UnescapeString(unmarked.Replace(string(l.T(key, values...))))
}
