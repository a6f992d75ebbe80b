package graphtest

import (
	"fmt"

	"github.com/easkit/easkit/certs/graph/schema"
)

// IntuneObjects gives the device configurations, and then the app configurations, as
// they are now, whatever readers see: in the form of [Tenant], with the ids of what they
// refer to. "assignments" and "certificates" are there only if there are some.
func (s *Server) IntuneObjects() ([]Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Object
	for _, k := range collections() {
		for _, o := range s.current.intune.objects[k.path] {
			whole, err := s.current.intune.seedForm(s.current, o)
			if err != nil {
				return nil, fmt.Errorf("reading the object %q: %w", o.text("displayName"), err)
			}
			all = append(all, whole)
		}
	}
	return all, nil
}

// What follows is for tests in which somebody else changes the tenant between two
// requests of a client. It is seen at once, unless readers are behind already.

// AddIntune adds an object in the form of [Tenant] and gives its id.
func (s *Server) AddIntune(o Object) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := *s.current
	b := &seeder{types: s.types, now: s.options.Now()}
	id = b.configuration(&next, o)
	if b.err != nil {
		return "", b.err
	}
	s.current.intune = next.intune
	return id, nil
}

// ChangeIntune sets properties of an object, as a PATCH would.
func (s *Server) ChangeIntune(id string, change Object) error {
	change, err := toObject(change)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k, o, err := s.ofAnyCollection(id)
	if err != nil {
		return err
	}
	if err := s.types.Check(kindOf(o), change, schema.Updating); err != nil {
		return fmt.Errorf("changing the object %q: %w", o.text("displayName"), err)
	}
	s.change(k, id, change, nil, stamp(s.options.Now()))
	return nil
}

// RemoveIntune takes an object away, as a DELETE would.
func (s *Server) RemoveIntune(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, _, err := s.ofAnyCollection(id)
	if err != nil {
		return err
	}
	s.remove(k, id)
	return nil
}

// Assign replaces the assignments of an object by groups, named by their names or ids.
func (s *Server) Assign(id string, groups ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, o, err := s.ofAnyCollection(id)
	if err != nil {
		return err
	}
	var items []any
	for _, group := range groups {
		items = append(items, group)
	}
	list, err := k.assignments(s.current, id, s.current.targets(items))
	if err != nil {
		return fmt.Errorf("assigning the object %q: %w", o.text("displayName"), err)
	}
	s.setAssignments(o, list)
	return nil
}

func (s *Server) ofAnyCollection(id string) (collection, Object, error) {
	for _, k := range collections() {
		if o, _, err := k.find(s.current, id); err == nil {
			return k, o, nil
		}
	}
	return collection{}, nil, fmt.Errorf("no object of Intune has the id %q", id)
}
