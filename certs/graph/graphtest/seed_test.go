package graphtest

import (
	"encoding/json"
	"testing"

	"github.com/easkit/easkit/certs/graph/schema"
)

// TestTenantAsJSON: a tenant can be kept in a file, with Graph's names in it.
func TestTenantAsJSON(t *testing.T) {
	enabled := false
	tenant := NewTenant()
	tenant.Users[1].AccountEnabled = &enabled
	root := newCA(t, "root", year)
	tenant.ClassicCAs = []CertificateAuthority{{Certificate: root.Raw, IsRootAuthority: true}}
	tenant.PKIs = []PKI{{DisplayName: "Contoso PKI", CertificateAuthorities: []CertificateAuthorityDetail{{Certificate: root.Raw}}}}
	var again Tenant
	if err := json.Unmarshal([]byte(marshal(t, tenant)), &again); err != nil {
		t.Fatal(err)
	}
	if one, two := marshal(t, tenant), marshal(t, again); one != two {
		t.Errorf("written %s, read %s", one, two)
	}
	b := start(t, again, Options{})
	pkis, err := b.server.PKIs()
	if err != nil || len(pkis) != 1 || pkis[0].CertificateAuthorities[0].Thumbprint != thumbprintOf(root) {
		t.Errorf("the PKI store holds %+v; %v", pkis, err)
	}
	if got := b.want(200, "GET", "/v1.0/users/bob@contoso.com?$select=accountEnabled", nil).body["accountEnabled"]; got != false {
		t.Errorf("accountEnabled is %v", got)
	}
}

// TestAnswersAgreeWithTables holds every object of every list and single answer against
// its table.
func TestAnswersAgreeWithTables(t *testing.T) {
	tenant := NewTenant()
	root := newCA(t, "root", year)
	tenant.ClassicCAs = []CertificateAuthority{{Certificate: root.Raw, IsRootAuthority: true}}
	tenant.PKIs = []PKI{{ID: "pki", DisplayName: "Contoso PKI", CertificateAuthorities: []CertificateAuthorityDetail{{ID: "ca", Certificate: root.Raw}}}}
	b := start(t, tenant, Options{})
	organization := "/v1.0/organization/" + b.server.OrganizationID()
	tests := []struct{ path, entity string }{
		{"/v1.0/organization", "organization"}, {organization, "organization"}, {"/v1.0/domains", "domain"},
		{"/v1.0/users", "user"}, {"/v1.0/me", "user"}, {"/v1.0/servicePrincipals", "servicePrincipal"},
		{organization + "/certificateBasedAuthConfiguration", classicType},
		{organization + "/certificateBasedAuthConfiguration/" + ClassicID, classicType},
		{"/v1.0" + pkiPath, pkiType}, {"/v1.0" + pkiPath + "/pki", pkiType},
		{"/v1.0" + pkiPath + "/pki/certificateAuthorities", caType}, {"/v1.0" + pkiPath + "/pki/certificateAuthorities/ca", caType},
		{"/v1.0/policies/authorizationPolicy", "authorizationPolicy"},
	}
	for _, test := range tests {
		body := b.want(200, "GET", test.path, nil).body
		objects, list := body["value"].([]any)
		delete(body, "@odata.context")
		if !list {
			objects = []any{body}
		}
		if len(objects) == 0 {
			t.Errorf("%s: nothing is listed", test.path)
		}
		for _, o := range objects {
			for key, value := range o.(map[string]any) { // what the seed leaves open is null here
				if value == nil {
					delete(o.(map[string]any), key)
				}
			}
			if err := b.server.types.Check(test.entity, o.(map[string]any), schema.Stored); err != nil {
				t.Errorf("%s: %v", test.path, err)
			}
		}
	}
	b.clean()
}
