package profiles

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// Subject is what the account checks look at: an account, and the certificate
// that is to sign it in.
type Subject struct {
	Account Account
	Leaf    *certs.Certificate // nil where the phone has yet to ask for it
	Err     error              // why there is no account; the rest is empty then
}

// Usable and Match are the checks of an account, whatever the phone. What a format
// knows beyond them it tells under their entries of the catalogue.
var (
	Usable = preflight.Check[*Subject]{Run: checkAccount, Info: preflight.Info{
		ID: "profile.account", Title: "The account has what the phone needs of it", Basis: preflight.Documented, Source: srcGetStarted,
		Reason: "a phone sets up an account with the wrong address or server without a word, and mail never comes",
		Fix:    "say it with --email, --user or --host, or in the template",
	}}
	Match = preflight.Check[*Subject]{Run: checkMatch, Info: preflight.Info{
		ID: "profile.match", Title: "The account is that of the certificate's user", Basis: preflight.Documented, Source: srcGetStarted,
		Reason: "the certificate signs in the user that it names; the phone asks for another and reports a wrong password, or opens somebody else's mailbox",
		Fix:    "give the certificate's own user, or another file; --email and --user say what is in the account",
	}}
)

var checks = preflight.Table[*Subject]{Usable, Match}

// Check judges an account against its certificate.
func Check(s preflight.Scenario, sub *Subject) []preflight.Finding { return checks.Run(s, sub) }

// Unusable is the finding on an account that can't be made. fix says what to do
// where that differs from the catalogue's.
func Unusable(err error, fix string) []preflight.Finding {
	findings := Usable.Apply(preflight.Scenario{}, &Subject{Err: err})
	if fix != "" {
		findings[0].Fix = fix
	}
	return findings
}

// checkAccount looks at the address that mail is to come to. Exchange Online has
// no mailbox under one whose domain is not on the internet.
func checkAccount(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	if sub.Err != nil {
		return preflight.Fail("%v", sub.Err)
	}
	a := sub.Account
	if tokens := tokensOf(a.Email, a.User); len(tokens) > 0 {
		return preflight.Skip("device management fills in %s: no address to judge before", strings.Join(tokens, ", "))
	}
	r := certs.Routable(a.Email)
	message := fmt.Sprintf("the e-mail address is %s: %s", a.Email, r.Reason)
	switch {
	case r.Routable:
		return preflight.Pass("%s on %s", a.Email, a.Endpoint)
	case s.Mailbox == preflight.ExchangeOnline:
		return []preflight.Outcome{{Status: preflight.StatusFail, Message: message, Fix: "give the user's mail address with --email"}}
	}
	return preflight.Warn("%s", message)
}

// OtherNames is the value of profile.match where certificate and account have no name
// in common.
const OtherNames = "other-names"

// checkMatch compares addresses. The names of a certificate decide the user in
// direct sign-in to Exchange Online; elsewhere a mapping stands between them.
func checkMatch(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	if sub.Leaf == nil {
		return preflight.Skip("there is no certificate yet: the phone asks for one")
	}
	upns, mails := sub.Leaf.Values(certs.KindUPN), sub.Leaf.Values(certs.KindEmail)
	names := slices.Concat(upns, mails)
	for i := len(names) - 1; i > 0; i-- { // the same address in two forms is one name
		if contains(names[:i], names[i]) {
			names = slices.Delete(names, i, i+1)
		}
	}
	a := sub.Account
	if len(names) == 0 {
		return preflight.Skip("the certificate has no address to compare")
	}
	user, email := contains(names, a.User), contains(names, a.Email)
	list := strings.Join(names, ", ")
	switch {
	case user && email:
		return preflight.Pass("%s", a.User)
	case user && len(mails) > 0 && !contains(upns, a.Email):
		return []preflight.Outcome{{Status: preflight.StatusWarn, Basis: preflight.Inferred,
			Message: fmt.Sprintf("mail is to come to %s, and the certificate's address is %s: an alias, or somebody else's?", a.Email, strings.Join(mails, ", "))}}
	case user, email && (len(upns) == 0 || s.Mailbox == preflight.ExchangeServer && !strings.Contains(a.User, "@")):
		// A mail address says nothing of the UPN, and DOMAIN\user is none.
		return preflight.Pass("the certificate names %s; user name %s, e-mail address %s", list, a.User, a.Email)
	case email:
		return []preflight.Outcome{{Status: preflight.StatusWarn, Basis: preflight.Inferred,
			Message: fmt.Sprintf("the phone will sign in as %s, and the certificate's UPN is %s", a.User, strings.Join(upns, ", "))}}
	}
	o := preflight.Outcome{
		Status: preflight.StatusFail, Value: OtherNames,
		Message: fmt.Sprintf("the certificate is for %s, the account for %s (user name %s)", list, a.Email, a.User),
	}
	if s.Auth != preflight.Direct || s.Mailbox != preflight.ExchangeOnline {
		o.Status, o.Basis = preflight.StatusWarn, preflight.Inferred
		o.Message += "; a mapping in the tenant or in Active Directory may join them"
	}
	return []preflight.Outcome{o}
}

func contains(names []string, address string) bool {
	for _, n := range names {
		if certs.SameAddress(n, address) {
			return true
		}
	}
	return false
}
