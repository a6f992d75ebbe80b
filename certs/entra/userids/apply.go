package userids

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// Options say how to carry out a plan.
type Options struct {
	// Say is told what happens to each user; it may be nil.
	Say func(format string, args ...any)
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
	Refused []Refusal // users for whom nothing was written
	Left    int       // users not come to, because the run ended before
}

// Refusal says why nothing was written for a user.
type Refusal struct {
	UPN    string
	Reason string
}

// Apply carries out a plan in the tenant that it was made for. Each user is read anew,
// and what he lacks is added to what he has; nothing is removed, and a second run
// writes nothing. A user who is refused is named in the result and does not stop the
// others. The error ends the run: Graph does not answer, or the sign-in is not good
// for it; the result says what was done until then.
func Apply(ctx context.Context, c *graph.Client, p *Plan, o Options) (Result, error) {
	if err := p.check(); err != nil {
		return Result{}, fmt.Errorf("checking the plan: %w", err)
	}
	tenant, err := c.Organization(ctx)
	if err != nil {
		return Result{Left: len(p.Rows)}, err
	}
	if !strings.EqualFold(tenant.ID, p.Tenant) {
		return Result{Left: len(p.Rows)}, fmt.Errorf("the plan is for the tenant %q, and this one is %q (%q): sign in to the other, or make a new plan", p.Tenant, tenant.ID, tenant.DisplayName)
	}
	a := &applier{client: c, o: o}
	for i, row := range p.Rows {
		name := preflight.Printable(row.UPN)
		if err := a.user(ctx, row); err != nil {
			if !isRefusal(err) {
				a.result.Left = len(p.Rows) - i
				return a.result, fmt.Errorf("adding the values of %s: %w", name, err)
			}
			a.say("%s: refused: %v", name, err)
			a.result.Refused = append(a.result.Refused, Refusal{row.UPN, err.Error()})
		}
	}
	return a.result, nil
}

type applier struct {
	client *graph.Client
	o      Options
	result Result
}

func (a *applier) say(format string, args ...any) {
	if a.o.Say != nil {
		a.o.Say(format, args...)
	}
}

// refused is why we write nothing for a user.
type refused string

func (r refused) Error() string { return string(r) }

// isRefusal reports whether an error concerns one user only.
func isRefusal(err error) bool {
	if r := refused(""); errors.As(err, &r) {
		return true
	}
	e := new(graph.Error)
	return errors.As(err, &e) && e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError &&
		e.Status != http.StatusUnauthorized && e.Status != http.StatusTooManyRequests
}

// attempts is how often a user is written whose first answer did not come. The whole
// list is sent each time, after it was read anew, so that twice is as good as once.
const attempts = 2

func (a *applier) user(ctx context.Context, row Change) error {
	name := preflight.Printable(row.UPN)
	var unknown error
	for range attempts {
		u, err := a.read(ctx, row)
		if err != nil {
			return both(unknown, err)
		}
		values, added, err := a.merge(ctx, u, row)
		switch {
		case err != nil:
			return err
		case added == 0:
			a.say("%s: has them already", name)
			a.result.Already++
			return nil
		}
		err = a.client.SetCertificateUserIDs(ctx, u.ID, values)
		if err != nil && !graph.Unknown(err) {
			return err
		}
		seen, readErr := a.seen(ctx, u.ID, row.Add)
		switch {
		case readErr != nil && err == nil: // it was written; that it can't be read stops the next user, too
			a.written(name, added, false)
			return nil
		case readErr != nil:
			return both(err, readErr)
		case err == nil || seen:
			a.written(name, added, seen)
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

func (a *applier) written(name string, added int, seen bool) {
	a.result.Written++
	if seen {
		a.say("%s: %d added", name, added)
		return
	}
	a.result.Unseen = append(a.result.Unseen, name)
	a.say("%s: %d added, which Graph does not show yet", name, added)
}

// read reads the user whom a row of the plan is for.
func (a *applier) read(ctx context.Context, row Change) (graph.User, error) {
	key := row.ID
	if key == "" {
		key = row.UPN
	}
	u, err := a.client.User(ctx, key)
	switch {
	case err != nil:
		return u, err
	case u.ID == "":
		return u, refused("Graph tells no id of the user")
	case !strings.EqualFold(u.UserPrincipalName, row.UPN):
		return u, refused(fmt.Sprintf("the user with this id is now called %s: make a new plan", preflight.Printable(u.UserPrincipalName)))
	case u.OnPremisesSyncEnabled:
		return u, refused("the user is synchronised from Active Directory: set the values as altSecurityIdentities there, and let Entra Connect bring them")
	}
	return u, nil
}

// merge is what a user has with what is to be added to it. Values are compared
// exactly.
func (a *applier) merge(ctx context.Context, u graph.User, row Change) (values []string, added int, err error) {
	values = present(u)
	for _, value := range row.Add {
		if slices.Contains(values, value) {
			continue
		}
		holders, err := a.client.Holders(ctx, value)
		if err != nil {
			return nil, 0, err
		}
		for _, h := range holders {
			if h.ID != u.ID {
				return nil, 0, refused(fmt.Sprintf("%s is among the certificateUserIds of %s, and may be so of one user only", preflight.Printable(value), preflight.Printable(h.UserPrincipalName)))
			}
		}
		values = append(values, value)
		added++
	}
	if why := tooMany(len(values)); added > 0 && why != "" {
		return nil, 0, refused(why)
	}
	return values, added, nil
}

func present(u graph.User) []string {
	if u.AuthorizationInfo == nil {
		return nil
	}
	return slices.Clone(u.AuthorizationInfo.CertificateUserIDs)
}

// seen reads a user until he has all values, or time is up.
func (a *applier) seen(ctx context.Context, id string, values []string) (bool, error) {
	left := a.o.Settle
	if left == 0 {
		left = DefaultSettle
	}
	for {
		u, err := a.client.User(ctx, id)
		if err != nil {
			return false, err
		}
		has := present(u)
		if !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(has, v) }) {
			return true, nil
		}
		if left < settleEvery {
			return false, nil
		}
		left -= settleEvery
		if err := a.client.Pause(ctx, settleEvery); err != nil {
			return false, err
		}
	}
}
