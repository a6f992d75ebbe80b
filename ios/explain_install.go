package ios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// install tells the installation up to where it ends.
func (t *teller) install() {
	t.beforehand()
	if t.k.Reinstall && !t.k.ByMDM {
		t.add(Step{Kind: "remove-old", Basis: preflight.Observed,
			Shows: "The old profile of the account is in Settings > General > VPN & Device Management.",
			Does:  "Remove it there, before the new one is installed.",
			Means: "That takes the account, its mail on the phone and the certificate off the phone; the mail on the server stays, and is downloaded anew.",
			Codes: []CodeHere{here("ios-4008", "The old profile is still there, signed with another certificate."), here("ios-21005", "The old account is still there.")}})
	}
	if t.k.ByMDM {
		t.add(Step{Kind: "push", Basis: preflight.Documented,
			Shows: "Nothing: device management puts the profile on the phone and asks the user nothing.",
			Means: "What the profile does not say cannot be asked for. The phone has to be on, and reach the network."})
	} else {
		t.open()
	}
	if t.refuse(t.f.refusedOpening(t.k.ByMDM)) {
		return
	}
	if t.f.Encrypted {
		t.add(Step{Kind: "encrypted", Shows: "Nothing yet.", Basis: preflight.Documented,
			Means: "The payloads are encrypted for the phone. What is in them, and what comes after, cannot be told from this file.",
			Codes: []CodeHere{here("ios-1006", "The phone does not have the key, or does not know the cipher.")}})
		return
	}
	if !t.k.ByMDM {
		t.page()
	}
	if t.refuse(t.refusedDates()) {
		return
	}
	if t.k.ByMDM {
		if t.refuse(t.unasked()) {
			return
		}
	} else {
		t.questions()
	}
	if t.refuse(t.refusedPayloads()) {
		return
	}
	t.check()
	t.installed()
}

// beforehand is what to know of the file before it is sent to anybody.
func (t *teller) beforehand() {
	if found := t.story.Unfilled; len(found) > 0 {
		who := "by hand nobody fills them in"
		if t.k.ByMDM {
			who = "this device management fills none in"
		}
		t.add(Step{Kind: "placeholders", Basis: preflight.Documented,
			Shows: fmt.Sprintf("There are placeholders in the file (%s), and %s: the phone takes them as they stand.", someOf(found), who),
			Does:  "Do not send this file out as it is. Write the values themselves into it, or deliver it by a device management that fills placeholders in (--for mdm, --for intune)."})
	}
	if v, what := t.f.needs(t.s.IOS); v != "" {
		t.add(Step{Kind: "needs-ios", Maybe: true, Basis: preflight.Inferred,
			Shows: fmt.Sprintf("Phones before iOS %s do not know %s, and refuse the profile.", v, what),
			Does:  fmt.Sprintf("Ask users for iOS %s or later (Settings > General > About), and give older phones a profile without it. If none is to be served, say --ios %s.", v, v),
			Means: fmt.Sprintf("That they do not know it is documented; with which number they refuse is not. What follows is for iOS %s and later.", v)})
	}
}

// shownPlaceholders is how many placeholders are named.
const shownPlaceholders = 5

