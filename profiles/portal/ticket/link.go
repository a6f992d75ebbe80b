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

// Link is a link that was looked up, once for all that one request does with it. It
// prints as a placeholder.
type Link struct {
	Ticket *Ticket // as it was then
	store  *Store
	secret secret
	row    *row
}

// String hides the link.
func (Link) String() string { return "[link]" }

// GoString hides the link from %#v.
func (Link) GoString() string { return "[link]" }

// Find looks a link up. The error is [ErrNone] where there is no ticket; one that does
// not open any more is returned, without an error.
func (s *Store) Find(ctx context.Context, t Token) (*Link, error) {
	secret, r, err := s.look(ctx, t)
	if err != nil {
		return nil, err
	}
	return &Link{&r.Ticket, s, secret, r}, nil
}

// admit says why a session may not fetch; nil if it may. Each call asks the clock. Of a
// ticket that ended since it was looked up nothing waits any more.
func (l *Link) admit(in Session) error {
	switch l.row.State {
	case Used:
	case Ready:
		return ErrUnused
	default:
		return closed[l.row.State]
	}
	if !l.UsedBy(in) || l.store.now().Sub(l.row.Redeemed).Abs() >= Window {
		return ErrUsed
	}
	return nil
}

// UsedBy reports whether a session is the one that redeemed the ticket, also once the
// [Window] is over. What the session may fetch then is for [Link.Fetch] to say.
func (l *Link) UsedBy(in Session) bool {
	given, ok := parseSecret(string(in))
	return ok && hmac.Equal(given.hash(), l.row.session)
}

// Files lists what the session may fetch. The error is that of [Link.Fetch].
func (l *Link) Files(ctx context.Context, in Session) ([]Named, error) {
	if err := l.admit(in); err != nil {
		return nil, err
	}
	lines, err := l.store.read.QueryContext(ctx, "SELECT name, kind FROM files WHERE ticket = ? ORDER BY n", l.row.seq)
	if err != nil {
		return nil, l.store.in("reading", err)
	}
	defer lines.Close()
	var all []Named
	for lines.Next() {
		var f Named
		if err := lines.Scan(&f.Name, &f.Kind); err != nil {
			return nil, l.store.in("reading", err)
		}
		all = append(all, f)
	}
	if err := lines.Err(); err != nil {
		return nil, l.store.in("reading", err)
	}
	return all, nil
}

// Fetch opens a file, as often as the session that redeemed the ticket asks for it
// within the [Window]. Else the error is ErrUnused before anybody redeemed it, ErrUsed for
// other sessions and after the window, ErrRevoked, ErrLocked, ErrExpired, or ErrNoFile.
func (l *Link) Fetch(ctx context.Context, in Session, name string) (*File, error) {
	if err := l.admit(in); err != nil {
		return nil, err
	}
	var n int
	f := Named{Name: name}
	var sealed []byte
	err := l.store.read.QueryRowContext(ctx, "SELECT n, kind, sealed FROM files WHERE ticket = ? AND name = ?", l.row.seq, name).
		Scan(&n, &f.Kind, &sealed)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNoFile
	case err != nil:
		return nil, l.store.in("reading", err)
	case sealed == nil:
		return nil, ErrUsed // purged, or the ticket ended just now
	}
	box, err := newParcel(l.row.ID, l.secret)
	if err != nil {
		return nil, err
	}
	data, err := box.open(n, f, sealed)
	if err != nil {
		return nil, err
	}
	return &File{Name: name, Kind: f.Kind, Data: data}, nil
}

// Fetched notes that a file went out whole, for the lists. The first time is kept. That
// of the ticket is the first of a file that is no password. The error is [ErrNoFile].
func (l *Link) Fetched(ctx context.Context, name string) error {
	err := l.store.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		now := l.store.now().UnixMilli()
		var kind Kind
		const note = "UPDATE files SET fetched = coalesce(fetched, ?) WHERE ticket = ? AND name = ? RETURNING kind"
		err := tx.QueryRowContext(ctx, note, now, l.row.seq, name).Scan(&kind)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNoFile
		}
		if err != nil || kind == KindPassword {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE tickets SET fetched = coalesce(fetched, ?) WHERE seq = ?", now, l.row.seq)
		return err
	})
	if err != nil && !errors.Is(err, ErrNoFile) {
		return l.store.in("writing to", err)
	}
	return err
}
