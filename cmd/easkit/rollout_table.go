package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/rollout"
)

// usersTable is a table of users that can be read as often as is needed.
type usersTable struct {
	rollout.Source
	dir   string // of the paths in it
	close func()
}

// tableFromStdin is what the table is called in manifests that has no name.
const tableFromStdin = "stdin.csv"

// hintTable is for a table that is not there, or can't be read.
const hintTable = "give a CSV with the names of its columns in the first line: easkit help rollout has them, and --map OURS=THEIRS takes others, such as --map user=Login"

// openTable finds the table of a call. What can be read only once, such as standard
// input or a pipe, goes to a temporary file.
func (a *app) openTable(path string) (*usersTable, error) {
	if info, err := os.Stat(path); path != stdout && (err != nil || info.Mode().IsRegular()) {
		t := &usersTable{dir: filepath.Dir(path), close: func() {}}
		t.Name = filepath.Base(path)
		t.Open = func() (io.ReadCloser, error) {
			f, err := a.open(path, "the table of users")
			if err != nil {
				return nil, hinted(fmt.Errorf("the table of users: %w", about(path, err)), hintTable)
			}
			return f, nil
		}
		return t, nil
	}
	in, err := a.open(path, "the table of users")
	if err != nil {
		return nil, hinted(fmt.Errorf("the table of users: %w", about(path, err)), hintTable)
	}
	defer in.Close()
	t, err := spool(in)
	if err != nil {
		return nil, fmt.Errorf("the table of users: %w", err)
	}
	if path != stdout {
		t.Name = filepath.Base(path)
	}
	return t, nil
}

// spool keeps a table in a temporary file, which only its owner can read and which is
// gone as soon as nobody has it open, where the system allows that.
func spool(in io.Reader) (*usersTable, error) {
	file, err := os.CreateTemp("", "easkit-users-*") // mode 0600: os.CreateTemp
	if err != nil {
		return nil, err
	}
	early := os.Remove(file.Name()) // not on Windows while it is open
	t := &usersTable{dir: ".", close: func() {
		file.Close()
		if early != nil {
			os.Remove(file.Name())
		}
	}}
	size, err := io.Copy(file, io.LimitReader(in, rollout.MaxTable+1))
	if err != nil {
		t.close()
		return nil, err
	}
	t.Name = tableFromStdin
	t.Open = func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(file, 0, size)), nil }
	return t, nil
}

// digest tells the table from others.
func (t *usersTable) digest(ctx context.Context) (rollout.Digest, error) {
	in, err := t.Open()
	if err != nil {
		return rollout.Digest{}, err
	}
	defer in.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, &untilDone{ctx, in})
	if err != nil {
		return rollout.Digest{}, fmt.Errorf("reading the table of users: %w", err)
	}
	return rollout.Digest{Name: t.Name, SHA256: hex.EncodeToString(sum.Sum(nil)), Size: size}, nil
}

// untilDone reads until a context ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u *untilDone) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(b)
}

// rows goes through the table.
func (t *usersTable) rows(ctx context.Context, o rollout.TableOptions) iter.Seq2[rollout.Row, error] {
	return func(yield func(rollout.Row, error) bool) {
		in, err := t.Open()
		if err != nil {
			yield(rollout.Row{}, err)
			return
		}
		defer in.Close()
		table, err := rollout.ReadTable(&untilDone{ctx, in}, o)
		for err == nil {
			var record rollout.Record
			if record, err = table.Next(); err == nil && !yield(record.Row, nil) {
				return
			}
		}
		if !errors.Is(err, io.EOF) {
			yield(rollout.Row{}, err)
		}
	}
}

// check refuses a table that can't be read, and a wave that nobody of it is in: a name that
// was mistyped would look like a rollout that has nothing left to do.
func (t *usersTable) check(ctx context.Context, columns map[string]string, w rollout.Wave) error {
	in, err := t.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	table, err := rollout.ReadTable(&untilDone{ctx, in}, rollout.TableOptions{Map: columns, Wave: w})
	if err != nil {
		return hinted(err, hintTable)
	}
	if w == (rollout.Wave{}) {
		return nil
	}
	rows := 0
	for {
		record, err := table.Next()
		switch {
		case errors.Is(err, io.EOF):
			return withHint(fmt.Errorf("--wave %s: of %s in the table, nobody who can be read is in it%s", w, preflight.Counted(rows, "row"), wavesOf(table)), "easkit help rollout says how waves are named")
		case err != nil:
			return err
		case record.InWave && record.Err == nil:
			return nil
		}
		rows++
	}
}

// wavesOf says which waves a table has that was read.
func wavesOf(t *rollout.Table) string {
	names, more := t.Waves()
	switch {
	case len(names) == 0:
		return ""
	case more:
		names = append(names, "…")
	}
	return "; the table has " + strings.Join(names, ", ")
}

// columnsOf reads --map.
func columnsOf(maps []string) (map[string]string, error) {
	columns := map[string]string{}
	for _, item := range maps {
		ours, theirs, ok := strings.Cut(item, "=")
		if _, twice := columns[ours]; !ok || twice {
			return nil, withHint(fmt.Errorf("--map %q is not of the form OURS=THEIRS, or stands there twice", item), "OURS is one of %s", strings.Join(rollout.Columns(), ", "))
		}
		columns[ours] = theirs
	}
	return columns, nil
}
