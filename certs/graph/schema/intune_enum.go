package schema

// intuneEnums are the enums of all types of Intune, in the order of their names. Which
// take lists is from the models of https://github.com/microsoftgraph/msgraph-beta-sdk-go.
func intuneEnums() []Type {
	return []Type{
		{Name: "androidAppCredentialProviderRoleState", Kind: Enum, Members: []string{"notConfigured", "allowed", "unknownFutureValue"}},
		{Name: "androidDeviceOwnerCertificateAccessType", Kind: Enum, Members: []string{"userApproval", "specificApps", "unknownFutureValue"}},
		{Name: "androidManagedStoreAppConfigurationSchemaItemDataType", Kind: Enum, Members: []string{"bool", "integer", "string", "choice", "multiselect", "bundle", "bundleArray", "hidden"}},
		{Name: "androidPermissionActionType", Kind: Enum, Members: []string{"prompt", "autoGrant", "autoDeny"}},
		{Name: "androidProfileApplicability", Kind: Enum, Members: []string{"default", "androidWorkProfile", "androidDeviceOwner"}},
		{Name: "androidUsernameSource", Kind: Enum, Members: []string{"username", "userPrincipalName", "samAccountName", "primarySmtpAddress"}},
		{Name: "appleSubjectNameFormat", Kind: Enum, Members: []string{"commonName", "commonNameAsEmail", "custom", "commonNameIncludingEmail", "commonNameAsIMEI", "commonNameAsSerialNumber"}},
		{Name: "certificateStore", Kind: Enum, Members: []string{"user", "machine"}},
		{Name: "certificateValidityPeriodScale", Kind: Enum, Members: []string{"days", "months", "years"}},
		{Name: "deviceAndAppManagementAssignmentFilterType", Kind: Enum, Members: []string{"none", "include", "exclude"}},
		{Name: "deviceAndAppManagementAssignmentSource", Kind: Enum, Members: []string{"direct", "policySets"}},
		{Name: "deviceConfigAssignmentIntent", Kind: Enum, Members: []string{"apply", "remove"}},
		{Name: "deviceManagementApplicabilityRuleType", Kind: Enum, Members: []string{"include", "exclude"}},
		{Name: "deviceManagementCertificationAuthority", Kind: Enum, Members: []string{"notConfigured", "microsoft", "digiCert"}},
		{Name: "domainNameSource", Kind: Enum, Members: []string{"fullDomainName", "netBiosDomainName"}},
		{Name: "easAuthenticationMethod", Kind: Enum, Members: []string{"usernameAndPassword", "certificate", "derivedCredential"}},
		{Name: "easServices", Kind: Enum, Flags: true, Members: []string{"none", "calendars", "contacts", "email", "notes", "reminders"}},
		{Name: "emailCertificateType", Kind: Enum, Members: []string{"none", "certificate", "derivedCredential"}},
		{Name: "emailSyncDuration", Kind: Enum, Members: []string{"userDefined", "oneDay", "threeDays", "oneWeek", "twoWeeks", "oneMonth", "unlimited"}},
		{Name: "emailSyncSchedule", Kind: Enum, Members: []string{"userDefined", "asMessagesArrive", "manual", "fifteenMinutes", "thirtyMinutes", "sixtyMinutes", "basedOnMyUsage"}},
		{Name: "hashAlgorithms", Kind: Enum, Flags: true, Members: []string{"sha1", "sha2"}},
		{Name: "intendedPurpose", Kind: Enum, Members: []string{"unassigned", "smimeEncryption", "smimeSigning", "vpn", "wifi"}},
		{Name: "keySize", Kind: Enum, Members: []string{"size1024", "size2048", "size4096"}},
		{Name: "keyUsages", Kind: Enum, Flags: true, Members: []string{"keyEncipherment", "digitalSignature"}},
		{Name: "mdmAppConfigKeyType", Kind: Enum, Members: []string{"stringType", "integerType", "realType", "booleanType", "tokenType"}},
		{Name: "subjectAlternativeNameType", Kind: Enum, Flags: true, Members: []string{"none", "emailAddress", "userPrincipalName", "customAzureADAttribute", "domainNameService", "universalResourceIdentifier"}},
		{Name: "subjectNameFormat", Kind: Enum, Members: []string{"commonName", "commonNameIncludingEmail", "commonNameAsEmail", "custom", "commonNameAsIMEI", "commonNameAsSerialNumber", "commonNameAsAadDeviceId", "commonNameAsIntuneDeviceId", "commonNameAsDurableDeviceId"}},
		{Name: "userEmailSource", Kind: Enum, Members: []string{"userPrincipalName", "primarySmtpAddress"}},
		{Name: "usernameSource", Kind: Enum, Members: []string{"userPrincipalName", "primarySmtpAddress", "samAccountName"}},
		{Name: "userPfxIntendedPurpose", Kind: Enum, Members: []string{"unassigned", "smimeEncryption", "smimeSigning", "vpn", "wifi"}},
		{Name: "userPfxPaddingScheme", Kind: Enum, Members: []string{"none", "pkcs1", "oaepSha1", "oaepSha256", "oaepSha384", "oaepSha512"}},
		{Name: "windows10DeviceModeType", Kind: Enum, Members: []string{"standardConfiguration", "sModeConfiguration"}},
		{Name: "windows10EditionType", Kind: Enum, Members: []string{"windows10Enterprise", "windows10EnterpriseN", "windows10Education", "windows10EducationN", "windows10MobileEnterprise", "windows10HolographicEnterprise", "windows10Professional", "windows10ProfessionalN", "windows10ProfessionalEducation", "windows10ProfessionalEducationN", "windows10ProfessionalWorkstation", "windows10ProfessionalWorkstationN", "notConfigured", "windows10Home", "windows10HomeChina", "windows10HomeN", "windows10HomeSingleLanguage", "windows10Mobile", "windows10IoTCore", "windows10IoTCoreCommercial"}},
	}
}
