package wbxml_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	. "github.com/easkit/easkit/profiles/probe/wbxml"
)

// text is an inline string in the hex of a document.
func text(s string) string { return "03" + hex.EncodeToString([]byte(s)) + "00" }

// documents are elements and what other programs write for them.
var documents = []struct {
	name string
	root *Element
	hex  string
}{
	{
		"FolderSync of a new device",
		E("FolderHierarchy", "FolderSync", T("FolderHierarchy", "SyncKey", "0")),
		"03016a00 0007 56 52 033000 01 01",
	},
	{
		"FolderSync that demands a policy",
		E("FolderHierarchy", "FolderSync", T("FolderHierarchy", "Status", "142")),
		"03016a00 0007 56 4c 0331343200 01 01",
	},
	{
		"Provision, asking",
		E("Provision", "Provision", E("Provision", "Policies", E("Provision", "Policy",
			T("Provision", "PolicyType", "MS-EAS-Provisioning-WBXML")))),
		"03016a00 000e 45 46 47 48" + text("MS-EAS-Provisioning-WBXML") + "01 01 01 01",
	},
	{
		"Provision with DeviceInformation: pages there and back",
		E("Provision", "Provision",
			E("Settings", "DeviceInformation", E("Settings", "Set", T("Settings", "Model", "probe"))),
			E("Provision", "Policies", E("Provision", "Policy",
				T("Provision", "PolicyType", "MS-EAS-Provisioning-WBXML")))),
		"03016a00 000e 45 0012 56 48 57" + text("probe") + "01 01 01 000e 46 47 48" +
			text("MS-EAS-Provisioning-WBXML") + "01 01 01 01",
	},
	{
		"Provision, acknowledging",
		E("Provision", "Provision", E("Provision", "Policies", E("Provision", "Policy",
			T("Provision", "PolicyType", "MS-EAS-Provisioning-WBXML"),
			T("Provision", "PolicyKey", "1307199584"),
			T("Provision", "Status", "1")))),
		"03016a00 000e 45 46 47 48" + text("MS-EAS-Provisioning-WBXML") + "01 49" + text("1307199584") +
			"01 4b 033100 01 01 01 01",
	},
	{
		"no content, and bytes",
		E("AirSync", "Sync", E("AirSync", "MoreAvailable"),
			&Element{Page: 17, Tag: 0x0b, Opaque: bytes.Repeat([]byte("x"), 200)}),
		"03016a00 45 14 0011 4b c3 8148" + strings.Repeat("78", 200) + "01 01",
	},
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDocuments(t *testing.T) {
	for _, d := range documents {
		t.Run(d.name, func(t *testing.T) {
			data := unhex(t, d.hex)
			if got, err := Marshal(d.root); err != nil || !bytes.Equal(got, data) {
				t.Errorf("Marshal: %x, %v\nwant     %x", got, err, data)
			}
			if got, err := Parse(data); err != nil || !reflect.DeepEqual(got, d.root) {
				t.Errorf("Parse: %+v, %v\nwant   %+v", got, err, d.root)
			}
		})
	}
}

func TestParseTakes(t *testing.T) {
	status := T("AirSync", "Status", "12")
	for name, c := range map[string]struct {
		hex  string
		want *Element
	}{
		"text in pieces":                 {"03016a00 4e 033100 033200 01", status},
		"a page switched to twice":       {"03016a00 0007 0000 4e 0331320001", status},
		"another public identifier":      {"03a0006a00 4e 0331320001", status},
		"WBXML 1.1":                      {"01016a00 4e 0331320001", status},
		"content that is none":           {"03016a00 4e 01", &Element{Tag: 0x0e}},
		"text that is empty":             {"03016a00 4e 0300 01", &Element{Tag: 0x0e}},
		"bytes that are none":            {"03016a00 4e c300 01", &Element{Tag: 0x0e}},
		"a page and a tag not known yet": {"03016a00 0028 3f", &Element{Page: 40, Tag: 0x3f}},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Parse(unhex(t, c.hex)); err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct{ hex, says string }{
		"nothing":                       {"", "ends in the middle"},
		"a header alone":                {"03016a00", "ends in the middle"},
		"a page of HTML":                {hex.EncodeToString([]byte("<html><body>Sign in</body></html>")), "0x3c, which is no version"},
		"Latin-1":                       {"03010400 4e 0331320001", "charset is number 4"},
		"a string table":                {"03016a02 3100 4e 830001", "string table"},
		"a public identifier as text":   {"0300006a00 4e 01", "string table"},
		"a string of the table":         {"03016a00 4e 830001", "0x83"},
		"attributes":                    {"03016a00 ce 01", "0xce is a tag with attributes"},
		"an entity":                     {"03016a00 4e 02 20 01", "0x02 is neither"},
		"a literal tag":                 {"03016a00 04 00", "0x04 is neither"},
		"a processing instruction":      {"03016a00 43 01", "0x43 is neither"},
		"text beside elements":          {"03016a00 45 14 033100 01", "Sync has more than one"},
		"text beside bytes":             {"03016a00 4e 033100 c30131 01", "Status has more than one"},
		"text without an end":           {"03016a00 4e 0331", "ends in the middle"},
		"an element without an end":     {"03016a00 4e 033100", "ends in the middle"},
		"a page without a number":       {"03016a00 00", "ends in the middle"},
		"bytes without a length":        {"03016a00 4e c3", "ends in the middle"},
		"more bytes than there are":     {"03016a00 4e c3 8fffffff7f 31 01", "ends in the middle"},
		"a length of more than 32 bits": {"03016a00 4e c3 ffffffff7f 31 01", "more than 32 bits"},
		"a length without an end":       {"03016a00 4e c3 8080808080808001", "more than 32 bits"},
		"a second root":                 {"03016a00 14 14", "1 bytes follow"},
		"depth":                         {"03016a00" + strings.Repeat("45", MaxDepth+1), "more than 64 deep"},
		"number of elements":            {"03016a00 45" + strings.Repeat("14", MaxElements), "more than 65536 elements"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(unhex(t, c.hex))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%+v, %v, want an error that says %q", got, err, c.says)
			}
		})
	}
}

