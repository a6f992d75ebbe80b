package ticket

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// The lengths of a list.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// Query picks tickets of a list.
type Query struct {
	Text  string // is part of the user, of who ordered, or of the ID; letter case does not matter
	State State  // empty for any
	// Unfetched leaves out those of which a file went out whole.
	Unfetched bool
	// Newest leaves each user one ticket: the newest that was not revoked, or the newest
	// where all were.
	Newest bool
	// Owed is Newest, without the users who have fetched something since that ticket was
	// made, and without those whose tickets were all revoked: whoever is left has to be
	// asked what holds them up.
	Owed  bool
	Limit int    // at most so many; 0 for [DefaultLimit], never more than [MaxLimit]
	After string // the ID of the last ticket of the page before
}

// newestOfEach picks the tickets of Query.Newest: of each user the first, where those that
// were revoked come last.
const newestOfEach = `SELECT seq FROM (
		SELECT seq, made, gone, max(fetched) OVER (PARTITION BY canonical) AS last,
			row_number() OVER (PARTITION BY canonical ORDER BY gone, seq DESC) AS n
		FROM (SELECT seq, canonical, made, fetched, coalesce(end_state = 'revoked', FALSE) AS gone FROM tickets))
	WHERE n = 1`

// List returns tickets, the newest first. The error is [ErrNone] where there is no
// ticket to go on after.
func (s *Store) List(ctx context.Context, q Query) ([]Ticket, error) {
	limit := min(max(q.Limit, 0), MaxLimit)
	if limit == 0 {
		limit = DefaultLimit
	}
	before := int64(math.MaxInt64)
	if q.After != "" {
		last, err := s.byID(ctx, s.read, q.After)
		if err != nil {
			return nil, s.in("listing", fmt.Errorf("going on after %.40q: %w", q.After, err))
		}
		before = last.seq
	}
	text := selectTicket + " WHERE seq < ?2 AND (?3 = '' OR state = ?3) AND (?4 = '' OR instr(search, ?4) > 0) AND (NOT ?6 OR fetched IS NULL)"
	switch {
	case q.Owed:
		text += " AND seq IN (" + newestOfEach + " AND NOT gone AND (last IS NULL OR last < made))"
	case q.Newest:
		text += " AND seq IN (" + newestOfEach + ")"
	}
	lines, err := s.read.QueryContext(ctx, text+" ORDER BY seq DESC LIMIT ?5",
		s.now().UnixMilli(), before, q.State, strings.ToLower(q.Text), limit, q.Unfetched)
	if err != nil {
		return nil, s.in("listing", err)
	}
	defer lines.Close()
	var all []Ticket
	for lines.Next() {
		var r row
		if err := r.scan(lines); err != nil {
			return nil, s.in("listing", err)
		}
		all = append(all, r.Ticket)
	}
	if err := lines.Err(); err != nil {
		return nil, s.in("listing", err)
	}
	return all, nil
}

// Get returns a ticket by its ID. The error is [ErrNone] where there is none.
func (s *Store) Get(ctx context.Context, id string) (*Ticket, error) {
	r, err := s.byID(ctx, s.read, id)
	if err != nil && !errors.Is(err, ErrNone) {
		return nil, s.in("reading", err)
	}
	if err != nil {
		return nil, err
	}
	return &r.Ticket, nil
}

// Given is a file of a ticket, as lists know it: also when what was sealed is gone.
type Given struct {
	Named
	Fetched time.Time // it went out whole first; zero for never
}

// Given lists the files of a ticket by its ID; none while it is pending.
func (s *Store) Given(ctx context.Context, id string) ([]Given, error) {
	const pick = "SELECT f.name, f.kind, f.fetched FROM files AS f JOIN tickets ON seq = ticket WHERE id = ? ORDER BY n"
	lines, err := s.read.QueryContext(ctx, pick, strings.ToLower(id))
	if err != nil {
		return nil, s.in("reading", err)
	}
	defer lines.Close()
	var all []Given
	for lines.Next() {
		var g Given
		var at sql.NullInt64
		if err := lines.Scan(&g.Name, &g.Kind, &at); err != nil {
			return nil, s.in("reading", err)
		}
		g.Fetched = when(at)
		all = append(all, g)
	}
	if err := lines.Err(); err != nil {
		return nil, s.in("reading", err)
	}
	return all, nil
}
