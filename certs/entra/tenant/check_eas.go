package tenant

import (
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
)

// noMailboxes is what is said without an export of Get-CASMailbox.
func (s *Snapshot) noMailboxes() []preflight.Outcome {
	return s.unchecked("whether ActiveSync is on for the mailboxes was", MailboxesFile)
}

func easOfTenant(_ preflight.Scenario, w *whole) []preflight.Outcome {
	switch {
	case w.Mailboxes == nil:
		return w.noMailboxes()
	case w.users != nil:
		return w.easOfUsers()
	}
	var names []string
	for i := range w.Mailboxes.all {
		if box := &w.Mailboxes.all[i]; !box.Enabled {
			names = append(names, preflight.Printable(clip(box.Name)))
		}
	}
	of := w.Mailboxes.Len()
	switch {
	case len(names) == 0:
		return preflight.Pass("ActiveSync is on for all of %d mailboxes", of)
	case len(names) == of:
		return preflight.Fail("ActiveSync is off for all of %d mailboxes", of)
	}
	return preflight.Warn("ActiveSync is off for %d of %d mailboxes: %s", len(names), of, named(names))
}

// easOfUsers counts the users given. One without mailbox in the export is told of
// apart: it may have none, or one on premises.
func (w *whole) easOfUsers() []preflight.Outcome {
	absent := 0
	t := count(w.users, func(u *entra.User) answer {
		box := w.Mailboxes.Find(u)
		if box == nil {
			absent++
			return no
		}
		return sure(!box.Enabled)
	})
	var outcomes []preflight.Outcome
	if t.hit > 0 {
		outcomes = append(outcomes, finding(t.bad(), "ActiveSync is off for %s", t))
	}
	if absent > 0 {
		outcomes = append(outcomes, preflight.Unchecked("without a mailbox in %s: %d of %s", MailboxesFile, absent, preflight.Counted(t.of, "user"))...)
	}
	if len(outcomes) == 0 {
		return preflight.Pass("ActiveSync is on for each of %s", preflight.Counted(t.of, "user"))
	}
	return outcomes
}

func easOfUser(_ preflight.Scenario, u *User) []preflight.Outcome {
	if u.Snapshot.Mailboxes == nil {
		return u.Snapshot.noMailboxes()
	}
	box := u.Snapshot.Mailboxes.Find(u.User)
	switch {
	case box == nil:
		return preflight.Unchecked("no mailbox in %s is that of %s", MailboxesFile, u.User)
	case !box.Enabled:
		return preflight.Fail("ActiveSync is off for the mailbox of %s", u.User)
	case box.Blocked > 0:
		return preflight.Pass("ActiveSync is on for %s; %s blocked", u.User, isAre(box.Blocked, "device"))
	}
	return preflight.Pass("ActiveSync is on for %s", u.User)
}
