package graphtest

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
)

// lacking gives a body without a key, changed one in which it is otherwise.
func lacking(body map[string]any, key string) map[string]any {
	body = maps.Clone(body)
	delete(body, key)
	return body
}

func changed(body map[string]any, key string, value any) map[string]any {
	body = maps.Clone(body)
	body[key] = value
	return body
}

// TestBreaches sends requests that break the description of Graph: each is answered as
// Graph answers it, and kept.
func TestBreaches(t *testing.T) {
	b := start(t, NewTenant(), Options{})
	ca := newCA(t, "root", year)
	_, cas := b.newPKI()
	classic := "/v1.0/organization/" + b.server.OrganizationID() + "/certificateBasedAuthConfiguration"
	alice := "/v1.0/users/alice@contoso.com"
	detail, whole := detailBody(ca), classicBody(ca)
	first := whole["certificateAuthorities"].([]any)[0].(map[string]any)
	classicWith := func(key string, value any) any {
		return map[string]any{"certificateAuthorities": []any{changed(first, key, value)}}
	}
	ids := func(n int, value string) any {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprint(value, i))
		}
		return map[string]any{"authorizationInfo": map[string]any{"certificateUserIds": all}}
	}
	tests := []struct {
		name, method, path string
		body               any
		status             int
		says               string
	}{
		{"unknown property", "POST", cas, changed(detail, "colour", "red"), 400, `"colour"`},
		{"misspelt delta URL of the reference pages", "POST", cas, changed(detail, "deltacertificateRevocationListUrl", "http://x/d.crl"), 400, "deltaCertificateRevocationListUrl"},
		{"read-only property", "POST", cas, changed(detail, "createdDateTime", "2026-01-01T00:00:00Z"), 400, "read-only"},
		{"id in the body", "POST", cas, changed(detail, "id", "1"), 400, "read-only"},
		{"no certificate", "POST", cas, lacking(detail, "certificate"), 400, `"certificate"`},
		{"no thumbprint", "POST", cas, lacking(detail, "thumbprint"), 400, `"thumbprint"`},
		{"no expirationDateTime", "POST", cas, lacking(detail, "expirationDateTime"), 400, `"expirationDateTime"`},
		{"a string where a boolean is", "POST", cas, changed(detail, "isIssuerHintEnabled", "true"), 400, "Edm.Boolean"},
		{"a time that is none", "POST", cas, changed(detail, "expirationDateTime", "tomorrow"), 400, "Edm.DateTimeOffset"},
		{"null where none may be", "POST", cas, changed(detail, "thumbprint", nil), 400, "null"},
		{"unknown enum member", "POST", cas, changed(detail, "certificateAuthorityType", "Root"), 400, "root, intermediate"},
		{"another certificate's thumbprint", "POST", cas, changed(detail, "thumbprint", strings.Repeat("0", 40)), 400, "thumbprint"},
		{"another certificate's end", "POST", cas, changed(detail, "expirationDateTime", "2030-01-01T00:00:00Z"), 400, "expirationDateTime"},
		{"no X.509", "POST", cas, changed(detail, "certificate", "AAAA"), 400, "X.509"},
		{"no base64", "POST", cas, changed(detail, "certificate", "-----BEGIN"), 400, "Edm.Binary"},
		{"larger than 8 KB", "POST", cas, changed(detail, "displayName", strings.Repeat("x", maxCASize)), 400, "8192"},
		{"wrong @odata.type", "POST", cas, changed(detail, "@odata.type", "#microsoft.graph.user"), 400, "@odata.type"},
		{"no JSON", "POST", cas, "{", 400, "JSON"},
		{"two JSON objects", "POST", cas, "{}{}", 400, "JSON"},
		{"status of a PKI", "POST", "/v1.0" + pkiPath, map[string]any{"status": "succeeded"}, 400, "read-only"},
		{"name of a PKI that is too long", "POST", "/v1.0" + pkiPath, map[string]any{"displayName": strings.Repeat("x", maxPKIName+1)}, 400, "256"},
		{"upload without a hash", "POST", strings.TrimSuffix(cas, "certificateAuthorities") + "upload", map[string]any{"uploadUrl": "http://x"}, 400, "sha256FileHash"},
		{"upload with a hash in lower case", "POST", strings.TrimSuffix(cas, "certificateAuthorities") + "upload",
			map[string]any{"uploadUrl": "http://x", "sha256FileHash": strings.Repeat("a", 64)}, 400, "upper-case"},
		{"upload from a file", "POST", strings.TrimSuffix(cas, "certificateAuthorities") + "upload",
			map[string]any{"uploadUrl": "file:///x", "sha256FileHash": strings.Repeat("A", 64)}, 400, "http"},
		{"change of nothing", "PATCH", cas + "/1", map[string]any{}, 400, "nothing"},
		{"one CA where a list is", "POST", classic, map[string]any{"certificateAuthorities": first}, 400, "collection"},
		{"classic: no list", "POST", classic, map[string]any{}, 400, `"certificateAuthorities"`},
		{"classic: no isRootAuthority", "POST", classic, map[string]any{"certificateAuthorities": []any{lacking(first, "isRootAuthority")}}, 400, "isRootAuthority"},
		{"classic: issuer", "POST", classic, classicWith("issuer", "CN=x"), 400, "read-only"},
		{"classic: a property of the other store", "POST", classic, classicWith("thumbprint", "x"), 400, "thumbprint"},
		{"classic: PATCH", "PATCH", classic + "/" + ClassicID, whole, 405, "method"},
		{"classic: PUT", "PUT", classic, whole, 405, "method"},
		{"eleven user ids", "PATCH", alice, ids(11, "X509:<PN>"), 400, "10"},
		{"a user id that is too long", "PATCH", alice, ids(1, strings.Repeat("x", 1024)), 400, "1024"},
		{"the user's name", "PATCH", alice, map[string]any{"displayName": "x"}, 400, "authorizationInfo"},
		{"when sessions begin", "PATCH", alice, map[string]any{"signInSessionsValidFromDateTime": "2026-01-01T00:00:00Z"}, 400, "read-only"},
		{"a body where none is", "POST", alice + "/revokeSignInSessions", map[string]any{}, 400, "no request body"},
		{"unknown path", "GET", "/v1.0/applications", nil, 400, "segment"},
		{"beta has Intune alone", "GET", "/beta/users", nil, 400, "segment"},
		{"no version of Graph", "GET", "/v2.0/users", nil, 400, "version"},
		{"select of an unknown property", "GET", "/v1.0/users?$select=id,refreshTokensValidFromDateTime", nil, 400, "refreshTokensValidFromDateTime"},
		{"unknown query option", "GET", "/v1.0/users?$skip=1", nil, 400, "$skip"},
		{"query option that others have", "GET", "/v1.0/me?$top=1", nil, 400, "$top"},
		{"too large a page", "GET", "/v1.0/users?$top=1000", nil, 400, "999"},
		{"unknown filter", "GET", "/v1.0/users?$filter=mail+eq+'x'", nil, 400, "filter"},
		{"user ids without the advanced query", "GET", "/v1.0/users?$filter=authorizationInfo/certificateUserIds/any(x:x+eq+'a')", nil, 400, "ConsistencyLevel"},
		{"cast of members without the advanced query", "GET", "/v1.0/groups/1/transitiveMembers/microsoft.graph.user", nil, 400, "ConsistencyLevel"},
		{"a page token that is made up", "GET", "/v1.0/users?$skiptoken=abc", nil, 400, "nextLink"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(b.server.Violations())
			b := *b
			b.t = t
			r := b.want(test.status, test.method, test.path, test.body, "client-request-id", "mine")
			if !strings.Contains(r.message(), test.says) {
				t.Errorf("the message is %q, it must name %q", r.message(), test.says)
			}
			inner, _ := r.error()["innerError"].(map[string]any)
			if inner["client-request-id"] != "mine" || inner["request-id"] == "" || inner["date"] != "2026-11-22T12:00:00" {
				t.Errorf("innerError is %v", inner)
			}
			if got := len(b.server.Violations()); got != before+1 {
				t.Errorf("%d violations, want %d", got, before+1)
			}
		})
	}
}

