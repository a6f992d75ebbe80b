package ios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// asked is a question as the story tells it: what of it is the same for every
// profile.
type asked struct {
	kind        PromptKind
	step        string
	shows, does string // shows is for what the prompt says
	codes       []CodeHere
}

var declined = CodeHere{"ios-4004", "The user left the question. Install again."}

// questions in words, by their kind.
var questionWords = []asked{
	{kind: AskDevice, step: "device", shows: "The phone may ask %s.", does: "Choose the iPhone."},
	{kind: AskPasscode, step: "passcode", shows: "The phone asks for %s.", does: "Type the code that unlocks the phone. It stays on the phone."},
	{kind: AskConsent, step: "consent", shows: "The phone asks for %s.", does: "Read it and accept. Without that nothing is installed.", codes: []CodeHere{declined}},
	{kind: AskTrust, step: "trust-warning", shows: "The phone warns, and asks %s.", does: "Install it. A root is the top of a line of certificates; this one is the organisation's own."},
	{kind: AskEmail, step: "prompt", shows: "The phone asks for %s.", does: "Type the full address.", codes: []CodeHere{declined}},
	{kind: AskUser, step: "prompt", shows: "The phone asks for %s.", does: "Type the sign-in name of the organisation, such as alice@contoso.com.", codes: []CodeHere{declined}},
	{kind: AskPassword, step: "prompt", shows: "The phone asks for %s.", does: "Type the password of the account.", codes: []CodeHere{declined}},
	{kind: AskP12, step: "prompt", shows: "The phone asks for %s.", does: "Type the password that came with the certificate. It is not the one of the mailbox, nor the phone's.",
		codes: []CodeHere{declined}},
	{kind: InventedEmail, step: "invented-email", shows: "Nothing: %s.", does: "Write EmailAddress into the profile."},
}

// questions are those between the page and the end, in order.
func (t *teller) questions() {
	for _, p := range Prompts(t.f) {
		if p.Kind == AskDevice {
			continue // came before the page
		}
		t.question(p)
		if p.Kind == AskPasscode {
			t.warning()
		}
	}
}

// warning comes where the signature does not show who made the profile.
func (t *teller) warning() {
	if state := t.story.Badge.State; state == NotSigned || state == NotVerified {
		t.add(Step{Kind: "trust-warning", Basis: preflight.Observed,
			Shows: fmt.Sprintf("The phone warns that the profile is %s.", strings.ToLower(string(state))),
			Does:  "Go on: tap to install once more. If it warns of anything that this list does not name: stop."})
	}
}

func (t *teller) question(p Prompt) {
	for _, a := range questionWords {
		if a.kind != p.Kind {
			continue
		}
		s := Step{Kind: a.step, Basis: p.Basis, Shows: fmt.Sprintf(a.shows, p.What), Does: a.does, Codes: a.codes, asks: p.Kind, optional: p.Optional}
		t.particular(&s, p)
		t.add(s)
	}
}

// particular adds what this profile makes of a question.
func (t *teller) particular(s *Step, p Prompt) {
	switch {
	case p.Kind == AskDevice:
		s.Means = "The profile does not say for which device it is: TargetDeviceType is missing, or 0."
	case p.Kind == AskPassword && p.Optional:
		s.Does = "Leave it empty and go on: the certificate takes its place."
		s.Means = "iOS asks where a user name is there and the key OAuth is missing. Write OAuth as false into the profile, and the question goes (easkit ios does)."
	case p.Kind == AskTrust && !t.k.ByMDM:
		s.Means = "By hand, the root counts for everything but connections to servers (TLS), until the user switches it on: Settings > General > About > Certificate Trust Settings. That is needed only where the mail server's own certificate comes from it."
	case p.Kind == AskP12:
		t.passwordOf(s, p)
	}
}

// passwordOf says what may be wrong about a certificate's password.
func (t *teller) passwordOf(s *Step, p Prompt) {
	s.Means = "The password is not in the profile. Give it to users by another way than the profile."
	i := slices.IndexFunc(t.files, func(o opened) bool { return o.payload == p.payload })
	if i < 0 {
		return
	}
	o := t.files[i]
	const unread = "A slip of the finger, or a file that iOS %d cannot read, for which it says the same. "
	first := CodeHere{ID: o.code}
	switch {
	case len(o.refused) > 0:
		first.Here = "It comes, and not for a slip of the finger: see below."
	case o.wrong:
		first.Here = fmt.Sprintf(unread+"The password given here does not open it: nobody here has opened the file.", t.s.IOS)
	case len(o.doubts) > 0:
		first.Here = "A slip of the finger; or the phone cannot read the file, for which it says the same: " + strings.Join(o.doubts, "; ") + "."
	case o.open:
		first.Here = "A slip of the finger: this file opens with the right password. Install again."
	default:
		first.Here = fmt.Sprintf(unread+"Nobody here has opened the file: give --password-file, and it is looked at.", t.s.IOS)
	}
	s.Codes = append([]CodeHere{first}, s.Codes...)
}

