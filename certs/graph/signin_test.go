package graph

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	contoso   = "6f1c6f0e-2a4b-4d5c-9a3e-0c2f6a1b7d10"
	ourApp    = "1b730954-1685-4b74-9bfd-dac224a7b894"
	ourSecret = "s3cr3t~of.Contoso"
	userCode  = "GTHK-QPNN"
)

// entra plays Entra ID's token endpoints at the addresses of one of Microsoft's
// clouds, and refuses what the real one would refuse.
// Source: https://learn.microsoft.com/entra/identity-platform/v2-protocols
type entra struct {
	t           *testing.T
	cloud       string // worldwide where it is empty
	certificate *x509.Certificate
	pending     int                       // how often the device code is not used yet
	codeExpires int                       // seconds; 0 for the usual 900
	answer      func(http.ResponseWriter) // of the token endpoint, instead of a token
	declines    string                    // what the sign-in page says instead of giving a code
	heard       func(path string)         // told of each request

	mu        sync.Mutex
	asked     []string // METHOD HOST/PATH
	challenge string
	redirect  string
}

// authority and scopeOf are what Microsoft's documentation gives for the clouds.
// Source: https://learn.microsoft.com/graph/deployments
var authority = map[string]string{"": "login.microsoftonline.com", "worldwide": "login.microsoftonline.com", "gcc": "login.microsoftonline.com", "gcc-high": "login.microsoftonline.us", "dod": "login.microsoftonline.us", "china": "login.chinacloudapi.cn"}

var scopeOf = map[string]string{"": "https://graph.microsoft.com/.default", "worldwide": "https://graph.microsoft.com/.default", "gcc": "https://graph.microsoft.com/.default", "gcc-high": "https://graph.microsoft.us/.default", "dod": "https://dod-graph.microsoft.us/.default", "china": "https://microsoftgraph.chinacloudapi.cn/.default"}

// refused is an error of Entra ID's: a word of OAuth's and a sentence of its own.
type refused struct{ word, sentence string }

// write answers with the error in the form that Entra ID gives it.
// Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#error-response
func (r refused) write(w http.ResponseWriter) {
	code, _, _ := strings.Cut(strings.TrimPrefix(r.sentence, "AADSTS"), ":")
	number, _ := strconv.Atoi(code)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusBadRequest)
	json.NewEncoder(w).Encode(map[string]any{
		"error": r.word, "error_codes": []int{number}, "timestamp": "2026-11-22 09:00:00Z",
		"error_description": r.sentence + "\r\nTrace ID: 255d1aef-8c98-452f-ac51-23d051240864\r\nCorrelation ID: fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7\r\nTimestamp: 2026-11-22 09:00:00Z",
		"trace_id":          "255d1aef-8c98-452f-ac51-23d051240864", "correlation_id": "fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7",
		"error_uri": "https://" + authority[""] + "/error?code=" + code,
	})
}

var (
	wrongSecret   = &refused{"invalid_client", "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '" + ourApp + "'."}
	wrongApp      = &refused{"unauthorized_client", "AADSTS700016: Application with identifier 'x' was not found in the directory 'Contoso'."}
	wrongTenant   = &refused{"invalid_tenant", "AADSTS90002: Tenant 'fabrikam.com' not found. Check to make sure you have the correct tenant ID."}
	wrongKey      = &refused{"invalid_client", "AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application."}
	wrongScope    = &refused{"invalid_scope", "AADSTS1002012: The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier."}
	wrongVerifier = &refused{"invalid_grant", "AADSTS501481: The Code_Verifier does not match the code_challenge supplied in the authorization request."}
	wrongGrant    = &refused{"unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type."}
	notYet        = &refused{"authorization_pending", "AADSTS70016: OAuth 2.0 device flow error. Authorization is pending. Continue polling."}
)

