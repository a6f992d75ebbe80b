package signer

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"

	"github.com/easkit/easkit/certs"
)

const (
	vaultTenant  = "6f1c6f0e-2a4b-4d5c-9a3e-0c2f6a1b7d10"
	vaultToken   = "eyJsecret.of.sign-in"
	vaultVersion = "f60f2a4f8ae442cfb41ca2090bd4b769"
	vaultSays    = "text of an answer that stays there" // in the message of each refusal
)

// contoso plays a vault with one certificate and its key.
// Sources: https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses,
// https://learn.microsoft.com/rest/api/keyvault/certificates/get-certificate/get-certificate,
// https://learn.microsoft.com/rest/api/keyvault/keys/get-key/get-key and
// https://learn.microsoft.com/rest/api/keyvault/keys/sign/sign
type contoso struct {
	t         *testing.T
	host      string
	key       crypto.Signer
	cer       []byte
	enabled   bool
	nbf, exp  int64                                // of the key, in seconds since 1970; 0 for none
	resource  string                               // of the challenge
	instead   map[string]func(http.ResponseWriter) // by METHOD of the request, in place of an answer
	busy      int                                  // how many requests are refused first
	challenge bool                                 // again and again

	mu    sync.Mutex
	asked []string
}

func (c *contoso) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Error(err)
	}
	if r.Host != c.host || r.URL.Query().Get("api-version") == "" {
		c.t.Errorf("%s %s%s asks another vault, or for no version of the interface", r.Method, r.Host, r.URL)
	}
	if r.Header.Get("Authorization") == "" || c.challenge {
		if r.Header.Get("Authorization") == "" && len(body) > 0 {
			c.t.Error("a body is sent to a vault that has not named its tenant yet")
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer authorization="https://login.microsoftonline.com/%s", resource="%s"`, vaultTenant, c.resource))
		refuse(http.StatusUnauthorized, "Unauthorized", "")(w)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+vaultToken {
		c.t.Error("the token is another")
	}
	c.mu.Lock()
	c.asked = append(c.asked, r.Method+" "+r.URL.Path)
	c.mu.Unlock()
	if c.busy > 0 {
		c.busy--
		refuse(http.StatusServiceUnavailable, "Unavailable", "")(w)
		return
	}
	if answer := c.instead[r.Method]; answer != nil {
		answer(w)
		return
	}
	id := func(kind string) string { return "https://" + c.host + "/" + kind + "/signing/" + vaultVersion }
	var answer any
	switch r.Method + " " + strings.TrimSuffix(strings.TrimSuffix(r.URL.Path, vaultVersion), "/") {
	case "GET /certificates/signing":
		answer = map[string]any{"id": id("certificates"), "kid": id("keys"), "sid": id("secrets"), "cer": c.cer, "attributes": c.attributes()}
	case "GET /keys/signing":
		answer = map[string]any{"key": c.jwk(id("keys")), "attributes": c.attributes()}
	case "POST /keys/signing/" + vaultVersion + "/sign":
		answer = map[string]any{"kid": id("keys"), "value": base64.RawURLEncoding.EncodeToString(c.sign(body))}
	default:
		refuse(http.StatusNotFound, "NotFound", "")(w)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	json.NewEncoder(w).Encode(answer)
}

func (c *contoso) attributes() map[string]any {
	a := map[string]any{"enabled": c.enabled, "created": 1735689600, "updated": 1735689600}
	for name, at := range map[string]int64{"nbf": c.nbf, "exp": c.exp} {
		if at != 0 {
			a[name] = at
		}
	}
	return a
}

func (c *contoso) jwk(id string) map[string]any {
	text := base64.RawURLEncoding.EncodeToString
	if k, ok := c.key.Public().(*rsa.PublicKey); ok {
		return map[string]any{"kid": id, "kty": "RSA", "key_ops": []string{"sign"}, "n": text(k.N.Bytes()), "e": text(big.NewInt(int64(k.E)).Bytes())}
	}
	k := c.key.Public().(*ecdsa.PublicKey)
	point, err := k.Bytes()
	if err != nil {
		c.t.Error(err)
	}
	half := len(point) / 2
	return map[string]any{"kid": id, "kty": "EC-HSM", "crv": k.Params().Name, "x": text(point[1 : 1+half]), "y": text(point[1+half:])}
}

// sign signs what is posted, in the forms of RFC 7518 section 3.
func (c *contoso) sign(body []byte) []byte {
	var posted struct{ Alg, Value string }
	if err := json.Unmarshal(body, &posted); err != nil {
		c.t.Error(err)
	}
	digest, err := base64.RawURLEncoding.DecodeString(posted.Value)
	if err != nil {
		c.t.Error(err)
	}
	_, isRSA := c.key.(*rsa.PrivateKey)
	if want := map[bool]string{true: "RS256", false: "ES256"}[isRSA]; posted.Alg != want || len(digest) != crypto.SHA256.Size() {
		c.t.Errorf("asked for %s over %d bytes, want %s", posted.Alg, len(digest), want)
	}
	signature, err := c.key.Sign(rand.Reader, digest, crypto.SHA256)
	if err != nil {
		c.t.Error(err)
	}
	if isRSA {
		return signature
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(signature, &pair); err != nil {
		c.t.Error(err)
	}
	const size = 32 // bytes of a P-256 number
	return append(pair.R.FillBytes(make([]byte, size)), pair.S.FillBytes(make([]byte, size))...)
}

// refuse answers as a vault does that refuses.
// Source: https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
func refuse(status int, code, inner string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		said := map[string]any{"code": code, "message": vaultSays}
		if inner != "" {
			said["innererror"] = map[string]any{"code": inner}
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]any{"error": said})
	}
}

// credential is a sign-in.
type credential struct {
	err   error
	asked []policy.TokenRequestOptions
}

func (c *credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.asked = append(c.asked, o)
	return azcore.AccessToken{Token: vaultToken, ExpiresOn: time.Now().Add(time.Hour)}, c.err
}

// serve starts the vault of an identity in testdata, and returns what to open it with.
func serve(t *testing.T, file string) (*contoso, *credential, Options) {
	t.Helper()
	s, err := Open(filepath.Join(testdata, "foreign", file), certs.Unlock{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &contoso{t: t, host: "contoso.vault.azure.net", key: s.Key, cer: s.Certificate.Raw, enabled: true, resource: "https://vault.azure.net"}
	server := httptest.NewTLSServer(c)
	t.Cleanup(server.Close)
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.ServerName = "example.com" // whom httptest's certificate is for
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
	issuing, err := certs.Read(read(t, "certs", "issuing.pem"), certs.Unlock{})
	if err != nil {
		t.Fatal(err)
	}
	in := &credential{}
	return c, in, Options{Chain: issuing.Certificates, Now: clock, Credential: in, transport: transport, retry: policy.RetryOptions{MaxRetries: -1}}
}

// withLeaf adds the certificate of a vault's key to the chain.
func (c *contoso) withLeaf(o Options) Options {
	leaf, err := certs.ParseCertificate(c.cer)
	if err != nil {
		c.t.Fatal(err)
	}
	o.Chain = append(slices.Clone(o.Chain), leaf)
	return o
}

// A vault's key signs, at one version, and the signature leads to the root.
func TestVaultSigns(t *testing.T) {
	for _, file := range []string{"alice-pkcs8.pem", "bob-sec1.pem"} {
		for path, get := range map[string]string{
			"/certificates/signing":                 "GET /certificates/signing/",
			"/certificates/signing/" + vaultVersion: "GET /certificates/signing/" + vaultVersion,
			"/keys/signing":                         "GET /keys/signing/",
		} {
			t.Run(file+path, func(t *testing.T) {
				c, in, o := serve(t, file)
				if strings.HasPrefix(path, "/keys") {
					o = c.withLeaf(o)
				}
				s, err := OpenURI(t.Context(), "https://"+c.host+path, o)
				if err != nil {
					t.Fatal(err)
				}
				der, err := s.Sign(content, clock, false)
				if err != nil {
					t.Fatal(err)
				}
				verify(t, der, false)
				if want := []string{get, "POST /keys/signing/" + vaultVersion + "/sign"}; !slices.Equal(c.asked, want) {
					t.Errorf("asked %q, want %q", c.asked, want)
				}
				if o := in.asked[0]; o.TenantID != vaultTenant || !slices.Equal(o.Scopes, []string{"https://vault.azure.net/.default"}) {
					t.Errorf("signs in to %q for %q", o.TenantID, o.Scopes)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// Each refusal is one line that says what to do, and holds neither the token nor the
// body.
func TestVaultErrors(t *testing.T) {
	const hour = 3600
	now := clock.Unix()
	for _, test := range []struct {
		name, path string
		set        func(*contoso, *credential, *Options)
		kind       error
		says, hint string
	}{
		{"no such certificate", "/certificates/other", nil, ErrKey, `there is no such certificate in contoso.vault.azure.net: "other" (HTTP 404)`, "az keyvault certificate list --vault-name contoso"},
		{"no rights", "", get(refuse(403, "Forbidden", "ForbiddenByRbac")), ErrService, `the certificate "signing" in contoso.vault.azure.net: who signed in may not use it (HTTP 403 Forbidden ForbiddenByRbac)`, "Key Vault Crypto User"},
		{"no right to sign", "", post(refuse(403, "Forbidden", "")), ErrService, "may not use it (HTTP 403 Forbidden)", ""},
		{"firewall", "", get(refuse(403, "Forbidden", "ForbiddenByFirewall")), ErrService, "firewall lets nobody in", "a network that the vault allows"},
		{"disabled key", "", post(refuse(403, "Forbidden", "KeyDisabled")), ErrKey, "the key is disabled", ""},
		{"disabled certificate", "", func(c *contoso, _ *credential, _ *Options) { c.enabled = false }, ErrKey, `the certificate "signing" in contoso.vault.azure.net is disabled`, "list-versions --name signing"},
		{"disabled key, by its attributes", "/keys/signing", func(c *contoso, _ *credential, _ *Options) { c.enabled = false }, ErrKey, `the key "signing" in contoso.vault.azure.net is disabled`, "az keyvault key list-versions"},
		{"expired key", "/keys/signing", func(c *contoso, _ *credential, _ *Options) { c.exp = now }, ErrKey, "expired on 2026-11-21T12:00:00Z", ""},
		{"key of tomorrow", "/keys/signing", func(c *contoso, _ *credential, _ *Options) { c.nbf = now + hour }, ErrKey, "may be used from 2026-11-21T13:00:00Z on only", ""},
		{"request not completed", "", func(c *contoso, _ *credential, _ *Options) { c.cer = nil }, ErrKey, "no certificate yet", ""},
		{"key without its certificate", "/keys/signing", nil, ErrKey, "no certificate was given for the key", "--signer-chain FILE"},
		{"busy", "", get(refuse(429, "Throttled", "")), ErrService, "too many requests (HTTP 429 Throttled)", "try again"},
		{"broken", "", get(refuse(500, "Internal error: "+vaultToken, "")), ErrService, "the vault refuses (HTTP 500)", ""},
		{"a proxy's page", "", get(func(w http.ResponseWriter) { io.WriteString(w, "<html>"+vaultSays) }), ErrService, "gives no answer of a vault", "proxy"},
		{"token not taken", "", func(c *contoso, _ *credential, _ *Options) { c.challenge = true }, ErrService, "the sign-in is not taken (HTTP 401", "az login --tenant"},
		{"a challenge for others", "", func(c *contoso, _ *credential, _ *Options) { c.resource = "https://vault.evil.example" }, ErrService, "gives no answer of a vault", ""},
		{"refused sign-in", "", func(_ *contoso, in *credential, _ *Options) {
			in.err = errors.New("POST https://login\n---\n{\"error_description\":\"AADSTS7000215: Invalid client secret provided. Trace ID: 1\\r\\n" + vaultToken + "\"}")
		}, ErrService, "signing in to contoso.vault.azure.net failed: AADSTS7000215: Invalid client secret provided.", "az login"},
		{"nobody to sign in", "", func(_ *contoso, in *credential, _ *Options) {
			in.err = errors.New("DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:\n\tEnvironmentCredential: missing\n\tManagedIdentityCredential authentication failed. \n\t\tRESPONSE 403: " + vaultToken)
		}, ErrService, "no way to sign in was found (tried: EnvironmentCredential, ManagedIdentityCredential)", "az login"},
		{"no network", "", func(_ *contoso, _ *credential, o *Options) {
			o.transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
				return nil, errors.New("no such host")
			}}
		}, ErrService, "asking contoso.vault.azure.net: no such host", "vault's name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, in, o := serve(t, "alice-pkcs8.pem")
			if test.set != nil {
				test.set(c, in, &o)
			}
			if test.path == "" {
				test.path = "/certificates/signing"
			}
			s, err := OpenURI(t.Context(), "https://"+c.host+test.path, o)
			if err == nil {
				_, err = s.Sign(content, clock, false)
			}
			var own *Error
			if !errors.As(err, &own) || !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.says) || !strings.Contains(own.Hint, test.hint) {
				t.Fatalf("%v (hint %q), want %q (hint %q)", err, own, test.says, test.hint)
			}
			for _, secret := range []string{vaultToken, vaultSays, "\n"} {
				if strings.Contains(err.Error()+own.Hint, secret) {
					t.Errorf("the error holds %q: %v", secret, err)
				}
			}
		})
	}
}

func get(answer func(http.ResponseWriter)) func(*contoso, *credential, *Options) {
	return func(c *contoso, _ *credential, _ *Options) {
		c.instead = map[string]func(http.ResponseWriter){http.MethodGet: answer}
	}
}

func post(answer func(http.ResponseWriter)) func(*contoso, *credential, *Options) {
	return func(c *contoso, _ *credential, _ *Options) {
		c.instead = map[string]func(http.ResponseWriter){http.MethodPost: answer}
	}
}

// A vault that is busy is asked again, a few times.
func TestVaultBusy(t *testing.T) {
	for busy, fails := range map[int]bool{vaultRetries: false, vaultRetries + 1: true} {
		c, _, o := serve(t, "alice-pkcs8.pem")
		c.busy = busy
		o.retry = policy.RetryOptions{RetryDelay: time.Millisecond}
		if _, err := OpenURI(t.Context(), "https://"+c.host+"/certificates/signing", o); (err != nil) != fails || fails && !errors.Is(err, ErrService) {
			t.Errorf("busy %d times: %v", busy, err)
		}
	}
}

// A challenge that is for another service gets no token.
func TestVaultKeepsToken(t *testing.T) {
	c, in, o := serve(t, "alice-pkcs8.pem")
	c.resource = "https://vault.evil.example"
	if _, err := OpenURI(t.Context(), "https://"+c.host+"/certificates/signing", o); err == nil || len(in.asked) > 0 {
		t.Errorf("%v, and %d tokens were asked for", err, len(in.asked))
	}
}

// sent notes where requests go, and carries them.
type sent struct {
	http.RoundTripper
	to []string
}

func (s *sent) RoundTrip(r *http.Request) (*http.Response, error) {
	s.to = append(s.to, r.Method+" "+r.URL.Scheme+"://"+r.URL.Host)
	return s.RoundTripper.RoundTrip(r)
}

// A redirect takes neither the token nor the digest along: nothing more is sent.
func TestVaultFollowsNoRedirect(t *testing.T) {
	const home = "https://contoso.vault.azure.net"
	for _, to := range []struct{ name, location string }{
		{"another host", "https://vault.evil.example/certificates/signing"},
		{"below the vault's host", "https://evil.contoso.vault.azure.net/certificates/signing"},
		{"without TLS", "http://contoso.vault.azure.net/certificates/signing"},
		{"the same host", "/certificates/other"},
	} {
		for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
			// Each client asks without a token first, to hear whom to sign in to.
			for method, want := range map[string][]string{
				http.MethodGet:  {"GET " + home, "GET " + home},
				http.MethodPost: {"GET " + home, "GET " + home, "POST " + home, "POST " + home},
			} {
				t.Run(fmt.Sprintf("%s %d %s", method, status, to.name), func(t *testing.T) {
					c, _, o := serve(t, "alice-pkcs8.pem")
					c.instead = map[string]func(http.ResponseWriter){method: func(w http.ResponseWriter) {
						w.Header().Set("Location", to.location)
						w.WriteHeader(status)
					}}
					carried := &sent{RoundTripper: o.transport}
					o.transport = carried
					s, err := OpenURI(t.Context(), home+"/certificates/signing", o)
					if method == http.MethodPost {
						if err != nil {
							t.Fatal(err)
						}
						_, err = s.Sign(content, clock, false)
					}
					says := fmt.Sprintf("the answer is a redirect, and none is followed (HTTP %d)", status)
					if !errors.Is(err, ErrService) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "evil") {
						t.Errorf("%v, want %q", err, says)
					}
					if !slices.Equal(carried.to, want) {
						t.Errorf("sent %q, want %q", carried.to, want)
					}
				})
			}
		}
	}
}

// A sign-in's requests, which may hold a secret, follow none either.
func TestVaultSignInFollowsNoRedirect(t *testing.T) {
	for name, value := range map[string]string{
		"AZURE_TENANT_ID": vaultTenant, "AZURE_CLIENT_ID": vaultTenant, "AZURE_CLIENT_SECRET": vaultToken,
		"AZURE_CLIENT_CERTIFICATE_PATH": "", "AZURE_AUTHORITY_HOST": "", "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
	} {
		t.Setenv(name, value)
	}
	c, _, o := serve(t, "alice-pkcs8.pem")
	carried := &sent{RoundTripper: leading{o.transport, c.host}}
	o.Credential, o.transport = nil, carried
	_, err := OpenURI(t.Context(), "https://"+c.host+"/certificates/signing", o)
	if !errors.Is(err, ErrService) || !strings.HasPrefix(err.Error(), "signing in to contoso.vault.azure.net failed: ") {
		t.Errorf("%v", err)
	}
	asked := strings.Join(carried.to, " ")
	if !strings.Contains(asked, "https://login.microsoftonline.com") || strings.Contains(asked, "evil") {
		t.Errorf("sent %q", carried.to)
	}
}

// leading leads all requests elsewhere but those to one host.
type leading struct {
	http.RoundTripper
	but string
}

func (l leading) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == l.but {
		return l.RoundTripper.RoundTrip(r)
	}
	return &http.Response{StatusCode: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"https://vault.evil.example"}}, Body: http.NoBody, Request: r}, nil
}

// An interruption is told as one.
func TestVaultInterrupted(t *testing.T) {
	c, _, o := serve(t, "alice-pkcs8.pem")
	ctx, cancel := context.WithCancel(t.Context())
	s, err := OpenURI(ctx, "https://"+c.host+"/certificates/signing", o)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := s.Sign(content, clock, false); !errors.Is(err, context.Canceled) || errors.Is(err, ErrService) {
		t.Errorf("signing: %v", err)
	}
	if _, err := OpenURI(ctx, "https://"+c.host+"/certificates/signing", o); !errors.Is(err, context.Canceled) {
		t.Errorf("opening: %v", err)
	}
}

// A vault that signs with another key than the certificate's is found out.
func TestVaultWrongKey(t *testing.T) {
	c, _, o := serve(t, "alice-pkcs8.pem")
	other, err := certs.Read(read(t, "keys", "signer-rsa2048.pem"), certs.Unlock{})
	if err != nil {
		t.Fatal(err)
	}
	c.key = other.Keys[0]
	s, err := OpenURI(t.Context(), "https://"+c.host+"/certificates/signing", o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sign(content, clock, false); err == nil || !strings.Contains(err.Error(), "doesn't verify") {
		t.Errorf("%v", err)
	}
}

// Where no sign-in is handed in, Azure's own chain of them is asked.
func TestVaultDefaultSignIn(t *testing.T) {
	for _, name := range []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"} {
		t.Setenv(name, "")
	}
	t.Setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential") // none that asks the network
	c, _, o := serve(t, "alice-pkcs8.pem")
	o.Credential = nil
	_, err := OpenURI(t.Context(), "https://"+c.host+"/certificates/signing", o)
	if !errors.Is(err, ErrService) || !strings.HasPrefix(err.Error(), "signing in to contoso.vault.azure.net failed: ") {
		t.Errorf("%v", err)
	}
}

// Each curve has one digest, and every key of the vault's forms is read.
func TestVaultAlgorithms(t *testing.T) {
	for file, want := range map[string][3]azkeys.SignatureAlgorithm{
		"alice-rsa2048.pem": {"RS256", "RS384", "RS512"},
		"bob-p256.pem":      {"ES256", "", ""},
		"carol-p384.pem":    {"", "ES384", ""},
		"dave-ed25519.pem":  {},
	} {
		b, err := certs.Read(read(t, "keys", file), certs.Unlock{})
		if err != nil {
			t.Fatal(err)
		}
		public := b.Keys[0].Public()
		for i, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			if got := vaultAlgorithm(public, hash); got != want[i] {
				t.Errorf("%s with %v: %q, want %q", file, hash, got, want[i])
			}
		}
		if file == "dave-ed25519.pem" {
			continue
		}
		text, err := json.Marshal((&contoso{t: t, key: b.Keys[0]}).jwk("https://contoso.vault.azure.net/keys/k/1"))
		if err != nil {
			t.Fatal(err)
		}
		var k azkeys.JSONWebKey
		if err := json.Unmarshal(text, &k); err != nil {
			t.Fatal(err)
		}
		if got := publicKey(&k); got == nil || !got.Equal(public) {
			t.Errorf("%s is read as %v", file, got)
		}
	}
	if got := publicKey(&azkeys.JSONWebKey{K: []byte("symmetric")}); got != nil {
		t.Errorf("a symmetric key is read as %v", got)
	}
}
