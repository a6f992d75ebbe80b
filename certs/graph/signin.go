package graph

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Way is a way to sign in.
type Way string

// The ways. A user signs in by Browser, by AzureCLI as the one who signed in
// there, or by DeviceCode, which many tenants block; the others are an
// application's.
const (
	Browser         Way = "browser" // authorization code with PKCE
	Certificate     Way = "certificate"
	Secret          Way = "secret"
	ManagedIdentity Way = "managed-identity"
	AzureCLI        Way = "azure-cli"
	DeviceCode      Way = "device-code"
)

// Ways are all of them, in the order in which to prefer them.
var Ways = []Way{Browser, Certificate, Secret, ManagedIdentity, AzureCLI, DeviceCode}

// SignIn is who signs in, and how.
type SignIn struct {
	Way      Way
	TenantID string // of the directory, or one of its domains
	ClientID string // of the application that the tenant's permissions were given to

	Chain  []*x509.Certificate // of Certificate, its own first
	Key    crypto.PrivateKey
	Secret string

	// Tell shows a user what to do: where to type the device code.
	Tell func(message string)
}

// ErrSignIn says that the sign-in failed.
var ErrSignIn = errors.New("the sign-in failed")

// Source signs in when the first token is asked for.
func (s SignIn) Source(e Endpoint) (TokenSource, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	credential, err := s.credential(policy.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: e.Authority}})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignIn, err)
	}
	return &source{credential, policy.TokenRequestOptions{Scopes: []string{e.Graph + "/.default"}, TenantID: s.TenantID}}, nil
}

// check names what a way needs and was not given.
func (s SignIn) check() error {
	needs := map[Way][]struct{ what, value string }{
		Browser:     {{"a tenant", s.TenantID}, {"a client id", s.ClientID}},
		Certificate: {{"a tenant", s.TenantID}, {"a client id", s.ClientID}},
		Secret:      {{"a tenant", s.TenantID}, {"a client id", s.ClientID}, {"a secret", s.Secret}},
		DeviceCode:  {{"a tenant", s.TenantID}, {"a client id", s.ClientID}},
	}
	for _, n := range needs[s.Way] {
		if n.value == "" {
			return fmt.Errorf("signing in by %s needs %s", s.Way, n.what)
		}
	}
	if s.Way == Certificate && (len(s.Chain) == 0 || s.Key == nil) {
		return errors.New("signing in by certificate needs a certificate and its key")
	}
	return nil
}

func (s SignIn) credential(o policy.ClientOptions) (azcore.TokenCredential, error) {
	switch s.Way {
	case Browser:
		return azidentity.NewInteractiveBrowserCredential(&azidentity.InteractiveBrowserCredentialOptions{ClientOptions: o, TenantID: s.TenantID, ClientID: s.ClientID})
	case Certificate:
		return azidentity.NewClientCertificateCredential(s.TenantID, s.ClientID, s.Chain, s.Key, &azidentity.ClientCertificateCredentialOptions{ClientOptions: o})
	case Secret:
		return azidentity.NewClientSecretCredential(s.TenantID, s.ClientID, s.Secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: o})
	case ManagedIdentity:
		opts := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: o}
		if s.ClientID != "" {
			opts.ID = azidentity.ClientID(s.ClientID)
		}
		return azidentity.NewManagedIdentityCredential(opts)
	case AzureCLI:
		return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: s.TenantID})
	case DeviceCode:
		tell := func(_ context.Context, m azidentity.DeviceCodeMessage) error {
			if s.Tell != nil {
				s.Tell(oneLine(m.Message))
			}
			return nil
		}
		return azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{ClientOptions: o, TenantID: s.TenantID, ClientID: s.ClientID, UserPrompt: tell})
	}
	return nil, fmt.Errorf("no way to sign in is called %q", s.Way)
}

// source is a sign-in by azidentity, which keeps tokens and renews them.
type source struct {
	credential azcore.TokenCredential
	options    policy.TokenRequestOptions
}

// Token signs in, or gives the token of before.
func (s *source) Token(ctx context.Context) (Token, error) {
	t, err := s.credential.GetToken(ctx, s.options)
	if err != nil {
		if ctx.Err() != nil {
			return Token{}, ctx.Err()
		}
		return Token{}, fmt.Errorf("%w: %s", ErrSignIn, reason(err))
	}
	return Token{Secret: t.Token, Expires: t.ExpiresOn}, nil
}

// refusalText is Entra ID's own sentence in an error of many lines.
var refusalText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`AADSTS\d+: [^"\r\n]*`) })

// reason is what of a library's error says why: Entra ID's sentence, or its first
// lines without the answer's raw text.
func reason(err error) string {
	text := err.Error()
	if m := refusalText().FindString(text); m != "" {
		m, _, _ = strings.Cut(m, " Trace ID:")
		return oneLine(m)
	}
	text, _, _ = strings.Cut(text, "\n----")
	return oneLine(text)
}
