package graph

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// TokenSource gives the token of a sign-in, and a new one when that is about to
// expire.
type TokenSource interface {
	Token(ctx context.Context) (Token, error)
}

// Token is what signs a request. Its secret is in no message.
type Token struct {
	Secret  string
	Expires time.Time // zero where it is not known
}

// String keeps the secret out of messages.
func (t Token) String() string { return "a token" }

// GoString keeps the secret out of messages.
func (t Token) GoString() string { return t.String() }

// Fixed is a token that somebody else got, such as the Azure CLI. It can't be
// renewed.
type Fixed struct {
	token Token
	now   func() time.Time
}

// bearer is the form of every token that is sent as one (RFC 6750 2.1).
var bearer = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`) })

// NewFixed takes a token as text, and reads from it until when it is valid. It is
// not verified: that is Graph's to do.
func NewFixed(text string, now func() time.Time) (*Fixed, error) {
	text = strings.TrimSpace(text)
	text = strings.TrimPrefix(text, "Bearer ")
	if !bearer().MatchString(text) {
		return nil, errors.New("it holds no token: one line of letters, digits and dots")
	}
	claims, _ := ReadClaims(text)
	return &Fixed{token: Token{Secret: text, Expires: claims.Expires()}, now: now}, nil
}

// ErrExpired says that a token is not valid any more and can't be renewed.
var ErrExpired = errors.New("the token has expired: get a new one")

// Token gives the token while it is valid.
func (f *Fixed) Token(context.Context) (Token, error) {
	if !f.token.Expires.IsZero() && !f.now().Before(f.token.Expires) {
		return Token{}, ErrExpired
	}
	return f.token, nil
}

// Claims are what a token says of the one who signed in.
// Source: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
type Claims struct {
	TenantID string   `json:"tid"`
	ObjectID string   `json:"oid"`
	UPN      string   `json:"upn"`
	AppID    string   `json:"appid"`
	Scopes   string   `json:"scp"`   // of a user, separated by spaces
	Roles    []string `json:"roles"` // of an application
	Methods  []string `json:"amr"`   // how the user signed in
	Exp      int64    `json:"exp"`   // seconds since 1970
}

// ReadClaims reads what a token says, without verifying it: it is shown, and
// decides nothing that Graph would not refuse. Tokens are opaque by contract, so
// one that can't be read is no error of the sign-in.
func ReadClaims(token string) (Claims, error) {
	var c Claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, errors.New("the token is opaque")
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err == nil {
		err = json.Unmarshal(payload, &c)
	}
	if err != nil {
		return Claims{}, errors.New("the token is opaque")
	}
	return c, nil
}

// Expires is when the token ends; zero where it does not say.
func (c Claims) Expires() time.Time {
	if c.Exp <= 0 {
		return time.Time{}
	}
	return time.Unix(c.Exp, 0).UTC()
}

// IsApp reports whether an application signed in, and no user.
func (c Claims) IsApp() bool { return c.Scopes == "" && len(c.Roles) > 0 }

// ByCertificate says whether a user may have signed in with a certificate, as far
// as the token tells; known is false where it doesn't. Entra ID names no method of
// that name: rsa stands for every proof of a private key.
func (c Claims) ByCertificate() (maybe, known bool) {
	if c.IsApp() {
		return false, true
	}
	switch key := slices.Contains(c.Methods, "rsa"); {
	case slices.Contains(c.Methods, "fido"), slices.Contains(c.Methods, "pwd") && !key:
		return false, true
	case key && slices.Contains(c.Methods, "pwd"): // the second factor may be a phone's app, or a certificate
		return true, false
	}
	return true, len(c.Methods) > 0
}
