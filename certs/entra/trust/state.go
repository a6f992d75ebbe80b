package trust

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph"
)

// State is what a tenant trusts, as it was read.
type State struct {
	Tenant  graph.Organization
	Classic *graph.ClassicStore // nil where there is none
	PKIs    []graph.PKI
	NoPKI   error // why the PKI store could not be read, as in clouds that have none; nil where it was
}

// Read reads both stores of a tenant.
func Read(ctx context.Context, c *graph.Client) (*State, error) {
	org, err := c.Organization(ctx)
	if err != nil {
		return nil, err
	}
	st := &State{Tenant: org}
	if st.Classic, err = c.ClassicStore(ctx, org.ID); err != nil {
		return nil, err
	}
	st.PKIs, err = c.PKIs(ctx)
	if e := new(graph.Error); errors.As(err, &e) && e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError {
		st.NoPKI, err = e, nil
	}
	return st, err
}

// ClassicList is the authorities of the classic store.
func (st *State) ClassicList() List {
	return NewList(st.classicEntries())
}

func (st *State) classicEntries() []Entry {
	var entries []Entry
	if st.Classic != nil {
		for _, ca := range st.Classic.CAs {
			entries = append(entries, classicEntry(ca))
		}
	}
	return entries
}

// elsewhere is what the other of two stores holds.
func (st *State) elsewhere(store Store) List {
	if store == PKI {
		return st.ClassicList()
	}
	var entries []Entry
	for _, container := range st.PKIs {
		entries = append(entries, pkiEntries(container)...)
	}
	return NewList(entries)
}

// PKIList is the authorities of one container of the PKI store.
func PKIList(p graph.PKI) List {
	return NewList(pkiEntries(p))
}

func pkiEntries(p graph.PKI) []Entry {
	var entries []Entry
	for _, d := range p.CAs {
		if d.Deleted.IsZero() { // what is deleted is shown for 30 days in some answers
			entries = append(entries, pkiEntry(d))
		}
	}
	return entries
}

// byID is the container with an id; nil where there is none.
func (st *State) byID(id string) *graph.PKI {
	for i := range st.PKIs {
		if st.PKIs[i].ID == id {
			return &st.PKIs[i]
		}
	}
	return nil
}

// Container finds the container of a plan: the one named, or without a name the
// only one. It is nil where there is none of that name, or none at all.
func (st *State) Container(name string) (*graph.PKI, error) {
	if p := st.byID(name); p != nil {
		return p, nil
	}
	var found []*graph.PKI
	var names []string
	for i := range st.PKIs {
		p := &st.PKIs[i]
		names = append(names, fmt.Sprintf("%q", p.DisplayName))
		if name == "" || strings.EqualFold(p.DisplayName, name) {
			found = append(found, p)
		}
	}
	slices.Sort(names)
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return nil, nil
	case name == "":
		return nil, fmt.Errorf("the tenant has %d containers of CAs (%s): say which one with --pki", len(found), strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("%d containers of CAs are called %q: give the id of one with --pki", len(found), name)
}
