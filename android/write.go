package android

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// AMAPI is the configuration as an element of applications[] in a policy of the
// Android Management API: an ApplicationPolicy with packageName and
// managedConfiguration and nothing else. Paste it there, or add its
// managedConfiguration to the element that the policy has for the app already;
// installType and the like stay the policy's own.
func (c *Config) AMAPI() ([]byte, error) {
	return encode(applicationPolicy{c.App.Package, c.Properties})
}

type applicationPolicy struct {
	PackageName          string     `json:"packageName"`
	ManagedConfiguration properties `json:"managedConfiguration"`
}

// kindEnterprise is the kind of a managed configuration in the Google Play EMM
// API.
const kindEnterprise = "androidenterprise#managedConfiguration"

// Enterprise is the configuration as a ManagedConfiguration of the Google Play
// EMM API, indented. Intune keeps the same JSON, compact and in base64, as the
// payloadJson of an app configuration policy.
func (c *Config) Enterprise() ([]byte, error) { return encode(c.enterprise()) }

func (c *Config) enterprise() managedConfiguration {
	return managedConfiguration{Kind: kindEnterprise, ProductID: c.App.Product, ManagedProperty: managedProperties(c.Properties)}
}

// managedProperties are properties as Google Play has them.
func managedProperties(ps properties) []properties {
	all := []properties{}
	for _, p := range ps {
		field, value := playValue(p.Value)
		all = append(all, properties{{"key", p.Key}, {field, value}})
	}
	return all
}

// managedConfiguration has a key and one value field in each ManagedProperty.
type managedConfiguration struct {
	Kind            string       `json:"kind"`
	ProductID       string       `json:"productId"`
	ManagedProperty []properties `json:"managedProperty"`
}

// playValue is the field that a ManagedProperty has for a value, and what stands there.
func playValue(value any) (string, any) {
	bundle := func(ps properties) properties { return properties{{"managedProperty", managedProperties(ps)}} }
	switch v := value.(type) {
	case bool:
		return "valueBool", v
	case int:
		return "valueInteger", v
	case []string:
		return "valueStringArray", v
	case properties:
		return "valueBundle", bundle(v)
	case []properties:
		bundles := []properties{}
		for _, ps := range v {
			bundles = append(bundles, bundle(ps))
		}
		return "valueBundleArray", bundles
	}
	return "valueString", value
}

// managed reads one ManagedProperty, whichever value field it has.
func managed(fields properties) Property {
	var p Property
	for _, f := range fields {
		if name, ok := f.Value.(string); ok && f.Key == "key" {
			p.Key = name
		} else if strings.HasPrefix(f.Key, "value") {
			p.Value = f.Value
		}
	}
	return p
}

// properties is a JSON object that keeps its order.
type properties []Property

// MarshalJSON writes the object in the order of the properties.
func (ps properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range ps {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := encode(p.Key)
		if err != nil {
			return nil, err
		}
		value, err := encode(p.Value)
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", p.Key, err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads an object in its order; whole numbers become int.
func (ps *properties) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	open, err := dec.Token()
	if err != nil || open == nil { // null
		return err
	}
	if open != json.Delim('{') {
		return errors.New("there is a value where an object must stand")
	}
	*ps = properties{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		p := Property{Key: fmt.Sprint(name)}
		if err := dec.Decode(&p.Value); err != nil {
			return err
		}
		if number, ok := p.Value.(json.Number); ok {
			if n, err := number.Int64(); err == nil && int64(int(n)) == n {
				p.Value = int(n)
			}
		}
		*ps = append(*ps, p)
	}
	return nil
}

// encode writes JSON for people to read: indented, with a newline at the end,
// and with <, > and & as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("writing JSON: %w", err)
	}
	return b.Bytes(), nil
}
