package probe

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// signInSource gives one token, or fails.
type signInSource struct {
	secret string
	err    error
}

func (s signInSource) Token(context.Context) (graph.Token, error) {
	return graph.Token{Secret: s.secret, Expires: time.Time{}}, s.err
}

// signInToken is a token that says whose it is.
func signInToken(upn string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"upn":"`+upn+`"}`)) + ".c2ln"
}

func TestSignInAs(t *testing.T) {
	refused := errors.New("AADSTS50126: no")
	for _, test := range []struct {
		name, authority string
		host            string // that wants the token; Exchange Online's if empty
		source          signInSource
		want            error
	}{
		{"the user", entraAuthority, "", signInSource{signInToken("Alice@contoso.com"), nil}, nil},
		{"by an alias", entraAuthority, "", signInSource{signInToken("a.example@contoso.com"), nil}, nil},
		{"a token that says nothing", entraAuthority, "", signInSource{"opaque", nil}, nil},
		{"somebody else", entraAuthority, "", signInSource{signInToken("bob@contoso.com"), nil}, ErrOtherUser},
		{"refused", entraAuthority, "", signInSource{"", refused}, refused},
		{"AD FS", "https://sts.contoso.com/adfs/oauth2/authorize", "", signInSource{}, ErrNoSignIn},
		{"Exchange Online by another name", entraAuthority, "OUTLOOK-cba.office365.com", signInSource{"opaque", nil}, nil},
		{"a server that is not Exchange Online", entraAuthority, wireHost, signInSource{"opaque", nil}, ErrNoSignIn},
		{"a server that sounds like it", entraAuthority, "outlook.office365.com.fabrikam.com", signInSource{"opaque", nil}, ErrNoSignIn},
		{"nobody", "", "", signInSource{}, ErrNoSignIn},
	} {
		account := profiles.Account{User: "alice@contoso.com", Email: "a.example@contoso.com"}
		got, err := SignInAs(account, test.source)(t.Context(), Challenge{Host: cmp.Or(test.host, "outlook.office365.com"), Bearer: true, Authority: test.authority})
		if !errors.Is(err, test.want) || err == nil && got != test.source.secret {
			t.Errorf("%s: %q, %v; want %v", test.name, got, err, test.want)
		}
		if err != nil && test.source.secret != "" && strings.Contains(err.Error(), test.source.secret) {
			t.Errorf("%s: the token is in the error", test.name)
		}
	}
}

// Each cloud has a place to sign in, and a server to have a token for.
func TestSignInEndpoint(t *testing.T) {
	for _, cloud := range preflight.Clouds {
		e, err := SignInEndpoint(cloud)
		if err != nil || !strings.HasPrefix(e.Graph, "https://") || strings.Contains(e.Graph, "graph") || e.Authority == "" {
			t.Errorf("%s: %+v, %v", cloud, e, err)
		}
	}
	if _, err := SignInEndpoint("moon"); err == nil {
		t.Error("a cloud that there is not has an endpoint")
	}
}
