package probe

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// Why a sign-in gives no token, beside what the authority says.
var (
	ErrNoSignIn  = errors.New("there is no sign-in for this server from here")
	ErrOtherUser = errors.New("somebody else signed in")
)

// resources are what tokens for EAS are asked for, by cloud. The application needs the
// permission EAS.AccessAsUser.All of Office 365 Exchange Online. That the other clouds
// name it by their hosts, as the worldwide one does, is inferred.
var resources = map[preflight.Cloud]string{
	preflight.Worldwide: "https://outlook.office.com",
	preflight.GCC:       "https://outlook.office.com",
	preflight.GCCHigh:   "https://outlook.office365.us",
	preflight.DoD:       "https://outlook-dod.office365.us",
	preflight.China:     "https://partner.outlook.cn",
}

// SignInEndpoint is where [graph.SignIn] gets tokens for EAS in a cloud. It asks for all
// that the application has been given there, which has to be EAS.AccessAsUser.All.
func SignInEndpoint(c preflight.Cloud) (graph.Endpoint, error) {
	e, err := graph.EndpointOf(string(c))
	if err != nil {
		return graph.Endpoint{}, err
	}
	e.Graph = resources[c]
	return e, nil
}

// SignInAs makes [Options.SignIn] of a sign-in to Entra ID, whose endpoint is that of
// [SignInEndpoint]. It refuses the token of anybody but the account's user, as far as the
// token tells, and wraps [ErrOtherUser] then. [ErrNoSignIn] says that the server is not
// one of Exchange Online, for which the tokens are and which alone may see them; or that
// it wants them of another authority than Entra ID, such as AD FS, which is not signed in
// to.
func SignInAs(a profiles.Account, source graph.TokenSource) func(context.Context, Challenge) (string, error) {
	return func(ctx context.Context, c Challenge) (string, error) {
		if profiles.MailboxAt(c.Host) != preflight.ExchangeOnline {
			return "", fmt.Errorf("%w: tokens are got for Exchange Online, and %q is none of its hosts", ErrNoSignIn, preflight.Clip(c.Host, shown))
		}
		u, err := url.Parse(c.Authority)
		if err != nil {
			return "", fmt.Errorf("%w: its address can't be read", ErrNoSignIn)
		}
		if _, isEntra := entraHosts[hostKey(u.Hostname())]; !isEntra {
			return "", fmt.Errorf("%w: the server wants tokens of %q, and only Entra ID is signed in to", ErrNoSignIn, preflight.Clip(u.Hostname(), shown))
		}
		t, err := source.Token(ctx)
		if err != nil {
			return "", fmt.Errorf("signing in to Entra ID: %w", err)
		}
		claims, _ := graph.ReadClaims(t.Secret) // opaque by contract: whoever can't be read is believed
		if by := claims.UPN; by != "" && !certs.SameAddress(by, a.User) && !certs.SameAddress(by, a.Email) {
			return "", fmt.Errorf("%w: %q, and the account is that of %q", ErrOtherUser, by, a.User)
		}
		return t.Secret, nil
	}
}