func TestMarshalRefuses(t *testing.T) {
	deep := E("AirSync", "Sync")
	for range MaxDepth {
		deep = E("AirSync", "Sync", deep)
	}
	for name, c := range map[string]struct {
		root *Element
		says string
	}{
		"a name of another page": {E("AirSync", "FolderSync"), `no code page has "AirSync:FolderSync"`},
		"no such page":           {T("AirNotify", "Status", "1"), `no code page has "AirNotify:Status"`},
		"no name":                {E("AirSync", "Sync", E("", "")), `no code page has ":"`},
		"no tag":                 {&Element{}, "0x00 is no tag"},
		"too high a tag":         {&Element{Tag: 0x45}, "0x45 is no tag"},
		"text and children":      {&Element{Tag: 5, Text: "x", Children: []*Element{E("AirSync", "Add")}}, "Sync has more than one"},
		"a NUL":                  {T("AirSync", "Status", "1\x002"), "the text of Status has a NUL"},
		"depth":                  {deep, "more than 64 deep"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Marshal(c.root)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%x, %v, want an error that says %q", got, err, c.says)
			}
		})
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		e         *Element
		namespace string
		name      string
	}{
		{E("FolderHierarchy", "FolderSync"), "FolderHierarchy", "FolderSync"},
		{&Element{Page: 7, Tag: 0x3f}, "FolderHierarchy", "0x3f of page 7"},
		{&Element{Page: 3, Tag: 0x05}, "page 3", "0x05 of page 3"},
		{&Element{Page: 40, Tag: 0x16}, "page 40", "0x16 of page 40"},
	} {
		if ns, name := c.e.Namespace(), c.e.Name(); ns != c.namespace || name != c.name {
			t.Errorf("%s, %s, want %s, %s", ns, name, c.namespace, c.name)
		}
	}
}

// The answers of a real server are read, and written again as they were.
func TestCaptured(t *testing.T) {
	files, err := filepath.Glob("testdata/*.wbxml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data := read(t, file)
			root, err := Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Marshal(root)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := Parse(got); err != nil || !reflect.DeepEqual(root, again) {
				t.Errorf("%+v, %v, want %+v", again, err, root)
			}
		})
	}
}

func TestGet(t *testing.T) {
	root, err := Parse(read(t, "testdata/sync.wbxml"))
	if err != nil {
		t.Fatal(err)
	}
	box := root.Get("Collections", "Collection")
	if got := box.Get("SyncKey").Value(); got != "1-3" {
		t.Errorf("the key is %q", got)
	}
	mails := box.Get("Commands").All("Add")
	if len(mails) != 2 {
		t.Fatalf("%d mails", len(mails))
	}
	if got := mails[1].Get("ApplicationData", "Subject").Value(); got != "Second lab mail, with Umlaut äöü" {
		t.Errorf("the subject is %q", got)
	}
	none := root.Get("Responses", "Add")
	if none != nil || none.Value() != "" || none.All("Add") != nil || none.Get("Status") != nil {
		t.Errorf("of what isn't there something came: %v", none)
	}
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func FuzzParse(f *testing.F) {
	for _, d := range documents {
		f.Add(unhex(f, d.hex))
	}
	files, _ := filepath.Glob("testdata/*.wbxml")
	for _, file := range files {
		f.Add(read(f, file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		root, err := Parse(data)
		if err != nil {
			return
		}
		written, err := Marshal(root)
		if err != nil {
			t.Fatalf("what was read can't be written: %v", err)
		}
		if again, err := Parse(written); err != nil || !reflect.DeepEqual(root, again) {
			t.Fatalf("%+v, %v, want %+v", again, err, root)
		}
	})
}
