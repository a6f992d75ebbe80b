package inventory

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// gather reads all records; one byte at a time shows what depends on how the
// file is cut into reads.
func gather(r io.Reader) (all []string, err error) {
	s := newRecords(r)
	for {
		record, err := s.next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, string(record))
	}
}

func TestRecords(t *testing.T) {
	for _, row := range []struct{ name, text, want, wrong string }{
		{"array", ` [ {"a":1} , {"b":"]"} ] `, `{"a":1}|{"b":"]"}`, ""},
		{"page", `{"@odata.context":"x","value":[{"a":{"value":[1]}}],"@odata.count":1}`, `{"a":{"value":[1]}}`, ""},
		{"pages", "{\"value\":[{\"a\":1}],\"@odata.nextLink\":\"x\"}\n{\"@odata.nextLink\":null,\"value\":[{\"a\":2}]}", `{"a":1}|{"a":2}`, ""},
		{"lines", "{\"a\":1}\n{\"a\":2}\r\n\r\n{\"a\":3}", `{"a":1}|{"a":2}|{"a":3}`, ""},
		{"pages in lines", "{\"value\":[{\"a\":1}]}\n{\"value\":[]}\n", `{"a":1}`, ""},
		{"Azure Monitor", `{"records":[{"a":1}]}`, `{"a":1}`, ""},
		{"one", `{"a":"\\\"}{","b":[[],{}],"value":null}`, `{"a":"\\\"}{","b":[[],{}],"value":null}`, ""},
		{"empty page", `{"value":[]}`, ``, ""},
		{"the last page is missing", `{"value":[{"a":1}],"@odata.nextLink":"x"}`, `{"a":1}`, "more pages follow"},
		{"cut in a string", `[{"a":"b`, ``, "record 1: the JSON ends in the middle"},
		{"cut after a record", `[{"a":1},`, `{"a":1}`, "record 2: the JSON ends in the middle"},
		{"cut in a page", `{"value":[{"a":1}]`, `{"a":1}`, "record 2: the JSON ends in the middle"},
		{"brackets that don't match", `[{"a":[}]`, ``, `record 1: "}" closes nothing`},
		{"no objects", `[1]`, ``, `"1" is where an object`},
		{"deep", `[{"a":` + strings.Repeat("[", 200), ``, "nested deeper than 100 levels"},
		{"no name", `{1:2}`, ``, `"1" is where the name of a property`},
		{"no colon", `{"a" 2}`, ``, `no colon after "a"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(row.text), iotest.OneByteReader(strings.NewReader(row.text)), iotest.DataErrReader(strings.NewReader(row.text))} {
				got, err := gather(r)
				if strings.Join(got, "|") != row.want {
					t.Errorf("%q", got)
				}
				if (err == nil) != (row.wrong == "") || err != nil && !strings.Contains(err.Error(), row.wrong) {
					t.Errorf("%v, want %q", err, row.wrong)
				}
			}
		})
	}
	if _, err := gather(strings.NewReader(`{"a":"` + strings.Repeat("x", maxRecord+readSize*3))); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a record without end: %v", err)
	}
}

func TestFields(t *testing.T) {
	got := map[string]string{}
	err := fields([]byte(`{"Plain":"a","escaped":"a\u0062\"","number":-1.5e3,"yes":true,"none":null,"object":{"x":1},"`+strings.Repeat("n", 100)+`":1}`), func(name, value []byte) error {
		got[string(name)] = text(value)
		return nil
	})
	want := map[string]string{"plain": "a", "escaped": `ab"`, "number": "-1.5e3", "yes": "true", "none": "", "object": ""}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// Of JSON that encoding/json takes, the records are the ones that it finds.
func FuzzRecords(f *testing.F) {
	for _, seed := range []string{`[{"a":1},{"b":[{"c":"\\\""}]}]`, `{"value":[{"a":1}],"x":null}`, "{\"a\":1}\n{\"b\":{}}", `{"a":"\u007b"}`, `[`, `{"value":[{}]}}`, `[{"a":tru]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := gather(bytes.NewReader(data))
		slow, slowErr := gather(iotest.OneByteReader(bytes.NewReader(data)))
		if (err == nil) != (slowErr == nil) || !cmp.Equal(got, slow) {
			t.Fatalf("by the byte: %q, %v; at once: %q, %v", slow, slowErr, got, err)
		}
		var list []json.RawMessage
		if json.Unmarshal(data, &list) != nil {
			return
		}
		var want []string
		for _, v := range list {
			if len(v) == 0 || v[0] != '{' {
				return
			}
			want = append(want, string(v))
		}
		if err != nil && strings.Contains(err.Error(), "nested deeper") {
			return
		}
		if err != nil || !cmp.Equal(want, got) {
			t.Fatalf("%q, %v, want %q", got, err, want)
		}
	})
}

// Whatever a file holds, it is read or refused in one line.
func FuzzRead(f *testing.F) {
	for _, s := range all() {
		r, err := s.Open()
		if err != nil {
			f.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("Request ID,Authentication method\n,Certificate\n"))
	f.Add([]byte(`{"properties":{"properties":{"clientAppUsed":"Exchange ActiveSync"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		inv, err := Read(t.Context(), []Source{source("fuzz", string(data)), fixture(signInsCSV)}, Options{At: testClock})
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%q", err)
			}
			return
		}
		var first, second bytes.Buffer
		for _, w := range []*bytes.Buffer{&first, &second} {
			if err := inv.WriteJSON(w); err != nil {
				t.Fatal(err)
			}
		}
		if err := inv.WriteText(&second); err != nil {
			t.Fatal(err)
		}
		if err := inv.WriteHTML(io.Discard); err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(&first); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsRune(second.String(), '\x1b') {
			t.Error("an escape sequence gets through")
		}
	})
}
