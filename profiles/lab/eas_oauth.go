package lab

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// What stands in Exchange Online's challenge: who it is, and who may have issued a token
// of an application.
const (
	trustedIssuers = "00000001-0000-0000-c000-000000000000@*"
	tokenTypes     = "app_asserted_user_v1 service_asserted_app_v1"
)

// signIn says who asks. A token counts where one is sent, and else the certificate. Who
// is named in the query is not looked at, since no source says what to do where that is
// another.
func (c *call) signIn() (user string, ok bool) {
	scheme, secret, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	switch {
	case scheme == "":
		user, refused := c.eas.identify(c.shown())
		if refused != nil {
			refused.write(c)
		}
		return user, refused == nil
	case !strings.EqualFold(scheme, "Bearer") || c.fault.noOAuth:
		c.challenge("", "this way to sign in is not taken")
		return "", false
	}
	if secret = strings.TrimSpace(secret); secret == "" {
		c.challenge("", "there is no token")
		return "", false
	}
	g, ok := c.eas.tokens.find(secret, false)
	if !ok || !c.eas.hasAccount(g.user) {
		c.challenge("invalid_token", "the token is not valid")
		return "", false
	}
	return g.user, true
}

// challenge answers 401, and says who gives tokens in the form of Exchange Online.
// Source for it: https://github.com/Nico77600/EasOAuthMailbox (docs, a recorded sign-in)
func (c *call) challenge(word, why string) {
	if c.fault.noOAuth {
		c.w.Header().Set("WWW-Authenticate", `Basic realm=""`)
		c.refuse(http.StatusUnauthorized, why)
		return
	}
	text := fmt.Sprintf("Bearer client_id=%q, trusted_issuers=%q, token_types=%q, authorization_uri=%q",
		exchangeOnline, trustedIssuers, tokenTypes, c.authority()+"/common/oauth2/authorize")
	if word != "" {
		text += fmt.Sprintf(", error=%q", word)
	}
	c.w.Header().Set("WWW-Authenticate", text)
	c.refuse(http.StatusUnauthorized, why)
}

// authority is who gives tokens, without a slash at the end.
func (c *call) authority() string {
	if c.eas.options.Authority != "" {
		return strings.TrimSuffix(c.eas.options.Authority, "/")
	}
	host, port := split(c.r.Host)
	if isOnline(host) {
		return "https://" + entraHost
	}
	return "https://" + named(strings.TrimPrefix(host, cbaPrefix)) + port
}

// named is a host to which names of others can be put in front.
func named(host string) string {
	if net.ParseIP(host) != nil {
		return "localhost"
	}
	return host
}

func isOnline(host string) bool { return slices.Contains(onlineHosts(), host) }

// How long a code and a token are good for: Entra ID gives ten minutes, and an hour or
// more.
const (
	codeLife  = 10 * time.Minute
	tokenLife = time.Hour
)

// maxGrants bounds how many codes and tokens there are at a time.
const maxGrants = 1000

// grant is what a code or a token was given for.
type grant struct {
	user, scope                 string
	client, redirect, challenge string // of a code: who may have a token for it
	code                        bool
	expires                     time.Time
}

// tokens are the codes and tokens that were given, in memory alone.
type tokens struct {
	now    func() time.Time
	mu     sync.Mutex
	grants map[string]grant // by the code or token itself
}

// give makes a code or token. It is not ok where there are too many.
func (t *tokens) give(g grant) (secret string, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for old, g := range t.grants {
		if !now.Before(g.expires) {
			delete(t.grants, old)
		}
	}
	if len(t.grants) >= maxGrants {
		return "", false
	}
	if t.grants == nil {
		t.grants = map[string]grant{}
	}
	life := tokenLife
	if g.code {
		life = codeLife
	}
	g.expires, secret = now.Add(life), rand.Text()
	t.grants[secret] = g
	return secret, true
}

// find says what a code or token was given for. A code is good for one time.
func (t *tokens) find(secret string, code bool) (grant, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g, ok := t.grants[secret]
	if !ok || g.code != code || !t.now().Before(g.expires) {
		return grant{}, false
	}
	if code {
		delete(t.grants, secret)
	}
	return g, true
}
