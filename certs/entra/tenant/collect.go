package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// CollectOptions say what is read, and where it goes.
type CollectOptions struct {
	Now   time.Time // what time it is, for the snapshot
	Cloud preflight.Cloud
	By    string // the program that reads, with its version
	Users bool   // read all users too, which needs Write: they are not held

	// Write stores a file: it calls content once, and keeps nothing of the file
	// where content gives an error, which it returns. Nil keeps no files. Who wants
	// the users of a tenant and no files hands content a pipe to entra.ParseUsers.
	Write func(file string, content func(io.Writer) error) error
}

// Collect reads a tenant through Graph, every resource once, and stores what
// Graph sent, element by element as it came. What Graph refuses (for want of a
// permission, or because the tenant does not have it) is noted as missing, and
// the rest is read all the same.
//
// The error says that the organization could not be read, that Graph stopped to
// answer, that ctx ended, or that Write failed.
func Collect(ctx context.Context, r Reader, o CollectOptions) (*Snapshot, error) {
	s := &Snapshot{At: o.Now.UTC().Truncate(time.Second), By: o.By, Cloud: o.Cloud}
	for _, res := range resources() {
		if res.file == UsersFile && (!o.Users || o.Write == nil) {
			s.miss(UsersFile, "the users were not asked for, or there was nowhere to put them")
			continue
		}
		c := &collection{ctx: ctx, reader: r, snapshot: s, resource: res}
		if err := c.run(o.Write); err != nil {
			return nil, fmt.Errorf("reading the tenant for %s: %w", res.file, err)
		}
	}
	s.miss(MailboxesFile, "Graph does not tell: export Get-CASMailbox to this file")
	if o.Write == nil {
		return s, nil
	}
	err := o.Write(AboutFile, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(about{Schema, s.At, s.By, s.Cloud, s.Missing})
	})
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", AboutFile, err)
	}
	return s, nil
}

func (s *Snapshot) miss(file, why string) {
	s.Missing = append(s.Missing, Missing{file, preflight.Printable(why)})
}

// collection is the reading of one resource.
type collection struct {
	ctx      context.Context
	reader   Reader
	snapshot *Snapshot
	resource resource
	err      error // of reading, apart from those of writing
}

func (c *collection) run(write func(string, func(io.Writer) error) error) error {
	var err error
	if write == nil {
		err = c.copy(io.Discard)
	} else {
		err = write(c.resource.file, c.copy)
	}
	switch {
	case c.err == nil:
		return err
	case c.ctx.Err() != nil:
		return c.ctx.Err()
	case c.resource.file == OrganizationFile || !refused(c.err):
		return c.err
	}
	c.snapshot.miss(c.resource.file, c.err.Error())
	return nil
}

// refused reports whether Graph answered, and said no. That a sign-in has run out
// concerns all that follows too.
func refused(err error) bool {
	e := new(graph.Error)
	return errors.As(err, &e) && e.Status != 0 && e.Status != http.StatusUnauthorized
}

// copy writes the elements to the file and then keeps them: of what Graph refuses
// halfway, nothing stays.
func (c *collection) copy(w io.Writer) error {
	d := &document{w: w, single: c.resource.single}
	var elements []json.RawMessage
	for raw, err := range c.elements() {
		if err != nil {
			c.err = err
			return err
		}
		if err := d.add(raw); err != nil {
			return err
		}
		if c.resource.add != nil {
			elements = append(elements, raw)
		}
	}
	if c.err = c.keep(elements); c.err != nil {
		return c.err
	}
	return d.close()
}

func (c *collection) keep(elements []json.RawMessage) error {
	for i, raw := range elements {
		if err := c.resource.add(c.snapshot, raw); err != nil {
			return fmt.Errorf("what Graph sent, object %d: %w", i+1, err)
		}
	}
	if c.resource.file == OrganizationFile && c.snapshot.Organization == nil {
		return errors.New("no organization came: is the sign-in one of a tenant?")
	}
	return nil
}

// elements ends with ctx, whatever the reader does.
func (c *collection) elements() iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for raw, err := range c.resource.read(c.ctx, c.reader, c.snapshot) {
			if c.ctx.Err() != nil {
				raw, err = nil, c.ctx.Err()
			}
			if !yield(raw, err) || err != nil {
				return
			}
		}
	}
}
