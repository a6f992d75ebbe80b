package trust

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/easkit/easkit/certs/graph"
)

// tokenLeft is how long a token has to be valid when the classic store is about to
// be deleted: long enough for the post, its repetitions, and for putting back what
// was there with the same token.
const tokenLeft = 15 * time.Minute

// ErrOutage says that the classic store can only be deleted and made anew, and that
// nobody agreed to that.
var ErrOutage = errors.New("the classic store can only be deleted and made anew, and in between nobody signs in with a certificate that only it vouches for")

// ErrEmpty says that the classic store was deleted, and that neither the new list nor
// the one from before could be posted.
var ErrEmpty = errors.New("the classic store is EMPTY, nobody signs in with a certificate that only it vouches for")

// classic carries out a plan for the classic store.
func (a *Applier) classic(ctx context.Context, p *Plan, st *State) (Result, error) {
	var r Result
	now := st.ClassicList()
	if now.Equal(p.After) {
		r.Before, r.Seen = count(p.Steps()), true
		return r, nil
	}
	if !now.Equal(p.Before) {
		return r, fmt.Errorf("%w: the classic store holds neither what it held then nor what is planned: make a new plan", ErrChanged)
	}
	if st.Classic != nil && !a.AcceptOutage {
		return r, ErrOutage
	}
	if err := a.unexpired(p); err != nil {
		return r, err
	}
	var err error
	if len(now) > 0 {
		if r.Backup, err = a.keep(p, now); err != nil {
			return r, err
		}
	}
	run := &classicRun{Applier: a, plan: p, was: now, backup: r.Backup}
	if err := run.all(ctx); err != nil {
		return r, err
	}
	r.Done = count(p.Steps())
	last, err := a.settle(ctx, run.reader(a.Client), p.After.Equal)
	r.Seen = last.Equal(p.After)
	return r, err
}

// unexpired refuses a list that Graph would refuse: after a delete it would be too
// late to find out.
// Source: https://learn.microsoft.com/entra/identity/authentication/how-to-configure-certificate-authorities
func (a *Applier) unexpired(p *Plan) error {
	for _, e := range p.After {
		c := e.Parsed()
		switch {
		case c == nil:
			return fmt.Errorf("%s can't be put into a list", e.Name())
		case a.Now().After(c.NotAfter):
			return fmt.Errorf("%s expired on %s, and a list with an expired CA is refused: remove it from the list first (--remove %s)",
				e.Name(), c.NotAfter.UTC().Format(time.DateOnly), e.Thumbprint())
		}
	}
	return nil
}

// classicRun is a plan for the classic store under way.
type classicRun struct {
	*Applier
	plan   *Plan
	was    List
	backup string
}

// all asks Graph to take the list as it is; where it refuses because there is one,
// that is deleted first.
func (r *classicRun) all(ctx context.Context) error {
	done, err := r.postAlone(ctx)
	if done || err != nil {
		return err
	}
	client, err := r.ready(ctx)
	if err != nil {
		return fmt.Errorf("%w; nothing was changed", err)
	}
	r.say("Graph takes no list beside the one that is there: it is deleted and made anew")
	// From here on an interruption would do more harm than going on.
	return r.replace(context.WithoutCancel(ctx), client)
}

// postAlone reports whether the post alone was enough.
func (r *classicRun) postAlone(ctx context.Context) (done bool, err error) {
	err = r.Client.PostClassicStore(ctx, r.plan.Tenant, bodies(r.plan.After))
	if err != nil && !graph.Unknown(err) && !refusesBecauseThere(err, r.was) {
		return false, fmt.Errorf("%w; nothing was changed", err)
	}
	refused := err != nil && !graph.Unknown(err)
	now, readErr := r.settle(ctx, r.reader(r.Client), func(now List) bool { return refused || now.Equal(r.plan.After) })
	switch {
	case readErr != nil:
		return false, errors.Join(err, readErr)
	case now.Equal(r.plan.After):
		return true, nil
	case now.Equal(r.was) && refused:
		return false, nil
	case now.Equal(r.was) && graph.Unknown(err):
		return false, fmt.Errorf("%w; the store holds what it held before: apply the same plan again", err)
	case now.Equal(r.was):
		return false, errors.New("the list was taken, and the store still holds what it held before: look at it in some minutes (easkit entra list), and apply the same plan again if it is so still")
	}
	return false, fmt.Errorf("%w while it was carried out: the store holds neither what it held nor what is planned; the back-up is %s", ErrChanged, r.backup)
}

// refusesBecauseThere takes an answer for the refusal of a second list. Which of
// these Graph gives is not documented.
func refusesBecauseThere(err error, was List) bool {
	return len(was) > 0 && (graph.IsStatus(err, http.StatusBadRequest) || graph.IsStatus(err, http.StatusConflict) || graph.IsStatus(err, http.StatusMethodNotAllowed))
}

