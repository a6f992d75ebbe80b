package portal

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Limits of what the issuer is asked for, whoever comes with a code: each code costs a
// request that carries the client's secret.
const (
	exchangesAtOnce = 16     // of the help desk, and as many of visitors
	maxUsedAttempts = 20_000 // some 150 bytes each
)

// exchanges are the turns of those who ask the issuer. Visitors and the help desk don't
// wait for each other.
type exchanges map[audience]chan struct{}

func newExchanges() exchanges {
	return exchanges{forVisitor: make(chan struct{}, exchangesAtOnce), forDesk: make(chan struct{}, exchangesAtOnce)}
}

// errBusy says that the issuer was not asked, since too many others were asking it.
var errBusy = errors.New("too many sign-ins came back at once, so that the issuer was not asked about this one")

// begin waits for a turn, and returns what ends it. The error is errBusy.
func (e exchanges) begin(ctx context.Context, who audience) (end func(), err error) {
	select {
	case e[who] <- struct{}{}:
		return func() { <-e[who] }, nil
	case <-ctx.Done():
		return nil, errBusy
	}
}

// usedAttempts remembers the sign-ins that came back, since a browser may keep what it
// was told to forget. Where there are too many, those that came back first are forgotten.
type usedAttempts struct {
	mu    sync.Mutex
	until map[string]time.Time // by state
	order []string             // the first to come back first
}

// first reports whether a sign-in comes back for the first time, and remembers it for as
// long as one may take.
func (u *usedAttempts) first(state string, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for len(u.order) > 0 && (len(u.order) >= maxUsedAttempts || !now.Before(u.until[u.order[0]])) {
		delete(u.until, u.order[0])
		u.order = u.order[1:]
	}
	if _, known := u.until[state]; known {
		return false
	}
	if u.until == nil {
		u.until = map[string]time.Time{}
	}
	u.until[state] = now.Add(signInLife)
	u.order = append(u.order, state)
	return true
}
