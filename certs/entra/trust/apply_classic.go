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

// ErrNotSeen says that Graph took a change and does not show it.
var ErrNotSeen = errors.New("the store does not show it")

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
	run := &classicRun{Applier: a, plan: p, was: now, there: st.Classic != nil, backup: r.Backup}
	if err := run.all(ctx); err != nil {
		return r, err
	}
	r.Done = count(p.Steps())
	// What was done is done: an interruption must not keep it from being told.
	last, err := a.settle(context.WithoutCancel(ctx), run.reader(a.Client), p.After.Equal)
	if r.Seen = last.Equal(p.After); err != nil {
		err = fmt.Errorf("the plan was carried out; reading it back failed: %w", err)
	}
	return r, err
}

// unexpired refuses a list that Graph would refuse: after a delete it would be too
// late to find out.
// Source: https://learn.microsoft.com/entra/identity/authentication/how-to-configure-certificate-authorities
func (a *Applier) unexpired(p *Plan) error {
	for _, e := range p.After {
		if e.Parsed() == nil {
			return fmt.Errorf("%s can't be put into a list", e.Name())
		}
	}
	if _, expired := p.After.alive(a.Now()); len(expired) > 0 {
		e := expired[0]
		return fmt.Errorf("%s has expired, and a list with an expired CA is refused: plan anew with --remove %s", e.Name(), e.Thumbprint())
	}
	return nil
}

// classicRun is a plan for the classic store under way.
type classicRun struct {
	*Applier
	plan   *Plan
	was    List
	there  bool // there is a store to delete
	backup string
}

// all asks Graph to take the list as it is; where it refuses because there is one,
// that is deleted first.
func (r *classicRun) all(ctx context.Context) error {
	done, refused, err := r.postAlone(ctx)
	if done || err != nil {
		return err
	}
	if err := r.probe(ctx, refused); err != nil {
		return fmt.Errorf("%w; nothing was changed", err)
	}
	client, until, err := r.ready(ctx)
	if err != nil {
		return fmt.Errorf("%w; nothing was changed", err)
	}
	r.say("Graph takes no list beside the one that is there: it is deleted and made anew")
	if r.Guard != nil {
		defer r.Guard()()
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w before the delete; nothing was changed", ctx.Err())
	}
	// From here on an interruption would do more harm than going on.
	return (&replacement{classicRun: r, client: client, ends: until}).run(context.WithoutCancel(ctx))
}

// postAlone reports whether the post alone was enough, or else how it was refused.
func (r *classicRun) postAlone(ctx context.Context) (done bool, refused, err error) {
	sent, err := r.politely(ctx, r.Client, func(c *graph.Client) error { return c.PostClassicStore(ctx, r.plan.Tenant, bodies(r.plan.After)) })
	if err != nil && !sent {
		if r.there && mayMeanThere(err) {
			return false, err, nil
		}
		return false, nil, fmt.Errorf("%w; nothing was changed", err)
	}
	now, readErr := r.settle(ctx, r.reader(r.Client), r.plan.After.Equal)
	switch {
	case readErr != nil:
		return false, nil, fmt.Errorf("the new list was posted, and what became of it can't be read: %w; the back-up of what was there is %s", errors.Join(err, readErr), r.backup)
	case now.Equal(r.plan.After):
		return true, nil, nil
	case now.Equal(r.was) && r.there && mayMeanThere(err):
		return false, err, nil
	case now.Equal(r.was) && err != nil:
		return false, nil, fmt.Errorf("%w; the store holds what it held before: apply the same plan again", err)
	case now.Equal(r.was):
		return false, nil, fmt.Errorf("the list was taken, and still holds what it held before: %w; look at it in some minutes (easkit entra list), and apply the same plan again if it is so still", ErrNotSeen)
	}
	return false, nil, fmt.Errorf("%w while it was carried out: the store holds neither what it held nor what is planned; the back-up is %s", ErrChanged, r.backup)
}

