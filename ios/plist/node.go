package plist

import (
	"time"
)

// Kind is the type of a value, as Apple names it.
type Kind string

// The types of a property list (Apple's PropertyList-1.0.dtd).
const (
	Dictionary Kind = "dictionary"
	Array      Kind = "array"
	String     Kind = "string"
	Boolean    Kind = "boolean"
	Integer    Kind = "integer"
	Real       Kind = "real"
	Data       Kind = "data"
	Date       Kind = "date"
)

// Position is a place in an XML file, counted from 1; a column counts letters, not
// bytes. It is zero where there is none: in a binary file.
type Position struct {
	Line, Column int
}

// Node is one value. Only the field that belongs to its kind is set.
type Node struct {
	Kind    Kind
	Text    string // of a string
	Bool    bool
	Int     int64
	Real    float64
	Data    []byte
	Time    time.Time // UTC
	Items   []*Node   // of an array
	Entries []Entry   // of a dictionary, in the order of the file
	At      Position  // of its tag
}

// Entry is a key of a dictionary with its value. A key that was written twice is
// there twice.
type Entry struct {
	Key   string
	At    Position // of the key's tag
	Value *Node
}

// Get returns the value of a key, or nil where n is no dictionary or has no such
// key. Of a key that is there twice the last counts, as it does for Apple's reader
// (CFPropertyList.c).
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for i := len(n.Entries) - 1; i >= 0; i-- {
		if n.Entries[i].Key == key {
			return n.Entries[i].Value
		}
	}
	return nil
}

// Is reports whether a value is there and of a kind.
func (n *Node) Is(k Kind) bool { return n != nil && n.Kind == k }

// Str is the text of a string; empty for anything else.
func (n *Node) Str() string {
	if n == nil {
		return ""
	}
	return n.Text
}

// True reports whether a value is the boolean true.
func (n *Node) True() bool { return n != nil && n.Bool }

// Bytes is the content of data; nil for anything else.
func (n *Node) Bytes() []byte {
	if n == nil {
		return nil
	}
	return n.Data
}

// Plain turns a value into Go's own types: map[string]any, []any, string, bool,
// int64, float64, []byte and time.Time. nil gives nil.
func (n *Node) Plain() any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case Dictionary:
		all := make(map[string]any, len(n.Entries))
		for _, e := range n.Entries {
			all[e.Key] = e.Value.Plain()
		}
		return all
	case Array:
		all := make([]any, len(n.Items))
		for i, item := range n.Items {
			all[i] = item.Plain()
		}
		return all
	case String:
		return n.Text
	case Boolean:
		return n.Bool
	case Integer:
		return n.Int
	case Real:
		return n.Real
	case Data:
		return n.Data
	}
	return n.Time
}
