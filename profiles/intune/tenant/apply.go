package tenant

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// Applier carries out plans.
type Applier struct {
	Client *graph.Client
	Now    func() time.Time
	// Backup keeps what objects were like before one of them is changed: it writes the
	// text, a [Saved], to where it lasts and only its owner reads it, and returns where
	// that is.
	Backup func(text []byte) (where string, err error)
	// Say is told what happens; it may be nil.
	Say func(format string, args ...any)
	// Settle is how long to wait until the tenant shows what was done; zero for
	// [DefaultSettle].
	Settle time.Duration
}

// DefaultSettle is how long to wait for what was done to be seen. Microsoft names no
// limit for Intune; it takes seconds.
const DefaultSettle = 30 * time.Second

// settleEvery is how often the tenant is read then.
const settleEvery = 3 * time.Second

// Result is how a plan was carried out.
type Result struct {
	Done   int               // steps that were carried out now
	Before int               // steps that had been carried out before
	Seen   bool              // the tenant shows what was planned; if all was done and it doesn't, the error is [ErrNotSeen]
	Backup string            // where the back-up is; "" where nothing was changed that was there
	IDs    map[string]string // of the objects, by the keys of the parts
	// LeftOver says which objects are not used, and what to do with each by hand: another
	// import of the set made the same at the same time, and was earlier.
	LeftOver []string
	// Vanished says which assignments of others were there before ours were added, and
	// are not there any more: somebody else changed them at the same time.
	Vanished []string
}

// ErrChanged says that the tenant is not as it was when the plan was made.
var ErrChanged = errors.New("the tenant has changed since the plan was made")

// ErrNotSeen says that the tenant took what was sent, and does not show it.
var ErrNotSeen = errors.New("the tenant does not show what was done")

// ErrNotKept says that the tenant took what was sent, and has something else.
var ErrNotKept = errors.New("the tenant does not keep what it was sent")

// Apply carries out a plan, or what is left of it. What was planned for a tenant that
// has changed meanwhile is refused, and one that is as planned is not written to.
// Nothing is deleted or unassigned, and certificate profiles that are there are not
// edited. The error says what was done until then; applying the same plan again goes on,
// where it says so. It is [ErrNotSeen] where all was done and the tenant does not show it
// in time, and [ErrNotKept] where the tenant makes something else of what it is sent.
func (a *Applier) Apply(ctx context.Context, p *Plan) (Result, error) {
	org, err := a.Client.Organization(ctx)
	if err != nil {
		return Result{}, err
	}
	if org.ID != p.Tenant {
		return Result{}, fmt.Errorf("the plan is for the tenant %q (%s), and this one is %q (%s)",
			preflight.Printable(p.Name), p.Tenant, preflight.Printable(org.DisplayName), org.ID)
	}
	r := &run{Applier: a, plan: p, used: map[string]*Existing{}}
	todo, err := r.begin(ctx)
	if err != nil {
		return r.result, err
	}
	for i := range p.Steps {
		if p.Steps[i].writes() && !todo[p.Steps[i].Key] {
			r.result.Before++
		}
	}
	if len(todo) == 0 {
		r.result.Seen, r.result.IDs = true, r.ids()
		return r.result, nil
	}
	if err := r.keep(todo); err != nil {
		return r.result, err
	}
	err = r.all(ctx, todo)
	r.result.IDs = r.ids()
	if err != nil {
		return r.result, r.explain(err, len(todo))
	}
	return r.result, r.confirm(context.WithoutCancel(ctx)) // what was done is done: an interruption must not keep it from being told
}

// run is a plan under way.
type run struct {
	*Applier
	plan   *Plan
	state  []Existing
	used   map[string]*Existing // the object of each step, by its key; none before it is created
	result Result
	sent   bool // something was changed, or may have been
}

// maxReads is how often the tenant is read before it counts as changed: it is read
// object by object, and another import of the same plan may be under way.
const maxReads = 3

// begin reads the tenant, and finds what is to be done yet.
func (r *run) begin(ctx context.Context) (todo map[string]bool, err error) {
	for range maxReads {
		if err = r.read(ctx); err == nil {
			todo, err = r.todo()
		}
		if !errors.Is(err, ErrChanged) {
			break
		}
	}
	return todo, err
}

func (a *Applier) say(format string, args ...any) {
	if a.Say != nil {
		a.Say(format, args...)
	}
}

// set is as much of the set as reading takes.
func (p *Plan) set() *intune.Set {
	s := &intune.Set{ID: p.Set}
	for i := range p.Steps {
		s.Parts = append(s.Parts, p.Steps[i].part())
	}
	return s
}

// part is as much of a step's part as reading its object takes.
func (s *Step) part() intune.Part {
	part := intune.Part{Key: s.Key, Object: s.Object}
	for _, r := range s.Relations {
		part.Refers = append(part.Refers, intune.Reference{Property: r.Property, To: r.To})
	}
	return part
}

