package schema_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/certs/graph/schema/schematest"
)

// undeclared is what the tables have and the declarations don't.
var undeclared = []string{
	// Of 2026, after the declarations; the models of
	// https://github.com/microsoftgraph/msgraph-beta-sdk-go have both.
	"AndroidAppCredentialProviderRoleState",
	"AndroidManagedStoreAppConfiguration.credentialProviderRoleState",
}

// Microsoft's declarations of beta for TypeScript have every property of the types of
// Intune, and the tables have every one of the declarations.
func TestIntuneIsWhatMicrosoftDeclares(t *testing.T) {
	types := schematest.Read(t, "EASKIT_GRAPH_BETA_TYPES", schema.IntuneDeclarations)
	catalogue := schema.NewCatalogue(schema.Intune())
	var extra []string
	compared := 0
	for _, typ := range schema.Intune() {
		name := schematest.Name(typ.Name)
		declared := types[name]
		if declared == nil {
			extra = append(extra, name)
			continue
		}
		if !slices.Equal(typ.Members, declared.Members) {
			t.Errorf("%s has %q, declared are %q", name, typ.Members, declared.Members)
		}
		if base := nearest(types, catalogue, declared.Base); typ.Kind != schema.Enum && typ.Base != base {
			t.Errorf("%s is a case of %q, declared is %q", name, typ.Base, base)
		}
		if entity := types.Extends(name, "Entity"); entity != (typ.Kind == schema.Entity) {
			t.Errorf("%s is of kind %s", name, typ.Kind)
		}
		compared += len(typ.Properties)
		extra = append(extra, compareProperties(t, types, typ)...)
	}
	if !slices.Equal(slices.Sorted(slices.Values(extra)), undeclared) {
		t.Errorf("not declared: %q, want %q", extra, undeclared)
	}
	if compared < 600 {
		t.Errorf("only %d properties were compared", compared)
	}
}

// nearest is the first type in a line of bases that has a table.
func nearest(types schematest.Declarations, catalogue schema.Catalogue, base string) string {
	for ; types[base] != nil; base = types[base].Base {
		for name := range catalogue {
			if schematest.Name(name) == base {
				return name
			}
		}
	}
	return ""
}

// compareProperties gives the properties that are not declared.
func compareProperties(t *testing.T, types schematest.Declarations, typ schema.Type) (extra []string) {
	t.Helper()
	name := schematest.Name(typ.Name)
	declared := types.Properties(name)
	for _, p := range typ.Properties {
		text := declared[p.Name]
		if text == "" {
			extra = append(extra, name+"."+p.Name)
			continue
		}
		if err := schematest.Compare(p, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if relation := types.Extends(schematest.Name(p.EDM), "Entity"); relation != p.Navigation {
			t.Errorf("%s.%s: the table has relationship %t", name, p.Name, p.Navigation)
		}
		delete(declared, p.Name)
	}
	if !typ.Subset && len(declared) > 0 {
		t.Errorf("%s lacks %q", name, slices.Sorted(maps.Keys(declared)))
	}
	return extra
}
