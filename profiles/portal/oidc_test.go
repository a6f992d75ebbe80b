package portal

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
	"golang.org/x/oauth2"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

const (
	testTenant = "11111111-2222-3333-4444-555555555555"
	testClient = "66666666-7777-8888-9999-000000000000"
	entraTest  = "https://login.microsoftonline.com/" + testTenant + "/v2.0"
	otherTest  = "https://id.example.com/realm"
	deskRole   = "easkit.desk"
)

// issuer is an issuer without a network: oidctest's addresses and keys, and the two
// endpoints that a sign-in has. It stands for whatever host it is asked as.
type issuer struct {
	t     *testing.T
	url   *url.URL
	key   *rsa.PrivateKey
	serve http.Handler

	mu     sync.Mutex
	codes  map[string]url.Values // what the browser asked for, by code
	asked  int                   // how many codes the portal came with
	claims map[string]any        // of whoever signs in
	spoil  func(map[string]any)  // changes the token's claims; nil for nothing
	signer *rsa.PrivateKey       // of tokens
}

// testKey is the issuer's, made once.
var testKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newIssuer(t *testing.T, address string) *issuer {
	t.Helper()
	key, err := testKey()
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(address)
	server := &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "k", Algorithm: oidc.RS256}}}
	server.SetIssuer(address)
	return &issuer{t: t, url: u, key: key, signer: key, serve: http.StripPrefix(u.Path, server), codes: map[string]url.Values{}}
}

// RoundTrip answers the portal.
func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	switch {
	case r.URL.Host != i.url.Host:
		i.t.Errorf("a request goes to %s", r.URL.Host)
		w.WriteHeader(http.StatusBadGateway)
	case r.URL.Path == i.url.Path+"/token":
		i.token(w, r)
	default:
		i.serve.ServeHTTP(w, r)
	}
	return w.Result(), nil
}

// authorize is what the issuer's page does when somebody has signed in: it sends the
// browser back.
func (i *issuer) authorize(address string) string {
	i.t.Helper()
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, i.url.String()+"/auth?") {
		i.t.Fatalf("the browser is sent to %q", address)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || q.Get("client_id") != testClient || !strings.Contains(q.Get("scope"), "openid") || q.Get("nonce") == "" {
		i.t.Fatalf("what is asked: %v", q)
	}
	code := rand.Text()
	i.mu.Lock()
	i.codes[code] = q
	i.mu.Unlock()
	return q.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
}

// token changes a code into an ID token, once, for whoever has the verifier and the secret.
func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked++
	q := i.codes[r.PostForm.Get("code")]
	delete(i.codes, r.PostForm.Get("code"))
	challenge := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	id, secret, _ := r.BasicAuth()
	w.Header().Set("Content-Type", "application/json")
	if q == nil || base64.RawURLEncoding.EncodeToString(challenge[:]) != q.Get("code_challenge") || id != testClient || secret != "client-secret" || r.PostForm.Get("redirect_uri") != q.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		w.Write([]byte(`{"error":"invalid_grant","error_description":"AADSTS70000: no"}`))
		return
	}
	all := map[string]any{"iss": i.url.String(), "aud": testClient, "sub": "subject", "exp": time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC).Unix(), "nonce": q.Get("nonce"), "tid": testTenant}
	maps.Copy(all, i.claims)
	if i.spoil != nil {
		i.spoil(all)
	}
	data, _ := json.Marshal(all)
	json.NewEncoder(w).Encode(map[string]string{"access_token": "x", "token_type": "Bearer", "id_token": oidctest.SignIDToken(i.signer, "k", oidc.RS256, string(data))})
}

