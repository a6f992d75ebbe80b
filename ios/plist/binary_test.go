package plist_test

import (
	"encoding/binary"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	howett "howett.net/plist"

	"github.com/easkit/easkit/ios/plist"
)

// binaryOf writes a value in the binary form.
func binaryOf(t testing.TB, v any) []byte {
	t.Helper()
	data, err := howett.Marshal(v, howett.BinaryFormat)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestBinaryValues(t *testing.T) {
	want := map[string]any{
		"string": "Söhne 😀", "empty": "", "true": true, "false": false, "small": int64(-1), "large": int64(1<<63 - 1),
		"real": 1.5, "data": []byte{0, 1, 2}, "date": time.Date(2027, 12, 31, 23, 59, 59, 0, time.UTC),
		"array": []any{"a", []any{}, map[string]any{}},
	}
	f := parse(t, string(binaryOf(t, want)))
	if !f.Binary || f.BOM || len(f.Problems) > 0 || f.Root.At != (plist.Position{}) {
		t.Errorf("binary %v, BOM %v, problems %+v, at %+v", f.Binary, f.BOM, f.Problems, f.Root.At)
	}
	if got := f.Root.Plain(); !reflect.DeepEqual(got, want) {
		t.Errorf("read %#v, want %#v", got, want)
	}
	var keys []string
	for _, e := range f.Root.Entries {
		keys = append(keys, e.Key)
	}
	if got := strings.Join(keys, " "); got != "array data date empty false large real small string true" {
		t.Errorf("keys are in the order %s", got)
	}
}

// bplist is a binary property list of objects as they are given, the first on top.
func bplist(objects ...string) string {
	file, offsets := "bplist00", ""
	for _, o := range objects {
		offsets += string([]byte{byte(len(file) >> 8), byte(len(file))})
		file += o
	}
	trailer := make([]byte, 32)
	trailer[6], trailer[7] = 2, 1 // bytes of an offset, bytes of a reference
	binary.BigEndian.PutUint64(trailer[8:], uint64(len(objects)))
	binary.BigEndian.PutUint64(trailer[24:], uint64(len(file)))
	return file + offsets + string(trailer)
}

// changed is a file with bytes written over, counted from its end where at is below 0.
func changed(file string, at int, bytes string) string {
	if at < 0 {
		at += len(file)
	}
	return file[:at] + bytes + file[at+len(bytes):]
}

// A binary file's errors have no line.
func TestBinaryErrors(t *testing.T) {
	good := bplist("\xa1\x01", "\x09")
	if _, err := plist.Parse([]byte(good)); err != nil {
		t.Fatalf("the file that the others are made of: %v", err)
	}
	array := make([]string, 18) // each refers ten times to the next
	for i := range array {
		array[i] = "\xaa" + strings.Repeat(string([]byte{byte(i + 1)}), 10)
	}
	deep := make([]string, plist.MaxDepth+2)
	for i := range deep {
		deep[i] = "\xa1" + string([]byte{byte(i + 1)})
	}
	for name, c := range map[string]struct{ file, want string }{
		"magic alone":            {"bplist00", "cut short"},
		"cut short":              {good[:len(good)-5], ""},
		"offsets of 9 bytes":     {changed(good, -26, "\x09"), "trailer is damaged"},
		"references of 0 bytes":  {changed(good, -25, "\x00"), "trailer is damaged"},
		"objects beyond the end": {changed(good, -24, "\x7f"), "trailer is damaged"},
		"table beyond the end":   {changed(good, -8, "\x7f"), "trailer is damaged"},
		"top that is not there":  {changed(good, -9, "\x07"), "refers to an object that is not there"},
		"object outside":         {bplist("\xa1\x01", "\x09")[:12] + "\xff\xff" + good[14:], "outside"},
		"missing object":         {bplist("\xa1\x05"), "refers to an object that is not there"},
		"container cut short":    {bplist("\xae\x01", "\x09"), ""},
		"count cut short":        {changed(bplist("\xaf\x12\x00\x00"), 9, "\x1f"), "a count is damaged"},
		"count of 2^63":          {bplist("\xaf\x13\x80\x00\x00\x00\x00\x00\x00\x00"), "goes beyond its end"},
		"circle":                 {bplist("\xa1\x00"), "nested more than 64 deep"},
		"circle of two":          {bplist("\xa1\x01", "\xa1\x00"), "nested more than 64 deep"},
		"deep":                   {bplist(append(deep, "\x09")...), "nested more than 64 deep"},
		"unfolding":              {bplist(append(array, "\x09")...), "unfolds to more than 100000 objects"},
		"UID":                    {bplist("\xa1\x01", "\x80\x01"), "a kind that no profile has"},
		"null":                   {bplist("\xa1\x01", "\x00"), ""},
		"huge integer":           {string(binaryOf(t, []any{uint64(1 << 63)})), "larger than any that is used"},
		"date beyond year 9999":  {bplist("\xa1\x01", "\x33\x42\x6d\x1a\x94\xa2\x00\x00\x00"), "a date in the year 33689"},
		"control character":      {string(binaryOf(t, []any{"a\x00b"})), "the character U+0000"},
		"control in a key":       {string(binaryOf(t, map[string]any{"\x1b": true})), "the character U+001B"},
		"bytes that are no text": {bplist("\xa1\x01", "\x51\xff"), "in no encoding that is known"},
		"number as a key":        {bplist("\xd1\x01\x01", "\x10\x01"), "damaged"},
	} {
		_, err := plist.Parse([]byte(c.file))
		syntax := new(plist.SyntaxError)
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), c.want) || strings.HasPrefix(err.Error(), "line") {
			t.Errorf("%s: %v, want a SyntaxError with %q and no line", name, err, c.want)
		}
	}
}

// A long text that is referred to often is kept once.
func TestBinaryUnfoldsTextOnce(t *testing.T) {
	const length, times = 1 << 14, 250
	text := "\x6f\x11\x40\x00" + strings.Repeat("\x00a", length)
	f := parse(t, bplist("\xaf\x10"+string([]byte{times})+strings.Repeat("\x01", times), text))
	if len(f.Root.Items) != times || len(f.Root.Items[times-1].Text) != length {
		t.Errorf("%d items", len(f.Root.Items))
	}
	if cost := testing.AllocsPerRun(1, func() { _ = f.Root.Plain() }); cost > 10*times {
		t.Errorf("%v allocations", cost)
	}
}
