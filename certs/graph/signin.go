package graph

import (
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
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
	Key    crypto.PrivateKey   // an *rsa.PrivateKey: the sign-in takes no other
	Secret string

	// Tell shows a user what to do: where to type the device code.
	Tell func(message string)

	transport policy.Transporter // nil for the network; tests hand in their own
}

// ErrSignIn says that the sign-in failed.
var ErrSignIn = errors.New("the sign-in failed")

// Source signs in when the first token is asked for. What is missing is told at once,
// and nothing is sent.
func (s SignIn) Source(e Endpoint) (TokenSource, error) {
	if e.Authority == "" {
		return nil, fmt.Errorf("nobody signs in to %s: hand in a token that was taken before", e.Graph)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	credential, err := s.credential(policy.ClientOptions{
		Cloud:           cloud.Configuration{ActiveDirectoryAuthorityHost: e.Authority},
		Transport:       s.transport,
		PerCallPolicies: []policy.Policy{hearing{}},
	})
	if err != nil {
		return nil, fmt.Errorf("signing in by %s: %w", s.Way, err)
	}
	return &source{credential, policy.TokenRequestOptions{Scopes: []string{e.Graph + "/.default"}, TenantID: s.TenantID}}, nil
}

// tenantName is the form of an id and of a domain. Others would change the address
// that the secret is sent to, or the command line of the Azure CLI.
var tenantName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9.-]*$`) })

// check names what a way needs and was not given.
func (s SignIn) check() error {
	if !slices.Contains(Ways, s.Way) {
		return fmt.Errorf("no way to sign in is called %q", s.Way)
	}
	const tenant, client = "a tenant", "a client id"
	needs := map[Way][]struct {
		what  string
		given bool
	}{
		Browser:     {{tenant, s.TenantID != ""}, {client, s.ClientID != ""}},
		Certificate: {{tenant, s.TenantID != ""}, {client, s.ClientID != ""}, {"a certificate and its key", len(s.Chain) > 0 && s.Key != nil}},
		Secret:      {{tenant, s.TenantID != ""}, {client, s.ClientID != ""}, {"a secret", s.Secret != ""}},
		DeviceCode:  {{tenant, s.TenantID != ""}, {client, s.ClientID != ""}, {"somebody to tell the code to", s.Tell != nil}},
	}
	for _, n := range needs[s.Way] {
		if !n.given {
			return fmt.Errorf("signing in by %s needs %s", s.Way, n.what)
		}
	}
	if !tenantName().MatchString(s.TenantID) {
		return fmt.Errorf("the tenant %q is neither an id nor a domain", s.TenantID)
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
			s.Tell(oneLine(m.Message))
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
	var said string
	t, err := s.credential.GetToken(context.WithValue(ctx, saidKey{}, &said), s.options)
	switch {
	case err != nil && ctx.Err() != nil:
		return Token{}, ctx.Err()
	case err != nil && said != "":
		return Token{}, fmt.Errorf("%w: %s", ErrSignIn, said)
	case err != nil:
		return Token{}, fmt.Errorf("%w: %s", ErrSignIn, reason(err))
	}
	return Token{Secret: t.Token, Expires: t.ExpiresOn}, nil
}

// saidKey finds, in the context of a request, where to note how it is refused.
type saidKey struct{}

// hearing notes what is said to the last request, where that is refused: the library's
// errors hold it as raw text of many lines, and not at all where a device code is
// refused.
type hearing struct{}

// Do sends a request.
func (hearing) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if said, ok := req.Raw().Context().Value(saidKey{}).(*string); ok {
		*said = ""
		if err == nil && resp.StatusCode >= http.StatusMultipleChoices {
			*said = saidBy(req.Raw().URL.Host, resp)
		}
	}
	return resp, err
}

// saidBy is why a server refuses, on one line.
func saidBy(host string, resp *http.Response) string {
	var answer struct {
		Error       string // the word of RFC 6749 5.2 and RFC 8628 3.5
		Description string `json:"error_description"`
		Message     string // of a managed identity's endpoint
	}
	body, err := runtime.Payload(resp)
	if err == nil {
		// Fields of another type than expected are left out: the status remains.
		_ = json.Unmarshal(body, &answer)
	}
	if answer.Error == "authorization_pending" || answer.Error == "slow_down" {
		return "nobody signed in with the code while it was valid"
	}
	text := cmp.Or(answer.Description, answer.Message)
	if sentence := refusalSentence(text); sentence != "" {
		return sentence
	}
	if text = oneLine(text); text != "" {
		text = ": " + text
	}
	return fmt.Sprintf("%s answers HTTP %d%s", host, resp.StatusCode, text)
}

// refusalText is Entra ID's own sentence.
var refusalText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`AADSTS\d+: [^\r\n]*`) })

// refusalSentence is Entra ID's own sentence in a text, without the identifiers that
// follow it; empty where there is none.
func refusalSentence(text string) string {
	sentence, _, _ := strings.Cut(refusalText().FindString(text), " Trace ID:")
	return oneLine(sentence)
}

// rawText begins what the library copies from an answer, which may be a token that it
// did not understand.
var rawText = []string{"\n----", "\nraw message was", "\njson message bytes were", "{"}

// reason is what of a library's error says why, where no server said it: Entra ID's
// sentence, which comes escaped from a browser, or the text before what is raw.
func reason(err error) string {
	text := html.UnescapeString(err.Error())
	if sentence := refusalSentence(text); sentence != "" {
		return sentence
	}
	for _, raw := range rawText {
		text, _, _ = strings.Cut(text, raw)
	}
	return oneLine(text)
}
