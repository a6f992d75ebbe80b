package graphtest

import "github.com/easkit/easkit/certs/graph/schema"

// trustTypes are the types of both stores of trusted CAs. Required and read-only are
// from https://learn.microsoft.com/graph/api/resources/certificateauthority, of the
// same place certificateauthoritydetail and certificatebasedauthpki, and the pages on
// how to create them. Those pages spell deltacertificateRevocationListUrl; the CSDL
// spells deltaCertificateRevocationListUrl, and only that is taken.
func trustTypes() []schema.Type {
	return []schema.Type{
		{Name: "certificateBasedAuthConfiguration", Kind: schema.Entity, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "certificateAuthorities", EDM: "certificateAuthority", Collection: true, Required: true},
		}},
		{Name: "certificateAuthority", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "certificate", EDM: "Edm.Binary", Required: true},
			{Name: "certificateRevocationListUrl", EDM: "Edm.String", Nullable: true},
			{Name: "deltaCertificateRevocationListUrl", EDM: "Edm.String", Nullable: true},
			{Name: "isRootAuthority", EDM: "Edm.Boolean", Required: true},
			{Name: "issuer", EDM: "Edm.String", ReadOnly: true},
			{Name: "issuerSki", EDM: "Edm.String", ReadOnly: true},
		}},
		{Name: "certificateBasedAuthPki", Kind: schema.Entity, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "certificateAuthorities", EDM: "certificateAuthorityDetail", Collection: true, Navigation: true, ReadOnly: true},
			{Name: "deletedDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true},
			{Name: "displayName", EDM: "Edm.String", Nullable: true},
			{Name: "lastModifiedDateTime", EDM: "Edm.DateTimeOffset", ReadOnly: true},
			{Name: "status", EDM: "Edm.String", Nullable: true, ReadOnly: true},
			{Name: "statusDetails", EDM: "Edm.String", Nullable: true, ReadOnly: true},
		}},
		{Name: "certificateAuthorityDetail", Kind: schema.Entity, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "certificate", EDM: "Edm.Binary", Required: true},
			{Name: "certificateAuthorityType", EDM: "certificateAuthorityType", Nullable: true},
			{Name: "certificateRevocationListUrl", EDM: "Edm.String", Nullable: true},
			{Name: "createdDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true},
			{Name: "deletedDateTime", EDM: "Edm.DateTimeOffset", Nullable: true, ReadOnly: true},
			{Name: "deltaCertificateRevocationListUrl", EDM: "Edm.String", Nullable: true},
			{Name: "displayName", EDM: "Edm.String", Nullable: true},
			{Name: "expirationDateTime", EDM: "Edm.DateTimeOffset", Required: true},
			{Name: "isIssuerHintEnabled", EDM: "Edm.Boolean", Nullable: true},
			{Name: "issuer", EDM: "Edm.String", Nullable: true},
			{Name: "issuerSubjectKeyIdentifier", EDM: "Edm.String", Nullable: true},
			{Name: "thumbprint", EDM: "Edm.String", Required: true},
		}},
		{Name: "certificateAuthorityType", Kind: schema.Enum, Members: []string{"root", "intermediate", "unknownFutureValue"}},
	}
}
