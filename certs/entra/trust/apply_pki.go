package trust

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/easkit/easkit/certs/graph"
)

// pki carries out what is left of a plan for the PKI store, one CA at a time.
func (a *Applier) pki(ctx context.Context, p *Plan, st *State) (Result, error) {
	var r Result
	if st.NoPKI != nil {
		return r, st.NoPKI
	}
	container, err := p.container(st)
	if err != nil {
		return r, err
	}
	now := List{}
	if container != nil {
		now = PKIList(*container)
	}
	if err := p.reachable(now); err != nil {
		return r, err
	}
	r.Before = count(steps(p.Before, p.After)) - count(steps(now, p.After))
	if container != nil && now.Equal(p.After) {
		r.Seen = true
		return r, nil
	}
	if len(now) > 0 {
		if r.Backup, err = a.keep(p, now); err != nil {
			return r, err
		}
	}
	run := &pkiRun{Applier: a, plan: p, container: container, now: now}
	if err := run.all(ctx); err != nil {
		r.Done = run.done
		return r, run.explain(err)
	}
	r.Done = run.done
	// What was done is done: an interruption must not keep it from being told.
	last, err := a.settle(context.WithoutCancel(ctx), run.read, p.After.Equal)
	if err != nil {
		return r, fmt.Errorf("the plan was carried out (%d steps); reading it back failed: %w", r.Done, err)
	}
	r.Seen = last.Equal(p.After)
	return r, p.reachable(last)
}

// container finds the container that a plan is for.
func (p *Plan) container(st *State) (*graph.PKI, error) {
	if p.Create {
		return st.Container(p.Container)
	}
	found := st.byID(p.ID)
	if found == nil {
		return nil, fmt.Errorf("%w: there is no container %q (%s) any more", ErrChanged, p.Container, p.ID)
	}
	return found, nil
}

// reachable reports, as an error, where the store is neither as before the plan
// nor as after a part of it.
func (p *Plan) reachable(now List) error {
	for _, e := range now {
		before, was := p.Before.Find(e.Key())
		after, will := p.After.Find(e.Key())
		uploaded := p.Upload != nil && !was && will // the upload sets what it likes, and that is corrected after it
		switch {
		case was && before.Equal(e), will && after.Equal(e), uploaded:
		case !was && !will:
			return fmt.Errorf("%w: %s (SHA-1 %s) was added by somebody else: make a new plan", ErrChanged, e.Name(), e.Thumbprint())
		default:
			return fmt.Errorf("%w: %s (SHA-1 %s) was changed by somebody else: make a new plan", ErrChanged, e.Name(), e.Thumbprint())
		}
	}
	for _, e := range p.Before {
		_, is := now.Find(e.Key())
		if _, stays := p.After.Find(e.Key()); stays && !is {
			return fmt.Errorf("%w: %s (SHA-1 %s) was removed by somebody else: make a new plan", ErrChanged, e.Name(), e.Thumbprint())
		}
	}
	return nil
}

// count is how many steps do something.
func count(steps []Step) int {
	n := 0
	for _, s := range steps {
		if s.Action != Keep {
			n++
		}
	}
	return n
}

// pkiRun is a plan for the PKI store under way.
type pkiRun struct {
	*Applier
	plan      *Plan
	container *graph.PKI
	now       List
	done      int
	sent      bool // something was changed, or may have been
}

func (r *pkiRun) all(ctx context.Context) error {
	if r.container == nil {
		if err := r.create(ctx); err != nil {
			return err
		}
	}
	if err := r.upload(ctx); err != nil {
		return err
	}
	for _, s := range steps(r.now, r.plan.After) {
		if s.Action == Keep {
			continue
		}
		if err := r.step(ctx, s); err != nil {
			return err
		}
		r.done++
		r.say("%s %s: done", s.Action, s.Entry.Name())
	}
	return nil
}

