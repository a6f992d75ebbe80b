package tenant

import (
	"context"
	"fmt"
	"slices"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// State is what a tenant has that matters to a [Set], as it was read.
type State struct {
	Tenant  graph.Organization
	Objects []Existing
	Groups  []graph.Group       // those of the set, in its order
	Apps    map[string][]string // the apps of a part, by its key: Graph's ids
	Adopt   map[string]string   // what is to be taken over: its name, by the key of the part
}

// Existing is an object that a tenant has.
type Existing struct {
	ID     string
	Kind   intune.Kind
	Object intune.Object // as Graph has it

	// The rest is read of objects that are the set's own, or called like one, and of those
	// that these refer to.

	Assignments []graph.IntuneAssignment
	Relations   map[string]graph.IntuneReference // by property; without an ID where it is not set
	Issued      int                              // certificates that phones have by it
	Counted     bool                             // Issued is known
}

// Mark is the object's mark; ok is false for one that no set made.
func (e *Existing) Mark() (m intune.Mark, ok bool) { return intune.MarkOf(e.Object) }

// label is an object for messages.
func (e *Existing) label() string {
	return fmt.Sprintf("%q (%s)", preflight.Printable(e.Object.Name()), preflight.Printable(e.ID))
}

// ReadState reads what a tenant has that matters to a set. A group or an app of the set
// that the tenant doesn't have, or has more than once, is an error that says which.
//
// adopt names objects of the tenant that easkit did not make, or that were renamed since,
// and that the set may take over: NAME, or NAME=KEY where several parts are of the
// object's type. Roots and certificate profiles are taken only with the same settings, and
// stay as they are, without a mark or a new name: they are named each time, unless an
// object of the set refers to them. What holds a private key is never taken over.
func ReadState(ctx context.Context, c *graph.Client, s *intune.Set, adopt ...string) (*State, error) {
	org, err := c.Organization(ctx)
	if err != nil {
		return nil, err
	}
	st := &State{Tenant: org}
	if st.Groups, err = findGroups(ctx, c, s.Groups); err != nil {
		return nil, err
	}
	if st.Apps, err = findApps(ctx, c, s.Parts); err != nil {
		return nil, err
	}
	if st.Objects, err = listObjects(ctx, c); err != nil {
		return nil, err
	}
	if st.Adopt, err = adoptions(s, st.Objects, adopt); err != nil {
		return nil, err
	}
	if err := readAll(ctx, c, st.Objects, func(e *Existing) (intune.Part, bool) { return concerns(s, st.Adopt, e) }); err != nil {
		return nil, err
	}
	return st, st.readReferred(ctx, c, s)
}

// readAll reads more of the objects that matter.
func readAll(ctx context.Context, c *graph.Client, all []Existing, matters func(*Existing) (intune.Part, bool)) error {
	for i := range all {
		part, does := matters(&all[i])
		if !does {
			continue
		}
		if err := all[i].read(ctx, c, part); err != nil {
			return err
		}
	}
	return nil
}

// listObjects lists the objects of the kinds that there are.
func listObjects(ctx context.Context, c *graph.Client) ([]Existing, error) {
	var all []Existing
	for _, collection := range []string{intune.DeviceConfigurations, intune.AppConfigurations} {
		objects, err := c.IntuneObjects(ctx, collection)
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			e := Existing{ID: intune.Object(o).Text("id"), Object: o}
			kind, ok := intune.KindOf(e.Object.Type())
			if !ok || e.ID == "" {
				continue
			}
			e.Kind = kind
			all = append(all, e)
		}
	}
	return all, nil
}

// concerns finds the part that an object is, is called like, or is to be adopted for. The
// part is zero for an object of the set that is none of its parts any more.
func concerns(s *intune.Set, adopt map[string]string, e *Existing) (intune.Part, bool) {
	m, marked := e.Mark()
	if marked && m.Set == s.ID {
		part, _ := s.Part(m.Key)
		return part, true
	}
	i := slices.IndexFunc(s.Parts, func(p intune.Part) bool { return called(p, e) || adopts(p, adopt, e) })
	if i < 0 {
		return intune.Part{}, false
	}
	return s.Parts[i], true
}

// called reports whether an object has the part's name and type.
func called(p intune.Part, e *Existing) bool {
	return e.Kind.Type == p.Object.Type() && e.Object.Name() == p.Object.Name()
}

// read reads the rest of an object. Lists leave some properties out, so that the object
// is read again by itself.
func (e *Existing) read(ctx context.Context, c *graph.Client, part intune.Part) error {
	o, err := c.IntuneObject(ctx, e.Kind.Collection, e.ID)
	if err != nil {
		return err
	}
	e.Object = o
	if e.Assignments, err = c.IntuneAssignments(ctx, e.Kind.Collection, e.ID); err != nil {
		return err
	}
	e.Relations = map[string]graph.IntuneReference{}
	for _, r := range part.Refers {
		if e.Kind.Type != part.Object.Type() {
			break // it may know no such relation
		}
		if e.Relations[r.Property], err = c.IntuneRelation(ctx, e.ID, e.Kind.Type, r.Property); err != nil {
			return err
		}
	}
	if e.Kind.Role == intune.Certificate {
		e.Issued, e.Counted, err = c.IssuedCertificates(ctx, e.ID, e.Kind.Type)
	}
	return err
}
