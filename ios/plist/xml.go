package plist

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// xmlReader walks the tokens of an XML property list, once.
type xmlReader struct {
	*File
	data     []byte
	encoding string // that the file was in, where it was not UTF-8
	quick    quick
	dec      *xml.Decoder
	at       Position // of the token that was read last
	began    int64    // where that is in data
	seen     int64    // how far positions were counted
	next     Position // where the token after it begins
	opened   []open
	nodes    int
}

func parseXML(data []byte) (*File, error) {
	r := newXMLReader(data)
	if err := r.document(); err != nil {
		return nil, err
	}
	return r.File, nil
}

func newXMLReader(data []byte) *xmlReader {
	r := &xmlReader{File: &File{}, next: Position{1, 1}}
	var mark string
	data, mark, r.encoding = decode(data)
	r.BOM = mark != ""
	if r.encoding != "" {
		r.problem(r.next, "it is written in %s in place of UTF-8", r.encoding)
	}
	r.data = r.withoutDashes(data)
	data = r.data
	r.quick.in = bytes.NewReader(data)
	r.dec = xml.NewDecoder(r.quick.in)
	r.dec.CharsetReader = r.charset
	return r
}

// charset takes what was turned into UTF-8, and what is declared as something else
// and is ASCII all the same, which is in UTF-8 what it is there.
func (r *xmlReader) charset(name string, in io.Reader) (io.Reader, error) {
	if r.encoding != "" {
		return in, nil
	}
	if bytes.ContainsFunc(r.data, func(c rune) bool { return c >= utf8.RuneSelf }) {
		return nil, fmt.Errorf("it says that it is written in %q, which is not read here: save it as UTF-8", name)
	}
	r.problem(Position{1, 1}, "it says that it is written in %q in place of UTF-8", name)
	return in, nil
}

func (r *xmlReader) problem(at Position, format string, args ...any) {
	r.Problems = append(r.Problems, Problem{At: at, Text: fmt.Sprintf(format, args...)})
}

// malformed notes what Apple's reader takes, and no other reader of XML.
func (r *xmlReader) malformed(at Position, text string) {
	r.Problems = append(r.Problems, Problem{At: at, Text: text, Malformed: true})
}

func (r *xmlReader) fail(format string, args ...any) error {
	return &SyntaxError{r.at, fmt.Sprintf(format, args...)}
}

// token reads the next token and keeps where it begins.
func (r *xmlReader) token() (xml.Token, error) {
	r.at, r.began = r.next, r.seen
	t, end, ok := r.quick.next(r.data, r.seen)
	var err error
	if !ok {
		t, err = r.dec.Token()
		end = r.dec.InputOffset() + r.quick.taken
		r.quick.after(t, r.data[:min(end, int64(len(r.data)))])
	}
	r.next = advance(r.next, r.data[r.seen:min(end, int64(len(r.data)))])
	r.seen = end
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, r.syntax(err)
	}
	r.follow(t)
	return t, err
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

// document reads the prologue and the one value. Apple's reader does not look at what
// follows after that.
func (r *xmlReader) document() error {
	inList := false
	for {
		t, err := r.token()
		switch {
		case errors.Is(err, io.EOF):
			return r.fail("there is no value in it")
		case err != nil:
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch {
			case t.Name.Local == "plist" && !inList:
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
			if !inList {
				r.rest()
				return nil
			}
		case xml.EndElement:
			if r.Root == nil {
				return r.fail("there is no value in it")
			}
			r.rest()
			return nil
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return r.fail("there is text outside of any value")
			}
		case xml.Directive:
			if err := r.doctype(t); err != nil {
				return err
			}
		}
	}
}

// rest looks at what follows after the end.
func (r *xmlReader) rest() {
	for {
		t, err := r.token()
		if errors.Is(err, io.EOF) {
			return
		}
		passes := false
		switch t := t.(type) {
		case xml.Comment, xml.ProcInst:
			passes = true
		case xml.CharData:
			passes = len(bytes.TrimSpace(t)) == 0
		}
		if err != nil || !passes {
			text := r.data[r.began:]
			blank := len(text) - len(bytes.TrimLeft(text, space))
			r.malformed(advance(r.at, text[:blank]), "something follows after its end, which phones do not look at")
			return
		}
	}
}

// doctype refuses brackets, as Apple's reader does whatever is in them.
func (r *xmlReader) doctype(t xml.Directive) error {
	_, rest, ok := bytes.Cut(t, []byte("["))
	switch definitions, _, _ := bytes.Cut(rest, []byte("]")); {
	case !ok:
		return nil
	case len(bytes.TrimSpace(definitions)) == 0:
		return r.fail("its DOCTYPE ends in [], which .NET writes and phones do not read: take the two brackets out")
	}
	return r.fail("its DOCTYPE defines entities, which phones do not read and no profile needs")
}
