package schema

import "slices"

// workProfileCertificateBase is what the certificate profiles of the work profile share.
func workProfileCertificateBase() []Property {
	return slices.Concat(deviceConfiguration(), []Property{
		{Name: "certificateValidityPeriodScale", EDM: "certificateValidityPeriodScale"},
		{Name: "certificateValidityPeriodValue", EDM: "Edm.Int32"},
		{Name: "extendedKeyUsages", EDM: "extendedKeyUsage", Collection: true, Max: 500},
		{Name: "renewalThresholdPercentage", EDM: "Edm.Int32"},
		{Name: "subjectAlternativeNameType", EDM: "subjectAlternativeNameType", Nullable: true},
		{Name: "subjectNameFormat", EDM: "subjectNameFormat"},
		{Name: "rootCertificate", EDM: "androidWorkProfileTrustedRootCertificate", Navigation: true},
	})
}

// deviceOwnerCertificateBase is what the certificate profiles of fully managed devices
// share.
func deviceOwnerCertificateBase() []Property {
	return slices.Concat(deviceConfiguration(), []Property{
		{Name: "certificateValidityPeriodScale", EDM: "certificateValidityPeriodScale"},
		{Name: "certificateValidityPeriodValue", EDM: "Edm.Int32"},
		{Name: "extendedKeyUsages", EDM: "extendedKeyUsage", Collection: true, Max: 500},
		{Name: "renewalThresholdPercentage", EDM: "Edm.Int32"},
		{Name: "subjectAlternativeNameType", EDM: "subjectAlternativeNameType", Nullable: true},
		{Name: "subjectNameFormat", EDM: "subjectNameFormat", Nullable: true},
		{Name: "rootCertificate", EDM: "androidDeviceOwnerTrustedRootCertificate", Navigation: true},
	})
}

// workProfileCertificateTypes bring roots and certificates to the work profile.
func workProfileCertificateTypes() []Type {
	return []Type{
		trustedRoot("androidWorkProfileTrustedRootCertificate"),
		{Name: "androidWorkProfileCertificateProfileBase", Kind: Entity, Base: "deviceConfiguration", Abstract: true, Properties: workProfileCertificateBase()},
		{Name: "androidWorkProfilePkcsCertificateProfile", Kind: Entity, Base: "androidWorkProfileCertificateProfileBase", Properties: slices.Concat(workProfileCertificateBase(), []Property{
			{Name: "certificateStore", EDM: "certificateStore", Nullable: true},
			{Name: "certificateTemplateName", EDM: "Edm.String"},
			{Name: "certificationAuthority", EDM: "Edm.String"},
			{Name: "certificationAuthorityName", EDM: "Edm.String"},
			{Name: "customSubjectAlternativeNames", EDM: "customSubjectAlternativeName", Collection: true, Max: 500},
			{Name: "subjectAlternativeNameFormatString", EDM: "Edm.String", Nullable: true},
			{Name: "subjectNameFormatString", EDM: "Edm.String", Nullable: true},
			{Name: "managedDeviceCertificateStates", EDM: "managedDeviceCertificateState", Collection: true, Navigation: true},
		})},
		{Name: "androidWorkProfileScepCertificateProfile", Kind: Entity, Base: "androidWorkProfileCertificateProfileBase", Properties: slices.Concat(workProfileCertificateBase(), []Property{
			{Name: "certificateStore", EDM: "certificateStore", Nullable: true},
			{Name: "customSubjectAlternativeNames", EDM: "customSubjectAlternativeName", Collection: true, Max: 500},
			{Name: "hashAlgorithm", EDM: "hashAlgorithms"},
			{Name: "keySize", EDM: "keySize"},
			{Name: "keyUsage", EDM: "keyUsages"},
			{Name: "scepServerUrls", EDM: "Edm.String", Collection: true},
			{Name: "subjectAlternativeNameFormatString", EDM: "Edm.String", Nullable: true},
			{Name: "subjectNameFormatString", EDM: "Edm.String", Nullable: true},
			{Name: "managedDeviceCertificateStates", EDM: "managedDeviceCertificateState", Collection: true, Navigation: true},
		})},
	}
}

