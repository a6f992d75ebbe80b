package trust

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/graph"
)

// putBackTime is what is kept of the token's time for putting back what was there.
const putBackTime = 4 * time.Minute

// freshTime is how long putting back goes on with another token, where the first has
// ended.
const freshTime = 15 * time.Minute

// errStillThere says that the delete was not carried out.
var errStillThere = errors.New("the store is there still")

// replacement deletes the classic store and makes it anew, or else puts back what was
// there. Nothing but the time of the token ends its efforts: whatever is read may be
// older than what was done, so that the answers to posts decide wherever they can.
type replacement struct {
	*classicRun
	client  *graph.Client
	until   time.Time // when the token ends
	deleted bool      // the delete was answered
}

func (r *replacement) run(ctx context.Context) error {
	err := r.client.DeleteClassicStore(ctx, r.plan.Tenant)
	r.deleted = err == nil || graph.IsStatus(err, http.StatusNotFound)
	switch {
	case r.deleted:
		r.say("the classic store is deleted: posting the new list")
	case graph.Unknown(err):
		r.say("whether the classic store is deleted is not known (%v): posting the new list, which tells", err)
	default:
		return fmt.Errorf("%w; nothing was changed", err)
	}
	cause := r.insist(ctx, r.client, r.plan.After, r.until.Add(-putBackTime))
	switch {
	case cause == nil:
		r.say("the new list is in")
		return nil
	case errors.Is(cause, errStillThere):
		return fmt.Errorf("the delete failed: %w; nothing was changed", err)
	case errors.Is(cause, ErrChanged):
		return r.notOurs(cause)
	}
	return r.putBack(ctx, cause)
}

// notOurs leaves the list of somebody else alone.
func (r *replacement) notOurs(cause error) error {
	return fmt.Errorf("%w: somebody else made a classic store between the delete and the post; it is left as it is, and the back-up of what was there before is %s", cause, r.backup)
}

// putBack posts what was there, without what has expired meanwhile, which Graph would
// refuse.
func (r *replacement) putBack(ctx context.Context, cause error) error {
	old, expired := r.was.alive(r.Now())
	without := ""
	for _, e := range expired {
		without += fmt.Sprintf(", but for %s, which has expired", e.Name())
	}
	if len(old) == 0 {
		return fmt.Errorf("%w: there was nothing to put back%s; the post failed: %w", ErrEmpty, without, cause)
	}
	r.say("the post failed (%v): putting back what was there%s", cause, without)
	err := r.insist(ctx, r.client, old, r.until)
	if graph.IsStatus(err, http.StatusUnauthorized) { // the token ended early: another is the last way
		err = r.insist(ctx, r.Client, old, r.Now().Add(freshTime))
	}
	switch {
	case err == nil:
		return fmt.Errorf("the post failed, and the classic store is as it was before%s: %w", without, cause)
	case errors.Is(err, ErrChanged):
		return r.notOurs(err)
	}
	r.say("putting back what was there failed, too: %v", err)
	return fmt.Errorf("%w: run easkit entra restore %s now", ErrEmpty, r.backup)
}

// insist posts a list where there is none, again and again where no answer comes or
// Graph is busy, as long as there is time.
func (r *replacement) insist(ctx context.Context, client *graph.Client, list List, until time.Time) error {
	sent := false // it may have gone in
	for {
		err := client.Once().PostClassicStore(ctx, r.plan.Tenant, bodies(list))
		switch {
		case err == nil:
			return nil
		case graph.Unknown(err):
			sent = true
		case graph.IsStatus(err, http.StatusTooManyRequests):
		case mayMeanThere(err):
			return r.whose(ctx, client, list, err, sent)
		default:
			return err
		}
		wait := settleEvery
		if e := new(graph.Error); errors.As(err, &e) {
			if asked, known := e.RetryAfter(); known {
				wait = max(asked, settleEvery)
			}
		}
		if r.Now().Add(wait).After(until) {
			return err
		}
		r.say("posting again in %v: %s", wait, firstWords(err))
		if err := client.Pause(ctx, wait); err != nil {
			return err
		}
	}
}

// firstWords are the beginning of an error, which is repeated for each attempt.
func firstWords(err error) string {
	text, _, _ := strings.Cut(err.Error(), " [request-id")
	return text
}

// whose finds out, after Graph refused a list, whose list is there. What is read may be
// from before the delete, or from before the post: only what can be neither counts at
// once.
func (r *replacement) whose(ctx context.Context, client *graph.Client, list List, refused error, sent bool) error {
	now, err := r.settle(ctx, r.reader(client), func(now List) bool {
		switch {
		case len(now) == 0:
			return !sent
		case now.Equal(r.was):
			return false
		}
		return true
	})
	switch {
	case err != nil:
		return errors.Join(refused, err)
	case now.Equal(list):
		return nil
	case len(now) == 0:
		return refused
	case now.Equal(r.was) && !r.deleted:
		return errStillThere
	case now.Equal(r.was):
		return refused
	}
	return ErrChanged
}
