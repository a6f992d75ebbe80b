package tenant

import (
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// noMethod is what is said where the method's policy was not read.
func (s *Snapshot) noMethod() []preflight.Outcome {
	return s.unchecked("the policy of certificate sign-in was", MethodFile)
}

// isOn reports whether the method is enabled.
func isOn(m *graph.Method) bool { return strings.EqualFold(m.State, graph.Enabled) }

func methodOfTenant(_ preflight.Scenario, w *whole) []preflight.Outcome {
	switch {
	case w.Method == nil:
		return w.noMethod()
	case isOn(w.Method):
		return preflight.Pass("sign-in with a certificate is enabled")
	}
	return preflight.Fail("sign-in with a certificate is %s", quoted(w.Method.State))
}

func targetsOfTenant(_ preflight.Scenario, w *whole) []preflight.Outcome {
	if w.Method == nil {
		return w.noMethod()
	}
	m := w.Method
	if len(m.IncludeTargets) == 0 {
		return preflight.Fail("the method is for nobody: no group is included")
	}
	var outcomes []preflight.Outcome
	for _, t := range m.IncludeTargets {
		if t.ID == graph.AllUsers {
			o := finding(preflight.StatusWarn, "the method is for all users: those without a certificate can set up no other second factor")
			o.Source = srcHowTo
			o.Codes = []string{}
			outcomes = append(outcomes, o)
		}
	}
	if unknown := w.unknownGroups(slices.Concat(m.IncludeTargets, m.ExcludeTargets)); len(unknown) > 0 {
		outcomes = append(outcomes, preflight.Unchecked("who is in %s is not known: the group was deleted, or could not be read", named(unknown))...)
	}
	if w.users != nil {
		return append(outcomes, w.outsideMethod())
	}
	if len(outcomes) == 0 {
		return preflight.Pass("the method is for %s", w.targetNames(m.IncludeTargets))
	}
	return outcomes
}

// outsideMethod counts the users whom the method is not for.
func (w *whole) outsideMethod() preflight.Outcome {
	t := count(w.users, func(u *entra.User) answer { return w.inMethod(u).not() })
	switch {
	case t.hit > 0:
		return finding(t.bad(), "the method is not for %s", t)
	case t.unsure > 0:
		return finding(preflight.StatusWarn, "of %s, %d may be outside the method: their groups are not in the snapshot", preflight.Counted(t.of, "user"), t.unsure)
	}
	return finding(preflight.StatusPass, "each of %s may sign in with a certificate", preflight.Counted(t.of, "user"))
}

// inMethod reports whether the method is for a user.
func (s *Snapshot) inMethod(u *entra.User) answer {
	return min(s.among(u, s.Method.IncludeTargets), s.among(u, s.Method.ExcludeTargets).not())
}

func (s *Snapshot) targetNames(targets []graph.Target) string {
	var names []string
	for _, t := range targets {
		names = append(names, s.groupName(t.ID))
	}
	return named(names)
}

func targetsOfUser(_ preflight.Scenario, u *User) []preflight.Outcome {
	s := u.Snapshot
	if s.Method == nil {
		return s.noMethod()
	}
	switch {
	case !isOn(s.Method):
		return preflight.Fail("sign-in with a certificate is switched off in the tenant")
	case s.among(u.User, s.Method.ExcludeTargets) == yes:
		return preflight.Fail("%s is in a group that the method excludes: %s", u.User, s.targetNames(s.Method.ExcludeTargets))
	}
	switch s.inMethod(u.User) {
	case no:
		return preflight.Fail("%s is in none of the groups that the method is for: %s", u.User, s.targetNames(s.Method.IncludeTargets))
	case perhaps:
		return preflight.Unchecked("whether %s is in %s is not known: the group was deleted, or could not be read", u.User,
			named(s.unknownGroups(slices.Concat(s.Method.IncludeTargets, s.Method.ExcludeTargets))))
	}
	return preflight.Pass("the method is for %s", u.User)
}