// TestTokens goes through what is wrong with tokens, none of which is a violation.
func TestTokens(t *testing.T) {
	b := start(t, NewTenant(), Options{})
	org := "/v1.0/organization/" + b.server.OrganizationID() + "/certificateBasedAuthConfiguration"
	tests := []struct {
		name, token, method, path string
		status                    int
		code, says                string
	}{
		{"none", "", "GET", "/v1.0/me", 401, codeToken, "empty"},
		{"unknown", "e30.e30.", "GET", "/v1.0/me", 401, codeToken, "validation"},
		{"expired", b.server.Token(TokenOptions{Scopes: everything(), Expires: b.clock.Now()}), "GET", "/v1.0/me", 401, codeToken, "Lifetime validation failed, the token is expired."},
		{"without the scope", b.server.Token(TokenOptions{Scopes: []string{"User.Read"}}), "GET", "/v1.0/users", 403, codeDenied, "Insufficient"},
		{"of oneself, for another", b.server.Token(TokenOptions{Scopes: []string{"User.Read"}}), "GET", "/v1.0/users/bob@contoso.com", 403, codeDenied, "Insufficient"},
		{"without the role of the app", b.server.Token(TokenOptions{Roles: []string{"User.Read.All"}}), "GET", org, 403, codeDenied, "Insufficient"},
		{"without the role of the user", b.server.Token(TokenOptions{Scopes: everything(), DirectoryRoles: []string{AuthenticationAdministrator}}), "DELETE", org + "/" + ClassicID, 403, codeDenied, "role"},
		{"an app that asks who it is", b.server.Token(TokenOptions{Roles: []string{"User.Read.All"}}), "GET", "/v1.0/me", 400, codeSegment, "delegated"},
		{"an app where only users may", b.server.Token(TokenOptions{Roles: everything()}), "GET", "/v1.0/policies/featureRolloutPolicies", 403, codeDenied, "Insufficient"},
		{"enough", b.server.Token(TokenOptions{Roles: []string{"User.Read.All"}}), "GET", "/v1.0/users", 200, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := *b
			b.t, b.token = t, test.token
			r := b.want(test.status, test.method, test.path, nil)
			if r.code() != test.code || !strings.Contains(r.message(), test.says) {
				t.Errorf("code %q, message %q", r.code(), r.message())
			}
		})
	}
	b.want(200, "GET", "/v1.0/me", nil)
	b.server.ExpireTokens()
	b.want(401, "GET", "/v1.0/me", nil)
	b.clean()
}

