package graph

import (
	"slices"
	"time"
)

// Organization is the tenant itself (resource organization).
type Organization struct {
	ID              string           `json:"id"`
	DisplayName     string           `json:"displayName"`
	TenantType      string           `json:"tenantType,omitempty"`
	VerifiedDomains []VerifiedDomain `json:"verifiedDomains,omitempty"`
}

// VerifiedDomain is one of an organization's domains (complex type
// verifiedDomain).
type VerifiedDomain struct {
	Name      string `json:"name"`
	IsInitial bool   `json:"isInitial"`
	IsDefault bool   `json:"isDefault"`
}

// Domain is a domain of the tenant (resource domain).
type Domain struct {
	ID                 string `json:"id"`
	AuthenticationType string `json:"authenticationType"` // Managed or Federated
	IsVerified         bool   `json:"isVerified"`
}

// Federated is the AuthenticationType of a domain whose users sign in elsewhere.
const Federated = "Federated"

// User is a user, with the properties of [UserSelect] (resource user).
type User struct {
	ID                          string             `json:"id"`
	DisplayName                 string             `json:"displayName,omitempty"`
	UserPrincipalName           string             `json:"userPrincipalName"`
	Mail                        string             `json:"mail,omitempty"`
	ProxyAddresses              []string           `json:"proxyAddresses,omitempty"`
	OnPremisesUserPrincipalName string             `json:"onPremisesUserPrincipalName,omitempty"`
	OnPremisesSyncEnabled       bool               `json:"onPremisesSyncEnabled,omitempty"` // null for users made in the cloud
	AccountEnabled              *bool              `json:"accountEnabled,omitempty"`
	UserType                    string             `json:"userType,omitempty"` // Member or Guest
	AuthorizationInfo           *AuthorizationInfo `json:"authorizationInfo,omitempty"`
	SignInSessionsValidFrom     time.Time          `json:"signInSessionsValidFromDateTime,omitzero"`
}

// AuthorizationInfo holds what certificates are bound by (complex type
// authorizationInfo). An update replaces all of it.
type AuthorizationInfo struct {
	CertificateUserIDs []string `json:"certificateUserIds"`
}

// UserSelect names the properties of [User], for $select.
const UserSelect = "id,displayName,userPrincipalName,mail,proxyAddresses,onPremisesUserPrincipalName,onPremisesSyncEnabled,accountEnabled,userType,authorizationInfo,signInSessionsValidFromDateTime"

// Group is a group and its members, those of its groups included. Graph has no
// property for them: they are read by an address of their own.
type Group struct {
	ID          string   `json:"id"`
	DisplayName string   `json:"displayName,omitempty"`
	Members     []Member `json:"members"`

	// What Intune may be told to bring something to depends on these; only
	// [Client.GroupsNamed] and [Client.GroupOf] read them.

	SecurityEnabled bool     `json:"securityEnabled,omitempty"`
	Types           []string `json:"groupTypes,omitempty"`
}

// unified is the type of Microsoft 365 groups.
const unified = "Unified"

// Targetable reports whether Intune takes the group for assignments: security groups and
// Microsoft 365 groups it does, and mere distribution lists not
// (https://learn.microsoft.com/intune/intune-service/fundamentals/groups-add).
func (g Group) Targetable() bool { return g.SecurityEnabled || slices.Contains(g.Types, unified) }

// Member is a user in a group.
type Member struct {
	ID                string `json:"id"`
	UserPrincipalName string `json:"userPrincipalName"`
}

// ServicePrincipal is an application in the tenant (resource servicePrincipal),
// with what was consented to and who is assigned, which Graph has under
// addresses of their own.
type ServicePrincipal struct {
	ID                        string       `json:"id"`
	AppID                     string       `json:"appId"`
	DisplayName               string       `json:"displayName"`
	AccountEnabled            *bool        `json:"accountEnabled,omitempty"`
	AppRoleAssignmentRequired bool         `json:"appRoleAssignmentRequired"`
	Grants                    []Grant      `json:"oauth2PermissionGrants"`
	AssignedTo                []Assignment `json:"appRoleAssignedTo"`
}

// Grant is a consent to delegated permissions (resource oAuth2PermissionGrant).
type Grant struct {
	ConsentType string `json:"consentType"` // AllPrincipals or Principal
	PrincipalID string `json:"principalId,omitempty"`
	ResourceID  string `json:"resourceId"`
	Scope       string `json:"scope"` // separated by spaces
}

// AllPrincipals is the ConsentType of a consent by an administrator for everyone.
const AllPrincipals = "AllPrincipals"

// Assignment is a user or group that may use an application (resource
// appRoleAssignment).
type Assignment struct {
	PrincipalID          string `json:"principalId"`
	PrincipalType        string `json:"principalType"` // User, Group or ServicePrincipal
	PrincipalDisplayName string `json:"principalDisplayName,omitempty"`
}

// AuthorizationPolicy says what users may do by default (resource
// authorizationPolicy).
type AuthorizationPolicy struct {
	DefaultUserRolePermissions struct {
		PermissionGrantPoliciesAssigned []string `json:"permissionGrantPoliciesAssigned"`
	} `json:"defaultUserRolePermissions"`
}

// SecurityDefaults is the tenant's security defaults (resource
// identitySecurityDefaultsEnforcementPolicy).
type SecurityDefaults struct {
	IsEnabled bool `json:"isEnabled"`
}

// RolloutPolicy moves groups of a federated domain to sign-in by Entra ID
// (resource featureRolloutPolicy).
type RolloutPolicy struct {
	DisplayName             string   `json:"displayName"`
	Feature                 string   `json:"feature"`
	IsEnabled               bool     `json:"isEnabled"`
	IsAppliedToOrganization bool     `json:"isAppliedToOrganization"`
	AppliesTo               []Object `json:"appliesTo"`
}

// Object is a reference to something of the directory.
type Object struct {
	ID string `json:"id"`
}
