package graphtest

import "github.com/easkit/easkit/certs/graph/schema"

// methodTypes are the types of the certificate sign-in method.
func methodTypes() []schema.Type {
	return []schema.Type{
		{Name: "x509CertificateAuthenticationMethodConfiguration", Kind: schema.Entity, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "authenticationModeConfiguration", EDM: "x509CertificateAuthenticationModeConfiguration", Nullable: true},
			{Name: "certificateAuthorityScopes", EDM: "x509CertificateAuthorityScope", Collection: true, Nullable: true},
			{Name: "certificateUserBindings", EDM: "x509CertificateUserBinding", Collection: true, Nullable: true},
			{Name: "crlValidationConfiguration", EDM: "x509CertificateCRLValidationConfiguration"},
			{Name: "excludeTargets", EDM: "excludeTarget", Collection: true, Nullable: true},
			{Name: "includeTargets", EDM: "authenticationMethodTarget", Collection: true, Navigation: true},
			{Name: "issuerHintsConfiguration", EDM: "x509CertificateIssuerHintsConfiguration", Nullable: true},
			{Name: "state", EDM: "authenticationMethodState", Nullable: true},
		}},
		{Name: "authenticationMethodState", Kind: schema.Enum, Members: []string{"enabled", "disabled"}},
		{Name: "authenticationMethodTarget", Kind: schema.Entity, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String"},
			{Name: "isRegistrationRequired", EDM: "Edm.Boolean"},
			{Name: "targetType", EDM: "authenticationMethodTargetType"},
		}},
		{Name: "authenticationMethodTargetType", Kind: schema.Enum, Members: []string{"user", "group", "unknownFutureValue"}},
		{Name: "excludeTarget", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String"},
			{Name: "targetType", EDM: "authenticationMethodTargetType"},
		}},
		{Name: "includeTarget", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String"},
			{Name: "targetType", EDM: "authenticationMethodTargetType"},
		}},
		{Name: "x509CertificateAuthenticationModeConfiguration", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "rules", EDM: "x509CertificateRule", Collection: true, Nullable: true},
			{Name: "x509CertificateAuthenticationDefaultMode", EDM: "x509CertificateAuthenticationMode", Nullable: true},
			{Name: "x509CertificateDefaultRequiredAffinityLevel", EDM: "x509CertificateAffinityLevel", Nullable: true},
		}},
		{Name: "x509CertificateRule", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "identifier", EDM: "Edm.String", Nullable: true},
			{Name: "issuerSubjectIdentifier", EDM: "Edm.String", Nullable: true},
			{Name: "policyOidIdentifier", EDM: "Edm.String", Nullable: true},
			{Name: "x509CertificateAuthenticationMode", EDM: "x509CertificateAuthenticationMode", Nullable: true},
			{Name: "x509CertificateRequiredAffinityLevel", EDM: "x509CertificateAffinityLevel", Nullable: true},
			{Name: "x509CertificateRuleType", EDM: "x509CertificateRuleType", Nullable: true},
		}},
		{Name: "x509CertificateRuleType", Kind: schema.Enum, Members: []string{
			"issuerSubject", "policyOID", "unknownFutureValue", "issuerSubjectAndPolicyOID",
		}},
		{Name: "x509CertificateAuthenticationMode", Kind: schema.Enum, Members: []string{
			"x509CertificateSingleFactor", "x509CertificateMultiFactor", "unknownFutureValue",
		}},
		{Name: "x509CertificateAffinityLevel", Kind: schema.Enum, Members: []string{"low", "high", "unknownFutureValue"}},
		{Name: "x509CertificateUserBinding", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "priority", EDM: "Edm.Int32"},
			{Name: "trustAffinityLevel", EDM: "x509CertificateAffinityLevel", Nullable: true},
			{Name: "userProperty", EDM: "Edm.String", Nullable: true},
			{Name: "x509CertificateField", EDM: "Edm.String", Nullable: true},
		}},
		{Name: "x509CertificateAuthorityScope", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "includeTargets", EDM: "includeTarget", Collection: true, Nullable: true},
			{Name: "publicKeyInfrastructureIdentifier", EDM: "Edm.String", Nullable: true},
			{Name: "subjectKeyIdentifier", EDM: "Edm.String", Nullable: true},
		}},
		{Name: "x509CertificateIssuerHintsConfiguration", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "state", EDM: "x509CertificateIssuerHintsState", Nullable: true},
		}},
		{Name: "x509CertificateIssuerHintsState", Kind: schema.Enum, Members: []string{"disabled", "enabled", "unknownFutureValue"}},
		{Name: "x509CertificateCRLValidationConfiguration", Kind: schema.Complex, Properties: []schema.Property{
			{Name: "exemptedCertificateAuthoritiesSubjectKeyIdentifiers", EDM: "Edm.String", Collection: true, Nullable: true},
			{Name: "state", EDM: "x509CertificateCRLValidationConfigurationState"},
		}},
		{Name: "x509CertificateCRLValidationConfigurationState", Kind: schema.Enum, Members: []string{"disabled", "enabled", "unknownFutureValue"}},
	}
}
