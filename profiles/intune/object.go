package intune

import (
	"maps"
	"strings"
)

// namespace is what the names of Graph's types begin with in @odata.type.
const namespace = "#microsoft.graph."

// odataType is the key under which an object says what it is.
const odataType = "@odata.type"

// Object is an object of Intune as JSON: the keys are Graph's names, the values those
// that encoding/json makes of JSON (string, bool, float64, []any, map[string]any, nil).
type Object map[string]any

// newObject makes an object of a type of Graph, such as "iosCustomConfiguration".
func newObject(kind string, properties Object) Object {
	o := Object{odataType: namespace + kind}
	maps.Copy(o, properties)
	return o
}

// Type is the object's type of Graph without its namespace; "" where it says none.
func (o Object) Type() string {
	return strings.TrimPrefix(strings.TrimPrefix(o.Text(odataType), "#"), "microsoft.graph.")
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
