package wbxml

import (
	"bytes"
	"errors"
	"fmt"
)

// What a document may come to, so that a server can't make a reader spend much on little.
// Answers that are meant well are far below: a Sync with 100 messages has a few thousand
// elements, seven deep.
const (
	MaxDepth    = 64
	MaxElements = 1 << 16
)

var (
	errDepth = fmt.Errorf("elements are nested more than %d deep", MaxDepth)
	errShort = errors.New("it ends in the middle")
)

// Parse reads a document and returns its root. What MS-ASWBXML has no use for is an error
// (attributes, string tables, entities, processing instructions, text beside elements), and
// so is more than [MaxDepth] and [MaxElements]. Tags that are not known are read. Text is
// taken as it stands, whether it is UTF-8 or not. How long data is, is the caller's concern.
func Parse(data []byte) (*Element, error) {
	r := reader{data: data}
	root, err := r.document()
	if err != nil {
		return nil, fmt.Errorf("reading WBXML, at byte %d: %w", r.at, err)
	}
	return root, nil
}

// reader is where in the data it is, and the code page that is switched to.
type reader struct {
	data  []byte
	at    int
	page  byte
	count int // of elements
}

func (r *reader) document() (*Element, error) {
	if err := r.header(); err != nil {
		return nil, err
	}
	token, err := r.token()
	if err != nil {
		return nil, err
	}
	root, err := r.element(token, 1)
	if err != nil {
		return nil, err
	}
	if r.at < len(r.data) {
		return nil, fmt.Errorf("%d bytes follow its end", len(r.data)-r.at)
	}
	return root, nil
}

// header reads what is before the root. The public identifier is not looked at: it tells
// nothing that an answer to EAS isn't known to be.
func (r *reader) header() error {
	v, err := r.byte()
	if err != nil {
		return err
	}
	if v < 1 || v > version {
		return fmt.Errorf("it starts with 0x%02x, which is no version of WBXML up to 1.3", v)
	}
	id, err := r.number()
	if err != nil {
		return err
	}
	charset, err := r.number()
	if err != nil {
		return err
	}
	table, err := r.number()
	switch {
	case err != nil:
		return err
	case id == 0 || table != noTable:
		return errors.New("it has a string table")
	case charset != utf8:
		return fmt.Errorf("its charset is number %d, not UTF-8", charset)
	}
	return nil
}

// element reads the element of a tag's byte that has just been read.
func (r *reader) element(token byte, depth int) (*Element, error) {
	if r.count++; r.count > MaxElements {
		return nil, fmt.Errorf("it has more than %d elements", MaxElements)
	}
	switch {
	case depth > MaxDepth:
		return nil, errDepth
	case token&tagMask < firstTag:
		return nil, fmt.Errorf("0x%02x is neither a tag nor a token that EAS uses", token)
	case token&hasAttributes != 0:
		return nil, fmt.Errorf("0x%02x is a tag with attributes", token)
	}
	e := &Element{Page: r.page, Tag: token & tagMask}
	if token&hasContent == 0 {
		return e, nil
	}
	return e, r.content(e, depth)
}

// content reads up to the element's end.
func (r *reader) content(e *Element, depth int) error {
	var text []byte // servers may write it in pieces
	for {
		token, err := r.token()
		if err != nil {
			return err
		}
		switch token {
		case end:
			e.Text = string(text)
			return onlyOne(e)
		case strI:
			text, err = r.text(text)
		case opaque:
			err = r.opaque(e)
		default:
			var child *Element
			if child, err = r.element(token, depth+1); err == nil {
				e.Children = append(e.Children, child)
			}
		}
		if err != nil {
			return err
		}
	}
}

// text appends what comes up to a NUL.
func (r *reader) text(before []byte) ([]byte, error) {
	length := bytes.IndexByte(r.data[r.at:], 0)
	if length < 0 {
		return nil, errShort
	}
	text := append(before, r.data[r.at:r.at+length]...)
	r.at += length + 1
	return text, nil
}

func (r *reader) opaque(e *Element) error {
	length, err := r.number()
	if err != nil {
		return err
	}
	if uint64(length) > uint64(len(r.data)-r.at) {
		return errShort
	}
	e.Opaque = append(e.Opaque, r.data[r.at:r.at+int(length)]...)
	r.at += int(length)
	return nil
}

// token reads the next byte that is not a switch of the code page, and obeys those.
func (r *reader) token() (byte, error) {
	for {
		b, err := r.byte()
		if err != nil || b != switchPage {
			return b, err
		}
		if r.page, err = r.byte(); err != nil {
			return 0, err
		}
	}
}

// number reads a multi-byte integer: seven bits a byte, the highest first, the top bit set
// in all but the last. 32 bits are the most that WBXML allows.
func (r *reader) number() (uint32, error) {
	const most = 5 // bytes
	var n uint64
	for range most {
		b, err := r.byte()
		if err != nil {
			return 0, err
		}
		n = n<<7 | uint64(b&0x7F)
		if b&0x80 == 0 && n <= 1<<32-1 {
			return uint32(n), nil
		}
	}
	return 0, errors.New("a length of more than 32 bits")
}

func (r *reader) byte() (byte, error) {
	if r.at >= len(r.data) {
		return 0, errShort
	}
	b := r.data[r.at]
	r.at++
	return b, nil
}
