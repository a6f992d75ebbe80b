package plist

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// slowly reads by the decoder alone.
func slowly(data []byte) (*File, error) {
	r := newXMLReader(data)
	r.quick.in = nil
	err := r.document()
	return r.File, err
}

// What is taken past the decoder reads as the decoder would: values, places, problems and
// errors.
func FuzzQuick(f *testing.F) {
	for _, text := range []string{
		"<plist><dict><key>a</key>\n\t<string>b</string><key>c</key><true/></dict></plist>",
		"<plist><array><data>\n\tAAAA\n</data><string> </string><string></string><string/></array></plist>",
		"<plist><array><string>a&amp;b</string><string>]]></string><string>a\rb</string><string>\xff</string></array></plist>",
		"<plist><array><integer>1<!-- x --></integer><string>a</key></array></plist>",
		"<plist><dict><key>a</key>text<string>b</string></dict></plist><string>c</string>",
		"<plist><string>a",
	} {
		f.Add([]byte(text))
	}
	files, err := filepath.Glob("../testdata/*.mobileconfig")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !IsXML(data) {
			return
		}
		got, gotErr := parseXML(data)
		want, wantErr := slowly(data)
		if (gotErr == nil) != (wantErr == nil) || gotErr != nil && gotErr.Error() != wantErr.Error() {
			t.Fatalf("error %v, and by the decoder %v", gotErr, wantErr)
		}
		if gotErr == nil && !same(got, want) {
			t.Fatalf("read %+v, and by the decoder %+v", got, want)
		}
	})
}

// same compares files, in which one that is no number differs from itself.
func same(a, b *File) bool {
	return reflect.DeepEqual(a, b) || reflect.DeepEqual(a.Problems, b.Problems) && alike(a.Root, b.Root)
}

func alike(a, b *Node) bool {
	if a.Kind != b.Kind || a.At != b.At || len(a.Items) != len(b.Items) || len(a.Entries) != len(b.Entries) {
		return false
	}
	for i := range a.Items {
		if !alike(a.Items[i], b.Items[i]) {
			return false
		}
	}
	for i := range a.Entries {
		if a.Entries[i].Key != b.Entries[i].Key || a.Entries[i].At != b.Entries[i].At || !alike(a.Entries[i].Value, b.Entries[i].Value) {
			return false
		}
	}
	return a.Kind == Real || len(a.Items)+len(a.Entries) > 0 || reflect.DeepEqual(a, b)
}
