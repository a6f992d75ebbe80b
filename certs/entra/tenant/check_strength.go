package tenant

import (
	"fmt"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// What an authentication strength allows that a certificate alone fulfils.
const (
	allowsMulti  = "x509CertificateMultiFactor"
	allowsSingle = "x509CertificateSingleFactor"
)

func strengthOfTenant(_ preflight.Scenario, w *whole) []preflight.Outcome {
	if w.Method == nil {
		return w.noMethod()
	}
	mode := w.Method.Mode
	multi := mode.DefaultMode == graph.MultiFactor
	exceptions := 0
	for _, r := range mode.Rules {
		if (r.Mode == graph.MultiFactor) != multi {
			exceptions++
		}
	}
	counts := countsAs(multi)
	if exceptions > 0 {
		counts += fmt.Sprintf(" by default (otherwise by %s)", preflight.Counted(exceptions, "rule"))
	}
	asked := func(u *entra.User) demanded { return w.demandedOf(u, multi) }
	all := asked(nil)
	switch {
	case all.unread != "":
		return w.unchecked("a certificate counts as "+counts+"; what Conditional Access demands was", all.unread)
	case all.answer == no && multi:
		return preflight.Pass("a certificate counts as %s; no policy asks for more", counts)
	case all.answer == no:
		return preflight.Pass("a certificate counts as %s, and no policy demands multifactor authentication for Exchange Online", counts)
	case w.users == nil:
		return preflight.Warn("a certificate counts as %s, and %s", counts, all.by)
	}
	t := count(w.users, func(u *entra.User) answer { return asked(u).answer })
	if t.hit+t.unsure == 0 {
		return preflight.Pass("a certificate counts as %s, which is enough for %s", counts, preflight.Counted(t.of, "user"))
	}
	return preflight.Warn("a certificate counts as %s; for %s it is not enough: %s", counts, t, all.by)
}

func countsAs(multi bool) string {
	if multi {
		return "multifactor"
	}
	return "a single factor"
}

func strengthOfUser(_ preflight.Scenario, u *User) []preflight.Outcome {
	s := u.Snapshot
	if s.Method == nil {
		return s.noMethod()
	}
	decided := strength{multi: s.Method.Mode.DefaultMode == graph.MultiFactor, by: "the tenant's default"}
	if u.Certificate != nil {
		decided = s.rulesFor(u.Certificate)
	} else if len(s.Method.Mode.Rules) > 0 {
		decided.unsure = "no certificate was given, and rules differ between them"
	}
	d := s.demandedOf(u.User, decided.multi)
	counts := countsAs(decided.multi) + " by " + decided.by
	switch {
	case d.unread != "":
		return s.unchecked("the certificate counts as "+counts+"; what Conditional Access demands was", d.unread)
	case d.answer == no && decided.unsure == "":
		return preflight.Pass("the certificate counts as %s, which is enough for %s", counts, u.User)
	case decided.unsure != "":
		return preflight.Unchecked("how many factors the certificate counts for is not known: %s", decided.unsure)
	}
	return preflight.Warn("the certificate counts as %s, and %s", counts, d.by)
}

// demanded is whether more is demanded than a certificate counts for.
type demanded struct {
	answer
	by     string // what demands it, in words
	unread string // the file that would have told
}

// demandedOf looks for what a certificate of one strength does not fulfil; u is nil
// for anybody.
func (s *Snapshot) demandedOf(u *entra.User, multi bool) demanded {
	if s.Defaults != nil && s.Defaults.IsEnabled && !multi {
		return demanded{answer: yes, by: "security defaults demand multifactor authentication of everybody"}
	}
	if !s.Has(AccessFile) && multi {
		return demanded{} // only a strength that leaves certificates out would ask for more
	}
	if !s.Has(AccessFile) {
		return demanded{unread: AccessFile}
	}
	var found demanded
	for _, p := range s.look().enforced[demandsMFA] {
		if fulfils(p.Grant, multi) {
			continue
		}
		if r := s.reach(p, byOAuth, u); r.answer > found.answer {
			found = demanded{answer: r.answer, by: demandText(p, r)}
		}
	}
	if found.answer == no && s.Defaults == nil && !multi {
		found.unread = DefaultsFile
	}
	return found
}

func demandText(p *graph.AccessPolicy, r reach) string {
	text := fmt.Sprintf("the policy %s demands multifactor authentication", policyName(p))
	if st := p.Grant.Strength; st != nil {
		text = fmt.Sprintf("the policy %s demands the authentication strength %s", policyName(p), quoted(st.DisplayName))
	}
	if r.answer == perhaps {
		text += " (" + r.depends() + ")"
	}
	return text
}

// fulfils reports whether a certificate of a strength is enough for a policy. A
// strength of which the snapshot does not tell what it allows takes multifactor
// certificates, as every built-in one does.
func fulfils(g *graph.AccessGrant, multi bool) bool {
	if g.Strength == nil || len(g.Strength.Allowed) == 0 {
		return multi
	}
	return multi && has(g.Strength.Allowed, allowsMulti) || has(g.Strength.Allowed, allowsSingle)
}
