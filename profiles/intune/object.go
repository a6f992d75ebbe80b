package intune

import (
	"github.com/easkit/easkit/certs/graph/schema"
	"maps"
	"strings"
)

// Object is an object of Intune as JSON: the keys are Graph's names, the values those
// that encoding/json makes of JSON (string, bool, float64, []any, map[string]any, nil).
type Object map[string]any

// newObject makes an object of a type of Graph, such as "iosCustomConfiguration".
func newObject(kind string, properties Object) Object {
	o := Object{schema.TypeKey: schema.Namespace + kind}
	maps.Copy(o, properties)
	return o
}

// Type is the object's type of Graph without its namespace; "" where it says none.
func (o Object) Type() string {
	return strings.TrimPrefix(strings.TrimPrefix(o.Text(schema.TypeKey), "#"), "microsoft.graph.")
}

// Name is what people call the object.
func (o Object) Name() string { return o.Text("displayName") }

// JSON is the object as a file, in ASCII: see [Set.Files].
func (o Object) JSON() ([]byte, error) { return asciiJSON(o) }

// Text is a property that is text; "" where it is not.
func (o Object) Text(key string) string {
	s, _ := o[key].(string)
	return s
}