// create makes the container. Where no answer came it is looked for first.
func (r *pkiRun) create(ctx context.Context) error {
	made, err := r.Client.Once().CreatePKI(ctx, r.plan.Container)
	for wait := settleEvery; graph.IsStatus(err, http.StatusTooManyRequests) && wait <= maxWait; wait *= 2 { // which says that it was not carried out
		if err := r.Client.Pause(ctx, asked(err, wait)); err != nil {
			return err
		}
		made, err = r.Client.Once().CreatePKI(ctx, r.plan.Container)
	}
	r.sent = r.sent || err == nil || graph.Unknown(err)
	if graph.Unknown(err) {
		return r.find(ctx, err)
	}
	if err != nil {
		return err
	}
	r.container = &made
	r.say("container %q: made", r.plan.Container)
	return nil
}

func (r *pkiRun) find(ctx context.Context, cause error) error {
	for left := r.settleTime(); ; left -= settleEvery {
		st, err := Read(ctx, r.Client)
		if err == nil {
			r.container, err = st.Container(r.plan.Container)
		}
		switch {
		case err != nil:
			return errors.Join(cause, err)
		case r.container != nil:
			return nil
		case left < settleEvery:
			return cause
		}
		if err := r.Client.Pause(ctx, settleEvery); err != nil {
			return errors.Join(cause, err)
		}
	}
}

// step carries out one step. Where no answer came, or the answer is that it was
// done already, the store tells.
func (r *pkiRun) step(ctx context.Context, s Step) error {
	err := r.request(ctx, s)
	r.sent = r.sent || err == nil || graph.Unknown(err)
	if err == nil || !graph.Unknown(err) && !graph.IsStatus(err, http.StatusBadRequest) && !graph.IsStatus(err, http.StatusNotFound) {
		return err
	}
	isDone := func(list List) bool {
		e, there := list.Find(s.Entry.Key())
		return there == (s.Action != Remove) && (!there || e.Equal(s.Entry))
	}
	last, readErr := r.settle(ctx, r.read, isDone)
	switch {
	case readErr != nil:
		return errors.Join(err, readErr)
	case isDone(last):
		return nil
	}
	return err
}

func (r *pkiRun) request(ctx context.Context, s Step) error {
	if s.Action == Add {
		d, err := s.Entry.Detail()
		if err != nil {
			return err
		}
		return r.Client.AddCA(ctx, r.container.ID, d)
	}
	d, ok := details(*r.container)[s.Entry.Key()]
	if !ok {
		return fmt.Errorf("%s is not in the container %q any more", s.Entry.Name(), r.container.DisplayName)
	}
	if s.Action == Remove {
		return r.Client.DeleteCA(ctx, r.container.ID, d.ID)
	}
	return r.Client.UpdateCA(ctx, r.container.ID, d.ID, update(s))
}

// update is the body that changes what is different, and nothing else.
func update(s Step) graph.CAUpdate {
	var u graph.CAUpdate
	if s.Was.CRL != s.Entry.CRL {
		u.CRLURL = &s.Entry.CRL
	}
	if s.Was.Delta != s.Entry.Delta {
		u.DeltaURL = &s.Entry.Delta
	}
	if s.Was.IssuerHint != s.Entry.IssuerHint {
		u.IsIssuerHintEnabled = &s.Entry.IssuerHint
	}
	if s.Was.Root != s.Entry.Root {
		role := s.Entry.role()
		u.Type = &role
	}
	return u
}

// read reads the container again.
func (r *pkiRun) read(ctx context.Context) (List, error) {
	st, err := Read(ctx, r.Client)
	if err != nil {
		return nil, err
	}
	for i := range st.PKIs {
		if st.PKIs[i].ID == r.container.ID {
			r.container = &st.PKIs[i]
			return PKIList(*r.container), nil
		}
	}
	return List{}, nil
}

// explain says what the store is like after a step failed.
func (r *pkiRun) explain(err error) error {
	left := count(steps(r.now, r.plan.After)) - r.done
	switch {
	case !r.sent:
		return fmt.Errorf("%w; nothing was changed", err)
	case r.done == 0:
		return fmt.Errorf("%w; what was begun may have been carried out: apply the same plan again to go on", err)
	}
	return fmt.Errorf("%w; %d steps were carried out and %d are left: apply the same plan again to go on", err, r.done, left)
}
