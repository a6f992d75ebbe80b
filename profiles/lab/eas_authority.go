package lab

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// easResources are what the scopes of ActiveSync begin with: tokens are for nothing else.
// Source: https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
var easResources = []string{"https://outlook.office.com/", "https://outlook.office365.com/"}

// authorize sends a browser on to the host that asks for its certificate, with all that
// was asked, as Entra ID does once the user has chosen to sign in so.
func (c *call) authorize() {
	if c.backTo() == nil {
		return
	}
	host, port := split(c.r.Host)
	if c.eas.server.Leaf.VerifyHostname(host) != nil {
		c.refuse(http.StatusBadRequest, "the server has no certificate for this host")
		return
	}
	to := url.URL{Scheme: "https", Host: certAuthPrefix + named(host) + port, Path: "/" + c.r.PathValue("tenant") + "/certauth", RawQuery: c.r.URL.RawQuery}
	http.Redirect(c.w, c.r, to.String(), http.StatusFound)
}

// backTo is where the browser is to be sent with the code. It must be this machine:
// anything else is refused, and nothing goes there.
func (c *call) backTo() *url.URL {
	u, err := url.Parse(c.r.URL.Query().Get("redirect_uri"))
	if err == nil && u.Scheme == "http" && u.User == nil {
		switch u.Hostname() {
		case "localhost", "127.0.0.1", "::1":
			return u
		}
	}
	c.refuse(http.StatusBadRequest, "AADSTS50011: The redirect URI is not one of this lab: http://localhost.")
	return nil
}

// certAuth gives a code to who shows a certificate.
func (c *call) certAuth() {
	back := c.backTo()
	if back == nil {
		return
	}
	q := c.r.URL.Query()
	answer := url.Values{"state": {q.Get("state")}}
	if word, why := c.code(q, answer); word != "" {
		c.seen.Refused = why
		answer.Set("error", word)
		answer.Set("error_description", why)
	}
	if q.Get("response_mode") == "form_post" {
		c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		formPost().Execute(c.w, map[string]any{"To": back.String(), "Fields": answer}) // a client that is gone has no use for the error
		return
	}
	whole := back.Query()
	for name, values := range answer {
		whole[name] = values
	}
	back.RawQuery = whole.Encode()
	http.Redirect(c.w, c.r, back.String(), http.StatusFound)
}

// formPost is a page that sends itself: MSAL's libraries want the answer so.
var formPost = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Parse(`<!DOCTYPE html>
<title>Signed in</title>
<form method="POST" action="{{.To}}">{{range $name, $values := .Fields}}{{range $values}}
<input type="hidden" name="{{$name}}" value="{{.}}">{{end}}{{end}}
<button>Continue</button>
</form>
<script>document.forms[0].submit()</script>
`))
})

// code puts a code for the owner of the certificate into the answer, or says in OAuth's
// word and Entra ID's sentence why there is none.
func (c *call) code(q, answer url.Values) (word, why string) {
	switch {
	case q.Get("response_type") != "code":
		return "unsupported_response_type", "AADSTS700054: Only response_type 'code' is known."
	case q.Get("client_id") == "":
		return "invalid_request", "AADSTS900144: The request must contain the parameter 'client_id'."
	case q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "":
		return "invalid_request", "AADSTS9002325: Proof Key for Code Exchange is required, with S256."
	case !forEAS(q.Get("scope")):
		return "invalid_scope", "AADSTS70011: The scope is not one of ActiveSync's: " + easResources[0] + "EAS.AccessAsUser.All."
	}
	user, refused := c.eas.identify(c.shown())
	if refused != nil {
		return "access_denied", refused.aadsts
	}
	c.seen.User = user
	code, ok := c.eas.tokens.give(grant{user: user, scope: q.Get("scope"), client: q.Get("client_id"),
		redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), code: true})
	if !ok {
		return "temporarily_unavailable", "AADSTS90033: There are too many codes and tokens."
	}
	answer.Set("code", code)
	return "", ""
}

