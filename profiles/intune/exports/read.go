package exports

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/encoding"
)

// What one file of exports can make us do. MaxExport is the largest that is read: the
// tools write a file for each object, and a list of all that Graph has is some megabytes.
const (
	MaxExport      = 64 << 20 // bytes
	maxExportDepth = 100      // of nested values; PowerShell writes 50 at most where tools ask it to
)

// ExportError says where a file of exports stops being one, and why.
type ExportError struct {
	File         string
	Line, Column int // counted from 1; 0 where it is the file as a whole
	Reason       string
}

// Error is one line.
func (e *ExportError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", preflight.Printable(e.File), e.Reason)
	}
	return fmt.Sprintf("%s: line %d, column %d: %s", preflight.Printable(e.File), e.Line, e.Column, e.Reason)
}

// Passed is what of a file was passed over.
type Passed struct {
	Others  int // values of kinds that have nothing to do with mail accounts
	Untyped int // objects that don't say what they are
	Cut     int // answers that have a next page, which is another answer (@odata.nextLink)
	Refused int // requests that Graph answered with an error, alone or within a batch
}

// Add is both together.
func (p Passed) Add(q Passed) Passed {
	return Passed{p.Others + q.Others, p.Untyped + q.Untyped, p.Cut + q.Cut, p.Refused + q.Refused}
}

// partial reports whether the tenant has, or may have, more than was read.
func (p Passed) partial() bool { return p.Cut > 0 || p.Refused > 0 }

// Read reads objects of Intune out of a JSON file: one object, a list, or an answer of
// Graph with its objects in "value", to one request or to a batch of them, as Graph,
// IntuneManagement and IntuneCD write them, in UTF-8 or UTF-16, of at most 64 MiB. The
// error is an *[ExportError].
func Read(name string, data []byte) (found []Export, passed Passed, err error) {
	text, err := exportText(data)
	if err != nil {
		return nil, passed, &ExportError{File: name, Reason: err.Error()}
	}
	if offset, err := exportSyntax(text); err != nil {
		at := &exportPlace{text: text, line: 1, column: 1}
		at.to(offset)
		return nil, passed, &ExportError{name, at.line, at.column, err.Error()}
	}
	r := &exportReader{file: name, place: exportPlace{text: text, line: 1, column: 1}}
	r.value(part{raw: text}, 0, "")
	return r.found, r.passed, nil
}

// Byte order marks (https://www.unicode.org/faq/utf_bom.html#bom4). PowerShell 5 writes
// UTF-16 where nobody tells it otherwise.
var (
	bomUTF8    = []byte{0xef, 0xbb, 0xbf}
	bomLittle  = []byte{0xff, 0xfe}
	bomBig     = []byte{0xfe, 0xff}
	braceSmall = []byte{'{', 0} // how JSON in UTF-16 begins without a mark
	listSmall  = []byte{'[', 0}
	braceBig   = []byte{0, '{'}
	listBig    = []byte{0, '['}
)

// exportText is a file in UTF-8 without a byte order mark.
func exportText(data []byte) ([]byte, error) {
	if len(data) > MaxExport {
		return nil, fmt.Errorf("it has %s bytes, more than the %s that are read", preflight.Thousands(len(data)), preflight.Thousands(MaxExport))
	}
	for _, form := range []struct {
		start []byte
		mark  bool // start is no part of the text
		order binary.ByteOrder
	}{
		{bomUTF8, true, nil},
		{bomLittle, true, binary.LittleEndian}, {bomBig, true, binary.BigEndian},
		{braceSmall, false, binary.LittleEndian}, {listSmall, false, binary.LittleEndian},
		{braceBig, false, binary.BigEndian}, {listBig, false, binary.BigEndian},
	} {
		if !bytes.HasPrefix(data, form.start) {
			continue
		}
		if form.mark {
			data = data[len(form.start):]
		}
		if form.order == nil {
			return data, nil
		}
		if len(data)%2 != 0 {
			return nil, errors.New("it is UTF-16, and ends within a character")
		}
		return encoding.FromUTF16(data, form.order), nil
	}
	return data, nil
}

// exportSyntax says where text stops being JSON, or is nested too deep.
func exportSyntax(text []byte) (offset int, err error) {
	if offset, deep := tooDeep(text); deep {
		return offset, fmt.Errorf("its values are nested deeper than %d", maxExportDepth)
	}
	var whole json.RawMessage
	err = json.Unmarshal(text, &whole)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &syntax) && !strings.HasPrefix(err.Error(), "unexpected end"):
		offset = max(int(syntax.Offset)-1, 0)
		if r, size := utf8.DecodeRune(text[offset:]); size > 1 { // of which the error has the first byte
			return offset, fmt.Errorf("it is not JSON: %q stands where a value, a key or a bracket should", r)
		}
		return offset, fmt.Errorf("it is not JSON: %w", err)
	}
	return len(text), errors.New("it is not JSON: it ends before the value does")
}

// tooDeep finds the first bracket that is too many.
func tooDeep(text []byte) (offset int, deep bool) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			if depth++; depth > maxExportDepth {
				return i, true
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return 0, false
}

// exportPlace counts lines and columns on to an offset, and never back.
type exportPlace struct {
	text         []byte
	seen         int
	line, column int
}

func (p *exportPlace) to(offset int) {
	for p.seen < min(offset, len(p.text)) {
		r, size := utf8.DecodeRune(p.text[p.seen:])
		p.seen += size
		p.column++
		if r == '\n' {
			p.line, p.column = p.line+1, 1
		}
	}
}
