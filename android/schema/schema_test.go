package schema_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs/preflight"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "android", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// notes is what the same table says in each of the four forms.
func notes() []schema.Key {
	return []schema.Key{
		{Key: "theme", Title: "Theme", Type: schema.Choice, Default: "light", Entries: []schema.Entry{{"Light", "light"}, {"Dark", "dark"}}},
		{Key: "folders", Title: "Folders", Type: schema.MultiSelect, Default: []string{"inbox"}, Entries: []schema.Entry{{"Inbox", "inbox"}, {"Sent", "sent"}}},
		{Key: "token", Title: "Token", Type: schema.Hidden},
		{Key: "sync", Title: "Sync", Type: schema.Bool, Default: true},
		{Key: "days", Title: "Days", Type: schema.Integer, Default: int64(3)},
		{Key: "proxy", Title: "Proxy", Type: schema.Bundle, Keys: []schema.Key{{Key: "name", Title: "Name", Type: schema.String}}},
		{Key: "accounts", Title: "Accounts", Type: schema.BundleArray, Keys: []schema.Key{
			{Key: "account", Title: "Account", Type: schema.Bundle, Keys: []schema.Key{
				{Key: "host", Title: "Host", Type: schema.String},
				{Key: "port", Title: "Port", Type: schema.Integer, Default: int64(443)},
			}},
		}},
	}
}

func TestForms(t *testing.T) {
	inXML := notes()
	inXML[0].Entries, inXML[1].Entries = nil, nil // resources of the app
	inXML[1].Default, inXML[1].Untold, inXML[2].Title = nil, true, ""
	for _, test := range []struct {
		file string
		want schema.Table
	}{
		{"notes-amapi.json", schema.Table{Form: schema.AMAPI, App: "com.example.notes", Keys: notes()}},
		{"notes-play.json", schema.Table{Form: schema.Play, Keys: notes()}},
		{"notes-graph.json", schema.Table{Form: schema.Graph, App: "com.example.notes", Keys: notes()}},
		{"notes-restrictions.xml", schema.Table{Form: schema.XML, Keys: inXML}},
	} {
		got, err := schema.Parse(read(t, test.file))
		if err != nil {
			t.Errorf("%s: %v", test.file, err)
			continue
		}
		if diff := cmp.Diff(&test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.file, diff)
		}
	}
}

