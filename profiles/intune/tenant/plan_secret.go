package tenant

import (
	"fmt"
	"slices"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// includes reports whether an assignment brings an object to somebody.
func includes(a graph.IntuneAssignment) bool {
	return a.Target.Type != graph.ExclusionTarget && a.Intent != graph.RemoveIntent
}

// tooMany says whom a user's private key would reach beside the user, by the assignments
// of the object that gets it; "" where it is for nobody, or for one group that may be the
// user's own.
func (p *Plan) tooMany(s *Step, all []graph.IntuneAssignment) string {
	var whom []string
	own := intune.Mark{Key: s.Key}.Pilot()
	for _, a := range all {
		if includes(a) {
			whom = append(whom, p.groupName(target(a.Target)))
			own = own && len(whom) == 1 && a.Target.Type == graph.GroupTarget && !p.has(a.Target)
		}
	}
	if !s.Secret || len(whom) == 0 || own {
		return ""
	}
	return listed(whom)
}

// keepFrom refuses to write a private key to an object that is for more than its user.
func (p *Plan) keepFrom(s *Step, have *Existing) error {
	whom := p.tooMany(s, have.Assignments)
	if whom == "" {
		return nil
	}
	return fmt.Errorf("the tenant's %s %s is assigned to %s, and is to hold one user's private key: unassign it from all but a group of that user alone, in the portal, then plan again",
		have.Kind.Title, have.label(), whom)
}

// whose is whom a private key of the plan is for, for people.
func whose(have *Existing) string {
	if have != nil {
		if i := slices.IndexFunc(have.Assignments, includes); i >= 0 {
			return fmt.Sprintf("it is one user's, and assigned to %s: see that nobody else is in that group", preflight.Printable(target(have.Assignments[i].Target)))
		}
	}
	return "it is one user's and assigned to nobody: assign it to a group of that user alone, in the portal"
}