// ready looks whether a delete can be answered for, and takes the token that all
// that follows is done with.
func (r *classicRun) ready(ctx context.Context) (*graph.Client, error) {
	token, err := r.Client.Sign.Token(ctx)
	if err != nil {
		return nil, err
	}
	if token.Expires.IsZero() {
		return nil, errors.New("until when the sign-in is valid is not known, and it has to last: sign in another way")
	}
	if left := token.Expires.Sub(r.Now()); left < tokenLeft {
		return nil, fmt.Errorf("the sign-in is valid for %v more, and the delete wants %v: sign in anew", left.Round(time.Second), tokenLeft)
	}
	if r.ByCertificate != nil {
		if err := r.ByCertificate(ctx); err != nil {
			return nil, err
		}
	}
	client := r.Client.With(token)
	now, err := readClassic(ctx, client, r.plan.Tenant)
	if err == nil && !now.Equal(r.was) {
		err = fmt.Errorf("%w: somebody else changed the classic store just now", ErrChanged)
	}
	return client, err
}

// replace deletes the store and makes it anew, or else puts back what was there.
func (r *classicRun) replace(ctx context.Context, client *graph.Client) error {
	if err := r.remove(ctx, client); err != nil {
		return err
	}
	r.say("the classic store is deleted: posting the new list")
	cause := r.post(ctx, client, r.plan.After)
	if cause == nil {
		r.say("the new list is in")
		return nil
	}
	if errors.Is(cause, ErrChanged) {
		return fmt.Errorf("%w: somebody else made a classic store between the delete and the post; it is left as it is, and the back-up of what was there before is %s", cause, r.backup)
	}
	r.say("the post failed (%v): putting back what was there", cause)
	err := r.post(ctx, client, r.was)
	if graph.IsStatus(err, http.StatusUnauthorized) { // the token ended early: another is the last way
		err = r.post(ctx, r.Client, r.was)
	}
	if err != nil {
		return fmt.Errorf("%w: run easkit entra restore %s now; the post failed: %w; putting back what was there failed, too: %w", ErrEmpty, r.backup, cause, err)
	}
	return fmt.Errorf("the post failed, and the classic store is as it was before: %w", cause)
}

// remove deletes the store. Where no answer came, the store tells.
func (r *classicRun) remove(ctx context.Context, client *graph.Client) error {
	err := client.DeleteClassicStore(ctx, r.plan.Tenant)
	if err == nil || graph.IsStatus(err, http.StatusNotFound) {
		return nil
	}
	if !graph.Unknown(err) {
		return fmt.Errorf("%w; nothing was changed", err)
	}
	now, readErr := readClassic(ctx, client, r.plan.Tenant)
	switch {
	case readErr != nil:
		return fmt.Errorf("%w; and the store can't be read (%w): look with easkit entra list whether it is there, and if not run easkit entra restore %s", err, readErr, r.backup)
	case len(now) > 0:
		return fmt.Errorf("%w; the store is there: nothing was changed", err)
	}
	return nil
}

// postTries is how often a list is posted where no answer comes.
const postTries = 5

// post posts a list where there is none. Where no answer came it is posted again:
// a second one is refused, and then the store tells whether the first went in.
func (r *classicRun) post(ctx context.Context, client *graph.Client, list List) error {
	var cause error
	for range postTries {
		err := client.PostClassicStore(ctx, r.plan.Tenant, bodies(list))
		switch {
		case err == nil:
			return nil
		case graph.Unknown(err) || graph.IsStatus(err, http.StatusServiceUnavailable) || graph.IsStatus(err, http.StatusGatewayTimeout):
			cause = err
			if err := client.Pause(ctx, settleEvery); err != nil {
				return err
			}
		case refusesBecauseThere(err, r.was):
			return r.whose(ctx, client, list, err, graph.Unknown(cause))
		default:
			return err
		}
	}
	return cause
}

// whose finds out, after Graph refused a list, whether it is there already: sent is
// true where it may have gone in before. What was there before a write may be read
// for a while, so that an empty store counts at once only where nothing was sent.
func (r *classicRun) whose(ctx context.Context, client *graph.Client, list List, refused error, sent bool) error {
	now, err := r.settle(ctx, r.reader(client), func(now List) bool {
		return now.Equal(list) || len(now) == 0 && !sent || len(now) > 0 && !now.Equal(r.was)
	})
	switch {
	case err != nil:
		return errors.Join(refused, err)
	case now.Equal(list):
		return nil
	case len(now) == 0 || now.Equal(r.was):
		return refused
	}
	return ErrChanged
}

func (r *classicRun) reader(client *graph.Client) func(context.Context) (List, error) {
	return func(ctx context.Context) (List, error) { return readClassic(ctx, client, r.plan.Tenant) }
}

func readClassic(ctx context.Context, c *graph.Client, tenant string) (List, error) {
	store, err := c.ClassicStore(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return (&State{Classic: store}).ClassicList(), nil
}

// bodies are a list as the classic store takes it.
func bodies(list List) []graph.CA {
	cas := make([]graph.CA, len(list))
	for i, e := range list {
		cas[i] = e.CA()
	}
	return cas
}