func forEAS(scope string) bool {
	for _, s := range strings.Fields(scope) {
		for _, resource := range easResources {
			if strings.HasPrefix(s, resource) {
				return true
			}
		}
	}
	return false
}

// token gives a token for a code (RFC 6749 4.1.3, RFC 7636 4.5).
func (c *call) token() {
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, maxCommand)
	if err := c.r.ParseForm(); err != nil {
		c.sayNo("invalid_request", "AADSTS900561: The form can't be read.")
		return
	}
	form := c.r.PostForm
	if form.Get("grant_type") != "authorization_code" {
		c.sayNo("unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.")
		return
	}
	g, ok := c.eas.tokens.find(form.Get("code"), true)
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	switch {
	case !ok || g.client != form.Get("client_id") || g.redirect != form.Get("redirect_uri"):
		c.sayNo("invalid_grant", "AADSTS70008: The code has expired, was used, or was given for another app or redirect URI.")
		return
	case subtle.ConstantTimeCompare([]byte(g.challenge), []byte(base64.RawURLEncoding.EncodeToString(sum[:]))) == 0:
		c.sayNo("invalid_grant", "AADSTS501481: The code_verifier does not match the code_challenge.")
		return
	}
	c.seen.User = g.user
	token, ok := c.eas.tokens.give(grant{user: g.user, scope: g.scope})
	if !ok {
		c.sayNo("temporarily_unavailable", "AADSTS90033: There are too many codes and tokens.")
		return
	}
	seconds := int(tokenLife.Seconds())
	c.json(http.StatusOK, map[string]any{"token_type": "Bearer", "scope": g.scope, "expires_in": seconds, "ext_expires_in": seconds,
		"access_token": token, "id_token": c.idToken(g), "client_info": encoded(map[string]any{"uid": g.user, "utid": c.r.PathValue("tenant")})})
}

// idToken says who signed in, to libraries that want to know. It is not signed: nothing
// of the lab takes it.
func (c *call) idToken(g grant) string {
	now := c.eas.options.Now()
	return encoded(map[string]any{"typ": "JWT", "alg": "none"}) + "." + encoded(map[string]any{
		"iss": c.issuer(), "aud": g.client, "sub": g.user, "oid": g.user, "tid": c.r.PathValue("tenant"), "preferred_username": g.user,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(tokenLife).Unix(),
	}) + "."
}

func encoded(v map[string]any) string {
	data, _ := json.Marshal(v) // of texts and numbers, which always can be
	return base64.RawURLEncoding.EncodeToString(data)
}

func (c *call) json(status int, v any) {
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.Header().Set("Cache-Control", "no-store")
	c.w.WriteHeader(status)
	json.NewEncoder(c.w).Encode(v) // a client that is gone has no use for the error
}

// sayNo refuses in the form of Entra ID's token endpoint.
func (c *call) sayNo(word, sentence string) {
	c.seen.Refused = sentence
	code, _, _ := strings.Cut(strings.TrimPrefix(sentence, "AADSTS"), ":")
	number, _ := strconv.Atoi(code) // the sentences are ours
	c.json(http.StatusBadRequest, map[string]any{"error": word, "error_description": sentence, "error_codes": []int{number}})
}

func (c *call) issuer() string {
	return fmt.Sprintf("https://%s/%s/v2.0", c.r.Host, c.r.PathValue("tenant"))
}

// openID says where the authority's endpoints are, which libraries ask first.
func (c *call) openID() {
	base := fmt.Sprintf("https://%s/%s", c.r.Host, c.r.PathValue("tenant"))
	c.json(http.StatusOK, map[string]string{"issuer": c.issuer(), "authorization_endpoint": base + "/oauth2/v2.0/authorize", "token_endpoint": base + "/oauth2/v2.0/token"})
}

// instance says that this host is an authority, and goes by no other name.
func (c *call) instance() {
	c.json(http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": fmt.Sprintf("https://%s/common/v2.0/.well-known/openid-configuration", c.r.Host),
		"metadata":                  []any{map[string]any{"preferred_network": c.r.Host, "preferred_cache": c.r.Host, "aliases": []string{c.r.Host}}},
	})
}
