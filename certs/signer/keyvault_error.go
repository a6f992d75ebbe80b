package signer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

const hintSignIn = "sign in with az login; in a pipeline set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH; in Azure a managed identity does; AZURE_TOKEN_CREDENTIALS=AzureCLICredential tries that one alone"

// unusable is an error about the object itself, which is somebody's to mend.
func (v vault) unusable(why string) error {
	return &Error{Kind: ErrKey, Text: fmt.Sprintf("the %s %q in %s %s", v.noun(), v.name, v.host, why),
		Hint: "see its state and versions: " + v.command("list-versions --name "+v.name)}
}

// command is a command line of Azure's that shows what is there.
func (v vault) command(verb string) string {
	if v.hsm {
		return "az keyvault key " + verb + " --hsm-name " + v.vault()
	}
	return "az keyvault " + v.noun() + " " + verb + " --vault-name " + v.vault()
}

// problem says why a request failed, without the address, the body and the token
// that the library's errors may hold.
func (v vault) problem(err error) error {
	signIn, refused, unreached := new(signInError), new(azcore.ResponseError), new(url.Error)
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.As(err, &signIn):
		return &Error{Kind: ErrService, Text: "signing in to " + v.host + " failed: " + signIn.reason(), Hint: hintSignIn}
	case errors.As(err, &refused):
		return v.refusal(refused)
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: ErrService, Text: fmt.Sprintf("%s did not answer within %v", v.host, vaultTime), Hint: hintReach}
	case errors.As(err, &unreached):
		return &Error{Kind: ErrService, Text: "asking " + v.host, Cause: unreached.Err, Hint: hintReach}
	}
	// What is left: an answer that isn't a vault's.
	return &Error{Kind: ErrService, Text: v.host + " gives no answer of a vault", Hint: hintReach}
}

const hintReach = "see whether the vault's name is right, and whether a firewall, a proxy or a private endpoint is in between"

// refusals are the answers that say what to do, by status and, where one is given,
// the code of the inner error.
// Sources: https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
// and https://learn.microsoft.com/azure/key-vault/general/rbac-guide
var refusals = []struct {
	status     int
	of         string // the kind of object; "" for any
	code       string
	kind       error
	text, hint string
}{
	{http.StatusForbidden, "", "KeyDisabled", ErrKey, "the key is disabled", "enable it, or name another version of it"},
	{http.StatusForbidden, "", "SecretDisabled", ErrKey, "it is disabled", "enable it, or name another version of it"},
	{http.StatusForbidden, "", "ForbiddenByFirewall", ErrService, "the vault's firewall lets nobody in from here", "come from a network that the vault allows, or have this one added to its firewall"},
	{http.StatusForbidden, vaultSecrets, "", ErrService, "who signed in may not read it", "have the role Key Vault Secrets User given on the vault or the secret; with access policies: secrets get"},
	{http.StatusForbidden, "", "", ErrService, "who signed in may not use it", "have the roles Key Vault Crypto User (to sign) and Key Vault Certificate User (to read the certificate) given on the vault; with access policies: keys get and sign, certificates get; on a managed HSM: Managed HSM Crypto User"},
	{http.StatusUnauthorized, "", "", ErrService, "the sign-in is not taken", "sign in to the tenant that the vault belongs to: az login --tenant DOMAIN, or AZURE_TENANT_ID"},
	{http.StatusTooManyRequests, "", "", ErrService, "the vault is busy with too many requests", "try again in a minute"},
}

// refusal says what an answer of the vault means.
func (v vault) refusal(r *azcore.ResponseError) error {
	if r.StatusCode == http.StatusNotFound {
		return &Error{Kind: ErrKey, Text: fmt.Sprintf("there is no such %s in %s: %q (HTTP 404)", v.noun(), v.host, v.path()), Hint: v.command("list")}
	}
	if r.StatusCode >= http.StatusMultipleChoices && r.StatusCode < http.StatusBadRequest {
		return &Error{Kind: ErrService, Text: fmt.Sprintf("the %s %q in %s: the answer is a redirect, and none is followed (HTTP %d)", v.noun(), v.name, v.host, r.StatusCode), Hint: hintReach}
	}
	inner := innerCode(r.RawResponse)
	said := fmt.Sprintf("HTTP %d", r.StatusCode)
	for _, code := range []string{r.ErrorCode, inner} {
		if isCode(code) {
			said += " " + code
		}
	}
	for _, known := range refusals {
		if known.status == r.StatusCode && (known.of == "" || known.of == v.kind) && (known.code == "" || known.code == inner) {
			return &Error{Kind: known.kind, Text: fmt.Sprintf("the %s %q in %s: %s (%s)", v.noun(), v.name, v.host, known.text, said), Hint: known.hint}
		}
	}
	return &Error{Kind: ErrService, Text: fmt.Sprintf("the %s %q in %s: the vault refuses (%s)", v.noun(), v.name, v.host, said)}
}

// path is the object's name, with its version where one was asked for.
func (a vaultAddress) path() string {
	return strings.TrimSuffix(a.name+"/"+a.version, "/")
}

// innerCode is the code that tells refusals of one status apart; empty where there is
// none.
func innerCode(resp *http.Response) string {
	if resp == nil {
		return ""
	}
	var answer struct {
		Error struct {
			Inner struct{ Code string } `json:"innererror"`
		}
	}
	body, err := runtime.Payload(resp)
	if err != nil || json.Unmarshal(body, &answer) != nil || !isCode(answer.Error.Inner.Code) {
		return ""
	}
	return answer.Error.Inner.Code
}

// maxCode is longer than any code of Microsoft's, in bytes.
const maxCode = 50

// isCode reports whether text is a word, and so no part of a message or secret.
func isCode(text string) bool {
	return text != "" && len(text) <= maxCode && strings.Trim(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz") == ""
}

// signingIn tells the errors of a sign-in from the vault's.
type signingIn struct{ azcore.TokenCredential }

func (s signingIn) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	t, err := s.TokenCredential.GetToken(ctx, o)
	switch {
	case err != nil && ctx.Err() != nil:
		err = ctx.Err() // an interruption is none of the sign-in's errors
	case err != nil:
		err = &signInError{err}
	}
	return t, err
}

// signInError says that nobody could be signed in.
type signInError struct{ error }

func (e *signInError) Unwrap() error { return e.error }

// NonRetriable keeps the library from signing in again and again.
func (*signInError) NonRetriable() {}

// refusalText is Entra ID's own sentence; attemptText a line of DefaultAzureCredential
// about one of its ways.
var (
	refusalText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`AADSTS\d+: [^\r\n"\\]*`) })
	attemptText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^[\t ]+(\w+Credential)\b`) })
)

// reason is Entra ID's sentence where it gave one, without the identifiers after it;
// else which ways were tried. The rest of the library's text may be a raw answer.
func (e *signInError) reason() string {
	text := e.Error()
	if sentence := refusalText().FindString(text); sentence != "" {
		sentence, _, _ = strings.Cut(sentence, " Trace ID:")
		return sentence
	}
	var tried []string
	for _, m := range attemptText().FindAllStringSubmatch(text, -1) {
		tried = append(tried, m[1])
	}
	if len(tried) == 0 {
		return "no token came of it"
	}
	return "no way to sign in was found (tried: " + strings.Join(tried, ", ") + ")"
}
