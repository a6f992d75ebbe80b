package rollout

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/table"
)

// MaxTable bounds a table of users, in bytes. A million users of Entra's export, with
// all its columns, have about 500 MB.
const MaxTable = 512 << 20

// TableOptions are how a table is read. The zero value takes the columns by their usual
// names, and all rows.
type TableOptions struct {
	// Map gives the names of columns that are called otherwise, by one of [Columns]. An
	// empty name says that there is none, whatever a column is called.
	Map map[string]string
	// Wave is the part of the table that the run is for.
	Wave Wave
	// People are those of the whole table, as [Survey] found them. Then every row of a
	// user who stands there twice is refused; without, the first of them is taken for
	// good, since what follows it is not known yet.
	People *People
}

// Record is a row, and what else its line says.
type Record struct {
	Row
	Thumbprint string // of the certificate that the user is to get: SHA-1 or SHA-256 in small hex; "" for any
	InWave     bool   // part of [TableOptions.Wave]; a row that can't be read is, since nobody knows
}

// Table reads the users of a table, row by row, with bounded memory.
type Table struct {
	csv    *table.Table
	at     places
	wave   waveTest
	people *People
	whole  bool // people are those of the whole table
}

// ReadTable opens a table of users: CSV as Entra's admin center, PowerShell or a
// spreadsheet writes it, in UTF-8, or UTF-16 with a byte order mark, separated by comma,
// semicolon or tab, of at most [MaxTable] bytes. The error is for what is no such table.
func ReadTable(r io.Reader, o TableOptions) (*Table, error) {
	t, err := openTable(r, o)
	if err != nil {
		return nil, fmt.Errorf("reading the table of users: %w", err)
	}
	return t, nil
}

func openTable(r io.Reader, o TableOptions) (*Table, error) {
	text, err := table.OpenText(r, MaxTable)
	if err != nil {
		return nil, err
	}
	t := &Table{people: o.People, whole: o.People != nil}
	if t.people == nil {
		t.people = newPeople()
	}
	if t.csv, err = table.Open(text); err != nil {
		return nil, err
	}
	if t.at, err = findColumns(t.csv, o.Map); err != nil {
		return nil, err
	}
	t.wave, err = o.Wave.in(t.csv, t.at[ColumnWave])
	if !t.whole { // of a table that is read for the first time
		t.wave.seen = &seenWaves{}
	}
	return t, err
}

// Next reads the next row. What is wrong with a row is in its Err, a [*table.RowError],
// and the rows after it can be read. After the last row the error is [io.EOF]; others
// end the reading.
func (t *Table) Next() (Record, error) {
	err := t.csv.Next()
	if bad := new(table.RowError); errors.As(err, &bad) {
		// What its cells are is not certain: an address of it might be another user's.
		return t.counted(Record{Row: Row{Line: bad.Line, Err: bad}, InWave: true}), nil
	}
	if err != nil {
		if err != io.EOF {
			err = fmt.Errorf("reading the table of users: %w", err)
		}
		return Record{}, err
	}
	r := t.read()
	if !t.whole {
		t.people.add(r)
	}
	if r.Err == nil {
		r.Err = t.twice(r)
	}
	return t.counted(r), nil
}

// counted counts a row, where the people of the table are still being found.
func (t *Table) counted(r Record) Record {
	if !t.whole {
		t.people.Rows++
		if r.InWave {
			t.people.InWave++
		}
	}
	return r
}

// read reads the cells of a row. The strings are copied, or each would keep its whole
// row alive.
func (t *Table) read() Record {
	r := Record{Row: Row{Line: t.csv.Line()}}
	note := func(err error) {
		if r.Err == nil {
			r.Err = err
		}
	}
	for _, c := range []struct {
		column string
		into   *string
	}{{ColumnUser, &r.User}, {ColumnEmail, &r.Email}, {ColumnName, &r.Name}, {ColumnIdentity, &r.Identity}} {
		text, err := t.csv.Cell(t.at[c.column])
		if err != nil {
			note(err)
			continue
		}
		*c.into = strings.Clone(text)
	}
	note(t.checkAddresses(r.Row))
	note(t.readThumbprint(&r))
	in, err := t.wave.has(t.csv, r.Key())
	note(err)
	r.InWave = in || err != nil
	return r
}

func (t *Table) checkAddresses(r Row) error {
	if r.User == "" && r.Email == "" {
		return &table.RowError{Line: r.Line, Err: userError{errors.New("it has neither a UPN nor a mail address")}}
	}
	for _, c := range []struct{ column, address string }{{ColumnUser, r.User}, {ColumnEmail, r.Email}} {
		if c.address == "" {
			continue
		}
		if _, err := certs.ParseAddress(c.address); err != nil {
			return t.csv.Wrong(t.at[c.column], fmt.Errorf("%s is no address: %w", quoted(c.address), err))
		}
	}
	return nil
}

// The lengths of thumbprints in hex.
const (
	hexSHA1   = 2 * 20
	hexSHA256 = 2 * 32
)

// readThumbprint takes what dialogs and tools write: with colons or spaces, and with the
// invisible mark (U+200E) that the certificate dialog of Windows puts first.
func (t *Table) readThumbprint(r *Record) error {
	text, err := t.csv.Text(t.at[ColumnThumbprint])
	if err != nil || text == "" {
		return err
	}
	bad := false
	hex := strings.Map(func(c rune) rune {
		switch {
		case c == ':', c == '-', unicode.IsSpace(c), unicode.Is(unicode.Cf, c):
			return -1
		case !unicode.Is(unicode.ASCII_Hex_Digit, c):
			bad = true
		}
		return unicode.ToLower(c)
	}, text)
	if bad || len(hex) != hexSHA1 && len(hex) != hexSHA256 {
		return t.csv.Wrong(t.at[ColumnThumbprint], fmt.Errorf("%s is neither a SHA-1 nor a SHA-256 thumbprint in hex", quoted(text)))
	}
	r.Thumbprint = strings.Clone(hex)
	return nil
}

// twice refuses a user who stands in several rows: which of them holds is not to be
// guessed.
func (t *Table) twice(r Record) error {
	first, second, ok := t.people.twice(r.Key())
	if !ok || !t.whole && first == r.Line {
		return nil
	}
	return &table.RowError{Line: r.Line, Err: userError{fmt.Errorf("%s is there twice: lines %d and %d", quoted(r.Key()), first, max(second, r.Line))}}
}

// userError says that a row can be read, and not whose it is.
type userError struct{ error }
