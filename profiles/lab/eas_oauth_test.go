package lab

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/lab"
)

const (
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // of RFC 7636 appendix B
	redirect = "http://localhost:12345/"
)

// signInRequest is what a mail app asks for a code with.
func signInRequest() url.Values {
	sum := sha256.Sum256([]byte(verifier))
	return url.Values{"client_id": {"f8d98a96-0999-43f5-8af3-69971c7bb423"}, "response_type": {"code"}, "redirect_uri": {redirect}, "state": {"st&te"},
		"scope": {"https://outlook.office.com/EAS.AccessAsUser.All openid"}, "code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}}
}

// browse goes the way of a browser from the authority to the app.
func (m *mailbox) browse(c *http.Client, authority string, q url.Values) (back url.Values, got answer) {
	m.t.Helper()
	got = m.ask(c, http.MethodGet, authority+"/oauth2/v2.0/authorize?"+q.Encode(), nil)
	if got.status != http.StatusFound {
		return nil, got
	}
	to := got.header.Get("Location")
	if !strings.HasPrefix(to, strings.Replace(authority, "https://", "https://certauth.", 1)+"/certauth?") {
		m.t.Errorf("the certificate is asked for at %s", to)
	}
	got = m.ask(c, http.MethodGet, to, nil)
	u, err := url.Parse(got.header.Get("Location"))
	if err != nil || !strings.HasPrefix(u.String(), redirect+"?") {
		return nil, got
	}
	return u.Query(), got
}

// redeem asks for a token.
func (m *mailbox) redeem(c *http.Client, authority, code string, change url.Values) (map[string]any, answer) {
	m.t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect}, "client_id": signInRequest()["client_id"], "code_verifier": {verifier}}
	for name, values := range change {
		form[name] = values
	}
	got := m.ask(c, http.MethodPost, authority+"/oauth2/v2.0/token", []byte(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
	var v map[string]any
	if err := json.Unmarshal([]byte(got.body), &v); err != nil {
		m.t.Fatalf("%s: %v", got, err)
	}
	return v, got
}

// The way of a phone that signs in by token: the server names the authority, that asks for
// the certificate at a host of its own and gives a code, the token for it opens the
// mailbox, for an hour.
func TestEASSignIn(t *testing.T) {
	m := serveMail(t, clock, EASOptions{Hosts: []string{"mail.contoso.com"}})
	client, stranger := m.client(m.alice), m.client(nil)
	empty := m.ask(stranger, http.MethodOptions, "https://mail.contoso.com"+easPath, nil, "Authorization", "Bearer ", "X-User-Identity", "alice@contoso.com")
	challenge := empty.header.Get("WWW-Authenticate")
	const uri = `authorization_uri="https://mail.contoso.com/common/oauth2/authorize"`
	if empty.status != http.StatusUnauthorized || !strings.HasPrefix(challenge, `Bearer client_id="00000002-0000-0ff1-ce00-000000000000", trusted_issuers="`) || !strings.HasSuffix(challenge, uri) {
		t.Fatal(empty, challenge)
	}
	const authority = "https://mail.contoso.com/common"
	back, got := m.browse(client, authority, signInRequest())
	if back.Get("state") != "st&te" || back.Get("code") == "" || back.Get("error") != "" {
		t.Fatal(got, back)
	}
	answer, got := m.redeem(client, authority, back.Get("code"), nil)
	token, _ := answer["access_token"].(string)
	if answer["token_type"] != "Bearer" || token == "" || answer["expires_in"] != 3600. {
		t.Fatal(got)
	}
	bearer := func() int {
		return m.ask(stranger, http.MethodOptions, mailHost+easPath, nil, "Authorization", "Bearer "+token).status
	}
	if status := bearer(); status != http.StatusOK {
		t.Errorf("with the token: %d", status)
	}
	if _, again := m.redeem(client, authority, back.Get("code"), nil); again.status != http.StatusBadRequest {
		t.Errorf("the code is good twice: %s", again)
	}
	m.pass(tokenLife - time.Second)
	if status := bearer(); status != http.StatusOK {
		t.Errorf("with the token, an hour later: %d", status)
	}
	m.pass(time.Second)
	if status := bearer(); status != http.StatusUnauthorized {
		t.Errorf("after its time: %d", status)
	}
	for _, r := range m.seen() {
		for _, secret := range []string{token, back.Get("code"), verifier} {
			if strings.Contains(strings.Join([]string{r.Path, r.Host, r.Refused, r.User}, " "), secret) {
				t.Errorf("the log has a secret: %+v", r)
			}
		}
	}
}

// Who gives tokens is named by the name that the server is asked by, or as it was told.
func TestEASChallenge(t *testing.T) {
	m := serveMail(t, clock, EASOptions{})
	other := serveMail(t, clock, EASOptions{Authority: "https://login.contoso.com:444/"})
	for _, test := range []struct {
		m          *mailbox
		host, want string
	}{
		{m, "outlook.office365.com", "https://login.microsoftonline.com"}, {m, "outlook-cba.office365.com:444", "https://login.microsoftonline.com"},
		{m, "localhost:8766", "https://localhost:8766"}, {m, "cba.localhost:8766", "https://localhost:8766"}, {m, "127.0.0.1:8766", "https://localhost:8766"},
		{other, "localhost:8766", "https://login.contoso.com:444"},
	} {
		for token, more := range map[string]string{"Bearer": "", "Bearer made-up": `, error="invalid_token"`} {
			got := test.m.ask(test.m.client(nil), http.MethodOptions, "https://"+test.host+easPath, nil, "Authorization", token)
			if want := `authorization_uri="` + test.want + `/common/oauth2/authorize"` + more; got.status != http.StatusUnauthorized || !strings.HasSuffix(got.header.Get("WWW-Authenticate"), want) {
				t.Errorf("%s, %q: %s, %q", test.host, token, got, got.header.Get("WWW-Authenticate"))
			}
		}
	}
}

// What the authority refuses is refused in Entra ID's words, and nothing is sent to an
// address that is not this machine's.
func TestEASSignInRefusals(t *testing.T) {
	m := serveMail(t, clock, EASOptions{})
	const authority = "https://login.microsoftonline.com/contoso.com" // where none is asked for
	foreign, err := lab.New(clock, CRLBase(DefaultAddress))
	if err != nil {
		t.Fatal(err)
	}
	revoked := m.variant(m.lab.Issuing, func(*x509.Certificate) {})
	m.revoke(revoked)
	for name, test := range map[string]struct {
		id          *certs.Identity
		field, with string
		want        string
	}{
		"no certificate": {nil, "", "", "AADSTS50017"}, "revoked": {revoked, "", "", "AADSTS500171"},
		"foreign": {m.variant(foreign.Issuing, func(*x509.Certificate) {}), "", "", "AADSTS500176"},
		"expired": {m.variant(m.lab.Issuing, func(c *x509.Certificate) { c.NotAfter = clock.Add(-time.Minute) }), "", "", "AADSTS500172"},
		"no name": {m.variant(m.lab.Issuing, func(c *x509.Certificate) { c.ExtraExtensions = nil }), "", "", "AADSTS50034"},
		"no PKCE": {m.alice, "code_challenge", "", "AADSTS9002325"}, "plain PKCE": {m.alice, "code_challenge_method", "plain", "AADSTS9002325"},
		"a token at once": {m.alice, "response_type", "token", "AADSTS700054"}, "no client": {m.alice, "client_id", "", "AADSTS900144"},
		"another resource": {m.alice, "scope", "https://graph.microsoft.com/.default", "AADSTS70011"},
	} {
		q := signInRequest()
		if test.field != "" {
			q.Set(test.field, test.with)
		}
		back, got := m.browse(m.client(test.id), authority, q)
		if !strings.HasPrefix(back.Get("error_description"), test.want+":") || back.Get("code") != "" || back.Get("error") == "" {
			t.Errorf("%s: %v (%s), want %s", name, back, got, test.want)
		}
	}
	for _, to := range []string{"", "https://evil.example/", "http://evil.example/", "http://localhost@evil.example/", "http://localhost.evil.example/", "javascript:alert(1)", "com.apple.Preferences://oauth-redirect"} {
		for _, at := range []string{authority + "/oauth2/v2.0/authorize", "https://certauth.login.microsoftonline.com/contoso.com/certauth"} {
			q := signInRequest()
			q.Set("redirect_uri", to)
			if got := m.ask(m.client(m.alice), http.MethodGet, at+"?"+q.Encode(), nil); got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
				t.Errorf("to %q: %s", to, got)
			}
		}
	}
	client := m.client(m.alice)
	for field, want := range map[string]string{"code": "AADSTS70008", "code_verifier": "AADSTS501481", "client_id": "AADSTS70008", "redirect_uri": "AADSTS70008", "grant_type": "AADSTS70003"} {
		back, _ := m.browse(client, authority, signInRequest())
		answer, got := m.redeem(client, authority, back.Get("code"), url.Values{field: {"another"}})
		if text, _ := answer["error_description"].(string); !strings.HasPrefix(text, want+":") || got.status != http.StatusBadRequest {
			t.Errorf("another %s: %s", field, got)
		}
	}
	back, _ := m.browse(client, authority, signInRequest())
	m.pass(codeLife)
	if _, got := m.redeem(client, authority, back.Get("code"), nil); got.status != http.StatusBadRequest {
		t.Errorf("a code of before: %s", got)
	}
	for range maxGrants {
		m.eas.tokens.give(grant{})
	}
	if back, got := m.browse(client, authority, signInRequest()); back.Get("error") != "temporarily_unavailable" {
		t.Errorf("with too many codes: %s", got)
	}
	m.pass(tokenLife)
	if back, got := m.browse(client, authority, signInRequest()); back.Get("code") == "" {
		t.Errorf("once they have expired: %s", got)
	}
}

