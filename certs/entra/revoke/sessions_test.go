package revoke

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/graph/graphtest"
)

// clock is a clock that only waiting moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// newGraph serves a tenant with Alice, Bob, whose account is disabled, and a guest.
func newGraph(t *testing.T, o graphtest.Options) (*graph.Client, *graphtest.Server, *clock) {
	t.Helper()
	clock := &clock{now: revokedAt}
	o.Now = clock.Now
	off := false
	tenant := graphtest.NewTenant()
	tenant.Users[0].SignInSessionsValidFromDateTime = revokedAt.AddDate(-1, 0, 0)
	tenant.Users[1].AccountEnabled = &off
	tenant.Users = append(tenant.Users, graphtest.User{UserPrincipalName: "carol_fabrikam.com#EXT#@contoso.com", DisplayName: "Carol", UserType: "Guest"})
	s, err := graphtest.New(tenant, o)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	t.Cleanup(func() {
		web.Close()
		s.Close()
		if v := s.Violations(); len(v) > 0 {
			t.Errorf("requests that Graph does not have: %+v", v)
		}
	})
	token := s.Token(graphtest.TokenOptions{Scopes: []string{"User.RevokeSessions.All", "User.Read.All"}, DirectoryRoles: []string{graphtest.AuthenticationAdministrator}})
	sign, err := graph.NewFixed(token, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	return &graph.Client{Endpoint: graph.Endpoint{Graph: web.URL}, Sign: sign, Sleep: clock.Sleep}, s, clock
}

func TestSessions(t *testing.T) {
	cut := func(how string) []graphtest.Fault {
		return []graphtest.Fault{{Method: http.MethodPost, PathContains: "revokeSignInSessions", Cut: how}}
	}
	rows := []struct {
		name    string
		user    string
		options graphtest.Options
		faults  []graphtest.Fault
		err     error  // nil: it is revoked
		says    string // what is said, or part of the error
	}{
		{name: "at once", user: "alice@contoso.com"},
		{name: "one who never had a time, disabled", user: "bob@contoso.com", says: "the account of bob@contoso.com is disabled"},
		{name: "seen later", user: "alice@contoso.com", options: graphtest.Options{RevokeDelay: time.Minute}},
		{name: "not seen in time", user: "alice@contoso.com", options: graphtest.Options{RevokeDelay: time.Hour}, err: ErrNotSeen, says: "which Graph took on"},
		{name: "a guest", user: "carol_fabrikam.com#EXT#@contoso.com", err: ErrGuest},
		{name: "no answer, and carried out", user: "alice@contoso.com", faults: cut(graphtest.CutAfter)},
		{name: "no answer, and not carried out", user: "alice@contoso.com", faults: cut(graphtest.CutBefore), err: ErrNotSeen, says: "whether it was carried out is not known"},
		{name: "throttled", user: "alice@contoso.com", faults: []graphtest.Fault{{Method: http.MethodPost, Status: http.StatusTooManyRequests, RetryAfter: 7}}},
		{name: "refused", user: "alice@contoso.com", faults: []graphtest.Fault{{Method: http.MethodPost, Status: http.StatusForbidden}}, err: errAny, says: "User.RevokeSessions.All"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			c, s, clock := newGraph(t, r.options)
			if err := s.SetFaults(r.faults...); err != nil {
				t.Fatal(err)
			}
			var said []string
			u, since, err := Sessions(context.Background(), c, r.user, Options{Now: clock.Now, Say: func(f string, args ...any) { said = append(said, fmt.Sprintf(f, args...)) }})
			if err != nil {
				said = append(said, err.Error())
			}
			switch {
			case (err == nil) != (r.err == nil), r.err != errAny && !errors.Is(err, r.err):
				t.Fatalf("error %v, want %v", err, r.err)
			case u.UserPrincipalName != r.user:
				t.Errorf("the user %q, want %q", u.UserPrincipalName, r.user)
			case err == nil && since.Before(revokedAt), err != nil && !since.IsZero():
				t.Errorf("since %v", since)
			}
			if all := strings.Join(said, "\n"); !strings.Contains(all, r.says) || strings.Contains(all, "\n") {
				t.Errorf("said %q, want one line with %q", all, r.says)
			}
			posts := slices.ContainsFunc(s.Requests(), func(r graphtest.Request) bool { return r.Method == http.MethodPost })
			if posts == errors.Is(err, ErrGuest) {
				t.Errorf("requests: %+v", s.Requests())
			}
		})
	}
}

// errAny stands for an error of no certain kind.
var errAny = errors.New("any")

func TestSessionsOfNobody(t *testing.T) {
	c, _, clock := newGraph(t, graphtest.Options{})
	if _, _, err := Sessions(context.Background(), c, "nobody@contoso.com", Options{Now: clock.Now}); !graph.IsStatus(err, http.StatusNotFound) {
		t.Errorf("error %v", err)
	}
}

