// Package wbxml reads and writes the WBXML of Exchange ActiveSync (MS-ASWBXML).
package wbxml

// Element is an element of a document: it has children, or text, or bytes, or nothing.
type Element struct {
	Page     byte // the code page of the tag
	Tag      byte // without the bits for attributes and content
	Text     string
	Opaque   []byte
	Children []*Element
}
