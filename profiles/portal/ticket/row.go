package ticket

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
)

// stateOf is the one rule for the state of a ticket at the time ?1.
const stateOf = `CASE
	WHEN ended IS NOT NULL THEN end_state
	WHEN redeemed IS NOT NULL THEN 'used'
	WHEN lookup IS NULL THEN 'pending'
	WHEN expires <= ?1 THEN 'expired'
	ELSE 'ready' END`

const selectTicket = `SELECT seq, id, user, by, sign_in, ` + stateOf + ` AS state, kinds,
	made, expires, redeemed, fetched, ended, ended_by, wrong, pin, session FROM tickets`

// selectByLookup finds the ticket whose link has the look-up key ?2.
const selectByLookup = selectTicket + " WHERE lookup = ?2"

// row is a ticket with what its link is compared with.
type row struct {
	Ticket
	seq          int64
	pin, session []byte
}

func (r *row) scan(from interface{ Scan(...any) error }) error {
	var made int64
	var expires, redeemed, fetched, ended sql.NullInt64
	var kinds string
	var wrong int
	err := from.Scan(&r.seq, &r.ID, &r.User, &r.By, &r.SignIn, &r.State, &kinds,
		&made, &expires, &redeemed, &fetched, &ended, &r.EndedBy, &wrong, &r.pin, &r.session)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNone
	}
	if err != nil {
		return err
	}
	r.Made = time.UnixMilli(made).UTC()
	r.Expires, r.Redeemed, r.Fetched, r.Ended = when(expires), when(redeemed), when(fetched), when(ended)
	r.Left = Attempts - wrong
	for k := range strings.SplitSeq(kinds, kindSep) {
		if k != "" {
			r.Kinds = append(r.Kinds, Kind(k))
		}
	}
	return nil
}

// kindSep is between the kinds of a ticket; none has it.
const kindSep = ","

func when(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}

// queryer is a database or a transaction.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (s *Store) byID(ctx context.Context, from queryer, id string) (*row, error) {
	var r row
	query := from.QueryRowContext(ctx, selectTicket+" WHERE id = ?2", s.now().UnixMilli(), strings.ToLower(id))
	if err := r.scan(query); err != nil {
		return nil, err
	}
	return &r, nil
}

// end ends a ticket, and with it what waits.
func (r *row) end(ctx context.Context, tx *sql.Tx, state State, by string, now time.Time) error {
	_, err := tx.ExecContext(ctx, "UPDATE tickets SET ended = ?, end_state = ?, ended_by = ? WHERE seq = ?",
		now.UnixMilli(), state, by, r.seq)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE files SET sealed = NULL WHERE ticket = ?", r.seq)
	return err
}
