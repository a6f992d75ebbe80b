package schema

import "slices"

// iosCertificateBase is what the profiles share by which iOS gets certificates of
// authorities.
func iosCertificateBase() []Property {
	return slices.Concat(deviceConfiguration(), []Property{
		{Name: "certificateValidityPeriodScale", EDM: "certificateValidityPeriodScale"},
		{Name: "certificateValidityPeriodValue", EDM: "Edm.Int32"},
		{Name: "renewalThresholdPercentage", EDM: "Edm.Int32"},
		{Name: "subjectAlternativeNameType", EDM: "subjectAlternativeNameType", Nullable: true},
		{Name: "subjectNameFormat", EDM: "appleSubjectNameFormat"},
	})
}

// iosCertificateTypes bring roots and certificates to iOS.
func iosCertificateTypes() []Type {
	return []Type{
		trustedRoot("iosTrustedRootCertificate"),
		{Name: "iosCertificateProfile", Kind: Entity, Base: "deviceConfiguration", Abstract: true, Properties: deviceConfiguration()},
		{Name: "iosCertificateProfileBase", Kind: Entity, Base: "iosCertificateProfile", Abstract: true, Properties: iosCertificateBase()},
		{Name: "iosPkcsCertificateProfile", Kind: Entity, Base: "iosCertificateProfileBase", Properties: slices.Concat(iosCertificateBase(), []Property{
			{Name: "certificateStore", EDM: "certificateStore", Nullable: true},
			{Name: "certificateTemplateName", EDM: "Edm.String"},
			{Name: "certificationAuthority", EDM: "Edm.String"},
			{Name: "certificationAuthorityName", EDM: "Edm.String"},
			{Name: "customSubjectAlternativeNames", EDM: "customSubjectAlternativeName", Collection: true, Max: 500},
			{Name: "subjectAlternativeNameFormatString", EDM: "Edm.String", Nullable: true},
			{Name: "subjectNameFormatString", EDM: "Edm.String", Nullable: true},
			{Name: "managedDeviceCertificateStates", EDM: "managedDeviceCertificateState", Collection: true, Navigation: true},
		})},
		{Name: "iosScepCertificateProfile", Kind: Entity, Base: "iosCertificateProfileBase", Properties: slices.Concat(iosCertificateBase(), []Property{
			{Name: "certificateStore", EDM: "certificateStore", Nullable: true},
			{Name: "customSubjectAlternativeNames", EDM: "customSubjectAlternativeName", Collection: true, Max: 500},
			{Name: "extendedKeyUsages", EDM: "extendedKeyUsage", Collection: true, Max: 500},
			{Name: "keySize", EDM: "keySize"},
			{Name: "keyUsage", EDM: "keyUsages"},
			{Name: "scepServerUrls", EDM: "Edm.String", Collection: true},
			{Name: "subjectAlternativeNameFormatString", EDM: "Edm.String", Nullable: true},
			{Name: "subjectNameFormatString", EDM: "Edm.String", Nullable: true},
			{Name: "managedDeviceCertificateStates", EDM: "managedDeviceCertificateState", Collection: true, Navigation: true},
			{Name: "rootCertificate", EDM: "iosTrustedRootCertificate", Navigation: true},
		})},
		{Name: "iosImportedPFXCertificateProfile", Kind: Entity, Base: "iosCertificateProfile", Properties: slices.Concat(deviceConfiguration(), []Property{
			{Name: "intendedPurpose", EDM: "intendedPurpose"},
			{Name: "managedDeviceCertificateStates", EDM: "managedDeviceCertificateState", Collection: true, Navigation: true},
		})},
	}
}
