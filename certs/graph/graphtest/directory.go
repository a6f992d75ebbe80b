package graphtest

import (
	"net/http"
	"strings"
)

func (s *Server) listOrganizations(c *call) (*answer, error) {
	return s.list(c, []Object{c.view.organization})
}

func (s *Server) getOrganization(c *call) (*answer, error) {
	if err := c.isTenant(); err != nil {
		return nil, err
	}
	return s.one(c, http.StatusOK, c.view.organization)
}

// isTenant refuses the id of another tenant.
func (c *call) isTenant() error {
	if c.params[0] != c.view.organization.text("id") {
		return missing(c.params[0])
	}
	return nil
}

func (s *Server) listDomains(c *call) (*answer, error) { return s.list(c, c.view.domains) }

func (s *Server) getMe(c *call) (*answer, error) {
	return s.found(c, c.view.users, c.claims.Object)
}

func (s *Server) listGroups(c *call) (*answer, error) { return s.list(c, c.view.groups) }

func (s *Server) getGroup(c *call) (*answer, error) {
	return s.found(c, c.view.groups, c.params[0])
}

// found answers with the object of an id.
func (s *Server) found(c *call, all []Object, id string) (*answer, error) {
	i := indexOf(all, "id", id)
	if i < 0 {
		return nil, missing(id)
	}
	return s.one(c, http.StatusOK, all[i])
}

// listMembers lists the users of a group and of the groups in it, each once, in the
// order of the tenant's users.
func (s *Server) listMembers(c *call) (*answer, error) {
	if indexOf(c.view.groups, "id", c.params[0]) < 0 {
		return nil, missing(c.params[0])
	}
	reached := map[string]bool{}
	waiting := []string{c.params[0]}
	for len(waiting) > 0 {
		id := waiting[0]
		waiting = waiting[1:]
		if !reached[id] {
			reached[id] = true
			waiting = append(waiting, c.view.members[id]...)
		}
	}
	var users []Object
	for _, u := range c.view.users {
		if reached[u.text("id")] {
			users = append(users, u)
		}
	}
	return s.list(c, users)
}

func (s *Server) listApps(c *call) (*answer, error) { return s.list(c, c.view.apps) }

func (s *Server) listGrants(c *call) (*answer, error) { return s.ofApp(c, c.view.grants) }

func (s *Server) listAssigned(c *call) (*answer, error) { return s.ofApp(c, c.view.assigned) }

func (s *Server) ofApp(c *call, all map[string][]Object) (*answer, error) {
	if indexOf(c.view.apps, "id", c.params[0]) < 0 {
		return nil, missing(c.params[0])
	}
	return s.list(c, all[c.params[0]])
}

func (s *Server) getMethod(c *call) (*answer, error) { return s.one(c, http.StatusOK, c.view.method) }

func (s *Server) listAccess(c *call) (*answer, error) { return s.list(c, c.view.access) }

func (s *Server) getDefaults(c *call) (*answer, error) {
	return s.one(c, http.StatusOK, c.view.defaults)
}

func (s *Server) getAuthorization(c *call) (*answer, error) {
	return s.one(c, http.StatusOK, c.view.authorization)
}

func (s *Server) listRollout(c *call) (*answer, error) { return s.list(c, c.view.rollout) }

// findUser finds a user by id or userPrincipalName.
func findUser(users []Object, name string) (Object, bool) {
	for _, u := range users {
		if u.text("id") == name || name != "" && strings.EqualFold(u.text("userPrincipalName"), name) {
			return u, true
		}
	}
	return nil, false
}
