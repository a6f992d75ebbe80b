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
	Leaf    *certs.Certificate
}

// Checks are the checks of an account against its certificate, whatever the
// phone.
var Checks = preflight.Table[*Subject]{{
	Run: checkMatch,
	Info: preflight.Info{
		ID: "profile.match", Title: "The account is that of the certificate's user", Basis: preflight.Documented,
		Source: "https://learn.microsoft.com/entra/identity/authentication/certificate-based-authentication-federation-get-started",
		Reason: "the certificate signs in the user that it names; the phone asks for another and reports a wrong password, or opens somebody else's mailbox",
		Fix:    "give the certificate's own user, or another file; --email and --user say what is in the account",
	},
}}

// checkMatch compares addresses. The names of a certificate decide the user in
// direct sign-in to Exchange Online; elsewhere a mapping stands between them.
func checkMatch(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	upns, mails := sub.Leaf.Values(certs.KindUPN), sub.Leaf.Values(certs.KindEmail)
	names := slices.Concat(upns, mails)
	a := sub.Account
	if len(names) == 0 {
		return preflight.Skip("the certificate has no address to compare")
	}
	user, email := contains(names, a.User), contains(names, a.Email)
	list := strings.Join(names, ", ")
	switch {
	case user && email:
		return preflight.Pass("%s", a.User)
	case user, email && (len(upns) == 0 || !strings.Contains(a.User, "@")):
		// A mail address says nothing of the UPN, and DOMAIN\user is none.
		return preflight.Pass("the certificate names %s; user name %s, e-mail address %s", list, a.User, a.Email)
	case email:
		return []preflight.Outcome{{Status: preflight.StatusWarn, Basis: preflight.Inferred,
			Message: fmt.Sprintf("the phone will sign in as %s, and the certificate's UPN is %s", a.User, strings.Join(upns, ", "))}}
	}
	o := preflight.Outcome{
		Status:  preflight.StatusFail,
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
