package ios

import (
	"errors"
	"fmt"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/profiles"
)

// Why a profile can't be moved to OAuth.
var (
	// ErrOAuthAlready says that all accounts of a profile sign in by OAuth.
	ErrOAuthAlready = errors.New("it signs in by OAuth already")
	// ErrNoAccount says that a profile has no mail account.
	ErrNoAccount = errors.New("there is no mail account in it")
	// ErrEncrypted says that the payloads of a profile can't be read.
	ErrEncrypted = errors.New("its payloads are encrypted")
)

// ToOAuth returns the profile as an unsigned property list whose mail accounts sign in
// by OAuth, with everything else as it is: identifiers, UUIDs and identities above
// all, so that phones update what they have in place. changes says what was changed,
// a clause each.
//
// Beside OAuth, SSL is switched on, the account's own password left out (Apple: none
// with OAuth), and so are addresses for OAuth, which counted for nothing so far; a host
// that takes certificates alone is replaced by the one for tokens. The error wraps ErrOAuthAlready, ErrNoAccount or ErrEncrypted.
func (f *File) ToOAuth() (content []byte, changes []string, err error) {
	switch {
	case f.Encrypted:
		return nil, nil, ErrEncrypted
	case f.Account() == nil:
		return nil, nil, ErrNoAccount
	}
	top, _ := f.Top.Plain().(dict)
	payloads, _ := top["PayloadContent"].([]any)
	moved := false
	for i, p := range payloads {
		account, ok := p.(dict)
		if !ok || account["PayloadType"] != typeEAS || account["OAuth"] == true {
			continue
		}
		moved = true
		for _, c := range toOAuth(account) {
			if len(f.Of(typeEAS)) > 1 {
				c = fmt.Sprintf("payload %d: %s", i+1, c)
			}
			changes = append(changes, c)
		}
	}
	if !moved {
		return nil, nil, ErrOAuthAlready
	}
	content, err = plist.Marshal(top)
	return content, changes, err
}

// toOAuth changes one account.
func toOAuth(account dict) []string {
	changes := []string{"OAuth is true"}
	account["OAuth"] = true
	if account["SSL"] != true {
		account["SSL"] = true
		changes = append(changes, "SSL is true")
	}
	if _, has := account["Password"]; has {
		delete(account, "Password")
		changes = append(changes, "Password is left out")
	}
	for _, key := range []string{"OAuthSignInURL", "OAuthTokenRequestURL"} {
		if _, has := account[key]; has {
			delete(account, key) // it counted for nothing, and would now
			changes = append(changes, key+" is left out")
		}
	}
	host, _ := account["Host"].(string)
	if endpoint, err := profiles.ParseEndpoint(host); err == nil {
		if other := profiles.TokenHost(endpoint.Host); other != "" {
			account["Host"] = other
			changes = append(changes, fmt.Sprintf("Host is %s in place of %s", other, host))
		}
	}
	return changes
}

// ByMDM says what in a profile shows that device management delivers it; "" where
// nothing does.
func (f *File) ByMDM() string {
	if mdm := f.Of("com.apple.mdm"); len(mdm) > 0 {
		return fmt.Sprintf("%s enrols the phone", mdm[0])
	}
	tokens := 0
	eachText(f.Top, func(n *plist.Node) {
		if len(n.Text) <= maxText {
			tokens += len(profiles.Tokens(n.Text))
		}
	})
	if tokens > 0 {
		return fmt.Sprintf("it has %s to be filled in", preflight.Counted(tokens, "placeholder"))
	}
	for _, p := range f.Of(typeEAS) {
		if r := f.Identity(p); r != nil && r.Password.Str() != "" {
			return "it holds the password of its identity, so that it installs without asking"
		}
	}
	return ""
}