// serveOIDC is a portal with an issuer.
func serveOIDC(t *testing.T, address string, change func(*Options)) (*deskServer, *issuer) {
	t.Helper()
	i := newIssuer(t, address)
	clock := func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }
	o, err := NewOIDC(t.Context(), OIDCOptions{Issuer: address, ClientID: testClient, ClientSecret: "client-secret", DeskRole: deskRole, Client: &http.Client{Transport: i}, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return serveDesk(t, func(options *Options) {
		options.OIDC = o
		if change != nil {
			change(options)
		}
	}), i
}

// back is the path and query that a browser is sent back to.
func back(address string) string {
	u, _ := url.Parse(address)
	return signInReturn + "?" + u.RawQuery
}

// signInAt begins at a path of the portal, and is the answer to coming back.
func (c *client) signInAt(i *issuer, path string) answer {
	c.t.Helper()
	got := c.get(path)
	if got.status != http.StatusSeeOther {
		c.t.Fatalf("%s: %d", path, got.status)
	}
	return c.get(back(i.authorize(got.location)))
}

// A visitor signs in, and then uses the link. Nobody else does.
func TestVisitorSignsIn(t *testing.T) {
	d, i := serveOIDC(t, entraTest, nil)
	desk := d.signedIn()
	_, page := desk.made(desk.order("alice@contoso.com", ticket.ByOIDC))
	link := linkIn.FindStringSubmatch(page.body)
	if link == nil || !strings.Contains(page.body, `src="data:image/png;base64,`) {
		t.Fatalf("the page has no link:\n%s", page.body)
	}
	path := ticketPath(ticket.Token(link[1]))

	i.claims = map[string]any{"preferred_username": "mallory@contoso.com"}
	mallory := d.client()
	if got := mallory.signInAt(i, path+signInEnd); got.location != path {
		t.Fatalf("mallory signs in: %d %s", got.status, got.location)
	}
	if got := mallory.post(path, nil, nil); got.status != http.StatusForbidden {
		t.Errorf("mallory uses alice's link: %d", got.status)
	}
	if got := mallory.get(path + signInEnd); !strings.Contains(got.location, "prompt=select_account") {
		t.Errorf("mallory cannot choose another account: %s", got.location)
	}
	nobody := d.client()
	if got := nobody.post(path, nil, nil); got.status == http.StatusSeeOther {
		t.Errorf("somebody who is not signed in uses the link: %d", got.status)
	}

	i.claims = map[string]any{"preferred_username": "Alice@Contoso.com", "idp": "https://sts.windows.net/" + testTenant + "/"}
	alice := d.client()
	if got := alice.signInAt(i, path+signInEnd); got.location != path {
		t.Fatalf("alice signs in: %d %s", got.status, got.location)
	}
	if got := alice.get(deskRoot); got.location != deskSignIn {
		t.Errorf("alice, who is a visitor, enters the desk: %d", got.status)
	}
	if got := alice.post(path, nil, nil); got.location != path+stepsEnd {
		t.Errorf("alice uses her link: %d %s", got.status, got.location)
	}
}

func TestDeskSignsIn(t *testing.T) {
	for name, test := range map[string]struct {
		claims map[string]any
		by     string // empty for nobody
	}{
		"a role":         {map[string]any{"roles": []string{"x", deskRole}, "preferred_username": "helen@contoso.com"}, "helen@contoso.com"},
		"a group":        {map[string]any{"groups": []string{deskRole}, "upn": "helen@contoso.com", "preferred_username": "x"}, "helen@contoso.com"},
		"a single role":  {map[string]any{"roles": deskRole}, "account subject"},
		"a guest":        {map[string]any{"roles": []string{deskRole}, "preferred_username": "g@partner.com", "idp": "https://sts.windows.net/other/"}, "account subject"},
		"another role":   {map[string]any{"roles": []string{deskRole + "2", "Easkit.Desk"}, "preferred_username": "helen@contoso.com"}, ""},
		"none":           {map[string]any{"preferred_username": "helen@contoso.com"}, ""},
		"many groups":    {map[string]any{"preferred_username": "helen@contoso.com", "_claim_names": map[string]string{"groups": "src1"}, "_claim_sources": map[string]any{"src1": map[string]string{"endpoint": "https://graph.microsoft.com/v1.0/users/x/getMemberObjects"}}}, ""},
		"a role in text": {map[string]any{"roles": "x " + deskRole, "upn": "helen@contoso.com"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, i := serveOIDC(t, entraTest, func(o *Options) { o.Admin = AdminToken{} })
			i.claims = test.claims
			c := d.client()
			got := c.signInAt(i, deskOIDC)
			page := c.get(deskRoot)
			if in := page.status == http.StatusOK; in != (test.by != "") || in && (got.location != deskRoot || !strings.Contains(page.body, test.by)) || !in && got.status != http.StatusForbidden {
				t.Errorf("coming back: %d %s, and the desk: %d\n%s", got.status, got.location, page.status, d.log.String())
			}
			if name == "many groups" && !strings.Contains(d.log.String(), "app role") {
				t.Errorf("the log does not say what to do: %s", d.log.String())
			}
		})
	}
}

// Sign-ins that fail are slowed down, and keep nobody out who shares the address and comes
// back from one that has begun.
func TestSignInBesideMisses(t *testing.T) {
	d, i := serveOIDC(t, entraTest, nil)
	i.claims = map[string]any{"roles": []string{deskRole}, "upn": "helen@contoso.com"}
	c, other := d.client(), d.client()
	path := back(i.authorize(c.get(deskOIDC).location))
	for range missesOfAddress {
		if got := other.get(signInReturn + "?state=x"); got.status != http.StatusForbidden {
			t.Fatalf("a miss: %d", got.status)
		}
	}
	if got := other.get(signInReturn + "?state=x"); got.status != http.StatusTooManyRequests {
		t.Errorf("one more: %d", got.status)
	}
	if got := c.get(path); got.location != deskRoot {
		t.Errorf("who has signed in, from there: %d", got.status)
	}
}

// What comes back is taken from the issuer, once, and by the browser that asked.
func TestSignInIsAttacked(t *testing.T) {
	start := func(t *testing.T) (*deskServer, *issuer, *client, string) {
		d, i := serveOIDC(t, entraTest, nil)
		i.claims = map[string]any{"roles": []string{deskRole}, "upn": "helen@contoso.com"}
		c := d.client()
		return d, i, c, back(i.authorize(c.get(deskOIDC).location))
	}
	refused := func(t *testing.T, d *deskServer, c *client, path string) {
		t.Helper()
		if got := c.get(path); got.status != http.StatusForbidden {
			t.Errorf("coming back: %d %s", got.status, got.location)
		}
		if got := c.get(deskRoot); got.status != http.StatusSeeOther {
			t.Errorf("the desk is open: %d", got.status)
		}
		if strings.Contains(d.log.String(), eventSignedIn+`"`) {
			t.Error(d.log.String())
		}
	}
	t.Run("another browser", func(t *testing.T) {
		d, _, _, path := start(t)
		refused(t, d, d.client(), path)
	})
	t.Run("another sign-in of the browser", func(t *testing.T) {
		d, _, c, path := start(t)
		c.get(deskOIDC)
		refused(t, d, c, path)
	})
	t.Run("another state", func(t *testing.T) {
		d, _, c, path := start(t)
		refused(t, d, c, path+"x")
	})
	t.Run("another audience", func(t *testing.T) {
		d, _, c, path := start(t)
		refused(t, d, c, strings.Replace(path, "state=desk", "state=visitor", 1))
	})
	t.Run("somebody else's code", func(t *testing.T) {
		d, i, c, path := start(t)
		other := d.client()
		stolen, _ := url.Parse(i.authorize(other.get(deskOIDC).location))
		mine, _ := url.Parse(path)
		q := mine.Query()
		q.Set("code", stolen.Query().Get("code"))
		refused(t, d, c, signInReturn+"?"+q.Encode()) // PKCE
	})
	t.Run("again", func(t *testing.T) {
		_, _, c, path := start(t)
		if got := c.get(path); got.location != deskRoot {
			t.Fatalf("%d", got.status)
		}
		if got := c.get(path); got.status != http.StatusForbidden {
			t.Errorf("the same answer again: %d", got.status)
		}
	})
	t.Run("late", func(t *testing.T) {
		d, _, c, path := start(t)
		d.clock.pass(signInLife)
		refused(t, d, c, path)
	})
	t.Run("another issuer's answer", func(t *testing.T) {
		d, _, c, path := start(t)
		refused(t, d, c, path+"&iss=https%3A%2F%2Fevil.example")
	})
	t.Run("an error", func(t *testing.T) {
		d, i, c, path := start(t)
		u, _ := url.Parse(path)
		_ = i
		refused(t, d, c, signInReturn+"?error=access_denied&error_description=%1b%5bNo&state="+u.Query().Get("state"))
		if strings.Contains(d.log.String(), `\u001b`) {
			t.Error("the log has an escape sequence")
		}
	})
	for name, spoil := range map[string]func(map[string]any){
		"another nonce":    func(c map[string]any) { c["nonce"] = "x" },
		"no nonce":         func(c map[string]any) { delete(c, "nonce") },
		"another audience": func(c map[string]any) { c["aud"] = "x" },
		"another tenant":   func(c map[string]any) { c["iss"] = strings.Replace(entraTest, "1", "2", 1) },
		"expired":          func(c map[string]any) { c["exp"] = time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC).Unix() },
	} {
		t.Run("a token with "+name, func(t *testing.T) {
			d, i, c, path := start(t)
			i.spoil = spoil
			refused(t, d, c, path)
		})
	}
	t.Run("another key", func(t *testing.T) {
		d, i, c, path := start(t)
		var err error
		if i.signer, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			t.Fatal(err)
		}
		refused(t, d, c, path)
	})
}

