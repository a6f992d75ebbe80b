package android

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/profiles"
)

// tokens are the placeholders that Intune fills in where an app configuration for
// Android has them; it counts capitals and leaves any other as it stands
// (https://learn.microsoft.com/intune/intune-service/apps/app-configuration-policies-use-android).
// {{domain}} is left out: how it is spelt is not certain.
var tokens = []string{
	"{{mail}}", "{{userprincipalname}}", "{{partialupn}}", "{{username}}", "{{userid}}", "{{accountid}}",
	"{{deviceid}}", "{{aaddeviceid}}", "{{onPremisesSamAccountName}}",
}

// spellings turns the placeholders of templates, which are those for iOS, into
// those for Android where they differ.
var spellings = strings.NewReplacer("{{OnPremisesSamAccountName}}", "{{onPremisesSamAccountName}}")

// alias is the name of the key: the user's own, or for everybody what Intune
// fills in, if its certificate profile is known.
func (c *Config) alias() string {
	if !c.Everybody() {
		return Alias(c.Account.Email)
	}
	if id := c.Account.Android.IntuneCertificate; id != "" {
		return certificateToken(id)
	}
	return ""
}

// Everybody reports whether the account has placeholders in place of one user's
// address and name, so that only forms for device management that fills them in
// can be made of it.
func (c *Config) Everybody() bool {
	if c.isGiven {
		return hasTokens(properties(c.Properties))
	}
	return len(profiles.Tokens(c.Account.Email+c.Account.User)) > 0
}

// refuseName refuses an account without a user, and placeholders that would stay
// what they are.
func (c *Config) refuseName() error {
	a := c.Account
	for _, token := range profiles.Tokens(a.Email + a.User) {
		if slices.Contains(tokens, token) {
			continue
		}
		hint := "take one of " + strings.Join(tokens, ", ")
		return c.refused(hint, "%q is no placeholder that Intune fills in on Android", token)
	}
	if _, err := certs.ParseAddress(a.Email); err != nil && len(profiles.Tokens(a.Email)) == 0 {
		return c.refused("", "the e-mail address %q: %v", a.Email, err)
	}
	if a.User == "" {
		return c.refused("", "there is no user name")
	}
	return nil
}

// lenUUID is the length of a UUID that is written without braces and the like.
const lenUUID = 36

// refuseCertificate refuses what can't be the id of a certificate profile of Intune's.
func (c *Config) refuseCertificate() error {
	if id := c.Account.Android.IntuneCertificate; id != "" && (len(id) != lenUUID || uuid.Validate(id) != nil) {
		return c.refused("", "the id of Intune's certificate profile, %q, is not a UUID", id)
	}
	return nil
}

// certificateToken is what Intune replaces by the alias of the certificate that a
// profile of its own put on the phone.
func certificateToken(id string) string { return fmt.Sprintf("{{cert:%s}}", id) }

// certificateOf takes the id of the profile out of a token.
func certificateOf(alias string) (id string, ok bool) {
	id, ok = strings.CutPrefix(alias, "{{cert:")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(id, "}}")
}
