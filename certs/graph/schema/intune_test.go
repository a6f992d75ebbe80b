package schema_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/graph/schema"
)

// Tables hold together: each name once, and whatever they name has a table too.
func TestIntuneIsWhole(t *testing.T) {
	types := schema.Intune()
	catalogue := schema.NewCatalogue(types)
	if len(catalogue) != len(types) {
		t.Errorf("%d types, but %d names", len(types), len(catalogue))
	}
	for _, typ := range types {
		if base, ok := catalogue[typ.Base]; typ.Base != "" && (!ok || base.Kind != typ.Kind) {
			t.Errorf("%s is a case of %q, which has no table of its kind", typ.Name, typ.Base)
		}
		if (typ.Kind == schema.Enum) != (len(typ.Members) > 0) || typ.Kind != schema.Enum && len(typ.Properties) == 0 {
			t.Errorf("%s, a type of kind %s, has %d properties and %d members", typ.Name, typ.Kind, len(typ.Properties), len(typ.Members))
		}
		names := map[string]bool{}
		for _, p := range typ.Properties {
			if _, ok := catalogue[p.EDM]; !ok && !schema.Primitive(p.EDM) {
				t.Errorf("%s.%s is of %q, which has no table", typ.Name, p.Name, p.EDM)
			}
			if names[p.Name] {
				t.Errorf("%s has %s twice", typ.Name, p.Name)
			}
			names[p.Name] = true
		}
	}
}

// A case has all that the type has that it is a case of.
func TestCasesHaveWhatTheirBaseHas(t *testing.T) {
	catalogue := schema.NewCatalogue(schema.Intune())
	for _, typ := range catalogue {
		for _, p := range catalogue[typ.Base].Properties {
			if have, _ := typ.Property(p.Name); have != p {
				t.Errorf("%s.%s is %+v, of %s it is %+v", typ.Name, p.Name, have, typ.Base, p)
			}
		}
	}
}

func TestIsA(t *testing.T) {
	catalogue := schema.NewCatalogue(schema.Intune())
	for _, test := range []struct {
		name, base string
		want       bool
	}{
		{"iosPkcsCertificateProfile", "iosCertificateProfileBase", true},
		{"iosPkcsCertificateProfile", "iosCertificateProfile", true},
		{"iosPkcsCertificateProfile", "deviceConfiguration", true},
		{"iosImportedPFXCertificateProfile", "iosCertificateProfile", true},
		{"iosImportedPFXCertificateProfile", "iosCertificateProfileBase", false}, // so no login identity
		{"androidWorkProfileScepCertificateProfile", "androidWorkProfileCertificateProfileBase", true},
		{"androidDeviceOwnerScepCertificateProfile", "androidWorkProfileCertificateProfileBase", false},
		{"exclusionGroupAssignmentTarget", "deviceAndAppManagementAssignmentTarget", true},
		{"managedIOSStoreApp", "mobileApp", true},
		{"unknown", "mobileApp", false},
		{"", "", false},
	} {
		if got := catalogue.IsA(test.name, test.base); got != test.want {
			t.Errorf("IsA(%q, %q) is %t", test.name, test.base, got)
		}
	}
}

// Microsoft's examples of how to create each type are right by the tables. They have
// values for what the service counts itself, and for nothing else that cannot be set.
func TestIntuneTakesMicrosoftsExamples(t *testing.T) {
	reference := os.Getenv("EASKIT_REFERENCE")
	files, err := filepath.Glob(filepath.Join(reference, "graph", "*.request.json"))
	if reference == "" || err != nil || len(files) == 0 {
		t.Skip("EASKIT_REFERENCE names no folder with Microsoft's examples of Intune's objects")
	}
	catalogue := schema.NewCatalogue(schema.Intune())
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			o := object(t, string(text))
			odata, _ := o["@odata.type"].(string)
			name := strings.TrimPrefix(odata, "#microsoft.graph.")
			if _, ok := catalogue[name]; !ok {
				t.Fatalf("%q has no table", name)
			}
			again, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(object(t, string(again)), o) {
				t.Error("the object is another after it was written and read")
			}
			for _, breach := range catalogue.Breaches(name, o, schema.Stored) {
				t.Error(breach)
			}
			for _, counted := range []string{"version", "supportsScopeTags", "appSupportsOemConfig"} {
				delete(o, counted)
			}
			for _, breach := range catalogue.Breaches(name, o, schema.Creating) {
				t.Error(breach)
			}
		})
	}
}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return o
}
