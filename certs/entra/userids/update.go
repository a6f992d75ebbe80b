package userids

import (
	"context"
	"fmt"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// attempts is how often a user is written of whom it is not known whether the first
// time was carried out. The whole list is sent each time, so that twice is as good as
// once.
const attempts = 2

// write adds the values of a user. He is read again just before: the first reading may
// be minutes old where there are many users, and what somebody else has changed since
// would be undone.
func (a *applier) write(ctx context.Context, u update) error {
	var unknown error
	for range attempts {
		_, has, err := a.read(ctx, u.row)
		switch {
		case err != nil:
			return both(unknown, err)
		case len(missing(u.values(), has)) == 0 && unknown == nil:
			a.already(u.row)
			return nil
		case len(missing(u.values(), has)) == 0:
			a.written(u, outcome{seen: true})
			return nil
		case len(missing(u.before, has))+len(missing(has, u.before)) > 0:
			return both(unknown, refused("somebody else has changed the user's values just now: run it again"))
		}
		err = a.client.SetCertificateUserIDs(ctx, u.id, u.values())
		if err != nil && !graph.Unknown(err) {
			return both(unknown, err)
		}
		out, readErr := a.settle(ctx, u)
		switch {
		case readErr != nil && err != nil:
			return both(err, readErr)
		case err == nil || out.seen: // that a user who was written can't be read stops the next one, too
			a.written(u, out)
			return nil
		}
		unknown = err
	}
	return fmt.Errorf("%w; the values are not seen: run it again", unknown)
}

// both puts two errors on one line; the first may be nil.
func both(first, then error) error {
	if first == nil {
		return then
	}
	return fmt.Errorf("%w; then: %w", first, then)
}

// outcome is what a user shows after he was written.
type outcome struct {
	seen bool     // all that was added
	lost []string // what he had before, and has no longer
}

// settle reads a user until he has all that he had and all that was added, or time is
// up.
func (a *applier) settle(ctx context.Context, u update) (outcome, error) {
	left := a.o.Settle
	if left == 0 {
		left = DefaultSettle
	}
	for {
		user, err := a.client.User(ctx, u.id)
		if err != nil {
			return outcome{}, err
		}
		var out outcome
		if has, known := present(user); known {
			out = outcome{seen: len(missing(u.add, has)) == 0, lost: missing(u.before, has)}
		}
		if left < settleEvery || out.seen && len(out.lost) == 0 {
			return out, nil
		}
		left -= settleEvery
		if err := a.client.Pause(ctx, settleEvery); err != nil {
			return outcome{}, err
		}
	}
}

func (a *applier) written(u update, out outcome) {
	name := preflight.Printable(u.row.UPN)
	a.result.Written++
	if len(out.lost) > 0 {
		a.result.Lost = append(a.result.Lost, Loss{u.row.UPN, out.lost})
		a.say("%s: written, and no longer has %s, which was there before and was sent along: somebody else changes the values at the same time", name, printable(out.lost))
	}
	if !out.seen {
		a.result.Unseen = append(a.result.Unseen, u.row.UPN)
		a.say("%s: %d added, which Graph does not show yet", name, len(u.add))
		return
	}
	a.say("%s: %d added", name, len(u.add))
}
