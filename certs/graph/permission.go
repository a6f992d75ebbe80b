package graph

import (
	"net/http"
	"slices"
	"strings"
)

// Permission is what a request needs: a permission of the application that signs
// in, granted to it or, for a user, delegated, and for users a role in the
// directory. Each is the least that Microsoft documents.
type Permission struct {
	Methods []string // of HTTP
	Path    string   // with * for one segment, and ** at the end for all that follow
	For     string   // what it reads or writes, in words
	Scope   string
	Role    string // for users who sign in; "" where the reference names none for reading
	Source  string
}

func (p Permission) String() string {
	if p.Scope == "" {
		return ""
	}
	if p.Role == "" {
		return p.Scope
	}
	return p.Scope + ", and of a user the role " + p.Role
}

// Where the permissions come from, and the roles of more than one request.
const (
	api = "https://learn.microsoft.com/graph/api/"

	pkiRole = "Privileged Authentication Administrator or Authentication Administrator"
	// intuneRole is the directory's role; Intune has roles of its own that do, too.
	// Source: https://learn.microsoft.com/intune/intune-service/fundamentals/role-based-access-control
	intuneRole = "Intune Administrator"

	// PKIPath is where the PKI-based trust store is.
	PKIPath = "/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations"
	// methodPath is where the policy of certificate-based sign-in is.
	methodPath = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate"
)

// permissions is the one table of what the requests here need. Rows are tried in
// order.
var permissions = []Permission{
	{reads, "/organization", "the tenant", "Organization.Read.All", "", api + "organization-list"},
	// That reading the classic store takes no more is not confirmed.
	{reads, "/organization/*/certificateBasedAuthConfiguration/**", "the classic store", "Organization.Read.All", "", api + "certificatebasedauthconfiguration-list"},
	{writes, "/organization/*/certificateBasedAuthConfiguration/**", "the classic store", "Organization.ReadWrite.All", "Global Administrator", api + "certificatebasedauthconfiguration-post-certificatebasedauthconfiguration"},
	{reads, PKIPath + "/**", "the PKI-based store", "PublicKeyInfrastructure.Read.All", pkiRole, api + "certificatebasedauthpki-get"},
	{writes, PKIPath + "/**", "the PKI-based store", "PublicKeyInfrastructure.ReadWrite.All", pkiRole, api + "publickeyinfrastructureroot-post-certificatebasedauthconfigurations"},
	{both, "/directory/deletedItems/**", "deleted CAs", "PublicKeyInfrastructure.ReadWrite.All", pkiRole, api + "directory-deleteditems-restore"},
	{reads, "/domains", "domains", "Domain.Read.All", "", api + "domain-list"},
	{reads, methodPath, "the sign-in method's policy", "Policy.Read.All", "Global Reader", api + "x509certificateauthenticationmethodconfiguration-get"},
	{reads, "/identity/conditionalAccess/policies", "Conditional Access", "Policy.Read.All", "Security Reader", api + "conditionalaccessroot-list-policies"},
	// Application permissions for it are not documented.
	{reads, "/policies/featureRolloutPolicies", "staged rollout", "Policy.Read.HybridAuthentication", "Hybrid Identity Administrator", api + "featurerolloutpolicies-list"},
	{reads, "/policies/**", "security defaults, users' consent", "Policy.Read.All", "Global Reader", api + "authorizationpolicy-get"},
	{reads, "/servicePrincipals/*/oauth2PermissionGrants", "consent to iOS Mail", "DelegatedPermissionGrant.Read.All", "", api + "serviceprincipal-list-oauth2permissiongrants"},
	{reads, "/servicePrincipals/**", "iOS Mail, and who is assigned to it", "Application.Read.All", "", api + "serviceprincipal-list"},
	{reads, "/groups", "groups by name", "GroupMember.Read.All", "", api + "group-list"},
	{reads, "/groups/**", "members of groups", "GroupMember.Read.All", "", api + "group-list-transitivemembers"},
	{[]string{http.MethodPost}, "/users/*/revokeSignInSessions", "ending sessions", "User.RevokeSessions.All", "Authentication Administrator", api + "user-revokesigninsessions"},
	{writes, "/users/*", "certificateUserIds", "User.ReadWrite.All", "Privileged Authentication Administrator", api + "user-update"},
	{reads, "/users/**", "users", "User.Read.All", "", api + "user-list"},
	{reads, DeviceConfigurations + "/**", "Intune's profiles", "DeviceManagementConfiguration.Read.All", "", api + "intune-deviceconfig-deviceconfiguration-list"},
	{imports, DeviceConfigurations + "/**", "Intune's profiles", "DeviceManagementConfiguration.ReadWrite.All", intuneRole, api + "intune-deviceconfig-deviceconfiguration-assign"},
	{reads, AppConfigurations + "/**", "Intune's app configurations", "DeviceManagementApps.Read.All", "", api + "intune-apps-manageddevicemobileappconfiguration-list"},
	{imports, AppConfigurations + "/**", "Intune's app configurations", "DeviceManagementApps.ReadWrite.All", intuneRole, api + "intune-apps-manageddevicemobileappconfiguration-assign"},
	{reads, mobileApps, "Intune's apps", "DeviceManagementApps.Read.All", "", api + "intune-apps-mobileapp-list"},
}

var (
	reads  = []string{http.MethodGet}
	writes = []string{http.MethodPost, http.MethodPatch, http.MethodDelete}
	both   = slices.Concat(reads, writes)
	// What is imported to Intune is never deleted.
	imports = []string{http.MethodPost, http.MethodPatch, http.MethodPut}
)

// Permissions is the table of what requests need.
func Permissions() []Permission { return slices.Clone(permissions) }

// Needed is what a request needs; the path may have a query. It is empty for a
// request that is not made here.
func Needed(method, path string) Permission { return needed(method, bare(path)) }

func needed(method, path string) Permission {
	for _, p := range permissions {
		if slices.Contains(p.Methods, method) && p.covers(path) {
			return p
		}
	}
	return Permission{}
}

func (p Permission) covers(path string) bool {
	want, have := strings.Split(p.Path, "/"), strings.Split(path, "/")
	for i, segment := range want {
		if segment == "**" {
			return true
		}
		if i >= len(have) || segment != "*" && segment != have[i] {
			return false
		}
	}
	return len(want) == len(have)
}
