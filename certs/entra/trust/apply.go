package trust

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// Applier carries out plans.
type Applier struct {
	Client *graph.Client
	Now    func() time.Time
	// Backup keeps what a store held before it is touched: it writes the text to
	// where it lasts and reads it back, and returns where that is.
	Backup func(text []byte) (where string, err error)
	// Agreed are the keys of the entries whose dangerous step was agreed to.
	Agreed map[string]bool
	// AcceptOutage agrees to deleting the classic store and making it anew.
	AcceptOutage bool
	// Guard keeps interruptions away while the classic store is deleted and made anew;
	// what it returns lets them through again. It may be nil.
	Guard func() (release func())
	// AllowLab lets CAs of easkit's lab in: the tenant is one of a lab itself.
	AllowLab bool
	// ByCertificate says that the operator may have signed in with a certificate
	// that the classic store vouches for; it is asked before a delete.
	ByCertificate func(ctx context.Context) error
	// Say is told what happens; it may be nil.
	Say func(format string, args ...any)
	// Settle is how long the store is read again after the last step until it shows
	// what was done; zero for [DefaultSettle].
	Settle time.Duration
}

// DefaultSettle is how long to wait for what was done to be seen. Microsoft says
// that changes of CAs take up to ten minutes; reading them back takes seconds.
const DefaultSettle = time.Minute

// settleEvery is how often the store is read then.
const settleEvery = 3 * time.Second

// Result is how a plan was carried out.
type Result struct {
	Done   int  // steps that were carried out now
	Before int  // steps that had been carried out before
	Seen   bool // the store shows what was planned
	Backup string
}

// ErrChanged says that the tenant is not as it was when the plan was made.
var ErrChanged = errors.New("the tenant has changed since the plan was made")

// ErrNotAgreed says that a dangerous step was not agreed to.
var ErrNotAgreed = errors.New("a dangerous step was not agreed to")

// Apply carries out a plan, or what is left of it. What was planned for a tenant
// that has changed meanwhile is refused, and one that is already as planned is not
// written to. The error says what the tenant is like then.
func (a *Applier) Apply(ctx context.Context, p *Plan) (Result, error) {
	st, err := Read(ctx, a.Client)
	if err != nil {
		return Result{}, err
	}
	if st.Tenant.ID != p.Tenant {
		return Result{}, fmt.Errorf("the plan is for the tenant %q (%s), and this one is %q (%s)", p.Name, p.Tenant, st.Tenant.DisplayName, st.Tenant.ID)
	}
	if err := a.admissible(p); err != nil {
		return Result{}, err
	}
	if err := p.vouched(st); err != nil {
		return Result{}, err
	}
	for _, s := range p.Dangers() {
		if !a.Agreed[s.Entry.Key()] {
			return Result{}, fmt.Errorf("%w: %s %s: %s", ErrNotAgreed, s.Action, s.Entry.Name(), s.Danger)
		}
	}
	if p.Store == Classic {
		return a.classic(ctx, p, st)
	}
	return a.pki(ctx, p, st)
}

// admissible refuses what no plan may add, wherever the plan comes from.
func (a *Applier) admissible(p *Plan) error {
	for _, e := range p.added() {
		c := e.Parsed()
		switch {
		case c == nil:
			return fmt.Errorf("%s can't be added", e.Name())
		case a.Now().After(c.NotAfter):
			return fmt.Errorf("%s has expired on %s: Graph takes no expired CA", e.Name(), c.NotAfter.UTC().Format(time.DateOnly))
		case p.Restore: // the tenant had it
		case !c.IsCA:
			return fmt.Errorf("%s is no CA", e.Name())
		case c.Lab && !a.AllowLab:
			return fmt.Errorf("%s is a CA of easkit's lab: whoever has its key could sign in as any user of the tenant", e.Name())
		}
		if name, public := entra.Public(c); public && !p.Restore {
			return fmt.Errorf("%s is a public CA (%s): it issues to anybody, and whom it names could sign in", e.Name(), preflight.Printable(name))
		}
	}
	return p.bundled()
}

// bundled refuses a plan whose upload is not of the CAs that it adds.
func (p *Plan) bundled() error {
	if p.Upload == nil || len(p.added()) == 0 {
		return nil
	}
	bundle, err := p.Bundle()
	if err == nil && BundleHash(bundle) != p.Upload.SHA256 {
		err = errors.New("the plan's upload is not of the CAs that it adds: make a new plan")
	}
	return err
}

// vouched refuses a plan whose removals were harmless because the other store had the
// CA, and are so no more.
func (p *Plan) vouched(st *State) error {
	now := st.elsewhere(p.Store)
	for _, s := range p.Steps() {
		_, had := p.Elsewhere.Find(s.Entry.Key())
		_, has := now.Find(s.Entry.Key())
		if s.Action == Remove && had && !has {
			return fmt.Errorf("%w: the other trust store does not have %s any more, so that removing it here cuts people off: make a new plan", ErrChanged, s.Entry.Name())
		}
	}
	return nil
}

func (a *Applier) say(format string, args ...any) {
	if a.Say != nil {
		a.Say(format, args...)
	}
}

// keep writes a back-up of a store.
func (a *Applier) keep(p *Plan, list List) (string, error) {
	text, err := (&Saved{Schema: SavedSchema, At: a.Now().UTC().Truncate(time.Second), Tenant: p.Tenant, Name: p.Name, Store: p.Store, Container: p.Container, ID: p.ID, Entries: list}).text()
	if err != nil {
		return "", err
	}
	where, err := a.Backup(text)
	if err != nil {
		return "", fmt.Errorf("keeping a back-up of what is there: %w (nothing was changed)", err)
	}
	a.say("back-up of what is there (%d): %s", len(list), where)
	return where, nil
}

func (a *Applier) settleTime() time.Duration {
	if a.Settle == 0 {
		return DefaultSettle
	}
	return a.Settle
}

// settle reads a store until it is as wanted, or time is up, and returns what it
// holds then.
func (a *Applier) settle(ctx context.Context, read func(context.Context) (List, error), wanted func(List) bool) (List, error) {
	left := a.settleTime()
	for {
		list, err := read(ctx)
		if err != nil || wanted(list) || left < settleEvery {
			return list, err
		}
		left -= settleEvery
		if err := a.Client.Pause(ctx, settleEvery); err != nil {
			return list, err
		}
	}
}
