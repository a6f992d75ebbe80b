package ticket

import (
	"context"
	"database/sql"
	"slices"
	"time"
)

// Unnoted is a file that went out whole, which nobody has noted yet where the files come
// from.
type Unnoted struct {
	User string    // of the ticket
	Ref  string    // of the file
	At   time.Time // when it went out first

	ticket, n int64
}

const selectUnnoted = `SELECT ticket, n, user, ref, files.fetched FROM files JOIN tickets ON seq = ticket
	WHERE noted IS NULL AND ref <> '' AND files.fetched IS NOT NULL ORDER BY files.fetched`

// Unnoted lists the files with a [File].Ref that went out whole, the first to go out
// first, until [Store.Noted] takes them off. They stay on it when the ticket has ended,
// for as long as it is [Kept].
func (s *Store) Unnoted(ctx context.Context) ([]Unnoted, error) {
	lines, err := s.read.QueryContext(ctx, selectUnnoted)
	if err != nil {
		return nil, s.in("reading", err)
	}
	defer lines.Close()
	var all []Unnoted
	for lines.Next() {
		var u Unnoted
		var at int64
		if err := lines.Scan(&u.ticket, &u.n, &u.User, &u.Ref, &at); err != nil {
			return nil, s.in("reading", err)
		}
		u.At = time.UnixMilli(at).UTC()
		all = append(all, u)
	}
	if err := lines.Err(); err != nil {
		return nil, s.in("reading", err)
	}
	return all, nil
}

// Noted takes files off the list of [Store.Unnoted]. Where it fails, some may be on it
// still.
func (s *Store) Noted(ctx context.Context, files ...Unnoted) error {
	for some := range slices.Chunk(files, atOnce) {
		if err := s.change(ctx, func(ctx context.Context, tx *sql.Tx) error { return s.notedSome(ctx, tx, some) }); err != nil {
			return s.in("writing to", err)
		}
	}
	return nil
}

func (s *Store) notedSome(ctx context.Context, tx *sql.Tx, files []Unnoted) error {
	note, err := tx.PrepareContext(ctx, "UPDATE files SET noted = ? WHERE ticket = ? AND n = ?")
	if err != nil {
		return err
	}
	defer note.Close()
	now := s.now().UnixMilli()
	for _, f := range files {
		if _, err := note.ExecContext(ctx, now, f.ticket, f.n); err != nil {
			return err
		}
	}
	return nil
}