// Whom a token names, by issuer.
func TestVisitorClaims(t *testing.T) {
	entra, other := &OIDC{entra: true}, &OIDC{}
	upn := &OIDC{options: OIDCOptions{Claim: "upn"}}
	email := &OIDC{entra: true, options: OIDCOptions{Claim: "email"}}
	for name, test := range map[string]struct {
		o      *OIDC
		claims string
		want   string // empty for nobody
	}{
		"a member":                    {entra, `{"preferred_username":"a@c.com"}`, "a@c.com"},
		"upn before it":               {entra, `{"preferred_username":"mail@c.com","upn":"a@c.com"}`, "a@c.com"},
		"a member, said so":           {entra, `{"preferred_username":"a@c.com","acct":0,"idp":"ISS"}`, "a@c.com"},
		"a member of version 1":       {entra, `{"preferred_username":"a@c.com","idp":"https://sts.windows.net/TENANT/"}`, "a@c.com"},
		"a guest":                     {entra, `{"preferred_username":"a@c.com","idp":"https://sts.windows.net/other/"}`, ""},
		"a personal account":          {entra, `{"preferred_username":"a@c.com","idp":"live.com"}`, ""},
		"a guest by acct":             {entra, `{"preferred_username":"a@c.com","acct":1}`, ""},
		"a guest by acct as text":     {entra, `{"preferred_username":"a@c.com","acct":"1"}`, ""},
		"a guest by name":             {entra, `{"upn":"a_c.com#ext#@t.onmicrosoft.com"}`, ""},
		"only email":                  {entra, `{"email":"a@c.com","email_verified":true,"xms_edov":true}`, ""},
		"email without edov":          {email, `{"email":"a@c.com","email_verified":true}`, ""},
		"email with edov":             {email, `{"email":"a@c.com","xms_edov":"1"}`, "a@c.com"},
		"a guest's email with edov":   {email, `{"email":"a@c.com","xms_edov":true,"idp":"google.com"}`, ""},
		"elsewhere, verified":         {other, `{"email":"a@c.com","email_verified":true}`, "a@c.com"},
		"elsewhere, not verified":     {other, `{"email":"a@c.com","email_verified":false}`, ""},
		"elsewhere, not said":         {other, `{"email":"a@c.com"}`, ""},
		"elsewhere, a name they took": {other, `{"preferred_username":"a@c.com","upn":"a@c.com"}`, ""},
		"elsewhere, the one asked":    {upn, `{"upn":"a@c.com","preferred_username":"x"}`, "a@c.com"},
		"a list":                      {entra, `{"preferred_username":["a@c.com"]}`, ""},
		"nothing":                     {entra, `{}`, ""},
	} {
		var c claims
		if err := json.Unmarshal([]byte(strings.NewReplacer("ISS", entraTest, "TENANT", testTenant).Replace(test.claims)), &c); err != nil {
			t.Fatal(err)
		}
		c.all["iss"], c.all["tid"] = entraTest, testTenant
		got, err := test.o.visitor(&c)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s: %q, %v, want %q", name, got, err, test.want)
		}
	}
}

