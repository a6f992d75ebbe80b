package ios

import (
	"fmt"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// then appends a step of what comes after the installation.
func (t *teller) then(s Step) { t.story.After = append(t.story.After, s) }

// after tells what comes once the profile is installed.
func (t *teller) after() {
	if t.f.Encrypted {
		return
	}
	t.trustSettings()
	if t.account != nil {
		if t.s.Auth == preflight.Direct {
			t.direct()
		} else {
			t.onPage()
		}
	}
	t.removal()
	t.expiry()
	t.renewal()
}

// trustSettings is the switch for roots that a user installed.
func (t *teller) trustSettings() {
	if t.k.ByMDM {
		return
	}
	for _, p := range Prompts(t.f) {
		if p.Kind == AskTrust {
			t.then(Step{Kind: "trust-settings", Maybe: true, Basis: preflight.Documented,
				Shows: "If the mail server's own certificate comes from the root in the profile, the phone does not trust the server yet.",
				Does:  "Switch the root on: Settings > General > About > Certificate Trust Settings. For Exchange Online that is not needed."})
			return
		}
	}
}

// expiry is the end of the account's certificate.
func (t *teller) expiry() {
	c := t.story.Certificate
	switch {
	case c == nil:
	case c.Until.IsZero() && t.identityType() == typeSCEP, c.Until.IsZero() && t.identityType() == typeACME:
		t.then(Step{Kind: "expires", Basis: preflight.Inferred, Shows: "The certificate that the phone fetched ends on a day that the CA sets. Sign-ins fail after that.",
			Does: "Install the profile again before that: whether a phone fetches another by itself depends on how it is managed."})
	case c.Until.IsZero():
		t.then(Step{Kind: "expires", Basis: preflight.Documented, Shows: "When the certificate ends, sign-ins fail. Its day is not known here: the file is locked."})
	default:
		t.then(t.ended(c.Until))
	}
}

// ended is the end of a certificate on a known day. By OAuth the account goes on with
// what it has until the page comes again.
func (t *teller) ended(until time.Time) Step {
	s := Step{Kind: "expires", Basis: preflight.Documented, Does: "Send out the renewed profile some weeks before."}
	switch {
	case !t.s.At.Before(until):
		s.Shows, s.Does = fmt.Sprintf("The certificate ended on %s: no sign-in succeeds with it.", day(until)), "Do not send this file out. Build the profile with a renewed certificate."
	case t.s.Auth == preflight.OAuth:
		s.Basis = preflight.Inferred
		s.Shows = fmt.Sprintf("On %s the certificate ends. The next time that the sign-in page comes after that, the sign-in fails; until then mail may go on.", day(until))
	default:
		s.Shows = fmt.Sprintf("On %s the certificate ends. From then on the sign-in fails, and no new mail comes.", day(until))
	}
	return s
}

// removal is when the phone removes the profile by itself.
func (t *teller) removal() {
	var when string
	if v := t.f.Top.Get("RemovalDate"); v.Is(plist.Date) {
		when = "On " + day(v.Time)
	}
	if v := t.f.Top.Get("DurationUntilRemoval"); seconds(v) > 0 {
		after := fmt.Sprintf("%.0f days after the installation", seconds(v)/(24*time.Hour).Seconds())
		if when == "" {
			when = "About " + after
		} else {
			when += ", or about " + after + " if that is earlier,"
		}
	}
	if when != "" {
		t.then(Step{Kind: "removed", Basis: preflight.Observed, Shows: when + " the phone removes the profile by itself, with the account, its mail on the phone and the certificate."})
	}
}

// renewal is how a later profile takes this one's place.
func (t *teller) renewal() {
	does := "Build the new profile with the same tool and settings, so that its identifiers stay the same; easkit diff OLD NEW says what the phone will make of it."
	if t.k.ByMDM {
		t.then(Step{Kind: "renewal", Basis: preflight.Documented, Shows: "A later profile with the same identifiers takes this one's place. What the user changed in the account's settings is set back.", Does: does})
		return
	}
	s := Step{Kind: "renewal", Basis: t.story.Badge.Basis,
		Shows: "A later profile with the same identifiers takes this one's place, installed in the same way. What the user changed in the account's settings is set back.",
		Does:  does, Means: t.story.Badge.Update}
	if t.f.Signed != nil {
		s.Codes = []CodeHere{here("ios-4008", "The new profile is signed with another certificate, or not at all.")}
	}
	t.then(s)
}

// wrong is by what users tell the help desk.
func (t *teller) wrong() {
	add := func(s Step) { t.story.Wrong = append(t.story.Wrong, s) }
	if t.account != nil {
		add(t.asksPassword())
	}
	add(Step{Kind: "number", Maybe: true, Basis: preflight.Observed, Shows: "A number is known, from a screen, a log or device management.",
		Does:  "easkit explain NUMBER says what it means and what to do.",
		Means: "The phone itself mostly shows a sentence without a number. The number is in its log (Console on a Mac), and device management is told it, in the list of errors that the phone sends back (ErrorChain)."})
	add(Step{Kind: "start-over", Maybe: true, Basis: preflight.Observed, Shows: "Nothing else helps, or the user leaves.",
		Does:  t.startOver(),
		Means: "That takes the account, its mail on the phone and the certificate off the phone. The mail on the server stays."})
}

// asksPassword is the sentence that users tell of most: the phone says it of every
// refusal.
func (t *teller) asksPassword() Step {
	s := Step{Kind: "asks-password", Maybe: true, Basis: preflight.Observed, Shows: "Mail says that the password is wrong, or asks for one again and again."}
	log := "Note the time and look into the server's log at that minute (on premises: IIS)."
	switch {
	case t.guessed, t.s.Auth == preflight.Direct && t.s.Mailbox == preflight.MailboxUnknown:
		log = "Note the time and look into the log at that minute: for Exchange Online the sign-in log of Entra ID, on premises that of IIS or AD FS."
	case t.s.InCloud():
		log = "Note the time and look into the sign-in log of Entra ID at that minute."
	}
	switch {
	case t.s.Auth == preflight.OAuth:
		s.Does = "Do not type passwords. " + log + " Sign in anew: Settings > Apps > Mail > Mail Accounts, the account."
		s.Means = "The account has no password: the sign-in has run out or was refused."
	case t.hasIdentity():
		s.Does = "Do not type passwords. " + log
		s.Means = "With a certificate, that is how the phone speaks of every refusal: the certificate, its end, a missing right, or a rule of the server."
	default:
		s.Does = "Type the password of the mail account once more. If it is right: " + strings.ToLower(log[:1]) + log[1:]
		s.Means = "The account has no certificate. The password was changed or mistyped, or the server refuses the user."
	}
	return s
}

func (t *teller) startOver() string {
	if t.k.ByMDM {
		return "Take the profile back in device management, and assign it again."
	}
	return "Remove the profile: Settings > General > VPN & Device Management. Then install it again."
}