// Windows PowerShell saves what an API answers as UTF-16.
func TestUTF16(t *testing.T) {
	for _, name := range []string{"notes-amapi.json", "notes-restrictions.xml"} {
		text := strings.Replace(string(read(t, name)), "utf-8", "utf-16", 1)
		file := []byte{0xff, 0xfe}
		for _, unit := range utf16.Encode([]rune(text)) {
			file = binary.LittleEndian.AppendUint16(file, unit)
		}
		want, err := schema.Parse(read(t, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := schema.Parse(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Where Graph has no nested items, or places them oddly, keys stay at the top.
func TestGraphPlaces(t *testing.T) {
	item := func(key, kind, more string) string {
		return `{"schemaItemKey":"` + key + `","dataType":"` + kind + `"` + more + `}`
	}
	for _, test := range []struct{ name, file, want string }{
		{"flat alone", `{"schemaItems":[` + item("a", "string", "") + `,` + item("b", "bool", "") + `]}`, "a b"},
		{"no nested ones", `{"nestedSchemaItems":[],"schemaItems":[` + item("a", "string", "") + `]}`, "a"},
		{"parent 0 is nobody", `{"nestedSchemaItems":[` + item("a", "bundle", `,"index":1,"parentIndex":0`) + `,` + item("b", "string", `,"index":2,"parentIndex":1`) + `]}`, "a(b)"},
		{"counted from 0", `{"nestedSchemaItems":[` + item("a", "string", `,"index":0,"parentIndex":0`) + `,` + item("b", "string", `,"index":1,"parentIndex":0`) + `]}`, "a b"},
	} {
		table, err := schema.Parse([]byte(test.file))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := outline(table.Keys); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func outline(keys []schema.Key) string {
	var all []string
	for _, k := range keys {
		text := k.Key
		if len(k.Keys) > 0 {
			text += "(" + outline(k.Keys) + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func TestRefused(t *testing.T) {
	const ns = `<restrictions xmlns:android="http://schemas.android.com/apk/res/android">`
	for _, test := range []struct{ name, file, want string }{
		{"empty", "", "ends before"},
		{"other JSON", `{"a":1}`, "none of the lists"},
		{"a configuration", `{"managedConfiguration":{}}`, "none of the lists"},
		{"no key", `{"managedProperties":[{"type":"BOOL"}]}`, `line 1, column 23: there is no "key"`},
		{"no keys", `{"managedProperties":[]}`, "it has 0 keys"},
		{"broken", "{\n,", "line 2, column 1"},
		{"binary", "\x03\x00\x08\x00\xff", "binary XML"},
		{"package", "PK\x03\x04\x14", "an app's package (.apk)"},
		{"printed by aapt2", "N: android=http://schemas.android.com/apk/res/android (line=17)", "apktool d"},
		{"Latin-1", `<?xml version="1.0" encoding="ISO-8859-1"?><restrictions/>`, "UTF-8 and UTF-16 are read"},
		{"other XML", "<plist/>", `its first element is "plist"`},
		{"other element", ns + "\n<entry/></restrictions>", `line 2: the element "entry"`},
		{"no key in XML", ns + `<restriction android:restrictionType="bool"/></restrictions>`, "no android:key"},
		{"cut short", ns + `<restriction android:key="a">`, "line 1"},
		{"endless", `{"managedProperties":` + strings.Repeat(`[{"key":"a","nestedProperties":`, 25) + "[]" + strings.Repeat("}]", 25) + "}", "nested deeper than 16"},
		{"a circle", `{"nestedSchemaItems":[{"schemaItemKey":"a","dataType":"bundle","index":1,"parentIndex":2},{"schemaItemKey":"b","dataType":"bundle","index":2,"parentIndex":1}]}`, "parts of each other"},
		{"one index twice", `{"nestedSchemaItems":[{"schemaItemKey":"a","index":1},{"schemaItemKey":"b","index":1}]}`, "index 1"},
		{"many", `{"managedProperties":[` + strings.Repeat(`{"key":"a"},`, 10_000) + `{"key":"a"}]}`, "10001 keys"},
		{"large", strings.Repeat(" ", 8<<20+1), "bytes"},
	} {
		_, err := schema.Parse([]byte(test.file))
		if !errors.Is(err, schema.ErrNotSchema) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// A key by reference to a resource of the app can't be known: unknown ones warn then.
func TestOpenTable(t *testing.T) {
	table, err := schema.Parse([]byte(`<restrictions xmlns:android="http://schemas.android.com/apk/res/android">
		<restriction android:key="@string/key" android:restrictionType="bool"/>
		<restriction android:key="host" android:restrictionType="colour"/></restrictions>`))
	if err != nil {
		t.Fatal(err)
	}
	if !table.Open || len(table.Keys) != 1 || table.Keys[0].Type != schema.Unknown {
		t.Errorf("%+v", table)
	}
	issues := table.Check(values(t, `{"other": 1, "host": [1]}`))
	if len(issues) != 1 || issues[0].Severity != preflight.StatusWarn || issues[0].Basis != preflight.Inferred {
		t.Errorf("%+v", issues)
	}
}

func values(t testing.TB, text string) *tree.Node {
	t.Helper()
	n, err := tree.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCheck(t *testing.T) {
	table, err := schema.Parse(read(t, "notes-amapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, values, want string }{
		{"nothing", `{}`, ""},
		{"sound", `{"theme":"dark","folders":["sent"],"token":"x","sync":false,"days":7,"proxy":{"name":"p"},"accounts":[{"host":"a","port":443}]}`, ""},
		{"a bundle by its own name", `{"accounts":[{"account":{"host":"a"}}]}`, ""},
		{"a placeholder", `{"theme":"{{theme}}","token":"{{mail}}"}`, ""},
		{"unknown", `{"color":"dark"}`, "fail unknown-key color"},
		{"misspelt", `{"thme":"dark"}`, "fail misspelt-key thme"},
		{"not twice suggested", `{"theme":"dark","thme":"dark"}`, "fail unknown-key thme"},
		{"twice", `{"sync":true,"sync":false}`, "fail duplicate-key sync"},
		{"a string for a boolean", `{"sync":"true"}`, "fail wrong-type sync"},
		{"a fraction", `{"days":1.5}`, "fail wrong-type days"},
		{"a number for a choice", `{"theme":1}`, "fail wrong-type theme"},
		{"none of the entries", `{"theme":"Dark"}`, "fail bad-value theme"},
		{"of a list", `{"folders":["inbox","draft"]}`, "fail bad-value folders[1]"},
		{"a string for a list", `{"folders":"inbox"}`, "fail wrong-type folders"},
		{"null", `{"proxy":null}`, "fail wrong-type proxy"},
		{"a part is missing", `{"proxy":{}}`, "warn missing-key proxy"},
		{"nested unknown", `{"accounts":[{"host":"a"},{"host":"b","user":"c"}]}`, "fail unknown-key accounts[1].user"},
		{"left over", `{"token":"STRING_VALUE"}`, "fail leftover token"},
		{"endless", `{"token":"` + strings.Repeat("ä", schema.MaxString+1) + `"}`, "fail too-long token"},
	} {
		var got []string
		for _, i := range table.Check(values(t, test.values)) {
			got = append(got, string(i.Severity)+" "+i.Word+" "+i.Path)
			if i.Message == "" || i.Fix == "" || i.Source == "" || i.At.Line == 0 {
				t.Errorf("%s: incomplete: %+v", test.name, i)
			}
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// FuzzParse reads anything for a table, and judges anything by what was read.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"notes-amapi.json", "notes-play.json", "notes-graph.json", "notes-restrictions.xml", "schema-amapi.json"} {
		f.Add(read(f, name), []byte(`{"theme":"x","accounts":[{"account":{"host":1}},[]],"folders":[null]}`))
	}
	f.Fuzz(func(t *testing.T, table, configuration []byte) {
		parsed, err := schema.Parse(table)
		if (parsed == nil) == (err == nil) {
			t.Fatalf("table %v with error %v", parsed, err)
		}
		n, broken := tree.Parse(configuration)
		if err != nil || broken != nil || n.Kind != tree.Object {
			return
		}
		for _, i := range parsed.Check(n) {
			if i.Message == "" || i.Message != preflight.Printable(i.Message) || i.Fix == "" || i.Basis == "" || i.Source == "" {
				t.Fatalf("%+v", i)
			}
		}
	})
}

// Many bundles against many keys would take hours: the comparison ends, and says so.
func TestTooMuchToCompare(t *testing.T) {
	table := schema.Table{App: "a.b", Keys: []schema.Key{{Key: "list", Type: schema.BundleArray}}}
	for i := range 9990 {
		table.Keys[0].Keys = append(table.Keys[0].Keys, schema.Key{Key: fmt.Sprint("key", i), Type: schema.String, Default: "x"})
	}
	values, err := tree.Parse([]byte(`{"list":[{}` + strings.Repeat(",{}", 50_000) + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	issues := table.Check(values)
	if n := len(issues); n != 1 || issues[0].Word != schema.WordTooMuch {
		t.Errorf("%d issues: %v", n, issues)
	}
	for i := range table.Keys[0].Keys {
		table.Keys[0].Keys[i].Default = nil
	}
	for _, i := range table.Check(values) {
		if len(i.Message) > 2000 {
			t.Fatalf("a message of %d bytes", len(i.Message))
		}
	}
}

// A default by reference is there, though the file does not tell it.
func TestDefaultByReference(t *testing.T) {
	table, err := schema.Parse([]byte(`<restrictions xmlns:android="http://schemas.android.com/apk/res/android">
<restriction android:key="server" android:restrictionType="bundle">
<restriction android:key="label" android:restrictionType="string" android:defaultValue="@string/label"/>
<restriction android:key="empty" android:restrictionType="string" android:defaultValue=""/>
<restriction android:key="host" android:restrictionType="string"/>
</restriction></restrictions>`))
	if err != nil {
		t.Fatal(err)
	}
	values, err := tree.Parse([]byte(`{"server":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	issues := table.Check(values)
	if len(issues) != 1 || !strings.Contains(issues[0].Message, "is without host,") {
		t.Errorf("%v", issues)
	}
}
