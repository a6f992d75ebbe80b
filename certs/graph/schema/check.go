package schema

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Purpose is what an object is for: it decides what must and must not be in it.
type Purpose int

// The purposes.
const (
	Stored   Purpose = iota // as Graph holds it: anything of the type, with annotations
	Creating                // the body of a POST: all that is required, nothing read-only
	Updating                // the body of a PATCH: nothing read-only
)

// Breach says how an object departs from the description of its type.
type Breach struct {
	Path   string // "certificateAuthorities[1].certificate"; "" for the object itself
	Reason string
}

// Error is one line, which names the place.
func (b *Breach) Error() string { return b.Reason }

// guid is the form of Edm.Guid.
var guid = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
})

// misspelt are names that the reference pages spell otherwise than the CSDL.
var misspelt = map[string]string{"deltacertificateRevocationListUrl": "deltaCertificateRevocationListUrl"}

// Check holds an object against the table of a type and gives the first breach, a
// *[Breach], in the order of keys.
func (c Catalogue) Check(name string, o map[string]any, p Purpose) error {
	if all := c.Breaches(name, o, p); len(all) > 0 {
		return all[0]
	}
	return nil
}

// Breaches holds an object against the table of a type, and gives all that is wrong in
// the order of keys. Of values only those of enums are named, which hold no secrets, and
// of each text that comes out of the object no more than 60 characters.
func (c Catalogue) Breaches(name string, o map[string]any, p Purpose) []*Breach {
	w := walk{types: c, purpose: p}
	w.object(c[name], "", o)
	return w.found
}

// walk is one walk over an object.
type walk struct {
	types   Catalogue
	purpose Purpose
	found   []*Breach
}

func (w *walk) breach(at, format string, args ...any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = clip(text)
		}
	}
	w.found = append(w.found, &Breach{Path: at, Reason: fmt.Sprintf(format, args...)})
}

// maxShown is how much of a text of the object a reason has, in characters: no path of a
// property is longer.
const maxShown = 60

func clip(s string) string {
	shown := 0
	for i := range s {
		if shown++; shown == maxShown {
			if rest := s[i:]; utf8.RuneCountInString(rest[:min(len(rest), utf8.UTFMax+1)]) > 1 {
				return s[:i] + "…"
			}
		}
	}
	return s
}

// list is what a table has, which a reason names in full.
type list []string

func (l list) String() string { return strings.Join(l, ", ") }

func (w *walk) object(t Type, at string, o map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(o)) {
		if !w.annotation(t, at, key, o[key]) {
			w.member(t, at, key, o[key])
		}
	}
	if w.purpose != Creating {
		return
	}
	for _, property := range t.Properties {
		if _, ok := o[property.Name]; property.Required && !ok {
			w.breach(at+property.Name, "A value is required for property %q of resource %q.", at+property.Name, t.Name)
		}
	}
}

// annotation judges a key that is none of a property: @odata.type, a reference to
// another object, and what answers carry besides.
func (w *walk) annotation(t Type, at, key string, value any) bool {
	if key == "@odata.type" {
		w.says(t, at, value)
		return true
	}
	name, is, ok := strings.Cut(key, "@")
	if !ok {
		return w.purpose == Stored && strings.HasPrefix(key, "#") // an action that the object has
	}
	if is == "odata.bind" {
		property, known := t.Property(name)
		if !known || !property.Navigation {
			w.breach(at+key, "%q is no relationship of %q.", at+name, t.Name)
		}
		return true
	}
	if w.purpose != Stored {
		w.breach(at+key, "The annotation %q cannot be set.", at+key)
	}
	return true
}

// says judges what an object says it is.
func (w *walk) says(t Type, at string, value any) {
	right := "microsoft.graph." + t.Name
	name, ok := value.(string)
	switch {
	case !ok:
		w.breach(at+"@odata.type", "%s@odata.type must be a string, not %s.", at, jsonKind(value))
	case name != "#"+right && (at == "" || name != right):
		w.breach(at+"@odata.type", "%s@odata.type is %q: it must be %q.", at, name, "#"+right)
	}
}

func (w *walk) member(t Type, at, key string, value any) {
	property, ok := t.Property(key)
	switch right := misspelt[key]; {
	case right != "":
		w.breach(at+key, "Invalid property %q: the reference pages misspell it, the CSDL spells %q.", at+key, right)
	case !ok && !(t.Subset && w.purpose == Stored):
		w.breach(at+key, "Invalid property %q: %q has no property of that name.", at+key, t.Name)
	case !ok:
	case property.ReadOnly && w.purpose != Stored:
		w.breach(at+key, "Property %q of %q is read-only and cannot be set.", at+key, t.Name)
	case property.Navigation && w.purpose != Stored:
		w.breach(at+key, "%q of %q is a relationship and cannot be set in the body.", at+key, t.Name)
	default:
		w.value(property, at+key, value)
	}
}

