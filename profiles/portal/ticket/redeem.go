package ticket

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"fmt"
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
	_, r, err := s.look(ctx, s.byLookup, t)
	if err != nil {
		return nil, err
	}
	return &r.Ticket, nil
}

// look finds the ticket of a link by one of the two statements that do.
func (s *Store) look(ctx context.Context, by *sql.Stmt, t Token) (secret, *row, error) {
	secret, ok := parseSecret(string(t))
	if !ok {
		return nil, nil, ErrNone
	}
	lookup, err := secret.key(forLookup)
	if err != nil {
		return nil, nil, err
	}
	var r row
	switch err := r.scan(by.QueryRowContext(ctx, s.now().UnixMilli(), lookup)); {
	case errors.Is(err, ErrNone):
		return nil, nil, ErrNone
	case err != nil:
		return nil, nil, s.in("reading", err)
	}
	return secret, &r, nil
}

// Redeem uses a link, once: of any number of callers one gets the session. Else the
// error is one of ErrNone, ErrUsed, ErrExpired, ErrRevoked, ErrLocked, ErrPIN and
// ErrUser; but for ErrNone the ticket, as it is then, comes with it. A wrong PIN is
// counted on the disk before Redeem returns; one that is not six digits, letting
// spaces and hyphens aside, can't be right and is not counted.
func (s *Store) Redeem(ctx context.Context, t Token, p Proof) (Session, *Ticket, error) {
	secret, r, err := s.look(ctx, s.byLookupWriting, t)
	if err != nil {
		return "", nil, err
	}
	verdict, why, err := r.judge(secret, p)
	session, counts := newSecret(), false
	switch {
	case err != nil:
		return "", nil, err
	case verdict == refuse:
		return "", &r.Ticket, why
	case verdict == count:
		why, counts, err = s.wrong(ctx, r)
	default:
		counts, err = s.redeem(ctx, r, session)
	}
	switch {
	case err != nil:
		return "", nil, s.in("redeeming one of", err)
	case !counts:
		return s.late(ctx, t)
	case why != nil:
		return "", &r.Ticket, why
	}
	return Session(session.text()), &r.Ticket, nil
}

// late is for who saw a ticket that was ready, and found then that another was faster.
// What was judged is told to nobody: it was not counted.
func (s *Store) late(ctx context.Context, t Token) (Session, *Ticket, error) {
	_, r, err := s.look(ctx, s.byLookupWriting, t)
	if err != nil {
		return "", nil, err
	}
	if r.State == Ready {
		return "", nil, s.in("redeeming one of", fmt.Errorf("ticket %s had expired, until the clock was set back: try again", r.ID))
	}
	return "", &r.Ticket, closed[r.State]
}

// verdict is what becomes of a try to redeem.
type verdict int

const (
	refuse verdict = iota
	count          // refuse, and count a wrong PIN
	admit
)

// judge says what a proof is worth, and why it is refused.
func (r *row) judge(s secret, p Proof) (verdict, error, error) {
	if why, ok := closed[r.State]; ok {
		return refuse, why, nil
	}
	if r.SignIn == ByOIDC {
		if !sameUser(r.User, p.User) {
			return refuse, ErrUser, nil
		}
		return admit, nil, nil
	}
	pin, ok := p.PIN.clean()
	if !ok {
		return refuse, ErrPIN, nil
	}
	hash, err := s.pinHash(pin)
	switch {
	case err != nil:
		return refuse, nil, err
	case !hmac.Equal(hash, r.pin):
		return count, ErrPIN, nil
	}
	return admit, nil, nil
}

// redeem reports whether the ticket was ready still, and is used now.
func (s *Store) redeem(ctx context.Context, r *row, session secret) (done bool, err error) {
	now := s.now()
	err = s.alone(ctx, func(ctx context.Context) error {
		result, err := s.use.ExecContext(ctx, now.UnixMilli(), session.hash(), r.seq)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		done = n == 1
		return err
	})
	r.State, r.Redeemed = Used, now.UTC().Truncate(time.Millisecond)
	return done, err
}

// wrong counts a wrong PIN, if the ticket was ready still.
func (s *Store) wrong(ctx context.Context, r *row) (why error, done bool, err error) {
	err = s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		const note = "UPDATE tickets SET wrong = wrong + 1 WHERE seq = ?2 AND " + stateOf + " = 'ready' RETURNING wrong"
		var wrong int
		err := tx.QueryRowContext(ctx, note, s.now().UnixMilli(), r.seq).Scan(&wrong)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		done, why, r.Left = true, ErrPIN, Attempts-wrong
		if r.Left > 0 {
			return nil
		}
		now := s.now()
		why, r.State, r.Ended = ErrLocked, Locked, now.UTC().Truncate(time.Millisecond)
		return r.end(ctx, tx, Locked, "", now)
	})
	return why, done, err
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
