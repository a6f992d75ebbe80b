package rollout

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/table"
)

// Bounds of a table of passwords, in bytes.
const (
	MaxPasswords = 256 << 20
	maxPassword  = 4096 // of one: a longer one is no password
)

// Passwords are those of users' files. They are safe for concurrent use, and none of
// their methods or errors tells a password to a log.
type Passwords struct {
	entries []passwordEntry
	by      map[digest]uint32
	used    []atomic.Uint32 // a bit for each entry
	names   []byte          // whose or what they are, in one piece
}

// String hides the passwords.
func (Passwords) String() string { return "[passwords]" }

// GoString hides the passwords from %#v.
func (Passwords) GoString() string { return "[passwords]" }

// passwordEntry is one line.
type passwordEntry struct {
	password   certs.Password
	name       uint32 // where in names
	size, line uint32
}

// passwordNames are what the column is called, in the form of [table.Name].
var passwordNames = []string{"password", "passphrase", "p12password", "pfxpassword", "identitypassword"}

// maxPasswordNames bounds the names together, so that places in them fit 32 bits.
const maxPasswordNames = 1 << 30

// ReadPasswords reads a table with a column password and one of users (by UPN or mail
// address) or of files, both called as in the table of users; where a row has both, the
// file counts. A row without a password says nothing. White space around a password is
// not part of it.
//
// Anything wrong is an error of the whole table, and so is an entry that stands there
// twice with different passwords. No error holds a password, nor, since a column may be
// one without a name, the names of columns.
func ReadPasswords(r io.Reader) (*Passwords, error) {
	p := &Passwords{by: map[digest]uint32{}}
	text, err := table.OpenText(r, MaxPasswords)
	if err == nil {
		err = p.read(text)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the passwords: %w", err)
	}
	p.used = make([]atomic.Uint32, (len(p.entries)+31)/32)
	return p, nil
}

// passwordColumns are where the columns are.
type passwordColumns struct{ user, email, file, password int }

func findPasswordColumns(t *table.Table) (at passwordColumns, err error) {
	for _, c := range []struct {
		into  *int
		names []string
	}{
		{&at.user, columnNames[ColumnUser]}, {&at.email, columnNames[ColumnEmail]},
		{&at.file, columnNames[ColumnIdentity]}, {&at.password, passwordNames},
	} {
		if *c.into, err = t.Only(c.names...); err != nil {
			return at, err
		}
	}
	if at.password < 0 || at.user < 0 && at.email < 0 && at.file < 0 {
		err = errors.New("its first line has to name a column password, and one called user, mail or file")
	}
	return at, err
}

func (p *Passwords) read(text *bufio.Reader) error {
	t, err := table.Open(text)
	if err != nil {
		return err
	}
	at, err := findPasswordColumns(t)
	if err != nil {
		return err
	}
	for {
		err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.readRow(t, at); err != nil {
			return err
		}
	}
}

func (p *Passwords) readRow(t *table.Table, at passwordColumns) error {
	secret, err := t.Text(at.password) // Cell's errors quote what they are about
	if err != nil {
		return err
	}
	if secret == "" {
		return nil
	}
	if len(secret) > maxPassword {
		return t.Wrong(at.password, fmt.Errorf("it has more than %d bytes", maxPassword))
	}
	var cells [3]string
	for i, column := range []int{at.user, at.email, at.file} {
		if cells[i], err = t.Cell(column); err != nil {
			return err
		}
	}
	user, file := cmp.Or(cells[0], cells[1]), cells[2]
	switch {
	case file != "":
		return p.add(t.Line(), file, fileKey(slashed(file)), secret)
	case user != "":
		return p.add(t.Line(), user, userKey(user), secret)
	}
	return &table.RowError{Line: t.Line(), Err: errors.New("it says neither whose nor which file's the password is")}
}

func (p *Passwords) add(line int, name string, key digest, secret string) error {
	if i, ok := p.by[key]; ok {
		if have := p.entries[i]; string(have.password) != secret {
			return &table.RowError{Line: line, Err: fmt.Errorf("%s has another password than in line %d", quoted(name), have.line)}
		}
		return nil
	}
	if len(p.names)+len(name) > maxPasswordNames {
		return fmt.Errorf("the names in it have more than %d bytes together", maxPasswordNames)
	}
	p.by[key] = uint32(len(p.entries))
	p.entries = append(p.entries, passwordEntry{
		certs.Password(strings.Clone(secret)), uint32(len(p.names)), uint32(len(name)), uint32(line),
	})
	p.names = append(p.names, name...)
	return nil
}

func userKey(user string) digest { return digestOf("user " + certs.CanonicalAddress(user)) }

func fileKey(slashed string) digest { return digestOf("file " + slashed) }

// slashed is a path in the form in which those are equal that mean the same: some of the
// systems on which tables are written mind neither letter case nor the kind of slash.
func slashed(file string) string {
	return strings.ToLower(path.Clean(strings.ReplaceAll(file, `\`, "/")))
}

// For gives the password of a file that may be a row's: that of the file, by as much of
// its path as the table has, or else that of the user, by UPN or mail address. What is
// given counts as used.
func (p *Passwords) For(r Row, file string) (certs.Password, bool) {
	if p == nil || len(p.entries) == 0 {
		return "", false
	}
	if whole, err := filepath.Abs(file); err == nil {
		file = whole
	}
	for rest, more := slashed(filepath.ToSlash(file)), true; more; _, rest, more = strings.Cut(rest, "/") {
		if i, ok := p.by[fileKey(rest)]; ok {
			return p.use(i), true
		}
	}
	for _, address := range []string{r.User, r.Email} {
		if i, ok := p.by[userKey(address)]; ok {
			return p.use(i), true
		}
	}
	return "", false
}

func (p *Passwords) use(i uint32) certs.Password {
	p.used[i/32].Or(1 << (i % 32))
	return p.entries[i].password
}

// Unused is how many users and files have a password that nothing asked for, and the
// first of them, so many at most, fit to be printed.
func (p *Passwords) Unused(most int) (count int, first []string) {
	if p == nil {
		return 0, nil
	}
	for i, e := range p.entries {
		if p.used[i/32].Load()&(1<<(i%32)) != 0 {
			continue
		}
		if count++; count <= most {
			first = append(first, preflight.Printable(string(p.names[e.name:][:e.size])))
		}
	}
	return count, first
}
