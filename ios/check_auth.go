package ios

import (
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// oauthSince is the first iOS with the key OAuth (Apple, com.apple.eas.account).
const oauthSince = 12

// checkAuth judges whether sign-in, OAuth keys and identity agree.
func checkAuth(s preflight.Scenario, j *judged) []preflight.Outcome {
	return j.each(func(a *account) []preflight.Outcome {
		all := append(j.wanted(a), a.oauthKeys(s.IOS)...)
		if len(all) > 0 {
			return all
		}
		if a.auth() == preflight.OAuth {
			return preflight.Pass("sign-in is by OAuth; the users see a sign-in page, and may be asked for a certificate there")
		}
		return preflight.Pass("the phone shows the certificate to the server itself")
	})
}

// auth is how the account signs in.
func (a *account) auth() preflight.Auth {
	if a.Get("OAuth").True() {
		return preflight.OAuth
	}
	return preflight.Direct
}

// wanted holds the account against what the call asks for.
func (j *judged) wanted(a *account) []preflight.Outcome {
	if j.Auth == "" || j.Auth == a.auth() {
		return nil
	}
	o := outcome(preflight.StatusFail, "other-auth", "sign-in is %s, and %s was asked for", a.auth(), j.Auth)
	o.Fix = "easkit migrate FILE makes an oauth profile of a direct one"
	if j.Auth == preflight.Direct {
		o.Fix = "build the profile with --auth direct"
	}
	return []preflight.Outcome{at(a.place("OAuth"), o)}
}

func (a *account) oauthKeys(oldest int) []preflight.Outcome {
	oauth, signIn := a.Get("OAuth"), a.Get("OAuthSignInURL")
	var all []preflight.Outcome
	add := func(key string, o preflight.Outcome, fix string) {
		o.Source, o.Fix = srcSchema, fix
		all = append(all, at(a.place(key), o))
	}
	if oauth == nil && a.ref != nil && a.Get("UserName").Str() != "" && a.Get("Password").Str() == "" {
		o := outcome(preflight.StatusWarn, "oauth-key-absent", "the key OAuth is not there: phones ask for a password then, which the user may leave empty")
		o.Basis = preflight.Observed
		add("OAuth", o, "write OAuth false, which was seen to spare the question")
	}
	if oauth.True() && oldest < oauthSince {
		add("OAuth", outcome(preflight.StatusFail, "oauth-too-old", "iOS %d does not know OAuth (since %d), and shows the certificate to the server", oldest, oauthSince), "serve iOS 12 and later: --ios 12")
	}
	for _, key := range []string{"OAuthSignInURL", "OAuthTokenRequestURL"} {
		if a.Get(key).Is(plist.String) && !oauth.True() {
			add(key, outcome(preflight.StatusWarn, "url-without-oauth", "%s counts only where OAuth is true", key), "set OAuth to true, or leave the address out")
		}
	}
	if signIn.Str() != "" && oauth.True() && a.Get("Host").Str() == "" {
		add("OAuthSignInURL", outcome(preflight.StatusFail, "sign-in-url-without-host", "OAuthSignInURL turns autodiscovery off, and there is no Host"), "set Host")
	}
	return all
}
