package tenant

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// planner makes the steps of a plan, in the order of the parts.
type planner struct {
	set     *intune.Set
	state   *State
	options PlanOptions
	plan    *Plan
}

// step plans one part.
func (b *planner) step(p intune.Part) (Step, error) {
	want, err := b.wanted(p)
	if err != nil {
		return Step{}, err
	}
	s := Step{Key: p.Key, Secret: p.Secret || secret(p.Key, want), Object: want}
	chosen, others := b.own(p, want)
	if err := b.adoptable(p, &s, chosen); err != nil {
		return s, err
	}
	if chosen != nil && !named(want, chosen) && adopts(p, b.state.Adopt, chosen) {
		s.Action = Adopt
	}
	if chosen == nil {
		chosen = b.referred(p, &s)
	}
	if chosen == nil {
		if chosen, err = b.adopted(p, &s); err != nil {
			return s, err
		}
	}
	if chosen == nil {
		if err := b.cutOff(p, want, others.former); err != nil {
			return s, err
		}
	}
	s.relate(p, chosen)
	if chosen == nil {
		s.Action = Create
		s.Object["displayName"] = b.freeName(s.Object)
	} else {
		b.compare(&s, p, chosen)
	}
	s.Notes = append(s.Notes, others.notes()...)
	if chosen == nil {
		b.strand(&s, others.former)
		b.alike(&s)
	}
	if err := b.assign(&s, chosen); err != nil {
		return s, err
	}
	return s, s.renamed(p, chosen)
}

// relate notes what an object refers to.
func (s *Step) relate(p intune.Part, have *Existing) {
	for _, r := range p.Refers {
		relation := Relation{Property: r.Property, To: r.To}
		if have != nil {
			relation.Was = have.Relations[r.Property].ID
		}
		s.Relations = append(s.Relations, relation)
	}
}

// compare notes what changes in an object.
func (b *planner) compare(s *Step, p intune.Part, have *Existing) {
	s.ID = have.ID
	if have.Kind.Frozen() {
		s.Object = labelled(s.Object, have.Object)
	} else {
		s.Was = was(s.Object, have.Object)
	}
	moves := slices.ContainsFunc(s.Relations, b.plan.moves)
	switch {
	case s.Action == Adopt:
	case len(s.Was) > 0 || moves:
		s.Action = Update
	default:
		s.Action = Keep
	}
	b.alarm(s, have)
}

// earlier orders objects by when they were made.
func earlier(a, b *Existing) int {
	return cmp.Or(a.created().Compare(b.created()), strings.Compare(a.ID, b.ID))
}

// created is when the object was made; zero where it does not say.
func (e *Existing) created() time.Time {
	t, err := time.Parse(time.RFC3339, e.Object.Text("createdDateTime"))
	if err != nil {
		return time.Time{}
	}
	return t
}

// refers reports whether a certificate profile refers to what it shall. One that refers
// to nothing and is for nobody is an import that was cut off, and goes on.
func (b *planner) refers(p intune.Part, e *Existing) bool {
	return !slices.ContainsFunc(p.Refers, func(r intune.Reference) bool {
		is := e.Relations[r.Property].ID
		if is == "" {
			return len(e.Assignments) > 0
		}
		return is != b.plan.step(r.To).ID
	})
}

