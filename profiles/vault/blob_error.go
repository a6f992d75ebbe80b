package vault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
)

const (
	hintSignIn = "sign in with az login; in a pipeline set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; in Azure a managed identity does"
	hintRole   = "have the role Storage Blob Data Contributor given on the container"
	hintReach  = "see whether the account's name is right, and whether a firewall, a proxy or a private endpoint is in between"
)

// refusals are the answers that say what to do, by the service's code.
// Source: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
var refusals = []struct {
	code       bloberror.Code
	kind       error
	text, hint string
}{
	{bloberror.ContainerNotFound, ErrTarget, "there is no such container", "make it, without public access: az storage container create --auth-mode login --account-name ACCOUNT --name CONTAINER"},
	{bloberror.ContainerBeingDeleted, ErrTarget, "the container is being deleted", "give another one, or wait"},
	{bloberror.AuthorizationPermissionMismatch, ErrService, "who signed in may not do that", hintRole},
	{bloberror.InsufficientAccountPermissions, ErrService, "who signed in may not do that", hintRole},
	{bloberror.AuthorizationFailure, ErrService, "the account's firewall lets nobody in from here, or who signed in may not do that", hintReach},
	{bloberror.AuthenticationFailed, ErrService, "the sign-in or the key is not taken", "sign in to the tenant that the account belongs to, or see whether the key was renewed"},
	{"KeyBasedAuthenticationNotPermitted", ErrService, "the account takes no keys", hintSignIn},
	{bloberror.BlockCountExceedsLimit, ErrTarget, "the file has as many blocks as a file can have", "gather more lines for each Append"},
	{bloberror.BlobImmutableDueToPolicy, ErrTarget, "a policy of the container keeps files as they are", "give a container without an immutability policy"},
	{bloberror.InvalidBlobType, ErrTarget, "a file of that name was not made by appending", "remove it, or give another container"},
}

// problem says why a request about a file, or about the container, failed.
func (b *blob) problem(name string, err error) error {
	what := b.url
	if name != "" {
		what = fmt.Sprintf("%q in %s", name, b.url)
	}
	known, signIn, refused, unreached := new(Error), new(signInError), new(azcore.ResponseError), new(url.Error)
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.As(err, &known):
		return known
	case errors.As(err, &signIn):
		return &Error{Kind: ErrService, Text: "signing in to the account " + b.account + " failed: " + signIn.reason(), Hint: hintSignIn}
	case bloberror.HasCode(err, bloberror.BlobNotFound):
		return b.missing(name)
	case errors.As(err, &refused):
		return refusal(what, refused)
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: ErrService, Text: what + ": there was no answer in time", Hint: hintReach}
	case errors.As(err, &unreached):
		return &Error{Kind: ErrService, Text: what + ": " + clean(unreached.Err.Error()), Hint: hintReach}
	}
	return &Error{Kind: ErrService, Text: what + ": " + clean(err.Error()), Hint: hintReach}
}

func refusal(what string, r *azcore.ResponseError) error {
	said := fmt.Sprintf("HTTP %d", r.StatusCode)
	if code := clean(r.ErrorCode); code != "" {
		said += " " + code
	}
	for _, known := range refusals {
		if string(known.code) == r.ErrorCode {
			return &Error{Kind: known.kind, Text: fmt.Sprintf("%s: %s (%s)", what, known.text, said), Hint: known.hint}
		}
	}
	if r.StatusCode >= http.StatusMultipleChoices && r.StatusCode < http.StatusBadRequest {
		said += ", a redirect, and none is followed"
	}
	return &Error{Kind: ErrService, Text: fmt.Sprintf("%s: the service refuses (%s)", what, said)}
}

// clean is the first line of a text of others, shortened.
func clean(text string) string {
	const longest = 200 // characters: the library's own reasons are shorter
	text, _, _ = strings.Cut(text, "\n")
	if quoted := fmt.Sprintf("%.*q", longest, text); quoted[1:len(quoted)-1] != text {
		return quoted
	}
	return text
}

// signingIn tells the errors of a sign-in from the service's.
type signingIn struct{ azcore.TokenCredential }

func (s signingIn) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	t, err := s.TokenCredential.GetToken(ctx, o)
	if err != nil && ctx.Err() != nil {
		return t, ctx.Err() // an interruption is none of the sign-in's errors
	}
	if err != nil {
		return t, &signInError{err}
	}
	return t, nil
}

// signInError says that nobody could be signed in.
type signInError struct{ error }

func (e *signInError) Unwrap() error { return e.error }

// NonRetriable keeps the library from signing in again and again.
func (*signInError) NonRetriable() {}

// refusalText is Entra ID's own sentence.
var refusalText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`AADSTS\d+: [^\r\n"\\]*`) })

// reason is Entra ID's sentence where it gave one: the rest of the library's text may
// be a raw answer.
func (e *signInError) reason() string {
	sentence, _, _ := strings.Cut(refusalText().FindString(e.Error()), " Trace ID:")
	if sentence == "" {
		return "no token came of it"
	}
	return clean(sentence)
}
