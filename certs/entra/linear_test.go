package entra

import (
	"strings"
	"testing"
	"time"
)

// What a crafted file can cost grows with its size and no faster.
func TestLinear(t *testing.T) {
	const n = 200_000
	for name, text := range map[string]string{
		"one line":     strings.Repeat("a", 10*n),
		"header":       "upn," + strings.Repeat("a,", 10*n),
		"proxies":      "upn,proxyAddresses\na@contoso.com,\"" + strings.Repeat("+smtp:a@b", n) + "\"\n",
		"ids":          "upn,certificateUserIds\na@contoso.com,\"" + strings.Repeat("X509:<", n) + "\"\n",
		"tags":         `[{"userPrincipalName":"a@contoso.com","authorizationInfo":{"certificateUserIds":["` + strings.Repeat("a<b>", n) + `"]}}]`,
		"same address": "upn,mail\n" + strings.Repeat("a@contoso.com,b@contoso.com\n", n),
		"UPN":          "upn\n" + strings.Repeat("ä", n) + "@contoso.com\n",
		"properties":   `{"userPrincipalName":"a@contoso.com"` + strings.Repeat(`,"a":{}`, n) + `}`,
		"nesting":      `[{"userPrincipalName":"a@contoso.com","x":` + strings.Repeat("[", n),
		"pages":        strings.Repeat(`{"value":[]}`, n),
		"quote":        "upn\n\"" + strings.Repeat("a\n", n),
	} {
		started := time.Now()
		_, _ = ParseUsers(strings.NewReader(text))
		_, _ = ParseDomains(strings.NewReader(text))
		if took := time.Since(started); took > 3*time.Second {
			t.Errorf("%s: %v", name, took)
		} else {
			t.Logf("%s: %v", name, took)
		}
	}
}
