package tenant

import (
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/graph"
)

// answer is whether something holds, where a snapshot may not tell.
type answer int

// The answers in order, so that the least of several is that of all together, and
// the greatest that of one of them.
const (
	no answer = iota
	perhaps
	yes
)

// not turns an answer round.
func (a answer) not() answer { return yes - a }

func sure(holds bool) answer {
	if holds {
		return yes
	}
	return no
}

// index is a snapshot sorted by what it is asked for.
type index struct {
	groups      map[string]*circle // by id in small letters
	authorities []authority
	pool        []*certs.Certificate // of the authorities
	skis        map[string]bool      // of the authorities
	federated   map[string]bool      // by domain in small letters
	enforced    map[demand][]*graph.AccessPolicy
}

// circle is the members of a group: their ids, and their UPNs in small letters.
type circle struct {
	name    string
	members map[string]struct{}
}

// look is the snapshot's index, made once.
func (s *Snapshot) look() *index {
	s.indexed.Do(func() {
		x := &index{
			groups: map[string]*circle{}, authorities: s.authorities(), skis: map[string]bool{},
			federated: map[string]bool{}, enforced: s.byDemand(graph.Enabled),
		}
		for _, a := range x.authorities {
			x.skis[string(a.ski)] = true
			if a.certificate != nil {
				x.pool = append(x.pool, a.certificate)
			}
		}
		for _, g := range s.Groups {
			c := &circle{name: g.DisplayName, members: make(map[string]struct{}, 2*len(g.Members))}
			for _, m := range g.Members {
				c.members[strings.ToLower(m.ID)] = struct{}{}
				c.members[strings.ToLower(m.UserPrincipalName)] = struct{}{}
			}
			delete(c.members, "")
			x.groups[strings.ToLower(g.ID)] = c
		}
		for _, d := range s.Domains {
			x.federated[strings.ToLower(d.ID)] = strings.EqualFold(d.AuthenticationType, graph.Federated)
		}
		s.index = x
	})
	return s.index
}

// inGroup reports whether a user is in a group; perhaps where the snapshot does not
// have the group.
func (s *Snapshot) inGroup(u *entra.User, id string) answer {
	c := s.look().groups[strings.ToLower(id)]
	if c == nil {
		return perhaps
	}
	if _, ok := c.members[strings.ToLower(u.ID)]; ok {
		return yes
	}
	_, ok := c.members[strings.ToLower(u.UPN)]
	return sure(ok)
}

// isUser reports whether an id is the user's; perhaps where the user's is unknown.
func isUser(u *entra.User, id string) answer {
	if u.ID == "" {
		return perhaps
	}
	return sure(strings.EqualFold(u.ID, id))
}

// among reports whether a user is one of the targets.
func (s *Snapshot) among(u *entra.User, targets []graph.Target) answer {
	found := no
	for _, t := range targets {
		switch {
		case t.ID == graph.AllUsers:
			return yes
		case strings.EqualFold(t.TargetType, "user"):
			found = max(found, isUser(u, t.ID))
		default:
			found = max(found, s.inGroup(u, t.ID))
		}
	}
	return found
}

// groupName is what a group is called in a message.
func (s *Snapshot) groupName(id string) string {
	if c := s.look().groups[strings.ToLower(id)]; c != nil && c.name != "" {
		return quoted(c.name)
	}
	return quoted(id)
}

// unknownGroups are those of some targets that the snapshot does not have.
func (s *Snapshot) unknownGroups(targets []graph.Target) []string {
	var unknown []string
	for _, t := range targets {
		if t.ID != graph.AllUsers && !strings.EqualFold(t.TargetType, "user") && s.look().groups[strings.ToLower(t.ID)] == nil {
			unknown = append(unknown, quoted(t.ID))
		}
	}
	return unknown
}

// namedGroups are the ids of the groups that method, policies, rollouts and app
// name, each once, in order.
func (s *Snapshot) namedGroups() []string {
	var ids []string
	targets := func(targets []graph.Target) {
		for _, t := range targets {
			if t.ID != graph.AllUsers && !strings.EqualFold(t.TargetType, "user") {
				ids = append(ids, t.ID)
			}
		}
	}
	if s.Method != nil {
		targets(s.Method.IncludeTargets)
		targets(s.Method.ExcludeTargets)
		for _, scope := range s.Method.Scopes {
			targets(scope.Include)
		}
	}
	for _, p := range s.Access {
		ids = append(ids, p.Conditions.Users.IncludeGroups...)
		ids = append(ids, p.Conditions.Users.ExcludeGroups...)
	}
	for _, r := range s.Rollouts {
		for _, o := range r.AppliesTo {
			ids = append(ids, o.ID)
		}
	}
	if s.AppleMail != nil {
		for _, a := range s.AppleMail.AssignedTo {
			if strings.EqualFold(a.PrincipalType, "Group") {
				ids = append(ids, a.PrincipalID)
			}
		}
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
}
