package lab

import (
	"crypto/sha256"
	"fmt"

	"github.com/easkit/easkit/certs/graph/graphtest"
	"github.com/easkit/easkit/certs/lab"
)

// Organization is the name of the lab's tenant.
const Organization = "easkit lab"

// The made-up ids of the groups: certificateUsers is the one that the method is on for.
const (
	certificateUsers = "1ab00000-0000-4000-8000-000000000001"
	mailUsers        = "1ab00000-0000-4000-8000-000000000004"
)

// TenantID is the id of a lab's tenant: no two labs have the same, so that what was
// planned for one is not carried out in another. It is a UUID made of the root's
// SHA-256 (RFC 9562 section 5.8, version 8).
func TenantID(l *lab.Lab) string {
	h := sha256.Sum256(l.Root.Certificate.Raw)
	h[6] = h[6]&0x0f | 0x80 // the version
	h[8] = h[8]&0x3f | 0x80 // the variant
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// Tenant is the tenant of a lab: one where certificate sign-in is half set up, as it is
// on the way, so that checks have something to say. The method is on for a group, but
// a certificate counts as a single factor, which a policy finds too little; iOS Mail
// has no consent; one domain is federated; and only the root is in a trust store, the
// classic one. Intune has a mail profile with direct sign-in, which is to be replaced.
func Tenant(l *lab.Lab) graphtest.Tenant {
	t := graphtest.NewTenant()
	t.Organization = graphtest.Organization{ID: TenantID(l), DisplayName: Organization, VerifiedDomains: []graphtest.VerifiedDomain{
		{Name: "contoso.com", IsDefault: true, Type: "Managed"},
		{Name: "fabrikam.com", Type: "Federated"},
		{Name: "contoso.onmicrosoft.com", IsInitial: true, Type: "Managed"},
	}}
	t.Domains = append(t.Domains, graphtest.Domain{
		ID: "fabrikam.com", AuthenticationType: "Federated", IsVerified: true, IsRoot: true, IsAdminManaged: true, SupportedServices: []string{"Email"},
	})
	t.Users = users()
	t.Groups = []graphtest.Group{
		{ID: certificateUsers, DisplayName: certificateGroup, SecurityEnabled: true, Members: []string{"alice@contoso.com", "bob@contoso.com"}},
		{ID: mailUsers, DisplayName: MailUsers, SecurityEnabled: true, Members: []string{"alice@contoso.com", "carol@contoso.com"}},
	}
	for i := range t.ServicePrincipals {
		t.ServicePrincipals[i].Grants = nil
	}
	t.X509Method = method()
	t.ConditionalAccess = access()
	t.ClassicCAs = []graphtest.CertificateAuthority{{
		Certificate: l.Root.Certificate.Raw, IsRootAuthority: true, CertificateRevocationListURL: l.Root.CRLURL,
	}}
	t.MobileApps, t.IntuneObjects = mobileApps(), oldMail(l)
	return t
}

func users() []graphtest.User {
	user := func(name, display string) graphtest.User {
		address := name + "@contoso.com"
		return graphtest.User{UserPrincipalName: address, DisplayName: display, Mail: address, ProxyAddresses: []string{"SMTP:" + address},
			AuthorizationInfo: &graphtest.AuthorizationInfo{CertificateUserIDs: []string{}}}
	}
	bob := user("bob", "Bob Example")
	bob.OnPremisesSyncEnabled = true
	bob.OnPremisesUserPrincipalName = "bob@contoso.com"
	bob.OnPremisesSecurityIdentifier = "S-1-5-21-1004336348-1177238915-682003330-1105"
	admin := user("admin", "Admin Example")
	admin.Mail, admin.ProxyAddresses = "", nil
	return []graphtest.User{user("alice", "Alice Example"), bob, user("carol", "Carol Example"), admin}
}

// method is certificate sign-in for one group, with Microsoft's default binding. CAs
// without a CRL are refused, which is the safe setting.
func method() graphtest.Object {
	return graphtest.Object{
		"id": "X509Certificate", "state": "enabled",
		"certificateUserBindings": []any{map[string]any{
			"x509CertificateField": "PrincipalName", "userProperty": "userPrincipalName", "priority": 1, "trustAffinityLevel": "low",
		}},
		"authenticationModeConfiguration": map[string]any{
			"x509CertificateAuthenticationDefaultMode":    "x509CertificateSingleFactor",
			"x509CertificateDefaultRequiredAffinityLevel": "low", "rules": []any{},
		},
		"crlValidationConfiguration": map[string]any{"state": "enabled", "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": []any{}},
		"issuerHintsConfiguration":   map[string]any{"state": "disabled"},
		"includeTargets":             []any{map[string]any{"targetType": "group", "id": certificateUsers, "isRegistrationRequired": false}},
		"excludeTargets":             []any{}, "certificateAuthorityScopes": []any{},
	}
}

// access is a policy in force, which a single factor does not fulfil, and one that is
// only watched, which would end direct sign-in.
func access() []graphtest.Object {
	policy := func(id, name, state, control string, clients ...string) graphtest.Object {
		return graphtest.Object{
			"id": id, "displayName": name, "state": state,
			"conditions": map[string]any{
				"clientAppTypes": clients,
				"applications":   map[string]any{"includeApplications": []string{"All"}, "excludeApplications": []string{}},
				"users":          map[string]any{"includeUsers": []string{"All"}, "excludeUsers": []string{}},
			},
			"grantControls": map[string]any{"operator": "OR", "builtInControls": []string{control}},
		}
	}
	return []graphtest.Object{
		policy("1ab00000-0000-4000-8000-000000000002", "Require multifactor authentication for all users", "enabled", "mfa", "all"),
		policy("1ab00000-0000-4000-8000-000000000003", "Block legacy authentication", "enabledForReportingButNotEnforced", "block", "exchangeActiveSync", "other"),
	}
}