// someOf lists placeholders, the first of many.
func someOf(found []string) string {
	shown := found[:min(len(found), shownPlaceholders)]
	list := strings.Join(shown, ", ")
	if more := len(found) - len(shown); more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

// open is how the profile comes onto the phone.
func (t *teller) open() {
	t.add(Step{Kind: "open", Basis: preflight.Documented,
		Shows: "The user opens the link or the attachment. The phone says that a profile was downloaded.",
		Does:  "Open Settings at once and tap the line about the downloaded profile (Settings > Profile Downloaded).",
		Means: "The phone deletes a profile that is not installed within 8 minutes, and only one can wait at a time. Not every browser starts this: Safari and Mail do.",
		Codes: []CodeHere{
			here("ios-4003", "The 8 minutes are over. Download the profile again."),
			here("ios-4007", "The file came as something else: as a web page, as text, or cut short."),
			here("ios-4020", "Device management forbids profiles that the user installs."),
		}})
}

// refuse ends the story where there is a reason to.
func (t *teller) refuse(why refusals) bool {
	if len(why) == 0 {
		return false
	}
	first := why[0]
	step := Step{Kind: "refused", Basis: first.basis,
		Shows: "The phone says that the profile cannot be installed, and ends.",
		Does:  cmp.Or(first.fix, "Do not send this file out. "+fixOf(first.code))}
	if first.code == "ios-9000" || first.code == "ios-21006" {
		step.Shows = "The phone says that the password of the certificate is wrong, and ends."
	}
	if t.k.ByMDM {
		step.Shows = "Nothing. The installation ends, and device management is told a number."
	}
	for _, r := range why {
		step.Codes = append(step.Codes, CodeHere{r.code, r.here})
	}
	if len(why) > 1 {
		step.Means = "The file has to be mended before any phone takes it. Which of the numbers below comes first is not known."
	}
	t.add(step)
	t.story.Refused = true
	return true
}

// fixOf is what to do about a number.
func fixOf(id string) string {
	for _, c := range preflight.FindCodes(Codes(), id) {
		return c.Fix
	}
	return ""
}

// page is the profile's page in Settings.
func (t *teller) page() {
	for _, p := range Prompts(t.f) {
		if p.Kind == AskDevice {
			t.question(p)
		}
	}
	t.add(t.badge())
	t.add(Step{Kind: "contents", Basis: preflight.Documented,
		Shows: fmt.Sprintf("The page shows the name %s and what is inside: %s.", quoted(t.story.Profile), t.contents()),
		Does:  "Compare the name. Then tap to install.",
		Means: t.shownEnd()})
}

// badges are what the user and the help desk make of each state.
var badges = map[BadgeState]Step{
	Verified:     {Does: "Look that it says Verified, and who signed. If it does not: stop, and tell the help desk."},
	NotVerified:  {Does: "Tell users beforehand that it says so, in red. They can go on.", Means: "Nobody can tell this profile from a forged one by looking. Sign it with a certificate whose root the phones trust, with all certificates in between inside (easkit sign)."},
	NotSigned:    {Does: "Tell users beforehand that it says so. They can go on.", Means: "Nobody can tell this profile from a forged one by looking. Sign it (easkit sign)."},
	BadgeUnknown: {Does: "Sign the profile anew with SHA-256 (easkit sign), or try it on a phone."},
}

func (t *teller) badge() Step {
	b := t.story.Badge
	step := badges[b.State]
	step.Kind, step.Basis = "badge", b.Basis
	switch b.State {
	case Verified:
		step.Shows = fmt.Sprintf("The profile's page opens. It says Verified, and that %s signed it.", quoted(b.Signer))
		step.Means = fmt.Sprintf("It says so until %s, when the first certificate of the chain ends; then it says Not Verified, and what is installed stays. It rests on %s: a phone that does not have that root says Not Verified.", day(b.Until), t.k.RootsAre)
	case NotSigned:
		step.Shows = "The profile's page opens. It says Not Signed."
	case NotVerified:
		step.Shows = fmt.Sprintf("The profile's page opens. It says Not Verified, in red, beside the signer %s.", quoted(b.Signer))
		step.Means = "Why: " + b.Why + ". " + step.Means
	default:
		step.Shows = fmt.Sprintf("The profile's page opens. What it says of the signer %s is not known.", quoted(b.Signer))
		step.Means = "Why: " + b.Why + "."
	}
	if t.f.Signed != nil {
		step.Codes = []CodeHere{here("ios-4008", "The phone has an older profile for the same, signed with another certificate. Remove that one first.")}
	}
	return step
}

// contentWords name payloads on the profile's page: one of them, and several.
var contentWords = []struct {
	one, several string
	types        []string
}{
	{"the certificate of an authority (CA)", "%d certificates of authorities (CAs)", []string{typeRoot, typePKCS1, typePEM}},
	{"a certificate with its key", "%d certificates with their keys", []string{typePKCS12}},
	{"a certificate that the phone fetches", "%d certificates that the phone fetches", []string{typeSCEP, typeACME}},
	{"a mail account", "%d mail accounts", []string{typeEAS}},
}

// contents lists the payloads in words.
func (t *teller) contents() string {
	var words []string
	rest := len(t.f.Payloads)
	for _, k := range contentWords {
		n := 0
		for _, p := range t.f.Payloads {
			if slices.Contains(k.types, p.Type) {
				n++
			}
		}
		rest -= n
		switch {
		case n == 1:
			words = append(words, k.one)
		case n > 1:
			words = append(words, fmt.Sprintf(k.several, n))
		}
	}
	if rest > 0 {
		words = append(words, preflight.Counted(rest, "other thing"))
	}
	return strings.Join(words, ", ")
}

// shownEnd is what the page says of the profile's life.
func (t *teller) shownEnd() string {
	if t.end.day.IsZero() {
		return ""
	}
	word := "ends on"
	if t.own.shut {
		word = "ends by" // the identity may end earlier
	}
	why := "the day set in it (PayloadExpirationDate)"
	if c := t.end.of; c != nil {
		why = fmt.Sprintf("14 days before the first certificate in it ends (%s, %s)", c, day(c.NotAfter))
	}
	return fmt.Sprintf("As the phone counts, the profile %s %s: %s.%s", word, day(t.end.day), why, t.mailUntil())
}

// mailUntil says that the profile's end is not that of mail.
func (t *teller) mailUntil() string {
	switch c := t.story.Certificate; {
	case c == nil:
		return ""
	case c.Until.IsZero():
		return " Mail goes on until the account's own certificate ends."
	case c.Until.After(t.s.At):
		return fmt.Sprintf(" Mail goes on until the account's own certificate ends, on %s.", day(c.Until))
	}
	return ""
}

// refusedDates is a removal date that has passed.
func (t *teller) refusedDates() refusals {
	var r refusals
	if v := t.f.Top.Get("RemovalDate"); v != nil && !v.Time.After(t.s.At) {
		r.add("ios-4006", preflight.Documented, "RemovalDate is %s, which is over.", day(v.Time))
		r.add("ios-4026", preflight.Documented, "The same: which of the two numbers comes is not known.")
	}
	if v := t.f.Top.Get("DurationUntilRemoval"); v != nil && seconds(v) <= 0 {
		r.add("ios-4006", preflight.Inferred, "DurationUntilRemoval leaves the profile no time.")
	}
	return r
}

// unasked is what device management would have to ask for, and cannot.
func (t *teller) unasked() refusals {
	var r refusals
	for _, p := range Prompts(t.f) {
		switch {
		case p.NotAsked || p.Optional:
		case p.Kind == AskP12:
			r = append(r, refusal{p12Code(p), fmt.Sprintf("The profile does not have the password of the certificate file (%s), and nobody is asked for it.", p.Where), preflight.Observed,
				"Build the profile with the password inside (easkit ios --for mdm), or let users install it by hand."})
		case p.Kind == AskUser, p.Kind == AskEmail:
			what := strings.TrimSuffix(p.What, ", which the profile does not have")
			r = append(r, refusal{"ios-4001", fmt.Sprintf("The profile does not have %s, and nobody is asked for it. Which number comes is not known.", what), preflight.Documented,
				"Write it into the profile, or let users install it by hand."})
		}
	}
	return r
}

// p12Code is the number for a certificate file that does not open: of a payload, or
// of the account that holds it.
func p12Code(p Prompt) string {
	if strings.Contains(p.Where, typeEAS) {
		return "ios-21006"
	}
	return "ios-9000"
}

// refusedPayloads is what fails while the payloads are installed.
func (t *teller) refusedPayloads() refusals {
	var r refusals
	for _, p := range t.f.Payloads {
		switch p.Type {
		case typeRoot, typePKCS1, typePEM:
			r = append(r, refusedCA(p)...)
		}
	}
	for _, o := range t.files {
		r = append(r, o.refused...)
	}
	if t.account != nil && t.ref != nil && t.ref.Payload != nil && slices.Contains([]string{typeRoot, typePKCS1, typePEM}, t.ref.Payload.Type) {
		r.add("ios-9006", preflight.Inferred, "The account names %v as its certificate: that one has no key. The phone refuses it or makes an account that cannot sign in.", t.ref.Payload)
	}
	return append(r, t.f.refusedAccounts()...)
}

// installed is the end of the installation.
func (t *teller) installed() {
	s := Step{Kind: "done", Basis: preflight.Observed,
		Shows: "The phone says that the profile is installed.",
		Means: "The profile is in Settings > General > VPN & Device Management, the account in Settings > Apps > Mail > Mail Accounts (before iOS 18: Settings > Mail > Accounts)."}
	if t.k.ByMDM {
		s.Shows = "Nothing. The account is there."
	}
	if t.account == nil {
		s.Means = "The profile is in Settings > General > VPN & Device Management. It has no mail account."
	} else {
		s.Codes = []CodeHere{
			here("ios-21005", "The phone has an account with this address, server and user already, made by hand or by another profile. Remove that one."),
			here("ios-4002", "Another profile on the phone has the same UUID, under another identifier."),
		}
		if t.f.danglingReference(t.account) {
			s.Means = "The account has no certificate: it names one that is not in the profile, and the phone does not look. Build the profile anew. " + s.Means
		}
	}
	t.add(s)
}

// days is how much mail is fetched.
func (t *teller) days() string {
	v := t.account.Get("MailNumberOfPastDaysToSync")
	if v == nil {
		return profiles.Days(profiles.DefaultSyncDays)
	}
	return profiles.Days(int(min(max(v.Int, 0), maxSyncDays)))
}
