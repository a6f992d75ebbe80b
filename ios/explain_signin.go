package ios

import (
	"fmt"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

// direct is for a certificate that Exchange itself looks at, or a password.
func (t *teller) direct() {
	if !t.hasIdentity() {
		t.then(Step{Kind: "password-sign-in", Basis: preflight.Inferred, Shows: "Mail asks for the password of the account, unless it has it already: the account has no certificate.",
			Does: "Type the password of the mail account."})
	} else {
		t.then(Step{Kind: "silent", Basis: preflight.Documented,
			Shows: "Nothing more to see: the phone shows the certificate to the mail server by itself.",
			Codes: []CodeHere{here("ios-18002", "The server does not take the certificate. Mail then says that the password is wrong; no password helps.")}})
	}
	t.arrives()
	t.retirement()
}

// retirement is the end of direct sign-in by certificate in Exchange Online.
func (t *teller) retirement() {
	if !t.s.MaybeOnline() || !t.hasIdentity() {
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
		Shows: fmt.Sprintf("In Exchange Online this way to sign in %s.", ends),
		Does:  does,
		Means: where + " Microsoft names no day; easkit counts to " + day(preflight.RetirementDay) + "."})
	t.then(Step{Kind: "retired", Maybe: true, Basis: preflight.Inferred, Shows: "Once it has ended, no new mail comes, and Mail says that the password is wrong."})
}

// signInPage is what differs between those who issue tokens.
type signInPage struct {
	shows, filled, means, recurs, often string
	basis                               preflight.Basis
	codes                               []CodeHere
	wrong, noPolicy                     string // numbers for a certificate of another kind, and for another person's
}

var entraPage = signInPage{
	shows: "Entra ID's sign-in page (Microsoft's)", filled: ", with the address filled in", basis: preflight.Observed,
	means: "In the sign-in log of Entra ID the app is called Apple Internet Accounts, also iOS Accounts.",
	codes: []CodeHere{
		{"AADSTS50034", "The certificate leads to no user. The page says that account or password is incorrect."},
		{"AADSTS130501", "The user is not among those who may sign in with a certificate."},
		{"AADSTS53003", "Another rule (Conditional Access) says no."},
	},
	wrong: "AADSTS1001003", noPolicy: "AADSTS1001000",
	recurs: "from time to time",
	often:  "How often is set by the sign-in frequency in Conditional Access (Entra ID's rules). It also comes after an administrator has ended the user's sessions.",
}

var adfsPage = signInPage{
	shows: "the organisation's own sign-in page (AD FS)", basis: preflight.Inferred,
	means:  "AD FS has to be reachable from the phone, also by the name under which it asks for certificates.",
	recurs: "when AD FS wants it",
}

// eitherPage is for a mailbox of which nobody says where it is.
const eitherPage = "Entra ID's sign-in page (Microsoft's) if the mailbox is in Exchange Online, and the organisation's own (AD FS) otherwise: --mailbox and --issuer say which"

// onPage is the sign-in on a web page.
func (t *teller) onPage() {
	page := entraPage
	switch {
	case t.guessed:
		page.shows, page.filled, page.basis = eitherPage, "", preflight.Inferred
		page.means = "At Entra ID, the app is called Apple Internet Accounts in the sign-in log, also iOS Accounts. AD FS has to be reachable from the phone. Numbers that begin with AADSTS are Entra ID's."
	case t.s.Issuer == preflight.ADFS:
		page = adfsPage
	}
	if host := t.signInHost(); host != "" {
		page.shows += " at " + host
	}
	t.pushedPassword()
	s := Step{Kind: "page-sign-in", Basis: page.basis, Shows: fmt.Sprintf("Mail or Settings opens %s%s.", page.shows, page.filled),
		Does: "Sign in as the page asks.", Means: page.means, Codes: page.codes}
	if t.hasIdentity() {
		s.Kind, s.Does = "sign-in", "Go on. Where the page asks how to sign in, choose the certificate, not a password."
	} else if len(s.Codes) > 0 {
		s.Codes = s.Codes[len(s.Codes)-1:] // the others are of certificates
	}
	t.then(s)
	t.picker(page)
	if t.s.Issuer == preflight.Entra {
		t.entraRules()
	}
	t.arrives()
	recurs := "The sign-in page comes back " + page.recurs
	if t.hasIdentity() {
		recurs += ", and the choice of a certificate with it"
	}
	t.then(Step{Kind: "recurs", Basis: preflight.Inferred, Shows: recurs + ".", Does: "Do as the first time.", Means: page.often})
}

