package lab

import (
	"time"

	"github.com/easkit/easkit/certs/graph/graphtest"
)

// graphTokenLife is how long the token of a lab is valid: a day of trying things out.
const graphTokenLife = 24 * time.Hour

// Administrator is who the token of a lab is for.
const Administrator = "admin@contoso.com"

// Token issues a token with which the administrator may do all that the lab's Graph
// can do. It is worth nothing elsewhere.
func (s *Server) Token() string {
	return s.graph.Token(graphtest.TokenOptions{
		User:    Administrator,
		Scopes:  scopes(),
		AMR:     []string{"pwd", "mfa"}, // not by a certificate, which the classic store's gap would keep out
		Expires: s.now().Add(graphTokenLife),
	})
}

// scopes are the delegated permissions of everything that the lab's Graph does.
func scopes() []string {
	return []string{
		"Application.Read.All", "DelegatedPermissionGrant.Read.All",
		"DeviceManagementApps.Read.All", "DeviceManagementApps.ReadWrite.All",
		"DeviceManagementConfiguration.Read.All", "DeviceManagementConfiguration.ReadWrite.All",
		"Domain.Read.All", "GroupMember.Read.All",
		"Organization.Read.All", "Organization.ReadWrite.All", "Policy.Read.All", "Policy.Read.HybridAuthentication",
		"PublicKeyInfrastructure.Read.All", "PublicKeyInfrastructure.ReadWrite.All",
		"User.Read.All", "User.ReadWrite.All", "User.RevokeSessions.All",
	}
}
