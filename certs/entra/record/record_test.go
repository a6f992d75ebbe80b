package record_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/entra/record"
)

// note is a record of a test.
type note struct {
	Schema string `json:"schema"`
	Hash   string `json:"hash"`
	Text   string `json:"text"`
}

func (n note) hash() string {
	n.Hash = ""
	return record.Hash(n)
}

func TestRead(t *testing.T) {
	n := note{Schema: record.TrustPlan, Text: "<a & b>"}
	n.Hash = n.hash()
	var b bytes.Buffer
	if err := record.Write(&b, n); err != nil {
		t.Fatal(err)
	}
	var back note
	if err := record.Read(bytes.NewReader(b.Bytes()), 1<<10, record.TrustPlan, &back); err != nil || back != n || back.hash() != back.Hash {
		t.Errorf("%+v, %v", back, err)
	}
	for text, want := range map[string]string{
		"": "not of this form", "{": "not of this form", "[]": "not of this form", "null": "its schema",
		b.String() + "{}":                                                              "not of this form",
		`{"schema":"easkit/report/v1"}`:                                                "its schema is",
		`{"schema":"easkit/trust-backup/v1"}`:                                          "it is for easkit entra restore",
		`{"schema":"easkit/trust-plan/v1","extra":1}`:                                  "unknown field",
		`{"schema":"easkit/trust-plan/v1","text":7}`:                                   "not of this form",
		`{"schema":"easkit/trust-plan/v1","text":"` + strings.Repeat("x", 2000) + `"}`: "more than",
	} {
		if err := record.Read(strings.NewReader(text), 1<<10, record.TrustPlan, &note{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
	if record.Hash(func() {}) != "" || record.ErrEdited == nil {
		t.Error("what has no JSON has a hash")
	}
}

func ExampleWrite() {
	n := note{Schema: record.TrustPlan, Text: "trust less"}
	n.Hash = n.hash()
	fmt.Println(n.Hash[:record.ShortHash])
	record.Write(os.Stdout, note{Schema: n.Schema, Text: n.Text})
	// Output:
	// c1eed7dfa216
	// {
	//   "schema": "easkit/trust-plan/v1",
	//   "hash": "",
	//   "text": "trust less"
	// }
}
