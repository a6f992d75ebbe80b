package portal

import (
	"html/template"
	"strings"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// byCommand is who makes tickets on the command line, after their name on that computer or
// instead of it.
const byCommand = "command line"

// Person is somebody who orders links, or is signed in. What stands for no name is in the
// language of the page.
func (l *language) Person(by string) template.HTML {
	name, onCommand := strings.CutSuffix(by, " ("+byCommand+")")
	subject, unnamed := strings.CutPrefix(by, subjectName)
	switch {
	case by == localAdmin:
		return l.T("desk.by-admin")
	case by == byCommand:
		return l.T("desk.by-command")
	case onCommand:
		return l.T("desk.by-at-command", "name", l.Broken(name))
	case unnamed:
		return l.T("desk.by-subject", "id", l.Broken(subject))
	}
	return l.Broken(by)
}

// maxUnbroken is how many bytes of a name fit into a column of the lists.
const maxUnbroken = 30

// Broken is a name that may be broken, where it is long, before its dots and its @, as
// it would be in the middle of a word otherwise.
func (l *language) Broken(name string) template.HTML {
	safe := template.HTMLEscapeString(name)
	if len(name) > maxUnbroken {
		safe = strings.NewReplacer(".", "<wbr>.", "@", "<wbr>@").Replace(safe)
	}
	return template.HTML(safe)
}

// RolloutStatus is what a rollout says of a user, which is "PLATFORM: WORD, ...", in the
// language of the page where it has the words.
func (l *language) RolloutStatus(status string) template.HTML {
	var all []string
	for part := range strings.SplitSeq(status, ", ") {
		platform, word, _ := strings.Cut(part, ": ")
		name, known := l.texts["desk.platform-"+platform]
		said, knownToo := l.texts["desk.rollout-"+word]
		if !known || !knownToo {
			return template.HTML(`<span lang="en">` + template.HTMLEscapeString(status) + `</span>`)
		}
		all = append(all, string(l.T("desk.platform", "platform", name[0].html, "word", said[0].html)))
	}
	return template.HTML(strings.Join(all, string(l.T("desk.comma"))))
}

// ticketLine is a ticket in a list.
type ticketLine struct {
	ticket.Ticket
	Open bool // something can still be had from it
}

func linesOf(tickets []ticket.Ticket, now time.Time) []ticketLine {
	lines := make([]ticketLine, len(tickets))
	for i, t := range tickets {
		lines[i] = ticketLine{t, t.Live(now)}
	}
	return lines
}

// Listed is the page for the part of it that lists some tickets.
func (v *view) Listed(lines []ticketLine) *view {
	of := *v
	of.Data = lines
	return &of
}
