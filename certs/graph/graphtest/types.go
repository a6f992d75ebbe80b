package graphtest

import "slices"

// CSDLFile and CSDLCommit say which description of Graph the tables were taken from:
// a file of https://github.com/microsoftgraph/msgraph-metadata, as of 2026-08-20.
const (
	CSDLFile   = "clean_v10_metadata/cleanMetadata.xml"
	CSDLCommit = "f54f11b60956ea7b185ca0447b2b80805836ec7b"
)

// Kind is what a type is in the CSDL.
type Kind string

// The kinds of types.
const (
	Entity  Kind = "entity"
	Complex Kind = "complex"
	Enum    Kind = "enum"
)

// Type is one type of Graph, with the properties of its base types.
type Type struct {
	Name       string // without its namespace, microsoft.graph
	Kind       Kind
	Subset     bool // the CSDL has more properties than are served here
	Properties []Property
	Members    []string // of an enum
	Flags      bool     // an enum whose values are lists with commas
}

// Property is one property of an entity or complex type. Its name, type, Collection,
// Nullable and Navigation are from the CSDL. ReadOnly, Required and OnSelect are not in
// the CSDL: they are from the reference pages.
type Property struct {
	Name       string
	EDM        string // "Edm.String", or the name of a type of microsoft.graph
	Collection bool
	Nullable   bool // of a collection: its items. The collection itself is never null
	Navigation bool // a relationship, which Graph puts inside the object only sometimes
	ReadOnly   bool
	Required   bool // when an object is created
	OnSelect   bool // left out of answers unless $select names it
}

// Types gives all tables, anew with each call.
func Types() []Type {
	return slices.Concat(directoryTypes(), userTypes(), appTypes(), trustTypes(), methodTypes(), accessTypes(), grantTypes(), policyTypes())
}

// catalogue finds types by their names.
type catalogue map[string]Type

func newCatalogue() catalogue {
	c := catalogue{}
	for _, t := range Types() {
		c[t.Name] = t
	}
	return c
}

// property finds a property by its exact name.
func (t Type) property(name string) (Property, bool) {
	i := slices.IndexFunc(t.Properties, func(p Property) bool { return p.Name == name })
	if i < 0 {
		return Property{}, false
	}
	return t.Properties[i], true
}
