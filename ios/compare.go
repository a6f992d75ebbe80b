package ios

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// Verdict is what a phone that has one profile makes of another.
type Verdict string

// The verdicts, from good to bad.
const (
	Same    Verdict = "same"    // nothing changes
	Updates Verdict = "updates" // the new one takes the old one's place, and the account stays
	Adds    Verdict = "adds"    // the old one stays, beside the new one
	Unknown Verdict = "unknown" // it takes the old one's place, and what is in them cannot be compared
	Loses   Verdict = "loses"   // it takes the old one's place, and the user loses something
	Refused Verdict = "refused" // the phone does not install it
)

// Fine reports whether users can be sent the new profile without a word.
func (v Verdict) Fine() bool { return v == Same || v == Updates }

// Difference is what a phone makes of a new profile where it has an old one.
type Difference struct {
	Verdict  Verdict         `json:"verdict"`
	Reasons  []Reason        `json:"reasons"`            // why
	Effects  []Reason        `json:"effects,omitempty"`  // what else users notice
	Payloads []PayloadChange `json:"payloads,omitempty"` // what happens to each
	Account  []KeyChange     `json:"account,omitempty"`  // of the mail accounts that stay, key by key
	Prompts  []Prompt        `json:"prompts,omitempty"`  // what the phone asks; nothing by device management
	Given    GivenPassword   `json:"given_password,omitempty"`
}

// Reason is a sentence, and what it rests on.
type Reason struct {
	Text  string          `json:"text"`
	Code  string          `json:"code,omitempty"` // by which the phone refuses
	Basis preflight.Basis `json:"basis"`
}

// Fate is what happens to a payload.
type Fate string

// The fates.
const (
	Kept     Fate = "kept"             // nothing in it changes
	Updated  Fate = "updated in place" // the same identifier and UUID
	Replaced Fate = "identity replaced"
	Removed  Fate = "removed"
	Added    Fate = "added"
)

// PayloadChange is what happens to one payload.
type PayloadChange struct {
	Fate       Fate            `json:"fate"`
	Type       string          `json:"type"`
	Identifier string          `json:"identifier"`
	What       string          `json:"what,omitempty"` // of a certificate: from which to which
	Basis      preflight.Basis `json:"basis"`
}

// KeyChange is a key of an account. Secrets are never in it: they are only said to
// be there.
type KeyChange struct {
	Of  string `json:"of,omitempty"` // the account, where there are several
	Key string `json:"key"`
	Old string `json:"old,omitempty"` // empty where it was missing
	New string `json:"new,omitempty"` // empty where it is missing
}

// comparison makes a difference.
type comparison struct {
	old, new           *File
	oldFiles, newFiles []opened
	s                  preflight.Scenario
	k                  Known
	d                  *Difference
	label              string // of the account that is looked at, where there are several
}

// Compare says what a phone with the old profile makes of the new one, installed in
// the same way: by its user, or by device management, which may replace any of its own.
// It judges as of s.At for s.IOS. All text in the result may be printed.
func Compare(s preflight.Scenario, old, new *File, byMDM bool) *Difference {
	return CompareKnown(s, old, new, Known{ByMDM: byMDM})
}

// CompareKnown is [Compare] with what is known beside the profiles: of it, Password,
// ByMDM and Literal count. The password is tried on the files of both.
func CompareKnown(s preflight.Scenario, old, new *File, k Known) *Difference {
	c := &comparison{s: s.WithDefaults(), old: old, new: new, k: k, d: &Difference{Verdict: Updates, Reasons: []Reason{}}}
	c.oldFiles, c.newFiles = old.openAll(k.Password, c.s.IOS), new.openAll(k.Password, c.s.IOS)
	c.d.Given = given(k.Password, slices.Concat(c.oldFiles, c.newFiles))
	switch {
	case c.refused(), c.another(), c.unchanged():
	default:
		c.replaced()
	}
	if c.d.Verdict != Refused && c.d.Verdict != Same {
		c.beforehand()
	}
	c.d.makePrintable()
	return c.d
}

