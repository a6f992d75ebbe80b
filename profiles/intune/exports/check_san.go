package exports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// Values of subjectAlternativeNameType of Graph.
const (
	sanUPN       = "userPrincipalName"
	sanEmail     = "emailAddress"
	sanURI       = "universalResourceIdentifier"
	sanNone      = "none"
	sanAttribute = "customAzureADAttribute"
)

// The properties that say which names a certificate has: one by one, and the older one
// for all.
const (
	keyNames     = "customSubjectAlternativeNames"
	keyNameKinds = "subjectAlternativeNameType"
)

// maxNames is how many names a certificate profile can ask for
// (https://learn.microsoft.com/graph/api/resources/intune-deviceconfig-iosscepcertificateprofile?view=graph-rest-beta).
const maxNames = 500

// sanName is one name that a certificate profile asks for.
type sanName struct {
	kind, value string
	path        string // where it stands in the object
}

// san judges the names that a certificate profile asks for.
func (j *judging) san(preflight.Scenario) []preflight.Outcome {
	if importsPFX[j.Kind.Type] {
		return preflight.Skip("%s: the names are those of the PFX files, which were imported one by one", j.called())
	}
	if !j.has(keyNames, keyNameKinds) {
		return j.notExported(keyNames)
	}
	names, kinds := j.sanNames()
	if len(names) > maxNames {
		return preflight.Unchecked("%s: it asks for %s names, more than the %d that Graph takes", j.called(), preflight.Thousands(len(names)), maxNames)
	}
	all := j.disagreement(names, kinds)
	for _, n := range names {
		all = append(all, j.variablesOf(n)...)
	}
	all = append(all, j.variablesOf(sanName{value: j.Object.Text("subjectNameFormatString"), path: "subjectNameFormatString"})...)
	if len(names) == 0 && slices.Contains(kinds, sanAttribute) {
		return append(all, preflight.Unchecked("%s: its SAN is an attribute of the directory: whether that is an address is not known here", j.called())...)
	}
	has := map[string]bool{}
	for _, n := range names {
		has[n.kind] = has[n.kind] || n.kind != sanUPN && n.kind != sanEmail || n.becomesAddress()
	}
	if len(names) == 0 {
		for _, kind := range kinds {
			has[kind] = true
		}
	}
	all = append(all, j.addresses(has)...)
	if len(all) > 0 {
		return all
	}
	return preflight.Pass("%s: its SAN has %s", j.called(), addressed(has))
}

// addressed lists the addresses of a SAN.
func addressed(has map[string]bool) string {
	switch {
	case has[sanUPN] && has[sanEmail]:
		return "UPN and e-mail address"
	case has[sanUPN]:
		return "the UPN"
	}
	return "the e-mail address"
}

// sanNames are the names that are listed one by one, and the kinds of the older setting
// for all.
func (j *judging) sanNames() (names []sanName, kinds []string) {
	list, _ := j.Object[keyNames].([]any)
	for i, item := range list {
		o, _ := item.(map[string]any)
		n := sanName{sanKind(intune.Object(o).Text("sanType")), intune.Object(o).Text("name"), fmt.Sprintf("%s[%d].name", keyNames, i)}
		if strings.TrimSpace(n.value) != "" {
			names = append(names, n)
		}
	}
	for _, kind := range strings.Split(j.Object.Text(keyNameKinds), ",") {
		if kind = sanKind(strings.TrimSpace(kind)); kind != "" && kind != sanNone {
			kinds = append(kinds, kind)
		}
	}
	return names, kinds
}

// sanKind is a kind with Graph's capitals.
func sanKind(s string) string {
	for _, kind := range []string{sanUPN, sanEmail, sanURI, sanNone, sanAttribute} {
		if strings.EqualFold(kind, s) {
			return kind
		}
	}
	return s
}

// disagreement finds a kind that the older setting has and the list has not.
func (j *judging) disagreement(names []sanName, kinds []string) []preflight.Outcome {
	if len(names) == 0 {
		return nil
	}
	for _, kind := range kinds {
		if !slices.ContainsFunc(names, func(n sanName) bool { return n.kind == kind }) {
			o := outcome(preflight.StatusWarn, "two-settings", "%s: subjectAlternativeNameType is %s, and customSubjectAlternativeNames has none of that kind: which of the two counts is not documented", j.called(), shown(kind))
			o.Basis, o.Fix = preflight.Inferred, "in a new certificate profile, say all names in one list"
			return []preflight.Outcome{j.at(keyNameKinds, o)}
		}
	}
	return nil
}

// addresses judges whether the user can be found by the names, for each sign-in that
// the certificates are for.
func (j *judging) addresses(has map[string]bool) []preflight.Outcome {
	sign, sure := j.tenant.uses(j.asked, j.Export)
	if sure < likely {
		if has[sanUPN] || has[sanEmail] {
			return nil
		}
		return j.notForMail(sure)
	}
	var all []preflight.Outcome
	for _, s := range sign {
		o, missing := addressOutcome(s, has)
		if !missing {
			continue
		}
		o.Message = j.called() + ": " + o.Message
		if sure == likely {
			o.Status, o.Basis = preflight.StatusWarn, preflight.Inferred
			o.Message += "; it is the only one of its platform that a mail profile may sign in with"
		}
		if o = j.at(keyNames, o); !slices.ContainsFunc(all, func(p preflight.Outcome) bool { return p.Message == o.Message }) {
			all = append(all, o)
		}
	}
	return all
}

// notAll is why nothing is the only one of its kind.
const notAll = "the exports are not all that the tenant has"

// notForMail skips what matters only for certificates that somebody signs in with.
func (j *judging) notForMail(sure usage) []preflight.Outcome {
	if sure == unused {
		return preflight.Skip("%s: no mail profile and no app signs in with it, as far as the exports tell", j.called())
	}
	if j.tenant.partial {
		return preflight.Unchecked("%s: %s, and whether a mail profile or an app signs in with it, they don't tell", j.called(), notAll)
	}
	return preflight.Unchecked("%s: it is one of several certificate profiles of its platform, and whether a mail profile or an app signs in with it, the exports don't tell", j.called())
}

// addressOutcome is what is missing for one sign-in.
func addressOutcome(s preflight.Scenario, has map[string]bool) (o preflight.Outcome, missing bool) {
	const none = "its SAN has no address, neither as UPN nor as e-mail address"
	warn := func(word, source, text string) (preflight.Outcome, bool) {
		o := outcome(preflight.StatusWarn, word, "%s", text)
		o.Source = source
		return o, true
	}
	neither := !has[sanUPN] && !has[sanEmail]
	switch {
	case has[sanUPN], s.Auth == preflight.Direct && has[sanEmail]:
		return o, false
	case neither && s.Auth == preflight.OAuth:
		return warn("no-address", srcBindings, none+": whom the certificate signs in, the bindings of the issuer of tokens decide, and the usual one takes the UPN")
	case s.Auth == preflight.OAuth:
		return warn("no-upn", srcBindings, "its SAN has the e-mail address and no UPN: Entra ID's default binding takes the UPN, and so does AD FS; with the address alone a binding of its own is needed")
	case s.Mailbox == preflight.ExchangeServer:
		return warn("no-address", srcDirect, none+"; on premises Active Directory's mapping decides")
	case s.Mailbox == preflight.MailboxUnknown:
		return warn("no-address", srcDirect, none+"; a mailbox in Exchange Online can't be opened with it")
	}
	return outcome(preflight.StatusFail, "no-address", "%s, and Exchange Online finds the user by one of them", none), true
}
