package graphtest

import "github.com/easkit/easkit/certs/graph/schema"

// directoryTypes are the types of organisations and domains.
// What is read-only, and which properties of a user come without $select, is from
// https://learn.microsoft.com/graph/api/resources/user.
func directoryTypes() []schema.Type {
	return []schema.Type{
		{Name: "organization", Kind: schema.Entity, Subset: true, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "countryLetterCode", EDM: "Edm.String", Nullable: true},
			{Name: "createdDateTime", EDM: "Edm.DateTimeOffset", Nullable: true},
			{Name: "deletedDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true},
			{Name: "displayName", EDM: "Edm.String", Nullable: true},
			{Name: "onPremisesLastSyncDateTime", EDM: "Edm.DateTimeOffset", Nullable: true},
			{Name: "onPremisesSyncEnabled", EDM: "Edm.Boolean", Nullable: true},
			{Name: "technicalNotificationMails", EDM: "Edm.String", Collection: true},
			{Name: "tenantType", EDM: "Edm.String", Nullable: true},
			{Name: "verifiedDomains", EDM: "verifiedDomain", Collection: true},
		}},
		{Name: "verifiedDomain", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "capabilities", EDM: "Edm.String", Nullable: true},
			{Name: "isDefault", EDM: "Edm.Boolean", Nullable: true},
			{Name: "isInitial", EDM: "Edm.Boolean", Nullable: true},
			{Name: "name", EDM: "Edm.String", Nullable: true},
			{Name: "type", EDM: "Edm.String", Nullable: true},
		}},
		{Name: "domain", Kind: schema.Entity, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "authenticationType", EDM: "Edm.String"},
			{Name: "availabilityStatus", EDM: "Edm.String", Nullable: true},
			{Name: "isAdminManaged", EDM: "Edm.Boolean"},
			{Name: "isDefault", EDM: "Edm.Boolean"},
			{Name: "isInitial", EDM: "Edm.Boolean"},
			{Name: "isRoot", EDM: "Edm.Boolean"},
			{Name: "isVerified", EDM: "Edm.Boolean"},
			{Name: "manufacturer", EDM: "Edm.String", Nullable: true},
			{Name: "model", EDM: "Edm.String", Nullable: true},
			{Name: "passwordNotificationWindowInDays", EDM: "Edm.Int32", Nullable: true},
			{Name: "passwordValidityPeriodInDays", EDM: "Edm.Int32", Nullable: true},
			{Name: "state", EDM: "domainState", Nullable: true},
			{Name: "supportedServices", EDM: "Edm.String", Collection: true},
		}},
		{Name: "domainState", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "lastActionDateTime", EDM: "Edm.DateTimeOffset", Nullable: true},
			{Name: "operation", EDM: "Edm.String", Nullable: true},
			{Name: "status", EDM: "Edm.String", Nullable: true},
		}},
	}
}

// userTypes are the types of users and groups.
func userTypes() []schema.Type {
	return []schema.Type{
		{Name: "user", Kind: schema.Entity, Subset: true, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "accountEnabled", EDM: "Edm.Boolean", Nullable: true, OnSelect: true},
			{Name: "authorizationInfo", EDM: "authorizationInfo", Nullable: true, OnSelect: true},
			{Name: "businessPhones", EDM: "Edm.String", Collection: true},
			{Name: "createdDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true, OnSelect: true},
			{Name: "deletedDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true, OnSelect: true},
			{Name: "displayName", EDM: "Edm.String", Nullable: true},
			{Name: "externalUserState", EDM: "Edm.String", Nullable: true, ReadOnly: true, OnSelect: true},
			{Name: "givenName", EDM: "Edm.String", Nullable: true},
			{Name: "jobTitle", EDM: "Edm.String", Nullable: true},
			{Name: "lastPasswordChangeDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true, OnSelect: true},
			{Name: "mail", EDM: "Edm.String", Nullable: true},
			{Name: "mailNickname", EDM: "Edm.String", Nullable: true, OnSelect: true},
			{Name: "mobilePhone", EDM: "Edm.String", Nullable: true},
			{Name: "officeLocation", EDM: "Edm.String", Nullable: true},
			{Name: "onPremisesImmutableId", EDM: "Edm.String", Nullable: true, OnSelect: true},
			{Name: "onPremisesSamAccountName", EDM: "Edm.String", Nullable: true, ReadOnly: true, OnSelect: true},
			{Name: "onPremisesSecurityIdentifier", EDM: "Edm.String", Nullable: true, ReadOnly: true, OnSelect: true},
			{Name: "onPremisesSyncEnabled", EDM: "Edm.Boolean", Nullable: true, ReadOnly: true, OnSelect: true},
			{Name: "onPremisesUserPrincipalName", EDM: "Edm.String", Nullable: true, ReadOnly: true, OnSelect: true},
			{Name: "otherMails", EDM: "Edm.String", Collection: true, OnSelect: true},
			{Name: "preferredLanguage", EDM: "Edm.String", Nullable: true},
			{Name: "proxyAddresses", EDM: "Edm.String", Collection: true, ReadOnly: true, OnSelect: true},
			{Name: "signInSessionsValidFromDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true, OnSelect: true},
			{Name: "surname", EDM: "Edm.String", Nullable: true},
			{Name: "usageLocation", EDM: "Edm.String", Nullable: true, OnSelect: true},
			{Name: "userPrincipalName", EDM: "Edm.String", Nullable: true},
			{Name: "userType", EDM: "Edm.String", Nullable: true, OnSelect: true},
		}},
		{Name: "authorizationInfo", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "certificateUserIds", EDM: "Edm.String", Collection: true, Nullable: true},
		}},
		{Name: "group", Kind: schema.Entity, Subset: true, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "createdDateTime", EDM: "Edm.DateTimeOffset", Nullable: true},
			{Name: "deletedDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true},
			{Name: "description", EDM: "Edm.String", Nullable: true},
			{Name: "displayName", EDM: "Edm.String", Nullable: true},
			{Name: "groupTypes", EDM: "Edm.String", Collection: true},
			{Name: "isAssignableToRole", EDM: "Edm.Boolean", Nullable: true},
			{Name: "mail", EDM: "Edm.String", Nullable: true},
			{Name: "mailEnabled", EDM: "Edm.Boolean", Nullable: true},
			{Name: "mailNickname", EDM: "Edm.String", Nullable: true},
			{Name: "membershipRule", EDM: "Edm.String", Nullable: true},
			{Name: "membershipRuleProcessingState", EDM: "Edm.String", Nullable: true},
			{Name: "onPremisesSyncEnabled", EDM: "Edm.Boolean", Nullable: true},
			{Name: "proxyAddresses", EDM: "Edm.String", Collection: true},
			{Name: "securityEnabled", EDM: "Edm.Boolean", Nullable: true},
			{Name: "visibility", EDM: "Edm.String", Nullable: true},
		}},
	}
}

