package tenant

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// maxWait is the longest wait where Graph does not say how long.
const maxWait = 30 * time.Second

// persist sends a request that writes until Graph takes it, or patience ends. Where it
// is not known whether it was carried out, done looks, before it is sent again: Intune
// takes the same object twice. What send sends it reads anew each time.
func (r *run) persist(ctx context.Context, send func(context.Context) error, done func(context.Context) (bool, error)) error {
	left, wait, lost := graph.DefaultPatience, settleEvery, false
	for {
		err := send(ctx)
		r.sent = r.sent || err == nil || graph.Unknown(err)
		if err == nil {
			return nil
		}
		if graph.Unknown(err) {
			switch seen, readErr := r.settle(ctx, done); {
			case seen:
				return nil
			case readErr != nil:
				return errors.Join(err, readErr)
			}
		}
		busy := graph.IsStatus(err, http.StatusTooManyRequests) || graph.IsStatus(err, http.StatusServiceUnavailable)
		if !busy && (lost || !graph.Unknown(err)) {
			return err
		}
		lost = lost || !busy
		pause := waitFor(err, wait)
		if pause > left {
			return err
		}
		left, wait = left-pause, min(2*wait, maxWait)
		if r.Client.Waiting != nil {
			r.Client.Waiting(pause, err)
		}
		if pauseErr := r.Client.Pause(ctx, pause); pauseErr != nil {
			return errors.Join(err, pauseErr)
		}
	}
}

// waitFor is how long Graph asks to wait, or else a wait of our own.
func waitFor(err error, wait time.Duration) time.Duration {
	if e := new(graph.Error); errors.As(err, &e) {
		if d, known := e.RetryAfter(); known {
			return max(d, settleEvery)
		}
	}
	return wait
}

// settle asks until something is so, or time is up.
func (r *run) settle(ctx context.Context, is func(context.Context) (bool, error)) (bool, error) {
	left := r.Settle
	if left == 0 {
		left = DefaultSettle
	}
	for {
		ok, err := is(ctx)
		if ok || err != nil || left < settleEvery {
			return ok, err
		}
		left -= settleEvery
		if err := r.Client.Pause(ctx, settleEvery); err != nil {
			return false, err
		}
	}
}

// visible reads the object of a step, which may not be seen yet right after it was made.
func (r *run) visible(ctx context.Context, s *Step, read func(context.Context) error) error {
	var last error
	_, err := r.settle(ctx, func(ctx context.Context) (bool, error) {
		last = read(ctx)
		if graph.IsStatus(last, http.StatusNotFound) {
			return false, nil
		}
		return last == nil, last
	})
	if err == nil && s.Action == Create && graph.IsStatus(last, http.StatusNotFound) {
		return fmt.Errorf("%w: %s was made, and can't be read yet: wait until the portal shows it, since a further import before that makes it twice: %w", ErrNotSeen, r.id(s.Key), last)
	}
	return cmp.Or(err, last)
}

// create makes the object of a step. If another import made the same meanwhile, both use
// the earlier one of the two.
func (r *run) create(ctx context.Context, s *Step) error {
	body := s.bound(s.Object, func(relation Relation) string { return r.Client.IntuneAddress(r.id(relation.To)) })
	var made, all []*Existing
	send := func(ctx context.Context) error {
		o, err := r.Client.Once().CreateIntuneObject(ctx, s.kind().Collection, body)
		if err == nil {
			made = []*Existing{{ID: intune.Object(o).Text("id"), Kind: s.kind(), Object: o, Counted: true}} // none by what was just made
		}
		return err
	}
	look := func(ctx context.Context) (found bool, err error) {
		all, err = r.look(ctx, s)
		return len(all) > 0, err
	}
	err := r.persist(ctx, send, look)
	if err == nil {
		_, err = look(ctx)
	}
	if err != nil {
		return fmt.Errorf("creating %s %q: %w", s.kind().Title, preflight.Printable(s.Object.Name()), err)
	}
	all = append(all, made...) // what was made may not be seen yet
	slices.SortStableFunc(all, earlier)
	r.used[s.Key] = all[0]
	if len(made) > 0 && made[0].ID != all[0].ID {
		r.leave(made[0])
	}
	return r.kept(ctx, s)
}

// kept refuses an object that Intune keeps otherwise than it was sent, before it reaches
// anybody: what is on phones then is not what was planned, and each further import would
// find it different, and make another certificate profile.
func (r *run) kept(ctx context.Context, s *Step) error {
	var e *Existing
	var names []string
	_, err := r.settle(ctx, func(ctx context.Context) (is bool, err error) {
		if e, err = r.reread(ctx, s); err != nil {
			return false, err
		}
		names = different(s.Object, e.Object)
		if e.Kind.Frozen() && sameContent(s.Object, e.Object) {
			names = nil
		}
		return len(names) == 0 || s.Action == Create, nil // a change may be seen only later
	})
	if err != nil || len(names) == 0 {
		return err
	}
	return fmt.Errorf("%w: the %s of %s %s is another; %s", ErrNotKept, strings.Join(names, ", "), e.Kind.Title, e.label(), s.left())
}

