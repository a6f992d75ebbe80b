package exports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
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

// variable is what Intune fills in in the names of a certificate.
type variable struct {
	text string // as Microsoft writes it
	user bool   // it tells users apart, and not phones
}

// Variables with rules of their own.
const (
	varUserName = "{{UserName}}"
	varSID      = "{{OnPremisesSecurityIdentifier}}"
)

// variables are those of certificate profiles. They are others than those of app
// configurations and custom profiles ([profiles.IntuneTokens]). Microsoft's pages have
// some in two spellings.
var variables = []variable{
	{varUserName, true}, {"{{UserPrincipalName}}", true}, {"{{EmailAddress}}", true},
	{"{{OnPrem_Distinguished_Name}}", true}, {"{{OnPremisesSamAccountName}}", true}, {"{{onPremisesSamAccountName}}", true}, {varSID, true},
	{"{{AAD_Device_ID}}", false}, {"{{AzureADDeviceId}}", false}, {"{{DeviceId}}", false}, {"{{DeviceName}}", false},
	{"{{SerialNumber}}", false}, {"{{SERIALNUMBER}}", false}, {"{{Device_Serial}}", false},
	{"{{IMEI}}", false}, {"{{IMEINumber}}", false}, {"{{Device_IMEI}}", false}, {"{{MEID}}", false},
	{"{{WiFiMacAddress}}", false}, {"{{FullyQualifiedDomainName}}", false},
}

// counterparts are placeholders of app configurations and what certificate profiles have
// for them.
var counterparts = map[string]string{
	"{{mail}}":     "{{EmailAddress}}",
	"{{deviceid}}": "{{DeviceId}}", "{{aaddeviceid}}": "{{AAD_Device_ID}}", "{{serialnumber}}": "{{SerialNumber}}",
}

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
	names, kinds := j.sanNames()
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
		has[n.kind] = true
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
	list, _ := j.Object["customSubjectAlternativeNames"].([]any)
	for i, item := range list {
		o, _ := item.(map[string]any)
		n := sanName{sanKind(intune.Object(o).Text("sanType")), intune.Object(o).Text("name"), fmt.Sprintf("customSubjectAlternativeNames[%d].name", i)}
		if strings.TrimSpace(n.value) != "" {
			names = append(names, n)
		}
	}
	for _, kind := range strings.Split(j.Object.Text("subjectAlternativeNameType"), ",") {
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
			return []preflight.Outcome{j.at("subjectAlternativeNameType", o)}
		}
	}
	return nil
}

// addresses judges whether the user can be found by the names, for each sign-in that
// the certificates are for.
func (j *judging) addresses(has map[string]bool) []preflight.Outcome {
	var all []preflight.Outcome
	for _, s := range j.tenant.scenarios(j.asked, j.Export) {
		o, missing := addressOutcome(s, has)
		if !missing {
			continue
		}
		o.Message = j.called() + ": " + o.Message
		if o = j.at("customSubjectAlternativeNames", o); !slices.ContainsFunc(all, func(p preflight.Outcome) bool { return p.Message == o.Message }) {
			all = append(all, o)
		}
	}
	return all
}

// addressOutcome is what is missing for one sign-in.
func addressOutcome(s preflight.Scenario, has map[string]bool) (o preflight.Outcome, missing bool) {
	const none = "its SAN has neither UPN nor e-mail address"
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

// variablesOf judges what is to be filled in in a name.
func (j *judging) variablesOf(n sanName) []preflight.Outcome {
	var all []preflight.Outcome
	add := func(s preflight.Status, basis preflight.Basis, word, fix, format string, args ...any) {
		o := outcome(s, word, "%s: %s", j.called(), fmt.Sprintf(format, args...))
		o.Basis, o.Source, o.Fix = basis, srcIntuneSCEP, fix
		all = append(all, j.at(n.path, o))
	}
	const anew = "; in a new certificate profile, as editing one that is in use may revoke its certificates"
	rest, users, phones, odd := n.value, 0, 0, 0
	for _, token := range profiles.Tokens(n.value) {
		rest = strings.Replace(rest, token, "", 1)
		known, text, basis := judgeVariable(token)
		switch {
		case text != "":
			odd++
			add(preflight.StatusWarn, basis, "variable", "write a variable of certificate profiles"+anew, "%s", text)
		case token == varSID && n.kind != sanURI:
			add(preflight.StatusFail, "", "sid-not-uri", "put it into a URI of the SAN"+anew, "%s works in a URI of the SAN alone", token)
		case token == varUserName && n.kind != "" && j.Kind.Platform == intune.FullyManaged:
			add(preflight.StatusFail, "", "user-name", "write {{UserPrincipalName}}"+anew, "%s is not filled in in the SAN on fully managed phones", token)
		}
		if known.user {
			users++
		} else if known.text != "" {
			phones++
		}
	}
	if strings.ContainsAny(rest, "{}") {
		add(preflight.StatusFail, "", "braces", "write a variable in two braces on either side"+anew, "%q has braces that are no variable", shown(n.value))
		return all
	}
	if n.kind != sanUPN && n.kind != sanEmail || odd > 0 || users > 0 {
		return all
	}
	if phones > 0 {
		add(preflight.StatusWarn, preflight.Inferred, "phone", "write {{UserPrincipalName}} or {{EmailAddress}}"+anew, "%q in its SAN tells phones apart, and not users", shown(n.value))
	} else {
		add(preflight.StatusWarn, preflight.Inferred, "one-user", "write {{UserPrincipalName}} or {{EmailAddress}}"+anew, "%q in its SAN is the same for all who get the profile: their certificates sign in that one user", shown(n.value))
	}
	return all
}

// judgeVariable finds a variable, or says what is wrong with it. Whether Intune counts
// capitals there is not documented, nor what becomes of one that it doesn't know.
func judgeVariable(token string) (known variable, wrong string, basis preflight.Basis) {
	if i := slices.IndexFunc(variables, func(v variable) bool { return v.text == token }); i >= 0 {
		return variables[i], "", ""
	}
	if token == "{{" || token == "}}" {
		return known, "", "" // its braces are left over
	}
	if i := slices.IndexFunc(variables, func(v variable) bool { return strings.EqualFold(v.text, token) }); i >= 0 {
		return variables[i], fmt.Sprintf("%q is written %s by Microsoft; whether capitals count in certificate profiles is not documented", shown(token), variables[i].text), preflight.Inferred
	}
	if instead := counterparts[strings.ToLower(token)]; instead != "" {
		return known, fmt.Sprintf("%q is a placeholder of app configurations: certificate profiles have %s", shown(token), instead), preflight.Inferred
	}
	text := fmt.Sprintf("%q is none of the variables that Intune documents for certificate profiles", shown(token))
	var texts []string
	for _, v := range variables {
		texts = append(texts, v.text)
	}
	if near := preflight.Nearest(token, texts); near != "" {
		text += fmt.Sprintf("; did you mean %s?", near)
	}
	return known, text, preflight.Inferred
}
