package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// The tenant of the vault, and the secret that the application signs in with.
const (
	azureTenant = "6f1c6f0e-2a4b-4d5c-9a3e-0c2f6a1b7d10"
	azureSecret = "app-secret-31415"
	azureToken  = "eyJtoken.of.sign-in"
)

// azure plays the two servers that a key in a vault takes: Entra ID's for the sign-in of
// an application, and the vault.
// Sources: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
// and https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret
type azure struct {
	t *testing.T

	mu     sync.Mutex
	secret string
	asked  []string
}

func (z *azure) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const login, vault = "login.microsoftonline.com", "contoso.vault.azure.net"
	body, err := io.ReadAll(r.Body)
	if err != nil {
		z.t.Error(err)
	}
	authority := "https://" + login + "/" + azureTenant
	z.mu.Lock()
	defer z.mu.Unlock()
	var answer any
	switch r.Method + " " + r.Host + r.URL.Path {
	case "GET " + login + "/common/discovery/instance":
		answer = map[string]any{"tenant_discovery_endpoint": authority + "/v2.0/.well-known/openid-configuration", "metadata": []any{}}
	case "GET " + login + "/" + azureTenant + "/v2.0/.well-known/openid-configuration":
		answer = map[string]any{"authorization_endpoint": authority + "/oauth2/v2.0/authorize", "token_endpoint": authority + "/oauth2/v2.0/token", "issuer": authority + "/v2.0"}
	case "POST " + login + "/" + azureTenant + "/oauth2/v2.0/token":
		if !bytes.Contains(body, []byte(azureSecret)) {
			z.t.Errorf("signs in with %q", body)
		}
		answer = map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": azureToken}
	case "GET " + vault + "/secrets/rollout/", "GET " + vault + "/secrets/rollout":
		if r.Header.Get("Authorization") != "Bearer "+azureToken {
			w.Header().Set("WWW-Authenticate", `Bearer authorization="`+authority+`", resource="https://vault.azure.net"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		answer = map[string]any{"value": z.secret, "id": "https://" + vault + "/secrets/rollout/f60f2a4f8ae442cfb41ca2090bd4b769", "attributes": map[string]any{"enabled": true}}
	default:
		z.t.Errorf("asked for %s %s%s", r.Method, r.Host, r.URL)
		w.WriteHeader(http.StatusNotFound)
		return
	}
	z.asked = append(z.asked, r.Host)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer)
}

// serve starts both behind a proxy, and returns its address and a file of their root.
func (z *azure) serve(t *testing.T) (proxy, roots string) {
	t.Helper()
	_, roots, key := serverPair(t, t.TempDir(), 1, "login.microsoftonline.com", "contoso.vault.azure.net")
	cert, err := tls.LoadX509KeyPair(roots, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(z)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	server.StartTLS()
	t.Cleanup(server.Close)
	to := server.Listener.Addr().String()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			t.Errorf("%s %s goes without TLS", r.Method, r.URL)
			return
		}
		lead(t, w, to)
	}))
	t.Cleanup(front.Close)
	return front.URL, roots
}

// lead connects who asks a proxy with a server.
func lead(t *testing.T, w http.ResponseWriter, to string) {
	server, err := net.Dial("tcp", to)
	if err != nil {
		t.Error(err)
		return
	}
	defer server.Close()
	w.WriteHeader(http.StatusOK)
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	defer client.Close()
	go io.Copy(server, client)
	io.Copy(client, server)
}

// The key comes out of a vault, by the sign-in of an application, and is written nowhere.
func TestKeyFromVault(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SSL_CERT_FILE is not set to what this system trusts")
	}
	encryptedRollout(t)
	key, err := os.ReadFile("company.agekey")
	if err != nil {
		t.Fatal(err)
	}
	z := &azure{t: t, secret: string(key)}
	proxy, roots := z.serve(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	call := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Args = append([]string{"easkit"}, args...)
		cmd.Env = append(os.Environ(), "HTTPS_PROXY="+proxy, "NO_PROXY=", "no_proxy=", "https_proxy="+proxy, "SSL_CERT_FILE="+roots, "SSL_CERT_DIR="+filepath.Dir(roots),
			"AZURE_TENANT_ID="+azureTenant, "AZURE_CLIENT_ID="+azureTenant, "AZURE_CLIENT_SECRET="+azureSecret, "AZURE_TOKEN_CREDENTIALS=EnvironmentCredential", "AZURE_AUTHORITY_HOST=")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	const vault = "https://contoso.vault.azure.net/secrets/rollout"
	if out, err := call("rollout", "open", "out", "alice@contoso.com", "--key-vault", vault, "-o", "opened"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if profile, err := os.ReadFile("opened/alice@contoso.com.mobileconfig"); err != nil || !bytes.Contains(profile, []byte("<plist")) {
		t.Errorf("%.80q, %v", profile, err)
	}
	if out, err := call("ticket", "make", "alice", "--from", "out", "--key-vault", vault, "--origin", "https://portal.contoso.com"); err != nil || !strings.Contains(out, "  PIN ") {
		t.Errorf("%v\n%s", err, out)
	}
	z.mu.Lock()
	if len(z.asked) == 0 || z.asked[len(z.asked)-1] != "contoso.vault.azure.net" {
		t.Errorf("asked %q", z.asked)
	}
	z.secret = "AGE-SECRET-KEY-1ZEBRA"
	z.mu.Unlock()
	out, err := call("rollout", "open", "out", "--key-vault", vault, "-o", "none")
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != exitInput || !strings.Contains(out, "--key-vault: the secret: ") || strings.Contains(out, "ZEBRA") {
		t.Errorf("a secret that is no key: %v\n%s", err, out)
	}
}
