package preflight

import (
	"slices"
	"strings"
)

// group is what several subjects share: one check with one outcome, for which
// there is one thing to do. What differs between them is the message.
type group struct {
	*Finding       // the first of them: stands for check, status, fix, basis, source, codes, ignored
	hits     []hit // in the order of the report
	subjects int   // how many different ones are among the hits
}

// hit is a finding with its subject.
type hit struct {
	subject *Subject
	finding *Finding
}

// groupKey is what findings of one group have in common.
type groupKey struct {
	check, fix, source, codes, ignored string
	status                             Status
	basis                              Basis
}

func (f *Finding) key() groupKey {
	k := groupKey{check: f.Check, fix: f.Fix, source: f.Source, ignored: f.Ignored, status: f.Status, basis: f.Basis}
	switch len(f.Codes) {
	case 0:
	case 1: // spares an allocation for each of very many
		k.codes = f.Codes[0]
	default:
		k.codes = strings.Join(f.Codes, "\x00")
	}
	return k
}

// groups gathers what is wrong by what there is to do about it, the worst first:
// failures, warnings, then what is ignored, the most frequent first.
func (r *Report) groups() []*group {
	return r.groupsOf(func(f *Finding) bool { return f.Status.Worse(StatusSkip) })
}

// unchecked gathers what was not looked at and should have been.
func (r *Report) unchecked() []*group {
	return r.groupsOf(func(f *Finding) bool { return f.Unchecked && f.Ignored == "" })
}

func (r *Report) groupsOf(want func(*Finding) bool) []*group {
	byKey := map[groupKey]*group{}
	var all []*group
	for i := range r.Subjects {
		s := &r.Subjects[i]
		for j := range s.Findings {
			f := &s.Findings[j]
			if !want(f) {
				continue
			}
			k := f.key()
			g := byKey[k]
			if g == nil {
				g = &group{Finding: f}
				byKey[k] = g
				all = append(all, g)
			}
			g.add(hit{s, f})
		}
	}
	slices.SortStableFunc(all, func(a, b *group) int {
		if d := b.rank() - a.rank(); d != 0 {
			return d
		}
		return b.subjects - a.subjects
	})
	return all
}

func (g *group) add(h hit) {
	if len(g.hits) == 0 || g.hits[len(g.hits)-1].subject != h.subject {
		g.subjects++
	}
	g.hits = append(g.hits, h)
}

func (g *group) rank() int {
	if g.Ignored != "" {
		return StatusPass.rank()
	}
	return g.Status.rank()
}

// noun is what the subjects of a group are called.
func (g *group) noun() string {
	kind := g.hits[0].subject.Kind
	for _, h := range g.hits {
		if h.subject.Kind != kind {
			return "subject"
		}
	}
	return kindNoun(kind)
}

// kindNoun is what a subject of a kind is called.
func kindNoun(kind string) string {
	switch kind {
	case "":
		return "subject"
	case "ca", "crl":
		return strings.ToUpper(kind)
	case "serial":
		return "serial number"
	case "trust-store":
		return "trust store"
	}
	return Printable(kind)
}