func (w *walk) value(property Property, at string, value any) {
	if !property.Collection {
		w.single(property, at, value)
		return
	}
	items, ok := value.([]any)
	if !ok {
		w.breach(at, "Property %q must be a collection, not %s.", at, jsonKind(value))
		return
	}
	if property.Max > 0 && len(items) > property.Max {
		w.breach(at, "Property %q has %d items, at most %d are allowed.", at, len(items), property.Max)
	}
	for i, item := range items {
		w.single(property, fmt.Sprintf("%s[%d]", at, i), item)
	}
}

func (w *walk) single(property Property, at string, value any) {
	if value == nil {
		if !property.Nullable && !property.Navigation {
			w.breach(at, "Property %q must not be null.", at)
		}
		return
	}
	if right, ok := primitives[property.EDM]; ok {
		if !right(value) {
			w.breach(at, "Cannot convert the value of property %q (%s) to %s.", at, jsonKind(value), property.EDM)
		}
		return
	}
	t, ok := w.types[property.EDM]
	if !ok { // a type without a table: nothing reads it
		return
	}
	if t.Kind == Enum {
		w.memberOf(t, at, value)
		return
	}
	o, ok := value.(map[string]any)
	if !ok {
		w.breach(at, "Property %q must be an object of %q, not %s.", at, t.Name, jsonKind(value))
		return
	}
	w.object(w.caseOf(t, at, o), at+".", o)
}

// caseOf is the type that an object says it is, where that is a case of the type that
// stands there.
func (w *walk) caseOf(t Type, at string, o map[string]any) Type {
	name, _ := o["@odata.type"].(string)
	name = strings.TrimPrefix(strings.TrimPrefix(name, "#"), "microsoft.graph.")
	is, ok := w.types[name]
	if ok && w.types.IsA(name, t.Name) {
		t = is
	}
	if t.Abstract {
		w.breach(at, "%q is no object of its own: say with @odata.type which one %q is.", t.Name, at)
	}
	return t
}

// memberOf judges a value of an enum, or a list of them with commas if the enum takes
// lists. Intune's portal begins some with a capital, which Graph takes.
func (w *walk) memberOf(t Type, at string, value any) {
	s, ok := value.(string)
	if !ok {
		w.breach(at, "Property %q must be a string of %q, not %s.", at, t.Name, jsonKind(value))
		return
	}
	parts := []string{s}
	if t.Flags {
		parts = strings.Split(s, ",")
	}
	for _, part := range parts {
		part = strings.TrimSpace(part)
		right := func(member string) bool {
			return part == member || w.purpose == Stored && strings.EqualFold(part, member)
		}
		if !slices.ContainsFunc(t.Members, right) {
			w.breach(at, "Invalid value %q of property %q: %q has %s.", part, at, t.Name, list(t.Members))
		}
	}
}

// primitives say which JSON values an EDM type takes
// (https://docs.oasis-open.org/odata/odata-json-format/v4.01/odata-json-format-v4.01.html#sec_PrimitiveValue).
// Binary is what Graph's own examples show: base64 of the standard alphabet.
var primitives = map[string]func(any) bool{
	"Edm.String":  func(v any) bool { _, ok := v.(string); return ok },
	"Edm.Boolean": func(v any) bool { _, ok := v.(bool); return ok },
	"Edm.Int32": func(v any) bool {
		n, ok := v.(float64)
		return ok && n == math.Trunc(n) && n >= math.MinInt32 && n <= math.MaxInt32
	},
	"Edm.Binary": func(v any) bool {
		s, ok := v.(string)
		_, err := base64.StdEncoding.DecodeString(s)
		return ok && err == nil
	},
	"Edm.DateTimeOffset": func(v any) bool {
		s, ok := v.(string)
		_, err := time.Parse(time.RFC3339, s)
		return ok && err == nil
	},
	"Edm.Guid": func(v any) bool { s, ok := v.(string); return ok && guid().MatchString(s) },
}

// jsonKind names the JSON type of a value, for messages: the value itself may be long.
func jsonKind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case float64:
		return "a number"
	case []any:
		return "a collection"
	default:
		return "an object"
	}
}
