package probe

import (
	"slices"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// JudgeAccount says what is to be known of the account beside what its server did:
// whether it is that of the certificate's user (profile.match), since in direct sign-in
// the server opens the mailbox of whom the certificate names, whatever the account says;
// and how long direct sign-in lasts (profile.retirement). It finds nothing where neither
// can be asked.
func JudgeAccount(s preflight.Scenario, e *Evidence) []preflight.Finding {
	var findings []preflight.Finding
	a := e.Target.Account
	if id := e.Target.Identity; id != nil && a.Email != "" {
		findings = profiles.Match.Apply(s, &profiles.Subject{Account: a, Leaf: id.Leaf})
	}
	if !e.byToken() && !e.outlived(s) {
		findings = append(findings, preflight.Retirement.Run(s, struct{}{})...)
	}
	return findings
}

// outlived says whether the server still takes what it was to stop taking, of which
// eas.auth warns then.
func (e *Evidence) outlived(s preflight.Scenario) bool {
	x := lastOf(e.direct())
	return x != nil && x.is(200) && len(retired(s, e)) > 0
}

// Mailbox is the one that a target's sign-in opens, as far as can be said before: in
// direct sign-in that of the certificate's user.
func (t Target) Mailbox() string {
	a := t.Account
	if a.Auth == preflight.OAuth || t.Identity == nil {
		return orEmail(a)
	}
	names := addressesOf(t.Identity.Leaf)
	for _, own := range []string{a.User, a.Email} {
		if slices.ContainsFunc(names, func(n string) bool { return certs.SameAddress(n, own) }) {
			return own
		}
	}
	if len(names) == 0 {
		return orEmail(a)
	}
	return names[0]
}

func orEmail(a profiles.Account) string {
	if a.User != "" {
		return a.User
	}
	return a.Email
}