func (e *entra) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		e.t.Error(err)
	}
	e.mu.Lock()
	e.asked = append(e.asked, r.Method+" "+r.Host+r.URL.Path)
	e.mu.Unlock()
	if e.heard != nil {
		e.heard(r.URL.Path)
	}
	tenant, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if r.Host != authority[e.cloud] {
		e.t.Errorf("%s is asked, which is not the cloud's", r.Host)
	}
	if r.URL.Path == "/common/discovery/instance" {
		aliases := []string{r.Host}
		json.NewEncoder(w).Encode(map[string]any{"tenant_discovery_endpoint": "https://" + r.Host + "/" + contoso + "/v2.0/.well-known/openid-configuration", "metadata": []any{map[string]any{"preferred_network": r.Host, "preferred_cache": r.Host, "aliases": aliases}}})
		return
	}
	if tenant != contoso {
		wrongTenant.write(w)
		return
	}
	switch r.Method + " " + path {
	case "GET v2.0/.well-known/openid-configuration":
		base := "https://" + r.Host + "/" + tenant
		json.NewEncoder(w).Encode(map[string]string{"issuer": base + "/v2.0", "authorization_endpoint": base + "/oauth2/v2.0/authorize", "token_endpoint": base + "/oauth2/v2.0/token"})
	case "GET oauth2/v2.0/authorize":
		e.page(w, r.Form)
	case "POST oauth2/v2.0/devicecode":
		e.device(w, r.PostForm)
	case "POST oauth2/v2.0/token":
		e.token(w, r.PostForm)
	default:
		e.t.Errorf("a request that Entra ID does not know: %s %s", r.Method, r.URL)
		http.NotFound(w, r)
	}
}

// page is the sign-in page of one who is signed in already: a form that the browser
// sends to the address it came from.
func (e *entra) page(w http.ResponseWriter, q url.Values) {
	for name, want := range map[string]string{"client_id": ourApp, "response_type": "code", "response_mode": "form_post", "code_challenge_method": "S256", "prompt": "select_account"} {
		if q.Get(name) != want {
			e.t.Errorf("%s is %q at the sign-in page, want %q", name, q.Get(name), want)
		}
	}
	e.hasScope(q)
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || back.Scheme != "http" || back.Hostname() != "localhost" || q.Get("state") == "" {
		e.t.Errorf("redirect_uri is %q, state is %q", back, q.Get("state"))
	}
	e.mu.Lock()
	e.challenge, e.redirect = q.Get("code_challenge"), q.Get("redirect_uri")
	e.mu.Unlock()
	fields := map[string]string{"code": "code-of-alice", "state": q.Get("state")}
	if e.declines != "" {
		fields = map[string]string{"error": "access_denied", "error_description": e.declines, "state": q.Get("state")}
	}
	fmt.Fprintf(w, `<form method="POST" action="%s">`, html.EscapeString(e.redirect))
	for name, value := range fields {
		fmt.Fprintf(w, `<input type="hidden" name="%s" value="%s">`, name, html.EscapeString(value))
	}
}

func (e *entra) device(w http.ResponseWriter, form url.Values) {
	if form.Get("client_id") != ourApp {
		wrongApp.write(w)
		return
	}
	e.hasScope(form)
	expires := e.codeExpires
	if expires == 0 {
		expires = 900
	}
	json.NewEncoder(w).Encode(map[string]any{"user_code": userCode, "device_code": "device-of-alice", "verification_uri": "https://microsoft.com/devicelogin", "expires_in": expires, "interval": 5,
		"message": "To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code " + userCode + " to authenticate."})
}

