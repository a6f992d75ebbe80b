package exports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/intune"
)

// variable is what Intune fills in in the names of a certificate.
type variable struct {
	text    string // as Microsoft writes it
	user    bool   // it tells users apart, and not phones
	address bool   // what it becomes is an address: of mail, or a UPN
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
	{varUserName, true, false}, {"{{UserPrincipalName}}", true, true}, {"{{EmailAddress}}", true, true},
	{"{{OnPrem_Distinguished_Name}}", true, false}, {"{{OnPremisesSamAccountName}}", true, false}, {"{{onPremisesSamAccountName}}", true, false}, {varSID, true, false},
	{"{{AAD_Device_ID}}", false, false}, {"{{AzureADDeviceId}}", false, false}, {"{{DeviceId}}", false, false}, {"{{DeviceName}}", false, false},
	{"{{SerialNumber}}", false, false}, {"{{SERIALNUMBER}}", false, false}, {"{{Device_Serial}}", false, false},
	{"{{IMEI}}", false, false}, {"{{IMEINumber}}", false, false}, {"{{Device_IMEI}}", false, false}, {"{{MEID}}", false, false},
	{"{{WiFiMacAddress}}", false, false}, {"{{FullyQualifiedDomainName}}", false, false},
}

// counterparts are placeholders of app configurations and what certificate profiles have
// for them.
var counterparts = map[string]string{
	"{{mail}}":     "{{EmailAddress}}",
	"{{deviceid}}": "{{DeviceId}}", "{{aaddeviceid}}": "{{AAD_Device_ID}}", "{{serialnumber}}": "{{SerialNumber}}",
}

// cutTokens takes the placeholders out of a text, with something in the place of each.
func cutTokens(text, instead string) (rest string, tokens []string) {
	tokens = profiles.Tokens(text)
	if len(tokens) == 0 {
		return text, nil
	}
	var kept strings.Builder
	for _, token := range tokens {
		before, after, _ := strings.Cut(text, token)
		kept.WriteString(before + instead)
		text = after
	}
	return kept.String() + text, tokens
}

// isBrace reports whether a token is one that nobody closed or opened.
func isBrace(token string) bool { return token == "{{" || token == "}}" }

// anew says how a certificate profile is corrected.
const anew = "; in a new certificate profile, as editing one that is in use may revoke its certificates"

// maxTokens is how many variables of a name are looked at: each different one counts
// once, and there are fewer than that.
const maxTokens = 50

// variablesOf judges what is to be filled in in a name.
func (j *judging) variablesOf(n sanName) []preflight.Outcome {
	var all []preflight.Outcome
	add := func(s preflight.Status, basis preflight.Basis, word, fix, format string, args ...any) {
		o := outcome(s, word, "%s: %s", j.called(), fmt.Sprintf(format, args...))
		o.Basis, o.Source, o.Fix = basis, srcIntuneSCEP, fix+anew
		all = append(all, j.at(n.path, o))
	}
	rest, tokens := cutTokens(n.value, "")
	users, phones, odd := 0, 0, 0
	for _, token := range different(tokens) {
		known, text, basis := judgeVariable(token)
		switch {
		case text != "":
			odd++
			add(preflight.StatusWarn, basis, "variable", "write a variable of certificate profiles", "%s", text)
		case token == varSID && n.kind != sanURI:
			add(preflight.StatusFail, "", "sid-not-uri", "put it into a URI of the SAN", "%s works in a URI of the SAN alone", token)
		case token == varUserName && n.kind != "" && j.Kind.Platform == intune.FullyManaged:
			add(preflight.StatusFail, "", "user-name", "write {{UserPrincipalName}}", "%s is not filled in in the SAN on fully managed phones", token)
		}
		if known.user {
			users++
		} else if known.text != "" {
			phones++
		}
	}
	if slices.ContainsFunc(tokens, isBrace) || inSingleBraces(rest) {
		add(preflight.StatusFail, "", "braces", "write a variable in two braces on either side", "%q has braces that are no variable", shown(n.value))
		return all
	}
	if strings.ContainsAny(rest, "{}") {
		add(preflight.StatusWarn, preflight.Inferred, "braces", "leave the braces out, or write a variable in two on either side", "%q has braces that are no variable: what becomes of them is not documented", shown(n.value))
	}
	const address = "write {{UserPrincipalName}} or {{EmailAddress}}"
	switch {
	case n.kind != sanUPN && n.kind != sanEmail, odd > 0:
	case users == 0 && phones > 0:
		add(preflight.StatusWarn, preflight.Inferred, "phone", address, "%q in its SAN tells phones apart, and not users", shown(n.value))
	case users == 0:
		add(preflight.StatusWarn, preflight.Inferred, "one-user", address, "%q in its SAN is the same for all who get the profile: their certificates sign in that one user", shown(n.value))
	case !n.becomesAddress():
		add(preflight.StatusWarn, "", "not-address", address, "%q in its SAN becomes no address, by which alone a user is found", shown(n.value))
	}
	return all
}

// different are the tokens that are looked at.
func different(tokens []string) []string {
	var all []string
	for _, token := range tokens {
		if !isBrace(token) && !slices.Contains(all, token) {
			all = append(all, token)
		}
		if len(all) == maxTokens {
			break
		}
	}
	return all
}

// inSingleBraces reports whether a variable stands in one brace on either side.
func inSingleBraces(rest string) bool {
	return strings.Contains(rest, "{") && slices.ContainsFunc(variables, func(v variable) bool {
		return strings.Contains(rest, v.text[1:len(v.text)-1])
	})
}

// becomesAddress reports whether a name is an address when it is filled in: a variable
// that is one, or something before and behind an @. Of a variable that is not known, or
// that braces keep from being one, nobody knows.
func (n sanName) becomesAddress() bool {
	text, tokens := cutTokens(n.value, "x")
	if strings.ContainsAny(text, "{}") || slices.ContainsFunc(tokens, isBrace) {
		return true
	}
	for _, token := range different(tokens) {
		known, wrong, _ := judgeVariable(token)
		if wrong != "" && known.text == "" {
			return true
		}
		if known.address {
			return n.value == token
		}
	}
	before, after, at := strings.Cut(text, "@")
	return at && before != "" && after != "" && !strings.Contains(after, "@")
}

// judgeVariable finds a variable, or says what is wrong with it. Whether Intune counts
// capitals there is not documented, nor what becomes of one that it doesn't know.
func judgeVariable(token string) (known variable, wrong string, basis preflight.Basis) {
	if i := slices.IndexFunc(variables, func(v variable) bool { return v.text == token }); i >= 0 {
		return variables[i], "", ""
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
