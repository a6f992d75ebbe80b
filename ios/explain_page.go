package ios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

// page is the profile's page in Settings.
func (t *teller) page() {
	for _, p := range Prompts(t.f) {
		if p.Kind == AskDevice {
			t.question(p)
		}
	}
	t.add(t.badge())
	basis := preflight.Documented
	if t.end.of != nil {
		basis = preflight.Observed
	}
	t.add(Step{Kind: "contents", Basis: basis,
		Shows: fmt.Sprintf("The page shows the name %s and what is inside: %s.", quoted(t.story.Profile), t.contents()),
		Does:  "Compare the name. Then tap to install.",
		Means: t.shownEnd()})
}

// badges are what the user and the help desk make of each state.
var badges = map[BadgeState]Step{
	Verified:     {Does: "Look whether it says Verified, and who signed. Which roots the phone trusts, nobody said here (--roots): if it says Not Verified, find out before users go on."},
	NotVerified:  {Does: "Tell users beforehand that it says so. They can go on.", Means: "Nobody can tell this profile from a forged one by looking. Sign it with a certificate whose root the phones trust, with all certificates in between inside (easkit sign)."},
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
		if t.story.RootsNamed {
			step.Does = "Look that it says Verified, and who signed. If it does not: stop, and tell the help desk."
		}
		step.Means = fmt.Sprintf("It says so until %s, when the first certificate of the chain ends; then it says Not Verified, and what is installed stays. It rests on %s: a phone that does not have that root says Not Verified.", day(b.Until), t.k.RootsAre)
	case NotSigned:
		step.Shows = "The profile's page opens. It says Not Signed."
	case NotVerified:
		step.Shows = fmt.Sprintf("The profile's page opens. It says Not Verified, beside the signer %s.", quoted(b.Signer))
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
	if slices.ContainsFunc(t.files, func(o opened) bool { return o.shut }) {
		word = "ends by" // what is locked may end earlier
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
		return " That is not the end of mail, which goes by the account's own certificate."
	case c.Until.After(t.s.At):
		return fmt.Sprintf(" That is not the end of mail: the account's own certificate is good until %s.", day(c.Until))
	}
	return ""
}
