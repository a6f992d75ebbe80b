package inventory

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/table"
)

// MaxSize bounds one file, in bytes.
const MaxSize = 16 << 30

// checkEvery is after how many records an interruption is looked for.
const checkEvery = 4096

// Source is a file to read.
type Source struct {
	Name string // for messages and evidence
	Open func() (io.ReadCloser, error)
	// Optional sources, such as those found in a folder, are passed over with a
	// note where they are none of the exports.
	Optional bool
}

// Settings is what a profile for phones says of its mail account.
type Settings struct {
	Host        string
	OAuth       bool
	Certificate bool // it carries one, or refers to one
}

// Options are what an inventory is made by.
type Options struct {
	At       time.Time  // now, by the caller's clock
	Since    time.Time  // sign-ins from before are left out; zero for none
	WaveSize int        // users in a wave; 0 for [DefaultWaveSize]
	Previous *Inventory // an earlier run's, to compare with

	// Online reports whether a host is one of Exchange Online; nil knows none.
	Online func(host string) bool
	// Profile reads a configuration profile for iOS; nil reads none.
	Profile func(data []byte) (Settings, error)
}

// Read makes an inventory from exports, in whatever order they come. It fails at
// the first file that can't be read to its end: an inventory of half the files
// would look whole. The error is one line that names file and line or record; it
// wraps [ErrUnknown] where a file is none of the exports, and what Open returned.
func Read(ctx context.Context, sources []Source, o Options) (*Inventory, error) {
	if o.Previous != nil && o.Previous.Redacted {
		return nil, errors.New("the earlier inventory was redacted: its names can't be compared")
	}
	c := &collector{o: o, people: map[string]*person{}, pending: map[requestID]pending{}}
	var details []*opened // read last: they tell of sign-ins in other files
	defer func() {
		for _, f := range details {
			f.close()
		}
	}()
	for _, source := range sources {
		f, err := c.open(source)
		if err == nil && f.kind == AuthDetails {
			details = append(details, f)
			continue
		}
		if err == nil {
			err = c.read(ctx, f)
			f.close()
		}
		switch {
		case err == nil:
		case source.Optional && errors.Is(err, ErrUnknown):
			c.note("%s was passed over: it is none of the exports that are understood", preflight.Printable(source.Name))
		case source.Optional && errors.Is(err, errEarlier):
			c.note("%s was passed over: %v", preflight.Printable(source.Name), err)
		default:
			return nil, about(source.Name, err)
		}
	}
	for _, f := range details {
		if err := c.read(ctx, f); err != nil {
			return nil, about(f.name, err)
		}
	}
	return c.inventory()
}

// about names the file in an error, once.
func about(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) && path.Path == name {
		err = path.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// opened is a file whose kind is known: a table, or records of which the first
// was read to tell.
type opened struct {
	name    string
	kind    Kind
	closer  io.Closer
	table   *table.Table
	records *records
	head    []byte
}

func (f *opened) close() { _ = f.closer.Close() } // it was only read

func (c *collector) open(source Source) (*opened, error) {
	file, err := source.Open()
	if err != nil {
		return nil, err
	}
	f := &opened{name: source.Name, closer: file}
	b, err := table.OpenText(file, MaxSize)
	if err == nil {
		err = f.sniff(b)
	}
	if err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *opened) sniff(b *bufio.Reader) (err error) {
	if !startsJSON(b) {
		if f.table, err = table.Open(b); err != nil {
			return err
		}
		f.kind, err = kindOfTable(f.table)
		return err
	}
	f.records = newRecords(b)
	f.head, err = f.records.next()
	if err == io.EOF { // an empty page is an answer too: nobody
		f.kind, f.head = SignIns, nil
		return nil
	}
	if err == nil {
		f.kind, err = kindOfRecord(f.head)
	}
	return err
}

// startsJSON goes by the first byte that is no space.
func startsJSON(b *bufio.Reader) bool {
	for n := 1; n <= b.Size(); n++ {
		start, err := b.Peek(n)
		if err != nil {
			return false
		}
		switch start[n-1] {
		case ' ', '\t', '\r', '\n':
		case '[', '{':
			return true
		default:
			return false
		}
	}
	return false
}

// read reads an open file to its end.
func (c *collector) read(ctx context.Context, f *opened) error {
	c.files = append(c.files, File{Name: preflight.Printable(f.name), Kind: f.kind, json: f.records != nil})
	file := &c.files[len(c.files)-1]
	switch {
	case f.kind == OfServices:
		c.note("%s holds sign-ins of services, which have no mailbox", file.Name)
		return nil
	case f.records != nil:
		return c.readRecords(ctx, f, file)
	}
	row, finish := c.rowReader(f.table, f.kind)
	for {
		err := f.table.Next()
		if err == io.EOF {
			return finish()
		}
		if err == nil {
			err = row()
		}
		if err != nil {
			return err
		}
		if file.Rows++; file.Rows%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (c *collector) readRecords(ctx context.Context, f *opened, file *File) error {
	each, finish := c.recordReader(f.kind)
	for record := f.head; record != nil; {
		file.Rows++
		if err := each(record, file.Rows); err != nil {
			return fmt.Errorf("record %d: %w", file.Rows, err)
		}
		if file.Rows%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		var err error
		if record, err = f.records.next(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	return finish()
}

// recordReader is what reads the records of a kind, and what ends the file.
func (c *collector) recordReader(kind Kind) (each func(record []byte, place int) error, finish func() error) {
	switch kind {
	case Devices:
		d := &deviceFile{}
		return d.record, func() error { return c.devices(d) }
	case Profiles:
		return c.profile, func() error { return nil }
	}
	return func(record []byte, place int) error {
		s := signIn{place: place}
		if err := readSignIn(record, &s); err != nil {
			return err
		}
		return c.signIn(&s)
	}, func() error { return nil }
}

// rowReader is recordReader for tables.
func (c *collector) rowReader(t *table.Table, kind Kind) (each, finish func() error) {
	switch kind {
	case Devices:
		d := newDeviceTable(t)
		return d.row, func() error { return c.devices(d) }
	case AuthDetails:
		return c.detailRow(t), func() error { return nil }
	}
	return newSignInTable(c, t).row, func() error { return nil }
}
