package tenant

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/easkit/easkit/profiles/intune"
)

// others are the objects of a part that are not the one used.
type others struct {
	twins  []*Existing // made by another import at the same time, copied, or restored
	former []*Existing // certificates as they were before a change
}

// own finds the object of a part among those that have its mark. A copy has the mark,
// too, so that one of another name is taken only where none has ours.
func (b *planner) own(p intune.Part, want intune.Object) (*Existing, others) {
	var o others
	var fits, renamed []*Existing
	for _, e := range b.marked(p) {
		switch {
		case e.Kind.Type != want.Type(), e.Kind.Frozen() && !(sameContent(want, e.Object) && b.refers(p, e)):
			o.former = append(o.former, e)
		case !named(want, e):
			renamed = append(renamed, e)
		default:
			fits = append(fits, e)
		}
	}
	if _, adopting := b.state.Adopt[p.Key]; adopting {
		i := slices.IndexFunc(renamed, func(e *Existing) bool { return adopts(p, b.state.Adopt, e) })
		if len(fits) == 0 && i < 0 { // another one is to be adopted
			o.twins = renamed
			return nil, o
		}
		if i > 0 {
			renamed[0], renamed[i] = renamed[i], renamed[0]
		}
	}
	fits = append(fits, renamed...)
	if len(fits) == 0 {
		return nil, o
	}
	o.twins = fits[1:]
	return fits[0], o
}

// marked are the objects that have a part's mark, the earliest first.
func (b *planner) marked(p intune.Part) []*Existing {
	var marked []*Existing
	for i := range b.state.Objects {
		e := &b.state.Objects[i]
		if m, ok := e.Mark(); ok && m == (intune.Mark{Set: b.set.ID, Key: p.Key}) {
			marked = append(marked, e)
		}
	}
	slices.SortFunc(marked, earlier)
	return marked
}

// named reports whether an object is called as it is wanted, or as it was created where
// that name was taken: see freeName.
func named(want intune.Object, e *Existing) bool {
	if e.Object.Name() == want.Name() {
		return true
	}
	number, cut := strings.CutPrefix(e.Object.Name(), want.Name()+" ")
	n, err := strconv.Atoi(number)
	return cut && err == nil && n >= 2
}

// renamed refuses to write to an object that has the part's mark and another name: it may
// be somebody's copy of the set's, who means it to differ.
func (s *Step) renamed(p intune.Part, have *Existing) error {
	if have == nil || s.Action == Adopt || named(p.Object, have) || !s.writes() {
		return nil
	}
	if s.Secret {
		return fmt.Errorf("the tenant's %s %s has the mark of the part %q and not its name, and holds one user's private key: give it its name back, or delete it",
			have.Kind.Title, have.label(), p.Key)
	}
	return fmt.Errorf("the tenant's %s %s has the mark of the part %q and not its name: if it was renamed, take it over with --adopt %q; if it is a copy for others, take the mark out of its description",
		have.Kind.Title, have.label(), p.Key, have.Object.Name()+"="+p.Key)
}

// cutOff refuses to make a certificate profile once more while one that an import left
// behind is there: for nobody and with other settings, or assigned and without what it
// refers to. Each further import would leave one more, if it is the tenant that changes
// the settings, or doesn't show the reference.
func (b *planner) cutOff(p intune.Part, want intune.Object, former []*Existing) error {
	var refused []error
	for _, e := range former {
		if e.Kind.Type != want.Type() || !e.Kind.Frozen() {
			continue
		}
		unlike := b.unlike(p, want, e)
		if len(e.Assignments) > 0 && len(unlike) == 0 {
			refused = append(refused, fmt.Errorf("the tenant's %s %s is assigned, and the tenant shows nothing as its %s: plan again when it does, or unassign it in the portal, which takes its certificates off the phones, and delete it",
				e.Kind.Title, e.label(), strings.Join(unrelated(p, e), ", ")))
		}
		if len(e.Assignments) > 0 || e.Counted && e.Issued > 0 {
			continue
		}
		how := "delete it in the portal"
		if e.Kind.Role == intune.Certificate && !e.Counted {
			how = "see in the portal that no phone has a certificate by it and delete it there"
		}
		refused = append(refused, fmt.Errorf("the tenant's %s %s was made for the part %q with another %s, and is for nobody: %s, then plan again",
			e.Kind.Title, e.label(), p.Key, strings.Join(unlike, ", "), how))
	}
	return errors.Join(refused...)
}

// unrelated are the references of a part that the tenant does not show of an object.
func unrelated(p intune.Part, e *Existing) []string {
	var names []string
	for _, r := range p.Refers {
		if e.Relations[r.Property].ID == "" {
			names = append(names, r.Property)
		}
	}
	return names
}

// unlike are the settings and references by which a certificate profile is not the one
// that is wanted.
func (b *planner) unlike(p intune.Part, want intune.Object, e *Existing) []string {
	names := slices.DeleteFunc(different(want, e.Object), func(name string) bool { return slices.Contains(labels, name) })
	for _, r := range p.Refers {
		if is := e.Relations[r.Property].ID; is != "" && is != b.plan.step(r.To).ID {
			names = append(names, r.Property)
		}
	}
	return names
}

// notes say of the other objects of a part what is left to do by hand.
func (o others) notes() []string {
	var notes []string
	for _, e := range o.twins {
		notes = append(notes, fmt.Sprintf("the tenant has a twin, %s, by another import, a copy or a back-up: it is not used, and %s", e.label(), e.retire()))
	}
	for _, e := range o.former {
		if !e.Kind.Frozen() {
			notes = append(notes, fmt.Sprintf("%s has the part's mark and another type: it is not touched", e.label()))
			continue
		}
		notes = append(notes, fmt.Sprintf("the old one, %s, %s", e.label(), e.retire()))
	}
	return notes
}

// retire says what an object that is not used holds yet, and what to do with it by hand.
func (e *Existing) retire() string {
	certificate := e.Kind.Role == intune.Certificate
	switch nobody := len(e.Assignments) == 0; {
	case nobody && !certificate:
		return "is for nobody: delete it by hand"
	case nobody && e.Counted && e.Issued == 0:
		return "is for nobody and has no certificates: delete it by hand"
	case nobody:
		return fmt.Sprintf("is for nobody, and phones may have %s still: leave it until they have moved on", e.issued())
	case !e.Kind.Frozen():
		return "keeps its assignments: whom to take out is left to you, in the portal"
	}
	return fmt.Sprintf("keeps its assignments and %s; when the phones have moved on, unassign it by hand, which takes its certificates off them and revokes those of SCEP", e.issued())
}

func (e *Existing) issued() string {
	switch {
	case e.Kind.Role == intune.Root:
		return "its certificate"
	case !e.Counted:
		return "its certificates (how many is not known)"
	}
	return fmt.Sprintf("its certificates (%d)", e.Issued)
}
