package trust

import (
	"fmt"
	"strings"

	"github.com/easkit/easkit/certs"
)

// Action is what becomes of an authority.
type Action string

// The actions.
const (
	Add    Action = "add"
	Change Action = "change"
	Remove Action = "remove"
	Keep   Action = "keep"
)

// Step is what becomes of one authority.
type Step struct {
	Action Action
	Entry  Entry    // as it will be; of one removed, as it was
	Was    Entry    // of a change
	What   []string // for people: of a change what is different, of a removal why it is harmless
	Danger string   // what the step can break; "" where it can't
}

// Steps are what the plan does, and what it keeps: additions first, so that no chain
// is broken in between, removals last.
func (p *Plan) Steps() []Step {
	all := steps(p.Before, p.After)
	for i := range all {
		p.soften(&all[i])
	}
	return all
}

// soften takes the danger from a removal that cuts nobody off: the CA has expired, or
// the other store vouches for it.
func (p *Plan) soften(s *Step) {
	if s.Action != Remove {
		return
	}
	if c := s.Entry.Parsed(); c != nil && p.Made.After(c.NotAfter) {
		s.Danger, s.What = "", []string{"it has expired: nobody signs in with what it issued"}
	}
	if _, there := p.Elsewhere.Find(s.Entry.Key()); there {
		s.Danger, s.What = "", []string{"the other trust store has it, too, and goes on vouching for what it issued"}
	}
}

// steps are the steps that lead from one list to another.
func steps(from, to List) []Step {
	var added, changed, kept, removed []Step
	for _, e := range to {
		was, there := from.Find(e.Key())
		switch {
		case !there:
			added = append(added, Step{Action: Add, Entry: e})
		case was.Equal(e):
			kept = append(kept, Step{Action: Keep, Entry: e})
		default:
			changed = append(changed, change(was, e))
		}
	}
	for _, e := range from {
		if _, stays := to.Find(e.Key()); !stays {
			removed = append(removed, Step{Action: Remove, Entry: e, Danger: removal(e, to)})
		}
	}
	return append(append(append(added, changed...), removed...), kept...)
}

func change(was, e Entry) Step {
	s := Step{Action: Change, Entry: e, Was: was}
	note := func(what, from, to string) {
		if from != to {
			s.What = append(s.What, fmt.Sprintf("%s: %s -> %s", what, orNone(from), orNone(to)))
		}
	}
	note("type", was.role(), e.role())
	note("CRL", was.CRL, e.CRL)
	note("delta CRL", was.Delta, e.Delta)
	note("issuer hint", onOff(was.IssuerHint), onOff(e.IssuerHint))
	var danger []string
	if was.CRL != "" && e.CRL == "" {
		danger = append(danger, "without a CRL address no revocation is checked: a revoked certificate works again")
	}
	if was.Root != e.Root {
		danger = append(danger, "chains end at roots only: with the wrong type nobody below this CA signs in")
	}
	s.Danger = strings.Join(danger, "; ")
	return s
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return fmt.Sprintf("%q", s)
}

// removal says what the removal of a CA breaks.
func removal(e Entry, left List) string {
	text := "nobody signs in any more with a certificate that it issued"
	c := e.Parsed()
	if c == nil {
		return text
	}
	var below []string
	for _, other := range left {
		if o := other.Parsed(); o != nil && certs.IssuerOf(o, []*certs.Certificate{c}) != nil && !replaced(o, left, c) {
			below = append(below, other.Name())
		}
	}
	if len(below) > 0 {
		text += "; nor with one below " + strings.Join(below, ", ") + ", whose way to a root it is"
	}
	return text
}

// replaced reports whether another certificate of the list is an issuer of o, such
// as the renewed one of a CA with the same key.
func replaced(o *certs.Certificate, left List, gone *certs.Certificate) bool {
	var others []*certs.Certificate
	for _, e := range left {
		if c := e.Parsed(); c != nil && string(c.Raw) != string(gone.Raw) {
			others = append(others, c)
		}
	}
	return certs.IssuerOf(o, others) != nil
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool { return !p.Create && p.Before.Equal(p.After) }

// Dangers are the steps that can break something, which are to be agreed to one by
// one.
func (p *Plan) Dangers() []Step {
	var dangers []Step
	for _, s := range p.Steps() {
		if s.Danger != "" {
			dangers = append(dangers, s)
		}
	}
	return dangers
}

// Outage says of a plan for the classic store what carrying it out means; it is ""
// for a plan that can't cut anybody off on its way.
func (p *Plan) Outage() string {
	if p.Store != Classic || len(p.Before) == 0 || p.Empty() {
		return ""
	}
	return "the classic store can't be changed. Graph is asked to take the new list as it is; if it refuses, the store is deleted and made anew, " +
		"and in between nobody in the tenant signs in with a certificate that only the classic store vouches for"
}

// Meaning says what it means to trust a CA. It stands in every plan that adds one.
const Meaning = "Every CA that the tenant trusts can sign in any of its users, administrators included: " +
	"whoever has a CA's key, or can have it issue a certificate with a name of his choice, is that user."
