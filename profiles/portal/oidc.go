package portal

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// OIDCOptions is where people sign in, and what is believed of what is said of them.
type OIDCOptions struct {
	// Issuer is the address as the issuer itself writes it. In Entra ID it is
	// https://login.microsoftonline.com/TENANT/v2.0 with the tenant's ID, or that
	// of a national cloud; no address that stands for any tenant.
	Issuer       string
	ClientID     string
	ClientSecret string // empty for a public client

	// Claim names the claim that says who a visitor is; see [OIDC]. Empty is for
	// what suits the issuer.
	Claim string
	// DeskRole is the role or group that lets people into the help desk's pages:
	// a value of the claim roles or groups. Empty lets nobody in by OIDC.
	DeskRole string

	Client *http.Client     // nil is one with a time-out
	Now    func() time.Time // nil is time.Now
}

// OIDC signs people in with an OpenID Connect issuer: code flow with PKCE, state and
// nonce.
//
// Tickets are made for names, while a sign-in is of an account: whom a name belongs to
// is the issuer's to say, and may change. So a name is believed only of one tenant, in
// which nobody gives themselves a name:
//
//   - Entra ID: the claim upn, or without it preferred_username, of the tenant's own
//     members. Guests are refused: their names are those of another tenant or a personal
//     account. email is refused but where xms_edov says that its domain is verified, and
//     only if Claim asks for it.
//   - Others: email, where email_verified is true. Claim may name another, such as upn
//     for AD FS.
//
// Microsoft advises against any of these for authorization, since an administrator may
// give a name to somebody else: whoever has the name while the link lives, and the
// link, is let in. Tickets should not live longer than it takes to use them.
// Source: https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
type OIDC struct {
	options  OIDCOptions
	entra    bool
	verifier *oidc.IDTokenVerifier
	config   oauth2.Config // without the address to return to

	exchanges exchanges
	used      usedAttempts
}

// oidcPatience is how long an issuer may take for one answer.
const oidcPatience = 10 * time.Second

// NewOIDC asks an issuer for its addresses.
func NewOIDC(ctx context.Context, o OIDCOptions) (*OIDC, error) {
	entra, err := checkIssuer(o.Issuer)
	if err != nil {
		return nil, err
	}
	if o.ClientID == "" {
		return nil, errors.New("the OIDC client has no ID: give that of the app registration")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: oidcPatience}
	}
	client := *o.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // a secret is sent to where the issuer said, and nowhere else
	o.Client = &client
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, o.Client), o.Issuer)
	if err != nil {
		return nil, discoveryError(o.Issuer, err)
	}
	endpoint := provider.Endpoint()
	for _, address := range []string{endpoint.AuthURL, endpoint.TokenURL} {
		if _, err := secureURL(address); err != nil {
			return nil, fmt.Errorf("the OIDC issuer %q names an address to sign in at: %w", o.Issuer, err)
		}
	}
	if endpoint.AuthStyle, err = authStyle(provider, o.ClientSecret); err != nil {
		return nil, fmt.Errorf("reading what the OIDC issuer %q says of itself: %w", o.Issuer, err)
	}
	return &OIDC{
		options: o, entra: entra, exchanges: newExchanges(),
		verifier: provider.Verifier(&oidc.Config{ClientID: o.ClientID, Now: o.Now}),
		config:   oauth2.Config{ClientID: o.ClientID, ClientSecret: o.ClientSecret, Endpoint: endpoint, Scopes: []string{oidc.ScopeOpenID, "profile", "email"}},
	}, nil
}

// authStyle is how the secret is sent: as the issuer wants it, since trying out both ways
// would ask it twice for each code that is wrong, and use up one that is right.
// Source: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
func authStyle(provider *oidc.Provider, secret string) (oauth2.AuthStyle, error) {
	var says struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := provider.Claims(&says); err != nil {
		return 0, err
	}
	if secret == "" || len(says.Methods) > 0 && !slices.Contains(says.Methods, "client_secret_basic") {
		return oauth2.AuthStyleInParams, nil
	}
	return oauth2.AuthStyleInHeader, nil
}

// discoveryError says what to do where an issuer calls itself by another name.
func discoveryError(issuer string, err error) error {
	var other *oidc.IssuerMismatchError
	if errors.As(err, &other) {
		return fmt.Errorf("the OIDC issuer %q calls itself something else: give the address that it has there (%w)", issuer, err)
	}
	return fmt.Errorf("asking the OIDC issuer %q for its addresses: %w", issuer, err)
}

// address is where the browser is sent.
func (o *OIDC) address(returnTo string, a attempt, again bool) string {
	config := o.config
	config.RedirectURL = returnTo
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if again { // the account that the issuer would choose by itself was not the right one
		options = append(options, oauth2.SetAuthURLParam("prompt", "select_account"))
	}
	return config.AuthCodeURL(a.State, options...)
}

// signedInAs turns the code that the browser came back with into who signed in. The
// error is for the log; it has nothing secret. It is errBusy where nothing was asked.
func (o *OIDC) signedInAs(ctx context.Context, returnTo, code string, a attempt) (*claims, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, o.options.Client), oidcPatience)
	defer cancel()
	end, err := o.exchanges.begin(ctx, a.For)
	if err != nil {
		return nil, err
	}
	defer end()
	config := o.config
	config.RedirectURL = returnTo
	answer, err := config.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return nil, exchangeError(err)
	}
	raw, there := answer.Extra("id_token").(string)
	if !there {
		return nil, errors.New("the issuer's answer has no ID token")
	}
	token, err := o.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("checking the ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(a.Nonce)) != 1 {
		return nil, errors.New("the ID token belongs to another sign-in: its nonce differs")
	}
	var c claims
	if err := token.Claims(&c); err != nil {
		return nil, fmt.Errorf("reading the ID token: %w", err)
	}
	return &c, nil
}

// exchangeError keeps the issuer's own words, such as what is wrong with the secret, and not
// what was sent there.
func exchangeError(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.ErrorCode != "" {
		return fmt.Errorf("the issuer refused the code: %.40q: %.300q", refused.ErrorCode, refused.ErrorDescription)
	}
	if refused != nil && refused.Response != nil {
		return fmt.Errorf("the issuer refused the code with HTTP status %d", refused.Response.StatusCode)
	}
	return fmt.Errorf("sending the code to the issuer: %w", err)
}
