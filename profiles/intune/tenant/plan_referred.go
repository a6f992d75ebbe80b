package tenant

import (
	"context"
	"fmt"
	"slices"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// readReferred reads the roots and certificate profiles that objects refer to which were
// read: one that was adopted has no mark, and may have any name. The parts are gone
// through from the mail profiles on, so that the root of such a certificate is read, too.
func (st *State) readReferred(ctx context.Context, c *graph.Client, s *intune.Set) error {
	for _, part := range slices.Backward(s.Parts) {
		for _, r := range part.Refers {
			to, there := s.Part(r.To)
			if !there {
				continue
			}
			ids := map[string]bool{}
			for _, e := range st.Objects {
				if e.Kind.Type == part.Object.Type() && e.Relations[r.Property].ID != "" {
					ids[e.Relations[r.Property].ID] = true
				}
			}
			err := readAll(ctx, c, st.Objects, func(e *Existing) (intune.Part, bool) { return to, ids[e.ID] && e.Relations == nil })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// reached are the objects of a part's type that are the set's own, or that these refer to
// as the part, whatever made them.
func (b *planner) reached(p intune.Part) []*Existing {
	all := b.marked(p)
	for _, from := range b.set.Parts {
		for _, r := range from.Refers {
			if r.To != p.Key {
				continue
			}
			for _, e := range b.reached(from) {
				to := b.existing(e.Relations[r.Property].ID)
				if to != nil && to.Kind.Type == p.Object.Type() && !slices.Contains(all, to) {
					all = append(all, to)
				}
			}
		}
	}
	return all
}

// referred finds the root or the certificate profile without a mark that objects of the
// set refer to as a part, and that does what the part shall: it was adopted before, and a
// new one beside it would give all phones another certificate.
func (b *planner) referred(p intune.Part, s *Step) *Existing {
	if _, adopting := b.state.Adopt[p.Key]; adopting || !s.kind().Frozen() {
		return nil
	}
	for _, e := range b.reached(p) {
		if _, marked := e.Mark(); !marked && sameContent(s.Object, e.Object) && b.relationsOf(p, e) == len(p.Refers) {
			s.Action = Adopt
			s.Notes = append(s.Notes, "easkit did not make it; it is used, since an object of the set refers to it")
			return e
		}
	}
	return nil
}

// alike notes what the tenant has of the same settings where one is made beside it.
func (b *planner) alike(s *Step) {
	for i := range b.state.Objects {
		e := &b.state.Objects[i]
		_, marked := e.Mark()
		if s.kind().Frozen() && !marked && e.Kind.Type == s.kind().Type && sameContent(s.Object, e.Object) {
			s.Notes = append(s.Notes, fmt.Sprintf("the tenant has one of the same settings, %s: to use that instead, plan with --adopt %q", e.label(), preflight.Printable(e.Object.Name())+"="+s.Key))
		}
	}
}
