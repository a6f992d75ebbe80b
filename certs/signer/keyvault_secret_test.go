package signer

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

const rolloutKey = "# created: 2026-11-21\nAGE-SECRET-KEY-1EXAMPLE\n"

// keeping answers as a vault does that has the secret "rollout".
// Source: https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret
func keeping(value any, attributes map[string]any) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		json.NewEncoder(w).Encode(map[string]any{
			"value": value, "id": "https://contoso.vault.azure.net/secrets/rollout/" + vaultVersion, "attributes": attributes,
		})
	}
}

// A secret is read as it is, by its latest version or the one that is named, for who
// signed in to the vault's tenant.
func TestSecret(t *testing.T) {
	for path, want := range map[string]string{
		"/secrets/rollout":                 "GET /secrets/rollout/",
		"/secrets/rollout/" + vaultVersion: "GET /secrets/rollout/" + vaultVersion,
	} {
		c, in, o := serve(t, "alice-pkcs8.pem")
		get(keeping(rolloutKey, map[string]any{"enabled": true, "exp": 1, "recoveryLevel": "Recoverable+Purgeable"}))(c, in, &o)
		value, err := Secret(t.Context(), "https://"+c.host+path, o)
		if err != nil || string(value) != rolloutKey {
			t.Fatalf("%s: %q, %v", path, value, err)
		}
		if !slices.Equal(c.asked, []string{want}) {
			t.Errorf("asked %q, want %q", c.asked, want)
		}
		if o := in.asked[0]; o.TenantID != vaultTenant || !slices.Equal(o.Scopes, []string{"https://vault.azure.net/.default"}) {
			t.Errorf("signs in to %q for %q", o.TenantID, o.Scopes)
		}
	}
}

// Each refusal is one line that says what to do, and holds neither the token, nor the
// body, nor anything of the secret.
func TestSecretErrors(t *testing.T) {
	for _, test := range []struct {
		name       string
		set        func(*contoso, *credential, *Options)
		kind       error
		says, hint string
	}{
		{"no such secret", get(refuse(404, "SecretNotFound", "")), ErrKey, `there is no such secret in contoso.vault.azure.net: "rollout" (HTTP 404)`, "az keyvault secret list --vault-name contoso"},
		{"no rights", get(refuse(403, "Forbidden", "ForbiddenByRbac")), ErrService, "who signed in may not read it (HTTP 403 Forbidden ForbiddenByRbac)", "Key Vault Secrets User"},
		{"firewall", get(refuse(403, "Forbidden", "ForbiddenByFirewall")), ErrService, "firewall lets nobody in", "a network that the vault allows"},
		{"disabled", get(refuse(403, "Forbidden", "SecretDisabled")), ErrKey, `the secret "rollout" in contoso.vault.azure.net: it is disabled`, "enable it"},
		{"empty", get(keeping("", nil)), ErrKey, "has no value", "az keyvault secret list-versions --name rollout --vault-name contoso"},
		{"no value", get(keeping(nil, nil)), ErrKey, "has no value", ""},
		{"another thing", get(keeping(map[string]string{"a": rolloutKey}, nil)), ErrService, "gives no answer of a vault", ""},
		{"a redirect", get(func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://vault.evil.example/secrets/rollout")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}), ErrService, "the answer is a redirect, and none is followed (HTTP 307)", ""},
		{"a proxy's page", get(func(w http.ResponseWriter) { io.WriteString(w, "<html>"+vaultSays) }), ErrService, "gives no answer of a vault", "proxy"},
		{"refused sign-in", func(_ *contoso, in *credential, _ *Options) {
			in.err = errors.New("AADSTS7000215: Invalid client secret provided.")
		}, ErrService, "signing in to contoso.vault.azure.net failed: AADSTS7000215", "az login"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, in, o := serve(t, "alice-pkcs8.pem")
			test.set(c, in, &o)
			value, err := Secret(t.Context(), "https://"+c.host+"/secrets/rollout", o)
			var own *Error
			if value != nil || !errors.As(err, &own) || !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.says) || !strings.Contains(own.Hint, test.hint) {
				t.Fatalf("%v (hint %q), want %q (hint %q)", err, own, test.says, test.hint)
			}
			for _, secret := range []string{vaultToken, vaultSays, "AGE-SECRET-KEY", "evil", "\n"} {
				if strings.Contains(err.Error()+own.Hint, secret) {
					t.Errorf("the error holds %q: %v", secret, err)
				}
			}
		})
	}
	c, _, o := serve(t, "alice-pkcs8.pem")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Secret(ctx, "https://"+c.host+"/secrets/rollout", o); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// Nothing is sent but to Azure's vaults, and for a secret alone.
func TestParseSecretURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://contoso.vault.azure.net/secrets/rollout":                      "https://contoso.vault.azure.net secrets rollout ",
		"https://Contoso.vault.azure.cn/secrets/rollout/" + vaultVersion + "/": "https://contoso.vault.azure.cn secrets rollout " + vaultVersion,
		"https://contoso.vault.usgovcloudapi.net/secrets/rollout":              "https://contoso.vault.usgovcloudapi.net secrets rollout ",
	} {
		a, err := parseSecretURL(text)
		if got := strings.Join([]string{a.base(), a.kind, a.name, a.version}, " "); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for text, says := range map[string]string{
		"https://vault.contoso.com/secrets/rollout":                    `"vault.contoso.com" is no host of Azure Key Vault (*.vault.azure.net, `,
		"https://contoso.vault.azure.net.evil.example/secrets/rollout": "is no host of Azure Key Vault",
		"https://contoso.vault.azure.net:8443/secrets/rollout":         "more than a host and a path",
		"https://me:31415@contoso.vault.azure.net/secrets/rollout":     "more than a host and a path",
		"https://contoso.vault.azure.net/secrets/rollout?code=31415":   "more than a host and a path",
		"http://contoso.vault.azure.net/secrets/rollout":               "no address of a vault",
		"https://contoso.vault.azure.net/keys/rollout":                 "its path is not /secrets/NAME",
		"https://contoso.vault.azure.net/secrets/../keys/rollout":      "its path is not /secrets/NAME",
		"https://contoso.vault.azure.net/secrets/rollout/latest":       "its path is not /secrets/NAME",
		"https://contoso.managedhsm.azure.net/secrets/rollout":         "a managed HSM holds no secrets",
		"AGE-SECRET-KEY-31415":                                         "no address of a vault",
		"":                                                             "no address of a vault",
	} {
		_, err := Secret(t.Context(), text, Options{})
		var own *Error
		if !errors.As(err, &own) || !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), says) || own.Hint != hintSecret || strings.Contains(err.Error()+own.Hint, "31415") {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}
