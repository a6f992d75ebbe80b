package graphtest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestPaging follows @odata.nextLink through users and members, and changes one.
func TestPaging(t *testing.T) {
	tenant := NewTenant()
	tenant.Users = nil
	for i := range 7 {
		tenant.Users = append(tenant.Users, User{UserPrincipalName: fmt.Sprintf("u%d@contoso.com", i)})
	}
	inner := Group{ID: stableID("group", "inner"), DisplayName: "inner", Members: []string{"u2@contoso.com", "u3@contoso.com", "u0@contoso.com"}}
	outer := Group{ID: stableID("group", "outer"), DisplayName: "outer", Members: []string{"u0@contoso.com", "u1@contoso.com", inner.ID}}
	inner.Members = append(inner.Members, outer.ID) // a circle must end
	tenant.Groups = []Group{outer, inner}
	b := start(t, tenant, Options{PageSize: 3})
	tests := []struct{ path, want string }{
		{"/v1.0/users?$select=userPrincipalName", "u0,u1,u2|u3,u4,u5|u6"},
		{"/v1.0/users?$select=userPrincipalName&$top=2", "u0,u1|u2,u3|u4,u5|u6"},
		{"/v1.0/users?$select=userPrincipalName&$top=500", "u0,u1,u2|u3,u4,u5|u6"},
		{"/v1.0/groups/" + outer.ID + "/transitiveMembers/microsoft.graph.user?$count=true&$select=userPrincipalName", "u0,u1,u2|u3"},
	}
	for _, test := range tests {
		var pages []string
		next := test.path
		for next != "" {
			r := b.want(200, "GET", next, nil, "ConsistencyLevel", "eventual")
			var names []string
			for _, u := range r.value() {
				names = append(names, strings.TrimSuffix(Object(u.(map[string]any)).text("userPrincipalName"), "@contoso.com"))
			}
			pages = append(pages, strings.Join(names, ","))
			next, _ = r.body["@odata.nextLink"].(string)
		}
		if got := strings.Join(pages, "|"); got != test.want {
			t.Errorf("%s: %s, want %s", test.path, got, test.want)
		}
	}
	b.clean()
	next, _ := b.want(200, "GET", "/v1.0/users?$top=2", nil).body["@odata.nextLink"].(string)
	b.want(400, "GET", strings.Replace(next, "top=2", "top=3", 1), nil)
	if len(b.server.Violations()) != 1 {
		t.Error("a nextLink that was changed is a violation")
	}
}

// TestReads looks at what each kind of read gives.
func TestReads(t *testing.T) {
	tenant := NewTenant()
	tenant.Users[0].AuthorizationInfo = &AuthorizationInfo{CertificateUserIDs: []string{"X509:<PN>o'neil@contoso.com"}}
	tenant.FeatureRolloutPolicies = []Object{{"displayName": "cba", "feature": "certificateBasedAuthentication", "isEnabled": true,
		"isAppliedToOrganization": false, "appliesTo": []any{map[string]any{"id": stableID("group", "Certificate users")}}}}
	tenant.ConditionalAccess = []Object{{"displayName": "MFA", "state": "enabled", "conditions": map[string]any{
		"clientAppTypes": []any{"exchangeActiveSync"}, "users": map[string]any{"includeUsers": []any{"All"}}}}}
	b := start(t, tenant, Options{})
	ids := url.QueryEscape("authorizationInfo/certificateUserIds/any(x:x eq 'X509:<PN>o''neil@contoso.com')")
	app := stableID("servicePrincipal", AppAppleInternetAccounts)
	tests := []struct{ path, want, lacks string }{
		{"/v1.0/me", `"userPrincipalName":"alice@contoso.com"`, "authorizationInfo"},
		{"/v1.0/users/ALICE@contoso.com?$select=authorizationInfo,proxyAddresses", `"certificateUserIds":["X509:\u003cPN\u003eo'neil@contoso.com"]`, "userPrincipalName"},
		{"/v1.0/users?$count=true&$filter=" + ids, `"@odata.count":1`, "bob"},
		{"/v1.0/users?$filter=" + url.QueryEscape("userPrincipalName eq 'bob@contoso.com'"), "Bob", "Alice"},
		{"/v1.0/organization", b.server.OrganizationID(), "nextLink"},
		{"/v1.0/domains", `"id":"contoso.com"`, "null,null,null"},
		{"/v1.0/groups/" + stableID("group", "Certificate users"), "Certificate users", `"members"`},
		{"/v1.0/servicePrincipals?$filter=" + url.QueryEscape("appId eq '"+AppAppleInternetAccounts+"'"), "Apple", "Exchange"},
		{"/v1.0/servicePrincipals/" + app + "/oauth2PermissionGrants", "EAS.AccessAsUser.All", "Mail"},
		{"/v1.0/servicePrincipals/" + app + "/appRoleAssignedTo", `"value":[]`, "principal"},
		{"/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate", `"@odata.type":"#microsoft.graph.x509CertificateAuthenticationMethodConfiguration"`, "nextLink"},
		{"/v1.0/identity/conditionalAccess/policies", "exchangeActiveSync", "nextLink"},
		{"/v1.0/policies/identitySecurityDefaultsEnforcementPolicy", `"isEnabled":false`, "nextLink"},
		{"/v1.0/policies/authorizationPolicy", "permissionGrantPoliciesAssigned", "nextLink"},
		{"/v1.0/policies/featureRolloutPolicies", "certificateBasedAuthentication", "appliesTo"},
		{"/v1.0/policies/featureRolloutPolicies?$expand=appliesTo", "appliesTo", "nextLink"},
	}
	for _, test := range tests {
		got := marshal(t, b.want(200, "GET", test.path, nil, "ConsistencyLevel", "eventual").body)
		if !strings.Contains(got, test.want) || strings.Contains(got, test.lacks) {
			t.Errorf("%s: want %s and not %s in %s", test.path, test.want, test.lacks, got)
		}
	}
	b.clean()
}

