package tenant

import (
	"bytes"
	"slices"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// The limits of scopes, as support notes have them; Microsoft's pages name none.
const (
	maxScopes         = 30
	maxGroupsPerScope = 1
)

func scopeOfTenant(_ preflight.Scenario, w *whole) []preflight.Outcome {
	if w.Method == nil {
		return w.noMethod()
	}
	scopes := w.Method.Scopes
	if len(scopes) == 0 {
		return preflight.Pass("no CA is scoped: each may sign in every user of the method")
	}
	var outcomes []preflight.Outcome
	if len(scopes) > maxScopes {
		outcomes = append(outcomes, finding(preflight.StatusWarn, "%d scopes are more than the %d that support notes name as the most", len(scopes), maxScopes))
	}
	for _, scope := range scopes {
		if o := w.scopeTrouble(scope); o.Message != "" {
			outcomes = append(outcomes, o)
		}
	}
	if len(outcomes) > 0 {
		return outcomes
	}
	return preflight.Pass("%s scoped to a group; certificates of others sign in every user of the method", isAre(len(scopes), "CA"))
}

func isAre(n int, thing string) string {
	if n == 1 {
		return "1 " + thing + " is"
	}
	return preflight.Counted(n, thing) + " are"
}

// scopeTrouble judges one scope by itself.
func (s *Snapshot) scopeTrouble(scope graph.CAScope) preflight.Outcome {
	ca := "the scope of the CA with SKI " + quoted(scope.SKI)
	switch {
	case len(scope.Include) == 0:
		return finding(preflight.StatusWarn, "%s has no group: its certificates sign in nobody", ca)
	case len(scope.Include) > maxGroupsPerScope:
		return finding(preflight.StatusWarn, "%s has %d groups: by support notes a CA takes one", ca, len(scope.Include))
	case len(s.unknownGroups(scope.Include)) > 0:
		return preflight.Unchecked("%s: who is in %s is not known: the group was deleted, or could not be read", ca, named(s.unknownGroups(scope.Include)))[0]
	case s.Has(PKIFile) && s.Has(ClassicFile) && !s.look().hasSKI(scope.SKI):
		return finding(preflight.StatusWarn, "%s is of no CA in the tenant: it scopes nothing", ca)
	}
	return preflight.Outcome{}
}

func scopeOfUser(_ preflight.Scenario, u *User) []preflight.Outcome {
	s := u.Snapshot
	switch {
	case s.Method == nil:
		return s.noMethod()
	case len(s.Method.Scopes) == 0:
		return preflight.Pass("no CA is scoped")
	case u.Certificate == nil:
		return preflight.Unchecked("CAs are scoped, and no certificate of %s was given", u.User)
	}
	skis := u.skis()
	if len(skis) == 0 {
		return preflight.Unchecked("CAs are scoped, and which CA issued the certificate is not known: it has no AKI, and its chain was not given")
	}
	scoped := 0
	for _, scope := range s.Method.Scopes {
		ski := fromHex(scope.SKI)
		if len(ski) == 0 || !slices.ContainsFunc(skis, func(k []byte) bool { return bytes.Equal(k, ski) }) {
			continue
		}
		scoped++
		switch s.among(u.User, scope.Include) {
		case no:
			return preflight.Fail("the certificate comes from the CA with SKI %X, which is for %s, and %s is not in it", ski, s.targetNames(scope.Include), u.User)
		case perhaps:
			return preflight.Unchecked("the certificate comes from the CA with SKI %X, which is for %s, and whether %s is in it is not known", ski, s.targetNames(scope.Include), u.User)
		}
	}
	if scoped == 0 {
		return preflight.Pass("no scope is for a CA above the certificate")
	}
	return preflight.Pass("%s is in the group of %s above the certificate", u.User, preflight.Counted(scoped, "scoped CA"))
}
