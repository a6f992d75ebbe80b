package graph

// Method is the policy of certificate-based sign-in (resource
// x509CertificateAuthenticationMethodConfiguration). It is only read.
type Method struct {
	State          string         `json:"state"` // enabled or disabled
	IncludeTargets []Target       `json:"includeTargets"`
	ExcludeTargets []Target       `json:"excludeTargets"`
	Bindings       []UserBinding  `json:"certificateUserBindings"`
	Mode           ModeConfig     `json:"authenticationModeConfiguration"`
	Scopes         []CAScope      `json:"certificateAuthorityScopes"`
	CRLValidation  *CRLValidation `json:"crlValidationConfiguration"`
	IssuerHints    *IssuerHints   `json:"issuerHintsConfiguration"`
}

// The states of policies.
const (
	Enabled  = "enabled"
	Disabled = "disabled"
)

// Target is whom a policy is for (authenticationMethodTarget, includeTarget,
// excludeTarget). ID is a group's or user's, or [AllUsers].
type Target struct {
	ID         string `json:"id"`
	TargetType string `json:"targetType"` // user or group
}

// AllUsers is the id of the target that is everybody. The documentation asks
// not to use it for certificates.
const AllUsers = "all_users"

// UserBinding is one username binding (x509CertificateUserBinding).
type UserBinding struct {
	Field    string `json:"x509CertificateField"`
	Property string `json:"userProperty"`
	Priority int    `json:"priority"`
	Affinity string `json:"trustAffinityLevel"`
}

// ModeConfig says how strong a certificate counts
// (x509CertificateAuthenticationModeConfiguration).
type ModeConfig struct {
	DefaultMode     string `json:"x509CertificateAuthenticationDefaultMode"`
	DefaultAffinity string `json:"x509CertificateDefaultRequiredAffinityLevel"`
	Rules           []Rule `json:"rules"`
}

// The strengths of a certificate.
const (
	SingleFactor = "x509CertificateSingleFactor"
	MultiFactor  = "x509CertificateMultiFactor"
)

// Rule is an exception from the default strength (x509CertificateRule).
type Rule struct {
	Type          string `json:"x509CertificateRuleType"`
	Identifier    string `json:"identifier"`
	IssuerSubject string `json:"issuerSubjectIdentifier"`
	PolicyOID     string `json:"policyOidIdentifier"`
	Mode          string `json:"x509CertificateAuthenticationMode"`
	Affinity      string `json:"x509CertificateRequiredAffinityLevel"`
}

// The types of rules.
const (
	RuleIssuer          = "issuerSubject"
	RulePolicy          = "policyOID"
	RuleIssuerAndPolicy = "issuerSubjectAndPolicyOID"
)

// CAScope lets the certificates of a CA sign in certain groups only
// (x509CertificateAuthorityScope).
type CAScope struct {
	PKI     string   `json:"publicKeyInfrastructureIdentifier"`
	SKI     string   `json:"subjectKeyIdentifier"`
	Include []Target `json:"includeTargets"`
}

// CRLValidation demands a CRL of every CA (x509CertificateCRLValidationConfiguration).
type CRLValidation struct {
	State    string   `json:"state"`
	Exempted []string `json:"exemptedCertificateAuthoritiesSubjectKeyIdentifiers"` // SKIs in hex
}

// IssuerHints names the trusted CAs in the handshake (x509CertificateIssuerHintsConfiguration).
type IssuerHints struct {
	State string `json:"state"`
}