func (e *entra) token(w http.ResponseWriter, form url.Values) {
	if e.answer != nil {
		e.answer(w)
		return
	}
	grants := map[string]func(url.Values) *refused{
		"client_credentials": e.application,
		"authorization_code": e.code,
		"device_code":        e.deviceCode, // the name before RFC 8628, which Entra ID still takes
	}
	grant, ok := grants[form.Get("grant_type")]
	if !ok {
		wrongGrant.write(w)
		return
	}
	r := grant(form)
	switch {
	case form.Get("client_id") != ourApp:
		r = wrongApp
	case !e.hasScope(form):
		r = wrongScope
	}
	if r != nil {
		r.write(w)
		return
	}
	token := map[string]any{"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": "token-of-" + form.Get("grant_type")}
	if form.Get("grant_type") != "client_credentials" {
		part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
		token["scope"], token["refresh_token"] = scopeOf[e.cloud], "refresh-of-alice"
		token["client_info"] = part(`{"uid":"alice","utid":"` + contoso + `"}`)
		token["id_token"] = part(`{"alg":"RS256","typ":"JWT"}`) + "." + part(`{"iss":"https://`+authority[e.cloud]+`/`+contoso+`/v2.0","aud":"`+ourApp+`","oid":"alice","sub":"alice","tid":"`+contoso+`","preferred_username":"alice@contoso.com","exp":4102444800}`) + ".c2ln"
	}
	json.NewEncoder(w).Encode(token)
}

// hasScope reports whether a request is for Graph's default scope, with the scopes
// of OpenID Connect beside it, which Entra ID takes from everyone.
func (e *entra) hasScope(form url.Values) bool {
	scopes := slices.DeleteFunc(strings.Fields(form.Get("scope")), func(s string) bool {
		return slices.Contains([]string{"openid", "offline_access", "profile"}, s)
	})
	ok := slices.Equal(scopes, []string{scopeOf[e.cloud]})
	if !ok {
		e.t.Errorf("the scope is %q", form.Get("scope"))
	}
	return ok
}

// application checks an application's secret, or what its certificate signed.
func (e *entra) application(form url.Values) *refused {
	if form.Has("client_secret") {
		if form.Get("client_secret") != ourSecret {
			return wrongSecret
		}
		return nil
	}
	if form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return wrongGrant
	}
	if err := e.assertion(form.Get("client_assertion")); err != nil {
		e.t.Errorf("the assertion: %v", err)
		return wrongKey
	}
	return nil
}

// assertion verifies what stands for an application's secret.
// Source: https://learn.microsoft.com/entra/identity-platform/certificate-credentials
func (e *entra) assertion(jwt string) error {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return errors.New("it is no JWT")
	}
	var header struct {
		Alg, Typ string
		SHA256   string `json:"x5t#S256"`
	}
	var claims struct {
		Aud, Iss, Sub, Jti string
		Exp, Nbf           int64
	}
	for i, into := range []any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err == nil {
			err = json.Unmarshal(raw, into)
		}
		if err != nil {
			return err
		}
	}
	print := sha256.Sum256(e.certificate.Raw)
	sent, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(header.SHA256), "="))
	if err != nil || string(sent) != string(print[:]) || header.Alg != "PS256" || header.Typ != "JWT" {
		return fmt.Errorf("header %+v, %v", header, err)
	}
	audience := "https://" + authority[e.cloud] + "/" + contoso + "/oauth2/v2.0/token"
	at := time.Now().Unix()
	if claims.Aud != audience || claims.Iss != ourApp || claims.Sub != ourApp || claims.Jti == "" || claims.Nbf > at || claims.Exp <= at {
		return fmt.Errorf("claims %+v", claims)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return err
	}
	signed := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	return rsa.VerifyPSS(e.certificate.PublicKey.(*rsa.PublicKey), crypto.SHA256, signed[:], signature, nil)
}

// code checks that who comes with a code is who asked for it (RFC 7636 4.6).
func (e *entra) code(form url.Values) *refused {
	e.mu.Lock()
	defer e.mu.Unlock()
	if form.Get("code") != "code-of-alice" || form.Get("redirect_uri") != e.redirect || form.Has("client_secret") {
		e.t.Errorf("the code is redeemed with %v", form)
	}
	hash := sha256.Sum256([]byte(form.Get("code_verifier")))
	if len(form.Get("code_verifier")) < 43 || base64.RawURLEncoding.EncodeToString(hash[:]) != e.challenge {
		return wrongVerifier
	}
	return nil
}

