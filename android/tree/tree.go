package tree

import (
	"encoding/json"
	"strconv"
)

// Kind is the type of a JSON value.
type Kind string

// The types of values, as messages name them. A number without a fraction that fits
// 64 bits is an integer; any other is a number.
const (
	Object  Kind = "object"
	Array   Kind = "list"
	String  Kind = "string"
	Integer Kind = "integer"
	Number  Kind = "number"
	Boolean Kind = "boolean"
	Null    Kind = "null"
)

// WithArticle names the type within a sentence: "an object", "null".
func (k Kind) WithArticle() string {
	switch k {
	case Null:
		return string(k)
	case Object, Integer:
		return "an " + string(k)
	}
	return "a " + string(k)
}

// Position is a place in a file, counted from 1, columns in characters. The zero value
// says that it isn't known.
type Position struct{ Line, Column int }

// Node is one value.
type Node struct {
	Kind    Kind
	Text    string // of a String; of an Integer or a Number as it is written
	Bool    bool
	Items   []*Node
	Entries []Entry // in the order of the file, those written twice included
	At      Position
}

// Entry is one key of an object with its value.
type Entry struct {
	Key   string
	At    Position // of the key
	Value *Node
}

// Is reports whether n is there and has a type.
func (n *Node) Is(k Kind) bool { return n != nil && n.Kind == k }

// Get is the value of a key, the last where it is written twice; nil where there is
// none, or n is no object.
func (n *Node) Get(key string) *Node {
	if !n.Is(Object) {
		return nil
	}
	for i := len(n.Entries) - 1; i >= 0; i-- {
		if n.Entries[i].Key == key {
			return n.Entries[i].Value
		}
	}
	return nil
}

// Str is the text of a string, and "" of anything else.
func (n *Node) Str() string {
	if !n.Is(String) {
		return ""
	}
	return n.Text
}

// True reports whether n is the boolean true.
func (n *Node) True() bool { return n.Is(Boolean) && n.Bool }

// Int is the value of an integer.
func (n *Node) Int() (int64, bool) {
	if !n.Is(Integer) {
		return 0, false
	}
	v, err := strconv.ParseInt(n.Text, 10, 64)
	return v, err == nil
}

// Each visits n and all that is in it, in the order of the file.
func (n *Node) Each(visit func(*Node)) {
	if n == nil {
		return
	}
	visit(n)
	for _, item := range n.Items {
		item.Each(visit)
	}
	for _, e := range n.Entries {
		e.Value.Each(visit)
	}
}

// MoveTo says of n and all in it that it stands at one place: that of the string which
// it was decoded from.
func (n *Node) MoveTo(at Position) {
	n.Each(func(n *Node) {
		n.At = at
		for i := range n.Entries {
			n.Entries[i].At = at
		}
	})
}

// of makes a node of a token that is no delimiter.
func of(token json.Token) *Node {
	switch v := token.(type) {
	case string:
		return &Node{Kind: String, Text: v}
	case bool:
		return &Node{Kind: Boolean, Bool: v}
	case json.Number:
		n := &Node{Kind: Number, Text: v.String()}
		if _, err := strconv.ParseInt(n.Text, 10, 64); err == nil {
			n.Kind = Integer
		}
		return n
	}
	return &Node{Kind: Null}
}
