package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// Bounds of a sample, all of our own: it is to show whether users get in, and not to be
// a load.
const (
	defaultParallel = 4           // targets at once
	maxWait         = time.Minute // that a server may ask for
	maxBusy         = 3           // times that a server may ask to wait
	busyWait        = 5 * time.Second
)

// SampleOptions are how several targets are tried.
type SampleOptions struct {
	Options                // of each; Deep and SignIn are not for several
	Parallel int           // targets at once; 0 for four
	Done     func(Sampled) // told of each as it ends, one at a time; may be nil
	// Waiting is told when a server asks to wait, one at a time; may be nil.
	Waiting func(host string, d time.Duration)
	// Sleep waits for d, or until ctx ends; nil for a clock's.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Sampled is what came of one target of several.
type Sampled struct {
	Target   Target
	Evidence *Evidence // nil where it was not tried
	Err      error     // why not: it wraps [ErrBusy], or cannot be tried at all
}

// ErrBusy says that a target was left out, since its server asks to wait for too long,
// or too often.
var ErrBusy = errors.New("the server is busy")

// Sample tries several targets, a few at once, in no order; what it gives is in theirs.
// A server that answers HTTP 429 or 503 is left alone for as long as it says, and then
// asked by one at a time; where that is over a minute, or is said again and again, the
// others that it has are left out. The error is for options that a sample can't have,
// and for a context that ended; what was tried until then is there all the same.
func Sample(ctx context.Context, targets []Target, o SampleOptions) ([]Sampled, error) {
	if o.Deep || o.SignIn != nil {
		return nil, errors.New("several accounts are asked for their OPTIONS only: the mailbox is looked into, and people sign in, for one")
	}
	if o.Parallel <= 0 {
		o.Parallel = defaultParallel
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	s := &sample{SampleOptions: o, gates: map[string]*gate{}}
	results := make([]Sampled, len(targets))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(o.Parallel, len(targets)) {
		workers.Go(func() {
			for i := range next {
				results[i] = s.one(ctx, targets[i])
				s.tell(func() {
					if s.Done != nil {
						s.Done(results[i])
					}
				})
			}
		})
	}
	for i := range targets {
		next <- i
	}
	close(next)
	workers.Wait()
	if ctx.Err() != nil {
		return results, fmt.Errorf("trying a sample of accounts: %w", context.Cause(ctx))
	}
	return results, nil
}

// sample is one call under way.
type sample struct {
	SampleOptions
	telling sync.Mutex
	mu      sync.Mutex // of gates and what is in them
	gates   map[string]*gate
}

func (s *sample) tell(what func()) {
	s.telling.Lock()
	defer s.telling.Unlock()
	what()
}

// gate is before a host.
type gate struct {
	turn  sync.Mutex // held by who asks it, once it has asked to wait
	busy  int        // how often it did
	until time.Time
	ended error // why it is not asked any more
}

func (s *sample) gate(host string) *gate {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.gates[host]
	if g == nil {
		g = &gate{}
		s.gates[host] = g
	}
	return g
}

// one tries a target as often as its server lets it, which is a few times at most.
func (s *sample) one(ctx context.Context, t Target) Sampled {
	host := hostKey(t.Account.Endpoint.Host)
	g := s.gate(host)
	r := Sampled{Target: t}
	for s.through(ctx, g, host, &r) {
	}
	return r
}

// through tries a target once, when its gate is open, and says whether it is to be tried
// again.
func (s *sample) through(ctx context.Context, g *gate, host string, r *Sampled) (again bool) {
	seen, _, ended := s.look(g)
	if seen > 0 {
		g.turn.Lock()
		defer g.turn.Unlock()
		var wait time.Duration
		if seen, wait, ended = s.look(g); wait > 0 && ended == nil { // it may have asked again meanwhile
			_ = s.Sleep(ctx, wait) // ctx tells whether it was cut short
		}
	}
	switch {
	case ctx.Err() != nil:
		r.Err = context.Cause(ctx)
		return false
	case ended != nil:
		if r.Evidence == nil { // else it was tried, and busy is what came of it
			r.Err = ended
		}
		return false
	}
	e, err := Run(ctx, r.Target, s.Options)
	if err != nil {
		r.Err = err
		return false
	}
	r.Evidence = e
	asked, busy := e.busy(s.now())
	if !busy {
		return false
	}
	return s.close(g, host, seen, asked)
}

// look says how often a host has asked to wait so far, how long it is still to be left
// alone, and whether it is asked any more.
func (s *sample) look(g *gate) (seen int, wait time.Duration, ended error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return g.busy, max(g.until.Sub(s.now()), 0), g.ended
}

// close leaves a host alone for as long as it asks for, or for good. Of several that
// were told so at once, the first counts. It says whether the host is asked again.
func (s *sample) close(g *gate, host string, seen int, wait time.Duration) (again bool) {
	s.mu.Lock()
	if g.ended != nil || g.busy != seen {
		defer s.mu.Unlock()
		return g.ended == nil
	}
	g.busy++
	switch {
	case wait > maxWait:
		g.ended = fmt.Errorf("%w: %s asks to wait for %s, and not more than %s is waited", ErrBusy, preflight.Clip(host, shown), wait, maxWait)
	case g.busy > maxBusy:
		g.ended = fmt.Errorf("%w: %s has asked to wait %d times", ErrBusy, preflight.Clip(host, shown), g.busy)
	}
	g.until = s.now().Add(wait)
	ended := g.ended
	s.mu.Unlock()
	if ended == nil {
		s.tell(func() {
			if s.Waiting != nil {
				s.Waiting(host, wait)
			}
		})
	}
	return ended == nil
}

func (s *sample) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// busy says whether the server asks to wait, and for how long. Retry-After is in seconds
// or a time (RFC 9110 10.2.3).
func (e *Evidence) busy(now time.Time) (wait time.Duration, busy bool) {
	x := lastOf(e.path())
	if x == nil || !x.is(passing...) {
		return 0, false
	}
	after := strings.TrimSpace(x.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(after, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(after); err == nil {
		return max(at.Sub(now), 0), true
	}
	return busyWait, true
}

// Findings judges what came of a target. One that was left out is a warning, as nobody
// knows how it would have ended.
func (r Sampled) Findings(s preflight.Scenario) []preflight.Finding {
	if r.Evidence != nil {
		return Judge(s, r.Evidence)
	}
	left := preflight.Table[*Evidence]{{Run: func(preflight.Scenario, *Evidence) []preflight.Outcome {
		return warned("left-out", "try it again later, with fewer users (--sample)", "not tried: %s", why(r.Err))
	}}}
	for _, c := range checks {
		if c.ID == "eas.options" {
			left[0].Info = c.Info
		}
	}
	return left.Run(s, nil)
}
