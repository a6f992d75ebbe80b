package tenant

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/certs/preflight"
)

// maxAssigns is how often the groups of an object are added again after somebody else
// replaced its assignments at the same moment.
const maxAssigns = 3

// assign adds the groups of a step to those whom its object is for. Graph takes
// assignments only all together, so that they are read right before they are posted, and
// again after: between the two requests somebody else's change can be lost, as by the
// admin center.
func (r *run) assign(ctx context.Context, s *Step) error {
	id := r.id(s.Key)
	var before, now []graph.IntuneAssignment
	posted := false
	send := func(ctx context.Context) (err error) {
		before, posted, err = r.post(ctx, s, id)
		return err
	}
	covers := func(ctx context.Context) (bool, error) {
		var err error
		if now, err = r.Client.IntuneAssignments(ctx, s.kind().Collection, id); err != nil {
			return false, err
		}
		missing, err := r.missing(s, now)
		return len(missing) == 0, err
	}
	for range maxAssigns {
		if err := r.persist(ctx, send, covers); err != nil || !posted {
			return r.refused(s, err)
		}
		seen, err := r.settle(ctx, covers)
		if err != nil {
			return r.refused(s, err)
		}
		if seen {
			r.vanished(s, before, now)
			return nil
		}
	}
	return r.refused(s, fmt.Errorf("%w: the groups were added %d times, and are not there: somebody else changes them at the same time; apply the same plan again when they have ended", ErrNotKept, maxAssigns))
}

// vanished notes the assignments that were there before ours were added, and are not any
// more: whoever changed them at that moment did not see ours, or meant it.
func (r *run) vanished(s *Step, before, now []graph.IntuneAssignment) {
	for _, a := range before {
		if !slices.ContainsFunc(now, func(b graph.IntuneAssignment) bool { return b.Target == a.Target }) {
			target := preflight.Printable(strings.TrimPrefix(a.Target.Type, schema.Namespace) + " " + a.Target.GroupID)
			r.result.Vanished = append(r.result.Vanished, fmt.Sprintf("%s %q was for %s, and is not any more: somebody else changed it at the same time",
				s.kind().Title, preflight.Printable(s.Object.Name()), strings.TrimSpace(target)))
		}
	}
}

func (r *run) refused(s *Step, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("assigning %s %q: %w", s.kind().Title, preflight.Printable(s.Object.Name()), err)
}

// post posts the assignments that are there, and the missing groups behind them. Posted
// is false where none is missing.
func (r *run) post(ctx context.Context, s *Step, id string) (before []graph.IntuneAssignment, posted bool, err error) {
	collection := s.kind().Collection
	err = r.visible(ctx, s, func(ctx context.Context) (err error) {
		before, err = r.Client.IntuneAssignments(ctx, collection, id)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	missing, err := r.missing(s, before)
	if err != nil || len(missing) == 0 {
		return before, false, err
	}
	all := slices.Clone(before)
	for _, group := range missing {
		a, err := graph.AssignGroup(collection, group)
		if err != nil {
			return before, false, err
		}
		all = append(all, a)
	}
	return before, true, r.Client.Once().AssignIntuneObject(ctx, collection, id, all)
}
