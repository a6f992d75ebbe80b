package userids

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/entra/record"
)

// PlanSchema names the form of a plan's file.
const PlanSchema = record.UserIDsPlan

// Plan is what is to be added to the users of one tenant. Its hash covers everything
// else in it.
type Plan struct {
	Schema string    `json:"schema"`
	Hash   string    `json:"hash"`
	Made   time.Time `json:"made"`
	Tenant string    `json:"tenant"` // id
	Rows   []Change  `json:"rows"`
}

// Change is what one user gets.
type Change struct {
	ID     string   `json:"id"` // of the user's object; "" where only the UPN is known
	UPN    string   `json:"userPrincipalName"`
	Before []string `json:"before"` // as it was known when the plan was made; nil where it was not
	Add    []string `json:"add"`
}

// NewPlan plans what a proposal adds. Rows with problems are left out.
func NewPlan(p *Proposal, tenant string, now time.Time) (*Plan, error) {
	plan := &Plan{Schema: PlanSchema, Made: now.UTC().Truncate(time.Second), Tenant: tenant, Rows: []Change{}}
	for _, r := range p.Rows {
		if values := r.Add(); len(values) > 0 {
			plan.Rows = append(plan.Rows, Change{ID: r.ID, UPN: r.UPN, Before: r.Present, Add: values})
		}
	}
	if err := plan.check(); err != nil {
		return nil, fmt.Errorf("making the plan: %w", err)
	}
	plan.Hash = plan.hash()
	return plan, nil
}

// hash is the SHA-256 of the plan without its hash, in hex.
func (p *Plan) hash() string {
	bare := *p
	bare.Hash = ""
	return record.Hash(bare)
}

// Short is the part of the hash that people compare.
func (p *Plan) Short() string { return p.Hash[:min(record.ShortHash, len(p.Hash))] }

// Write writes a plan's file.
func (p *Plan) Write(w io.Writer) error { return record.Write(w, p) }

// MaxPlan bounds a plan's file: 100,000 users with some values each.
const MaxPlan = 64 << 20

// ReadPlan reads a plan's file, and refuses one that was changed by hand.
func ReadPlan(r io.Reader) (*Plan, error) {
	p := new(Plan)
	err := record.Read(r, MaxPlan, PlanSchema, p)
	switch {
	case err != nil:
	case p.hash() == "" || p.Hash != p.hash():
		err = fmt.Errorf("%w: make a new one with easkit entra user-ids", record.ErrEdited)
	default:
		err = p.check()
	}
	if err != nil {
		return nil, fmt.Errorf("reading the plan: %w", err)
	}
	return p, nil
}

// check says what no plan may hold.
func (p *Plan) check() error {
	if p.Tenant == "" {
		return errors.New("it is for no tenant")
	}
	users, owner := map[string]bool{}, map[string]string{}
	for _, c := range p.Rows {
		key := strings.ToLower(c.UPN)
		if c.UPN == "" || len(c.Add) == 0 || users[key] || c.ID != "" && users[c.ID] {
			return fmt.Errorf("the user %q is there without a name, without values, or twice", c.UPN)
		}
		users[key], users[c.ID] = true, true
		if why := tooMany(len(c.Add)); why != "" {
			return fmt.Errorf("the user %q: %s", c.UPN, why)
		}
		for i, value := range c.Add {
			if why := badValue(value); why != "" {
				return fmt.Errorf("the user %q: %s", c.UPN, why)
			}
			if other, taken := owner[value]; taken || slices.Contains(c.Add[:i], value) {
				return fmt.Errorf("the value %q of %q is there twice, %q has it, too", value, c.UPN, other)
			}
			owner[value] = c.UPN
		}
	}
	return nil
}