// entraRules are what Entra ID asks for besides the certificate.
func (t *teller) entraRules() {
	t.then(Step{Kind: "consent-app", Maybe: t.guessed, Basis: preflight.Observed,
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

// picker is the choice of a certificate, and the wrong one.
func (t *teller) picker(page signInPage) {
	c := t.story.Certificate
	if c == nil {
		t.then(Step{Kind: "picker", Maybe: true, Basis: preflight.Inferred, Shows: "The profile brings no certificate for this account. If the page asks for one, the phone needs it from elsewhere."})
		return
	}
	means := "Whether the phone asks at all, or takes the profile's certificate by itself, is not confirmed: try it on one phone, and tell users what you saw."
	if others := t.otherIdentities(); len(others) > 0 {
		means = "The profile itself brings others, that are not for this: " + strings.Join(others, "; ") + ". " + means
	}
	t.then(Step{Kind: "picker", Basis: preflight.Inferred,
		Shows: "The phone asks which certificate to show. The list may hold every one on the phone, that of device management too.",
		Does:  fmt.Sprintf("Choose %s.", c),
		Means: means})
	s := Step{Kind: "wrong-choice", Maybe: true, Basis: preflight.Observed,
		Shows: "If another certificate was chosen, the page refuses. The phone may remember the choice and not ask again.",
		Does:  "Close the page and start the sign-in anew. If the phone does not ask again, restart it. If that does not help, remove the profile and install it again.",
		Means: "That it remembers is reported. How to make it forget is documented nowhere: these are attempts."}
	if page.wrong != "" {
		s.Codes = []CodeHere{
			here(page.wrong, "The certificate that was chosen is of another kind, such as the device's."),
			here(page.noPolicy, "The certificate is another person's, or another account was typed."),
		}
	}
	t.then(s)
}

// otherIdentities names the identities of the profile that are not the account's.
func (t *teller) otherIdentities() []string {
	var all []string
	for _, p := range t.f.Payloads {
		switch {
		case len(all) == maxIdentities, t.ref != nil && p == t.ref.Payload:
		case p.Type == typeSCEP, p.Type == typeACME:
			all = append(all, "one that the phone fetches ("+p.String()+")")
		}
	}
	for _, o := range t.files {
		if o.payload == t.own.payload || len(all) == maxIdentities {
			continue
		}
		shown := &Shown{File: o.file}
		if o.leaf != nil {
			shown.Name, shown.Issuer = o.leaf.String(), issuerName(o.leaf)
		}
		all = append(all, shown.String())
	}
	return all
}

// arrives is the good end.
func (t *teller) arrives() {
	if t.account.Get("EnableMail").Is("boolean") && !t.account.Get("EnableMail").Bool {
		t.then(Step{Kind: "no-mail", Basis: preflight.Documented, Shows: "No mail comes: mail is switched off in this account (EnableMail). It brings " + strings.Join(t.story.Services, ", ") + "."})
		return
	}
	s := Step{Kind: "mail", Basis: preflight.Documented, Shows: fmt.Sprintf("Mail fills with %s, and goes on by itself.", past(t.days()))}
	if n := t.syncDays(); !listedDays(n) {
		s.Basis = preflight.Inferred
		s.Shows = "Mail fills, and goes on by itself."
		s.Means = fmt.Sprintf("MailNumberOfPastDaysToSync is %d. Apple lists 0 (all mail), 1, 3, 7, 14 and 31: what iOS does with %d is not known.", n, n)
	}
	t.then(s)
}

// past puts a sync window into a sentence.
func past(days string) string {
	if days == "all mail" {
		return "all of the user's mail"
	}
	return "the mail of the past " + days
}
