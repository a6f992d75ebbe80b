package revoke

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// Options say how to go about it.
type Options struct {
	// Say is told what is worth a note; it may be nil.
	Say func(format string, args ...any)
	// Now is the local clock, which has to be right within [ClockError]; nil for
	// [time.Now].
	Now func() time.Time
	// Settle is how long the user is read again until he shows the revocation; zero
	// for [DefaultSettle].
	Settle time.Duration
}

// sessionsSource says what revokeSignInSessions does, and to whom.
const sessionsSource = "https://learn.microsoft.com/graph/api/user-revokesigninsessions"

// DefaultSettle is how long to wait for a revocation to be seen: Microsoft names "a
// few minutes" until tokens are revoked ([sessionsSource]), and no time for reading it.
const DefaultSettle = 3 * time.Minute

// settleEvery is how often the user is read then.
const settleEvery = 5 * time.Second

// ClockError is how far the local clock may be off the tenant's: our choice, above what
// time services leave, and below [DefaultSettle], after which somebody runs this a
// second time because the first was not seen.
const ClockError = 2 * time.Minute

// ErrGuest says that the user is from another tenant.
var ErrGuest = errors.New("the user is a guest, who signs in at the tenant that he is from: his sessions can be revoked there only (" + sessionsSource + ")")

// ErrNotSeen says that the revocation can't be told to have been carried out.
var ErrNotSeen = errors.New("signInSessionsValidFromDateTime shows no revocation of just now: run it again in a few minutes, which does no harm, see that the clock of this machine is right, or revoke the sessions in the Entra admin center")

// Sessions makes all tokens and sessions of a user invalid. It returns him as he was
// before and the time from which on sessions are valid: that is what the CRL has to be
// newer than. It is the time that the tenant shows, or the time at which the answer
// came where that is later, because one that is too early makes a CRL look effective
// that is not, and one that is seconds too late does no harm.
//
// A tenant can show an earlier revocation late, a first run's for instance. So one that
// is older than the request by more than [ClockError] is not taken for it.
//
// A guest is refused ([ErrGuest]); where the tenant does not show the revocation in
// time, the error is [ErrNotSeen], whether Graph took the request or left open whether
// it did. Other errors are [graph.Error].
func Sessions(ctx context.Context, c *graph.Client, user string, o Options) (graph.User, time.Time, error) {
	name := preflight.Printable(user)
	before, err := c.User(ctx, user)
	switch {
	case err != nil:
		return before, time.Time{}, fmt.Errorf("reading %s: %w", name, err)
	case before.UserType == guest:
		return before, time.Time{}, fmt.Errorf("revoking the sessions of %s: %w", name, ErrGuest)
	case before.ID == "":
		return before, time.Time{}, fmt.Errorf("reading %s: Graph tells no id of the user", name)
	}
	if before.AccountEnabled != nil && !*before.AccountEnabled && o.Say != nil {
		o.Say("the account of %s is disabled: nobody signs in with it, and its sessions are revoked all the same", name)
	}
	now := o.Now
	if now == nil {
		now = time.Now
	}
	r := revocation{before: before, sent: now()}
	posted := c.RevokeSignInSessions(ctx, before.ID)
	r.answered = now()
	if posted != nil && !graph.Unknown(posted) {
		return before, time.Time{}, fmt.Errorf("revoking the sessions of %s: %w", name, posted)
	}
	since, err := r.settle(ctx, c, o.Settle)
	switch {
	case err == nil:
		return before, since, nil
	case posted != nil:
		return before, time.Time{}, fmt.Errorf("revoking the sessions of %s: %w; then: %w", name, posted, err)
	}
	return before, time.Time{}, fmt.Errorf("revoking the sessions of %s, which Graph took on: %w", name, err)
}

// guest is the userType of users from other tenants.
const guest = "Guest"

// revocation is a request to revoke the sessions of a user.
type revocation struct {
	before         graph.User
	sent, answered time.Time // by the local clock
}

// settle reads the user until he shows the revocation.
func (r revocation) settle(ctx context.Context, c *graph.Client, left time.Duration) (time.Time, error) {
	if left == 0 {
		left = DefaultSettle
	}
	for {
		u, err := c.User(ctx, r.before.ID)
		if err != nil {
			return time.Time{}, fmt.Errorf("reading it back: %w", err)
		}
		if since, ok := r.since(u.SignInSessionsValidFrom); ok {
			return since, nil
		}
		if left < settleEvery {
			return time.Time{}, ErrNotSeen
		}
		left -= settleEvery
		if err := c.Pause(ctx, settleEvery); err != nil {
			return time.Time{}, err
		}
	}
}

// since is the time of the revocation where the one shown is that of this request. Of
// two within [ClockError] it can't be told which is shown; the time of the answer is
// later than both then, as long as the local clock is not behind. One that is behind
// makes the time too early by no more than it is wrong itself.
func (r revocation) since(shown time.Time) (time.Time, bool) {
	if !shown.After(r.before.SignInSessionsValidFrom) || shown.Before(r.sent.Add(-ClockError)) {
		return time.Time{}, false
	}
	if shown.Before(r.answered) {
		shown = r.answered
	}
	return shown.UTC().Round(0), true // without the monotonic clock of this machine
}