func TestIssuers(t *testing.T) {
	for issuer, want := range map[string]struct{ taken, entra bool }{
		entraTest: {true, true},
		"https://login.microsoftonline.us/" + testTenant + "/v2.0":         {true, true},
		"https://login.partner.microsoftonline.cn/" + testTenant + "/v2.0": {true, true},
		"https://login.microsoftonline.com/common/v2.0":                    {},
		"https://login.microsoftonline.com/organizations/v2.0":             {},
		"https://LOGIN.microsoftonline.com/common/v2.0":                    {},
		"https://login.microsoftonline.com/contoso.com/v2.0":               {},
		"https://login.microsoftonline.com/" + consumers + "/v2.0":         {},
		"https://login.microsoftonline.com/" + testTenant + "/":            {},
		"https://sts.windows.net/" + testTenant + "/":                      {},
		"https://login.microsoftonline.com./common/v2.0":                   {},
		otherTest:                        {true, false},
		"http://127.0.0.1:8080":          {true, false},
		"http://id.example.com":          {},
		"https://user:pw@id.example.com": {},
		"https://id.example.com?x":       {},
		"id.example.com":                 {},
		"":                               {},
	} {
		entra, err := checkIssuer(issuer)
		if (err == nil) != want.taken || err == nil && entra != want.entra {
			t.Errorf("%q: Entra ID %v, %v", issuer, entra, err)
		}
		if err != nil && strings.Contains(err.Error(), "pw@") {
			t.Errorf("the error has a password: %v", err)
		}
	}
}

