package portal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/easkit/easkit/certs"
)

// claims is what an ID token says of somebody.
type claims struct {
	all map[string]any
}

// UnmarshalJSON reads the claims of a token.
func (c *claims) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &c.all) }

func (c *claims) text(name string) string {
	s, _ := c.all[name].(string)
	return s
}

// yes reports whether a claim is true. Entra ID writes xms_edov as a text or a number as well.
func (c *claims) yes(name string) bool {
	switch v := c.all[name].(type) {
	case bool:
		return v
	case string:
		return v == "1" || strings.EqualFold(v, "true")
	case float64:
		return v == 1
	}
	return false
}

// list is a claim of one or several texts.
func (c *claims) list(name string) []string {
	switch v := c.all[name].(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, item := range v {
			if s, is := item.(string); is {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

// The names of claims. Sources: https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims,
// https://learn.microsoft.com/entra/identity-platform/optional-claims-reference
const (
	claimUPN       = "upn"
	claimPreferred = "preferred_username"
	claimEmail     = "email"
)

// guestMark stands in the UPN that a tenant gives to a guest.
const guestMark = "#EXT#"

// visitor is whom the claims name, as the type [OIDC] says. The error says why it is nobody.
func (o *OIDC) visitor(c *claims) (string, error) {
	if o.entra {
		if err := c.member(); err != nil {
			return "", err
		}
	}
	for _, name := range o.visitorClaims() {
		value := c.text(name)
		if value == "" {
			continue
		}
		if name == claimEmail && !c.yes(o.verifiedBy()) {
			return "", fmt.Errorf("the claim email is not verified: %s is not true", o.verifiedBy())
		}
		return value, nil
	}
	return "", fmt.Errorf("the ID token has none of the claims %s", strings.Join(o.visitorClaims(), ", "))
}

func (o *OIDC) visitorClaims() []string {
	switch {
	case o.options.Claim != "":
		return []string{o.options.Claim}
	case o.entra:
		return []string{claimUPN, claimPreferred}
	}
	return []string{claimEmail}
}

// verifiedBy is the claim that says whether email is to be believed.
func (o *OIDC) verifiedBy() string {
	if o.entra {
		return "xms_edov"
	}
	return "email_verified"
}

// member wants an account of the tenant itself. The claim idp is there for guests, and
// where it is not, the issuer is meant; acct is there on request.
func (c *claims) member() error {
	idp, foreign := c.all["idp"]
	acct := c.all["acct"]
	switch {
	case foreign && !c.sameTenant(idp):
		return errors.New("it is a guest's account: the claim idp names another tenant")
	case acct != nil && acct != float64(0) && acct != "0":
		return errors.New("it is a guest's account: the claim acct is not 0")
	case strings.Contains(strings.ToUpper(c.text(claimUPN)+c.text(claimPreferred)), guestMark):
		return errors.New("it is a guest's account: its name has " + guestMark)
	}
	return nil
}

// sameTenant reports whether an issuer is the token's tenant, written in the way of either
// version of tokens, on a host of Entra ID.
// Source: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#payload-claims
func (c *claims) sameTenant(idp any) bool {
	issuer, _ := idp.(string)
	tenant := c.text("tid")
	if issuer == "" || tenant == "" {
		return false
	}
	for host := range entraHosts {
		if v1 := "https://" + host + "/" + tenant + "/"; issuer == v1 || issuer == v1+"v2.0" {
			return true
		}
	}
	return false
}

// subjectName begins the name of people whose token has none that is believed. Neither it
// nor the names of others who make tickets are addresses.
const subjectName = "subject "

// desk is who works at the help desk, for tickets and the log. Whether they do, the role
// decides, not the name: so a guest may. The name is an address which is believed of
// visitors as well, since nobody shall act under a name they chose, or as the local admin.
func (o *OIDC) desk(c *claims) (string, error) {
	if !slices.Contains(c.list("roles"), o.options.DeskRole) && !slices.Contains(c.list("groups"), o.options.DeskRole) {
		if c.manyGroups() {
			return "", errors.New("the account is in so many groups that the ID token lists none: give the help desk an app role instead of a group")
		}
		return "", fmt.Errorf("neither of the claims roles and groups has %q", o.options.DeskRole)
	}
	if name, err := o.visitor(c); err == nil && len(name) <= maxName {
		if _, err := certs.ParseAddress(name); err == nil {
			return name, nil
		}
	}
	subject := c.text("sub")
	if subject == "" || len(subjectName+subject) > maxName || strings.ContainsFunc(subject, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", errors.New("the ID token names nobody: its claim sub is missing, too long, or does not print")
	}
	return subjectName + subject, nil
}

// manyGroups reports whether Entra ID left the groups out, of which there are more than
// 200. Source: https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference#groups-overage-claim
func (c *claims) manyGroups() bool {
	elsewhere, _ := c.all["_claim_names"].(map[string]any)
	return c.yes("hasgroups") || elsewhere["groups"] != nil
}
