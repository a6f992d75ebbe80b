package tenant

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// Action is what becomes of the object of a part.
type Action string

// The actions.
const (
	Create Action = "create"
	Update Action = "update"
	Adopt  Action = "adopt" // an object that easkit did not make is the set's from now on
	Keep   Action = "keep"  // the object stays as it is; it may get more groups
)

// Step is what becomes of one part.
type Step struct {
	Key    string `json:"key"`
	Action Action `json:"action"`
	ID     string `json:"id,omitempty"` // of the object; "" of one that is created
	Secret bool   `json:"secret,omitempty"`
	// Object is what the object shall be like; what it does not speak of stays.
	Object intune.Object `json:"object"`
	// Was is what changes, as the tenant has it: null where it has nothing.
	Was       intune.Object `json:"was,omitempty"`
	Relations []Relation    `json:"relations,omitempty"`
	Assign    []string      `json:"assign,omitempty"` // ids of the groups that are added
	Danger    string        `json:"danger,omitempty"` // what users notice of it
	Notes     []string      `json:"notes,omitempty"`
}

// Relation is what an object refers to.
type Relation struct {
	Property string `json:"property"`
	To       string `json:"to"`            // key of a step before
	Was      string `json:"was,omitempty"` // the id that it refers to when the plan is made
}

// kind is what matters of the object's type.
func (s *Step) kind() intune.Kind {
	k, _ := intune.KindOf(s.Object.Type())
	return k
}

// writes reports whether the step changes anything in the tenant.
func (s *Step) writes() bool {
	return s.Action == Create || s.Action == Update || len(s.Was) > 0 || len(s.Assign) > 0
}

// errForged says that a step is none that is ever planned.
var errForged = errors.New("it was not made by easkit intune plan")

// admissible refuses a step that is never planned behind others.
func (s *Step) admissible(before []Step) error {
	kind, known := intune.KindOf(s.Object.Type())
	switch {
	case !known || kind.Retired,
		!slices.Contains([]Action{Create, Update, Adopt, Keep}, s.Action),
		(s.Action == Create) != (s.ID == ""),
		s.Action == Create && len(s.Was) > 0,
		!s.Secret && secret(s.Key, s.Object),
		s.Secret && (len(s.Assign) > 0 || s.Action == Adopt),
		s.Action != Create && kind.Frozen() && len(s.Was) > 0:
		return fmt.Errorf("the step %q: %w", preflight.Printable(s.Key), errForged)
	}
	for _, r := range s.Relations {
		if !slices.ContainsFunc(before, func(b Step) bool { return b.Key == r.To }) {
			return fmt.Errorf("the step %q refers to %q, which is no step before it: %w", preflight.Printable(s.Key), preflight.Printable(r.To), errForged)
		}
	}
	return nil
}

// secret reports whether a part holds one user's private key, whatever it says of itself.
func secret(key string, o intune.Object) bool {
	return intune.Mark{Key: key}.Pilot() || o.HoldsKey()
}

// pending are the properties that an object still has as they were, and is an error
// where one is neither as it was nor as it shall be.
func (s *Step) pending(have intune.Object) (intune.Object, error) {
	body := intune.Object{}
	for _, name := range different(s.Object, have) {
		old, changes := s.Was[name]
		switch {
		case changes && same(name, old, have[name]):
			body[name] = s.Object[name]
		case s.kind().Frozen() && slices.Contains(labels, name):
		default:
			return nil, fmt.Errorf("%w: the %s of %q was changed since: make a new plan", ErrChanged, name, preflight.Printable(have.Name()))
		}
	}
	return body, nil
}

// wanted is the object of a part as it is created: with its mark and its app.
func (b *planner) wanted(p intune.Part) (intune.Object, error) {
	o, err := plain(p.Object)
	if err != nil {
		return nil, fmt.Errorf("the part %q: %w", p.Key, err)
	}
	mark := intune.Mark{Set: b.set.ID, Key: p.Key}
	switch found, marked := intune.MarkOf(o); {
	case !marked:
		o["description"] = mark.Describe(o.Text("description"))
	case found != mark:
		return nil, fmt.Errorf("the part %q has the mark %s of another in its description", p.Key, found)
	}
	if ids := b.state.Apps[p.Key]; len(ids) > 0 {
		var targets []any
		for _, id := range ids {
			targets = append(targets, id)
		}
		o["targetedMobileApps"] = targets
	}
	return o, nil
}

// was are the properties of an object that change.
func was(want, have intune.Object) intune.Object {
	old := intune.Object{}
	for _, name := range different(want, have) {
		old[name] = have[name]
	}
	return old
}

// labelled is what is wanted with the labels that an object has.
func labelled(want, have intune.Object) intune.Object {
	o := maps.Clone(want)
	for _, name := range labels {
		if _, speaks := o[name]; speaks {
			o[name] = have[name]
		}
	}
	return o
}
