package android

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// isToken reports whether a value is for device management to fill in.
func isToken(value string) bool { return strings.Contains(value, "{{") }

// readHost reads host[:port][/path], as Gmail does.
func readHost(s string) (profiles.Endpoint, error) {
	if s == "" {
		return profiles.Endpoint{}, nil
	}
	if !strings.Contains(s, "://") {
		s, _, _ = strings.Cut(s, "/")
	}
	return profiles.ParseEndpoint(s)
}

// checkAccount judges an account as the app will take it.
func checkAccount(j *judged) []preflight.Outcome {
	return j.each(func(a *mailAccount) []preflight.Outcome {
		all := a.outlookAccount()
		if a.app.Name == gmail.Name {
			all = a.gmailAccount()
		}
		unusable := slices.ContainsFunc(all, func(o preflight.Outcome) bool { return o.Value == "address" || o.Value == "incomplete" })
		switch {
		case unusable:
		case isToken(a.doc.Email) || isToken(a.doc.User):
			all = append(all, preflight.Skip("whether the address is routable depends on what is filled in")...)
		case a.doc.Email == "":
			all = append(all, preflight.Skip("the app sets up no account by itself")...)
		default:
			all = append(all, a.usable(len(all) == 0)...)
		}
		return all
	})
}

// usable judges the address as for any phone. That it passes is told where there is
// nothing else to tell.
func (a *mailAccount) usable(tell bool) []preflight.Outcome {
	var all []preflight.Outcome
	key := outlookAddress
	if a.app.Name == gmail.Name {
		key = "email_address"
	}
	for _, o := range profiles.Usable.Run(a.s, &profiles.Subject{Account: a.doc}) {
		o.Source, o.Fix = profiles.Usable.Source, "write the user's mail address"
		switch {
		case o.Status != preflight.StatusPass:
			all = append(all, at(a.place(key), o))
		case tell:
			all = append(all, preflight.Pass("%s in %s", quoted(a.doc.Email), a.app.Title)...)
		}
	}
	return all
}

// required are the keys of which Gmail wants all, or none.
var required = []string{"email_address", "exchange_host", "exchange_username"}

func (a *mailAccount) gmailAccount() []preflight.Outcome {
	missing := slices.DeleteFunc(slices.Clone(required), func(key string) bool { return !a.blank(key) })
	var all []preflight.Outcome
	switch len(missing) {
	case 0:
	case len(required):
		o := outcome(preflight.StatusWarn, "none", "email_address, exchange_host and exchange_username are not there: Gmail sets up no account")
		o.Fix = "write all three, if Gmail is to have an account"
		all = append(all, at(a.object.At, o))
	default:
		o := outcome(preflight.StatusWarn, "incomplete", "%s missing: Gmail was seen to reject the whole configuration then", strings.Join(missing, " and "))
		o.Basis, o.Fix = preflight.Observed, "write email_address, exchange_host and exchange_username, all three"
		all = append(all, at(a.place(missing[0]), o))
	}
	return slices.Concat(all, a.gmailAddress(), a.gmailHost(), a.gmailTLS(), a.gmailOther())
}

// blank says of a key that it is not there, or an empty string. A value of another
// type is for profile.schema.
func (a *mailAccount) blank(key string) bool { return isBlank(a.Values.Get(key)) }

func isBlank(n *tree.Node) bool { return n == nil || n.Is(tree.String) && n.Text == "" }

func (a *mailAccount) gmailAddress() []preflight.Outcome {
	var all []preflight.Outcome
	if email := a.doc.Email; email != "" && !isToken(email) {
		if _, err := certs.ParseAddress(email); err != nil {
			o := outcome(preflight.StatusFail, "address", "email_address %q: %v", quoted(email), err)
			o.Fix = "write the user's mail address"
			all = append(all, at(a.place("email_address"), o))
		}
	}
	if user := a.doc.User; a.s.Mailbox == preflight.ExchangeOnline && user != "" && !isToken(user) && !strings.Contains(user, "@") {
		o := outcome(preflight.StatusWarn, "no-upn", "exchange_username is %q, and Exchange Online knows users by their UPN", quoted(user))
		o.Basis, o.Fix = preflight.Inferred, "write the user's UPN"
		all = append(all, at(a.place("exchange_username"), o))
	}
	return all
}

func (a *mailAccount) gmailHost() []preflight.Outcome {
	host := a.str("exchange_host")
	if isToken(host) {
		return nil
	}
	if _, err := readHost(host); err != nil {
		o := outcome(preflight.StatusFail, "host", "exchange_host: %s", preflight.Printable(err.Error()))
		o.Fix = "write the server's name alone, or name:port"
		return []preflight.Outcome{at(a.place("exchange_host"), o)}
	}
	return nil
}

