package ticket

import (
	"context"
	"time"
)

// Window is for how long after redeeming the same session may fetch, and repeat a
// broken download.
const Window = 10 * time.Minute

// Files lists what the session may fetch. The error is that of [Store.Fetch].
func (s *Store) Files(ctx context.Context, t Token, in Session) ([]Named, error) {
	l, err := s.Find(ctx, t)
	if err != nil {
		return nil, err
	}
	return l.Files(ctx, in)
}

// Fetch opens a file, as often as the session that redeemed the ticket asks for it
// within the [Window]. Else the error is ErrNone, ErrUnused before anybody redeemed it,
// ErrUsed for other sessions and after the window, ErrRevoked, ErrLocked, ErrExpired,
// or ErrNoFile.
func (s *Store) Fetch(ctx context.Context, t Token, in Session, name string) (*File, error) {
	l, err := s.Find(ctx, t)
	if err != nil {
		return nil, err
	}
	return l.Fetch(ctx, in, name)
}

// Fetched notes that a file went out whole, for the lists. The first time is kept. That
// of the ticket is the first of a file that is no password. The error is [ErrNone] or
// [ErrNoFile].
func (s *Store) Fetched(ctx context.Context, t Token, name string) error {
	l, err := s.Find(ctx, t)
	if err != nil {
		return err
	}
	return l.Fetched(ctx, name)
}
