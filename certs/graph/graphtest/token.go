package graphtest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// tokenLife is how long a token lasts if nothing else is said: the least that
// Microsoft gives
// (https://learn.microsoft.com/entra/identity-platform/access-tokens#token-lifetime).
const tokenLife = time.Hour

// audience is the resource that tokens are for.
const audience = "https://graph.microsoft.com"

// defaultApp is the app that asks if nothing else is said: Microsoft Graph Command
// Line Tools.
const defaultApp = "14d82eec-204b-4c2f-b7e8-296a70dab67e"

// roleTemplates are the ids of directory roles, as they stand in the claim wids
// (https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference).
var roleTemplates = map[string]string{
	GlobalAdministrator:                   "62e90394-69f5-4237-9190-012177145e10",
	PrivilegedAuthenticationAdministrator: "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
	AuthenticationAdministrator:           "c4e39bd9-1100-46d3-8c65-fb160da0071f",
	IntuneAdministrator:                   "3a2c62db-5318-420d-8d74-23affee5d9d5",
}

// TokenOptions say what a token is for. With Roles it is an app's own, otherwise it is
// delegated by a user.
type TokenOptions struct {
	Scopes         []string  // delegated permissions
	Roles          []string  // application permissions
	User           string    // userPrincipalName or id; the first user of the tenant if empty
	DirectoryRoles []string  // of the user; nil: Global Administrator
	AMR            []string  // how the user signed in: "pwd", "mfa", "rsa"
	App            string    // the id of the app
	Expires        time.Time // zero: in an hour
}

// claims are what a token says.
type claims struct {
	Audience string   `json:"aud"`
	Issuer   string   `json:"iss"`
	Tenant   string   `json:"tid"`
	Object   string   `json:"oid,omitempty"`
	UPN      string   `json:"upn,omitempty"`
	Scopes   string   `json:"scp,omitempty"`
	Roles    []string `json:"roles,omitempty"`
	App      string   `json:"appid"`
	Kind     string   `json:"idtyp"`
	AMR      []string `json:"amr,omitempty"`
	WIDs     []string `json:"wids,omitempty"`
	Issued   int64    `json:"iat"`
	Begins   int64    `json:"nbf"`
	Expires  int64    `json:"exp"`
	ID       string   `json:"uti"`

	directoryRoles []string
}

// Token issues a token that the server takes until it expires. It has the shape of a
// JWT, says so in its header that nobody signed it, and is worth nothing elsewhere.
func (s *Server) Token(o TokenOptions) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	if o.Expires.IsZero() {
		o.Expires = now.Add(tokenLife)
	}
	if o.App == "" {
		o.App = defaultApp
	}
	tenant := s.current.organization.text("id")
	c := claims{
		Audience: audience, Issuer: "https://sts.windows.net/" + tenant + "/", Tenant: tenant, App: o.App, AMR: o.AMR,
		Issued: now.Unix(), Begins: now.Unix(), Expires: o.Expires.Unix(), ID: rand.Text(),
	}
	if len(o.Roles) > 0 {
		c.Kind, c.Roles = "app", o.Roles
	} else {
		s.delegate(&c, o)
	}
	token := encodePart(map[string]string{"typ": "JWT", "alg": "none"}) + "." + encodePart(c) + "."
	s.tokens[token] = c
	return token
}

func (s *Server) delegate(c *claims, o TokenOptions) {
	c.Kind, c.Scopes, c.directoryRoles = "user", strings.Join(o.Scopes, " "), o.DirectoryRoles
	if o.DirectoryRoles == nil {
		c.directoryRoles = []string{GlobalAdministrator}
	}
	for _, role := range c.directoryRoles {
		c.WIDs = append(c.WIDs, roleTemplates[role])
	}
	user, ok := findUser(s.current.users, o.User)
	if !ok && o.User == "" && len(s.current.users) > 0 {
		user = s.current.users[0]
	}
	c.Object, c.UPN = user.text("id"), user.text("userPrincipalName")
}

// ExpireTokens lets every token that was issued so far expire now.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expireTokens()
}

func (s *Server) expireTokens() {
	for token, c := range s.tokens {
		c.Expires = 0
		s.tokens[token] = c
	}
}

func encodePart(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // strings and numbers always have a JSON form
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func unauthorized(message string) error {
	return &refusal{http.StatusUnauthorized, codeToken, message, false}
}

// authenticate finds what the token of a request says.
func (s *Server) authenticate(r *http.Request, now time.Time) (claims, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return claims{}, unauthorized("Access token is empty.")
	}
	c, ok := s.tokens[token]
	if !ok {
		return claims{}, unauthorized("Access token validation failure.")
	}
	if now.Unix() >= c.Expires {
		return claims{}, unauthorized("Lifetime validation failed, the token is expired.")
	}
	return c, nil
}

// authorize says whether what the token says is enough for the operation.
func (c claims) authorize(op *operation) error {
	if c.Kind == "app" && op.application == nil && op.path == "/me" {
		return &refusal{http.StatusBadRequest, codeSegment, "/me request is only valid with delegated authentication flow.", false}
	}
	have, want := strings.Fields(c.Scopes), op.delegated
	if c.Kind == "app" {
		have, want = c.Roles, op.application
	}
	if !overlap(have, want) {
		return &refusal{http.StatusForbidden, codeDenied, "Insufficient privileges to complete the operation.", false}
	}
	if c.Kind == "user" && op.roles != nil && !overlap(c.directoryRoles, append([]string{GlobalAdministrator}, op.roles...)) {
		return &refusal{http.StatusForbidden, codeDenied, "Insufficient privileges to complete the operation: the user has no role that may.", false}
	}
	return nil
}

func overlap(have, want []string) bool {
	return slices.ContainsFunc(have, func(s string) bool { return slices.Contains(want, s) })
}

// scopes gives the delegated permissions of a call.
func (c *call) scopes() []string { return strings.Fields(c.claims.Scopes) }