// TestTokenEndsWithItsTime moves the clock.
func TestTokenEndsWithItsTime(t *testing.T) {
	b := start(t, NewTenant(), Options{})
	b.clock.Add(tokenLife - time.Second)
	b.want(200, "GET", "/v1.0/me", nil)
	b.clock.Add(time.Second)
	b.want(401, "GET", "/v1.0/me", nil)
}

// TestFaults covers what goes wrong on the way.
func TestFaults(t *testing.T) {
	var seen []Request
	b := start(t, NewTenant(), Options{OnRequest: func(r Request) { seen = append(seen, r) }})
	b.want(http.StatusNoContent, "POST", "/lab/faults", []Fault{{Method: "GET", PathContains: "/users", Skip: 1, Times: 2, Status: 429, RetryAfter: 7}})
	b.want(200, "GET", "/v1.0/me", nil)
	b.want(200, "GET", "/v1.0/users", nil)
	for range 2 {
		if r := b.want(429, "GET", "/v1.0/users", nil); r.header.Get("Retry-After") != "7" || r.code() != "TooManyRequests" {
			t.Errorf("Retry-After %q, code %q", r.header.Get("Retry-After"), r.code())
		}
	}
	b.want(200, "GET", "/v1.0/users", nil)

	for _, test := range []struct {
		cut  string
		pkis int
	}{{CutBefore, 0}, {CutAfter, 1}} {
		if err := b.server.SetFaults(Fault{Method: "POST", Cut: test.cut}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.try("POST", "/v1.0"+pkiPath, map[string]any{"displayName": "x"}); err == nil {
			t.Error("an answer came over a connection that was cut")
		}
		if pkis, err := b.server.PKIs(); err != nil || len(pkis) != test.pkis {
			t.Errorf("cut %s: %d PKIs, want %d; %v", test.cut, len(pkis), test.pkis, err)
		}
	}
	if err := b.server.SetFaults(Fault{ExpireTokens: true}); err != nil {
		t.Fatal(err)
	}
	b.want(401, "GET", "/v1.0/me", nil)
	b.want(401, "GET", "/v1.0/me", nil)

	if len(seen) != len(b.server.Requests()) || seen[len(seen)-1].Status != 401 || strings.Contains(fmt.Sprint(seen), b.token) {
		t.Errorf("the log is %v", seen)
	}
	for _, wrong := range []string{`[{"cut":"middle"}]`, `[{}]`, `[{"status":200}]`, `[{"colour":1}]`, `{`} {
		response, err := http.Post(b.url+"/lab/faults", "application/json", strings.NewReader(wrong))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 400 {
			t.Errorf("%s: status %d, want 400", wrong, response.StatusCode)
		}
	}
	b.clean()
}
