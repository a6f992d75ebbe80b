package tenant

import (
	"fmt"
	"strings"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
)

// maxText bounds a name out of a tenant in a message, in characters.
const maxText = 120

// quoted is a name out of a tenant for a message, on one printable line.
func quoted(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return `"` + preflight.Printable(text) + `"`
}

// maxNamed is how many of many a message names.
const maxNamed = 3

// named joins the first of some texts, and counts the rest.
func named(texts []string) string {
	if more := len(texts) - maxNamed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(texts[:maxNamed], ", "), more)
	}
	return strings.Join(texts, ", ")
}

// tally counts users by an answer, and remembers the first of whom it is yes.
type tally struct {
	of, hit, unsure int
	names           []string
}

// count asks about every user who may sign in: accounts that are disabled, and
// guests, who sign in elsewhere, have no say.
func count(users *entra.Users, ask func(*entra.User) answer) tally {
	var t tally
	for u := range users.All() {
		if u.Disabled || u.Guest {
			continue
		}
		t.of++
		switch ask(u) {
		case yes:
			t.hit++
			if len(t.names) < maxNamed {
				t.names = append(t.names, u.String())
			}
		case perhaps:
			t.unsure++
		}
	}
	return t
}

// String says how many: "412 of 5000 users (alice@contoso.com, …)".
func (t tally) String() string {
	text := fmt.Sprintf("%d of %s", t.hit, preflight.Counted(t.of, "user"))
	if len(t.names) == 0 {
		return text
	}
	names := strings.Join(t.names, ", ")
	if t.hit > len(t.names) {
		names += ", …"
	}
	return fmt.Sprintf("%s (%s)", text, names)
}

// bad is the status where users are concerned: a failure where all are.
func (t tally) bad() preflight.Status {
	if t.hit == t.of {
		return preflight.StatusFail
	}
	return preflight.StatusWarn
}

// finding is an outcome of a status.
func finding(status preflight.Status, format string, args ...any) preflight.Outcome {
	return preflight.Outcome{Status: status, Message: fmt.Sprintf(format, args...)}
}

// unchecked says that the snapshot lacks a file that a check needs.
func (s *Snapshot) unchecked(what, file string) []preflight.Outcome {
	why := s.Why(file)
	if why == "" {
		why = "it is not in the snapshot"
	}
	return preflight.Unchecked("%s not read (%s): %s", what, file, preflight.Printable(why))
}
