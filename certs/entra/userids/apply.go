package userids

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// Options say how to carry out a plan.
type Options struct {
	// Say is told what happens to each user; it may be nil.
	Say func(format string, args ...any)
	// Backup keeps what the users to be written have before the first is: it writes
	// the text, a [Saved], to where it lasts, and returns where that is. Nil keeps
	// nothing.
	Backup func(text []byte) (where string, err error)
	// Now is the time that the back-up tells; nil for [time.Now].
	Now func() time.Time
	// Settle is how long a user is read again until he shows what was written; zero
	// for [DefaultSettle].
	Settle time.Duration
}

// DefaultSettle is how long to wait for what was written to be seen. Graph's
// directory is eventually consistent, and Microsoft names no limit; it takes seconds.
const DefaultSettle = 15 * time.Second

// settleEvery is how often the user is read then.
const settleEvery = 3 * time.Second

// Result is how a plan was carried out.
type Result struct {
	Written int // users who were written now
	Already int // users who had all values
	// Unseen are those of Written in whom the values were not yet seen.
	Unseen  []string
	Lost    []Loss    // those of Written who lack what they had before
	Refused []Refusal // users for whom nothing was written
	// Left counts the users not come to, and the one at whom the run ended.
	Left   int
	Backup string // where the back-up is; "" where nothing was to be written
}

// Refusal says why nothing was written for a user.
type Refusal struct {
	UPN    string
	Reason string
}

// Loss says which values a user no longer has, though they were sent along: somebody
// else changes them at the same time.
type Loss struct {
	UPN    string
	Values []string
}

// ErrNotSeen says that Graph took values and does not show them.
var ErrNotSeen = errors.New("the values of some users were taken by Graph, which does not show them yet: run it again in a few minutes, it writes only what is missing")

// Apply carries out a plan in the tenant that it was made for. All users are read anew,
// what they have is kept ([Options.Backup]), and what each lacks is added to what he
// has; nothing is removed, and a second run writes nothing. A user who is refused is
// named in the result and does not stop the others.
//
// The error ends the run: Graph does not answer, or the sign-in is not good for it,
// which a 403 says as long as nobody was written. It is [ErrNotSeen] where the run came
// to its end and some users do not show what was written. The result says what was
// done until then.
func Apply(ctx context.Context, c *graph.Client, p *Plan, o Options) (Result, error) {
	a := &applier{client: c, o: o}
	err := a.run(ctx, p)
	a.result.Left = len(p.Rows) - a.result.Written - a.result.Already - len(a.result.Refused)
	return a.result, err
}

type applier struct {
	client *graph.Client
	o      Options
	result Result
}

func (a *applier) run(ctx context.Context, p *Plan) error {
	if err := p.check(); err != nil {
		return fmt.Errorf("checking the plan: %w", err)
	}
	tenant, err := a.client.Organization(ctx)
	if err != nil {
		return err
	}
	if !strings.EqualFold(tenant.ID, p.Tenant) {
		return fmt.Errorf("the plan is for the tenant %q, and this one is %q (%q): sign in to the other, or make a new plan", p.Tenant, tenant.ID, tenant.DisplayName)
	}
	updates, err := a.prepareAll(ctx, p.Rows)
	if err != nil || len(updates) == 0 {
		return err
	}
	if err := a.keep(p.Tenant, updates); err != nil {
		return err
	}
	for _, u := range updates {
		if err := a.refuse(u.row, a.write(ctx, u)); err != nil {
			return err
		}
	}
	if len(a.result.Unseen) > 0 {
		return ErrNotSeen
	}
	return nil
}

func (a *applier) say(format string, args ...any) {
	if a.o.Say != nil {
		a.o.Say(format, args...)
	}
}

// refused is why we write nothing for a user.
type refused string

func (r refused) Error() string { return string(r) }

// refuse notes why a user is left out; an error that concerns more than him is given
// back.
func (a *applier) refuse(row Change, err error) error {
	name := preflight.Printable(row.UPN)
	switch {
	case err == nil:
		return nil
	case a.result.Written == 0 && graph.IsStatus(err, http.StatusForbidden):
		return fmt.Errorf("adding the values of %s: %w; nobody was written: sign in with that right, or make a plan without this user if the others may be written", name, err)
	case !isRefusal(err):
		return fmt.Errorf("adding the values of %s: %w", name, err)
	}
	a.say("%s: refused: %v", name, err)
	a.result.Refused = append(a.result.Refused, Refusal{row.UPN, err.Error()})
	return nil
}

// general are the refusals by Graph that concern more than one user.
var general = map[int]bool{
	http.StatusUnauthorized: true, http.StatusRequestTimeout: true, http.StatusTooManyRequests: true,
}

// isRefusal reports whether an error concerns one user only, for whom nothing was
// written.
func isRefusal(err error) bool {
	if graph.Unknown(err) {
		return false
	}
	if r := refused(""); errors.As(err, &r) {
		return true
	}
	e := new(graph.Error)
	return errors.As(err, &e) && e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError && !general[e.Status]
}
