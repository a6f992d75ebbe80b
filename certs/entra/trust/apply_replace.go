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

// How long the classic store may be without a list while the new one is tried, and how
// long putting back goes on after that: a service that is away for minutes comes back,
// and an operator has to be told in the end.
const (
	newListTime = 3 * time.Minute
	putBackTime = 30 * time.Minute
)

// laggingTime is how long a refusal may come from a server that has not seen the
// delete yet.
const laggingTime = time.Minute

// What became of a post, other than an answer of Graph.
var (
	errStillThere = errors.New("the store is there still")
	errNewIsIn    = errors.New("the new list is in")
)

// replacement deletes the classic store and makes it anew, or else puts back what was
// there. What is read may be older than what was done, so that nothing but the answer
// to a post, or a list that can be nobody's but ours, is taken for a success.
type replacement struct {
	*classicRun
	client  *graph.Client
	ends    time.Time // when the token does
	deleted bool      // the delete was answered
	since   time.Time // when it was
}

func (r *replacement) run(ctx context.Context) error {
	sent, err := r.politely(ctx, r.client, func(c *graph.Client) error { return c.DeleteClassicStore(ctx, r.plan.Tenant) })
	r.deleted, r.since = err == nil || graph.IsStatus(err, http.StatusNotFound), r.Now()
	switch {
	case r.deleted:
		r.say("the classic store is deleted: posting the new list")
	case sent:
		r.say("whether the classic store is deleted is not known (%v): posting the new list, which tells", err)
	default:
		return fmt.Errorf("%w; nothing was changed", err)
	}
	cause := r.insist(ctx, r.plan.After, r.Now().Add(newListTime))
	switch {
	case cause == nil, errors.Is(cause, errNewIsIn):
		r.say("the new list is in")
		return nil
	case errors.Is(cause, errStillThere):
		return fmt.Errorf("whether the delete was carried out is not known (%w), and the store is as it was so far: look again in some minutes with easkit entra list, and if it is empty then, run easkit entra restore %s",
			err, quoted(r.backup))
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
	r.say("the post failed (%s): putting back what was there%s", firstWords(cause), without)
	err := r.insist(ctx, old, r.Now().Add(putBackTime))
	if graph.IsStatus(err, http.StatusUnauthorized) { // the token ended early: another is the last way
		r.client, r.ends = r.Client, time.Time{}
		err = r.insist(ctx, old, r.Now().Add(putBackTime))
	}
	switch {
	case err == nil:
		return fmt.Errorf("the post failed, and the classic store is as it was before%s: %w", without, cause)
	case errors.Is(err, errNewIsIn):
		r.say("the new list is in after all")
		return nil
	case errors.Is(err, ErrChanged):
		return r.notOurs(err)
	}
	r.say("putting back what was there failed, too: %s", firstWords(err))
	return fmt.Errorf("%w: run easkit entra restore %s now", ErrEmpty, quoted(r.backup))
}

// quoted is a path for a command line.
func quoted(path string) string {
	if strings.ContainsAny(path, " \t") {
		return `"` + path + `"`
	}
	return path
}

// insist posts a list where there is none, until it is in, is refused for good, or
// time is up. The old list was in the store, so that a refusal of it may pass.
func (r *replacement) insist(ctx context.Context, list List, until time.Time) error {
	if !r.ends.IsZero() && r.ends.Before(until) {
		until = r.ends
	}
	began, isNew := r.Now(), list.Equal(r.plan.After)
	for wait := settleEvery; ; wait = min(2*wait, maxWait) {
		err := r.client.Once().PostClassicStore(ctx, r.plan.Tenant, bodies(list))
		if err == nil {
			return nil
		}
		outcome := err
		if mayMeanThere(err) {
			outcome = r.whose(ctx, list, err)
		}
		lagging := mayMeanThere(err) && r.Now().Sub(began) < laggingTime
		if outcome == nil || !r.again(outcome, isNew, lagging) {
			return outcome
		}
		d := min(asked(err, wait), until.Sub(r.Now()))
		if d <= 0 {
			return outcome
		}
		r.say("posting again in %v: %s", d.Round(time.Second), firstWords(err))
		if err := r.client.Pause(ctx, d); err != nil {
			return err
		}
	}
}

// again reports whether a post may come to another end later.
func (r *replacement) again(err error, isNew, lagging bool) bool {
	switch {
	case errors.Is(err, errNewIsIn), errors.Is(err, ErrChanged), graph.IsStatus(err, http.StatusUnauthorized):
		return false
	case errors.Is(err, errStillThere):
		return lagging
	case graph.Unknown(err), graph.IsStatus(err, http.StatusTooManyRequests):
		return true
	case isNew:
		return lagging
	}
	return true
}

// whose finds out, after Graph refused a list because there is one, perhaps, whose is
// there. Nil says that the list is in.
func (r *replacement) whose(ctx context.Context, list List, refused error) error {
	now, err := r.reader(r.client)(ctx)
	switch {
	case err != nil || len(now) == 0:
		return refused // it may be read before it is seen: the next post tells
	case now.Equal(r.plan.After):
		return errNewIsIn
	case now.Equal(list) && r.Now().Sub(r.since) > laggingTime:
		return nil // nobody reads what was there before the delete for so long
	case now.Equal(r.was) && !r.deleted:
		return errStillThere
	case now.Equal(r.was), now.Equal(list):
		return refused
	}
	return ErrChanged
}

// firstWords are the beginning of an error, which is repeated for each attempt.
func firstWords(err error) string {
	text, _, _ := strings.Cut(err.Error(), " [request-id")
	return text
}
