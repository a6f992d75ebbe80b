package ticket

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/easkit/easkit/certs"
)

// Attempts is how many wrong PINs lock a ticket.
const Attempts = 5

// closed are the states in which a link does not open. One that is pending has no link.
var closed = map[State]error{Used: ErrUsed, Expired: ErrExpired, Revoked: ErrRevoked, Locked: ErrLocked}

// Look returns the ticket of a link and changes nothing. The error is [ErrNone] where
// there is none; one that does not open any more is returned, without an error.
func (s *Store) Look(ctx context.Context, t Token) (*Ticket, error) {
	_, r, err := s.look(ctx, t)
	if err != nil {
		return nil, err
	}
	return &r.Ticket, nil
}

// look finds the ticket of a link.
func (s *Store) look(ctx context.Context, t Token) (secret, *row, error) {
	link, ok := parseSecret(string(t))
	if !ok {
		return nil, nil, ErrNone
	}
	r, err := s.byLink(link, func(args ...any) *sql.Row { return s.byLookup.QueryRowContext(ctx, args...) })
	switch {
	case errors.Is(err, ErrNone):
		return nil, nil, ErrNone
	case err != nil:
		return nil, nil, s.in("reading", err)
	}
	return link, r, nil
}

// byLink finds the ticket of a link by a way to run [selectByLookup].
func (s *Store) byLink(link secret, find func(args ...any) *sql.Row) (*row, error) {
	lookup, err := link.key(forLookup)
	if err != nil {
		return nil, err
	}
	var r row
	if err := r.scan(find(s.now().UnixMilli(), lookup)); err != nil {
		return nil, err
	}
	return &r, nil
}

// Redeem uses a link, once: of any number of callers one gets the session. Else the
// error is one of ErrNone, ErrUsed, ErrExpired, ErrRevoked, ErrLocked, ErrPIN and
// ErrUser; but for ErrNone the ticket, as it is then, comes with it. A wrong PIN is
// counted on the disk before Redeem returns, and before this store looks at another; one
// that is not six digits, letting spaces and hyphens aside, can't be right and is not
// counted.
func (s *Store) Redeem(ctx context.Context, t Token, p Proof) (Session, *Ticket, error) {
	link, ok := parseSecret(string(t))
	if !ok {
		return "", nil, ErrNone
	}
	session := newSecret()
	var r *row
	var why error
	err := s.alone(ctx, func(ctx context.Context) error {
		done, err := s.useByPIN(ctx, link, p.PIN, session)
		if done || err != nil {
			return err
		}
		return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
			r, why, err = s.judge(ctx, tx, link, p, session)
			return err
		})
	})
	switch {
	case errors.Is(err, ErrNone):
		return "", nil, ErrNone
	case err != nil:
		return "", nil, s.in("redeeming one of", err)
	case why != nil:
		return "", &r.Ticket, why
	}
	return Session(session.text()), nil, nil
}

// judge is for whom [Store.useByPIN] did not let in: it says why not, counts a wrong PIN,
// and lets in who signed in.
func (s *Store) judge(ctx context.Context, tx *sql.Tx, link secret, p Proof, session secret) (r *row, why error, err error) {
	now := s.now()
	r, err = s.byLink(link, func(args ...any) *sql.Row { return tx.QueryRowContext(ctx, selectByLookup, args...) })
	if err != nil {
		return nil, nil, err
	}
	if why, ok := closed[r.State]; ok {
		return r, why, nil
	}
	right, err := r.proven(link, p)
	switch _, isPIN := p.PIN.clean(); {
	case err != nil:
		return nil, nil, err
	case right:
		_, err := tx.ExecContext(ctx, "UPDATE tickets SET redeemed = ?, session = ? WHERE seq = ?", now.UnixMilli(), session.hash(), r.seq)
		return r, nil, err
	case r.SignIn == ByOIDC:
		return r, ErrUser, nil
	case !isPIN:
		return r, ErrPIN, nil
	}
	why, err = r.countWrong(ctx, tx, now)
	return r, why, err
}

// proven reports whether a ticket's user was shown to be there.
func (r *row) proven(link secret, p Proof) (bool, error) {
	if r.SignIn == ByOIDC {
		return sameUser(r.User, p.User), nil
	}
	pin, ok := p.PIN.clean()
	if !ok {
		return false, nil
	}
	hash, err := link.pinHash(pin)
	return err == nil && hmac.Equal(hash, r.pin), err
}

// countWrong counts a wrong PIN, and locks the ticket after the last.
func (r *row) countWrong(ctx context.Context, tx *sql.Tx, now time.Time) (why error, err error) {
	if _, err := tx.ExecContext(ctx, "UPDATE tickets SET wrong = wrong + 1 WHERE seq = ?", r.seq); err != nil {
		return nil, err
	}
	if r.Left--; r.Left > 0 {
		return ErrPIN, nil
	}
	r.State, r.Ended = Locked, now.UTC().Truncate(time.Millisecond)
	return ErrLocked, r.end(ctx, tx, Locked, "", now)
}

// sameUser reports whether the one who signed in is the one of the ticket. Letter case
// does not count in ASCII; beyond it there are letters which look alike or fold to the
// same one, so that there every letter does.
func sameUser(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	if strings.ContainsFunc(a+b, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return a == b
	}
	return certs.SameAddress(a, b)
}