func (e *entra) deviceCode(form url.Values) *refused {
	if form.Get("device_code") != "device-of-alice" {
		e.t.Errorf("the device code is %q", form.Get("device_code"))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.pending != 0 {
		e.pending--
		return notYet
	}
	return nil
}

// client sends everything to the server, whatever its host is.
func (e *entra) client() *http.Client {
	server := httptest.NewTLSServer(e)
	e.t.Cleanup(server.Close)
	c := server.Client()
	t := c.Transport.(*http.Transport)
	t.TLSClientConfig.ServerName = "example.com" // which the server's certificate has
	t.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
	return c
}

// source is a sign-in that talks to the server.
func (e *entra) source(s SignIn) TokenSource {
	e.t.Helper()
	if e.cloud == "" {
		e.cloud = "worldwide"
	}
	endpoint, err := EndpointOf(e.cloud)
	if err != nil {
		e.t.Fatal(err)
	}
	s.transport = e.client()
	source, err := s.Source(endpoint)
	if err != nil {
		e.t.Fatal(err)
	}
	return source
}

// appKey is an application's certificate, as it is uploaded to its registration, and
// its key.
var appKey = sync.OnceValues(func() (*x509.Certificate, *rsa.PrivateKey) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "easkit"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return certificate, key
})

func bySecret() SignIn {
	return SignIn{Way: Secret, TenantID: contoso, ClientID: ourApp, Secret: ourSecret}
}

func byCertificate() SignIn {
	certificate, key := appKey()
	return SignIn{Way: Certificate, TenantID: contoso, ClientID: ourApp, Chain: []*x509.Certificate{certificate}, Key: key}
}

func byDeviceCode(told *string) SignIn {
	return SignIn{Way: DeviceCode, TenantID: contoso, ClientID: ourApp, Tell: func(m string) { *told = m }}
}

func byBrowser() SignIn { return SignIn{Way: Browser, TenantID: contoso, ClientID: ourApp} }