// adopted finds the object that is to be adopted for a part, or that has its name and
// that easkit did not make. It is nil where the part is created.
func (b *planner) adopted(p intune.Part, s *Step) (*Existing, error) {
	_, adopting := b.state.Adopt[p.Key]
	var found []*Existing
	var ids []string
	for i := range b.state.Objects {
		e := &b.state.Objects[i]
		is := called(p, e)
		if adopting {
			is = adopts(p, b.state.Adopt, e)
		}
		if m, marked := e.Mark(); is && !(marked && m == (intune.Mark{Set: b.set.ID, Key: p.Key})) {
			found, ids = append(found, e), append(ids, e.ID)
		}
	}
	name := preflight.Printable(p.Object.Name())
	if len(found) == 0 {
		return nil, nil
	}
	title := found[0].Kind.Title
	if m, marked := found[0].Mark(); marked {
		return nil, fmt.Errorf("the tenant's %s %s is the part %q of the set %q: give one of the two another name", title, found[0].label(), m.Key, m.Set)
	}
	switch {
	case s.Secret:
		return nil, fmt.Errorf("easkit did not make the tenant's %s %q (%s), and it is not taken over, since the part holds one user's private key: give one of the two another name", title, name, listed(ids))
	case !adopting:
		return nil, fmt.Errorf("easkit did not make the tenant's %s %q (%s): take it over with --adopt %q, or give one of the two another name",
			title, name, listed(ids), name)
	case len(found) > 1:
		return nil, fmt.Errorf("the tenant has %d objects of the kind %s called %s: give all but the one to adopt another name", len(found), title, listed(ids))
	}
	e := found[0]
	if !e.Kind.Frozen() || sameContent(s.Object, e.Object) && len(e.Relations) == b.relationsOf(p, e) {
		s.Action = Adopt
		if e.Kind.Frozen() {
			s.Notes = append(s.Notes, "it gets no mark, and without --adopt it is known again only while an object of the set refers to it: give --adopt at each import")
		}
		return e, nil
	}
	s.Notes = append(s.Notes, fmt.Sprintf("the tenant's %s %s has other settings, and is not edited, since that revokes or removes certificates: a new one is made beside it", title, e.label()))
	return nil, nil
}

// relationsOf counts the references of a part that an object has as they shall be.
func (b *planner) relationsOf(p intune.Part, e *Existing) int {
	n := 0
	for _, r := range p.Refers {
		if to := b.plan.step(r.To).ID; to != "" && e.Relations[r.Property].ID == to {
			n++
		}
	}
	return n
}

// freeName is the object's name, or with a number where the tenant or the plan has it.
func (b *planner) freeName(o intune.Object) string {
	taken := map[string]bool{}
	for _, e := range b.state.Objects {
		taken[e.Kind.Type+"\n"+e.Object.Name()] = true
	}
	for _, s := range b.plan.Steps {
		taken[s.Object.Type()+"\n"+s.Object.Name()] = true
	}
	name := o.Name()
	for n := 2; taken[o.Type()+"\n"+name]; n++ {
		name = fmt.Sprintf("%s %d", o.Name(), n)
	}
	return name
}

// notes are about what the set no longer has, and what it has besides.
func (b *planner) notes() []string {
	notes := b.otherGroups()
	for i := range b.state.Objects {
		e := &b.state.Objects[i]
		m, marked := e.Mark()
		if _, there := b.set.Part(m.Key); marked && m.Set == b.set.ID && !there {
			notes = append(notes, fmt.Sprintf("%s %s was made for the set, which has no part %q any more: it is not touched", e.Kind.Title, e.label(), m.Key))
		}
	}
	return notes
}

// otherGroups says that objects of the set are for others, too: a group that was taken
// out of the set stays assigned.
func (b *planner) otherGroups() []string {
	var others int
	for i := range b.plan.Steps {
		s := &b.plan.Steps[i]
		at := slices.IndexFunc(b.state.Objects, func(e Existing) bool { return e.ID == s.ID })
		if at >= 0 && slices.ContainsFunc(b.state.Objects[at].Assignments, func(a graph.IntuneAssignment) bool {
			return !slices.ContainsFunc(b.plan.groupsOf(s), func(g Named) bool { return strings.EqualFold(g.ID, a.Target.GroupID) })
		}) {
			others++
		}
	}
	if others == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s for more than the set's groups, and stay so: whom to take out is left to you, in the portal", preflight.Counted(others, "object"))}
}

// assign adds the groups of the set to those whom an object is for.
func (b *planner) assign(s *Step, have *Existing) error {
	if s.Secret {
		s.Notes = append(s.Notes, whose(have))
	}
	if have != nil {
		if err := b.plan.keepFrom(s, have); err != nil {
			return err
		}
	}
	var all []graph.IntuneAssignment
	if have != nil {
		all = have.Assignments
	}
	var refused []error
	for _, g := range b.plan.groupsOf(s) {
		is, err := coverage(all, g)
		switch {
		case err != nil:
			refused = append(refused, fmt.Errorf("%s %s: %w", have.Kind.Title, have.label(), err))
		case is == uncovered:
			s.Assign = append(s.Assign, g.ID)
		case is == partly:
			s.Notes = append(s.Notes, fmt.Sprintf("it is for %q by a filter, which is left as it is: not all of the group's devices get it", preflight.Printable(g.Name)))
		}
	}
	return errors.Join(refused...)
}
