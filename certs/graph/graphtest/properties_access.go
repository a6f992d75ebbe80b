package graphtest

import "github.com/easkit/easkit/certs/graph/schema"

// accessTypes are the types of Conditional Access.
// What they refer to and is not here (risk levels, session controls, filters) is taken
// as it comes: nothing reads it.
func accessTypes() []schema.Type {
	return []schema.Type{
		{Name: "conditionalAccessPolicy", Kind: schema.Entity, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "conditions", EDM: "conditionalAccessConditionSet"},
			{Name: "createdDateTime", EDM: "Edm.DateTimeOffset", Nullable: true},
			{Name: "deletedDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true},
			{Name: "description", EDM: "Edm.String", Nullable: true},
			{Name: "displayName", EDM: "Edm.String"},
			{Name: "grantControls", EDM: "conditionalAccessGrantControls", Nullable: true},
			{Name: "modifiedDateTime", EDM: "Edm.DateTimeOffset", Nullable: true},
			{Name: "sessionControls", EDM: "conditionalAccessSessionControls", Nullable: true},
			{Name: "state", EDM: "conditionalAccessPolicyState"},
			{Name: "templateId", EDM: "Edm.String", Nullable: true},
		}},
		{Name: "conditionalAccessPolicyState", Kind: schema.Enum, Members: []string{"enabled", "disabled", "enabledForReportingButNotEnforced"}},
		{Name: "conditionalAccessConditionSet", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "applications", EDM: "conditionalAccessApplications", Nullable: true},
			{Name: "authenticationFlows", EDM: "conditionalAccessAuthenticationFlows", Nullable: true},
			{Name: "clientApplications", EDM: "conditionalAccessClientApplications", Nullable: true},
			{Name: "clientAppTypes", EDM: "conditionalAccessClientApp", Collection: true},
			{Name: "devices", EDM: "conditionalAccessDevices", Nullable: true},
			{Name: "insiderRiskLevels", EDM: "conditionalAccessInsiderRiskLevels", Nullable: true},
			{Name: "locations", EDM: "conditionalAccessLocations", Nullable: true},
			{Name: "platforms", EDM: "conditionalAccessPlatforms", Nullable: true},
			{Name: "servicePrincipalRiskLevels", EDM: "riskLevel", Collection: true},
			{Name: "signInRiskLevels", EDM: "riskLevel", Collection: true},
			{Name: "userRiskLevels", EDM: "riskLevel", Collection: true},
			{Name: "users", EDM: "conditionalAccessUsers", Nullable: true},
		}},
		{Name: "conditionalAccessUsers", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "excludeGroups", EDM: "Edm.String", Collection: true},
			{Name: "excludeGuestsOrExternalUsers", EDM: "conditionalAccessGuestsOrExternalUsers", Nullable: true},
			{Name: "excludeRoles", EDM: "Edm.String", Collection: true},
			{Name: "excludeUsers", EDM: "Edm.String", Collection: true},
			{Name: "includeGroups", EDM: "Edm.String", Collection: true},
			{Name: "includeGuestsOrExternalUsers", EDM: "conditionalAccessGuestsOrExternalUsers", Nullable: true},
			{Name: "includeRoles", EDM: "Edm.String", Collection: true},
			{Name: "includeUsers", EDM: "Edm.String", Collection: true},
		}},
		{Name: "conditionalAccessApplications", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "applicationFilter", EDM: "conditionalAccessFilter", Nullable: true},
			{Name: "excludeApplications", EDM: "Edm.String", Collection: true},
			{Name: "includeApplications", EDM: "Edm.String", Collection: true},
			{Name: "includeAuthenticationContextClassReferences", EDM: "Edm.String", Collection: true},
			{Name: "includeUserActions", EDM: "Edm.String", Collection: true},
		}},
		{Name: "conditionalAccessClientApp", Kind: schema.Enum, Members: []string{
			"all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported",
			"other", "unknownFutureValue",
		}},
		{Name: "conditionalAccessPlatforms", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "excludePlatforms", EDM: "conditionalAccessDevicePlatform", Collection: true},
			{Name: "includePlatforms", EDM: "conditionalAccessDevicePlatform", Collection: true},
		}},
		{Name: "conditionalAccessDevicePlatform", Kind: schema.Enum, Members: []string{
			"android", "iOS", "windows", "windowsPhone", "macOS",
			"all", "unknownFutureValue", "linux",
		}},
		{Name: "conditionalAccessAuthenticationFlows", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "transferMethods", EDM: "conditionalAccessTransferMethods"},
		}},
		{Name: "conditionalAccessTransferMethods", Kind: schema.Enum, Flags: true, Members: []string{
			"none", "deviceCodeFlow", "authenticationTransfer", "unknownFutureValue",
		}},
	}
}

