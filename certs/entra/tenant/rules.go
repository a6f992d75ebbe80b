package tenant

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/graph"
)

// strength is how the method takes a certificate.
type strength struct {
	multi    bool
	affinity entra.Affinity // that its binding must have
	by       string         // what decides, in words
	unsure   string         // why another rule may decide; ""
}

// rulesFor finds the rules that decide for a certificate: one for issuer and policy
// goes before one for the policy, and that before one for the issuer; of several
// for its policies that disagree, single factor counts.
// Source: https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-technical-deep-dive
//
// That of several the higher affinity counts is our own care.
func (s *Snapshot) rulesFor(c *certs.Certificate) strength {
	mode := s.Method.Mode
	verdict := strength{multi: mode.DefaultMode == graph.MultiFactor, affinity: affinityWord(mode.DefaultAffinity), by: "the tenant's default"}
	policies, known := policiesOf(c)
	if !known && slices.ContainsFunc(mode.Rules, func(r graph.Rule) bool { return kindOf(r) != graph.RuleIssuer }) {
		verdict.unsure = "the certificate's policies could not be read"
	}
	for _, kind := range []string{graph.RuleIssuerAndPolicy, graph.RulePolicy, graph.RuleIssuer} {
		matching := slices.DeleteFunc(slices.Clone(mode.Rules), func(r graph.Rule) bool { return kindOf(r) != kind || !applies(r, c, policies) })
		if len(matching) == 0 {
			continue
		}
		verdict.multi, verdict.affinity = true, entra.Low
		for _, r := range matching {
			verdict.multi = verdict.multi && r.Mode == graph.MultiFactor
			if affinityWord(r.Affinity) == entra.High {
				verdict.affinity = entra.High
			}
		}
		verdict.by = "the rule for " + ruleText(matching[0])
		break
	}
	return verdict
}

func affinityWord(word string) entra.Affinity {
	if strings.EqualFold(word, string(entra.High)) {
		return entra.High
	}
	return entra.Low
}

// kindOf is the type of a rule. Graph writes unknownFutureValue for the newest type
// unless it is asked for it by name; such a rule has both of the newer identifiers.
func kindOf(r graph.Rule) string {
	for _, kind := range []string{graph.RuleIssuer, graph.RulePolicy, graph.RuleIssuerAndPolicy} {
		if strings.EqualFold(r.Type, kind) {
			return kind
		}
	}
	if r.IssuerSubject != "" && r.PolicyOID != "" {
		return graph.RuleIssuerAndPolicy
	}
	return r.Type
}

// issuerAndPolicy are what a rule is for; "" where it does not look at it.
func issuerAndPolicy(r graph.Rule) (issuer, policy string) {
	issuer, policy = r.IssuerSubject, r.PolicyOID
	switch kindOf(r) {
	case graph.RuleIssuer:
		if issuer == "" {
			issuer = r.Identifier
		}
		return issuer, ""
	case graph.RulePolicy:
		if policy == "" {
			policy = r.Identifier
		}
		return "", policy
	}
	return issuer, policy
}

func ruleText(r graph.Rule) string {
	issuer, policy := issuerAndPolicy(r)
	switch {
	case issuer == "":
		return "policy " + quoted(policy)
	case policy == "":
		return "issuer " + quoted(issuer)
	}
	return fmt.Sprintf("issuer %s and policy %s", quoted(issuer), quoted(policy))
}

// applies reports whether a rule is for a certificate. Policies have to be equal:
// one below the rule's is another.
func applies(r graph.Rule, c *certs.Certificate, policies []string) bool {
	issuer, policy := issuerAndPolicy(r)
	if issuer == "" && policy == "" {
		return false
	}
	return (policy == "" || slices.Contains(policies, strings.TrimSpace(policy))) && (issuer == "" || sameName(issuer, c.RawIssuer))
}

// policiesOf are the policies of a certificate, and whether they could be read.
func policiesOf(c *certs.Certificate) (oids []string, known bool) {
	if c.X509 == nil {
		return nil, false
	}
	for _, oid := range c.X509.Policies {
		oids = append(oids, oid.String())
	}
	return oids, true
}
