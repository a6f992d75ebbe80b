package probe

import (
	"errors"
	"fmt"
	"time"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
)

// entraCodes explains the codes of Entra ID.
func entraCodes() []preflight.Code { return entra.Codes() }

func checkAuth(s preflight.Scenario, e *Evidence) []preflight.Outcome {
	r := e.refused()
	switch {
	case r != nil && r.unproven:
		return []preflight.Outcome{outcome(preflight.StatusSkip, r.word, "", "%s asks for a certificate, as it should, and there is none here to show (%s); --p12 FILE goes on", lastOf(e.path()).at(), safe(e.Target.Name))}
	case r != nil && r.word == wordNotAsked:
		return preflight.Skip("the certificate was not judged, as nobody asked for it (eas.certificate-asked): %s", r.text)
	case r != nil:
		return r.outcomes()
	case e.byToken():
		return authByToken(e)
	}
	x := lastOf(e.direct())
	switch {
	case x == nil || !x.speaksEAS():
		return notTried(e)
	case !x.TLS.Asked:
		return preflight.Skip("the server answered without asking who it is, which says nothing about the sign-in; on a phone, see whether mail comes, or ask for the folders with --deep")
	case !x.TLS.Sent:
		return preflight.Skip("the server answered without a certificate, which says nothing about the sign-in")
	}
	return append(preflight.Pass("%s took the certificate of %s", x.at(), e.whom()), retired(s, e)...)
}

// retired warns where Exchange Online still takes what it was to stop taking.
func retired(s preflight.Scenario, e *Evidence) []preflight.Outcome {
	at := clock(s, e)
	if !online(s, e) || at.Before(preflight.RetirementDay.Add(24*time.Hour)) {
		return nil
	}
	o := outcome(preflight.StatusWarn, "retired", preflight.Retirement[0].Fix,
		"Exchange Online answers, although direct sign-in was to end on %s (Microsoft says \"by the end of 2026\"; the day is our setting): it can stop any day", day(preflight.RetirementDay))
	o.Source = preflight.RetirementSource
	return []preflight.Outcome{o}
}

// onPhone is how to see on a phone what can't be known from here.
const onPhone = "on an iPhone: Settings > Apps > Mail > Mail Accounts > the account > Re-enter Password opens the sign-in page, which has to offer the certificate; on Android the mail app opens it"

func authByToken(e *Evidence) []preflight.Outcome {
	o := e.OAuth
	switch {
	case o == nil || o.Exchange == nil:
		return notTried(e)
	case errors.Is(o.SignInErr, ErrNoSignIn):
		return preflight.Skip("not tried: %s; %s", why(o.SignInErr), onPhone)
	case o.SignInErr != nil:
		return signInFailed(o.SignInErr)
	case !o.SignedIn && !o.Challenge.Bearer:
		return preflight.Skip("not tried: the server offers no sign-in by token (eas.oauth)")
	case !o.SignedIn:
		return preflight.Skip("nobody has signed in: --sign-in does it here; %s", onPhone)
	}
	x := lastOf(o.Options)
	if x == nil || !x.speaksEAS() {
		return notTried(e)
	}
	return preflight.Pass("%s took the token of %s", x.at(), safe(e.Target.Account.User))
}

// signInFailed says why there is no token.
func signInFailed(err error) []preflight.Outcome {
	r := &refusal{word: "sign-in-failed", text: why(err), fix: "Entra ID's sign-in log has the reason of each sign-in that failed", codes: []string{}}
	if errors.Is(err, ErrOtherUser) {
		r.word, r.fix = "other-user", "sign in as the account's own user"
	}
	known := &refusal{}
	known.withAADSTS(err.Error())
	if len(known.codes) > 0 {
		r.codes = known.codes
		r.source = known.source
		if known.fix != "" {
			r.fix = known.fix
		}
		if c := explanation(entraCodes(), known.codes[0]); c.ID != "" {
			r.text += fmt.Sprintf(" [%s]", c.Title)
		}
	}
	return r.outcomes()
}
