package tenant

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// adoptions finds the parts for which objects of the tenant are to be taken over: the
// objects' names, by the keys of the parts. All that is wrong is told at once.
func adoptions(s *intune.Set, all []Existing, wanted []string) (map[string]string, error) {
	adopt := map[string]string{}
	var wrong []error
	for _, want := range wanted {
		name, key := want, ""
		if i := strings.LastIndex(want, "="); i >= 0 {
			if _, is := s.Part(want[i+1:]); is {
				name, key = want[:i], want[i+1:]
			}
		}
		part, err := adopter(s, all, name, key)
		if err == nil && adopt[part.Key] != "" {
			err = fmt.Errorf("%q and %q are both to be adopted for the part %q: leave one out", adopt[part.Key], preflight.Printable(name), part.Key)
		}
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		adopt[part.Key] = name
	}
	return adopt, errors.Join(wrong...)
}

// adopter finds the part that an object of the tenant is to be adopted for.
func adopter(s *intune.Set, all []Existing, name, key string) (intune.Part, error) {
	var fits []string
	shown := preflight.Printable(name)
	for _, p := range s.Parts {
		if slices.ContainsFunc(all, func(e Existing) bool { return e.Object.Name() == name && e.Kind.Type == p.Object.Type() }) {
			fits = append(fits, p.Key)
		}
	}
	called := slices.ContainsFunc(all, func(e Existing) bool { return e.Object.Name() == name })
	switch {
	case key == "" && len(fits) == 1:
		key = fits[0]
	case !called:
		return intune.Part{}, fmt.Errorf("the tenant has no profile or app configuration called %q, which is to be adopted", shown)
	case len(fits) == 0:
		return intune.Part{}, fmt.Errorf("%q can't be adopted: the set has no part of its kind", shown)
	case key == "":
		return intune.Part{}, fmt.Errorf("%q may be any of the parts %s: say which, as --adopt %q", shown, strings.Join(fits, ", "), shown+"="+fits[0])
	case !slices.Contains(fits, key):
		return intune.Part{}, fmt.Errorf("%q can't be adopted for the part %q, which is of another kind", shown, key)
	}
	part, _ := s.Part(key)
	return part, nil
}

// adopts reports whether an object is to be adopted for a part.
func adopts(p intune.Part, adopt map[string]string, e *Existing) bool {
	name, named := adopt[p.Key]
	return named && e.Kind.Type == p.Object.Type() && e.Object.Name() == name
}

// adoptable refuses an adoption that would do nothing, or bring a private key to phones
// that have another profile now.
func (b *planner) adoptable(p intune.Part, s *Step, own *Existing) error {
	name, adopting := b.state.Adopt[p.Key]
	switch {
	case !adopting:
		return nil
	case s.Secret:
		return fmt.Errorf("%q can't be adopted for the part %q, which holds one user's private key: leave --adopt out, and a new object is made", preflight.Printable(name), p.Key)
	case own != nil && !adopts(p, b.state.Adopt, own):
		return fmt.Errorf("%q can't be adopted: the set has its own object for the part %q, %s: leave --adopt out", preflight.Printable(name), p.Key, own.label())
	}
	return nil
}
