package schema

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/easkit/easkit/android/tree"
)

// binaryXML is how the compiled form of Android's XML begins (ResChunk_header of
// RES_XML_TYPE, with a header of 8 bytes: AOSP, ResourceTypes.h).
const binaryXML = "\x03\x00\x08\x00"

// namespaceAndroid is that of the attributes
// (https://developer.android.com/work/managed-configurations).
const namespaceAndroid = "http://schemas.android.com/apk/res/android"

// parseXML reads an app's own declaration. Titles, defaults and entries by reference
// to a resource stay unknown: the resource is not in the file.
func parseXML(data []byte) (*Table, error) {
	dec := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte(tree.BOM))))
	dec.CharsetReader = decoded
	r := xmlReader{dec: dec, table: &Table{Form: XML}}
	for {
		token, err := dec.Token()
		if err != nil {
			return nil, r.broken(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local != "restrictions" {
			return nil, fmt.Errorf("line %d: its first element is %q, not restrictions", r.line(), start.Name.Local)
		}
		r.table.Keys, err = r.children(0)
		return r.table, err
	}
}

// decoded takes a file for UTF-8 that says it was UTF-16: it was decoded before.
func decoded(charset string, text io.Reader) (io.Reader, error) {
	if !strings.HasPrefix(strings.ToLower(charset), "utf-16") {
		return nil, fmt.Errorf("its encoding is %q, and UTF-8 and UTF-16 are read here", charset)
	}
	return text, nil
}

type xmlReader struct {
	dec   *xml.Decoder
	table *Table
	keys  int
}

func (r *xmlReader) line() int {
	line, _ := r.dec.InputPos()
	return line
}

func (r *xmlReader) broken(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("line %d: it ends before its elements do", r.line())
	}
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("line %d: %s", syntax.Line, syntax.Msg)
	}
	return fmt.Errorf("line %d: %w", r.line(), err)
}

// children reads the restrictions within an element, up to its end.
func (r *xmlReader) children(depth int) ([]Key, error) {
	var keys []Key
	for {
		token, err := r.dec.Token()
		if err != nil {
			return nil, r.broken(err)
		}
		switch e := token.(type) {
		case xml.EndElement:
			return keys, nil
		case xml.StartElement:
			if e.Name.Local != "restriction" {
				return nil, fmt.Errorf("line %d: the element %q is no restriction", r.line(), e.Name.Local)
			}
			if r.keys++; r.keys > maxKeys || depth > maxDepth {
				return nil, fmt.Errorf("line %d: it has more than %d keys, or they are nested deeper than %d", r.line(), maxKeys, maxDepth)
			}
			k, err := r.restriction(e, depth)
			if err != nil {
				return nil, err
			}
			if k.Key != "" {
				keys = append(keys, k)
			}
		}
	}
}

// restriction reads one. One whose key is a reference has none that can be known, and
// makes the table an open one.
func (r *xmlReader) restriction(e xml.StartElement, depth int) (Key, error) {
	k := Key{
		Key: attribute(e, "key"), Type: typeOf(attribute(e, "restrictionType")),
		Title: literal(attribute(e, "title")), Description: literal(attribute(e, "description")),
	}
	if k.Key == "" {
		return k, fmt.Errorf("line %d: a restriction has no android:key", r.line())
	}
	if k.Key = literal(k.Key); k.Key == "" {
		r.table.Open = true
	}
	k.Default = xmlDefault(k.Type, attribute(e, "defaultValue"))
	k.Untold = k.Default == nil && slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return isAttribute(a, "defaultValue") })
	var err error
	k.Keys, err = r.children(depth + 1)
	return k, err
}

func isAttribute(a xml.Attr, name string) bool {
	return a.Name.Local == name && (a.Name.Space == namespaceAndroid || a.Name.Space == "android")
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if isAttribute(a, name) {
			return a.Value
		}
	}
	return ""
}

// literal is a text that is no reference to a resource or to an attribute of a theme.
func literal(s string) string {
	if strings.HasPrefix(s, "@") || strings.HasPrefix(s, "?") {
		return ""
	}
	return s
}

func xmlDefault(t Type, text string) any {
	text = literal(text)
	if text == "" {
		return nil
	}
	switch t {
	case Bool:
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
		return nil
	case Integer:
		if n, err := strconv.ParseInt(text, 0, 32); err == nil {
			return n
		}
		return nil
	case String, Choice, Hidden:
		return text
	}
	return nil
}