// deviceOwnerCertificateTypes bring roots and certificates to fully managed devices.
// The last is of the administration of devices that has ended: mail profiles name it.
func deviceOwnerCertificateTypes() []Type {
	return []Type{
		trustedRoot("androidDeviceOwnerTrustedRootCertificate"),
		{Name: "androidDeviceOwnerCertificateProfileBase", Kind: Entity, Base: "deviceConfiguration", Abstract: true, Properties: deviceOwnerCertificateBase()},
		{Name: "androidDeviceOwnerPkcsCertificateProfile", Kind: Entity, Base: "androidDeviceOwnerCertificateProfileBase", Properties: slices.Concat(deviceOwnerCertificateBase(), []Property{
			{Name: "certificateAccessType", EDM: "androidDeviceOwnerCertificateAccessType", Nullable: true},
			{Name: "certificateStore", EDM: "certificateStore"},
			{Name: "certificateTemplateName", EDM: "Edm.String"},
			{Name: "certificationAuthority", EDM: "Edm.String"},
			{Name: "certificationAuthorityName", EDM: "Edm.String", Nullable: true},
			{Name: "certificationAuthorityType", EDM: "deviceManagementCertificationAuthority"},
			{Name: "customSubjectAlternativeNames", EDM: "customSubjectAlternativeName", Collection: true, Max: 500},
			{Name: "silentCertificateAccessDetails", EDM: "androidDeviceOwnerSilentCertificateAccess", Collection: true, Max: 50},
			{Name: "subjectAlternativeNameFormatString", EDM: "Edm.String", Nullable: true},
			{Name: "subjectNameFormatString", EDM: "Edm.String"},
			{Name: "managedDeviceCertificateStates", EDM: "managedDeviceCertificateState", Collection: true, Navigation: true},
		})},
		{Name: "androidDeviceOwnerScepCertificateProfile", Kind: Entity, Base: "androidDeviceOwnerCertificateProfileBase", Properties: slices.Concat(deviceOwnerCertificateBase(), []Property{
			{Name: "certificateAccessType", EDM: "androidDeviceOwnerCertificateAccessType", Nullable: true},
			{Name: "certificateStore", EDM: "certificateStore", Nullable: true},
			{Name: "customSubjectAlternativeNames", EDM: "customSubjectAlternativeName", Collection: true, Max: 500},
			{Name: "hashAlgorithm", EDM: "hashAlgorithms"},
			{Name: "keySize", EDM: "keySize"},
			{Name: "keyUsage", EDM: "keyUsages"},
			{Name: "scepServerUrls", EDM: "Edm.String", Collection: true},
			{Name: "silentCertificateAccessDetails", EDM: "androidDeviceOwnerSilentCertificateAccess", Collection: true, Max: 50},
			{Name: "subjectAlternativeNameFormatString", EDM: "Edm.String", Nullable: true},
			{Name: "subjectNameFormatString", EDM: "Edm.String", Nullable: true},
			{Name: "managedDeviceCertificateStates", EDM: "managedDeviceCertificateState", Collection: true, Navigation: true},
		})},
		{Name: "androidDeviceOwnerImportedPFXCertificateProfile", Kind: Entity, Base: "androidDeviceOwnerCertificateProfileBase", Properties: slices.Concat(deviceOwnerCertificateBase(), []Property{
			{Name: "certificateAccessType", EDM: "androidDeviceOwnerCertificateAccessType", Nullable: true},
			{Name: "intendedPurpose", EDM: "intendedPurpose"},
			{Name: "silentCertificateAccessDetails", EDM: "androidDeviceOwnerSilentCertificateAccess", Collection: true, Max: 50},
			{Name: "managedDeviceCertificateStates", EDM: "managedDeviceCertificateState", Collection: true, Navigation: true},
		})},
		{Name: "androidCertificateProfileBase", Kind: Entity, Base: "deviceConfiguration", Abstract: true, Subset: true, Properties: deviceConfiguration()},
	}
}
