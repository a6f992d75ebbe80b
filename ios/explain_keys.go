package ios

import (
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/ios/schema"
)

// atTop stands for the profile's own dictionary where payloads go by their type.
const atTop = "TopLevel"

// keyRule is a rule for one key of a dictionary; no key stands for all that Apple has
// for that payload alone.
type keyRule struct {
	kind, key string
	basis     preflight.Basis
}

// typesThatCount are keys for which a value of the wrong type ends the installation. Of
// payloads that bring a certificate the phone cannot use what is no data; for the
// others phones were seen to insist.
var typesThatCount = []keyRule{
	{atTop, "PayloadIdentifier", preflight.Observed},
	{atTop, "PayloadUUID", preflight.Observed},
	{atTop, "PayloadVersion", preflight.Observed},
	{atTop, "PayloadContent", preflight.Documented},
	{typeEAS, "", preflight.Observed},
	{typePKCS12, "PayloadContent", preflight.Documented},
	{typeRoot, "PayloadContent", preflight.Documented},
	{typePKCS1, "PayloadContent", preflight.Documented},
	{typePEM, "PayloadContent", preflight.Documented},
	{typeSCEP, "PayloadContent", preflight.Documented},
}

// notRead are keys that phones were seen to pass over, or that are for Macs.
var notRead = []keyRule{
	{kind: atTop, key: "IsEncrypted"}, {kind: atTop, key: "HasRemovalPasscode"}, {kind: atTop, key: "PayloadScope"}, {kind: atTop, key: "PayloadRemovalDisallowed"},
}

// judgedElsewhere are keys of whose values there is more to say than the schema does.
var judgedElsewhere = []string{"PayloadVersion", "PayloadType", "MailNumberOfPastDaysToSync", "OAuthSignInURL", "OAuthTokenRequestURL"}

// moreNumbers are those that a bad value may cause, where the schema has another or
// none.
var moreNumbers = []struct{ kind, path, code string }{
	{atTop, "TargetDeviceType", "ios-1010"},
	{typeSCEP, "PayloadContent.Keysize", "ios-22001"},
	{typeSCEP, "PayloadContent.Subject", "ios-22011"},
	{typeSCEP, "PayloadContent.SubjectAltName", "ios-22011"},
}

// keyIssue is what the schema says against a key, and of which dictionary.
type keyIssue struct {
	schema.Issue
	kind  string // atTop, or the payload's type
	where string
	in    *plist.Node
}

// keyIssues lists what is not as Apple's schema has it and may end the installation:
// of payloads for which there is no table, only what all payloads need.
func (f *File) keyIssues() []keyIssue {
	var all []keyIssue
	add := func(kind, where string, in *plist.Node, issues []schema.Issue) {
		for _, i := range issues {
			if len(i.Codes) > 0 && slices.Contains([]string{schema.WordMissing, schema.WordType, schema.WordValue}, i.Word) {
				all = append(all, keyIssue{i, kind, where, in})
			}
		}
	}
	add(atTop, "At the top", f.Top, schema.CheckTop(f.Top, 0))
	for _, p := range f.Payloads {
		add(p.Type, "In "+p.String(), p.Node, schema.CheckPayload(p.Node, 0, false))
	}
	return all
}

// is reports whether a rule is for an issue.
func (r keyRule) is(i keyIssue) bool {
	if r.kind != i.kind {
		return false
	}
	if r.key != "" {
		return r.key == i.Path
	}
	table := schema.Lookup(r.kind)
	return table != nil && slices.ContainsFunc(table.Keys, func(k schema.Key) bool { return k.Name == i.Path })
}

// certain says on what basis an issue ends the installation; "" where that is not
// known.
func (i keyIssue) certain() preflight.Basis {
	switch i.Word {
	case schema.WordMissing:
		if i.kind == atTop {
			return preflight.Observed
		}
		return preflight.Documented
	case schema.WordType:
		for _, r := range typesThatCount {
			if r.is(i) {
				return r.basis
			}
		}
	}
	return ""
}

// passes reports whether phones were seen not to mind, or whether others speak of it.
func (i keyIssue) passes() bool {
	switch {
	case slices.ContainsFunc(notRead, func(r keyRule) bool { return r.is(i) }):
		return true
	case i.kind == typeEAS && strings.HasPrefix(i.Path, "OAuth") && i.Path != "OAuth" && !i.in.Get("OAuth").True():
		return true // only read where OAuth is true (observed)
	case i.Word == schema.WordMissing:
		return i.kind == atTop && i.Path == "PayloadContent" // ios-1005
	case i.Word == schema.WordType:
		return schema.Lookup(i.kind) == nil && i.kind != atTop
	}
	// The form of a UUID is not looked at (observed).
	return slices.Contains(judgedElsewhere, i.Path) || strings.HasSuffix(i.Path, "UUID") || i.kind == atTop && i.Path == "TargetDeviceType" && i.in.Get(i.Path).Int >= impossibleTarget
}

// keys adds the keys that are missing and the values of a wrong type for which the
// phone ends the installation.
func (r *refusals) keys(f *File) {
	for _, i := range f.keyIssues() {
		if basis := i.certain(); basis != "" && !i.passes() {
			r.add(i.Codes[0], basis, "%s: %s.", i.where, i.Message)
		}
	}
}

// shownDoubts is how many keys are named that may be refused.
const shownDoubts = 20

// perhapsRefused lists what phones may refuse and were not seen to.
func (f *File) perhapsRefused() []CodeHere {
	var all []CodeHere
	for _, i := range f.keyIssues() {
		if i.certain() != "" || i.passes() || len(all) >= shownDoubts {
			continue
		}
		code := i.Codes[0]
		for _, m := range moreNumbers {
			if m.kind == i.kind && strings.HasPrefix(i.Path, m.path) {
				code = m.code
			}
		}
		all = append(all, here(code, "%s: %s.", i.where, i.Message))
	}
	return all
}

// perhaps tells what may end the installation, and what ends it on some phones.
func (t *teller) perhaps() {
	if found := t.f.perhapsRefused(); len(found) > 0 {
		t.add(Step{Kind: "perhaps-refused", Maybe: true, Basis: preflight.Inferred,
			Shows: "Values in the file are not as Apple documents them. Phones may refuse the profile for that, or pass over it.",
			Does:  "Correct them before the file is sent out: easkit check profile names each.",
			Codes: found})
	}
	for _, p := range t.f.Payloads {
		if table := schema.Lookup(p.Type); table != nil && table.Supervised {
			t.add(Step{Kind: "supervised", Maybe: true, Basis: preflight.Documented,
				Shows: "On a phone that is not supervised the profile may be refused: " + p.String() + " is for supervised ones.",
				Does:  "Leave it out for users' own phones.",
				Codes: []CodeHere{here("ios-4025", "The phone is not supervised.")}})
			return
		}
	}
}
