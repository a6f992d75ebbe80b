package ios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
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
	if t.refuse(t.f.refusedOpening()) {
		return
	}
	t.perhaps()
	if t.f.Encrypted {
		t.encrypted()
		return
	}
	if !t.k.ByMDM {
		t.page()
	}
	if t.refuse(t.refusedDates()) {
		return
	}
	t.noTimeLeft()
	if t.k.ByMDM {
		if t.refuse(t.unasked()) {
			return
		}
		t.unnamed()
	} else {
		t.questions()
	}
	if t.refuse(t.refusedPayloads()) {
		return
	}
	t.check()
	t.installed()
}

// encrypted is the end of what can be told of a profile whose payloads are shut.
func (t *teller) encrypted() {
	s := Step{Kind: "encrypted", Shows: "Nothing yet.", Basis: preflight.Documented,
		Means: "The payloads are encrypted for the phone. What is in them, and what comes after, cannot be told from this file.",
		Codes: []CodeHere{here("ios-1006", "The phone does not have the key, or does not know the cipher.")}}
	if !t.k.ByMDM {
		s.Maybe, s.Basis = true, preflight.Observed
		s.Shows = "The phone refuses the profile, unless it has the key to it already: from device management, or from an earlier profile."
		s.Does = "Give phones that have no key yet the profile without encryption."
	}
	t.add(s)
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
	if len(t.story.Others) > 0 {
		var all []string
		for _, o := range t.story.Others {
			all = append(all, o.String())
		}
		t.add(Step{Kind: "accounts", Maybe: true, Basis: preflight.Documented,
			Shows: fmt.Sprintf("The story is of the first of %d mail accounts. The others: %s.", len(t.f.Accounts()), strings.Join(all, "; "))})
	}
	if t.s.Auth == preflight.OAuth && t.account != nil && t.s.IOS < oauthSince {
		t.add(Step{Kind: "oauth-too-old", Maybe: true, Basis: preflight.Inferred,
			Shows: fmt.Sprintf("Phones before iOS %d do not know the key OAuth: they show the certificate to the mail server, or ask for a password.", oauthSince),
			Does:  fmt.Sprintf("Ask users for iOS %d or later. What follows is for such phones.", oauthSince)})
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
	for _, r := range why[:min(len(why), maxFindings)] {
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

// refusedDates is a removal date that has passed.
func (t *teller) refusedDates() refusals {
	var r refusals
	if v := t.f.Top.Get("RemovalDate"); v.Is(plist.Date) && !v.Time.After(t.s.At) {
		r.add("ios-4006", preflight.Documented, "RemovalDate is %s, which is over.", day(v.Time))
		r.add("ios-4026", preflight.Documented, "The same: which of the two numbers comes is not known.")
	}
	return r
}

// noTimeLeft is a life of no time, of which it is not known what phones make.
func (t *teller) noTimeLeft() {
	if v := t.f.Top.Get("DurationUntilRemoval"); (v.Is(plist.Real) || v.Is(plist.Integer)) && seconds(v) <= 0 {
		t.add(Step{Kind: "no-time-left", Maybe: true, Basis: preflight.Inferred,
			Shows: fmt.Sprintf("DurationUntilRemoval is %v seconds: the phone may refuse the profile, remove it at once, or pass over the key.", v.Plain()),
			Does:  "Set a time, or leave the key out.",
			Codes: []CodeHere{here("ios-4006", "The profile's time is over as it is installed."), here("ios-4026", "The same: which of the two numbers comes is not known.")}})
	}
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
			here("ios-4010", "The same, where the phone takes it for an update of that one."),
		}
		if t.naming == lacks {
			s.Means = "The account has no certificate: what it names (PayloadCertificateUUID) is no certificate with a key in the profile, and the phone does not look. Build the profile anew. " + s.Means
		}
	}
	t.add(s)
}

// syncDays is how much mail is fetched, in days; 0 is all.
func (t *teller) syncDays() int64 {
	if v := t.account.Get("MailNumberOfPastDaysToSync"); v.Is(plist.Integer) {
		return v.Int
	}
	return profiles.DefaultSyncDays
}

// listedDays reports whether Apple lists a number of days.
func listedDays(n int64) bool { return slices.Contains([]int64{0, 1, 3, 7, 14, 31}, n) }

// days is how much mail is fetched, in words.
func (t *teller) days() string { return profiles.Days(int(min(max(t.syncDays(), 0), maxSyncDays))) }