// What Microsoft's libraries want besides: where the endpoints are, and the answer as a
// form that sends itself.
func TestEASLibraries(t *testing.T) {
	m := serveMail(t, clock, EASOptions{})
	client := m.client(m.alice)
	const base = "https://localhost:8766/contoso.com"
	var endpoints struct {
		Issuer    string
		Authorize string `json:"authorization_endpoint"`
		Token     string `json:"token_endpoint"`
	}
	got := m.ask(client, http.MethodGet, base+"/v2.0/.well-known/openid-configuration", nil)
	if err := json.Unmarshal([]byte(got.body), &endpoints); err != nil || endpoints.Token != base+"/oauth2/v2.0/token" || endpoints.Authorize != base+"/oauth2/v2.0/authorize" || endpoints.Issuer != base+"/v2.0" {
		t.Errorf("%s: %v", got, err)
	}
	if got := m.ask(client, http.MethodGet, "https://localhost:8766/common/discovery/instance?api-version=1.1", nil); !strings.Contains(got.body, `"aliases":["localhost:8766"]`) {
		t.Error(got)
	}
	q := signInRequest()
	q.Set("response_mode", "form_post")
	q.Set("state", `"><script>alert(1)</script>`)
	to := m.ask(client, http.MethodGet, base+"/oauth2/v2.0/authorize?"+q.Encode(), nil).header.Get("Location")
	page := m.ask(client, http.MethodGet, to, nil)
	if page.status != http.StatusOK || !strings.Contains(page.body, `action="`+redirect+`"`) || strings.Contains(page.body, "alert(1)</script>") {
		t.Fatal(page.body)
	}
	form := url.Values{}
	for _, field := range regexp.MustCompile(`name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(page.body, -1) {
		form.Set(field[1], html.UnescapeString(field[2]))
	}
	if form.Get("state") != q.Get("state") {
		t.Errorf("the form has %v", form)
	}
	answer, got := m.redeem(client, base, form.Get("code"), nil)
	id, _ := answer["id_token"].(string)
	parts := strings.Split(id, ".")
	if len(parts) != 3 {
		t.Fatal(got)
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || !strings.Contains(string(claims), `"preferred_username":"alice@contoso.com"`) {
		t.Errorf("%s: %v", claims, err)
	}
}

// Autodiscover v2 leads here, without asking who asks.
func TestEASAutodiscover(t *testing.T) {
	m := serveMail(t, clock, EASOptions{})
	client := m.client(nil)
	const path = "/autodiscover/autodiscover.json"
	for url, want := range map[string]string{
		mailHost + path + "?Email=alice@contoso.com&Protocol=ActiveSync":                                `{"Protocol":"ActiveSync","Url":"https://outlook.office365.com/Microsoft-Server-ActiveSync"}`,
		mailHost + path + "?Email=alice@contoso.com&Protocol=activesync&RedirectCount=1":                `{"Protocol":"ActiveSync","Url":"https://outlook.office365.com/Microsoft-Server-ActiveSync"}`,
		"https://autodiscover-s.outlook.com:444" + path + "/v1.0/alice@contoso.com?Protocol=ActiveSync": `{"Protocol":"ActiveSync","Url":"https://outlook.office365.com:444/Microsoft-Server-ActiveSync"}`,
		"https://[::1]:8766" + path + "?Email=alice@contoso.com&Protocol=ActiveSync":                    `{"Protocol":"ActiveSync","Url":"https://[::1]:8766/Microsoft-Server-ActiveSync"}`,
		mailHost + path + "?Email=alice@contoso.com":                                                    `{"ErrorCode":"MandatoryParameterMissing",`,
		mailHost + path + "?Email=alice@contoso.com&Protocol=IMAP":                                      `{"ErrorCode":"InvalidProtocol",`,
		mailHost + path + "?Email=alice&Protocol=ActiveSync":                                            `{"ErrorCode":"InvalidUserId",`,
	} {
		got := m.ask(client, http.MethodGet, url, nil)
		if !strings.HasPrefix(got.body, want) || (got.status == http.StatusOK) == strings.Contains(want, "ErrorCode") {
			t.Errorf("%s: %s", url, got)
		}
	}
}
