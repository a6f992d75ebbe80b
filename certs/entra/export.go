package entra

import (
	"bufio"
)

// Table reads an export in CSV, whatever separates its fields, row by row.
// Columns are found by name and not by place.
type Table struct{ t *table }

// OpenTable reads the line of column names from text that [OpenExport] opened.
func OpenTable(text *bufio.Reader) (*Table, error) {
	t, err := openTable(text)
	if err != nil {
		return nil, err
	}
	return &Table{t}, nil
}

// Columns are the names as they stand in the file, for a message.
// Of a file with one column alone, which may be anything, they are not told.
func (t *Table) Columns() string { return t.t.columns() }

// Column is the place of the first column that has one of the names, or -1.
// Names are given in small letters, without spaces, hyphens and underlines:
// "userprincipalname" finds "User principal name".
func (t *Table) Column(names ...string) int { return t.t.column(names...) }

// Next reads a row; the error is [io.EOF] after the last.
func (t *Table) Next() error { return t.t.next() }

// Line is where in the file the row begins, from 1.
func (t *Table) Line() int { return t.t.line }

// Cell is the text in a column of the row, on one printable line, or "" for
// column -1. It holds on to the whole row: clone what is kept.
func (t *Table) Cell(column int) (string, error) { return t.t.cell(column) }

// Wrong says where in the table an error is.
func (t *Table) Wrong(column int, err error) error { return t.t.wrong(column, err) }
