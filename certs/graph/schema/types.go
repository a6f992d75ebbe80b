package schema

import "slices"

// TypeKey is the key under which an object says of which type it is, and Namespace what
// stands before the type's name there.
const (
	TypeKey   = "@odata.type"
	Namespace = "#microsoft.graph."
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
	Base       string // the type that it is a case of, where a value may be of either
	Abstract   bool   // only cases of it exist
	Subset     bool   // the CSDL has more properties than are of use here
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
	Max        int  // the most items of a collection, or bytes of binary; 0 where no limit is documented
}

// Property finds a property by its exact name.
func (t Type) Property(name string) (Property, bool) {
	i := slices.IndexFunc(t.Properties, func(p Property) bool { return p.Name == name })
	if i < 0 {
		return Property{}, false
	}
	return t.Properties[i], true
}

// Catalogue finds types by their names.
type Catalogue map[string]Type

// NewCatalogue makes the catalogue of some types.
func NewCatalogue(types []Type) Catalogue {
	c := Catalogue{}
	for _, t := range types {
		c[t.Name] = t
	}
	return c
}

// IsA reports whether a type is another, or a case of it.
func (c Catalogue) IsA(name, base string) bool {
	for steps := 0; name != "" && steps <= len(c); steps++ {
		if name == base {
			return true
		}
		name = c[name].Base
	}
	return false
}