// appTypes are the types of apps, and of what was consented and assigned to them.
func appTypes() []schema.Type {
	return []schema.Type{
		{Name: "servicePrincipal", Kind: schema.Entity, Subset: true, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "accountEnabled", EDM: "Edm.Boolean", Nullable: true},
			{Name: "appDisplayName", EDM: "Edm.String", Nullable: true},
			{Name: "appId", EDM: "Edm.String", Nullable: true},
			{Name: "appOwnerOrganizationId", EDM: "Edm.Guid", Nullable: true},
			{Name: "appRoleAssignmentRequired", EDM: "Edm.Boolean"},
			{Name: "appRoles", EDM: "appRole", Collection: true},
			{Name: "deletedDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true},
			{Name: "displayName", EDM: "Edm.String", Nullable: true},
			{Name: "oauth2PermissionScopes", EDM: "permissionScope", Collection: true},
			{Name: "servicePrincipalNames", EDM: "Edm.String", Collection: true},
			{Name: "servicePrincipalType", EDM: "Edm.String", Nullable: true},
			{Name: "signInAudience", EDM: "Edm.String", Nullable: true},
			{Name: "tags", EDM: "Edm.String", Collection: true},
		}},
		{Name: "appRole", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.Guid"},
			{Name: "allowedMemberTypes", EDM: "Edm.String", Collection: true},
			{Name: "description", EDM: "Edm.String", Nullable: true},
			{Name: "displayName", EDM: "Edm.String", Nullable: true},
			{Name: "isEnabled", EDM: "Edm.Boolean"},
			{Name: "origin", EDM: "Edm.String", Nullable: true},
			{Name: "value", EDM: "Edm.String", Nullable: true},
		}},
		{Name: "permissionScope", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.Guid"},
			{Name: "adminConsentDescription", EDM: "Edm.String", Nullable: true},
			{Name: "adminConsentDisplayName", EDM: "Edm.String", Nullable: true},
			{Name: "isEnabled", EDM: "Edm.Boolean"},
			{Name: "origin", EDM: "Edm.String", Nullable: true},
			{Name: "type", EDM: "Edm.String", Nullable: true},
			{Name: "userConsentDescription", EDM: "Edm.String", Nullable: true},
			{Name: "userConsentDisplayName", EDM: "Edm.String", Nullable: true},
			{Name: "value", EDM: "Edm.String", Nullable: true},
		}},
		{Name: "oAuth2PermissionGrant", Kind: schema.Entity, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "clientId", EDM: "Edm.String"},
			{Name: "consentType", EDM: "Edm.String", Nullable: true},
			{Name: "principalId", EDM: "Edm.String", Nullable: true},
			{Name: "resourceId", EDM: "Edm.String"},
			{Name: "scope", EDM: "Edm.String", Nullable: true},
		}},
		{Name: "appRoleAssignment", Kind: schema.Entity, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "appRoleId", EDM: "Edm.Guid"},
			{Name: "createdDateTime", EDM: "Edm.DateTimeOffset", Nullable: true},
			{Name: "deletedDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true},
			{Name: "principalDisplayName", EDM: "Edm.String", Nullable: true},
			{Name: "principalId", EDM: "Edm.Guid", Nullable: true},
			{Name: "principalType", EDM: "Edm.String", Nullable: true},
			{Name: "resourceDisplayName", EDM: "Edm.String", Nullable: true},
			{Name: "resourceId", EDM: "Edm.Guid", Nullable: true},
		}},
	}
}
