package signer

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/easkit/easkit/certs"
)

// Options is what opening a signer by its URI takes beside the URI.
type Options struct {
	// Unlock gives the PIN of a token.
	Unlock certs.Unlock
	// ReadPIN reads the file that a URI's pin-source names; nil takes its first line.
	ReadPIN func(path string) (certs.Password, error)
	// Chain holds intermediates. The certificate of the key may be among them, and
	// must be where the key comes without one.
	Chain []*certs.Certificate
	// Now judges whether a vault's key may be used already, or still.
	Now time.Time
	// Credential signs in to Azure Key Vault; nil for azidentity's
	// DefaultAzureCredential: the environment's AZURE_ variables, a workload's or
	// managed identity, or who signed in to Azure's command lines.
	// Source: https://learn.microsoft.com/azure/developer/go/sdk/authentication/credential-chains
	Credential azcore.TokenCredential

	// Tests hand in what carries the requests to a vault, and how often they are sent
	// again.
	transport http.RoundTripper // nil for net/http's own
	retry     policy.RetryOptions
}

// IsURI reports whether a signer is named by a URI rather than by a file.
func IsURI(name string) bool { return scheme(name) != "" }

// scheme is the scheme of a URI in lower case; empty for a file, such as C:\signer.p12.
func scheme(name string) string {
	scheme, _, ok := strings.Cut(name, ":")
	if !ok || len(scheme) < 2 || strings.ContainsAny(scheme, `./\`) {
		return ""
	}
	return strings.ToLower(scheme)
}

// OpenURI opens a signer whose key stays where it is: on a token, by a PKCS #11 URI
// (RFC 7512), or in Azure Key Vault, by the https address of a certificate or key.
// Where the key is in a vault, ctx holds for every signature, too. Vaults are asked
// without following redirects.
//
// A process opens one signer at a time through a PKCS #11 module, since login and end
// are the module's for all of them: until its Close, others are refused ([ErrInUse]).
// A signer whose PIN is refused when it signs is closed: further tries would lock the
// token.
//
// Errors are of type *[Error], but for an interruption. None repeats the URI as a
// whole: it may hold what should not be in it.
func OpenURI(ctx context.Context, name string, o Options) (*Signer, error) {
	switch s := scheme(name); s {
	case "pkcs11":
		u, err := parseTokenURI(name)
		if err != nil {
			return nil, err
		}
		return openToken(u, o)
	case "https":
		a, err := parseVaultURL(name)
		if err != nil {
			return nil, err
		}
		return openVault(ctx, a, o)
	default:
		return nil, &Error{Kind: ErrKey, Text: fmt.Sprintf("a signer by URI %q is not supported", s+":"),
			Hint: "give a PEM or PKCS#12 file, a pkcs11: URI, or the https address of a certificate in Azure Key Vault"}
	}
}
