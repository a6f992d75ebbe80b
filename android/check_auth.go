package android

import (
	"fmt"
	"slices"

	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs/preflight"
)

// checkAuth judges whether sign-in and what the configuration says of certificates
// agree.
func checkAuth(j *judged) []preflight.Outcome {
	rules := j.checkRules()
	said := j.each(func(a *mailAccount) []preflight.Outcome {
		all := slices.Concat(j.wanted(a), a.certificateVariable())
		if a.app.Name == gmail.Name {
			all = slices.Concat(all, j.gmailAuth(a))
		} else {
			all = slices.Concat(all, a.outlookAuth())
		}
		switch {
		case len(all) > 0:
			return all
		case a.password:
			return preflight.Skip("it sets up no account that Outlook is known to sign in with a certificate")
		case a.s.Auth == preflight.Direct:
			return preflight.Pass("Gmail shows the certificate %q to the server itself", quoted(a.str(gmailAlias)))
		case a.app.Name == gmail.Name:
			return preflight.Pass("it names no certificate: Gmail signs in by OAuth, or asks for a password, as its server and its authentication types have it")
		}
		return preflight.Pass("Outlook signs in on Entra ID's page, which asks for the certificate there")
	})
	if len(rules) > 0 { // what passes or is skipped beside them says nothing
		said = slices.DeleteFunc(said, func(o preflight.Outcome) bool { return !o.Status.Worse(preflight.StatusSkip) })
	}
	return append(said, rules...)
}

// wanted holds the account against what the call asks for.
func (j *judged) wanted(a *mailAccount) []preflight.Outcome {
	if j.Auth == "" || j.Auth == a.s.Auth || a.password {
		return nil
	}
	o := outcome(preflight.StatusFail, "other-auth", "sign-in is %s, and %s was asked for", a.s.Auth, j.Auth)
	o.Fix = fmt.Sprintf("build it anew with easkit android --auth %s", j.Auth)
	return []preflight.Outcome{at(a.place(gmailAlias), o)}
}

// certificateVariable wants a kind of enrolment that has certificates for what Intune
// is to fill in with one's alias.
func (a *mailAccount) certificateVariable() []preflight.Outcome {
	var all []preflight.Outcome
	a.texts(func(key string, n *tree.Node) {
		if !certificatePlaceholder().MatchString(n.Text) || a.Applicability == nil && a.object.Get("payloadJson") == nil {
			return
		}
		o := outcome(preflight.StatusFail, "applicability", "%s names a certificate profile, and profileApplicability is %q: \"All profile types\" has user name and password only", quoted(key), "default")
		switch word := a.Applicability.Str(); {
		case word == "androidWorkProfile" || word == "androidDeviceOwner":
			return
		case a.Applicability == nil:
			o.Status, o.Basis = preflight.StatusWarn, preflight.Inferred
			o.Message = fmt.Sprintf("%s names a certificate profile, and profileApplicability is not there, which may mean \"All profile types\": those have user name and password only", quoted(key))
		case word != "default":
			o.Status, o.Basis = preflight.StatusWarn, preflight.Inferred
			o.Message = fmt.Sprintf("%s names a certificate profile, and whether profileApplicability %q has certificates is not known", quoted(key), quoted(word))
		}
		o.Source, o.Fix = srcCert, "set profileApplicability to androidWorkProfile or androidDeviceOwner"
		place := n.At
		if a.Applicability != nil {
			place = a.Applicability.At
		}
		all = append(all, at(place, o))
	})
	return all
}

// gmailAuth judges the alias. In a file for OAuth it has no place: the certificate is
// shown to the sign-in page then.
func (j *judged) gmailAuth(a *mailAccount) []preflight.Outcome {
	alias := a.Values.Get(gmailAlias)
	switch {
	case j.bundle != nil && j.bundle.said.Auth == preflight.OAuth && alias.Str() != "":
		o := outcome(preflight.StatusFail, "alias-with-oauth", "the bundle says oauth, and %s names a certificate for direct sign-in", gmailAlias)
		o.Fix = "build the bundle anew: with oauth no alias is written"
		return []preflight.Outcome{at(alias.At, o)}
	case j.bundle != nil && j.bundle.said.Auth == preflight.Direct && alias.Str() == "":
		o := outcome(preflight.StatusFail, "no-alias", "the bundle says direct, and %s names no certificate", gmailAlias)
		o.Fix = "build the bundle anew: with direct the alias is written"
		return []preflight.Outcome{at(a.place(gmailAlias), o)}
	case alias.Is(tree.String) && alias.Text == "":
		o := outcome(preflight.StatusWarn, "empty-alias", "%s is empty, which Gmail was seen to take for none", gmailAlias)
		o.Basis, o.Fix = preflight.Observed, "write the alias of the certificate for direct sign-in, or leave the key out"
		return []preflight.Outcome{at(alias.At, o)}
	}
	return nil
}

func (a *mailAccount) outlookAuth() []preflight.Outcome {
	var all []preflight.Outcome
	add := func(key string, s preflight.Status, word, fix, format string, args ...any) {
		o := outcome(s, word, format, args...)
		o.Source, o.Fix = srcOutlook, fix
		all = append(all, at(a.place(key), o))
	}
	kind := a.str(outlookType)
	switch {
	case a.Values.Get(outlookType) == nil && a.blank(outlookUPN) && a.blank(outlookAddress) && a.blank(outlookHost):
		return nil // settings without an account
	case a.Values.Get(outlookType) == nil:
		add(outlookType, preflight.StatusFail, "basic-auth", "set it to "+modernAuth, "%s is not there, and its default is %s: sign-in is with a password, and no certificate is used", outlookType, basicAuth)
	case kind == basicAuth:
		add(outlookType, preflight.StatusFail, "basic-auth", "set it to "+modernAuth, "%s is %s: sign-in is with a password, and no certificate is used", outlookType, basicAuth)
	}
	if v := a.str(outlookSignIn); v != "" && v != "Username and Password" {
		add(outlookSignIn, preflight.StatusFail, "server-authentication", "leave it out, and set AccountType to "+modernAuth, "%s is not %q, the one value that Outlook knows: it has no key for a certificate", outlookSignIn, "Username and Password")
	}
	if kind == modernAuth && a.str(outlookHost) != "" {
		add(outlookHost, preflight.StatusWarn, "basic-only", "leave it out: Outlook finds the server itself", "%s counts for %s only", outlookHost, basicAuth)
	}
	return all
}

// checkRetirement tells whether the sign-in of each account stays.
func checkRetirement(j *judged) []preflight.Outcome {
	return j.each(func(a *mailAccount) []preflight.Outcome {
		switch {
		case a.password:
			return preflight.Skip("no certificate is used")
		case a.app.Name == gmail.Name && a.s.Auth == preflight.OAuth && (j.bundle == nil || j.bundle.said.Auth != preflight.OAuth):
			return preflight.Skip("it names no certificate, so there is no direct sign-in with one; whether by OAuth or a password it does not say")
		}
		return preflight.Retirement[0].Run(a.s, struct{}{})
	})
}
