package ios

import (
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/profiles"
)

// checkAccount judges an account as the phone will take it, which is not always as it
// was meant.
func checkAccount(s preflight.Scenario, j *judged) []preflight.Outcome {
	if len(j.accounts) == 0 && !j.File.Encrypted {
		o := outcome(preflight.StatusWarn, "none", "there is no mail account (%s) in the profile", typeEAS)
		o.Fix = "check the profile that has one; com.apple.ews.account is for Macs"
		return []preflight.Outcome{at(j.File.Top.At, o)}
	}
	var many []preflight.Outcome
	if n := len(j.File.Accounts()); n > maxAccounts {
		o := outcome(preflight.StatusWarn, "too-many", "it has %d mail accounts, of which the first %d were judged", n, maxAccounts)
		o.Fix = "make a profile for each user"
		many = append(many, o)
	}
	return append(many, j.each(func(a *account) []preflight.Outcome {
		all := append(a.server(), a.names(j.Delivery)...)
		if o := j.clash(a); o != nil {
			all = append(all, *o)
		}
		switch {
		case len(all) > 0:
			return all
		case isToken(a.doc.Email):
			return preflight.Skip("whether the address is routable depends on what %q is filled in with", a.doc.Email)
		}
		return profiles.Usable.Run(s, &profiles.Subject{Account: a.doc})
	})...)
}

// server judges where the account connects to.
func (a *account) server() []preflight.Outcome {
	var all []preflight.Outcome
	ssl := a.Get("SSL")
	switch {
	case ssl == nil:
		all = append(all, outcome(preflight.StatusFail, "no-ssl", "SSL is not there, and its default is false: phones connect without TLS"))
	case ssl.Is(plist.Boolean) && !ssl.Bool:
		all = append(all, outcome(preflight.StatusFail, "no-ssl", "SSL is false: phones connect without TLS, and no certificate is asked for"))
	}
	for i := range all {
		all[i] = at(a.place("SSL"), all[i])
		all[i].Fix = "set SSL to true"
	}
	return append(all, a.host()...)
}

func (a *account) host() []preflight.Outcome {
	host := a.Get("Host").Str()
	if host == "" {
		if a.Get("OAuth").True() && !says(a.Get("OAuthSignInURL")) {
			return nil // autodiscovery from the address
		}
		o := outcome(preflight.StatusFail, "no-host", "there is no Host: only an account with OAuth and without OAuthSignInURL finds its server by itself")
		o.Codes, o.Fix = []string{"ios-21003", "ios-2002"}, "give the server's name in Host, outlook.office365.com for Exchange Online"
		return []preflight.Outcome{at(a.place("Host"), o)}
	}
	if _, err := profiles.ParseEndpoint(host); err != nil && !isToken(host) {
		o := outcome(preflight.StatusFail, "host", "Host: %v", err)
		o.Codes, o.Fix = []string{"ios-18001"}, "write the server's name alone"
		return []preflight.Outcome{at(a.place("Host"), o)}
	}
	return nil
}

// names judges the address and the user name. Without an address iOS was seen to make
// one up out of user name and host, and to ask for it only where it can't.
func (a *account) names(d profiles.Delivery) []preflight.Outcome {
	var all []preflight.Outcome
	email, user, host := a.Get("EmailAddress"), a.Get("UserName"), a.Get("Host").Str()
	managed := d == profiles.ForMDM || d == profiles.ForIntune
	switch {
	case email.Str() != "" || email != nil && email.Kind != plist.String:
	case user.Str() != "" && host != "":
		o := outcome(preflight.StatusWarn, "invented-email", "there is no EmailAddress: phones make up %q and say nothing", user.Str()+"@"+host)
		o.Basis, o.Source, o.Fix = preflight.Observed, srcSchema, "set EmailAddress to the user's mail address"
		all = append(all, at(a.place("EmailAddress"), o))
	default:
		o := outcome(preflight.StatusWarn, "no-email", "there is no EmailAddress: phones ask for it")
		o.Source, o.Fix = srcSchema, "set EmailAddress to the user's mail address"
		all = append(all, at(a.place("EmailAddress"), o))
	}
	if user.Str() == "" && (user == nil || user.Kind == plist.String) {
		o := outcome(preflight.StatusWarn, "no-user", "there is no UserName: phones ask for it, unless they have a certificate, and then nobody is asked")
		o.Source, o.Fix = srcSchema, "set UserName to the user's UPN"
		if managed {
			o.Status, o.Message = preflight.StatusFail, "there is no UserName, which Apple wants where device management installs the profile without the user"
		}
		all = append(all, at(a.place("UserName"), o))
	}
	return all
}

