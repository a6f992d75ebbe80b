package tenant

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

func bindingOfTenant(_ preflight.Scenario, w *whole) []preflight.Outcome {
	if w.Method == nil {
		return w.noMethod()
	}
	var outcomes []preflight.Outcome
	priorities := map[int]entra.Binding{}
	var order []string
	for _, b := range w.Bindings() {
		text := bindingText(b)
		order = append(order, text)
		if why := bindingTrouble(b); why != "" {
			outcomes = append(outcomes, finding(preflight.StatusWarn, "%s: %s", text, why))
		}
		if other, taken := priorities[b.Priority]; taken {
			outcomes = append(outcomes, finding(preflight.StatusWarn, "%s and %s have the same priority %d: which is tried first is not known", bindingText(other), text, b.Priority))
		}
		priorities[b.Priority] = b
	}
	switch {
	case len(outcomes) > 0:
		return outcomes
	case len(w.Method.Bindings) == 0:
		return preflight.Pass("no binding is set: the default counts, %s", order[0])
	}
	return preflight.Pass("in this order: %s", strings.Join(order, ", "))
}

func bindingText(b entra.Binding) string { return preflight.Printable(clip(b.String())) }

// clip bounds a text for a message.
func clip(text string) string { return preflight.Clip(text, maxText) }

// bindingTrouble says why a binding finds nobody.
func bindingTrouble(b entra.Binding) string {
	switch {
	case affinityOf(b.Field) == "":
		return "the field is not known here, so that whom it finds is not known either"
	case !slices.Contains(properties, b.Property):
		return "no binding goes by that property, only by userPrincipalName, onPremisesUserPrincipalName and certificateUserIds"
	case b.Property != entra.UserIDs && b.Field != entra.PrincipalName && b.Field != entra.RFC822Name:
		return "this field can be bound to certificateUserIds only"
	}
	return ""
}

func affinityOfTenant(_ preflight.Scenario, w *whole) []preflight.Outcome {
	if w.Method == nil {
		return w.noMethod()
	}
	var outcomes []preflight.Outcome
	surest := false
	for _, b := range w.Bindings() {
		own := affinityOf(b.Field)
		surest = surest || own == entra.High
		if own != "" && b.Affinity != own {
			o := finding(preflight.StatusWarn, "%s is set to %s affinity, and the field's is %s", bindingText(b), quoted(string(b.Affinity)), own)
			o.Fix = "set the binding's affinity to the field's own"
			outcomes = append(outcomes, o)
		}
	}
	if affinityWord(w.Method.Mode.DefaultAffinity) == entra.High {
		return append(outcomes, w.highByDefault(surest))
	}
	for _, r := range w.Method.Mode.Rules {
		if affinityWord(r.Affinity) == entra.High && !surest {
			outcomes = append(outcomes, finding(preflight.StatusWarn, "the rule for %s requires high affinity, and no binding has it: its certificates sign in nobody", ruleText(r)))
		}
	}
	if len(outcomes) > 0 {
		return outcomes
	}
	if n := highRules(w.Method); n > 0 {
		return preflight.Pass("high affinity is required by %s, and there is a binding for it; elsewhere low is enough", preflight.Counted(n, "rule"))
	}
	return preflight.Pass("low affinity is enough: every binding counts")
}

func highRules(m *graph.Method) int {
	n := 0
	for _, r := range m.Mode.Rules {
		if affinityWord(r.Affinity) == entra.High {
			n++
		}
	}
	return n
}

// highByDefault judges a tenant that requires high affinity. Users need a value of
// a field of high affinity in certificateUserIds; that it is the right one shows
// only with the certificate.
func (w *whole) highByDefault(surest bool) preflight.Outcome {
	switch {
	case !surest:
		return finding(preflight.StatusFail, "high affinity is required, and none of the bindings has it: no certificate signs in anybody")
	case w.users == nil:
		o := preflight.Unchecked("high affinity is required, and there is a binding for it: whether the users have its value in certificateUserIds was not looked at (--users)")
		return o[0]
	case !w.users.KnowsIDs():
		return preflight.Unchecked("high affinity is required, and the list of users does not tell their certificateUserIds")[0]
	}
	t := count(w.users, func(u *entra.User) answer { return sure(!slices.ContainsFunc(u.CertificateUserIDs, isHighID)) })
	if t.hit > 0 {
		return finding(t.bad(), "high affinity is required; without key or serial number in certificateUserIds: %s", t)
	}
	return finding(preflight.StatusPass, "high affinity is required, and each of %s has a key or serial number in certificateUserIds", preflight.Counted(t.of, "user"))
}

// highIDs are what strings in certificateUserIds hold that are of high affinity.
// Their prefixes are case-sensitive.
// Source: https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-certificateuserids
var highIDs = []string{"X509:<SKI>", "X509:<SHA1-PUKEY>"}

func isHighID(id string) bool {
	return slices.ContainsFunc(highIDs, func(prefix string) bool { return strings.HasPrefix(id, prefix) }) ||
		strings.HasPrefix(id, "X509:<I>") && strings.Contains(id, "<SR>")
}

func affinityOfUser(_ preflight.Scenario, u *User) []preflight.Outcome {
	s := u.Snapshot
	if s.Method == nil {
		return s.noMethod()
	}
	if u.Certificate == nil {
		return s.affinityWithoutCertificate(u.User)
	}
	decided := s.rulesFor(u.Certificate)
	bindings := s.BindingsFor(u.Certificate)
	switch {
	case decided.unsure != "" && decided.affinity != entra.High && highRules(s.Method) > 0:
		return preflight.Unchecked("which affinity the certificate needs is not known: %s", decided.unsure)
	case decided.affinity != entra.High:
		return preflight.Pass("low affinity is enough by %s", decided.by)
	case len(bindings) == 0:
		return preflight.Fail("%s requires high affinity, and none of the bindings has it", decided.by)
	case u.User.CertificateUserIDs == nil:
		return preflight.Unchecked("%s requires high affinity, and the certificateUserIds of %s are not known", decided.by, u.User)
	}
	if matches := entra.NewUsers([]entra.User{*u.User}).Bind(u.Certificate, bindings); len(matches) > 0 {
		return preflight.Pass("%s requires high affinity, and %s", decided.by, preflight.Printable(matches[0].String()))
	}
	return preflight.Fail("%s requires high affinity, and %s", decided.by, boundTo(u.User, bindings))
}

func boundTo(u *entra.User, bindings []entra.Binding) string {
	var fields []string
	for _, b := range bindings {
		fields = append(fields, string(b.Field))
	}
	return fmt.Sprintf("no %s of the certificate is in the certificateUserIds of %s", strings.Join(fields, " or "), u)
}

func (s *Snapshot) affinityWithoutCertificate(u *entra.User) []preflight.Outcome {
	switch {
	case affinityWord(s.Method.Mode.DefaultAffinity) != entra.High && highRules(s.Method) == 0:
		return preflight.Pass("low affinity is enough")
	case affinityWord(s.Method.Mode.DefaultAffinity) != entra.High:
		return preflight.Unchecked("rules require high affinity of some certificates, and none of %s was given", u)
	case u.CertificateUserIDs == nil:
		return preflight.Unchecked("high affinity is required, and the certificateUserIds of %s are not known", u)
	case !slices.ContainsFunc(u.CertificateUserIDs, isHighID):
		return preflight.Fail("high affinity is required, and %s has neither key nor serial number in certificateUserIds", u)
	}
	return preflight.Pass("high affinity is required, and %s has a key or serial number in certificateUserIds", u)
}
