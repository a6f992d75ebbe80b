// Package wbxml reads and writes the WBXML of Exchange ActiveSync: the part of WBXML 1.3
// that MS-ASWBXML uses, with its code pages. There are no attributes, no string table and
// no mixed content in it.
//
// An answer is read with [Parse] and looked into by names:
//
//	root, err := wbxml.Parse(body)
//	status := root.Get("Status").Value()
//
// A request is built of [E] and [T], and written with [Marshal].
package wbxml

import "fmt"

// Element is an element of a document: it has children, or text, or bytes, or nothing.
type Element struct {
	Page     byte // the code page of the tag
	Tag      byte // without the bits for attributes and content
	Text     string
	Opaque   []byte
	Children []*Element

	unknown string // what E was called with, where no code page has it
}

// E is an element with children, or empty without any. A namespace or name that no code
// page has is an error of [Marshal].
func E(namespace, name string, children ...*Element) *Element {
	number, tag, ok := lookUp(namespace, name)
	if !ok {
		return &Element{unknown: namespace + ":" + name}
	}
	return &Element{Page: number, Tag: tag, Children: children}
}

// T is an element with text, as [E] is one with children.
func T(namespace, name, text string) *Element {
	e := E(namespace, name)
	e.Text = text
	return e
}

// Name is the tag's name, such as "FolderSync", or "0x16 of page 40" where the tag is
// not known.
func (e *Element) Name() string {
	if e.unknown != "" {
		return e.unknown
	}
	if int(e.Page) < len(pages) {
		if tags := pages[e.Page].tags; int(e.Tag) < len(tags) && tags[e.Tag] != "" {
			return tags[e.Tag]
		}
	}
	return fmt.Sprintf("0x%02x of page %d", e.Tag, e.Page)
}

// Namespace is the code page's name, such as "FolderHierarchy", or "page 40" where the
// page is not known.
func (e *Element) Namespace() string {
	if int(e.Page) < len(pages) && pages[e.Page].namespace != "" {
		return pages[e.Page].namespace
	}
	return fmt.Sprintf("page %d", e.Page)
}

// Get is the first child of the first name, of that the first of the second name, and so
// on. It is nil where there is none, or where e is nil.
func (e *Element) Get(names ...string) *Element {
	for _, name := range names {
		found := e.All(name)
		if len(found) == 0 {
			return nil
		}
		e = found[0]
	}
	return e
}

// All are the children of that name, in their order. Of a nil element there are none.
func (e *Element) All(name string) []*Element {
	if e == nil {
		return nil
	}
	var found []*Element
	for _, child := range e.Children {
		if child.Name() == name {
			found = append(found, child)
		}
	}
	return found
}

// Value is the element's text, or its bytes as text. It is "" where e is nil.
func (e *Element) Value() string {
	switch {
	case e == nil:
		return ""
	case len(e.Opaque) > 0:
		return string(e.Opaque)
	}
	return e.Text
}

// onlyOne says that an element has more than one of children, text and bytes, if it does.
func onlyOne(e *Element) error {
	kinds := 0
	for _, has := range []bool{e.Text != "", len(e.Opaque) > 0, len(e.Children) > 0} {
		if has {
			kinds++
		}
	}
	if kinds > 1 {
		return fmt.Errorf("%s has more than one of children, text and bytes", e.Name())
	}
	return nil
}

// lookUp finds a tag by its names.
func lookUp(namespace, name string) (number, tag byte, ok bool) {
	if name == "" {
		return 0, 0, false
	}
	for n, p := range pages {
		if p.namespace != namespace {
			continue
		}
		for t, has := range p.tags {
			if has == name {
				return byte(n), byte(t), true
			}
		}
	}
	return 0, 0, false
}
