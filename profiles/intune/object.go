package intune

import (
	"bytes"
	"encoding/base64"
	"maps"
	"strings"

	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/profiles"
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

// identityPayload is the type of the payload in which a .mobileconfig has a private key.
const identityPayload = "com.apple.security.pkcs12"

// HoldsKey reports whether a private key is in the object: whether what a custom profile
// brings has a payload for one, or a key in any form that [profiles.HoldsKey] finds.
func (o Object) HoldsKey() bool {
	text := o.Text("payload")
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		data = []byte(text)
	}
	return bytes.Contains(data, []byte(identityPayload)) || profiles.HoldsKey(data)
}

// Text is a property that is text; "" where it is not.
func (o Object) Text(key string) string {
	s, _ := o[key].(string)
	return s
}
