package graphtest

// Well-known apps, the same in every tenant
// (https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in).
const (
	// AppExchangeOnline is Office 365 Exchange Online.
	AppExchangeOnline = "00000002-0000-0ff1-ce00-000000000000"
	// AppAppleInternetAccounts is the app by which iOS Mail signs in.
	AppAppleInternetAccounts = "f8d98a96-0999-43f5-8af3-69971c7bb423"
)

// NewTenant gives a tenant in which certificate sign-in is on and set up in a usual
// way: one domain, two users in one group, the app of iOS Mail with consent, and no CA
// yet. Change what a test needs before it goes to [New].
func NewTenant() Tenant {
	exchange := stableID("servicePrincipal", AppExchangeOnline)
	return Tenant{
		Organization: Organization{DisplayName: "Contoso", VerifiedDomains: []VerifiedDomain{
			{Name: "contoso.com", IsDefault: true, Type: "Managed"}, {Name: "contoso.onmicrosoft.com", IsInitial: true, Type: "Managed"}}},
		Domains: []Domain{
			{ID: "contoso.com", IsVerified: true, IsDefault: true, IsRoot: true, IsAdminManaged: true, SupportedServices: []string{"Email"}},
			{ID: "contoso.onmicrosoft.com", IsVerified: true, IsInitial: true, IsRoot: true, IsAdminManaged: true, SupportedServices: []string{"Email"}}},
		Users: []User{
			{UserPrincipalName: "alice@contoso.com", DisplayName: "Alice Example", Mail: "alice@contoso.com", ProxyAddresses: []string{"SMTP:alice@contoso.com"}},
			{UserPrincipalName: "bob@contoso.com", DisplayName: "Bob Example", Mail: "bob@contoso.com", ProxyAddresses: []string{"SMTP:bob@contoso.com"}}},
		Groups: []Group{{DisplayName: "Certificate users", SecurityEnabled: true, Members: []string{"alice@contoso.com", "bob@contoso.com"}}},
		ServicePrincipals: []ServicePrincipal{
			{AppID: AppExchangeOnline, DisplayName: "Office 365 Exchange Online", ServicePrincipalType: "Application"},
			{AppID: AppAppleInternetAccounts, DisplayName: "Apple Internet Accounts", ServicePrincipalType: "Application",
				Grants: []PermissionGrant{{ConsentType: "AllPrincipals", ResourceID: exchange, Scope: "EAS.AccessAsUser.All"}}}},
		X509Method:          defaultMethod(),
		SecurityDefaults:    Object{"id": "00000000-0000-0000-0000-000000000005", "displayName": "Security Defaults", "isEnabled": false},
		AuthorizationPolicy: defaultAuthorization(),
	}
}

// defaultMethod is on for the group of NewTenant, with the bindings that Microsoft
// starts with (https://learn.microsoft.com/entra/identity/authentication/how-to-certificate-based-authentication).
func defaultMethod() Object {
	return Object{
		"id": "X509Certificate", "state": "enabled",
		"certificateUserBindings": []any{
			map[string]any{"x509CertificateField": "PrincipalName", "userProperty": "userPrincipalName", "priority": 1.0, "trustAffinityLevel": "low"},
			map[string]any{"x509CertificateField": "RFC822Name", "userProperty": "userPrincipalName", "priority": 2.0, "trustAffinityLevel": "low"}},
		"authenticationModeConfiguration": map[string]any{
			"x509CertificateAuthenticationDefaultMode":    "x509CertificateMultiFactor",
			"x509CertificateDefaultRequiredAffinityLevel": "low", "rules": []any{}},
		"crlValidationConfiguration": map[string]any{"state": "disabled", "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": []any{}},
		"issuerHintsConfiguration":   map[string]any{"state": "disabled"},
		"includeTargets": []any{map[string]any{
			"targetType": "group", "id": stableID("group", "Certificate users"), "isRegistrationRequired": false}},
		"excludeTargets": []any{}, "certificateAuthorityScopes": []any{},
	}
}

func defaultAuthorization() Object {
	return Object{
		"id": "authorizationPolicy", "displayName": "Authorization Policy", "allowInvitesFrom": "everyone",
		"allowedToSignUpEmailBasedSubscriptions": true, "allowedToUseSSPR": true,
		"allowEmailVerifiedUsersToJoinOrganization": false, "allowUserConsentForRiskyApps": false, "blockMsolPowerShell": false,
		"defaultUserRolePermissions": map[string]any{
			"allowedToCreateApps": true, "allowedToCreateSecurityGroups": true, "allowedToReadOtherUsers": true,
			"permissionGrantPoliciesAssigned": []any{"ManagePermissionGrantsForSelf.microsoft-user-default-recommended"}},
	}
}