// read reads the tenant's objects, and finds those of the steps.
func (r *run) read(ctx context.Context) error {
	all, err := listObjects(ctx, r.Client)
	if err != nil {
		return err
	}
	set := r.plan.set()
	err = readAll(ctx, r.Client, all, func(e *Existing) (intune.Part, bool) {
		if i := slices.IndexFunc(r.plan.Steps, func(s Step) bool { return s.ID == e.ID }); i >= 0 {
			return set.Parts[i], true
		}
		return concerns(set, nil, e)
	})
	if err != nil {
		return err
	}
	r.state = all
	clear(r.used)
	for i := range r.plan.Steps {
		s := &r.plan.Steps[i]
		e, err := r.find(s)
		if err != nil {
			return err
		}
		if e != nil {
			r.used[s.Key] = e
		}
	}
	return nil
}

// ids are the ids of the objects.
func (r *run) ids() map[string]string {
	ids := map[string]string{}
	for key, e := range r.used {
		ids[key] = e.ID
	}
	return ids
}

// id is the id of a step's object; "" where it is not there yet.
func (r *run) id(key string) string {
	if e := r.used[key]; e != nil {
		return e.ID
	}
	return ""
}

// all carries out what is left: first everything is made, then it reaches phones, what
// others need before those.
func (r *run) all(ctx context.Context, todo map[string]bool) error {
	for i := range r.plan.Steps {
		s := &r.plan.Steps[i]
		if r.used[s.Key] == nil {
			if err := r.create(ctx, s); err != nil {
				return err
			}
		}
		if s.Action == Create {
			if err := r.relate(ctx, s); err != nil {
				return err
			}
		}
	}
	for _, s := range r.plan.inOrder() {
		if err := r.update(ctx, s); err != nil {
			return err
		}
		if err := r.assign(ctx, s); err != nil {
			return err
		}
		if todo[s.Key] {
			r.result.Done++
			_, does := s.does()
			r.say("%s %s %q: done", does, s.kind().Title, preflight.Printable(s.Object.Name()))
		}
	}
	return nil
}

// confirm reads the tenant until it shows what was planned, or time is up.
func (r *run) confirm(ctx context.Context) error {
	before := r.ids()
	var err error
	r.result.Seen, err = r.settle(ctx, func(ctx context.Context) (bool, error) {
		todo, err := r.begin(ctx)
		return err == nil && len(todo) == 0, err
	})
	if err != nil {
		return fmt.Errorf("the plan was carried out (%d steps); reading it back failed: %w", r.result.Done, err)
	}
	for _, key := range slices.Sorted(maps.Keys(before)) {
		i := slices.IndexFunc(r.state, func(e Existing) bool { return e.ID == before[key] })
		if now := r.id(key); i >= 0 && now != "" && now != before[key] {
			r.leave(&r.state[i])
		}
	}
	r.result.IDs = r.ids()
	if !r.result.Seen {
		return fmt.Errorf("%w: the plan was carried out (%d steps): apply it again in some minutes, which writes no more than what is missing", ErrNotSeen, r.result.Done)
	}
	return nil
}

// explain says what the tenant is like after a step failed.
func (r *run) explain(err error, planned int) error {
	if !r.sent {
		return fmt.Errorf("%w; nothing was changed", err)
	}
	done := fmt.Errorf("%w; of %d steps %d were carried out whole", err, planned, r.result.Done)
	switch {
	case errors.Is(err, ErrNotKept), errors.Is(err, ErrChanged): // it would end the same way
		return done
	case errors.Is(err, ErrNotSeen):
		return fmt.Errorf("%w: apply the same plan again to go on, when the portal shows it", done)
	}
	return fmt.Errorf("%w: apply the same plan again to go on", done)
}

// keep writes a back-up of the objects that are there and change.
func (r *run) keep(todo map[string]bool) error {
	saved := &Saved{Schema: SavedSchema, At: r.Now().UTC().Truncate(time.Second), Tenant: r.plan.Tenant, Name: r.plan.Name, Set: r.plan.Set}
	for _, s := range r.plan.Steps {
		if e := r.used[s.Key]; e != nil && todo[s.Key] {
			saved.Objects = append(saved.Objects, SavedObject{e.Kind.Collection, e.Object, e.Assignments, e.Relations})
		}
	}
	if len(saved.Objects) == 0 {
		return nil
	}
	text, err := saved.text()
	if err != nil {
		return err
	}
	if r.result.Backup, err = r.Backup(text); err != nil {
		return fmt.Errorf("keeping a back-up of what is there: %w (nothing was changed)", err)
	}
	r.say("back-up of what is there (%d): %s", len(saved.Objects), r.result.Backup)
	return nil
}
