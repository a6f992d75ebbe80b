package entra

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

// table reads CSV whose columns are found by name.
type table struct {
	csv    *csv.Reader
	header []string // as they stand there
	names  []string // as they are compared: see columnName
	row    []string
	line   int
}

// openTable reads the line of column names. Fields are separated by comma,
// semicolon (Excel in half of Europe) or tab, whichever that line has most of.
func openTable(b *bufio.Reader) (*table, error) {
	start, _ := b.Peek(bufferSize) // an error comes again when it is read
	t := &table{csv: csv.NewReader(b)}
	t.csv.Comma = separator(start)
	t.csv.ReuseRecord = true
	t.csv.FieldsPerRecord = -1 // next says it better
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
		t.names = append(t.names, columnName(h))
	}
	return t, nil
}

// columns are the names as they stand in the file. A single one may be anything, a
// password too, so it is not told.
func (t *table) columns() string {
	if len(t.header) < 2 {
		return "a single column of another name"
	}
	return clip(printable(strings.Join(t.header, ", ")))
}

// isPreamble knows the lines that stand above the names of columns: the version
// in Entra's templates for bulk operations, and the type that Export-Csv of
// Windows PowerShell writes without -NoTypeInformation.
func isPreamble(line string) bool {
	line = strings.ToLower(line)
	return strings.HasPrefix(line, "version:") || strings.HasPrefix(line, "#type ")
}

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

// columnName is a column's name in the form in which those that mean the same
// are equal: "User principal name", "userPrincipalName" and the "User name
// [userPrincipalName] Required" of templates.
func columnName(header string) string {
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

// column is the place of the first column with one of the names, or -1.
func (t *table) column(names ...string) int {
	for _, n := range names {
		if i := slices.Index(t.names, n); i >= 0 {
			return i
		}
	}
	return -1
}

// next reads a row; the error is io.EOF after the last.
func (t *table) next() error {
	for {
		if err := t.read(); err != nil {
			return err
		}
		if slices.ContainsFunc(t.row, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			break
		}
	}
	if len(t.row) != len(t.header) {
		return fmt.Errorf("line %d: it has %d columns and the first line %d: quote values that hold %q", t.line, len(t.row), len(t.header), t.csv.Comma)
	}
	return nil
}

func (t *table) read() error {
	row, err := t.csv.Read()
	var where *csv.ParseError
	if errors.As(err, &where) {
		return fmt.Errorf("line %d, column %d: %w", where.Line, where.Column, where.Err)
	}
	if err != nil {
		return err
	}
	t.row = row
	t.line, _ = t.csv.FieldPos(0)
	return nil
}

// cell is the text in a column of the row, or "" where there is no such column.
// It is on one printable line: what else stands in an address is a damaged file.
func (t *table) cell(column int) (string, error) {
	text, err := t.raw(column)
	if err == nil && strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		err = t.wrong(column, fmt.Errorf("%q holds a character that does not print", clip(text)))
	}
	return text, err
}

// raw is like cell, for text of several lines.
func (t *table) raw(column int) (string, error) {
	if column < 0 {
		return "", nil
	}
	text := strings.TrimSpace(t.row[column])
	if !utf8.ValidString(text) {
		return "", t.wrong(column, errors.New("it is not UTF-8: save the file as CSV UTF-8"))
	}
	return text, nil
}

// wrong says where in the table an error is.
func (t *table) wrong(column int, err error) error {
	return fmt.Errorf("line %d, column %s: %w", t.line, printable(t.header[column]), err)
}

// clip shortens what is quoted in an error.
func clip(s string) string {
	const longest = 80
	return preflight.Clip(s, longest)
}
