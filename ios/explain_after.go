package ios

import (
	"fmt"
	"time"

	"github.com/easkit/easkit/certs/preflight"
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
		switch {
		case t.s.Auth == preflight.Direct:
			t.direct()
		case t.s.Issuer == preflight.ADFS:
			t.adfs()
		default:
			t.entra()
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

// mailArrives is the good end.
func (t *teller) mailArrives() {
	t.then(Step{Kind: "mail", Basis: preflight.Documented, Shows: fmt.Sprintf("Mail fills with %s, and goes on by itself.", past(t.days()))})
}

// past puts a sync window into a sentence.
func past(days string) string {
	if days == "all mail" {
		return "all of the user's mail"
	}
	return "the mail of the past " + days
}

// direct is for a certificate that Exchange itself looks at.
func (t *teller) direct() {
	if t.ref == nil || t.f.danglingReference(t.account) {
		t.then(Step{Kind: "sign-in", Basis: preflight.Inferred, Shows: "Mail asks for the password of the account: the account has no certificate."})
	} else {
		t.then(Step{Kind: "silent", Basis: preflight.Documented,
			Shows: "Nothing more to see: the phone shows the certificate to the mail server by itself.",
			Codes: []CodeHere{here("ios-18002", "The server does not take the certificate. Mail then says that the password is wrong; no password helps.")}})
	}
	t.mailArrives()
	if !t.s.MaybeOnline() {
		return
	}
	where := "The mailbox is in Exchange Online."
	if t.s.Mailbox == preflight.MailboxUnknown {
		where = "Where the mailbox is, the profile does not say. If it is in Exchange Online, this is for it; on Exchange Server nothing ends."
	}
	ends := "ends by the end of 2026"
	if t.s.At.After(preflight.RetirementDay.AddDate(0, 0, 1)) {
		ends = "has ended, if Microsoft kept to the end of 2026"
	}
	does := "Make the profile for sign-in at Entra ID before that: easkit migrate FILE makes one that takes this one's place on the phone; easkit ios --auth oauth makes one anew."
	if t.k.ByMDM {
		does = "Change it in device management before that: the profile for sign-in at Entra ID (easkit ios --auth oauth) takes this one's place."
	}
	t.then(Step{Kind: "retirement", Basis: preflight.Documented,
		Shows: fmt.Sprintf("In Exchange Online this way to sign in %s. Mail then says that the password is wrong, and no new mail comes.", ends),
		Does:  does,
		Means: where + " Microsoft names no day; easkit counts to " + day(preflight.RetirementDay) + "."})
}

// entra is the sign-in at Entra ID.
func (t *teller) entra() {
	t.pushedPassword()
	page := "Entra ID's sign-in page (Microsoft's)"
	if host := t.signInHost(); host != "" {
		page += " at " + host
	}
	t.then(Step{Kind: "sign-in", Basis: preflight.Observed,
		Shows: fmt.Sprintf("Mail or Settings opens %s, with the address filled in.", page),
		Does:  "Go on. Where the page asks how to sign in, choose the certificate, not a password.",
		Means: "In the sign-in log of Entra ID the app is called Apple Internet Accounts, also iOS Accounts.",
		Codes: []CodeHere{
			here("AADSTS50034", "The certificate leads to no user. The page says that account or password is incorrect."),
			here("AADSTS130501", "The user is not among those who may sign in with a certificate."),
			here("AADSTS53003", "Another rule (Conditional Access) says no."),
		}})
	t.picker("AADSTS1001003", "AADSTS1001000")
	t.then(Step{Kind: "consent-app", Basis: preflight.Observed,
		Shows: "The first time, the page asks whether Apple's mail app may read mail for the user.",
		Does:  "Accept. Better: consent once for the whole organisation beforehand, and nobody is asked.",
		Codes: []CodeHere{
			here("AADSTS65001", "Nobody has consented yet."),
			here("AADSTS90094", "Users may not consent here: an administrator has to."),
		}})
	t.then(Step{Kind: "compliant-device", Maybe: true, Basis: preflight.Observed,
		Shows: "If a rule of Entra ID (Conditional Access) asks for a compliant device, the page refuses, although the certificate is right.",
		Does:  "Try one managed phone before the rollout. If it is refused, leave this app out of that policy, or use Microsoft's sign-in extension.",
		Means: "The page that reaches the user's certificate does not reach the one that proves the device, and the other way round.",
		Codes: []CodeHere{here("AADSTS53000", "The device did not prove that it is compliant.")}})
	t.mailArrives()
	t.then(Step{Kind: "recurs", Basis: preflight.Inferred,
		Shows: "The sign-in page comes back from time to time, and the choice of a certificate with it.",
		Does:  "Do as the first time.",
		Means: "How often is set by the sign-in frequency in Conditional Access (Entra ID's rules). It also comes after an administrator has ended the user's sessions."})
}

// adfs is the sign-in at the organisation's own page.
func (t *teller) adfs() {
	t.pushedPassword()
	page := "the organisation's own sign-in page (AD FS)"
	if host := t.signInHost(); host != "" {
		page += " at " + host
	}
	t.then(Step{Kind: "sign-in", Basis: preflight.Inferred,
		Shows: fmt.Sprintf("Mail or Settings opens %s.", page),
		Does:  "Go on. Where the page asks how to sign in, choose the certificate, not a password.",
		Means: "AD FS has to be reachable from the phone, also by the name under which it asks for certificates."})
	t.picker("", "")
	t.mailArrives()
	t.then(Step{Kind: "recurs", Basis: preflight.Inferred, Shows: "The sign-in page comes back when AD FS wants it, and the choice of a certificate with it.", Does: "Do as the first time."})
}

// pushedPassword is how a sign-in by OAuth begins after device management has set
// up the account.
func (t *teller) pushedPassword() {
	if t.k.ByMDM {
		t.then(Step{Kind: "password-popup", Basis: preflight.Observed,
			Shows: "The phone asks for a password of the account. There is none.",
			Does:  "Close that. Open Settings > Apps > Mail > Mail Accounts, the account, and tap to enter the password again: that leads to the sign-in page."})
	}
}

// picker is the choice of a certificate, and the wrong one. The numbers are those of
// Entra ID.
func (t *teller) picker(wrong, noPolicy string) {
	c := t.story.Certificate
	if c == nil {
		t.then(Step{Kind: "picker", Basis: preflight.Inferred, Shows: "The profile brings no certificate for this account. If the page asks for one, the phone needs it from elsewhere."})
		return
	}
	t.then(Step{Kind: "picker", Basis: preflight.Inferred,
		Shows: "The phone asks which certificate to show. The list may hold every one on the phone, that of device management too.",
		Does:  fmt.Sprintf("Choose %s.", c),
		Means: "Whether the phone asks at all, or takes the profile's certificate by itself, is not confirmed: try it on one phone, and tell users what you saw."})
	s := Step{Kind: "wrong-choice", Maybe: true, Basis: preflight.Observed,
		Shows: "If another certificate was chosen, the page refuses. The phone may remember the choice and not ask again.",
		Does:  "Close the page and start the sign-in anew. If the phone does not ask again, restart it. If that does not help, remove the profile and install it again.",
		Means: "That it remembers is reported. How to make it forget is documented nowhere: these are attempts."}
	if wrong != "" {
		s.Codes = []CodeHere{
			here(wrong, "The certificate that was chosen is of another kind, such as the device's."),
			here(noPolicy, "The certificate is another person's, or another account was typed."),
		}
	}
	t.then(s)
}

// expiry is the end of the account's certificate.
func (t *teller) expiry() {
	c := t.story.Certificate
	switch {
	case c == nil:
	case c.Until.IsZero() && t.identityType() == typeSCEP, c.Until.IsZero() && t.identityType() == typeACME:
		t.then(Step{Kind: "expires", Basis: preflight.Inferred, Shows: "The certificate that the phone fetched ends on a day that the CA sets. Then no new mail comes.",
			Does: "Install the profile again before that: whether a phone fetches another by itself depends on how it is managed."})
	case c.Until.IsZero():
		t.then(Step{Kind: "expires", Basis: preflight.Documented, Shows: "When the certificate ends, no new mail comes. Its day is not known here: the file is locked."})
	default:
		shows := fmt.Sprintf("On %s the certificate ends. From then on the sign-in fails, and no new mail comes.", day(c.Until))
		if t.s.At.After(c.Until) {
			shows = fmt.Sprintf("The certificate ended on %s: the sign-in fails, and no mail comes.", day(c.Until))
		}
		t.then(Step{Kind: "expires", Basis: preflight.Documented, Shows: shows, Does: "Send out the renewed profile some weeks before."})
	}
}

// removal is when the phone removes the profile by itself.
func (t *teller) removal() {
	var when string
	if v := t.f.Top.Get("RemovalDate"); v != nil {
		when = "On " + day(v.Time)
	}
	if v := t.f.Top.Get("DurationUntilRemoval"); v != nil {
		after := fmt.Sprintf("%.0f days after the installation", seconds(v)/(24*time.Hour).Seconds())
		if when == "" {
			when = "About " + after
		} else {
			when += ", or about " + after + " if that is earlier,"
		}
	}
	if when != "" {
		t.then(Step{Kind: "removed", Basis: preflight.Documented, Shows: when + " the phone removes the profile by itself, with the account, its mail on the phone and the certificate."})
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
		means := "With a certificate, that is how the phone speaks of every refusal: the certificate, its end, a missing right, or a rule of the server."
		if t.s.Auth == preflight.OAuth {
			means = "The account has no password: the sign-in has run out or was refused."
		}
		does := "Do not type passwords. Note the time and look into the server's log at that minute (on premises: IIS)."
		if t.s.InCloud() {
			does = "Do not type passwords. Note the time and look into the sign-in log of Entra ID at that minute."
		}
		if t.s.Auth == preflight.OAuth {
			does += " Sign in anew: Settings > Apps > Mail > Mail Accounts, the account."
		}
		add(Step{Kind: "asks-password", Maybe: true, Basis: preflight.Observed, Shows: "Mail says that the password is wrong, or asks for one again and again.", Does: does, Means: means})
	}
	add(Step{Kind: "number", Maybe: true, Basis: preflight.Observed, Shows: "A number is known, from a screen, a log or device management.",
		Does:  "easkit explain NUMBER says what it means and what to do.",
		Means: "The phone itself mostly shows a sentence without a number. The number is in its log (Console on a Mac), and device management is told it, in the list of errors that the phone sends back (ErrorChain)."})
	add(Step{Kind: "start-over", Maybe: true, Basis: preflight.Observed, Shows: "Nothing else helps, or the user leaves.",
		Does:  t.startOver(),
		Means: "That takes the account, its mail on the phone and the certificate off the phone. The mail on the server stays."})
}

func (t *teller) startOver() string {
	if t.k.ByMDM {
		return "Take the profile back in device management, and assign it again."
	}
	return "Remove the profile: Settings > General > VPN & Device Management. Then install it again."
}