// replaced is for a profile that takes the old one's place.
func (c *comparison) replaced() {
	c.because(preflight.Documented, "Both have the identifier %s: the new profile takes the old one's place.", quoted(id(c.old)))
	if c.old.Signed == nil && c.new.Signed != nil && !c.k.ByMDM {
		c.effect(preflight.Documented, "The old profile is not signed, and the new one is. From then on an update needs this signer: %s.", signerWords(c.new))
	}
	if c.old.Encrypted || c.new.Encrypted {
		c.d.Verdict = Unknown
		c.because(preflight.Documented, "The payloads are encrypted and were not compared.")
		return
	}
	c.payloads()
	c.accounts()
}

// beforehand is what to know of the new file before it is sent to anybody.
func (c *comparison) beforehand() {
	if v, what := c.new.needs(c.s.IOS); v != "" {
		c.effect(preflight.Inferred, "Phones before iOS %s do not know %s in the new profile, and refuse it: they keep the old one.", v, what)
	}
	if found := c.new.placeholders(); len(found) > 0 && (c.k.Literal || !c.k.ByMDM) {
		c.effect(preflight.Documented, "There are placeholders in the new profile (%s), and nobody fills them in: the phone takes them as they stand.", someOf(found))
	}
	if c.k.ByMDM {
		return
	}
	if c.new.Encrypted {
		c.d.Effects = append(c.d.Effects, Reason{"The phone refuses the new profile, unless it has the key to it already: from device management, or from an earlier profile.", "ios-1006", preflight.Observed})
	}
	c.d.Prompts = Prompts(c.new)
}

func (c *comparison) because(basis preflight.Basis, format string, args ...any) {
	c.d.Reasons = append(c.d.Reasons, Reason{Text: c.label + fmt.Sprintf(format, args...), Basis: basis})
}

// no says that the phone refuses the new profile.
func (c *comparison) no(code string, basis preflight.Basis, format string, args ...any) {
	c.d.Verdict = Refused
	c.d.Reasons = append(c.d.Reasons, Reason{fmt.Sprintf(format, args...), code, basis})
}

func (c *comparison) effect(basis preflight.Basis, format string, args ...any) {
	c.d.Effects = append(c.d.Effects, Reason{Text: c.label + fmt.Sprintf(format, args...), Basis: basis})
}

// refused applies what ends the installation: the new file itself, and the rules for
// taking another's place.
func (c *comparison) refused() bool {
	for _, r := range c.fileRefused() {
		c.no(r.code, r.basis, "%s", r.here)
	}
	if r := c.old.refusedOpening(); len(r) > 0 {
		c.effect(r[0].basis, "The old profile is one that phones refuse, so it is hardly on any: %s", r[0].here)
	}
	sameID, sameUUID := id(c.old) == id(c.new), uuidOf(c.old) == uuidOf(c.new)
	switch {
	case sameID && !c.k.ByMDM && c.old.Signed != nil && c.new.Signed == nil:
		c.no("ios-4008", preflight.Observed, "The old profile is signed and the new one is not.")
	case sameID && !c.k.ByMDM && c.old.Signed != nil && !c.old.Signed.Signer.Equal(c.new.Signed.Signer):
		c.no("ios-4008", preflight.Observed, "The new profile is signed with another certificate (%s) than the old one (%s). The very same is wanted: the same CA or key is not enough.",
			signerWords(c.new), signerWords(c.old))
	case !sameID && sameUUID && uuidOf(c.old) != "":
		c.no("ios-4002", preflight.Documented, "The profiles have the same PayloadUUID and different identifiers.")
		c.no("ios-4010", preflight.Documented, "The same, where the phone takes it for an update.")
	case !sameID:
		c.clash()
	}
	return c.d.Verdict == Refused
}

// fileRefused is what the new file itself is refused for.
func (c *comparison) fileRefused() refusals {
	t := &teller{s: c.s, f: c.new, k: c.k, account: c.new.Account(), files: c.newFiles}
	r := c.new.refusedOpening()
	if c.new.Encrypted {
		return r
	}
	r = append(r, t.refusedDates()...)
	if c.k.ByMDM {
		r = append(r, t.unasked()...)
	}
	return append(r, t.refusedPayloads()...)
}

