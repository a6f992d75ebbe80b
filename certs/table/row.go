package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// MaxRow bounds a row of a table, in bytes. The longest that an export has, users with
// hundreds of addresses, are below a tenth of it; a quote that is not closed would
// otherwise take all that follows into one row.
const MaxRow = 1 << 20

// errLongRow says that no end of a row was found.
var errLongRow = fmt.Errorf("it has more than %d bytes: is a closing quote missing?", MaxRow)

// RowError is what is wrong with one row. The rows after it can be read.
type RowError struct {
	Line   int    // where in the file the row begins, from 1
	Column string // as it stands in the file; "" where the whole row is meant
	Err    error

	place string // the line and column of a damage that lies within the row
}

func (e *RowError) Error() string {
	switch {
	case e.place != "":
		return e.place + ": " + e.Err.Error()
	case e.Column != "":
		return fmt.Sprintf("line %d, column %s: %v", e.Line, e.Column, e.Err)
	}
	return fmt.Sprintf("line %d: %v", e.Line, e.Err)
}

func (e *RowError) Unwrap() error { return e.Err }

// rows cuts a text into rows: at the ends of lines that are not between quotes.
// Whether a row is well-formed is for others to say; where it is not, back goes to the
// line after its first, so that a stray quote costs one row.
//
// The cost stays in proportion to the text: a row that is read in vain ends, at the
// latest, at the next line with an odd number of quotes, and only lines of that kind
// begin one.
type rows struct {
	text *bufio.Reader // holds a row of MaxRow and one byte more
	line int           // of the row, from 1

	pending int // bytes of the row, which text still holds
	lines   int // in the row
	first   int // bytes of its first line
}

func newRows(text *bufio.Reader) *rows {
	return &rows{text: bufio.NewReaderSize(text, MaxRow+1), line: 1}
}

// next gives the bytes of the next row, good until next is called again. Where no end
// is found within MaxRow they are nil and the error is errLongRow; then, as after a
// malformed row, back may be called. Other errors are the text's, [io.EOF] after its
// last row.
func (r *rows) next() ([]byte, error) {
	if _, err := r.text.Discard(r.pending); err != nil {
		return nil, err
	}
	r.line += r.lines
	r.pending, r.lines, r.first = 0, 0, 0
	open := false // a quote is
	for {
		row, err := r.text.Peek(max(r.pending+1, r.text.Buffered()))
		for r.pending < len(row) {
			end := bytes.IndexByte(row[r.pending:], '\n') + 1
			part := row[r.pending:]
			if end > 0 {
				part = part[:end]
			}
			open = open != (bytes.Count(part, []byte{'"'})%2 == 1)
			r.pending += len(part)
			if end == 0 {
				break
			}
			r.endLine()
			if !open {
				return row[:r.pending], nil
			}
		}
		switch {
		case errors.Is(err, io.EOF) && r.pending > 0:
			r.endLine()
			return row, nil
		case errors.Is(err, bufio.ErrBufferFull), err == nil && r.pending > MaxRow:
			return nil, errLongRow
		case err != nil:
			return nil, err
		}
	}
}

func (r *rows) endLine() {
	if r.lines++; r.lines == 1 {
		r.first = r.pending
	}
}

// back makes next go on at the line after the first of the row that it gave last.
func (r *rows) back() error {
	if r.first > 0 {
		r.pending, r.lines = r.first, 1
		return nil
	}
	return r.skipLine()
}

// skipLine passes over the line that is too long to be held.
func (r *rows) skipLine() error {
	r.pending, r.lines = 0, 1
	for {
		_, err := r.text.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return nil // next finds it again
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}
