package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// What one file may make us do: a policy of the Android Management API has less.
const (
	maxDepth = 64
	maxNodes = 200_000
)

// BOM is the byte order mark that some editors put before the first character.
const BOM = "\xef\xbb\xbf"

// SyntaxError says where a file stops being JSON, and why.
type SyntaxError struct {
	At     Position
	Reason string // a clause
}

// Error is one line.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.At.Line, e.At.Column, e.Reason)
}

// Parse reads one JSON value, with or without a byte order mark before it. The error
// is a *SyntaxError. Files with values nested deeper than 64, or more than 200,000
// values, are refused.
func Parse(data []byte) (*Node, error) {
	text := bytes.TrimPrefix(data, []byte(BOM))
	p := parser{text: text, dec: json.NewDecoder(bytes.NewReader(text)), at: Position{1, 1}}
	p.dec.UseNumber()
	n, err := p.value(0)
	if err != nil {
		return nil, p.syntax(err)
	}
	after := p.place()
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, &SyntaxError{after, "something follows the end of the JSON value"}
	}
	return n, nil
}

type parser struct {
	text  []byte
	dec   *json.Decoder
	nodes int
	at    Position // of seen
	seen  int      // how far lines are counted
}

// place is where the next token begins, behind the last one and what separates them.
func (p *parser) place() Position {
	from := int(p.dec.InputOffset())
	for from < len(p.text) && bytes.IndexByte([]byte(" \t\r\n,:"), p.text[from]) >= 0 {
		from++
	}
	return p.to(from)
}

// to counts lines and columns on to an offset: never back, so that the whole file is
// gone through once.
func (p *parser) to(offset int) Position {
	for p.seen < min(offset, len(p.text)) {
		r, size := utf8.DecodeRune(p.text[p.seen:])
		p.seen += size
		p.at.Column++
		if r == '\n' {
			p.at = Position{p.at.Line + 1, 1}
		}
	}
	return p.at
}

func (p *parser) value(depth int) (*Node, error) {
	if p.nodes++; p.nodes > maxNodes || depth > maxDepth {
		return nil, &SyntaxError{p.place(), fmt.Sprintf("it has more than %d values, or they are nested deeper than %d", maxNodes, maxDepth)}
	}
	at := p.place()
	token, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	open, ok := token.(json.Delim)
	if !ok {
		n := of(token)
		n.At = at
		return n, nil
	}
	n := &Node{Kind: Array, At: at}
	inside := p.items
	if open == '{' {
		n.Kind, inside = Object, p.entries
	}
	if err := inside(n, depth+1); err != nil {
		return nil, err
	}
	_, err = p.dec.Token() // the bracket that ends it
	return n, err
}

func (p *parser) items(n *Node, depth int) error {
	for p.dec.More() {
		item, err := p.value(depth)
		if err != nil {
			return err
		}
		n.Items = append(n.Items, item)
	}
	return nil
}

func (p *parser) entries(n *Node, depth int) error {
	for p.dec.More() {
		at := p.place()
		token, err := p.dec.Token()
		if err != nil {
			return err
		}
		key, ok := token.(string)
		if !ok {
			return &SyntaxError{at, "a key must be a string"}
		}
		value, err := p.value(depth)
		if err != nil {
			return err
		}
		n.Entries = append(n.Entries, Entry{key, at, value})
	}
	return nil
}

// curly are the quotation marks that word processors make of straight ones.
const curly = "“”„‟″«»"

// syntax says where an error of the decoder is.
func (p *parser) syntax(err error) error {
	var ours *SyntaxError
	if errors.As(err, &ours) {
		return ours
	}
	var theirs *json.SyntaxError
	offset := int(p.dec.InputOffset())
	reason := err.Error()
	switch {
	case errors.As(err, &theirs):
		offset = max(offset, int(theirs.Offset)-1)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		offset, reason = len(p.text), "it ends before the JSON value does"
	}
	p.seen, p.at = 0, Position{1, 1} // what separates values was counted already
	at := p.to(offset)
	if r, _ := utf8.DecodeRune(p.text[min(p.seen, len(p.text)):]); r != utf8.RuneError && bytes.ContainsRune([]byte(curly), r) {
		reason = fmt.Sprintf("%q is a typographic quotation mark, and JSON wants straight ones", r)
	}
	return &SyntaxError{at, reason}
}
