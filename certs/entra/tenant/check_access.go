package tenant

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// obstacle is a demand that stops a mail app, with what is known of it.
type obstacle struct {
	demand
	text   string // what is done by a policy
	codes  []string
	basis  preflight.Basis
	source string
	fix    string // where it differs from the check's
}

// obstacles are the demands that a phone's mail app with a certificate does not
// meet. That iOS shows no device while a certificate is asked for is what a
// developer of Microsoft's library says; Android's web view was not looked at.
var obstacles = []obstacle{
	{demandsBlock, "Exchange Online is blocked", []string{"AADSTS53003"}, preflight.Documented, srcCodes, ""},
	{demandsDevice, "a compliant or joined device or an approved app, which the phone's own mail app can't show while it asks for the certificate, is wanted",
		[]string{"AADSTS53000"}, preflight.Observed, srcMSAL,
		"try it with one compliant phone first; if it fails, install the broker (Authenticator) or the SSO extension, or leave Office 365 Exchange Online out of the policy"},
}

func accessOfTenant(_ preflight.Scenario, w *whole) []preflight.Outcome {
	if !w.Has(AccessFile) {
		return w.unchecked("Conditional Access was", AccessFile)
	}
	var outcomes []preflight.Outcome
	for _, o := range obstacles {
		outcomes = append(outcomes, w.stopped(o, byOAuth)...)
	}
	if len(outcomes) > 0 {
		return outcomes
	}
	return preflight.Pass("%s", w.nothingStops())
}

// nothingStops counts what was looked at, and names what would come into force.
func (w *whole) nothingStops() string {
	inForce := 0
	for _, p := range w.Access {
		if strings.EqualFold(p.State, graph.Enabled) {
			inForce++
		}
	}
	text := "no policy is in force"
	if inForce > 0 {
		text = "none of " + preflight.Counted(inForce, "policy in force") + " stops it"
		if inForce > 1 {
			text = fmt.Sprintf("none of %d policies in force stops it", inForce)
		}
	}
	var would []string
	pending := w.byDemand(reportOnly)
	for _, o := range obstacles {
		for _, p := range pending[o.demand] {
			if w.reach(p, byOAuth, nil).answer != no {
				would = append(would, policyName(p))
			}
		}
	}
	if len(would) > 0 {
		text += "; of those in report-only, these would, once switched on: " + named(would)
	}
	return text
}

// stopped judges one obstacle for the whole tenant, or for the users given.
func (w *whole) stopped(o obstacle, a attempt) []preflight.Outcome {
	var certain, possible []string
	var hit []*graph.AccessPolicy
	everybody := false
	for _, p := range w.look().enforced[o.demand] {
		switch r := w.reach(p, a, nil); r.answer {
		case yes:
			certain = append(certain, policyName(p))
			everybody = everybody || forAll(p)
		case perhaps:
			possible = append(possible, policyName(p)+" ("+r.depends()+")")
		default:
			continue
		}
		hit = append(hit, p)
	}
	if len(hit) == 0 {
		return nil
	}
	if w.users != nil {
		return w.stoppedUsers(o, a, hit, slices.Concat(certain, possible))
	}
	switch {
	case everybody:
		return []preflight.Outcome{o.outcome(preflight.StatusFail, "%s by policy %s, for everybody", o.text, named(certain))}
	case len(certain) > 0:
		return []preflight.Outcome{o.outcome(preflight.StatusWarn, "%s by policy %s, for some users", o.text, named(certain))}
	}
	return []preflight.Outcome{o.outcome(preflight.StatusWarn, "it may be that %s by policy %s", o.text, named(possible))}
}

func (w *whole) stoppedUsers(o obstacle, a attempt, policies []*graph.AccessPolicy, names []string) []preflight.Outcome {
	t := count(w.users, func(u *entra.User) answer {
		worst := no
		for _, p := range policies {
			worst = max(worst, w.reach(p, a, u).answer)
		}
		return worst
	})
	switch {
	case t.hit > 0:
		return []preflight.Outcome{o.outcome(t.bad(), "%s by policy %s, for %s", o.text, named(names), t)}
	case t.unsure > 0:
		return []preflight.Outcome{o.outcome(preflight.StatusWarn, "it may be that %s by policy %s, for %d of %s", o.text, named(names), t.unsure, preflight.Counted(t.of, "user"))}
	}
	return nil
}

// outcome is one about this obstacle.
func (o obstacle) outcome(status preflight.Status, format string, args ...any) preflight.Outcome {
	if o.basis.Weak() {
		status = preflight.StatusWarn
	}
	return preflight.Outcome{Status: status, Message: fmt.Sprintf(format, args...), Basis: o.basis, Source: o.source, Codes: o.codes, Fix: o.fix}
}

func accessOfUser(_ preflight.Scenario, u *User) []preflight.Outcome {
	s := u.Snapshot
	if !s.Has(AccessFile) {
		return s.unchecked("Conditional Access was", AccessFile)
	}
	var outcomes []preflight.Outcome
	for _, o := range obstacles {
		outcomes = append(outcomes, s.stoppedUser(o, byOAuth, u.User)...)
	}
	if len(outcomes) > 0 {
		return outcomes
	}
	return preflight.Pass("no policy in force stops %s", u.User)
}

// stoppedUser judges one obstacle for one user, by the policy that is surest.
func (s *Snapshot) stoppedUser(o obstacle, a attempt, u *entra.User) []preflight.Outcome {
	var surest reach
	var policy *graph.AccessPolicy
	for _, p := range s.look().enforced[o.demand] {
		if r := s.reach(p, a, u); r.answer > surest.answer {
			surest, policy = r, p
		}
	}
	switch surest.answer {
	case yes:
		return []preflight.Outcome{o.outcome(preflight.StatusFail, "%s by policy %s", o.text, policyName(policy))}
	case perhaps:
		return []preflight.Outcome{o.outcome(preflight.StatusWarn, "it may be that %s by policy %s (%s)", o.text, policyName(policy), surest.depends())}
	}
	return nil
}
