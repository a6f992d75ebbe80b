package schema

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/profiles/encoding"
)

// Form is the form in which a table was handed out.
type Form string

// The forms, and BuiltIn for tables that are part of easkit.
const (
	AMAPI   Form = "Application of the Android Management API"
	Play    Form = "AppRestrictionsSchema of the Google Play EMM API"
	Graph   Form = "androidManagedStoreAppConfigurationSchema of Microsoft Graph"
	XML     Form = "app_restrictions.xml"
	BuiltIn Form = "documentation"
)

// ErrNotSchema says that a file is no table of an app's keys.
var ErrNotSchema = errors.New("it is not an app restriction schema")

// What a file may hold: real ones have some hundred keys in two or three levels.
const (
	maxSize  = 8 << 20
	maxKeys  = 10_000
	maxDepth = 16
)

// Parse reads a table, whichever form it has. The error wraps ErrNotSchema and says in
// which line, where that is known.
func Parse(data []byte) (*Table, error) {
	if len(data) > maxSize {
		return nil, fmt.Errorf("%w: it has %d bytes, more than the %d that one may have", ErrNotSchema, len(data), maxSize)
	}
	for _, f := range foreign {
		if bytes.HasPrefix(data, []byte(f.start)) {
			return nil, fmt.Errorf("%w: it is %s", ErrNotSchema, f.is)
		}
	}
	data, _ = encoding.FromMarked(data)
	read := parseJSON
	if text := bytes.TrimLeft(bytes.TrimPrefix(data, []byte(tree.BOM)), " \t\r\n"); bytes.HasPrefix(text, []byte("<")) {
		read = parseXML
	}
	t, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSchema, err)
	}
	if n := count(t.Keys); n == 0 || n > maxKeys {
		return nil, fmt.Errorf("%w: it has %d keys, and one has from 1 to %d", ErrNotSchema, n, maxKeys)
	}
	return t, nil
}

// foreign are files that people have at hand, by how they begin, and how to get one that
// is read here.
var foreign = []struct{ start, is string }{
	{binaryXML, "binary XML, as it lies in an app's package: " + fromPackage},
	{"PK\x03\x04", "an app's package (.apk), or another archive: " + fromPackage},
	{"N: android=", "what aapt2 dump xmltree prints, and not the XML itself: " + fromPackage},
}

// fromPackage says how to get at the table of an app.
const fromPackage = "apktool d APP.apk writes res/xml/app_restrictions.xml as text, or take the table from applications.get of the Android Management API"

func count(keys []Key) int {
	n := len(keys)
	for _, k := range keys {
		n += count(k.Keys)
	}
	return n
}

func parseJSON(data []byte) (*Table, error) {
	n, err := tree.Parse(data)
	if err != nil {
		return nil, err
	}
	for _, f := range jsonForms {
		if list := n.Get(f.list); list.Is(tree.Array) {
			t := &Table{Form: f.form, App: packageOf(n.Get(f.app).Str())}
			t.Keys, err = f.read(n, list)
			return t, err
		}
	}
	return nil, errors.New("there is none of the lists managedProperties, restrictions, schemaItems and nestedSchemaItems in it")
}

// jsonForms are told apart by the list that each has.
var jsonForms = []struct {
	form      Form
	list, app string
	read      func(whole, list *tree.Node) ([]Key, error)
}{
	{AMAPI, "managedProperties", "name", func(_, list *tree.Node) ([]Key, error) { return readAMAPI(list, 0) }},
	{Play, "restrictions", "", func(_, list *tree.Node) ([]Key, error) { return readPlay(list, 0) }},
	{Graph, "nestedSchemaItems", "id", readGraph},
	{Graph, "schemaItems", "id", readGraph},
}

// packageOf takes the package out of the name of an application
// (enterprises/ID/applications/PACKAGE) or the id of a product (app:PACKAGE); "" where
// it is neither.
func packageOf(name string) string {
	if _, pkg, ok := strings.Cut(name, "/applications/"); ok {
		return pkg
	}
	pkg, _ := strings.CutPrefix(name, "app:")
	if pkg == name {
		return ""
	}
	return pkg
}

// types are the names that the forms have for types, in lower case and without '-', '_'
// and, for Graph, "Array" spelt out.
var types = map[string]Type{
	"bool": Bool, "boolean": Bool, "string": String, "integer": Integer, "choice": Choice, "multiselect": MultiSelect,
	"hidden": Hidden, "bundle": Bundle, "bundlearray": BundleArray,
}

// typeOf is the type of a name, Unknown for one that is not known here.
func typeOf(name string) Type {
	return types[strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))]
}

// objects wants a list of objects, each with a key.
func objects(list *tree.Node, key string, depth int) error {
	if depth > maxDepth {
		return at(list, "its keys are nested deeper than %d", maxDepth)
	}
	for _, n := range list.Items {
		if n.Get(key).Str() == "" {
			return at(n, "there is no %q where a key of the app has to be described", key)
		}
	}
	return nil
}

func at(n *tree.Node, format string, args ...any) error {
	return &tree.SyntaxError{At: n.At, Reason: fmt.Sprintf(format, args...)}
}

// items are those of a list that may be missing.
func items(n *tree.Node) []*tree.Node {
	if !n.Is(tree.Array) {
		return nil
	}
	return n.Items
}

// strs are the strings of a list.
func strs(n *tree.Node) []string {
	var all []string
	for _, item := range items(n) {
		all = append(all, item.Str())
	}
	return all
}

// plain is a default as Go has it.
func plain(n *tree.Node) any {
	switch {
	case n.Is(tree.String):
		return n.Text
	case n.Is(tree.Boolean):
		return n.Bool
	case n.Is(tree.Integer):
		v, _ := n.Int()
		return v
	case n.Is(tree.Array) && !slices.ContainsFunc(n.Items, func(i *tree.Node) bool { return i.Kind != tree.String }):
		return strs(n)
	}
	return nil
}
