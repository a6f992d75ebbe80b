package ticket

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/easkit/easkit/certs/keyfile"
)

// fileName is the database's, beside which SQLite keeps two of its own, with the same mode.
const fileName = "tickets.db"

// busyPatience is how long to wait for other processes: one holds the lock for as long as
// a ticket takes.
const busyPatience = 10 * time.Second

// The pragmas of every connection. A commit is on the disk when it returns, also where
// fsync alone does not see to that (macOS), and what is deleted is overwritten.
// Source: https://www.sqlite.org/pragma.html
var pragmas = []string{
	patience(busyPatience),
	"journal_mode(WAL)",
	"synchronous(FULL)",
	"fullfsync(1)",
	"checkpoint_fullfsync(1)",
	"secure_delete(1)",
	"foreign_keys(1)",
	"trusted_schema(0)",
	"cache_size(-16384)", // KiB: the tickets of a day of a large rollout
}

// readers is how many connections read at the same time. One writes: more would only
// wait for each other.
const readers = 8

// Store is a folder of tickets. Its methods may be called at the same time, and further
// processes may work in the same folder, if it is on a local disk.
//
// All of it is one SQLite database, so that a ticket and what waits under it come and go
// in one transaction: a process that is killed leaves the whole of a ticket, or nothing.
type Store struct {
	dir         string
	now         func() time.Time
	read, write *sql.DB
	turn        chan struct{} // of the one who writes
	byLookup    *sql.Stmt     // on read
	use         *sql.Stmt     // on write: useByPIN
}

// Open opens the folder, or makes it, for its owner alone, and purges it. now is the
// clock. The caller closes the store.
func Open(ctx context.Context, dir string, now func() time.Time) (*Store, error) {
	path, err := prepare(dir)
	if err != nil {
		return nil, fmt.Errorf("preparing the folder for the tickets: %w", err)
	}
	if err := registerSameHash(); err != nil {
		return nil, fmt.Errorf("preparing the database for the tickets: %w", err)
	}
	s := &Store{dir: dir, now: now, turn: make(chan struct{}, 1)}
	if s.write, err = connect(path, 1, "_txlock=immediate"); err != nil {
		return nil, s.in("opening", err)
	}
	if s.read, err = connect(path, readers, "_pragma=query_only(1)"); err != nil {
		return nil, errors.Join(s.in("opening", err), s.write.Close())
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(s.in("opening", err), s.Close())
	}
	return s, nil
}

func (s *Store) start(ctx context.Context) error {
	if err := s.change(ctx, migrate); err != nil {
		return err
	}
	for _, p := range []struct {
		db   *sql.DB
		stmt **sql.Stmt
		text string
	}{
		{s.read, &s.byLookup, selectByLookup},
		{s.write, &s.use, useByPINText},
	} {
		stmt, err := p.db.PrepareContext(ctx, p.text)
		if err != nil {
			return err
		}
		*p.stmt = stmt
	}
	return s.purge(ctx)
}

// prepare makes the folder and the file, since SQLite would leave its mode to the umask.
func prepare(dir string) (path string, err error) {
	if err := os.MkdirAll(dir, keyfile.DirMode); err != nil {
		return "", err
	}
	if path, err = filepath.Abs(filepath.Join(dir, fileName)); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, keyfile.FileMode)
	if errors.Is(err, fs.ErrExist) {
		return path, checkFile(path)
	}
	if err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	return path, syncFolder(dir)
}

// checkFile refuses a database that others may have put there, or may read.
func checkFile(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%q is no regular file, and tickets are kept in one: move it away", path)
	case keyfile.ModesWork() && info.Mode().Perm()&^keyfile.FileMode != 0:
		return fmt.Errorf("%q is open to others than its owner (mode %04o): chmod 600 it, if nobody else wrote to it", path, info.Mode().Perm())
	}
	return nil
}

// syncFolder makes the file's name durable. Windows keeps a journal of names and syncs
// no folder.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func connect(path string, most int, more string) (*sql.DB, error) {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a drive of Windows: https://www.sqlite.org/uri.html
	}
	name := url.URL{Scheme: "file", Path: slashed, RawQuery: url.Values{"_pragma": pragmas}.Encode() + "&" + more}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db, nil
}

// Close closes the folder, when what goes on in it has ended.
func (s *Store) Close() error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	if err := errors.Join(s.read.Close(), s.write.Close()); err != nil {
		return s.in("closing", err)
	}
	return nil
}

// in adds the folder to an error.
func (s *Store) in(doing string, err error) error {
	return fmt.Errorf("%s the tickets in %q: %w", doing, s.dir, err)
}

// alone runs f while nobody else of this store writes, and waits for its end: once begun
// it is not broken off, so that whoever hangs up in the middle of a wrong PIN has it
// counted all the same.
func (s *Store) alone(ctx context.Context, f func(context.Context) error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return f(context.WithoutCancel(ctx))
}

// change runs f in a transaction that no process writes beside, and returns when it is
// on the disk.
func (s *Store) change(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	return s.alone(ctx, func(ctx context.Context) error { return s.inTx(ctx, f) })
}

// inTx is change for who has the turn.
func (s *Store) inTx(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(ctx, tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// busy reports whether another process was in the way.
func busy(err error) bool {
	const primary = 0xff // of an extended code: https://www.sqlite.org/rescode.html
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&primary == sqlite3.SQLITE_BUSY
}