// clash finds an earlier account of the profile with the same address, server and
// user, by which iOS was seen to tell accounts apart.
func (j *judged) clash(a *account) *preflight.Outcome {
	for _, other := range j.accounts {
		if other == a {
			return nil
		}
		same := true
		for _, key := range []string{"EmailAddress", "Host", "UserName"} {
			same = same && strings.EqualFold(a.Get(key).Str(), other.Get(key).Str())
		}
		if same {
			o := at(a.At, outcome(preflight.StatusWarn, "second-account", "it has the address, server and user name of %s", other))
			o.Basis, o.Codes, o.Fix = preflight.Observed, []string{"ios-21005"}, "leave one of the two out"
			return &o
		}
	}
	return nil
}

// checkMatch compares the account with the certificate's names, as far as both are
// known.
func checkMatch(s preflight.Scenario, j *judged) []preflight.Outcome {
	return j.each(func(a *account) []preflight.Outcome {
		doc := a.doc
		switch {
		case isToken(doc.Email) || isToken(doc.User):
			return preflight.Skip("the account is for whoever its placeholders are filled in for")
		case a.identity == nil:
			return j.openName(s, a)
		case doc.Email == "" && doc.User == "":
			return preflight.Skip("the account has neither address nor user name")
		}
		if doc.User == "" {
			doc.User = doc.Email
		}
		if doc.Email == "" {
			doc.Email = doc.User
		}
		if o := j.otherUser(s, a); o != nil {
			return []preflight.Outcome{*o}
		}
		outcomes := profiles.Match.Run(s, &profiles.Subject{Account: doc, Leaf: a.identity.Leaf})
		for i, o := range outcomes {
			outcomes[i] = at(a.place("UserName"), o)
		}
		return outcomes
	})
}

// otherUser finds an account of one user of the directory with the certificate of
// another, or of nobody there.
func (j *judged) otherUser(s preflight.Scenario, a *account) *preflight.Outcome {
	if j.Users == nil {
		return nil
	}
	owners := j.Users.Find(a.identity.Leaf)
	for _, key := range []string{"UserName", "EmailAddress"} {
		address := a.Get(key).Str()
		if !profiles.IsUPN(address) || isToken(address) {
			continue
		}
		found := j.Users.ByAddress(address)
		switch {
		case len(found) == 0 && key == "UserName" && s.MaybeOnline():
			return j.noSuchUser(a, address)
		case len(found) == 0 || len(owners) == 0:
		case !slices.ContainsFunc(found, func(u *entra.User) bool { return slices.Contains(owners, u) }):
			o := at(a.place(key), outcome(preflight.StatusFail, "other-user", "%s is that of %s, and the certificate that of %s", key, found[0], owners[0]))
			o.Fix = "find out whose profile it is, and give it that user's certificate"
			return &o
		}
	}
	return nil
}

func (j *judged) noSuchUser(a *account, user string) *preflight.Outcome {
	o := at(a.place("UserName"), outcome(preflight.StatusFail, "no-such-user", "none of the %s has %s as userPrincipalName, so the account signs in as nobody", preflight.Counted(j.Users.Len(), "user"), user))
	o.Fix = "set UserName to the user's UPN; if the user is new, export the users again"
	return &o
}

// openName holds the user name that stands openly in the account against the
// directory, where the certificate is not known.
func (j *judged) openName(s preflight.Scenario, a *account) []preflight.Outcome {
	user := a.doc.User
	if j.Users == nil || !profiles.IsUPN(user) || !s.MaybeOnline() {
		return preflight.Skip("the identity was not opened, or there is none")
	}
	if len(j.Users.ByAddress(user)) > 0 {
		return preflight.Unchecked("%s is a user of the directory; whether the certificate is theirs was not looked at", user)
	}
	return []preflight.Outcome{*j.noSuchUser(a, user)}
}