// grantTypes are what a policy of Conditional Access asks for.
func grantTypes() []schema.Type {
	return []schema.Type{
		{Name: "conditionalAccessGrantControls", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "authenticationStrength", EDM: "authenticationStrengthPolicy", Navigation: true},
			{Name: "builtInControls", EDM: "conditionalAccessGrantControl", Collection: true},
			{Name: "customAuthenticationFactors", EDM: "Edm.String", Collection: true},
			{Name: "operator", EDM: "Edm.String", Nullable: true},
			{Name: "termsOfUse", EDM: "Edm.String", Collection: true},
		}},
		{Name: "conditionalAccessGrantControl", Kind: schema.Enum, Members: []string{
			"block", "mfa", "compliantDevice", "domainJoinedDevice", "approvedApplication",
			"compliantApplication", "passwordChange", "unknownFutureValue", "riskRemediation",
		}},
		{Name: "authenticationStrengthPolicy", Kind: schema.Entity, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "allowedCombinations", EDM: "authenticationMethodModes", Collection: true},
			{Name: "createdDateTime", EDM: "Edm.DateTimeOffset"},
			{Name: "description", EDM: "Edm.String", Nullable: true},
			{Name: "displayName", EDM: "Edm.String"},
			{Name: "modifiedDateTime", EDM: "Edm.DateTimeOffset"},
			{Name: "policyType", EDM: "authenticationStrengthPolicyType"},
			{Name: "requirementsSatisfied", EDM: "authenticationStrengthRequirements"},
		}},
		{Name: "authenticationStrengthPolicyType", Kind: schema.Enum, Members: []string{"builtIn", "custom", "unknownFutureValue"}},
		{Name: "authenticationMethodModes", Kind: schema.Enum, Flags: true, Members: []string{
			"password", "voice", "hardwareOath", "softwareOath", "sms",
			"fido2", "windowsHelloForBusiness", "microsoftAuthenticatorPush", "deviceBasedPush", "temporaryAccessPassOneTime",
			"temporaryAccessPassMultiUse", "email", "x509CertificateSingleFactor", "x509CertificateMultiFactor", "federatedSingleFactor",
			"federatedMultiFactor", "unknownFutureValue", "qrCodePin",
		}},
		{Name: "authenticationStrengthRequirements", Kind: schema.Enum, Flags: true, Members: []string{"none", "mfa", "unknownFutureValue"}},
	}
}

// policyTypes are those of the tenant's other policies.
func policyTypes() []schema.Type {
	return []schema.Type{
		{Name: "identitySecurityDefaultsEnforcementPolicy", Kind: schema.Entity, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "deletedDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true},
			{Name: "description", EDM: "Edm.String", Nullable: true},
			{Name: "displayName", EDM: "Edm.String", Nullable: true},
			{Name: "isEnabled", EDM: "Edm.Boolean"},
		}},
		{Name: "authorizationPolicy", Kind: schema.Entity, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "allowedToSignUpEmailBasedSubscriptions", EDM: "Edm.Boolean"},
			{Name: "allowedToUseSSPR", EDM: "Edm.Boolean"},
			{Name: "allowEmailVerifiedUsersToJoinOrganization", EDM: "Edm.Boolean"},
			{Name: "allowInvitesFrom", EDM: "allowInvitesFrom", Nullable: true},
			{Name: "allowUserConsentForRiskyApps", EDM: "Edm.Boolean", Nullable: true},
			{Name: "blockMsolPowerShell", EDM: "Edm.Boolean", Nullable: true},
			{Name: "defaultUserRolePermissions", EDM: "defaultUserRolePermissions"},
			{Name: "deletedDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true},
			{Name: "description", EDM: "Edm.String", Nullable: true},
			{Name: "displayName", EDM: "Edm.String", Nullable: true},
			{Name: "guestUserRoleId", EDM: "Edm.Guid", Nullable: true},
		}},
		{Name: "allowInvitesFrom", Kind: schema.Enum, Members: []string{
			"none", "adminsAndGuestInviters", "adminsGuestInvitersAndAllMembers", "everyone", "unknownFutureValue",
		}},
		{Name: "defaultUserRolePermissions", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "allowedToCreateApps", EDM: "Edm.Boolean"},
			{Name: "allowedToCreateSecurityGroups", EDM: "Edm.Boolean"},
			{Name: "allowedToCreateTenants", EDM: "Edm.Boolean", Nullable: true},
			{Name: "allowedToReadBitlockerKeysForOwnedDevice", EDM: "Edm.Boolean", Nullable: true},
			{Name: "allowedToReadOtherUsers", EDM: "Edm.Boolean"},
			{Name: "permissionGrantPoliciesAssigned", EDM: "Edm.String", Collection: true, Nullable: true},
		}},
		{Name: "featureRolloutPolicy", Kind: schema.Entity, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "appliesTo", EDM: "directoryObject", Collection: true, Navigation: true},
			{Name: "description", EDM: "Edm.String", Nullable: true},
			{Name: "displayName", EDM: "Edm.String"},
			{Name: "feature", EDM: "stagedFeatureName"},
			{Name: "isAppliedToOrganization", EDM: "Edm.Boolean"},
			{Name: "isEnabled", EDM: "Edm.Boolean"},
		}},
		{Name: "stagedFeatureName", Kind: schema.Enum, Members: []string{
			"passthroughAuthentication", "seamlessSso", "passwordHashSync", "emailAsAlternateId", "unknownFutureValue",
			"certificateBasedAuthentication", "multiFactorAuthentication",
		}},
		{Name: "directoryObject", Kind: schema.Entity, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "deletedDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true},
		}},
	}
}
