package graphtest

import "time"

// Tenant is what a server starts with. The zero value is an empty tenant; [NewTenant]
// gives one that works. Policies are Objects, in the form that Graph gives them, so
// that an export of a real tenant can be put in. Ids that are left out are made from
// the names, the same each time.
type Tenant struct {
	Organization           Organization           `json:"organization"`
	Domains                []Domain               `json:"domains"`
	Users                  []User                 `json:"users"`
	Groups                 []Group                `json:"groups"`
	ServicePrincipals      []ServicePrincipal     `json:"servicePrincipals"`
	X509Method             Object                 `json:"x509Certificate"`
	ConditionalAccess      []Object               `json:"conditionalAccessPolicies"`
	SecurityDefaults       Object                 `json:"identitySecurityDefaultsEnforcementPolicy"`
	AuthorizationPolicy    Object                 `json:"authorizationPolicy"`
	FeatureRolloutPolicies []Object               `json:"featureRolloutPolicies"` // with appliesTo
	ClassicCAs             []CertificateAuthority `json:"certificateAuthorities"`
	PKIs                   []PKI                  `json:"certificateBasedAuthConfigurations"`
	MobileApps             []Object               `json:"mobileApps"` // with @odata.type
	// IntuneObjects are device and app configurations with @odata.type, what others
	// refer to first. Besides their properties they may have relationships, each with
	// the name or id of another object; "assignments", a list of the names or ids of
	// groups, or of whole targets; and "certificates", a list of objects of
	// managedDeviceCertificateState, each with the "group" through which it was given.
	IntuneObjects []Object `json:"intuneObjects"`
	// AppConfigurationSchemas say which configuration apps understand.
	AppConfigurationSchemas []Object `json:"androidManagedStoreAppConfigurationSchemas"`
}

// Organization is the tenant itself.
type Organization struct {
	ID              string           `json:"id,omitempty"`
	DisplayName     string           `json:"displayName,omitempty"`
	VerifiedDomains []VerifiedDomain `json:"verifiedDomains,omitempty"`
}

// VerifiedDomain is a domain as the organisation lists it.
type VerifiedDomain struct {
	Name      string `json:"name"`
	IsDefault bool   `json:"isDefault"`
	IsInitial bool   `json:"isInitial"`
	Type      string `json:"type,omitempty"`
}

// Domain is a domain of the tenant. Its id is its name.
type Domain struct {
	ID                 string   `json:"id"`
	AuthenticationType string   `json:"authenticationType"` // Managed or Federated; Managed if empty
	IsVerified         bool     `json:"isVerified"`
	IsDefault          bool     `json:"isDefault"`
	IsInitial          bool     `json:"isInitial"`
	IsRoot             bool     `json:"isRoot"`
	IsAdminManaged     bool     `json:"isAdminManaged"`
	SupportedServices  []string `json:"supportedServices,omitempty"`
}

// User is a user of the tenant.
type User struct {
	ID                              string             `json:"id,omitempty"`
	UserPrincipalName               string             `json:"userPrincipalName"`
	DisplayName                     string             `json:"displayName,omitempty"`
	Mail                            string             `json:"mail,omitempty"`
	ProxyAddresses                  []string           `json:"proxyAddresses,omitempty"`
	AccountEnabled                  *bool              `json:"accountEnabled,omitempty"` // nil: true
	UserType                        string             `json:"userType,omitempty"`       // Member or Guest; Member if empty
	OnPremisesSyncEnabled           bool               `json:"onPremisesSyncEnabled,omitempty"`
	OnPremisesUserPrincipalName     string             `json:"onPremisesUserPrincipalName,omitempty"`
	OnPremisesSecurityIdentifier    string             `json:"onPremisesSecurityIdentifier,omitempty"`
	AuthorizationInfo               *AuthorizationInfo `json:"authorizationInfo,omitempty"`
	SignInSessionsValidFromDateTime time.Time          `json:"signInSessionsValidFromDateTime,omitzero"`
}

// AuthorizationInfo holds the names of certificates that are bound to a user.
type AuthorizationInfo struct {
	CertificateUserIDs []string `json:"certificateUserIds"`
}

