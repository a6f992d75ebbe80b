package plist

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// value reads the value that a tag begins.
func (r *xmlReader) value(start xml.StartElement, depth int) (*Node, error) {
	if depth > MaxDepth {
		return nil, r.fail("it is nested more than %d deep", MaxDepth)
	}
	if r.nodes++; r.nodes > maxNodes {
		return nil, r.fail("it has more than %d values", maxNodes)
	}
	n := &Node{At: r.at}
	if len(start.Attr) > 0 {
		r.problem(r.at, "<%s> has the attribute %q, which property lists do not know", start.Name.Local, start.Attr[0].Name.Local)
	}
	var err error
	if start.Name.Space != "" {
		return nil, r.fail("<%s> belongs to another XML language, and is no element of a property list", start.Name.Local)
	}
	switch name := start.Name.Local; name {
	case "data", "integer", "real", "date":
		// Apple's reader tells an empty element from one that holds nothing.
		if bytes.HasSuffix(r.data[:r.seen], []byte("/>")) {
			return nil, r.fail("<%s/> is empty, for which phones refuse the file", name)
		}
	}
	switch name := start.Name.Local; name {
	case "dict":
		n.Kind = Dictionary
		err = r.dictionary(n, depth)
	case "array":
		n.Kind = Array
		err = r.array(n, depth)
	case "true", "false":
		n.Kind, n.Bool = Boolean, name == "true"
		err = r.empty(name)
	case "string", "integer", "real", "data", "date":
		var text string
		if text, err = r.text(name); err == nil {
			err = r.leaf(n, Kind(name), text)
		}
	default:
		err = r.fail("<%s> is no element of a property list", name)
	}
	return n, err
}

// dictionary reads pairs of key and value up to the closing tag.
func (r *xmlReader) dictionary(n *Node, depth int) error {
	seen := map[string]bool{}
	for {
		start, end, err := r.child("dict")
		if err != nil || end {
			return err
		}
		if start.Name.Local != "key" {
			return r.fail("<%s> stands where a dictionary has a <key>", start.Name.Local)
		}
		e := Entry{At: r.at}
		if e.Key, err = r.text("key"); err != nil {
			return err
		}
		if seen[e.Key] {
			r.Problems = append(r.Problems, Problem{At: e.At, Repeated: true,
				Text: fmt.Sprintf("the key %s is there twice: the last one counts", clip(e.Key))})
		}
		seen[e.Key] = true
		start, end, err = r.child("dict")
		switch {
		case err != nil:
			return err
		case end:
			return r.fail("the key %s has no value", clip(e.Key))
		case start.Name.Local == "key":
			return r.fail("the key %s has no value, and another key follows", clip(e.Key))
		}
		if e.Value, err = r.value(start, depth+1); err != nil {
			return err
		}
		n.Entries = append(n.Entries, e)
	}
}

func (r *xmlReader) array(n *Node, depth int) error {
	for {
		start, end, err := r.child("array")
		if err != nil || end {
			return err
		}
		item, err := r.value(start, depth+1)
		if err != nil {
			return err
		}
		n.Items = append(n.Items, item)
	}
}

// child reads up to the next tag within an element: one that begins a child, or the
// end of the element.
func (r *xmlReader) child(parent string) (start xml.StartElement, end bool, err error) {
	for {
		t, err := r.token()
		if err != nil {
			return start, false, r.ended(parent, err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			return t, false, nil
		case xml.EndElement:
			return start, true, nil
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return start, false, r.fail("there is text in <%s>, outside of any value", parent)
			}
		}
	}
}

// text reads the text of an element that holds no others.
func (r *xmlReader) text(name string) (string, error) {
	at := r.at
	var b strings.Builder
	for {
		t, err := r.token()
		if err != nil {
			return "", r.ended(name, err)
		}
		switch t := t.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.EndElement:
			return b.String(), nil
		case xml.Comment, xml.ProcInst, xml.Directive:
			return "", r.fail("a comment stands within <%s>, where phones take none", name)
		case xml.StartElement:
			return "", &SyntaxError{at, fmt.Sprintf("<%s> stands within <%s>, which holds text alone", t.Name.Local, name)}
		}
	}
}

// empty reads the end of an element that holds nothing.
func (r *xmlReader) empty(name string) error {
	text, err := r.text(name)
	if err == nil && text != "" {
		return r.fail("<%s> holds text or blanks, and phones want it empty", name)
	}
	return err
}

func (r *xmlReader) ended(name string, err error) error {
	if errors.Is(err, io.EOF) {
		return r.fail("the file ends within <%s>", name)
	}
	return err
}
