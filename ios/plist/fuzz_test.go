package plist_test

import (
	"math"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/easkit/easkit/ios/plist"
)

// settled makes values comparable: a NaN differs from itself.
func settled(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = settled(x)
		}
	case []any:
		for i, x := range v {
			v[i] = settled(x)
		}
	case float64:
		if math.IsNaN(v) {
			return "not a number"
		}
	}
	return v
}

// What is read can be written, and reads the same again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(kinds))
	f.Add([]byte("\xef\xbb\xbf" + xml(`<array><real>nan</real><date>2027-12-31T23:59:59Z</date></array>`)))
	f.Add([]byte("\xff\xfe<\x00p\x00l\x00i\x00s\x00t\x00>\x00"))
	f.Add([]byte(`<?xml version="1.0" encoding="ISO-8859-1"?><dict><key>a</key><true/></dict>`))
	f.Add(binaryOf(f, map[string]any{"a": []any{1, 1.5, "ä", true, []byte{1}}}))
	f.Add([]byte(bplist("\xa1\x01", "\x33\x41\x00\x00\x00\x00\x00\x00\x00")))
	if files, err := filepath.Glob("../testdata/*.mobileconfig"); err == nil {
		for _, path := range files {
			f.Add(read(f, path))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := plist.Parse(data)
		if (file == nil) == (err == nil) {
			t.Fatalf("file %v with error %v", file, err)
		}
		if err != nil {
			return
		}
		plain := file.Root.Plain()
		written, err := plist.Marshal(plain)
		if err != nil {
			t.Fatalf("it is read and cannot be written: %v", err)
		}
		again, err := plist.Parse(written)
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, written)
		}
		if got, want := settled(again.Root.Plain()), settled(plain); !reflect.DeepEqual(got, want) {
			t.Fatalf("read %#v, and after writing %#v", want, got)
		}
	})
}
