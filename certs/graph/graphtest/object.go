package graphtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// Object is an entity as JSON: the keys are Graph's names. The server never changes
// one that it has stored: a change makes a new one, so that what a reader was given
// stays as it was.
type Object map[string]any

// with gives a copy in which the key has the value.
func (o Object) with(key string, value any) Object {
	changed := maps.Clone(o)
	changed[key] = value
	return changed
}

// merged gives a copy in which the keys of change have its values.
func (o Object) merged(change Object) Object {
	changed := maps.Clone(o)
	maps.Copy(changed, change)
	return changed
}

// text gives a string of the object, and "" if it is not there or null.
func (o Object) text(key string) string {
	s, _ := o[key].(string)
	return s
}

// namespace is what the names of types begin with in @odata.type.
const namespace = "#microsoft.graph."

// kindOf is the type that an object says it is of; "" if it does not say.
func kindOf(o Object) string { return strings.TrimPrefix(o.text("@odata.type"), namespace) }

// texts gives a collection of strings.
func (o Object) texts(key string) []string {
	var all []string
	items, _ := o[key].([]any)
	for _, item := range items {
		if s, ok := item.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

// toObject makes an Object of a struct with Graph's names in its JSON tags.
func toObject(from any) (Object, error) {
	b, err := json.Marshal(from)
	if err != nil {
		return nil, fmt.Errorf("writing %T as JSON: %w", from, err)
	}
	var o Object
	if err := json.Unmarshal(b, &o); err != nil {
		return nil, fmt.Errorf("reading %T as an object: %w", from, err)
	}
	return o, nil
}

// fromObject fills a struct with what an Object holds.
func fromObject(o Object, into any) error {
	b, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("writing an object as JSON: %w", err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("reading an object as %T: %w", into, err)
	}
	return nil
}

// indexOf finds the object whose key has the value, or gives -1.
func indexOf(all []Object, key, value string) int {
	for i, o := range all {
		if o.text(key) == value {
			return i
		}
	}
	return -1
}