// politely sends a request that writes, and again where Graph is busy, as long as the
// store is what it was: what somebody else did meanwhile is not written over. sent says
// that the request may have been carried out.
func (r *classicRun) politely(ctx context.Context, client *graph.Client, do func(*graph.Client) error) (sent bool, err error) {
	for left, wait := graph.DefaultPatience, settleEvery; ; wait = min(2*wait, maxWait) {
		err = do(client.Once())
		sent = sent || err == nil || graph.Unknown(err)
		if !graph.IsStatus(err, http.StatusTooManyRequests) && !graph.IsStatus(err, http.StatusServiceUnavailable) {
			return sent, err
		}
		d := asked(err, wait)
		if d > left {
			return sent, err
		}
		left -= d
		r.say("waiting %v: %s", d, firstWords(err))
		if pauseErr := client.Pause(ctx, d); pauseErr != nil {
			return sent, errors.Join(pauseErr, err)
		}
		now, readErr := r.reader(client)(ctx)
		if readErr != nil {
			return sent, errors.Join(err, readErr)
		}
		if !now.Equal(r.was) {
			if sent {
				return true, err
			}
			return false, fmt.Errorf("%w: somebody else changed the classic store meanwhile", ErrChanged)
		}
	}
}

// maxWait is the longest wait between attempts where Graph asks for none.
const maxWait = 30 * time.Second

// asked is how long to wait after an error: what Graph asks for, but wait at least.
func asked(err error, wait time.Duration) time.Duration {
	if e := new(graph.Error); errors.As(err, &e) {
		if d, _ := e.RetryAfter(); d >= settleEvery {
			return d
		}
	}
	return wait
}

// mayMeanThere takes an answer for the refusal of a second list. Which of these Graph
// gives is not documented.
func mayMeanThere(err error) bool {
	return graph.IsStatus(err, http.StatusBadRequest) || graph.IsStatus(err, http.StatusConflict) || graph.IsStatus(err, http.StatusMethodNotAllowed)
}

// probe finds out whether the new list was refused for what is in it, before anything
// is deleted for it: the list that is there, posted as it is, has to be refused alike.
func (r *classicRun) probe(ctx context.Context, refused error) error {
	alive, _ := r.was.alive(r.Now()) // a list with an expired CA would be refused for that
	if len(alive) == 0 {
		return nil
	}
	now, err := r.reader(r.Client)(ctx)
	if err != nil {
		return err
	}
	if !now.Equal(r.was) {
		return fmt.Errorf("%w: somebody else changed the classic store just now", ErrChanged)
	}
	err = r.Client.Once().PostClassicStore(ctx, r.plan.Tenant, bodies(alive))
	if sameRefusal(err, refused) {
		return nil
	}
	if err == nil && len(alive) < len(r.was) {
		return fmt.Errorf("the new list is refused for what is in it; the one that is there was posted again without what has expired: %w", refused)
	}
	return fmt.Errorf("the new list is refused for what is in it, since the one that is there meets another answer: %w", refused)
}

func sameRefusal(a, b error) bool {
	x, y := new(graph.Error), new(graph.Error)
	return errors.As(a, &x) && errors.As(b, &y) && x.Status == y.Status && x.Code == y.Code && x.Message == y.Message
}

// ready looks whether a delete can be answered for, and takes the token that all
// that follows is done with, and until when it is good.
func (r *classicRun) ready(ctx context.Context) (*graph.Client, time.Time, error) {
	if r.ByCertificate != nil {
		if err := r.ByCertificate(ctx); err != nil { // it may ask, and take its time
			return nil, time.Time{}, err
		}
	}
	token, err := r.Client.Sign.Token(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	if token.Expires.IsZero() {
		return nil, time.Time{}, errors.New("until when the sign-in is valid is not known, and it has to last: sign in another way")
	}
	if left := token.Expires.Sub(r.Now()); left < tokenLeft {
		return nil, time.Time{}, fmt.Errorf("the sign-in is valid for %v more, and the delete wants %v: sign in anew", left.Round(time.Second), tokenLeft)
	}
	client := r.Client.With(token)
	for range 2 { // the second time what somebody did just now is seen, too
		if err := client.Pause(ctx, settleEvery); err != nil {
			return nil, time.Time{}, err
		}
		now, err := r.reader(client)(ctx)
		if err != nil {
			return nil, time.Time{}, err
		}
		if !now.Equal(r.was) {
			return nil, time.Time{}, fmt.Errorf("%w: somebody else changed the classic store just now", ErrChanged)
		}
	}
	return client, token.Expires, nil
}

// reader reads the classic store.
func (r *classicRun) reader(client *graph.Client) func(context.Context) (List, error) {
	return func(ctx context.Context) (List, error) {
		store, err := client.ClassicStore(ctx, r.plan.Tenant)
		if err != nil {
			return nil, err
		}
		return (&State{Classic: store}).ClassicList(), nil
	}
}

// bodies are a list as the classic store takes it.
func bodies(list List) []graph.CA {
	cas := make([]graph.CA, len(list))
	for i, e := range list {
		cas[i] = e.CA()
	}
	return cas
}
