package wbxml

import (
	"bytes"
	"fmt"
	"strings"
)

// Marshal writes a document whose root is e. An element that no code page names, that has
// more than one of children, text and bytes, or whose text has a NUL in it is an error.
func Marshal(e *Element) ([]byte, error) {
	w := writer{}
	w.buf.Write([]byte{version, publicID, utf8, noTable})
	if err := w.element(e, 1); err != nil {
		return nil, fmt.Errorf("writing WBXML: %w", err)
	}
	return w.buf.Bytes(), nil
}

// writer keeps the code page that is switched to: page 0 at first.
type writer struct {
	buf  bytes.Buffer
	page byte
}

func (w *writer) element(e *Element, depth int) error {
	if err := writable(e, depth); err != nil {
		return err
	}
	if e.Page != w.page {
		w.buf.Write([]byte{switchPage, e.Page})
		w.page = e.Page
	}
	if len(e.Children) == 0 && e.Text == "" && len(e.Opaque) == 0 {
		return w.buf.WriteByte(e.Tag)
	}
	w.buf.WriteByte(e.Tag | hasContent)
	if e.Text != "" {
		w.buf.WriteByte(strI)
		w.buf.WriteString(e.Text)
		w.buf.WriteByte(0)
	}
	if len(e.Opaque) > 0 {
		w.buf.WriteByte(opaque)
		w.number(len(e.Opaque))
		w.buf.Write(e.Opaque)
	}
	for _, child := range e.Children {
		if err := w.element(child, depth+1); err != nil {
			return err
		}
	}
	return w.buf.WriteByte(end)
}

// writable says why an element can't be written.
func writable(e *Element, depth int) error {
	switch {
	case depth > MaxDepth:
		return errDepth
	case e.unknown != "":
		return fmt.Errorf("no code page has %q", e.unknown)
	case e.Tag < firstTag || e.Tag > tagMask:
		return fmt.Errorf("0x%02x is no tag", e.Tag)
	case strings.Contains(e.Text, "\x00"):
		return fmt.Errorf("the text of %s has a NUL in it", e.Name())
	}
	return onlyOne(e)
}

// number writes a multi-byte integer: seven bits a byte, the highest first, and the top
// bit set in all but the last.
func (w *writer) number(n int) {
	digits := []byte{byte(n & 0x7F)}
	for n >>= 7; n > 0; n >>= 7 {
		digits = append([]byte{byte(n&0x7F) | 0x80}, digits...)
	}
	w.buf.Write(digits)
}
