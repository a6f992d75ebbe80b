package tenant

import (
	"fmt"
	"strings"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
)

// rolloutFeature is the staged rollout that moves users of a federated domain to
// certificate sign-in by Entra ID.
const rolloutFeature = "certificateBasedAuthentication"

// anyDomain passes where a federation server makes no difference.
func anyDomain(sc preflight.Scenario) []preflight.Outcome {
	if sc.Auth != preflight.Direct {
		return nil
	}
	o := finding(preflight.StatusPass, "direct sign-in to Exchange Online is the same for federated and managed domains")
	o.Basis, o.Source = preflight.Documented, srcFederate
	return []preflight.Outcome{o}
}

func federatedOfTenant(sc preflight.Scenario, w *whole) []preflight.Outcome {
	if outcomes := anyDomain(sc); outcomes != nil {
		return outcomes
	}
	if !w.Has(DomainsFile) {
		return w.unchecked("the domains were", DomainsFile)
	}
	var domains []string
	for _, d := range w.Domains {
		if w.look().federated[strings.ToLower(d.ID)] {
			domains = append(domains, quoted(d.ID))
		}
	}
	if len(domains) == 0 {
		return preflight.Pass("no domain of %d is federated: Entra ID takes the certificate", len(w.Domains))
	}
	text := fmt.Sprintf("federated: %s%s", named(domains), w.rollout())
	if w.users == nil {
		return preflight.Warn("%s; who is taken into the method signs in at Entra ID from then on, and no longer at the federation server", text)
	}
	t := count(w.users, func(u *entra.User) answer { return sure(w.isFederated(u)) })
	if t.hit == 0 {
		return preflight.Pass("%s; none of %s is in it", text, preflight.Counted(t.of, "user"))
	}
	return preflight.Warn("%s; of users there are %s in it: those taken into the method sign in at Entra ID from then on, and no longer at the federation server", text, t)
}

// rollout says whether a staged rollout is on.
func (s *Snapshot) rollout() string {
	var names []string
	for _, r := range s.Rollouts {
		if r.IsEnabled && strings.EqualFold(r.Feature, rolloutFeature) {
			names = append(names, quoted(r.DisplayName))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ", with a staged rollout of certificate sign-in (" + named(names) + ")"
}

func (s *Snapshot) isFederated(u *entra.User) bool {
	_, domain, _ := strings.Cut(u.UPN, "@")
	return s.look().federated[strings.ToLower(domain)]
}

func federatedOfUser(sc preflight.Scenario, u *User) []preflight.Outcome {
	if outcomes := anyDomain(sc); outcomes != nil {
		return outcomes
	}
	s := u.Snapshot
	switch {
	case !s.Has(DomainsFile):
		return s.unchecked("the domains were", DomainsFile)
	case !s.isFederated(u.User):
		return preflight.Pass("the domain of %s is not federated: Entra ID takes the certificate", u.User)
	case s.Method != nil && isOn(s.Method) && s.inMethod(u.User) == yes:
		return preflight.Warn("the domain of %s is federated, and the method is for the user: Entra ID takes the certificate now, and no longer the federation server", u.User)
	}
	return preflight.Warn("the domain of %s is federated: its server takes the certificate, until the method is for the user", u.User)
}
