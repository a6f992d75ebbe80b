package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph"
)

// commandNeed is what a command asks of Graph.
type commandNeed struct {
	commands string
	note     string
	requests []request
}

type request struct{ method, path string }

// commandNeeds are the requests of the commands that sign in. What each needs, the
// table of package graph knows.
func commandNeeds() []commandNeed {
	get, post, patch := http.MethodGet, http.MethodPost, http.MethodPatch
	org, pki, classic := request{get, "/organization"}, request{get, graph.PKIPath}, request{get, graph.ClassicPath("ID")}
	stores := []request{org, classic, pki}
	reads := append(slices.Clone(stores), request{get, "/domains"}, request{get, "/policies/authorizationPolicy"}, request{get, "/policies/featureRolloutPolicies"},
		request{get, "/identity/conditionalAccess/policies"}, request{get, "/servicePrincipals"}, request{get, "/servicePrincipals/ID/oauth2PermissionGrants"},
		request{get, "/groups/ID"}, request{get, "/users"})
	intuneReads := []request{org, {get, graph.DeviceConfigurations}, {get, graph.AppConfigurations}, {get, "/deviceAppManagement/mobileApps"}, {get, "/groups"}}
	return []commandNeed{
		{"entra snapshot, check tenant, entra user-ids", "each for its part: what is refused is told as not read", reads},
		{"entra list, entra plan", "", stores},
		{"entra apply, restore: PKI-based store", "", []request{org, classic, pki, {post, graph.PKIPath}}},
		{"entra apply, restore: classic store", "", []request{org, pki, {post, graph.ClassicPath("ID")}}},
		{"entra user-ids --apply", "", []request{org, {get, "/users/ID"}, {patch, "/users/ID"}}},
		{"intune plan", "", intuneReads},
		{"intune import", "", append(slices.Clone(intuneReads), request{post, graph.DeviceConfigurations}, request{post, graph.AppConfigurations})},
		{"entra revoke", "", []request{{get, "/users/ID"}, {post, "/users/ID/revokeSignInSessions"}}},
	}
}

// permissions are what a command needs, each permission once, without those to read
// what another one lets it write.
func (n commandNeed) permissions() []graph.Permission {
	var all []graph.Permission
	for _, r := range n.requests {
		p := graph.Needed(r.method, r.path)
		if i := slices.IndexFunc(all, func(o graph.Permission) bool { return o.Scope == p.Scope && o.Role == p.Role }); i >= 0 {
			if !strings.Contains(all[i].For, p.For) {
				all[i].For += ", " + p.For
			}
			continue
		}
		all = append(all, p)
	}
	return slices.DeleteFunc(all, func(p graph.Permission) bool {
		return slices.ContainsFunc(all, func(o graph.Permission) bool {
			return o.Scope != p.Scope && o.Scope == strings.Replace(p.Scope, ".Read.", ".ReadWrite.", 1)
		})
	})
}

// permissionTable is the end of the topic permissions.
func permissionTable() string {
	var b strings.Builder
	b.WriteString("\n\nWhat each command needs, all of it together:\n")
	for _, n := range commandNeeds() {
		fmt.Fprintf(&b, "\n  %s\n", n.commands)
		if n.note != "" {
			fmt.Fprintf(&b, "  (%s)\n", n.note)
		}
		for _, p := range n.permissions() {
			fmt.Fprintf(&b, "    %-37s %s\n", p.Scope, p.For)
			for i, role := range strings.Split(p.Role, " or ") {
				if role != "" {
					fmt.Fprintf(&b, "        %s %s\n", []string{"of a user, the role", "                 or"}[min(i, 1)], role)
				}
			}
		}
	}
	b.WriteString("\nentra inventory, entra export, intune export, intune check, explain and every other command need nothing.\n")
	return b.String()
}
