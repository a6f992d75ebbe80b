package schema

import "slices"

// easEmailProfileBase is what the mail profiles of iOS and Windows share.
func easEmailProfileBase() []Property {
	return slices.Concat(deviceConfiguration(), []Property{
		{Name: "customDomainName", EDM: "Edm.String", Nullable: true},
		{Name: "userDomainNameSource", EDM: "domainNameSource", Nullable: true},
		{Name: "usernameAADSource", EDM: "usernameSource", Nullable: true},
		{Name: "usernameSource", EDM: "userEmailSource"},
	})
}

// workProfileMailBase is what the mail profiles of the work profile share.
func workProfileMailBase() []Property {
	return slices.Concat(deviceConfiguration(), []Property{
		{Name: "authenticationMethod", EDM: "easAuthenticationMethod"},
		{Name: "durationOfEmailToSync", EDM: "emailSyncDuration"},
		{Name: "emailAddressSource", EDM: "userEmailSource"},
		{Name: "hostName", EDM: "Edm.String"},
		{Name: "requireSsl", EDM: "Edm.Boolean"},
		{Name: "usernameSource", EDM: "androidUsernameSource"},
		{Name: "identityCertificate", EDM: "androidWorkProfileCertificateProfileBase", Navigation: true},
	})
}

// mailTypes are the mail profiles of iOS and Windows.
func mailTypes() []Type {
	return []Type{
		{Name: "easEmailProfileConfigurationBase", Kind: Entity, Base: "deviceConfiguration", Abstract: true, Properties: easEmailProfileBase()},
		{Name: "iosEasEmailProfileConfiguration", Kind: Entity, Base: "easEmailProfileConfigurationBase", Properties: slices.Concat(easEmailProfileBase(), []Property{
			{Name: "accountName", EDM: "Edm.String"},
			{Name: "authenticationMethod", EDM: "easAuthenticationMethod", Nullable: true},
			{Name: "blockMovingMessagesToOtherEmailAccounts", EDM: "Edm.Boolean", Nullable: true},
			{Name: "blockSendingEmailFromThirdPartyApps", EDM: "Edm.Boolean", Nullable: true},
			{Name: "blockSyncingRecentlyUsedEmailAddresses", EDM: "Edm.Boolean", Nullable: true},
			{Name: "durationOfEmailToSync", EDM: "emailSyncDuration"},
			{Name: "easServices", EDM: "easServices", Nullable: true},
			{Name: "easServicesUserOverrideEnabled", EDM: "Edm.Boolean", Nullable: true},
			{Name: "emailAddressSource", EDM: "userEmailSource"},
			{Name: "encryptionCertificateType", EDM: "emailCertificateType", Nullable: true},
			{Name: "hostName", EDM: "Edm.String"},
			{Name: "perAppVPNProfileId", EDM: "Edm.String", Nullable: true},
			{Name: "requireSmime", EDM: "Edm.Boolean", Nullable: true},
			{Name: "requireSsl", EDM: "Edm.Boolean"},
			{Name: "signingCertificateType", EDM: "emailCertificateType", Nullable: true},
			{Name: "smimeEnablePerMessageSwitch", EDM: "Edm.Boolean", Nullable: true},
			{Name: "smimeEncryptByDefaultEnabled", EDM: "Edm.Boolean", Nullable: true},
			{Name: "smimeEncryptByDefaultUserOverrideEnabled", EDM: "Edm.Boolean", Nullable: true},
			{Name: "smimeEncryptionCertificateUserOverrideEnabled", EDM: "Edm.Boolean", Nullable: true},
			{Name: "smimeSigningCertificateUserOverrideEnabled", EDM: "Edm.Boolean", Nullable: true},
			{Name: "smimeSigningEnabled", EDM: "Edm.Boolean", Nullable: true},
			{Name: "smimeSigningUserOverrideEnabled", EDM: "Edm.Boolean", Nullable: true},
			{Name: "useOAuth", EDM: "Edm.Boolean", Nullable: true},
			{Name: "derivedCredentialSettings", EDM: "deviceManagementDerivedCredentialSettings", Navigation: true},
			{Name: "identityCertificate", EDM: "iosCertificateProfileBase", Navigation: true},
			{Name: "smimeEncryptionCertificate", EDM: "iosCertificateProfile", Navigation: true},
			{Name: "smimeSigningCertificate", EDM: "iosCertificateProfile", Navigation: true},
		})},
		{Name: "windows10EasEmailProfileConfiguration", Kind: Entity, Base: "easEmailProfileConfigurationBase", Properties: slices.Concat(easEmailProfileBase(), []Property{
			{Name: "accountName", EDM: "Edm.String"},
			{Name: "durationOfEmailToSync", EDM: "emailSyncDuration"},
			{Name: "emailAddressSource", EDM: "userEmailSource"},
			{Name: "emailSyncSchedule", EDM: "emailSyncSchedule"},
			{Name: "hostName", EDM: "Edm.String"},
			{Name: "requireSsl", EDM: "Edm.Boolean"},
			{Name: "syncCalendar", EDM: "Edm.Boolean"},
			{Name: "syncContacts", EDM: "Edm.Boolean"},
			{Name: "syncTasks", EDM: "Edm.Boolean"},
		})},
		{Name: "deviceManagementDerivedCredentialSettings", Kind: Entity, Subset: true, Properties: []Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "displayName", EDM: "Edm.String"},
		}},
	}
}

