package tenant

import (
	"github.com/easkit/easkit/certs/preflight"
)

// legacyBlock is a policy against direct sign-in.
var legacyBlock = obstacle{demandsBlock, "direct sign-in to ActiveSync is blocked", []string{"AADSTS53003"}, preflight.Documented, preflight.RetirementSource, ""}

// defaultsBlock is what security defaults do to direct sign-in. That they block
// legacy authentication is documented, and that Microsoft counts direct sign-in
// with a certificate as that; the conclusion is ours.
func defaultsBlock() preflight.Outcome {
	return preflight.Outcome{Status: preflight.StatusWarn, Basis: preflight.Inferred, Source: srcDefaults,
		Message: "security defaults are on, which block legacy authentication for everybody"}
}

func (s *Snapshot) defaultsOn() bool { return s.Defaults != nil && s.Defaults.IsEnabled }

func legacyOfTenant(sc preflight.Scenario, w *whole) []preflight.Outcome {
	var outcomes []preflight.Outcome
	if w.defaultsOn() {
		outcomes = append(outcomes, defaultsBlock())
	}
	if w.Has(AccessFile) {
		outcomes = append(outcomes, w.stopped(legacyBlock, byDirect)...)
	}
	return w.legacy(sc, outcomes)
}

func legacyOfUser(sc preflight.Scenario, u *User) []preflight.Outcome {
	s := u.Snapshot
	var outcomes []preflight.Outcome
	if s.defaultsOn() {
		outcomes = append(outcomes, defaultsBlock())
	}
	if s.Has(AccessFile) {
		outcomes = append(outcomes, s.stoppedUser(legacyBlock, byDirect, u.User)...)
	}
	return s.legacy(sc, outcomes)
}

// legacy ends the check: what blocks direct sign-in matters to phones that use it,
// and with OAuth is only told.
func (s *Snapshot) legacy(sc preflight.Scenario, blocks []preflight.Outcome) []preflight.Outcome {
	unread := AccessFile
	if s.Has(AccessFile) && s.Defaults == nil {
		unread = DefaultsFile
	}
	looked := s.Has(AccessFile) && s.Defaults != nil
	switch {
	case sc.Auth == preflight.Direct && sc.Mailbox == preflight.MailboxUnknown && len(blocks) > 0:
		for i := range blocks {
			blocks[i].Status = preflight.StatusWarn
			blocks[i].Message += "; the mailbox may be elsewhere (say --mailbox to settle it)"
		}
		return blocks
	case sc.Auth == preflight.Direct && len(blocks) > 0:
		return blocks
	case len(blocks) > 0:
		return preflight.Pass("sign-in by OAuth is not concerned; phones that still sign in directly are: %s", blocks[0].Message)
	case !looked && sc.Auth == preflight.Direct:
		return s.unchecked("what blocks legacy authentication was", unread)
	case !looked:
		return preflight.Skip("sign-in by OAuth is not concerned, and whether phones that still sign in directly are was not read (%s)", unread)
	}
	return preflight.Pass("neither Conditional Access nor security defaults block direct sign-in")
}
