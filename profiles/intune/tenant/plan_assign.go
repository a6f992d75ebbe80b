package tenant

import (
	"fmt"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// covered is how far the assignments of an object reach a group.
type covered int

const (
	uncovered covered = iota
	partly            // by a filter
	wholly
)

// coverage tells whether an object is for a group. It is an error where it is kept from
// the group on purpose.
func coverage(all []graph.IntuneAssignment, g Named) (covered, error) {
	is := uncovered
	for _, a := range all {
		mine := a.Target.GroupID == g.ID
		switch {
		case a.Target.Type == graph.ExclusionTarget && mine:
			return uncovered, fmt.Errorf("the group %q is excluded from it: take the exclusion away, or the group from the set", preflight.Printable(g.Name))
		case a.Target.Type == graph.GroupTarget && mine && a.Intent == graph.RemoveIntent:
			return uncovered, fmt.Errorf("it is to be removed from the group %q: take that assignment away, or the group from the set", preflight.Printable(g.Name))
		case a.Intent == graph.RemoveIntent:
		case a.Target.Type == graph.GroupTarget && mine && a.Target.Filtered():
			is = max(is, partly)
		case a.Target.Type == graph.GroupTarget && mine, a.Target.Type == graph.AllUsersTarget && !a.Target.Filtered():
			is = wholly
		}
	}
	return is, nil
}