// check is what the phone tries before it is done.
func (t *teller) check() {
	if t.account == nil {
		return
	}
	if !t.account.Get("SSL").True() {
		t.add(Step{Kind: "no-tls", Basis: preflight.Documented, Shows: "Nothing. But the account connects without encryption (TLS), so that no certificate is shown to the mail server.", Does: "Write SSL as true into the profile: without that key it is off."})
	}
	if host := t.account.Get("Host").Str(); host != "" && !isToken(host) {
		if _, err := profiles.ParseEndpoint(host); err != nil {
			t.add(Step{Kind: "odd-host", Maybe: true, Basis: preflight.Inferred, Shows: fmt.Sprintf("The phone may not reach the mail server: %v.", err),
				Does: "Write the server's name alone into Host.", Codes: []CodeHere{here("ios-18001", "There is no server of that name.")}})
		}
	}
	if t.naming == likely {
		t.add(Step{Kind: "reference-case", Maybe: true, Basis: preflight.Inferred,
			Shows: fmt.Sprintf("PayloadCertificateUUID differs from the UUID of %s in capitals only: whether phones take them for the same is not known. If they do not, the account has no certificate.", t.ref.Payload),
			Does:  "Write both with the same capitals."})
	}
	switch kind := t.identityType(); kind {
	case typeSCEP:
		means := "It asks the SCEP server that the profile names. A wrong server, user or rule shows only when mail is first fetched."
		if t.ref.Payload.Get("PayloadContent").Get("Challenge").Str() == "" {
			means += " The profile has no challenge (a password for the SCEP server): the server has to do without, and whether the phone asks for one is not known."
		}
		t.add(Step{Kind: "check", Basis: preflight.Observed, fetches: true,
			Shows: "The phone fetches its certificate. It does not try the mail server: there is no certificate yet to try it with.",
			Does:  "Keep the phone online and unlocked.",
			Means: means,
			Codes: []CodeHere{here("ios-22005", "The SCEP server is not reached."), here("ios-22013", "It refused: the challenge is wrong or used up."), here("ios-22007", "What it issued does not fit.")}})
	case typeACME:
		t.add(Step{Kind: "check", Basis: preflight.Inferred, fetches: true,
			Shows: "The phone fetches its certificate by ACME. Whether it then tries the mail server is not known.", Does: "Keep the phone online and unlocked."})
	default:
		t.try()
	}
}

// identityType is the type of the payload that the account signs in with.
func (t *teller) identityType() string {
	if !t.hasIdentity() || t.ref.Payload == nil {
		return ""
	}
	return t.ref.Payload.Type
}

// try is the test of the mail server, and its policy.
func (t *teller) try() {
	s := Step{Kind: "check", Basis: preflight.Observed,
		Shows: "The phone tries the mail server, for up to half a minute, and then asks for its security rules, for up to a minute.",
		Does:  "Keep the phone online and wait. If it says that the account cannot be verified, go on all the same, and tell the help desk.",
		Codes: []CodeHere{
			here("ios-21007", "The server did not let the account in. The user may go on; mail works once the cause is gone."),
			here("ios-18001", "The server %s is not reached.", quoted(t.story.Host)),
			here("ios-18002", "The server refused. The phone may speak of a password; it is the certificate, or the user's rights."),
			here("ios-21000", "The rules could not be fetched. Network errors may be skipped, others end the installation."),
			here("ios-21001", "The phone cannot meet the rules: often a passcode that is too short."),
			here("ios-21002", "The phone cannot meet the rules for encryption: look whether it has a passcode, which encryption rests on."),
			here("ios-21008", "The server has an order to wipe this account."),
		}}
	switch {
	case t.s.Auth == preflight.OAuth:
		s.Basis = preflight.Inferred
		s.Means = "The account signs in only after the installation, so a test that fails here proves nothing yet. Whether the phone makes it at all is not known."
	case !t.hasIdentity():
		s.Basis = preflight.Inferred
	}
	if !t.hasIdentity() {
		s.Codes[2].Here = "The server refused: the user name, the password, or the user's rights."
	}
	if t.story.Host == "" {
		s.Codes[1].Here = "The server, which the phone finds by the mail address, is not reached."
	}
	if t.k.ByMDM {
		s.Shows, s.Does = "Nothing. "+s.Shows, "Keep the phone online."
		s.Codes[0].Here = "The server did not let the account in. Nobody is there to go on all the same."
	}
	t.add(s)
}
