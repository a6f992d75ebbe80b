package android

import (
	"fmt"
	"strings"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs/preflight"
)

// Words of profile.schema that the form of Google Play has beside those of the table.
const (
	wordOtherApp = "other-app"
	wordKind     = "kind"
	wordProduct  = "product"
	wordProperty = "property"
)

// srcPlay describes the fields of a ManagedProperty.
const srcPlay = "https://developers.google.com/android/work/play/emm-api/v1/managedconfigurationsfordevice"

// valueKinds are what each value field of a ManagedProperty holds.
var valueKinds = map[string]tree.Kind{
	"valueBool": tree.Boolean, "valueInteger": tree.Integer, "valueString": tree.String,
	"valueStringArray": tree.Array, "valueBundle": tree.Object, "valueBundleArray": tree.Array,
}

// How deep bundles are nested at most on Android
// (https://developer.android.com/work/managed-configurations), and how deep they are
// followed here.
const (
	levels     = 2
	maxBundles = 16
)

// fixProperty is the remedy for a property that is none.
const fixProperty = "give each property its key and one value, in the field for its type"

func (c *Configuration) issue(at tree.Position, word, fix, format string, args ...any) {
	c.issues = append(c.issues, schema.Issue{
		Word: word, Severity: preflight.StatusFail, At: at, Message: fmt.Sprintf(format, args...),
		Basis: preflight.Documented, Source: srcPlay, Fix: fix,
	})
}

// properties turns a list of ManagedProperty objects into one object, as the Android
// Management API has it, and notes which are none.
func (c *Configuration) properties(list *tree.Node, depth int) *tree.Node {
	all := &tree.Node{Kind: tree.Object, At: list.At}
	for i, n := range list.Items {
		key := n.Get("key")
		if key.Str() == "" {
			c.issue(n.At, wordProperty, fixProperty, "property %d has no key", i+1)
			continue
		}
		if v := c.value(n, depth); v != nil {
			all.Entries = append(all.Entries, tree.Entry{Key: key.Text, At: key.At, Value: v})
		}
	}
	return all
}

// value is the one value of a property, nil where there is none.
func (c *Configuration) value(n *tree.Node, depth int) *tree.Node {
	name := quoted(n.Get("key").Str())
	var field string
	var v *tree.Node
	for _, e := range n.Entries {
		switch kind, known := valueKinds[e.Key]; {
		case !known && strings.HasPrefix(e.Key, "value"):
			c.issue(e.At, wordProperty, fixProperty, "%s: %s is no field of a property", name, quoted(e.Key))
		case !known:
		case field != "":
			c.issue(e.At, wordProperty, fixProperty, "%s has two values, %s and %s", name, field, e.Key)
		case e.Value.Kind != kind:
			c.issue(e.Value.At, schema.WordType, fixProperty, "%s: %s is %s, and holds %s", name, e.Key, e.Value.Kind.WithArticle(), kind.WithArticle())
			field, v = e.Key, e.Value
			if c.mistyped == nil {
				c.mistyped = map[string]bool{}
			}
			c.mistyped[n.Get("key").Str()] = true
		default:
			field, v = e.Key, c.bundles(e.Key, e.Value, depth)
		}
	}
	if field == "" {
		c.issue(n.At, wordProperty, fixProperty, "%s has no value", name)
	}
	return v
}

// bundles turns the properties within a value into objects.
func (c *Configuration) bundles(field string, v *tree.Node, depth int) *tree.Node {
	inner := func(n *tree.Node) *tree.Node {
		if depth == levels {
			c.issue(n.At, wordProperty, "keep to two levels of bundles", "bundles are nested deeper than the %d levels that Android has", levels)
		}
		list := n.Get("managedProperty")
		if !list.Is(tree.Array) || depth >= maxBundles {
			return &tree.Node{Kind: tree.Object, At: n.At}
		}
		return c.properties(list, depth+1)
	}
	switch field {
	case "valueBundle":
		return inner(v)
	case "valueBundleArray":
		all := &tree.Node{Kind: tree.Array, At: v.At}
		for _, item := range v.Items {
			all.Items = append(all.Items, inner(item))
		}
		return all
	}
	return v
}