// TestCertificateUserIDs covers what the state refuses, and what it takes.
func TestCertificateUserIDs(t *testing.T) {
	tenant := NewTenant()
	tenant.Users = append(tenant.Users, User{UserPrincipalName: "synced@contoso.com", OnPremisesSyncEnabled: true})
	b := start(t, tenant, Options{})
	set := func(status int, user string, ids ...string) {
		t.Helper()
		b.want(status, "PATCH", "/v1.0/users/"+user+"@contoso.com", map[string]any{"authorizationInfo": map[string]any{"certificateUserIds": ids}})
	}
	set(204, "alice", "X509:<SKI>AA", "X509:<SKI>BB")
	set(204, "alice", "X509:<SKI>BB")
	set(400, "bob", "X509:<SKI>BB")
	set(204, "bob", "X509:<SKI>AA")
	set(204, "alice", []string{}...)
	set(204, "bob", "X509:<SKI>BB")
	set(400, "synced", "X509:<SKI>CC")
	users, err := b.server.Users()
	if err != nil || fmt.Sprint(users[1].AuthorizationInfo.CertificateUserIDs) != "[X509:<SKI>BB]" {
		t.Errorf("bob has %v; %v", users[1].AuthorizationInfo, err)
	}
}

// TestRevokeIsSeenLater: the time is that of the call, and is seen after the delay.
func TestRevokeIsSeenLater(t *testing.T) {
	b := start(t, NewTenant(), Options{RevokeDelay: 3 * time.Minute})
	at := stamp(b.clock.Now())
	if r := b.want(200, "POST", "/v1.0/users/bob@contoso.com/revokeSignInSessions", nil); r.body["value"] != true {
		t.Errorf("the answer is %v", r.body)
	}
	read := func() any {
		return b.want(200, "GET", "/v1.0/users/bob@contoso.com?$select=signInSessionsValidFromDateTime", nil).body["signInSessionsValidFromDateTime"]
	}
	if got := read(); got != nil {
		t.Errorf("seen at once: %v", got)
	}
	b.clock.Add(3 * time.Minute)
	if got := read(); got != at {
		t.Errorf("seen later: %v, want %v", got, at)
	}
	b.clean()
}

// TestSeedMustAgreeWithTables: a tenant that Graph could not have is refused.
func TestSeedMustAgreeWithTables(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Tenant)
	}{
		{"unknown state", func(t *Tenant) { t.X509Method["state"] = "on" }},
		{"unknown property", func(t *Tenant) { t.SecurityDefaults["on"] = true }},
		{"policy of the wrong shape", func(t *Tenant) {
			t.ConditionalAccess = []Object{{"conditions": []any{}}}
		}},
		{"no certificate", func(t *Tenant) { t.ClassicCAs = []CertificateAuthority{{}} }},
		{"no certificate in a PKI", func(t *Tenant) {
			t.PKIs = []PKI{{CertificateAuthorities: []CertificateAuthorityDetail{{}}}}
		}},
	}
	for _, test := range tests {
		tenant := NewTenant()
		test.change(&tenant)
		if _, err := New(tenant, Options{}); err == nil {
			t.Errorf("%s: taken", test.name)
		}
	}
	if _, err := New(Tenant{}, Options{}); err != nil {
		t.Errorf("an empty tenant: %v", err)
	}
}
