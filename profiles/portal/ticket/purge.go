package ticket

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Kept is for how long lists know of a ticket, from when it was made.
const Kept = 400 * 24 * time.Hour

// atOnce is how many lines one transaction deletes or notes, since redeeming waits
// meanwhile.
const atOnce = 100

// The deletions, at the time ?1. Windows end also where the clock was set back, and a link
// that has expired stays so: what waits under it is gone.
var deletions = []struct {
	text  string
	since time.Duration
}{
	{`UPDATE tickets SET ended = expires, end_state = 'expired' WHERE seq IN (
		SELECT DISTINCT seq FROM files JOIN tickets ON seq = ticket
		WHERE sealed IS NOT NULL AND expires <= ?1 AND redeemed IS NULL AND ended IS NULL LIMIT ?3)`, 0},
	{`UPDATE files SET sealed = NULL WHERE rowid IN (
		SELECT f.rowid FROM files AS f JOIN tickets ON seq = ticket
		WHERE sealed IS NOT NULL AND (ended IS NOT NULL
			OR abs(redeemed - ?1) >= ?2)
		LIMIT ?3)`, Window},
	{`DELETE FROM tickets WHERE seq IN (SELECT seq FROM tickets WHERE made <= ?1 - ?2 LIMIT ?3)`, Kept},
}

// Purge deletes what waits under links that ended, and what is known of tickets older
// than [Kept], for good. Call it every minute or so.
func (s *Store) Purge(ctx context.Context) error {
	if err := s.purge(ctx); err != nil {
		return s.in("purging", err)
	}
	return nil
}

func (s *Store) purge(ctx context.Context) error {
	for _, d := range deletions {
		for more := true; more; {
			err := s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
				done, err := tx.ExecContext(ctx, d.text, s.now().UnixMilli(), d.since.Milliseconds(), atOnce)
				if err != nil {
					return err
				}
				n, err := done.RowsAffected()
				more = n == atOnce
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return s.truncate(ctx)
}

// truncatePatience is for how long truncate waits for readers, while who redeems waits
// for it.
const truncatePatience = 100 * time.Millisecond

// truncate empties the write-ahead log, which has pages as they were before. Where
// somebody still reads them, the next purge does.
func (s *Store) truncate(ctx context.Context) error {
	return s.alone(ctx, func(ctx context.Context) error {
		c, err := s.write.Conn(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		if _, err := c.ExecContext(ctx, "PRAGMA "+patience(truncatePatience)); err != nil {
			return err
		}
		if _, err = c.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); busy(err) {
			err = nil
		}
		_, back := c.ExecContext(ctx, "PRAGMA "+patience(busyPatience))
		return errors.Join(err, back)
	})
}

// patience is the pragma of how long a connection waits for others.
func patience(d time.Duration) string { return fmt.Sprintf("busy_timeout(%d)", d.Milliseconds()) }

// Revoke ends a ticket and deletes what waits. It returns the ticket as it is then, and
// whether that changed it: one that was locked, has expired or was revoked before stays as
// it is. The error is [ErrNone], or [ErrUsed] where it is too late: the window to fetch it
// has passed.
func (s *Store) Revoke(ctx context.Context, id, by string) (t *Ticket, changed bool, err error) {
	if err := checkPerson("name of who revokes", by); err != nil {
		return nil, false, err
	}
	var r *row
	var refused error
	err = s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if r, err = s.byID(ctx, tx, id); err != nil {
			return err
		}
		now := s.now()
		switch {
		case r.State == Used && now.Sub(r.Redeemed).Abs() >= Window:
			refused = ErrUsed
			return nil
		case r.State == Used || r.State == Ready || r.State == Pending:
			if err := r.end(ctx, tx, Revoked, by, now); err != nil {
				return err
			}
			changed = true
			r, err = s.byID(ctx, tx, r.ID)
			return err
		}
		return nil
	})
	switch {
	case errors.Is(err, ErrNone):
		return nil, false, ErrNone
	case err != nil:
		return nil, false, s.in("revoking one of", err)
	case refused != nil:
		return nil, false, refused
	}
	return &r.Ticket, changed, nil
}