// A token comes with the time until when it is valid, and is asked for once.
func TestSignInWays(t *testing.T) {
	var told string
	for _, s := range []SignIn{bySecret(), byCertificate(), byDeviceCode(&told), byBrowser()} {
		t.Run(string(s.Way), func(t *testing.T) {
			e := &entra{t: t, pending: 1}
			e.certificate, _ = appKey()
			source := e.source(s)
			if s.Way == Browser {
				browse(t, e)
			}
			token, err := source.Token(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if left := time.Until(token.Expires); !strings.HasPrefix(token.Secret, "token-of-") || left > time.Hour || left < 50*time.Minute {
				t.Errorf("the token %q is valid for %v", token.Secret, left)
			}
			e.answer = func(http.ResponseWriter) { t.Error("a second token is asked for") }
			if again, err := source.Token(t.Context()); err != nil || again != token {
				t.Errorf("the second token is another, or none: %v", err)
			}
		})
	}
	if !strings.Contains(told, userCode) {
		t.Errorf("the user is told %q", told)
	}
}

// openers are the programs that open an address in the browser.
var openers = map[string]string{"linux": "xdg-open", "darwin": "open"}

// program puts a shell script on PATH.
func program(t *testing.T, name, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// openedAddress puts a program on PATH that stands for the browser, and gives the
// address that it is told to open.
func openedAddress(t *testing.T) <-chan string {
	t.Helper()
	opener, ok := openers[runtime.GOOS]
	if !ok {
		t.Skip("no program opens the browser on " + runtime.GOOS)
	}
	file := filepath.Join(t.TempDir(), "address")
	program(t, opener, `printf %s "$1" >"`+file+`.part" && mv "`+file+`.part" "`+file+`"`)
	address := make(chan string, 1)
	ctx := t.Context()
	go func() {
		for ctx.Err() == nil {
			if b, err := os.ReadFile(file); err == nil {
				address <- string(b)
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	return address
}

var (
	formAction = regexp.MustCompile(`action="([^"]*)"`)
	formField  = regexp.MustCompile(`name="([^"]*)" value="([^"]*)"`)
)

// browse is a browser: it opens the sign-in page and sends the form that is there.
func browse(t *testing.T, e *entra) {
	t.Helper()
	address := openedAddress(t)
	client := e.client()
	go func() {
		resp, err := client.Get(<-address)
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		page, err := io.ReadAll(resp.Body)
		action := formAction.FindSubmatch(page)
		if err != nil || action == nil {
			t.Errorf("the page %q: %v", page, err)
			return
		}
		form := url.Values{}
		for _, field := range formField.FindAllSubmatch(page, -1) {
			form.Set(string(field[1]), html.UnescapeString(string(field[2])))
		}
		sent, err := http.PostForm(html.UnescapeString(string(action[1])), form)
		if err != nil {
			t.Error(err)
			return
		}
		sent.Body.Close()
	}()
}

// Each cloud's tokens are asked for at its own authority, for its own Graph, and no
// other host is asked for anything.
func TestSignInClouds(t *testing.T) {
	for cloud := range authority {
		for _, s := range []SignIn{bySecret(), byCertificate(), byDeviceCode(new(string))} {
			t.Run(cloud+"/"+string(s.Way), func(t *testing.T) {
				e := &entra{t: t, cloud: cloud}
				e.certificate, _ = appKey()
				if _, err := e.source(s).Token(t.Context()); err != nil {
					t.Fatal(err)
				}
				e.mu.Lock()
				defer e.mu.Unlock()
				want := "POST " + authority[cloud] + "/" + contoso + "/oauth2/v2.0/token"
				if last := e.asked[len(e.asked)-1]; last != want {
					t.Errorf("the token is asked for by %s, want %s", last, want)
				}
			})
		}
	}
}

// failure is the error of a sign-in that was refused: one line, without secrets.
func failure(t *testing.T, source TokenSource) string {
	t.Helper()
	token, err := source.Token(t.Context())
	if !errors.Is(err, ErrSignIn) || token != (Token{}) {
		t.Fatalf("%q, %v", token.Secret, err)
	}
	for _, secret := range []string{"\n", ourSecret, "token-of-", "refresh-of-", "code-of-", "device-of-", "eyJ", "Trace ID"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the message holds %q: %s", secret, err)
		}
	}
	return strings.TrimPrefix(err.Error(), "the sign-in failed: ")
}

// answers is a token endpoint that always says the same.
func answers(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// A refusal is told in Entra ID's own sentence.
func TestSignInRefusals(t *testing.T) {
	var told string
	secret, app, tenant, key := bySecret(), bySecret(), bySecret(), byCertificate()
	secret.Secret = "another"
	app.ClientID = "00000000-0000-0000-0000-000000000000"
	tenant.TenantID = "fabrikam.com"
	status := authority["worldwide"] + " answers HTTP "
	newForm := func(r *refused) func(http.ResponseWriter) { // all on one line
		return answers(http.StatusUnauthorized, `{"error":"`+r.word+`","error_description":"`+r.sentence+` Trace ID: 1 Correlation ID: 2 Timestamp: 3"}`)
	}
	for name, tt := range map[string]struct {
		in     SignIn
		answer func(http.ResponseWriter)
		want   string
	}{
		"the secret is wrong":              {secret, nil, wrongSecret.sentence},
		"there is no such application":     {app, nil, wrongApp.sentence},
		"there is no such tenant":          {tenant, nil, wrongTenant.sentence},
		"the certificate is not known":     {key, wrongKey.write, wrongKey.sentence},
		"on one line":                      {bySecret(), newForm(wrongSecret), wrongSecret.sentence},
		"quotation marks":                  {bySecret(), answers(400, `{"error":"x","error_description":"AADSTS50011: The \"redirect\" is wrong.\r\nTrace ID: 1"}`), `AADSTS50011: The "redirect" is wrong.`},
		"the device code is declined":      {byDeviceCode(&told), (&refused{"authorization_declined", "AADSTS70018: The user declined."}).write, "AADSTS70018: The user declined."},
		"device codes are blocked":         {byDeviceCode(&told), (&refused{"invalid_grant", "AADSTS53003: Access has been blocked by Conditional Access policies."}).write, "AADSTS53003: Access has been blocked by Conditional Access policies."},
		"a proxy answers":                  {bySecret(), answers(403, "<html>\n<h1>Blocked</h1>"), status + "403"},
		"a redirect":                       {bySecret(), answers(304, ""), status + "304"},
		"a token without a time":           {bySecret(), answers(200, `{"access_token":"token-of-alice"}`), "ClientSecretCredential: json decode error: expires_in and expires_on are both missing or invalid"},
		"a user's token without a time":    {byDeviceCode(&told), answers(200, `{"access_token":"token-of-alice"}`), "DeviceCodeCredential: json decode error: expires_in and expires_on are both missing or invalid"},
		"a token that is text, not object": {bySecret(), answers(200, `"token-of-alice"`), "ClientSecretCredential: json decode error:"},
	} {
		t.Run(name, func(t *testing.T) {
			e := &entra{t: t, answer: tt.answer}
			e.certificate, _ = appKey()
			if got := failure(t, e.source(tt.in)); got != tt.want && !(strings.HasPrefix(tt.want, "Client") && strings.HasPrefix(got, tt.want)) {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
}

// A device code that nobody uses ends by itself.
func TestSignInDeviceCodeExpires(t *testing.T) {
	t.Parallel()
	e := &entra{t: t, pending: -1, codeExpires: 1}
	if got := failure(t, e.source(byDeviceCode(new(string)))); got != "nobody signed in with the code while it was valid" {
		t.Error(got)
	}
}

// Who declines in the browser is told so, and where there is no browser that is said.
func TestSignInBrowserDeclined(t *testing.T) {
	e := &entra{t: t, declines: `AADSTS65004: User declined to consent to access the app 'easkit & "others"'. Trace ID: 1 Correlation ID: 2`}
	source := e.source(byBrowser())
	browse(t, e)
	if got, want := failure(t, source), `AADSTS65004: User declined to consent to access the app 'easkit & "others"'.`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestSignInNoBrowser(t *testing.T) {
	if openers[runtime.GOOS] == "" {
		t.Skip("no program opens the browser on " + runtime.GOOS)
	}
	t.Setenv("PATH", t.TempDir())
	e := &entra{t: t}
	if got := failure(t, e.source(byBrowser())); !strings.Contains(got, openers[runtime.GOOS]) {
		t.Errorf("it does not name what it looked for: %s", got)
	}
}

// A sign-in ends when its context does, whatever it waits for.
func TestSignInCancelled(t *testing.T) {
	for _, s := range []SignIn{bySecret(), byCertificate(), byDeviceCode(new(string))} {
		for _, at := range []string{"/openid-configuration", "/token"} {
			t.Run(string(s.Way)+at, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan struct{})
				e := &entra{t: t}
				e.certificate, _ = appKey()
				e.heard = func(path string) {
					if strings.HasSuffix(path, at) {
						cancel()
						<-ended
					}
				}
				source := e.source(s)
				_, err := source.Token(ctx)
				close(ended)
				if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
		}
	}
	t.Run("browser", func(t *testing.T) {
		address := openedAddress(t)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-address // nobody signs in there
			cancel()
		}()
		if _, err := (&entra{t: t}).source(byBrowser()).Token(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// silent is a network that must not be used.
type silent struct{ t *testing.T }

func (s silent) Do(r *http.Request) (*http.Response, error) {
	s.t.Errorf("%s is asked", r.URL)
	return nil, errors.New("nobody answers")
}

// What is missing or can't be used is told before anything is sent, and is no failed
// sign-in.
func TestSignInNeeds(t *testing.T) {
	_, key := appKey()
	certificate := byCertificate().Chain
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tell := func(string) {}
	for want, in := range map[string]SignIn{
		"signing in by browser needs a tenant":                               {Way: Browser, ClientID: ourApp},
		"signing in by browser needs a client id":                            {Way: Browser, TenantID: contoso},
		"signing in by secret needs a tenant":                                {Way: Secret, ClientID: ourApp, Secret: ourSecret},
		"signing in by secret needs a client id":                             {Way: Secret, TenantID: contoso, Secret: ourSecret},
		"signing in by secret needs a secret":                                {Way: Secret, TenantID: contoso, ClientID: ourApp},
		"signing in by certificate needs a tenant":                           {Way: Certificate, ClientID: ourApp, Chain: certificate, Key: key},
		"signing in by certificate needs a client id":                        {Way: Certificate, TenantID: contoso, Chain: certificate, Key: key},
		"signing in by certificate needs a certificate and its key":          {Way: Certificate, TenantID: contoso, ClientID: ourApp, Chain: certificate},
		"signing in by certificate: key must be an RSA key":                  {Way: Certificate, TenantID: contoso, ClientID: ourApp, Chain: certificate, Key: other},
		"signing in by device-code needs a tenant":                           {Way: DeviceCode, ClientID: ourApp, Tell: tell},
		"signing in by device-code needs a client id":                        {Way: DeviceCode, TenantID: contoso, Tell: tell},
		"signing in by device-code needs somebody to tell the code to":       {Way: DeviceCode, TenantID: contoso, ClientID: ourApp},
		`no way to sign in is called "password"`:                             {Way: "password", TenantID: contoso, ClientID: ourApp},
		`the tenant "contoso.com/../fabrikam" is neither an id nor a domain`: {Way: Secret, TenantID: "contoso.com/../fabrikam", ClientID: ourApp, Secret: ourSecret},
		`the tenant "x; reboot" is neither an id nor a domain`:               {Way: AzureCLI, TenantID: "x; reboot"},
	} {
		in.transport = silent{t}
		_, err := in.Source(endpoints["worldwide"])
		if err == nil || err.Error() != want || errors.Is(err, ErrSignIn) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	mismatch, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	in := byCertificate()
	in.Key = mismatch
	if _, err := in.Source(endpoints["worldwide"]); err == nil || err.Error() != "signing in by certificate: key doesn't match any certificate" {
		t.Error(err)
	}
}

// A lab's Graph has nobody who would give a token for it, and Microsoft is not asked.
func TestSignInLab(t *testing.T) {
	lab, err := ParseLab("http://127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range Ways {
		s := byCertificate()
		s.Way, s.Secret, s.Tell, s.transport = way, ourSecret, func(string) {}, silent{t}
		if _, err := s.Source(lab); err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:8080") {
			t.Errorf("%s: %v", way, err)
		}
	}
}

// identityHeader is what App Service gives a program to prove itself with.
const identityHeader = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a"

// appService puts App Service's endpoint for managed identities into the environment.
// Source: https://learn.microsoft.com/azure/app-service/overview-managed-identity
func appService(t *testing.T, clientID string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.Header.Get("X-IDENTITY-HEADER") != identityHeader || q.Get("api-version") != "2019-08-01" || q.Get("resource") != "https://graph.microsoft.com" {
			t.Errorf("%s with %v", r.URL, r.Header)
		}
		if q.Get("client_id") != clientID {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.","correlationId":"1"}`)
			return
		}
		fmt.Fprintf(w, `{"access_token":"token-of-%s","expires_on":"%d","resource":"https://graph.microsoft.com","token_type":"Bearer","client_id":"%s"}`, clientID, expiry, clientID)
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{"IDENTITY_ENDPOINT": server.URL + "/msi/token", "IDENTITY_HEADER": identityHeader, "IDENTITY_SERVER_THUMBPRINT": "", "MSI_ENDPOINT": "", "MSI_SECRET": "", "IMDS_ENDPOINT": ""} {
		t.Setenv(name, value)
	}
}

// expiry is 2100-01-01, which no token's time reaches while the tests run.
const expiry = 4102444800

func TestSignInManagedIdentity(t *testing.T) {
	for name, clientID := range map[string]string{"the system's": "", "a user's": ourApp} {
		t.Run(name, func(t *testing.T) {
			appService(t, clientID)
			source, err := SignIn{Way: ManagedIdentity, ClientID: clientID}.Source(endpoints["worldwide"])
			if err != nil {
				t.Fatal(err)
			}
			token, err := source.Token(t.Context())
			if err != nil || token.Secret != "token-of-"+clientID || token.Expires.Unix() != expiry {
				t.Errorf("%q until %v: %v", token.Secret, token.Expires, err)
			}
		})
	}
	t.Run("refused", func(t *testing.T) {
		appService(t, "another")
		source, err := SignIn{Way: ManagedIdentity, ClientID: "00000000-0000-0000-0000-000000000000"}.Source(endpoints["worldwide"])
		if err != nil {
			t.Fatal(err)
		}
		if got := failure(t, source); !strings.HasSuffix(got, " answers HTTP 400: No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.") {
			t.Error(got)
		}
	})
}

// azScript is an Azure CLI that knows one command: it checks it, and runs a line.
const azScript = `want="account get-access-token -o json --resource https://graph.microsoft.com --tenant ` + contoso + `"
if [ "$*" != "$want" ]; then echo "ERROR: unrecognized arguments: $*" >&2; exit 2; fi
`

// azToken is how the Azure CLI prints a token.
// Source: https://learn.microsoft.com/cli/azure/account#az-account-get-access-token
const azToken = `printf '%%s\n' '{' '  "accessToken": "token-of-alice",' '  "expiresOn": "2099-12-31 12:00:00.000000",' %s '  "subscription": "s", "tenant": "` + contoso + `", "tokenType": "Bearer"' '}'`

func TestSignInAzureCLI(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the program that stands for az is a shell script")
	}
	source := func(t *testing.T, script string) TokenSource {
		t.Helper()
		program(t, "az", script)
		source, err := SignIn{Way: AzureCLI, TenantID: contoso}.Source(endpoints["worldwide"])
		if err != nil {
			t.Fatal(err)
		}
		return source
	}
	for name, tt := range map[string]struct {
		field string
		want  time.Time
	}{
		"now":           {fmt.Sprintf(`'  "expires_on": %d,'`, expiry), time.Unix(expiry, 0)},
		"before 2.54.0": {"", time.Date(2099, 12, 31, 12, 0, 0, 0, time.Local)},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := source(t, azScript+fmt.Sprintf(azToken, tt.field)).Token(t.Context())
			if err != nil || token.Secret != "token-of-alice" || !token.Expires.Equal(tt.want) {
				t.Errorf("%q until %v: %v", token.Secret, token.Expires, err)
			}
		})
	}
	for name, tt := range map[string]struct{ script, want string }{
		"not signed in": {`echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`, "Please run 'az login' to setup account."},
		"refused":       {`printf '%s\n' "ERROR: AADSTS70043: The refresh token has expired. Trace ID: 1 Correlation ID: 2" "Interactive authentication is needed. Please run:" "az login" >&2; exit 1`, "AADSTS70043: The refresh token has expired."},
		"not installed": {"exit 127", "AzureCLICredential: executable not found on path"},
		"no JSON":       {"echo token-of-alice", "invalid character 'o' in literal true (expecting 'r')"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := failure(t, source(t, azScript+tt.script)); !strings.Contains(got, tt.want) {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := source(t, azScript+fmt.Sprintf(azToken, "")).Token(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