// clash finds accounts of both that the phone takes for the same one.
func (c *comparison) clash() {
	for _, a := range c.old.Of(typeEAS) {
		for _, b := range c.new.Of(typeEAS) {
			if key := accountKey(a); key != "" && key == accountKey(b) {
				c.no("ios-21005", preflight.Observed, "The identifiers differ (%s, %s), so the old profile stays; and both set up the account %s on %s. Keep the identifier, or let users remove the old profile first.",
					quoted(id(c.old)), quoted(id(c.new)), quoted(b.Get("EmailAddress").Str()), quoted(b.Get("Host").Str()))
			}
		}
	}
}

// another is for a profile that does not take the old one's place.
func (c *comparison) another() bool {
	if id(c.old) == id(c.new) {
		return false
	}
	c.d.Verdict = Adds
	c.because(preflight.Documented, "The identifiers differ (%s, %s): the phone keeps the old profile and adds the new one.", quoted(id(c.old)), quoted(id(c.new)))
	if c.new.Account() != nil && c.old.Account() != nil {
		n := "two"
		if all := len(c.new.Accounts()) + len(c.old.Accounts()); all > 2 {
			n = fmt.Sprint(all)
		}
		c.because(preflight.Documented, "The user then has %s mail accounts.", n)
	}
	if c.old.Encrypted || c.new.Encrypted {
		c.effect(preflight.Documented, "The payloads are encrypted and were not compared: if both set up the same mail account, the phone refuses the new one (ios-21005).")
	}
	for _, p := range c.new.Payloads {
		c.d.Payloads = append(c.d.Payloads, PayloadChange{Fate: Added, Type: p.Type, Identifier: p.Identifier, Basis: preflight.Documented})
	}
	return true
}

// unchanged is for two files that say the same; signatures may differ in time.
func (c *comparison) unchanged() bool {
	if !equal(c.old.Top, c.new.Top) {
		return false
	}
	switch {
	case c.old.Signed == nil && c.new.Signed != nil && c.k.ByMDM:
		c.because(preflight.Documented, "The profiles say the same; the new one is signed.")
	case c.old.Signed == nil && c.new.Signed != nil:
		c.because(preflight.Documented, "The profiles say the same; the new one is signed. From then on an update needs this signer: %s.", signerWords(c.new))
	case (c.old.Signed == nil) == (c.new.Signed == nil):
		c.d.Verdict = Same
		c.because(preflight.Documented, "The profiles say the same.")
	default: // by device management a signature may go
		c.because(preflight.Documented, "The profiles say the same; the new one is no longer signed.")
	}
	return true
}

func id(f *File) string     { return f.Top.Get("PayloadIdentifier").Str() }
func uuidOf(f *File) string { return f.Top.Get("PayloadUUID").Str() }

func signerWords(f *File) string {
	s := f.Signed.Signer
	return fmt.Sprintf("%s, until %s", quoted(shownSigner(s)), day(s.NotAfter))
}

// equal compares values by what they say, not by how they are written.
func equal(a, b *plist.Node) bool {
	if a.Kind != b.Kind || len(a.Entries) != len(b.Entries) || len(a.Items) != len(b.Items) {
		return false
	}
	for _, e := range a.Entries {
		if other := b.Get(e.Key); other == nil || !equal(a.Get(e.Key), other) {
			return false
		}
	}
	for i := range a.Items {
		if !equal(a.Items[i], b.Items[i]) {
			return false
		}
	}
	return a.Text == b.Text && a.Bool == b.Bool && a.Int == b.Int && a.Real == b.Real && bytes.Equal(a.Data, b.Data) && a.Time.Equal(b.Time)
}

// makePrintable takes what does not print out of all text.
func (d *Difference) makePrintable() {
	for _, list := range [][]Reason{d.Reasons, d.Effects} {
		for i := range list {
			list[i].Text = preflight.Printable(list[i].Text)
		}
	}
	for i := range d.Payloads {
		p := &d.Payloads[i]
		p.Type, p.Identifier, p.What = preflight.Printable(p.Type), preflight.Printable(p.Identifier), preflight.Printable(p.What)
	}
	for i := range d.Account {
		k := &d.Account[i]
		k.Of = preflight.Printable(k.Of)
		k.Key, k.Old, k.New = preflight.Printable(k.Key), preflight.Printable(k.Old), preflight.Printable(k.New)
	}
	for i := range d.Prompts {
		p := &d.Prompts[i]
		p.What, p.Where, p.Root = preflight.Printable(p.What), preflight.Printable(p.Where), preflight.Printable(p.Root)
	}
}
