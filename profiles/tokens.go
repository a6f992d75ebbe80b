package profiles

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/easkit/easkit/certs/preflight"
)

// Token is a placeholder in a profile, which device management fills in for each
// phone.
type Token struct {
	Text    string // as it has to be written; capitals count
	Means   string
	Address bool // what it becomes is an address: of mail, or a UPN
}

// IntuneTokens are those that Intune fills in where a custom profile for iPhone and
// iPad has them (https://learn.microsoft.com/intune/intune-service/apps/app-configuration-policies-use-ios
// lists them). Intune validates none: one that is misspelt reaches the phone as it
// stands.
var IntuneTokens = []Token{
	{"{{mail}}", "the user's mail address", true},
	{"{{userprincipalname}}", "the user's UPN", true},
	{"{{partialupn}}", "the UPN up to its @", false},
	{"{{username}}", "the user's display name", false},
	{"{{userid}}", "the user's object id", false},
	{"{{accountid}}", "the id of the account", false},
	{"{{deviceid}}", "the phone's id in Intune", false},
	{"{{aaddeviceid}}", "the phone's id in Entra ID", false},
	{"{{OnPremisesSamAccountName}}", "the user's sAMAccountName", false},
	{"{{serialnumber}}", "the phone's serial number", false},
	{"{{serialnumberlast4digits}}", "the last four of its characters", false},
	{"{{udidlast4digits}}", "the last four characters of the phone's UDID", false},
	{"{{issupervised}}", "whether the phone is supervised", false},
}

// tokenPattern finds what is meant to be a token, or is left of one.
var tokenPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{[^{}]*\}\}|\{\{|\}\}`) })

// tokensOf lists the tokens of texts, known or not.
func tokensOf(texts ...string) []string {
	var all []string
	for _, s := range texts {
		if strings.Contains(s, "{{") || strings.Contains(s, "}}") { // the pattern is compiled where it is needed
			all = append(all, tokenPattern().FindAllString(s, -1)...)
		}
	}
	return all
}

// knownTokens refuses a token that Intune would leave as it stands.
func knownTokens(s string) error {
	for _, token := range tokensOf(s) {
		if slices.ContainsFunc(IntuneTokens, func(t Token) bool { return t.Text == token }) {
			continue
		}
		if near := nearestToken(token); near != "" {
			return fmt.Errorf("%q is no placeholder of Intune, which counts capitals; did you mean %q?", clip(token), near)
		}
		return fmt.Errorf("%q is no placeholder that Intune fills in: it is one of %s", clip(token), strings.Join(tokenTexts(), ", "))
	}
	return nil
}

func tokenTexts() []string {
	var all []string
	for _, t := range IntuneTokens {
		all = append(all, t.Text)
	}
	return all
}

// nearestToken finds the token that somebody may have meant.
func nearestToken(wrote string) string { return preflight.Nearest(wrote, tokenTexts()) }

// placeholder checks a text that has to stand for every user: tokens that are
// known, and with them an address or, where a backslash is allowed, DOMAIN\user.
func placeholder(s string, backslash bool) error {
	if s == "" {
		return nil
	}
	tokens := tokensOf(s)
	if len(tokens) == 0 {
		return fmt.Errorf("%q is one person's, and a template is for all: leave it to --email, --user or the certificate, or write a placeholder such as {{mail}}", clip(s))
	}
	if err := knownTokens(s); err != nil {
		return err
	}
	whole := slices.ContainsFunc(IntuneTokens, func(t Token) bool { return t.Address && t.Text == s })
	before, after, at := strings.Cut(s, "@")
	switch {
	case whole, at && before != "" && after != "" && !strings.Contains(after, "@"):
		return nil
	case backslash && strings.Contains(s, `\`):
		return nil
	}
	return fmt.Errorf("%q becomes no address: write {{mail}}, {{userprincipalname}}, or a placeholder with its domain such as {{partialupn}}@contoso.com", clip(s))
}
