package plist

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// xmlReader walks the tokens of an XML property list, once.
type xmlReader struct {
	*File
	data  []byte
	dec   *xml.Decoder
	at    Position // of the token that was read last
	seen  int64    // how far positions were counted
	next  Position // where the token after it begins
	nodes int
}

func parseXML(data []byte) (*File, error) {
	r := &xmlReader{File: &File{}, next: Position{1, 1}}
	if rest, ok := bytes.CutPrefix(data, []byte(bom)); ok {
		r.BOM, data = true, rest
	}
	r.data = data
	r.dec = xml.NewDecoder(bytes.NewReader(data))
	r.dec.CharsetReader = r.charset
	if err := r.document(); err != nil {
		return nil, err
	}
	return r.File, nil
}

// charset takes what is declared as something else than UTF-8 and is ASCII all the
// same, which is in UTF-8 what it is there.
func (r *xmlReader) charset(name string, in io.Reader) (io.Reader, error) {
	if bytes.ContainsFunc(r.data, func(c rune) bool { return c >= utf8.RuneSelf }) {
		return nil, fmt.Errorf("it says that it is written in %q, and profiles are read in UTF-8", name)
	}
	r.problem(Position{1, 1}, "it says that it is written in %q in place of UTF-8", name)
	return in, nil
}

func (r *xmlReader) problem(at Position, format string, args ...any) {
	r.Problems = append(r.Problems, Problem{at, fmt.Sprintf(format, args...)})
}

func (r *xmlReader) fail(format string, args ...any) error {
	return &SyntaxError{r.at, fmt.Sprintf(format, args...)}
}

// token reads the next token and keeps where it begins.
func (r *xmlReader) token() (xml.Token, error) {
	r.at = r.next
	t, err := r.dec.Token()
	end := r.dec.InputOffset()
	r.next = advance(r.next, r.data[r.seen:min(end, int64(len(r.data)))])
	r.seen = end
	if err == nil || errors.Is(err, io.EOF) {
		return t, err
	}
	if syntax := new(xml.SyntaxError); errors.As(err, &syntax) {
		return nil, &SyntaxError{r.next, syntax.Msg}
	}
	return nil, &SyntaxError{r.at, strings.TrimPrefix(err.Error(), "xml: ")}
}

// advance counts lines, and letters after the last of them.
func advance(p Position, text []byte) Position {
	if n := bytes.Count(text, []byte("\n")); n > 0 {
		p.Line += n
		p.Column = 1
		text = text[bytes.LastIndexByte(text, '\n')+1:]
	}
	p.Column += utf8.RuneCount(text)
	return p
}

// document reads the prologue, the one value and what must not follow it.
func (r *xmlReader) document() error {
	inList := false
	for {
		t, err := r.token()
		if errors.Is(err, io.EOF) {
			if r.Root == nil {
				return r.fail("there is no value in it")
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch {
			case t.Name.Local == "plist" && !inList && r.Root == nil:
				inList = true
				continue
			case r.Root != nil:
				return r.fail("<%s> follows after the end of the one value that a property list has", t.Name.Local)
			case !inList:
				r.problem(r.at, "the element <plist> is missing around its value")
			}
			if r.Root, err = r.value(t, 0); err != nil {
				return err
			}
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return r.fail("there is text outside of any value")
			}
		case xml.Directive:
			if bytes.ContainsAny(t, "[") {
				return r.fail("its DOCTYPE defines entities, which no profile needs")
			}
		}
	}
}

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

// leaf understands the text of a value that holds no others.
func (r *xmlReader) leaf(n *Node, kind Kind, text string) (err error) {
	n.Kind = kind
	trimmed := strings.TrimSpace(text)
	switch kind {
	case String:
		n.Text = text
	case Integer:
		n.Int, err = parseInteger(trimmed)
	case Real:
		n.Real, err = strconv.ParseFloat(trimmed, 64)
	case Data:
		n.Data, err = decodeBase64(text)
	case Date:
		n.Time, err = time.Parse(time.RFC3339, trimmed)
	}
	if err != nil {
		return &SyntaxError{n.At, fmt.Sprintf("<%s> holds %s, which is none", kind, clip(trimmed))}
	}
	return nil
}

// parseInteger reads decimal and hexadecimal numbers, as Apple's reader does.
func parseInteger(text string) (int64, error) {
	digits := strings.TrimPrefix(text, "+")
	if hex, ok := strings.CutPrefix(strings.ToLower(digits), "0x"); ok {
		return strconv.ParseInt(hex, 16, 64)
	}
	return strconv.ParseInt(digits, 10, 64)
}

// decodeBase64 passes over white space, which base64.StdEncoding takes as line ends
// alone.
func decodeBase64(text string) ([]byte, error) {
	text = strings.Map(func(c rune) rune {
		if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
			return -1
		}
		return c
	}, text)
	return base64.StdEncoding.DecodeString(text)
}

// clip quotes the beginning of a text: it may be somebody's key.
func clip(s string) string {
	const enough = 20
	if r := []rune(s); len(r) > enough {
		return strconv.Quote(string(r[:enough]) + "…")
	}
	return strconv.Quote(s)
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
			r.problem(e.At, "the key %s is there twice: the last one counts", clip(e.Key))
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
		case xml.StartElement:
			return "", &SyntaxError{at, fmt.Sprintf("<%s> stands within <%s>, which holds text alone", t.Name.Local, name)}
		}
	}
}

// empty reads the end of an element that holds nothing.
func (r *xmlReader) empty(name string) error {
	text, err := r.text(name)
	if err == nil && strings.TrimSpace(text) != "" {
		return r.fail("<%s> holds text", name)
	}
	return err
}

func (r *xmlReader) ended(name string, err error) error {
	if errors.Is(err, io.EOF) {
		return r.fail("the file ends within <%s>", name)
	}
	return err
}
