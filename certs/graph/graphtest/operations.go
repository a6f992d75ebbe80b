package graphtest

import (
	"slices"

	"github.com/easkit/easkit/certs/graph/schema"
)

// operation is one thing that Graph does: a method on a path, who may, and what may be
// asked. Permissions are those of the reference pages, any one of them is enough.
type operation struct {
	method, path string // {} stands for one segment
	version      string // of Graph; stable if empty
	entity       string // the type of what is answered, and of the body
	delegated    []string
	application  []string // nil: not for apps on their own
	roles        []string // of the user, for delegated permissions; nil: any
	options      []string // query options
	expand       string   // what $expand takes
	filters      []filter
	advanced     bool // needs ConsistencyLevel and $count
	body         schema.Purpose
	writable     []string // what a body may set, if not all that the type lets be set
	hasBody      bool
	bodyType     string // if not the entity
	cases        bool   // the body is of a type that is a case of the entity, and says of which
	reference    bool   // the body names another object
	handle       func(*Server, *call) (*answer, error)
}

// The directory roles that Microsoft names for these operations. Global Administrator
// may do all of them.
const (
	GlobalAdministrator                   = "Global Administrator"
	PrivilegedAuthenticationAdministrator = "Privileged Authentication Administrator"
	AuthenticationAdministrator           = "Authentication Administrator"
	IntuneAdministrator                   = "Intune Administrator"
)

