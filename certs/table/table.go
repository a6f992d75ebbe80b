package table

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/easkit/easkit/certs/preflight"
)

// Table reads CSV row by row. Fields are separated by comma, semicolon (Excel in half
// of Europe) or tab, whichever the line of column names has most of.
type Table struct {
	rows   *rows
	feed   bytes.Reader // of one row
	csv    *csv.Reader  // of feed
	comma  rune
	header []string // as they stand there
	names  []string // as they are compared: see Name
	row    []string
	line   int
	err    error // that ended the reading
}

// Open reads the line of column names from text that [OpenText] opened.
func Open(text *bufio.Reader) (*Table, error) {
	start, _ := text.Peek(text.Size()) // an error comes again when it is read
	t := &Table{rows: newRows(text), comma: separator(start)}
	t.reset()
	err := t.read()
	if err == nil && isPreamble(t.row[0]) {
		err = t.read()
	}
	if err == io.EOF {
		err = errors.New("it is empty")
	}
	if err != nil {
		return nil, err
	}
	t.header = slices.Clone(t.row)
	for _, h := range t.header {
		t.names = append(t.names, Name(h))
	}
	return t, nil
}

// reset makes a reader that knows nothing of a row that was bad.
func (t *Table) reset() {
	t.csv = csv.NewReader(&t.feed)
	t.csv.Comma = t.comma
	t.csv.ReuseRecord = true
	t.csv.FieldsPerRecord = -1 // Next says it better
}

// Columns are the names as they stand in the file, for a message. A single one may
// be anything, a password too, so it is not told.
func (t *Table) Columns() string {
	if len(t.header) < 2 {
		return "a single column of another name"
	}
	return clip(preflight.Printable(strings.Join(t.header, ", ")))
}

// isPreamble knows the lines that stand above the names of columns: the version
// in Entra's templates for bulk operations, and the type that Export-Csv of
// Windows PowerShell writes without -NoTypeInformation.
func isPreamble(line string) bool {
	line = strings.ToLower(line)
	return strings.HasPrefix(line, "version:") || strings.HasPrefix(line, "#type ")
}

// separator is the one that the names of columns at the start of a text have most of.
func separator(start []byte) rune {
	line, _, _ := bytes.Cut(start, []byte("\n"))
	if isPreamble(string(line)) {
		_, start, _ = bytes.Cut(start, []byte("\n"))
		line, _, _ = bytes.Cut(start, []byte("\n"))
	}
	best, most := ',', 0
	for _, r := range ",;\t" {
		if n := bytes.Count(line, []byte(string(r))); n > most {
			best, most = r, n
		}
	}
	return best
}

// Sniff gives the names that the first line of a text would give columns, in the form
// of [Name], and reads nothing: for files that may be tables.
func Sniff(text *bufio.Reader) []string {
	start, _ := text.Peek(text.Size())
	line, _, _ := bytes.Cut(start, []byte("\n"))
	cells := strings.Split(string(line), string(separator(start)))
	for i, c := range cells {
		cells[i] = Name(strings.Trim(strings.TrimSpace(c), `"`))
	}
	return cells
}

// Name is a column's name in the form in which those that mean the same are equal:
// in small letters, without spaces, hyphens and underlines, and of a name in
// brackets that alone. "User principal name", "userPrincipalName" and the "User
// name [userPrincipalName] Required" of templates are all "userprincipalname".
func Name(header string) string {
	if _, inner, ok := strings.Cut(header, "["); ok {
		header, _, _ = strings.Cut(inner, "]")
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '_' || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, header)
}

// Column is the place of the first column with one of the names, or -1. Names are
// given in the form of [Name], the one to prefer first.
func (t *Table) Column(names ...string) int {
	for _, n := range names {
		if i := slices.Index(t.names, n); i >= 0 {
			return i
		}
	}
	return -1
}

// Only is like Column, and an error where several columns have the name that is
// taken: which of them is meant can't be known.
func (t *Table) Only(names ...string) (int, error) {
	first := t.Column(names...)
	if first < 0 {
		return first, nil
	}
	if second := slices.Index(t.names[first+1:], t.names[first]); second >= 0 {
		second += first + 1
		return -1, fmt.Errorf("columns %d and %d are both called %s: remove one of them, or give it another name",
			first+1, second+1, clip(preflight.Printable(t.header[second])))
	}
	return first, nil
}

// Next reads the next row in which a cell is not empty. After the last the error is
// [io.EOF]. After a [*RowError] the rows that follow can be read: after a malformed
// row from the line after its first on, since the quote that is missing may be that
// row's. Other errors end the reading, and come again.
func (t *Table) Next() error {
	if t.err != nil {
		return t.err
	}
	for {
		if err := t.read(); err != nil {
			return t.failed(err)
		}
		if slices.ContainsFunc(t.row, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			break
		}
	}
	if len(t.row) != len(t.header) {
		return &RowError{Line: t.line, Err: fmt.Errorf("it has %d columns and the first line %d: quote values that hold %q", len(t.row), len(t.header), t.comma)}
	}
	return nil
}

// failed gets ready for the rows after a bad one, or notes that there will be none.
func (t *Table) failed(err error) error {
	t.row = nil
	if bad := new(RowError); !errors.As(err, &bad) {
		t.err = err
		return err
	}
	t.reset()
	t.err = t.rows.back()
	return err
}

// read reads a row, whatever is in it.
func (t *Table) read() error {
	for {
		text, err := t.rows.next()
		t.line = t.rows.line
		if errors.Is(err, errLongRow) {
			return &RowError{Line: t.line, Err: err}
		}
		if err != nil {
			return err
		}
		t.feed.Reset(text)
		t.row, err = t.csv.Read()
		if err == io.EOF {
			continue // an empty line
		}
		if where := new(csv.ParseError); errors.As(err, &where) {
			return t.malformed(where)
		}
		return err
	}
}

// malformed says where a row is not CSV.
func (t *Table) malformed(where *csv.ParseError) error {
	place := fmt.Sprintf("line %d, column %d", t.line, where.Column)
	if more := where.Line - where.StartLine; more > 0 {
		place = fmt.Sprintf("line %d to line %d, column %d", t.line, t.line+more, where.Column)
	}
	return &RowError{Line: t.line, Err: where.Err, place: place}
}

// Line is where in the file the row begins, from 1.
func (t *Table) Line() int { return t.line }

// Cell is the text in a column of the row, or "" for column -1. It is on one
// printable line: what else stands in an address is a damaged file. It holds on to
// the whole row: clone what is kept. Of a row with too few columns it gives those that
// are there.
func (t *Table) Cell(column int) (string, error) {
	text, err := t.Text(column)
	if err == nil && strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		err = t.Wrong(column, fmt.Errorf("%q holds a character that does not print", clip(text)))
	}
	return text, err
}

// Text is like Cell, for text of several lines.
func (t *Table) Text(column int) (string, error) {
	if column < 0 || column >= len(t.row) {
		return "", nil
	}
	text := strings.TrimSpace(t.row[column])
	if !utf8.ValidString(text) {
		return "", t.Wrong(column, errors.New("it is not UTF-8: save the file as CSV UTF-8"))
	}
	return text, nil
}

// Wrong says where in the table an error is: a [*RowError].
func (t *Table) Wrong(column int, err error) error {
	return &RowError{Line: t.line, Column: preflight.Printable(t.header[column]), Err: err}
}

// clip shortens what is quoted in an error.
func clip(s string) string {
	const longest = 80 // characters: a line of a terminal
	return preflight.Clip(s, longest)
}