func TestNewOIDCRefuses(t *testing.T) {
	i := newIssuer(t, otherTest)
	i.url, _ = url.Parse("https://id.example.com/other") // what answers there calls itself otherTest
	i.serve = http.StripPrefix("/other", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		newIssuer(t, otherTest).serve.ServeHTTP(w, httptest.NewRequest(r.Method, "/realm"+r.URL.Path, nil))
	}))
	client := &http.Client{Transport: i}
	_, err := NewOIDC(t.Context(), OIDCOptions{Issuer: "https://id.example.com/other", ClientID: testClient, Client: client})
	if err == nil || !strings.Contains(err.Error(), "calls itself something else") {
		t.Errorf("another issuer: %v", err)
	}
	if _, err := NewOIDC(t.Context(), OIDCOptions{Issuer: otherTest, Client: client}); err == nil || !strings.Contains(err.Error(), "no ID") {
		t.Errorf("no client ID: %v", err)
	}
	moved := &http.Client{Transport: roundTrip(func(*http.Request) *http.Response {
		return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {"https://evil.example/"}}, Body: http.NoBody}
	})}
	if _, err := NewOIDC(t.Context(), OIDCOptions{Issuer: otherTest, ClientID: testClient, Client: moved}); err == nil {
		t.Error("a redirect is followed")
	}
}

type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// The secret goes to the issuer in the way that it names, in one request.
func TestSecretIsSentAsAsked(t *testing.T) {
	for name, test := range map[string]struct {
		methods, secret string
		want            oauth2.AuthStyle
	}{
		"not said":        {``, "s", oauth2.AuthStyleInHeader},
		"Entra ID":        {`"client_secret_post","private_key_jwt","client_secret_basic"`, "s", oauth2.AuthStyleInHeader},
		"only post":       {`"client_secret_post"`, "s", oauth2.AuthStyleInParams},
		"a public client": {`"client_secret_basic"`, "", oauth2.AuthStyleInParams},
	} {
		says := `{"issuer":"` + otherTest + `","authorization_endpoint":"` + otherTest + `/a","token_endpoint":"` + otherTest + `/t","token_endpoint_auth_methods_supported":[` + test.methods + `]}`
		client := &http.Client{Transport: roundTrip(func(*http.Request) *http.Response {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(says))}
		})}
		o, err := NewOIDC(t.Context(), OIDCOptions{Issuer: otherTest, ClientID: testClient, ClientSecret: test.secret, Client: client})
		if err != nil || o.config.Endpoint.AuthStyle != test.want {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
}
