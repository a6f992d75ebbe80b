package graphtest

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
)

// purpose is what an object is for: it decides what must and must not be in it.
type purpose int

const (
	stored   purpose = iota // as Graph holds it: anything of the type
	creating                // the body of a POST: all that is required, nothing read-only
	updating                // the body of a PATCH: nothing read-only
)

// guid is the form of Edm.Guid.
var guid = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
})

// misspelt are names that the reference pages spell otherwise than the CSDL.
var misspelt = map[string]string{"deltacertificateRevocationListUrl": "deltaCertificateRevocationListUrl"}

// check holds an object against the table of its type. Its errors are breaches and
// name the place, "certificateAuthorities[1].certificate".
func (c catalogue) check(name string, o map[string]any, p purpose) error {
	return c.object(c[name], "", o, p)
}

func (c catalogue) object(t Type, at string, o map[string]any, p purpose) error {
	for _, key := range slices.Sorted(maps.Keys(o)) {
		if err := c.member(t, at, key, o[key], p); err != nil {
			return err
		}
	}
	if p != creating {
		return nil
	}
	for _, property := range t.Properties {
		if _, ok := o[property.Name]; property.Required && !ok {
			return breach("A value is required for property %q of resource %q.", at+property.Name, t.Name)
		}
	}
	return nil
}

func (c catalogue) member(t Type, at, key string, value any, p purpose) error {
	if key == "@odata.type" {
		if value != "#microsoft.graph."+t.Name {
			return breach("%s@odata.type is %q: it must be %q.", at, value, "#microsoft.graph."+t.Name)
		}
		return nil
	}
	property, ok := t.property(key)
	if right := misspelt[key]; right != "" {
		return breach("Invalid property %q: the reference pages misspell it, the CSDL spells %q.", at+key, right)
	}
	if !ok {
		return breach("Invalid property %q: %q has no property of that name.", at+key, t.Name)
	}
	if property.ReadOnly && p != stored {
		return breach("Property %q of %q is read-only and cannot be set.", at+key, t.Name)
	}
	return c.value(property, at+key, value, p)
}

func (c catalogue) value(property Property, at string, value any, p purpose) error {
	if !property.Collection {
		return c.single(property, at, value, p)
	}
	items, ok := value.([]any)
	if !ok {
		return breach("Property %q must be a collection, not %s.", at, jsonKind(value))
	}
	for i, item := range items {
		if err := c.single(property, fmt.Sprintf("%s[%d]", at, i), item, p); err != nil {
			return err
		}
	}
	return nil
}

func (c catalogue) single(property Property, at string, value any, p purpose) error {
	if value == nil {
		if property.Nullable {
			return nil
		}
		return breach("Property %q must not be null.", at)
	}
	if right, ok := primitives[property.EDM]; ok {
		if !right(value) {
			return breach("Cannot convert the value of property %q (%s) to %s.", at, jsonKind(value), property.EDM)
		}
		return nil
	}
	t, ok := c[property.EDM]
	if !ok { // a type without a table: nothing reads it
		return nil
	}
	if t.Kind == Enum {
		return t.memberOf(at, value)
	}
	o, ok := value.(map[string]any)
	if !ok {
		return breach("Property %q must be an object of %q, not %s.", at, t.Name, jsonKind(value))
	}
	return c.object(t, at+".", o, p)
}

// memberOf says whether the value is one of an enum, or a list of them with commas if
// the enum takes lists.
func (t Type) memberOf(at string, value any) error {
	s, ok := value.(string)
	if !ok {
		return breach("Property %q must be a string of %q, not %s.", at, t.Name, jsonKind(value))
	}
	parts := []string{s}
	if t.Flags {
		parts = strings.Split(s, ",")
	}
	for _, part := range parts {
		if !slices.Contains(t.Members, part) {
			return breach("Invalid value %q of property %q: %q has %s.", part, at, t.Name, strings.Join(t.Members, ", "))
		}
	}
	return nil
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