// Where a page of the reference gives permissions by operation, these are they.
var (
	readOrganization  = []string{"Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readClassic       = []string{"Organization.Read.All", "Organization.ReadWrite.All"}
	writeClassic      = []string{"Organization.ReadWrite.All"}
	readPKI           = []string{"PublicKeyInfrastructure.Read.All", "PublicKeyInfrastructure.ReadWrite.All"}
	writePKI          = []string{"PublicKeyInfrastructure.ReadWrite.All"}
	readDomains       = []string{"Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readUsers         = []string{"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	writeUsers        = []string{"User.ReadWrite.All", "Directory.ReadWrite.All"}
	revokeSessions    = []string{"User.RevokeSessions.All", "User.ReadWrite.All", "Directory.ReadWrite.All"}
	readGroups        = []string{"GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readMembers       = append([]string{"GroupMember.ReadBasic.All", "Group.ReadBasic.All", "GroupMember.ReadWrite.All"}, readGroups...)
	readApps          = []string{"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readMethod        = []string{"Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod", "Policy.Read.All"}
	readAccess        = []string{"Policy.Read.All", "Policy.Read.ConditionalAccess", "Policy.ReadWrite.ConditionalAccess"}
	readDefaults      = []string{"Policy.Read.All", "Policy.ReadWrite.SecurityDefaults"}
	readAuthorization = []string{"Policy.Read.All", "Policy.ReadWrite.Authorization"}
	readRollout       = []string{"Policy.Read.HybridAuthentication", "Policy.ReadWrite.HybridAuthentication", "Directory.ReadWrite.All"}
	readMe            = append([]string{"User.Read", "User.ReadWrite"}, readUsers...)
	administerPKI     = []string{PrivilegedAuthenticationAdministrator, AuthenticationAdministrator}
	administerUsers   = []string{PrivilegedAuthenticationAdministrator}
	administerAll     = []string{GlobalAdministrator}
	paged             = []string{"$select", "$top", "$count"}
)

// The paths of the trust stores and of what was deleted from them.
const (
	classicPath = "/organization/{}/certificateBasedAuthConfiguration"
	pkiPath     = "/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations"
	caPath      = pkiPath + "/{}/certificateAuthorities"
	deletedPath = "/directory/deletedItems"
	pkiType     = "certificateBasedAuthPki"
	caType      = "certificateAuthorityDetail"
	classicType = "certificateBasedAuthConfiguration"
	methodType  = "x509CertificateAuthenticationMethodConfiguration"
)

func operations() []operation {
	return slices.Concat(directoryOperations(), policyOperations(), classicOperations(), pkiOperations(), deletedOperations(),
		intuneOperations())
}

func directoryOperations() []operation {
	return []operation{
		{method: "GET", path: "/organization", entity: "organization", delegated: append([]string{"User.Read"}, readOrganization...), application: readOrganization,
			options: []string{"$select"}, handle: (*Server).listOrganizations},
		{method: "GET", path: "/organization/{}", entity: "organization", delegated: append([]string{"User.Read"}, readOrganization...), application: readOrganization,
			options: []string{"$select"}, handle: (*Server).getOrganization},
		{method: "GET", path: "/domains", entity: "domain", delegated: readDomains, application: readDomains,
			options: []string{"$select", "$top"}, handle: (*Server).listDomains},
		{method: "GET", path: "/me", entity: "user", delegated: readMe, options: []string{"$select"}, handle: (*Server).getMe},
		{method: "GET", path: "/users", entity: "user", delegated: append([]string{"User.ReadBasic.All"}, readUsers...), application: readUsers,
			options: append([]string{"$filter"}, paged...), filters: userFilters(), handle: (*Server).listUsers},
		{method: "GET", path: "/users/{}", entity: "user", delegated: readMe, application: readUsers,
			options: []string{"$select"}, handle: (*Server).getUser},
		{method: "PATCH", path: "/users/{}", entity: "user", delegated: append([]string{"Directory.AccessAsUser.All"}, writeUsers...), application: writeUsers,
			roles: administerUsers, body: schema.Updating, hasBody: true, writable: []string{"authorizationInfo"}, handle: (*Server).updateUser},
		{method: "POST", path: "/users/{}/revokeSignInSessions", entity: "user", delegated: revokeSessions, application: revokeSessions,
			handle: (*Server).revokeSignInSessions},
		listOfGroups(stable),
		{method: "GET", path: "/groups/{}", entity: "group", delegated: readGroups, application: readGroups,
			options: []string{"$select"}, handle: (*Server).getGroup},
		{method: "GET", path: "/groups/{}/transitiveMembers/microsoft.graph.user", entity: "user", delegated: readMembers, application: readMembers,
			options: paged, advanced: true, handle: (*Server).listMembers},
		{method: "GET", path: "/servicePrincipals", entity: "servicePrincipal", delegated: readApps, application: readApps,
			options: append([]string{"$filter"}, paged...), filters: appFilters(), handle: (*Server).listApps},
		{method: "GET", path: "/servicePrincipals/{}/oauth2PermissionGrants", entity: "oAuth2PermissionGrant",
			delegated:   []string{"Directory.Read.All", "Directory.ReadWrite.All", "DelegatedPermissionGrant.Read.All", "DelegatedPermissionGrant.ReadWrite.All"},
			application: []string{"Directory.Read.All", "Directory.ReadWrite.All", "DelegatedPermissionGrant.Read.All", "DelegatedPermissionGrant.ReadWrite.All"},
			options:     paged, handle: (*Server).listGrants},
		{method: "GET", path: "/servicePrincipals/{}/appRoleAssignedTo", entity: "appRoleAssignment", delegated: readApps, application: readApps,
			options: paged, handle: (*Server).listAssigned},
	}
}

// listOfGroups is the same in both versions, as far as it is served.
func listOfGroups(version string) operation {
	return operation{method: "GET", path: "/groups", version: version, entity: "group", delegated: readGroups, application: readGroups,
		options: append([]string{"$filter"}, paged...), filters: groupFilters(), handle: (*Server).listGroups}
}

func policyOperations() []operation {
	return []operation{
		{method: "GET", path: "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate", entity: methodType,
			delegated: readMethod, application: readMethod, handle: (*Server).getMethod},
		{method: "GET", path: "/identity/conditionalAccess/policies", entity: "conditionalAccessPolicy", delegated: readAccess, application: readAccess,
			options: paged, handle: (*Server).listAccess},
		{method: "GET", path: "/policies/identitySecurityDefaultsEnforcementPolicy", entity: "identitySecurityDefaultsEnforcementPolicy",
			delegated: readDefaults, application: readDefaults, options: []string{"$select"}, handle: (*Server).getDefaults},
		{method: "GET", path: "/policies/authorizationPolicy", entity: "authorizationPolicy",
			delegated: readAuthorization, application: readAuthorization, handle: (*Server).getAuthorization},
		{method: "GET", path: "/policies/featureRolloutPolicies", entity: "featureRolloutPolicy",
			delegated: readRollout, options: []string{"$expand"}, expand: "appliesTo", handle: (*Server).listRollout},
	}
}

func classicOperations() []operation {
	return []operation{
		{method: "GET", path: classicPath, entity: classicType, delegated: readClassic, application: readClassic, handle: (*Server).listClassic},
		{method: "GET", path: classicPath + "/{}", entity: classicType, delegated: readClassic, application: readClassic,
			handle: (*Server).getClassic},
		{method: "POST", path: classicPath, entity: classicType, delegated: writeClassic, application: writeClassic, roles: administerAll,
			body: schema.Creating, hasBody: true, handle: (*Server).createClassic},
		{method: "DELETE", path: classicPath + "/{}", entity: classicType, delegated: writeClassic, application: writeClassic,
			roles:  administerAll,
			handle: (*Server).deleteClassic},
	}
}

func pkiOperations() []operation {
	return []operation{
		{method: "GET", path: pkiPath, entity: pkiType, delegated: readPKI, application: readPKI, options: paged, handle: (*Server).listPKIs},
		{method: "POST", path: pkiPath, entity: pkiType, delegated: writePKI, application: writePKI, roles: administerPKI,
			body: schema.Creating, hasBody: true, handle: (*Server).createPKI},
		{method: "GET", path: pkiPath + "/{}", entity: pkiType, delegated: readPKI, application: readPKI,
			options: []string{"$select"}, handle: (*Server).getPKI},
		{method: "PATCH", path: pkiPath + "/{}", entity: pkiType, delegated: writePKI, application: writePKI, roles: administerPKI,
			body: schema.Updating, hasBody: true, writable: []string{"displayName"}, handle: (*Server).updatePKI},
		{method: "DELETE", path: pkiPath + "/{}", entity: pkiType, delegated: writePKI, application: writePKI,
			roles: administerPKI, handle: (*Server).deletePKI},
		{method: "POST", path: pkiPath + "/{}/upload", entity: pkiType, bodyType: uploadType, delegated: writePKI, application: writePKI,
			roles: administerPKI,
			body:  schema.Creating, hasBody: true, handle: (*Server).upload},
		{method: "GET", path: caPath, entity: caType, delegated: readPKI, application: readPKI, options: paged, handle: (*Server).listCAs},
		{method: "POST", path: caPath, entity: caType, delegated: writePKI, application: writePKI, roles: administerPKI,
			body: schema.Creating, hasBody: true, handle: (*Server).createCA},
		{method: "GET", path: caPath + "/{}", entity: caType, delegated: readPKI, application: readPKI,
			options: []string{"$select"}, handle: (*Server).getCA},
		{method: "PATCH", path: caPath + "/{}", entity: caType, delegated: writePKI, application: writePKI, roles: administerPKI,
			body: schema.Updating, hasBody: true, handle: (*Server).updateCA},
		{method: "DELETE", path: caPath + "/{}", entity: caType, delegated: writePKI, application: writePKI,
			roles: administerPKI, handle: (*Server).deleteCA},
	}
}

func deletedOperations() []operation {
	return []operation{
		{method: "GET", path: deletedPath + "/microsoft.graph." + pkiType, entity: pkiType, delegated: readPKI, application: readPKI,
			options: paged, handle: (*Server).listDeleted},
		{method: "GET", path: deletedPath + "/microsoft.graph." + caType, entity: caType, delegated: readPKI, application: readPKI,
			options: paged, handle: (*Server).listDeleted},
		{method: "GET", path: deletedPath + "/{}", entity: "directoryObject", delegated: readPKI, application: readPKI,
			handle: (*Server).getDeleted},
		{method: "POST", path: deletedPath + "/{}/restore", entity: "directoryObject", delegated: writePKI, application: writePKI,
			roles: administerPKI, handle: (*Server).restoreDeleted},
		{method: "DELETE", path: deletedPath + "/{}", entity: "directoryObject", delegated: writePKI, application: writePKI,
			roles: administerPKI, handle: (*Server).purgeDeleted},
	}
}
