package graphtest

import (
	"encoding/xml"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/graph/schema"
)

// csdlType is as much of a type in Microsoft's CSDL as the tables hold.
type csdlType struct {
	XMLName    xml.Name
	Name       string         `xml:"Name,attr"`
	Base       string         `xml:"BaseType,attr"`
	Flags      bool           `xml:"IsFlags,attr"`
	Properties []csdlProperty `xml:"Property"`
	Navigation []csdlProperty `xml:"NavigationProperty"`
	Members    []struct {
		Name string `xml:"Name,attr"`
	} `xml:"Member"`
}

type csdlProperty struct {
	Name     string `xml:"Name,attr"`
	Type     string `xml:"Type,attr"`
	Nullable string `xml:"Nullable,attr"`
}

func readCSDL(t *testing.T) map[string]csdlType {
	t.Helper()
	name := os.Getenv("EASKIT_MSGRAPH_CSDL")
	if name == "" {
		t.Skip("EASKIT_MSGRAPH_CSDL is not set: it names Microsoft's " + CSDLFile + " of commit " + CSDLCommit)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Schemas []struct {
			Namespace string     `xml:"Namespace,attr"`
			Entities  []csdlType `xml:"EntityType"`
			Complex   []csdlType `xml:"ComplexType"`
			Enums     []csdlType `xml:"EnumType"`
		} `xml:"DataServices>Schema"`
	}
	if err := xml.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	types := map[string]csdlType{}
	for _, schema := range doc.Schemas {
		if schema.Namespace == "microsoft.graph" {
			for _, ty := range slices.Concat(schema.Entities, schema.Complex, schema.Enums) {
				types[ty.Name] = ty
			}
		}
	}
	return types
}

// TestTablesAgreeWithCSDL compares everything that the tables have from the CSDL with
// it: kinds, members, names, types, collections, what may be null, and that nothing is
// missing where a table does not call itself a subset.
func TestTablesAgreeWithCSDL(t *testing.T) {
	csdl := readCSDL(t)
	kinds := map[schema.Kind]string{schema.Entity: "EntityType", schema.Complex: "ComplexType", schema.Enum: "EnumType"}
	for _, table := range Types() {
		t.Run(table.Name, func(t *testing.T) {
			want, ok := csdl[table.Name]
			if !ok || want.XMLName.Local != kinds[table.Kind] {
				t.Fatalf("the CSDL has no %s of that name", table.Kind)
			}
			var members []string
			for _, m := range want.Members {
				members = append(members, m.Name)
			}
			if !slices.Equal(members, table.Members) || want.Flags != table.Flags {
				t.Errorf("members %q, flags %t; the CSDL has %q, %t", table.Members, table.Flags, members, want.Flags)
			}
			compareProperties(t, csdl, table, want)
		})
	}
}

func compareProperties(t *testing.T, csdl map[string]csdlType, table schema.Type, of csdlType) {
	t.Helper()
	want := map[string]schema.Property{}
	for base, ok := of, true; ok; base, ok = csdl[strings.TrimPrefix(base.Base, "graph.")] {
		for _, p := range base.Properties {
			want[p.Name] = fromCSDL(p, false)
		}
		for _, p := range base.Navigation {
			want[p.Name] = fromCSDL(p, true)
		}
	}
	for _, p := range table.Properties {
		w, ok := want[p.Name]
		have := schema.Property{Name: p.Name, EDM: p.EDM, Collection: p.Collection, Nullable: p.Nullable, Navigation: p.Navigation}
		if !ok || have != w {
			t.Errorf("the table has %+v, the CSDL %+v", have, w)
		}
		delete(want, p.Name)
	}
	for _, p := range want {
		if !table.Subset && !p.Navigation {
			t.Errorf("the table lacks %s", p.Name)
		}
	}
}

func fromCSDL(p csdlProperty, navigation bool) schema.Property {
	edm, collection := strings.CutPrefix(p.Type, "Collection(")
	edm = strings.TrimPrefix(strings.TrimSuffix(edm, ")"), "graph.")
	return schema.Property{Name: p.Name, EDM: edm, Collection: collection, Nullable: p.Nullable != "false" && !navigation, Navigation: navigation}
}

// TestTablesAreWhole holds for the tables alone: each type once, and whatever an
// operation names is there.
func TestTablesAreWhole(t *testing.T) {
	seen := schema.NewCatalogue(Types())
	if len(seen) != len(Types()) {
		t.Errorf("%d types, but %d names", len(Types()), len(seen))
	}
	all := catalogue()
	names := len(seen) + len(schema.NewCatalogue(schema.Intune())) + len(certificateStateTypes()) - 1 // whose first replaces Intune's
	if want := names + len(assignParameters()) + 1; len(all) != want {                                // the upload's is one more
		t.Errorf("%d types are served, want %d: two have the same name", len(all), want)
	}
	for _, op := range operations() {
		if _, ok := all[op.entity]; !ok {
			t.Errorf("%s %s answers with %q, which has no table", op.method, op.path, op.entity)
		}
		if len(op.delegated) == 0 {
			t.Errorf("%s %s is not for anybody", op.method, op.path)
		}
		if op.hasBody && op.body == schema.Stored {
			t.Errorf("%s %s takes read-only properties", op.method, op.path)
		}
	}
}
