package ticket

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"time"
)

// Window is for how long after redeeming the same session may fetch, and repeat a
// broken download.
const Window = 10 * time.Minute

// Files lists what the session may fetch. The error is that of [Store.Fetch].
func (s *Store) Files(ctx context.Context, t Token, in Session) ([]Named, error) {
	_, r, err := s.admit(ctx, t, in)
	if err != nil {
		return nil, err
	}
	lines, err := s.read.QueryContext(ctx, "SELECT name, kind FROM files WHERE ticket = ? ORDER BY n", r.seq)
	if err != nil {
		return nil, s.in("reading", err)
	}
	defer lines.Close()
	var all []Named
	for lines.Next() {
		var f Named
		if err := lines.Scan(&f.Name, &f.Kind); err != nil {
			return nil, s.in("reading", err)
		}
		all = append(all, f)
	}
	if err := lines.Err(); err != nil {
		return nil, s.in("reading", err)
	}
	return all, nil
}

// Fetch opens a file, as often as the session that redeemed the ticket asks for it
// within the [Window]. Else the error is ErrNone, ErrUnused before anybody redeemed it,
// ErrUsed for other sessions and after the window, ErrRevoked, ErrLocked, ErrExpired,
// or ErrNoFile.
func (s *Store) Fetch(ctx context.Context, t Token, in Session, name string) (*File, error) {
	secret, r, err := s.admit(ctx, t, in)
	if err != nil {
		return nil, err
	}
	var n int
	f := Named{Name: name}
	var sealed []byte
	err = s.read.QueryRowContext(ctx, "SELECT n, kind, sealed FROM files WHERE ticket = ? AND name = ?", r.seq, name).
		Scan(&n, &f.Kind, &sealed)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNoFile
	case err != nil:
		return nil, s.in("reading", err)
	case sealed == nil:
		return nil, ErrUsed // purged just now
	}
	box, err := newParcel(r.ID, secret)
	if err != nil {
		return nil, err
	}
	data, err := box.open(n, f, sealed)
	if err != nil {
		return nil, err
	}
	return &File{Name: name, Kind: f.Kind, Data: data}, nil
}

// admit returns the ticket if the session may fetch from it.
func (s *Store) admit(ctx context.Context, t Token, in Session) (secret, *row, error) {
	secret, r, err := s.look(ctx, s.byLookup, t)
	if err != nil {
		return nil, nil, err
	}
	switch r.State {
	case Used:
	case Ready:
		return nil, nil, ErrUnused
	default:
		return nil, nil, closed[r.State]
	}
	given, ok := parseSecret(string(in))
	if !ok || !hmac.Equal(given.hash(), r.session) || s.now().Sub(r.Redeemed).Abs() >= Window {
		return nil, nil, ErrUsed
	}
	return secret, r, nil
}

// Fetched notes that a file went out whole, for the lists. The first time is kept. That
// of the ticket is the first of a file that is no password. The error is [ErrNone] or
// [ErrNoFile].
func (s *Store) Fetched(ctx context.Context, t Token, name string) error {
	_, r, err := s.look(ctx, s.byLookup, t)
	if err != nil {
		return err
	}
	err = s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		now := s.now().UnixMilli()
		var kind Kind
		const note = "UPDATE files SET fetched = coalesce(fetched, ?) WHERE ticket = ? AND name = ? RETURNING kind"
		err := tx.QueryRowContext(ctx, note, now, r.seq, name).Scan(&kind)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNoFile
		}
		if err != nil || kind == KindPassword {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE tickets SET fetched = coalesce(fetched, ?) WHERE seq = ?", now, r.seq)
		return err
	})
	if err != nil && !errors.Is(err, ErrNoFile) {
		return s.in("writing to", err)
	}
	return err
}
