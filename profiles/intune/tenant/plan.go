package tenant

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra/record"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// PlanSchema names the form of a plan's file.
const PlanSchema = record.IntunePlan

// Plan brings a [Set] into one tenant. It is carried out as it is or not at all: its
// hash covers everything else in it. Nothing in a plan takes anything away.
type Plan struct {
	Schema  string    `json:"schema"`
	Hash    string    `json:"hash"`
	Made    time.Time `json:"made"`
	Tenant  string    `json:"tenant"` // id
	Name    string    `json:"tenantName"`
	Set     string    `json:"set"` // [Set.ID]
	SetName string    `json:"setName"`
	Groups  []Named   `json:"groups"` // whom all objects are for
	Steps   []Step    `json:"steps"`  // one for each part, in the order of import
	Notes   []string  `json:"notes,omitempty"`
}

// Named is something of the tenant.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// PlanOptions say how a plan is made.
type PlanOptions struct {
	// AllowLab lets authorities of easkit's lab in: the tenant is one of a lab itself.
	AllowLab bool
}

// NewPlan plans the way from what a tenant has to a set. All reasons why there is none
// are told at once, a line each.
func NewPlan(s *intune.Set, st *State, o PlanOptions, now time.Time) (*Plan, error) {
	p := &Plan{
		Schema: PlanSchema, Made: now.UTC().Truncate(time.Second), Tenant: st.Tenant.ID, Name: st.Tenant.DisplayName,
		Set: s.ID, SetName: s.Name, Groups: []Named{}, Steps: []Step{},
	}
	for _, g := range st.Groups {
		p.Groups = append(p.Groups, Named{g.ID, g.DisplayName})
	}
	b := &planner{set: s, state: st, options: o, plan: p}
	if err := b.sound(); err != nil {
		return nil, err
	}
	var refused []error
	for _, part := range s.Parts {
		step, err := b.step(part)
		refused = append(refused, err)
		p.Steps = append(p.Steps, step)
	}
	if err := errors.Join(refused...); err != nil {
		return nil, err
	}
	p.Notes = append(b.notes(), s.Notes...)
	p.Hash = p.hash()
	return p, nil
}

// sound refuses a set that can't be imported, whatever the tenant has.
func (b *planner) sound() error {
	keys := map[string]bool{}
	for _, p := range b.set.Parts {
		kind, known := intune.KindOf(p.Object.Type())
		switch {
		case !known || kind.Retired:
			return fmt.Errorf("the part %q is of the type %q, which is not imported", p.Key, preflight.Printable(p.Object.Type()))
		case keys[p.Key]:
			return fmt.Errorf("the set has two parts %q", p.Key)
		case p.Object.Name() == "":
			return fmt.Errorf("the part %q has no displayName", p.Key)
		}
		for _, r := range p.Refers {
			if !keys[r.To] {
				return fmt.Errorf("the %s of the part %q is %q, which is no part before it", r.Property, p.Key, r.To)
			}
		}
		keys[p.Key] = true
		if kind.Role == intune.Root && !b.options.AllowLab && isLab(p.Object) {
			return fmt.Errorf("%q is a CA of easkit's lab: phones would trust whoever has the lab's folder", preflight.Printable(p.Object.Name()))
		}
	}
	return b.fewSecrets()
}

// fewSecrets refuses more pilots than a tenant may have, over all sets: each folder may
// bring as many as are let into one.
func (b *planner) fewSecrets() error {
	ours := len(slices.DeleteFunc(slices.Clone(b.set.Parts), func(p intune.Part) bool { return !p.Secret && !secret(p.Key, p.Object) }))
	before := len(slices.DeleteFunc(slices.Clone(b.state.Objects), func(e Existing) bool {
		m, marked := e.Mark()
		_, again := b.set.Part(m.Key)
		return !marked || !m.Pilot() || m.Set == b.set.ID && again
	}))
	if ours == 0 || ours+before <= intune.MaxSecrets {
		return nil
	}
	there := ""
	if before > 0 {
		there = fmt.Sprintf(", the tenant has %d more of earlier imports (delete those whose pilot has ended)", before)
	}
	return fmt.Errorf("%d parts hold a private key%s, and %d at most are for a pilot: whoever reads the tenant's configuration reads them all", ours, there, intune.MaxSecrets)
}

// isLab reports whether a trusted certificate is that of a lab's authority.
func isLab(o intune.Object) bool {
	der, err := fromBase64(o.Text("trustedRootCertificate"))
	if err != nil {
		return false
	}
	c, err := certs.ParseCertificate(der)
	return err == nil && c.Lab
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool {
	return !slices.ContainsFunc(p.Steps, func(s Step) bool { return s.writes() })
}

// Dangers are the steps that users notice, or that can break something: they are to be
// agreed to apart from the rest.
func (p *Plan) Dangers() []Step {
	return slices.DeleteFunc(slices.Clone(p.Steps), func(s Step) bool { return s.Danger == "" })
}

// Secret reports whether the plan holds private keys, or may: a custom profile of the
// tenant is in it as it was.
func (p *Plan) Secret() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Secret || s.Was["payload"] != nil })
}

// groupsOf are the groups that a step's object is for. One that holds a private key is
// one user's: with the groups, all their users would get it.
func (p *Plan) groupsOf(s *Step) []Named {
	if s.Secret {
		return nil
	}
	return p.Groups
}

// step finds the step of a part.
func (p *Plan) step(key string) *Step {
	i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Key == key })
	if i < 0 {
		return nil
	}
	return &p.Steps[i]
}

// hash is the SHA-256 of the plan without its hash, in hex.
func (p *Plan) hash() string {
	bare := *p
	bare.Hash = ""
	return record.Hash(bare)
}

// Write writes a plan's file. What [Plan.Secret] says of it decides who may read that.
func (p *Plan) Write(w io.Writer) error { return record.Write(w, p) }

// MaxPlan bounds a plan's file: 25 profiles of 1 MB, twice, in base64
// (https://learn.microsoft.com/intune/intune-service/configuration/custom-settings-ios).
const MaxPlan = 72 << 20

// ReadPlan reads a plan's file, and refuses one that was changed by hand.
func ReadPlan(r io.Reader) (*Plan, error) {
	p := new(Plan)
	if err := record.Read(r, MaxPlan, PlanSchema, p); err != nil {
		return nil, fmt.Errorf("reading the plan: %w", err)
	}
	if p.hash() == "" || p.Hash != p.hash() {
		return nil, fmt.Errorf("reading the plan: %w: make a new one with easkit intune plan", record.ErrEdited)
	}
	for i := range p.Steps {
		if err := p.Steps[i].admissible(p.Steps[:i]); err != nil {
			return nil, fmt.Errorf("reading the plan: %w", err)
		}
	}
	return p, nil
}

// Short is the part of the hash that people compare.
func (p *Plan) Short() string { return p.Hash[:min(record.ShortHash, len(p.Hash))] }
