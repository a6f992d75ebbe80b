package tenant

import (
	"fmt"
	"slices"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// find finds the object of a step; nil where it is not created yet.
func (r *run) find(s *Step) (*Existing, error) {
	if s.ID != "" {
		i := slices.IndexFunc(r.state, func(e Existing) bool { return e.ID == s.ID && e.Kind.Type == s.kind().Type })
		if i < 0 {
			return nil, fmt.Errorf("%w: there is no %s %q (%s) any more", ErrChanged, s.kind().Title, preflight.Printable(s.Object.Name()), s.ID)
		}
		return &r.state[i], nil
	}
	if made := r.marked(s, r.state); len(made) > 0 {
		return made[0], nil
	}
	for i := range r.state {
		if e := &r.state[i]; e.Kind.Type == s.kind().Type && e.Object.Name() == s.Object.Name() {
			return nil, fmt.Errorf("%w: there is another %s called %q (%s) now: make a new plan", ErrChanged, s.kind().Title, preflight.Printable(s.Object.Name()), e.ID)
		}
	}
	return nil, nil
}

// marked are the objects that an import made by a step, the earliest first: the first
// one counts, for every import that runs at the same time.
func (r *run) marked(s *Step, all []Existing) []*Existing {
	var made []*Existing
	for i := range all {
		e := &all[i]
		m, _ := e.Mark()
		ours := m == r.mark(s) && e.Kind.Type == s.kind().Type
		if ours && (!e.Kind.Frozen() || sameContent(s.Object, e.Object) && r.fits(s, e)) {
			made = append(made, e)
		}
	}
	slices.SortFunc(made, earlier)
	return made
}

// fits reports whether a certificate profile refers to what the step's does, or is for
// nobody yet and refers to nothing.
func (r *run) fits(s *Step, e *Existing) bool {
	return !slices.ContainsFunc(s.Relations, func(relation Relation) bool {
		is := e.Relations[relation.Property].ID
		if is == "" {
			return len(e.Assignments) > 0
		}
		return is != r.id(relation.To)
	})
}

// todo are the keys of the steps that are not carried out yet. It is an error where the
// tenant is neither as it was when the plan was made nor as planned.
func (r *run) todo() (map[string]bool, error) {
	todo := map[string]bool{}
	for i := range r.plan.Steps {
		s := &r.plan.Steps[i]
		e := r.used[s.Key]
		if e == nil {
			todo[s.Key] = true
			continue
		}
		if err := r.plan.keepFrom(s, e); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrChanged, err)
		}
		body, err := s.pending(e.Object)
		if err != nil {
			return nil, err
		}
		moves, err := r.moves(s, e)
		if err != nil {
			return nil, err
		}
		groups, err := r.missing(s, e.Assignments)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", e.Kind.Title, e.label(), err)
		}
		if len(body)+len(moves)+len(groups) > 0 {
			todo[s.Key] = true
		}
	}
	return todo, nil
}

// moves are the relations of an object that are to be set yet.
func (r *run) moves(s *Step, e *Existing) ([]Relation, error) {
	var left []Relation
	for _, relation := range s.Relations {
		is, to := e.Relations[relation.Property], r.id(relation.To)
		switch {
		case is.ID != "" && is.ID == to:
		case is.ID != relation.Was:
			return nil, fmt.Errorf("%w: %s refers to %q as its %s now: make a new plan",
				ErrChanged, e.label(), preflight.Printable(is.Name), relation.Property)
		case e.Kind.Frozen() && (is.ID != "" || len(e.Assignments) > 0):
			return nil, fmt.Errorf("%w: the %s of %s would change, and with it the certificates of phones: make a new plan", ErrChanged, relation.Property, e.label())
		default:
			left = append(left, relation)
		}
	}
	return left, nil
}

// missing are the groups that are to be added to assignments. A group that was there
// when the plan was made, and was taken away since, is an error: it was meant.
func (r *run) missing(s *Step, all []graph.IntuneAssignment) ([]string, error) {
	var ids []string
	for _, g := range r.plan.groupsOf(s) {
		is, err := coverage(all, g)
		switch {
		case err != nil:
			return nil, err
		case is != uncovered:
		case !slices.Contains(s.Assign, g.ID):
			return nil, fmt.Errorf("%w: it is not for the group %q any more: make a new plan", ErrChanged, preflight.Printable(g.Name))
		default:
			ids = append(ids, g.ID)
		}
	}
	return ids, nil
}