// Group is a group with its direct members: ids of users and of groups, or
// userPrincipalNames.
type Group struct {
	ID              string   `json:"id,omitempty"`
	DisplayName     string   `json:"displayName,omitempty"`
	SecurityEnabled bool     `json:"securityEnabled"`
	MailEnabled     bool     `json:"mailEnabled"`
	GroupTypes      []string `json:"groupTypes,omitempty"` // "Unified": a Microsoft 365 group
	Members         []string `json:"members,omitempty"`
}

// ServicePrincipal is an app in the tenant, with what was granted to it and who may
// use it.
type ServicePrincipal struct {
	ID                        string              `json:"id,omitempty"`
	AppID                     string              `json:"appId"`
	DisplayName               string              `json:"displayName,omitempty"`
	AccountEnabled            *bool               `json:"accountEnabled,omitempty"` // nil: true
	AppRoleAssignmentRequired bool                `json:"appRoleAssignmentRequired"`
	ServicePrincipalType      string              `json:"servicePrincipalType,omitempty"`
	Grants                    []PermissionGrant   `json:"oauth2PermissionGrants,omitempty"`
	AssignedTo                []AppRoleAssignment `json:"appRoleAssignedTo,omitempty"`
}

// PermissionGrant is an oAuth2PermissionGrant of a service principal: delegated
// permissions that users or an administrator have agreed to.
type PermissionGrant struct {
	ID          string `json:"id,omitempty"`
	ClientID    string `json:"clientId,omitempty"`
	ConsentType string `json:"consentType"` // AllPrincipals or Principal
	PrincipalID string `json:"principalId,omitempty"`
	ResourceID  string `json:"resourceId"`
	Scope       string `json:"scope"` // with spaces between
}

// AppRoleAssignment says that a user or group may use an app.
type AppRoleAssignment struct {
	ID            string `json:"id,omitempty"`
	AppRoleID     string `json:"appRoleId"`
	PrincipalID   string `json:"principalId"`
	PrincipalType string `json:"principalType"` // User, Group or ServicePrincipal
	ResourceID    string `json:"resourceId,omitempty"`
}

// CertificateAuthority is a CA of the classic store. Issuer and IssuerSKI are
// calculated, whatever they are set to.
type CertificateAuthority struct {
	Certificate                       []byte `json:"certificate"` // DER
	IsRootAuthority                   bool   `json:"isRootAuthority"`
	CertificateRevocationListURL      string `json:"certificateRevocationListUrl,omitempty"`
	DeltaCertificateRevocationListURL string `json:"deltaCertificateRevocationListUrl,omitempty"`
	Issuer                            string `json:"issuer,omitempty"`
	IssuerSKI                         string `json:"issuerSki,omitempty"`
}

// PKI is a certificateBasedAuthPki with its CAs.
type PKI struct {
	ID                     string                       `json:"id,omitempty"`
	DisplayName            string                       `json:"displayName,omitempty"`
	Status                 string                       `json:"status,omitempty"`
	StatusDetails          string                       `json:"statusDetails,omitempty"`
	LastModifiedDateTime   time.Time                    `json:"lastModifiedDateTime,omitzero"`
	CertificateAuthorities []CertificateAuthorityDetail `json:"certificateAuthorities,omitempty"`
}

// CertificateAuthorityDetail is a CA of the PKI store. In a seed the type, names, times
// and thumbprint that are left out are taken from the certificate.
type CertificateAuthorityDetail struct {
	ID                                string    `json:"id,omitempty"`
	Certificate                       []byte    `json:"certificate"` // DER
	CertificateAuthorityType          string    `json:"certificateAuthorityType,omitempty"`
	DisplayName                       string    `json:"displayName,omitempty"`
	Issuer                            string    `json:"issuer,omitempty"`
	IssuerSubjectKeyIdentifier        string    `json:"issuerSubjectKeyIdentifier,omitempty"`
	CreatedDateTime                   time.Time `json:"createdDateTime,omitzero"`
	ExpirationDateTime                time.Time `json:"expirationDateTime,omitzero"`
	Thumbprint                        string    `json:"thumbprint,omitempty"`
	CertificateRevocationListURL      string    `json:"certificateRevocationListUrl,omitempty"`
	DeltaCertificateRevocationListURL string    `json:"deltaCertificateRevocationListUrl,omitempty"`
	IsIssuerHintEnabled               bool      `json:"isIssuerHintEnabled"`
}
