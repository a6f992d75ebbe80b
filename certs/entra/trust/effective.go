package trust

import (
	"fmt"

	"github.com/easkit/easkit/certs/graph"
)

// Listed is an authority as the tenant has it, in one store or both.
type Listed struct {
	Entry     Entry // as it counts
	Wins      Store
	Why       string // why that store's entry counts, where both have one
	Container string // the display name of the container, where the PKI store has it
	InPKI     *Entry
	InClassic *Entry
}

// All lists the authorities of both stores, and which entry counts of one that is
// in both: that of the PKI store, unless only the classic one has a CRL address or
// the two addresses differ.
// Source: https://learn.microsoft.com/entra/identity/authentication/how-to-certificate-based-authentication
func (st *State) All() []Listed {
	classic := st.ClassicList()
	var entries []Entry
	inPKI := map[string]Listed{}
	for _, p := range st.PKIs {
		for _, e := range PKIList(p) {
			entries = append(entries, e)
			if _, twice := inPKI[e.Key()]; !twice {
				inPKI[e.Key()] = Listed{Container: p.DisplayName, InPKI: &e}
			}
		}
	}
	var all []Listed
	for _, e := range NewList(append(entries, classic...)) {
		l := inPKI[e.Key()]
		if other, ok := classic.Find(e.Key()); ok {
			l.InClassic = &other
		}
		l.decide()
		all = append(all, l)
	}
	return all
}

// decide says which entry counts.
func (l *Listed) decide() {
	switch p, c := l.InPKI, l.InClassic; {
	case c == nil:
		l.Wins, l.Entry = PKI, *p
	case p == nil:
		l.Wins, l.Entry = Classic, *c
	case p.CRL == "" && c.CRL != "":
		l.Wins, l.Entry, l.Why = Classic, *c, "only the classic store has a CRL address"
	case p.CRL != c.CRL && c.CRL != "":
		l.Wins, l.Entry, l.Why = Classic, *c, fmt.Sprintf("the two have different CRL addresses (the PKI store %q)", p.CRL)
	default:
		l.Wins, l.Entry, l.Why = PKI, *p, "the PKI store goes before the classic one"
	}
}

// details are the objects of a container by the key of their certificate.
func details(p graph.PKI) map[string]graph.CADetail {
	found := map[string]graph.CADetail{}
	for _, d := range p.CAs {
		if !d.Deleted.IsZero() {
			continue
		}
		found[pkiEntry(d).Key()] = d
	}
	return found
}
