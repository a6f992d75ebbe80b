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

// ErrGuest says that the user is from another tenant.
var ErrGuest = errors.New("the user is a guest, who signs in at the tenant that he is from: his sessions can be revoked there only (" + sessionsSource + ")")

// ErrNotSeen says that the revocation can't be told to have been carried out.
var ErrNotSeen = errors.New("signInSessionsValidFromDateTime has not moved: run it again in a few minutes, which does no harm, or revoke the sessions in the Entra admin center")

// Sessions makes all tokens and sessions of a user invalid. It returns him as he was
// before and the time from which on sessions are valid, as the tenant tells it: that
// is what the CRL has to be newer than.
//
// A guest is refused ([ErrGuest]); where the tenant does not show the revocation in
// time, the error is [ErrNotSeen].
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
	posted := c.RevokeSignInSessions(ctx, before.ID)
	if posted != nil && !graph.Unknown(posted) {
		return before, time.Time{}, fmt.Errorf("revoking the sessions of %s: %w", name, posted)
	}
	since, err := moved(ctx, c, before, o)
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

// moved reads a user until the time from which on his sessions are valid is later
// than it was.
func moved(ctx context.Context, c *graph.Client, before graph.User, o Options) (time.Time, error) {
	left := o.Settle
	if left == 0 {
		left = DefaultSettle
	}
	for {
		u, err := c.User(ctx, before.ID)
		if err != nil {
			return time.Time{}, fmt.Errorf("reading it back: %w", err)
		}
		if u.SignInSessionsValidFrom.After(before.SignInSessionsValidFrom) {
			return u.SignInSessionsValidFrom.UTC(), nil
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
