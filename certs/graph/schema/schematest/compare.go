package schematest

import (
	"fmt"
	"maps"
	"strings"

	"github.com/easkit/easkit/certs/graph/schema"
)

// Name is how the declarations spell the name of a type.
func Name(typ string) string { return strings.ToUpper(typ[:1]) + typ[1:] }

// Properties are all of a type: its own, and those of the types that it extends.
func (d Declarations) Properties(name string) map[string]string {
	all := map[string]string{}
	for t := d[name]; t != nil; t = d[t.Base] {
		maps.Copy(all, t.Properties)
	}
	return all
}

// Extends reports whether a type is another, or extends it.
func (d Declarations) Extends(name, base string) bool {
	for name != "" && name != base {
		t := d[name]
		if t == nil {
			return false
		}
		name = t.Base
	}
	return name == base
}

// scalars are the primitive types of the CSDL in TypeScript.
var scalars = map[string]string{
	"Edm.String": "string", "Edm.Guid": "string", "Edm.Binary": "string", "Edm.DateTimeOffset": "string", "Edm.Boolean": "boolean", "Edm.Int32": "number", "Edm.Int64": "number",
}

// Compare says how a property departs from what is declared of it, which has the form
// NullableOption<Type[]>. A relationship and a collection may be null there; the
// tables say of neither.
func Compare(p schema.Property, declared string) error {
	want := scalars[p.EDM]
	if want == "" {
		want = Name(p.EDM)
	}
	if p.Collection {
		want += "[]"
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(declared, "NullableOption<"), ">")
	if bare != want {
		return fmt.Errorf("%s is declared as %s, the table has %s", p.Name, bare, want)
	}
	if nullable := bare != declared; !p.Collection && !p.Navigation && nullable != p.Nullable {
		return fmt.Errorf("%s is declared as %s, the table has nullable %t", p.Name, declared, p.Nullable)
	}
	return nil
}
