package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph"
)

// commandNeeds are the requests of the commands that sign in. What each needs, the
// table of package graph knows.
func commandNeeds() []commandNeed {
	get, post, patch := http.MethodGet, http.MethodPost, http.MethodPatch
	stores := []request{{get, "/organization"}, {get, graph.ClassicPath("ID")}, {get, graph.PKIPath}}
	reads := append(slices.Clone(stores), request{get, "/domains"}, request{get, "/policies/authorizationPolicy"}, request{get, "/policies/featureRolloutPolicies"},
		request{get, "/identity/conditionalAccess/policies"}, request{get, "/servicePrincipals"}, request{get, "/servicePrincipals/ID/oauth2PermissionGrants"},
		request{get, "/groups/ID"}, request{get, "/users"})
	return []commandNeed{
		{"entra snapshot, check tenant", reads},
		{"entra list, entra plan", stores},
		{"entra apply, restore (pki)", append(slices.Clone(stores), request{post, graph.PKIPath})},
		{"entra apply, restore (classic)", append(slices.Clone(stores), request{post, graph.ClassicPath("ID")})},
		{"entra user-ids --apply", []request{{get, "/organization"}, {get, "/users/ID"}, {patch, "/users/ID"}}},
		{"entra revoke", []request{{get, "/users/ID"}, {post, "/users/ID/revokeSignInSessions"}}},
	}
}

type commandNeed struct {
	commands string
	requests []request
}

type request struct{ method, path string }

// scopes are the permissions of a command, without those that a larger one covers,
// and the roles of a user.
func (n commandNeed) scopes() (scopes, roles []string) {
	for _, r := range n.requests {
		p := graph.Needed(r.method, r.path)
		if p.Scope != "" && !slices.Contains(scopes, p.Scope) {
			scopes = append(scopes, p.Scope)
		}
		if p.Role != "" && !slices.Contains(roles, p.Role) {
			roles = append(roles, p.Role)
		}
	}
	scopes = slices.DeleteFunc(scopes, func(s string) bool {
		return slices.Contains(scopes, strings.Replace(s, ".Read.", ".ReadWrite.", 1)) && strings.Contains(s, ".Read.")
	})
	slices.Sort(scopes)
	return scopes, roles
}

// permissionTable is the end of the topic permissions.
func permissionTable() string {
	var b strings.Builder
	b.WriteString("\n\nWhat each command needs:\n")
	for _, n := range commandNeeds() {
		scopes, roles := n.scopes()
		fmt.Fprintf(&b, "\n  %s\n", n.commands)
		for _, s := range scopes {
			fmt.Fprintf(&b, "      %s\n", s)
		}
		for _, r := range roles {
			fmt.Fprintf(&b, "      of a user, the role %s\n", r)
		}
	}
	return b.String()
}