// really is since when the sessions of Alice are valid, once everything is seen.
func really(t *testing.T, c *graph.Client) time.Time {
	t.Helper()
	if err := c.Pause(context.Background(), 10*time.Minute); err != nil {
		t.Fatal(err)
	}
	u, err := c.User(context.Background(), "alice@contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	return u.SignInSessionsValidFrom
}

// TestSessionsTwice: a first run's revocation that is seen late is not taken for the
// second's, or the time is not earlier for that.
func TestSessionsTwice(t *testing.T) {
	rows := []struct {
		name   string
		delay  time.Duration // until a revocation is seen
		first  time.Duration // how long the first run waits for it
		settle time.Duration // how long the second does
		err    error
	}{
		{"the first is seen while the second waits", 4 * time.Minute, 3 * time.Minute, 3 * time.Minute, ErrNotSeen},
		{"both are", 4 * time.Minute, 3 * time.Minute, 5 * time.Minute, nil},
		{"right after each other", 90 * time.Second, time.Minute, time.Minute, nil},
		{"the first is seen before", 90 * time.Second, 2 * time.Minute, 2 * time.Minute, nil},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			c, _, clock := newGraph(t, graphtest.Options{RevokeDelay: r.delay})
			_, _, err := Sessions(context.Background(), c, "alice@contoso.com", Options{Now: clock.Now, Settle: r.first})
			if (err == nil) != (r.first > r.delay) {
				t.Fatal(err)
			}
			_, since, err := Sessions(context.Background(), c, "alice@contoso.com", Options{Now: clock.Now, Settle: r.settle})
			if !errors.Is(err, r.err) {
				t.Fatalf("error %v, want %v", err, r.err)
			}
			if real := really(t, c); err == nil && !since.Equal(real) {
				t.Errorf("since %v, really %v", since, real)
			}
		})
	}
}

// TestSessionsByAnotherClock: a clock that is somewhat wrong makes the time later at
// most, and with one that is wrong by more nothing is claimed.
func TestSessionsByAnotherClock(t *testing.T) {
	for ahead, want := range map[time.Duration]struct {
		late time.Duration
		err  error
	}{
		0: {}, -time.Minute: {}, -time.Hour: {}, time.Minute: {late: time.Minute}, ClockError: {late: ClockError}, time.Hour: {err: ErrNotSeen},
	} {
		c, _, clock := newGraph(t, graphtest.Options{})
		_, since, err := Sessions(context.Background(), c, "alice@contoso.com", Options{Now: func() time.Time { return clock.Now().Add(ahead) }})
		if !errors.Is(err, want.err) {
			t.Errorf("%v ahead: error %v, want %v", ahead, err, want.err)
		}
		if late := since.Sub(really(t, c)); err == nil && late != want.late {
			t.Errorf("%v ahead: %v late, want %v", ahead, late, want.late)
		}
	}
}

// TestSessionsServerErrors: a server on the way that answers an error says nothing
// about whether the sessions were revoked.
func TestSessionsServerErrors(t *testing.T) {
	for _, r := range []struct {
		status  int
		carried bool
	}{
		{http.StatusGatewayTimeout, true}, {http.StatusGatewayTimeout, false},
		{http.StatusInternalServerError, true}, {http.StatusRequestTimeout, true}, {http.StatusRequestTimeout, false},
	} {
		c, s, clock := newGraph(t, graphtest.Options{})
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.Method != http.MethodPost {
				s.ServeHTTP(w, req)
				return
			}
			if r.carried {
				s.ServeHTTP(httptest.NewRecorder(), req)
			}
			w.WriteHeader(r.status)
		}))
		t.Cleanup(web.Close)
		c.Endpoint.Graph = web.URL
		_, since, err := Sessions(context.Background(), c, "alice@contoso.com", Options{Now: clock.Now})
		switch {
		case r.carried && (err != nil || !since.Equal(revokedAt)):
			t.Errorf("%d, carried out: since %v (%v)", r.status, since, err)
		case !r.carried && (!errors.Is(err, ErrNotSeen) || !graph.IsStatus(err, r.status)):
			t.Errorf("%d, not carried out: %v", r.status, err)
		}
	}
}

func TestWait(t *testing.T) {
	broken := errors.New("the CRL file is gone")
	rows := []struct {
		name  string
		until time.Duration
		lasts int // the try that finds that it lasts; 0 for none
		fails int // the try that ends in an error
		tries int
		took  time.Duration
	}{
		{"at once", time.Hour, 1, 0, 1, 0},
		{"at the third try", time.Hour, 3, 0, 3, 2 * time.Minute},
		{"never", 150 * time.Second, 0, 0, 4, 150 * time.Second},
		{"no time at all", 0, 0, 0, 1, 0},
		{"an error", time.Hour, 0, 2, 2, time.Minute},
	}
	for _, r := range rows {
		clock := &clock{now: revokedAt}
		tries := 0
		a, err := Wait(context.Background(), time.Minute, r.until, Clock{clock.Now, clock.Sleep}, func(context.Context) (Advice, error) {
			tries++
			if tries == r.fails {
				return Advice{}, broken
			}
			return Advice{Lasts: tries == r.lasts}, nil
		})
		if tries != r.tries || clock.now.Sub(revokedAt) != r.took || a.Lasts != (r.lasts > 0) || (err != nil) != (r.fails > 0) {
			t.Errorf("%s: %d tries, %v, %+v, %v", r.name, tries, clock.now.Sub(revokedAt), a, err)
		}
	}
}

func TestWaitInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	clock := &clock{now: revokedAt}
	_, err := Wait(ctx, time.Minute, time.Hour, Clock{clock.Now, clock.Sleep}, func(context.Context) (Advice, error) {
		cancel()
		return Advice{}, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