// androidMailTypes are the mail profiles of Android: those of the work profile, and of
// the administration of devices that has ended.
func androidMailTypes() []Type {
	return []Type{
		{Name: "androidWorkProfileEasEmailProfileBase", Kind: Entity, Base: "deviceConfiguration", Abstract: true, Properties: workProfileMailBase()},
		{Name: "androidWorkProfileGmailEasConfiguration", Kind: Entity, Base: "androidWorkProfileEasEmailProfileBase", Properties: workProfileMailBase()},
		{Name: "androidWorkProfileNineWorkEasConfiguration", Kind: Entity, Base: "androidWorkProfileEasEmailProfileBase", Properties: slices.Concat(workProfileMailBase(), []Property{
			{Name: "syncCalendar", EDM: "Edm.Boolean"},
			{Name: "syncContacts", EDM: "Edm.Boolean"},
			{Name: "syncTasks", EDM: "Edm.Boolean"},
		})},
		{Name: "androidEasEmailProfileConfiguration", Kind: Entity, Base: "deviceConfiguration", Properties: slices.Concat(deviceConfiguration(), []Property{
			{Name: "accountName", EDM: "Edm.String"},
			{Name: "authenticationMethod", EDM: "easAuthenticationMethod"},
			{Name: "customDomainName", EDM: "Edm.String", Nullable: true},
			{Name: "durationOfEmailToSync", EDM: "emailSyncDuration"},
			{Name: "emailAddressSource", EDM: "userEmailSource"},
			{Name: "emailSyncSchedule", EDM: "emailSyncSchedule"},
			{Name: "hostName", EDM: "Edm.String"},
			{Name: "requireSmime", EDM: "Edm.Boolean"},
			{Name: "requireSsl", EDM: "Edm.Boolean"},
			{Name: "syncCalendar", EDM: "Edm.Boolean"},
			{Name: "syncContacts", EDM: "Edm.Boolean"},
			{Name: "syncNotes", EDM: "Edm.Boolean"},
			{Name: "syncTasks", EDM: "Edm.Boolean"},
			{Name: "userDomainNameSource", EDM: "domainNameSource", Nullable: true},
			{Name: "usernameSource", EDM: "androidUsernameSource"},
			{Name: "identityCertificate", EDM: "androidCertificateProfileBase", Navigation: true},
			{Name: "smimeSigningCertificate", EDM: "androidCertificateProfileBase", Navigation: true},
		})},
	}
}
