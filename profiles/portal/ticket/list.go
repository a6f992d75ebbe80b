package ticket

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
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
	Limit     int    // at most so many; 0 for [DefaultLimit], never more than [MaxLimit]
	After     string // the ID of the last ticket of the page before
}

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
	const pick = " WHERE seq < ?2 AND (?3 = '' OR state = ?3) AND (?4 = '' OR instr(search, ?4) > 0) AND (NOT ?6 OR fetched IS NULL) ORDER BY seq DESC LIMIT ?5"
	lines, err := s.read.QueryContext(ctx, selectTicket+pick,
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
