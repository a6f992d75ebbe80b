package tenant

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// easScope is the delegated permission of ActiveSync. That Exchange Online wants it
// in the token was measured by a third party; Microsoft's page for iOS Mail names
// the app only.
const easScope = "EAS.AccessAsUser.All"

// How the policies begin that let users consent for themselves, and the one that
// lets them consent to all that is no administrator's.
// Source: https://learn.microsoft.com/entra/identity/enterprise-apps/manage-app-consent-policies
const (
	selfConsent = "managepermissiongrantsforself."
	freeConsent = selfConsent + "microsoft-user-default-legacy"
)

func consentOfTenant(_ preflight.Scenario, w *whole) []preflight.Outcome {
	if outcomes := w.appTrouble(); outcomes != nil {
		return outcomes
	}
	outcomes := []preflight.Outcome{w.consentForAll()}
	if w.AppleMail == nil || !w.AppleMail.AppRoleAssignmentRequired {
		return outcomes
	}
	if w.users == nil {
		o := finding(preflight.StatusWarn, "iOS Mail wants its users to be assigned; assigned so far: %d users or groups", len(w.AppleMail.AssignedTo))
		return append(outcomes, unassigned(o))
	}
	t := count(w.users, func(u *entra.User) answer { return w.assigned(u).not() })
	if t.hit > 0 {
		return append(outcomes, unassigned(finding(t.bad(), "iOS Mail wants its users to be assigned; not assigned: %s", t)))
	}
	return outcomes
}

// unassigned gives an outcome about assignment its own code and fix.
func unassigned(o preflight.Outcome) preflight.Outcome {
	o.Codes, o.Source = []string{"AADSTS50105"}, srcCodes
	o.Fix = "Entra admin center > Enterprise apps > Apple Internet Accounts (iOS Accounts) > Users and groups: assign the users' group, or switch off under Properties that assignment is required"
	return o
}

// appTrouble is what stops everybody, whatever was consented to.
func (s *Snapshot) appTrouble() []preflight.Outcome {
	switch app := s.AppleMail; {
	case app == nil && !s.Has(AppleMailFile):
		return s.unchecked("the enterprise app of iOS Mail was", AppleMailFile)
	case app != nil && app.AccountEnabled != nil && !*app.AccountEnabled:
		o := finding(preflight.StatusFail, "the enterprise app of iOS Mail, %s, is disabled: nobody signs in to it", quoted(app.DisplayName))
		o.Codes = []string{}
		o.Fix = "Entra admin center > Enterprise apps > Apple Internet Accounts (iOS Accounts) > Properties: enable it for users to sign in"
		return []preflight.Outcome{o}
	}
	return nil
}

// consentForAll judges what was consented to for everybody, or what users may
// consent to themselves.
func (s *Snapshot) consentForAll() preflight.Outcome {
	scopes := s.scopesFor(func(g graph.Grant) bool { return strings.EqualFold(g.ConsentType, graph.AllPrincipals) })
	switch {
	case has(scopes, easScope):
		return finding(preflight.StatusPass, "an administrator has consented to iOS Mail for everybody (%s)", easScope)
	case len(scopes) > 0:
		o := finding(preflight.StatusWarn, "an administrator has consented to iOS Mail for everybody, but to %s and not to %s", quoted(strings.Join(scopes, " ")), easScope)
		o.Basis = preflight.Observed
		return o
	}
	return s.consentByUsers()
}

// scopesFor are the permissions of the grants that count.
func (s *Snapshot) scopesFor(counts func(graph.Grant) bool) []string {
	if s.AppleMail == nil {
		return nil
	}
	var scopes []string
	for _, g := range s.AppleMail.Grants {
		if counts(g) {
			scopes = append(scopes, strings.Fields(g.Scope)...)
		}
	}
	return scopes
}

// consentByUsers judges a tenant where nobody consented for all.
func (s *Snapshot) consentByUsers() preflight.Outcome {
	state := "nobody has consented to iOS Mail for all users"
	if s.AppleMail == nil {
		state = "iOS Mail (Apple Internet Accounts, also called iOS Accounts) is not in the tenant yet"
	}
	if s.Consent == nil {
		return preflight.Unchecked("%s, and whether users may consent themselves was not read (%s): %s", state, ConsentFile, s.Why(ConsentFile))[0]
	}
	var policies []string
	for _, p := range s.Consent.DefaultUserRolePermissions.PermissionGrantPoliciesAssigned {
		if strings.HasPrefix(strings.ToLower(p), selfConsent) {
			policies = append(policies, strings.ToLower(p))
		}
	}
	switch {
	case len(policies) == 0:
		o := finding(preflight.StatusFail, "%s, and users may not consent themselves", state)
		o.Codes = []string{"AADSTS90094"}
		return o
	case slices.Contains(policies, freeConsent):
		o := finding(preflight.StatusWarn, "%s; users may consent themselves, and each of them is asked at the first sign-in", state)
		o.Codes = []string{"AADSTS65001"}
		return o
	}
	o := finding(preflight.StatusWarn, "%s; users may consent to some apps themselves (%s), and whether this is one of them does not show here", state, named(quotedAll(policies)))
	o.Codes, o.Basis = []string{"AADSTS90094"}, preflight.Inferred
	return o
}

func quotedAll(texts []string) []string {
	var all []string
	for _, t := range texts {
		all = append(all, quoted(t))
	}
	return all
}

// assigned reports whether a user is assigned to the app. Groups are read with
// those in them, so that a user of a group in a group, who does not count, passes.
func (s *Snapshot) assigned(u *entra.User) answer {
	found := no
	for _, a := range s.AppleMail.AssignedTo {
		switch {
		case strings.EqualFold(a.PrincipalType, "User"):
			found = max(found, isUser(u, a.PrincipalID))
		case strings.EqualFold(a.PrincipalType, "Group"):
			found = max(found, s.inGroup(u, a.PrincipalID))
		}
	}
	return found
}

func consentOfUser(_ preflight.Scenario, u *User) []preflight.Outcome {
	s := u.Snapshot
	if outcomes := s.appTrouble(); outcomes != nil {
		return outcomes
	}
	if s.AppleMail != nil && s.AppleMail.AppRoleAssignmentRequired {
		switch s.assigned(u.User) {
		case no:
			return []preflight.Outcome{unassigned(finding(preflight.StatusFail, "iOS Mail wants its users to be assigned, and %s is not", u.User))}
		case perhaps:
			return preflight.Unchecked("iOS Mail wants its users to be assigned, and whether %s is does not show: a group or the user's id is not known", u.User)
		}
	}
	own := s.scopesFor(func(g graph.Grant) bool {
		return !strings.EqualFold(g.ConsentType, graph.AllPrincipals) && isUser(u.User, g.PrincipalID) == yes
	})
	if has(own, easScope) {
		return preflight.Pass("%s has consented to iOS Mail (%s)", u.User, easScope)
	}
	o := s.consentForAll()
	if o.Status != preflight.StatusPass {
		o.Message = fmt.Sprintf("%s has not consented to iOS Mail; %s", u.User, o.Message)
	}
	return []preflight.Outcome{o}
}
