package tree_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/easkit/easkit/android/tree"
)

func parse(t testing.TB, text string) *tree.Node {
	t.Helper()
	n, err := tree.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPositions(t *testing.T) {
	n := parse(t, tree.BOM+"{\n  \"ä\": [true,\n\t1, \"é\",   null],\n \"b\" :\n {\"c\": 1.5, \"c\":\"last\"}}")
	list, object := n.Get("ä"), n.Get("b")
	for _, test := range []struct {
		what string
		n    *tree.Node
		kind tree.Kind
		at   tree.Position
	}{
		{"the object", n, tree.Object, tree.Position{1, 1}},
		{"the list", list, tree.Array, tree.Position{2, 8}},
		{"true", list.Items[0], tree.Boolean, tree.Position{2, 9}},
		{"1", list.Items[1], tree.Integer, tree.Position{3, 2}},
		{"a string", list.Items[2], tree.String, tree.Position{3, 5}},
		{"null", list.Items[3], tree.Null, tree.Position{3, 12}},
		{"an object on the next line", object, tree.Object, tree.Position{5, 2}},
		{"a fraction", object.Entries[0].Value, tree.Number, tree.Position{5, 8}},
		{"the last of a key", object.Get("c"), tree.String, tree.Position{5, 17}},
	} {
		if test.n.Kind != test.kind || test.n.At != test.at {
			t.Errorf("%s: %s at %v, want %s at %v", test.what, test.n.Kind, test.n.At, test.kind, test.at)
		}
	}
	if key := n.Entries[1]; key.Key != "b" || key.At != (tree.Position{4, 2}) {
		t.Errorf("the key b: %+v", key)
	}
	if i, ok := list.Items[1].Int(); !ok || i != 1 || !list.Items[0].True() || object.Get("c").Str() != "last" {
		t.Error("values are not what is written")
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, test := range []struct {
		name, text, reason string
		at                 tree.Position
	}{
		{"empty", "", "ends before", tree.Position{1, 1}},
		{"cut short", "{\"a\": [1,\n2", "ends before", tree.Position{2, 2}},
		{"no comma", "{\"a\": 1\n \"b\": 2}", "invalid character", tree.Position{2, 2}},
		{"typographic", "{\n “a”: 1}", "typographic", tree.Position{2, 2}},
		{"typographic value", "{\n \"a\": „b“}", "typographic", tree.Position{2, 7}},
		{"key", "{1: 2}", "", tree.Position{1, 2}},
		{"two values", "{}\n{}", "follows", tree.Position{2, 1}},
		{"nested", strings.Repeat("[", 70), "nested", tree.Position{1, 66}},
		{"many", "[" + strings.Repeat("0,", 200_000) + "0]", "more than", tree.Position{1, 400_000}},
	} {
		_, err := tree.Parse([]byte(test.text))
		var syntax *tree.SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(syntax.Reason, test.reason) {
			t.Errorf("%s: %v, want %q", test.name, err, test.reason)
			continue
		}
		if syntax.At != test.at {
			t.Errorf("%s: at %v, want %v", test.name, syntax.At, test.at)
		}
	}
}

// What is read is what encoding/json reads.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":[1,-2.5e3,"\u00e4\n",true,null,{}],"a":[]}`))
	f.Add([]byte("\xef\xbb\xbf[[]"))
	f.Add([]byte("{\"\xff\": „x“}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := tree.Parse(data)
		if err != nil {
			var syntax *tree.SyntaxError
			if !errors.As(err, &syntax) || syntax.At.Line < 1 || syntax.At.Column < 1 || syntax.Reason == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		if text := strings.TrimPrefix(string(data), tree.BOM); !json.Valid([]byte(text)) {
			t.Fatalf("%q was read, and is no JSON", text)
		}
		n.Each(func(n *tree.Node) {
			if n.At.Line < 1 || n.At.Column < 1 {
				t.Fatalf("%+v has no place", n)
			}
		})
	})
}