// look finds the objects that imports made by a step.
func (r *run) look(ctx context.Context, s *Step) ([]*Existing, error) {
	objects, err := r.Client.IntuneObjects(ctx, s.kind().Collection)
	if err != nil {
		return nil, err
	}
	var all []Existing
	for _, o := range objects {
		e := Existing{ID: intune.Object(o).Text("id"), Kind: s.kind(), Object: o}
		if m, _ := e.Mark(); m != r.mark(s) || e.Object.Type() != s.kind().Type {
			continue
		}
		if err := e.read(ctx, r.Client, s.part()); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return r.marked(s, all), nil
}

// mark is the mark of a step's object.
func (r *run) mark(s *Step) intune.Mark { return intune.Mark{Set: r.plan.Set, Key: s.Key} }

// leave notes an object of ours that is not used.
func (r *run) leave(e *Existing) {
	r.result.LeftOver = append(r.result.LeftOver, fmt.Sprintf("another import of the set made %s %s, too, and was earlier: this one is not used, and %s", e.Kind.Title, e.label(), e.retire()))
}

// reread reads one object again.
func (r *run) reread(ctx context.Context, s *Step) (*Existing, error) {
	e := &Existing{ID: r.id(s.Key), Kind: s.kind()}
	if err := r.visible(ctx, s, func(ctx context.Context) error { return e.read(ctx, r.Client, s.part()) }); err != nil {
		return nil, fmt.Errorf("reading %s %q back: %w", s.kind().Title, preflight.Printable(s.Object.Name()), err)
	}
	return e, nil
}

// relate sets what an object refers to, where it was not set yet.
func (r *run) relate(ctx context.Context, s *Step) error {
	if len(s.Relations) == 0 {
		return nil
	}
	e, err := r.reread(ctx, s)
	if err != nil {
		return err
	}
	left, err := r.moves(s, e)
	if err != nil {
		return err
	}
	for _, relation := range left {
		send := func(ctx context.Context) error {
			return r.Client.Once().SetIntuneRelation(ctx, e.ID, e.Kind.Type, relation.Property, r.id(relation.To))
		}
		done := func(ctx context.Context) (bool, error) {
			is, err := r.Client.IntuneRelation(ctx, e.ID, e.Kind.Type, relation.Property)
			return is.ID == r.id(relation.To), err
		}
		if err := r.persist(ctx, send, done); err != nil {
			return fmt.Errorf("setting the %s of %s: %w", relation.Property, e.label(), err)
		}
		if err := r.related(ctx, s, e, relation, done); err != nil {
			return err
		}
	}
	return nil
}

// related refuses a relation that the tenant does not show after it was set, before the
// object reaches anybody: each further import would take it for another object's, and
// make a new certificate profile.
func (r *run) related(ctx context.Context, s *Step, e *Existing, relation Relation, is func(context.Context) (bool, error)) error {
	seen, err := r.settle(ctx, is)
	if err != nil {
		return fmt.Errorf("reading the %s of %s back: %w", relation.Property, e.label(), err)
	}
	if seen {
		return nil
	}
	return fmt.Errorf("%w: the %s of %s %s was set, and is not shown; %s", ErrNotKept, relation.Property, e.Kind.Title, e.label(), s.left())
}

// left says what to do with an object that the tenant does not keep as it was sent.
func (s *Step) left() string {
	if s.Action == Create {
		return "it is for nobody: delete it in the portal"
	}
	return "no group was added to it: look at it in the portal"
}

// update changes the object of a step that was there before, and what it refers to.
func (r *run) update(ctx context.Context, s *Step) error {
	if s.Action == Create || s.Action == Keep {
		return nil
	}
	if len(s.Was) > 0 {
		if err := r.change(ctx, s); err != nil {
			return err
		}
		if err := r.kept(ctx, s); err != nil {
			return err
		}
	}
	return r.relate(ctx, s)
}

// stillOwn reads right before a private key is written whom the object is for.
func (r *run) stillOwn(ctx context.Context, s *Step) error {
	if !s.Secret {
		return nil
	}
	e := *r.used[s.Key]
	var err error
	if e.Assignments, err = r.Client.IntuneAssignments(ctx, e.Kind.Collection, e.ID); err != nil {
		return err
	}
	if err := r.plan.keepFrom(s, &e); err != nil {
		return fmt.Errorf("%w: %w", ErrChanged, err)
	}
	return nil
}

func (r *run) change(ctx context.Context, s *Step) error {
	body := func(ctx context.Context) (intune.Object, error) {
		o, err := r.Client.IntuneObject(ctx, s.kind().Collection, s.ID)
		if err != nil {
			return nil, err
		}
		return s.pending(o)
	}
	send := func(ctx context.Context) error {
		if err := r.stillOwn(ctx, s); err != nil {
			return err
		}
		changes, err := body(ctx)
		if err != nil || len(changes) == 0 {
			return err
		}
		return r.Client.Once().UpdateIntuneObject(ctx, s.kind().Collection, s.ID, s.body(slices.Collect(maps.Keys(changes))))
	}
	done := func(ctx context.Context) (bool, error) {
		changes, err := body(ctx)
		return err == nil && len(changes) == 0, err
	}
	if err := r.persist(ctx, send, done); err != nil {
		return fmt.Errorf("updating %s %q: %w", s.kind().Title, preflight.Printable(s.Object.Name()), err)
	}
	return nil
}