// gmailTLS judges the two switches that give the connection away. With port 443 in the
// host Gmail was seen to use TLS whatever the switch says.
func (a *mailAccount) gmailTLS() []preflight.Outcome {
	var all []preflight.Outcome
	const ssl, trust = "exchange_ssl_required", "exchange_trust_all_certificates"
	if n := a.Values.Get(ssl); n.Is(tree.Boolean) && !n.Bool {
		o := outcome(preflight.StatusFail, "no-ssl", "%s is false: mail goes without TLS, and no certificate is asked for", ssl)
		host, _, _ := strings.Cut(a.str("exchange_host"), "/")
		if strings.HasSuffix(host, fmt.Sprintf(":%d", defaultPort)) {
			o.Status, o.Basis = preflight.StatusWarn, preflight.Observed
			o.Message = fmt.Sprintf("%s is false; Gmail was seen to use TLS all the same, for port %d in exchange_host", ssl, defaultPort)
		}
		o.Fix = "set it to true, or leave it out"
		all = append(all, at(n.At, o))
	}
	if n := a.Values.Get(trust); n.True() {
		o := outcome(preflight.StatusFail, "trust-all", "%s is true: whoever stands between phone and server can pose as the server", trust)
		o.Fix = "set it to false, or leave it out, and give the server a certificate that phones trust"
		all = append(all, at(n.At, o))
	}
	return all
}

// gmailOther judges values that Gmail was seen to pass over.
func (a *mailAccount) gmailOther() []preflight.Outcome {
	var all []preflight.Outcome
	add := func(key, word, fix, format string, args ...any) {
		o := outcome(preflight.StatusWarn, word, format, args...)
		o.Basis, o.Fix = preflight.Observed, fix
		all = append(all, at(a.place(key), o))
	}
	if id := a.str("exchange_device_id"); id != "" && !isToken(id) && !gmailDeviceID().MatchString(id) {
		add("exchange_device_id", "device-id", "write 1 to 32 letters and digits, or leave it out", "exchange_device_id %q is not 1 to 32 letters and digits: Gmail was seen to pass over it and make its own", quoted(id))
	}
	const window = "default_exchange_sync_window"
	if n, ok := a.Values.Get(window).Int(); ok && (n < 0 || n >= int64(len(profiles.SyncWindows))) {
		add(window, "sync-window", "write a number from 0 to 5: all mail, 1 day, 3 days, a week, 2 weeks, a month", "%s is %d, and its values are 0 to %d", window, n, len(profiles.SyncWindows)-1)
	}
	return all
}

// outlookAccount wants what Outlook needs to set up an account by itself.
func (a *mailAccount) outlookAccount() []preflight.Outcome {
	if a.password {
		return nil // of which profile.auth speaks
	}
	var all []preflight.Outcome
	for _, key := range []string{outlookUPN, outlookAddress} {
		if a.blank(key) {
			o := outcome(preflight.StatusFail, "incomplete", "%s is missing, which Outlook needs for %s", key, modernAuth)
			o.Source, o.Fix = srcOutlook, "write the user's UPN and mail address"
			all = append(all, at(a.place(key), o))
		}
	}
	return all
}

// checkMatch compares the account with the names of a bundle's certificate, and with
// what the bundle itself says.
func checkMatch(j *judged) []preflight.Outcome {
	return j.each(func(a *mailAccount) []preflight.Outcome {
		doc := a.doc
		switch {
		case isToken(doc.Email) || isToken(doc.User):
			return preflight.Skip("the account is for whoever its placeholders are filled in for")
		case doc.Email == "" && doc.User == "":
			return preflight.Skip("the account has neither address nor user name")
		}
		all := j.contradictions(a)
		if j.bundle == nil || j.bundle.identity == nil {
			return append(all, j.openName(a)...)
		}
		doc.User, doc.Email = orElse(doc.User, doc.Email), orElse(doc.Email, doc.User)
		for _, o := range profiles.Match.Run(a.s, &profiles.Subject{Account: doc, Leaf: j.bundle.identity.Leaf}) {
			all = append(all, at(a.Values.At, o))
		}
		return all
	})
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

// contradictions are what a bundle says of the account and its configuration has
// otherwise. The app reads the configuration.
func (j *judged) contradictions(a *mailAccount) []preflight.Outcome {
	if j.bundle == nil {
		return nil
	}
	said := j.bundle.said
	rows := []struct{ what, said, read string }{{"e-mail address", said.Email, a.doc.Email}, {"user name", said.User, a.doc.User}}
	if a.app.Name == gmail.Name {
		rows = append(rows, struct{ what, said, read string }{"host", said.Endpoint.String(), a.doc.Endpoint.String()})
	}
	var all []preflight.Outcome
	for _, r := range rows {
		if !strings.EqualFold(r.said, r.read) {
			o := outcome(preflight.StatusFail, "other-account", "the %s is %q in the bundle, and %q in its managedConfiguration, which is what the app reads", r.what, quoted(r.said), quoted(r.read))
			o.Fix = "build the bundle anew"
			all = append(all, at(a.Values.At, o))
		}
	}
	return all
}

// openName holds the user name against the directory, where there is no certificate.
func (j *judged) openName(a *mailAccount) []preflight.Outcome {
	user := a.doc.User
	switch {
	case j.Users == nil || !strings.Contains(user, "@") || !a.s.MaybeOnline():
		return preflight.Skip("there is no certificate here to compare the account with")
	case j.Users.ByUPN(user) != nil:
		return preflight.Unchecked("%s is a user of the directory; whether the certificate on the phone is theirs was not looked at", quoted(user))
	}
	o := outcome(preflight.StatusFail, "no-such-user", "none of the %s has %s as userPrincipalName, so the account signs in as nobody", preflight.Counted(j.Users.Len(), "user"), quoted(user))
	o.Fix = "write the user's UPN; if the user is new, export the users again"
	return []preflight.Outcome{at(a.Values.At, o)}
}
