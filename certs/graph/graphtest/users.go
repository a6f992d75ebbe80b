package graphtest

import (
	"net/http"
	"slices"
	"unicode/utf8"
)

// The limits of certificateUserIds
// (https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-certificateuserids).
const (
	maxUserIDs      = 10
	maxUserIDLength = 1024 // characters
)

func (s *Server) listUsers(c *call) (*answer, error) { return s.list(c, c.view.users) }

func (s *Server) getUser(c *call) (*answer, error) {
	user, ok := findUser(c.view.users, c.params[0])
	if !ok {
		return nil, missing(c.params[0])
	}
	// User.Read is for the user alone whose token it is.
	if c.claims.Kind == "user" && user.text("id") != c.claims.Object && !overlap(c.scopes(), readUsers) {
		return nil, &refusal{http.StatusForbidden, codeDenied, "Insufficient privileges to complete the operation.", false}
	}
	return s.one(c, http.StatusOK, user)
}

// userIDs gives the certificateUserIds of a user.
func userIDs(user Object) []string {
	info, _ := user["authorizationInfo"].(map[string]any)
	return Object(info).texts("certificateUserIds")
}

// updateUser sets certificateUserIds: the whole list, not one more. Those of a user
// who is synchronised are set on premises.
func (s *Server) updateUser(c *call) (*answer, error) {
	user, ok := findUser(c.view.users, c.params[0])
	if !ok {
		return nil, missing(c.params[0])
	}
	ids := userIDs(c.body)
	if len(ids) > maxUserIDs {
		return nil, breach("certificateUserIds has %d values: there can be %d.", len(ids), maxUserIDs)
	}
	for i, id := range ids {
		if n := utf8.RuneCountInString(id); n > maxUserIDLength {
			return nil, breach("certificateUserIds[%d] has %d characters: there can be %d.", i, n, maxUserIDLength)
		}
		if slices.Contains(ids[:i], id) {
			return nil, breach("certificateUserIds[%d] is there twice.", i)
		}
	}
	if user["onPremisesSyncEnabled"] == true {
		return nil, conflict("Unable to update the specified properties for on-premises mastered Directory Sync objects " +
			"or objects currently undergoing migration.")
	}
	for _, other := range c.view.users {
		if other.text("id") != user.text("id") && overlap(ids, userIDs(other)) {
			return nil, conflict("Another object with the same value for property certificateUserIds already exists.")
		}
	}
	s.write(c.now)
	s.replaceUser(user.with("authorizationInfo", c.body["authorizationInfo"]))
	return &answer{status: http.StatusNoContent}, nil
}

func (s *Server) replaceUser(user Object) {
	s.current.users = slices.Clone(s.current.users)
	s.current.users[indexOf(s.current.users, "id", user.text("id"))] = user
}

// revokeSignInSessions sets the time from which on sessions are valid to now. Readers
// see it after a delay. External users are left as they are: they sign in at home
// (https://learn.microsoft.com/graph/api/user-revokesigninsessions).
func (s *Server) revokeSignInSessions(c *call) (*answer, error) {
	user, ok := findUser(c.view.users, c.params[0])
	if !ok {
		return nil, missing(c.params[0])
	}
	if user.text("userType") != "Guest" {
		s.write(c.now)
		s.current.revocations = append(slices.Clone(s.current.revocations),
			revocation{user: user.text("id"), from: c.now, visible: c.now.Add(s.options.RevokeDelay)})
		s.settle(c.now)
	}
	return &answer{http.StatusOK, Object{"@odata.context": c.origin() + basePath + "/$metadata#Edm.Boolean", "value": true}}, nil
}
