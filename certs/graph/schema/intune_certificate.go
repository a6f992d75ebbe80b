package schema

import "slices"

// certificateTypes are what the certificate profiles of all platforms consist of, and
// the certificates that are imported for them.
func certificateTypes() []Type {
	return []Type{
		{Name: "customSubjectAlternativeName", Kind: Complex, Properties: []Property{
			{Name: "name", EDM: "Edm.String", Nullable: true},
			{Name: "sanType", EDM: "subjectAlternativeNameType"},
		}},
		{Name: "extendedKeyUsage", Kind: Complex, Properties: []Property{
			{Name: "name", EDM: "Edm.String", Nullable: true},
			{Name: "objectIdentifier", EDM: "Edm.String", Nullable: true},
		}},
		{Name: "androidDeviceOwnerSilentCertificateAccess", Kind: Complex, Properties: []Property{
			{Name: "packageId", EDM: "Edm.String"},
		}},
		{Name: "userPFXCertificate", Kind: Entity, Properties: []Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "createdDateTime", EDM: "Edm.DateTimeOffset", ReadOnly: true},
			{Name: "encryptedPfxBlob", EDM: "Edm.Binary", Nullable: true},
			{Name: "encryptedPfxPassword", EDM: "Edm.String", Nullable: true},
			{Name: "expirationDateTime", EDM: "Edm.DateTimeOffset"},
			{Name: "intendedPurpose", EDM: "userPfxIntendedPurpose"},
			{Name: "keyName", EDM: "Edm.String", Nullable: true},
			{Name: "lastModifiedDateTime", EDM: "Edm.DateTimeOffset", ReadOnly: true},
			{Name: "paddingScheme", EDM: "userPfxPaddingScheme"},
			{Name: "providerName", EDM: "Edm.String", Nullable: true},
			{Name: "startDateTime", EDM: "Edm.DateTimeOffset"},
			{Name: "thumbprint", EDM: "Edm.String", Nullable: true},
			{Name: "userPrincipalName", EDM: "Edm.String", Nullable: true},
		}},
	}
}

// trustedRoot is the type of a platform that brings an authority.
func trustedRoot(name string) Type {
	return Type{Name: name, Kind: Entity, Base: "deviceConfiguration", Properties: slices.Concat(deviceConfiguration(), []Property{
		{Name: "certFileName", EDM: "Edm.String", Nullable: true},
		{Name: "trustedRootCertificate", EDM: "Edm.Binary"},
	})}
}
