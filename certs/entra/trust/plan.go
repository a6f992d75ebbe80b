package trust

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/easkit/easkit/certs/entra/record"
	"github.com/easkit/easkit/certs/graph"
)

// PlanSchema names the form of a plan's file.
const PlanSchema = record.TrustPlan

// Plan leads a store of one tenant from what it holds to what it shall hold. It
// is carried out as it is or not at all: its hash covers everything else in it.
type Plan struct {
	Schema    string        `json:"schema"`
	Hash      string        `json:"hash"`
	Made      time.Time     `json:"made"`
	Tenant    string        `json:"tenant"` // id
	Name      string        `json:"tenantName"`
	Store     Store         `json:"store"`
	Container string        `json:"container,omitempty"`   // of the PKI store: its name
	ID        string        `json:"containerId,omitempty"` // "" where it is made
	Create    bool          `json:"create,omitempty"`      // the container is made
	Restore   bool          `json:"restore,omitempty"`     // it goes back to how it was
	Upload    *graph.Upload `json:"upload,omitempty"`      // the CAs to add go in by a bulk upload
	Before    List          `json:"before"`
	After     List          `json:"after"`
	// Others are the containers that are there beside one that is made.
	Others []string `json:"otherContainers,omitempty"`
	// Elsewhere is what the other store has of these CAs: it may count in place of
	// what this one has.
	Elsewhere List `json:"elsewhere,omitempty"`
}

// Wish is what a plan is made for.
type Wish struct {
	Store     Store
	Container string    // of the PKI store: its name or id; "" for the only one, or the tenant's own name where there is none
	Entries   []Desired // what shall be there
	Remove    []string  // thumbprints of what shall be there no more: nothing else is removed
	Restore   bool      // it goes back to how it was: what was there is let in again, whatever it is
	Exact     bool      // what is not among Entries is removed, too: to go back to how it was
	Upload    string    // the address of the .p7b for a bulk upload
}

// Desired is an authority as it shall be. What nothing says of it stays as the
// store has it.
type Desired struct {
	Entry
	OpenCRL   bool // nothing says where its CRL is, or its delta CRL
	OpenDelta bool // nothing says whether it has a delta CRL, which is told of less often than a base
	OpenHint  bool // nothing says whether it is named in the handshake
}

// in is the entry that is wished for, in a list.
func (d Desired) in(before List) Entry {
	e := d.Entry
	was, there := before.Find(e.Key())
	switch {
	case !there:
		return e
	case d.OpenCRL:
		e.CRL = was.CRL
		if d.OpenDelta {
			e.Delta = was.Delta
		}
	case d.OpenDelta && e.CRL == was.CRL:
		e.Delta = was.Delta
	}
	if d.OpenHint {
		e.IssuerHint = was.IssuerHint
	}
	return e
}

// NewPlan plans the way from what a tenant has to what is wished for.
func NewPlan(st *State, w Wish, now time.Time) (*Plan, error) {
	p := &Plan{Schema: PlanSchema, Made: now.UTC().Truncate(time.Second), Tenant: st.Tenant.ID, Name: st.Tenant.DisplayName, Store: w.Store, Restore: w.Restore}
	if err := p.begin(st, w); err != nil {
		return nil, err
	}
	var entries []Entry
	for _, d := range w.Entries {
		e := d.in(p.Before)
		if w.Store == Classic {
			e.IssuerHint = false // there is none
		}
		entries = append(entries, e)
	}
	wanted := NewList(entries)
	removed, err := toRemove(p.Before, wanted, w)
	if err == nil && w.Store == PKI {
		err = p.single(st, wanted)
	}
	if err != nil {
		return nil, err
	}
	after := slices.Clone(wanted)
	for _, e := range p.Before {
		if _, replaced := wanted.Find(e.Key()); !replaced && !removed[e.Key()] {
			after = append(after, e)
		}
	}
	p.After = NewList(slices.DeleteFunc(after, func(e Entry) bool { return removed[e.Key()] }))
	if p.Store == Classic && len(p.After) == 0 && len(p.Before) > 0 {
		return nil, errors.New("the classic store would be empty, and with it certificate sign-in: what is left to remove is left to you, in the portal")
	}
	p.Elsewhere = slices.DeleteFunc(NewList(p.Elsewhere), func(e Entry) bool {
		_, before := p.Before.Find(e.Key())
		_, after := p.After.Find(e.Key())
		return !before && !after
	})
	if err := p.bulk(w.Upload); err != nil {
		return nil, err
	}
	p.Hash = p.hash()
	return p, nil
}

// begin finds what is there now.
func (p *Plan) begin(st *State, w Wish) error {
	if w.Store == PKI && st.NoPKI != nil {
		return st.NoPKI
	}
	p.Elsewhere = st.elsewhere(w.Store)
	if w.Store == Classic {
		if w.Upload != "" {
			return errors.New("a bulk upload goes into the PKI store, not into the classic one")
		}
		p.Before = st.ClassicList()
		return contradiction("the classic store", st.classicEntries())
	}
	container, err := st.Container(w.Container)
	if err != nil {
		return err
	}
	p.Before = List{}
	if container == nil {
		p.Create = true
		for _, other := range st.PKIs {
			p.Others = append(p.Others, other.DisplayName)
		}
		p.Container = w.Container
		if p.Container == "" {
			p.Container = st.Tenant.DisplayName + " PKI"
		}
		return nil
	}
	p.Container, p.ID, p.Before = container.DisplayName, container.ID, PKIList(*container)
	return contradiction("the PKI store", pkiEntries(*container))
}

// single refuses a CA that another container has already: in two, it would be trusted
// until it is removed from both.
func (p *Plan) single(st *State, wanted List) error {
	for _, other := range st.PKIs {
		if other.ID == p.ID {
			continue
		}
		for _, e := range PKIList(other) {
			if _, twice := wanted.Find(e.Key()); twice {
				return fmt.Errorf("%s is in the container %q already: name that one with --pki", e.Name(), other.DisplayName)
			}
		}
	}
	return nil
}

// toRemove are the keys of what goes.
func toRemove(before, wanted List, w Wish) (map[string]bool, error) {
	removed := map[string]bool{}
	for _, thumbprint := range w.Remove {
		at := slices.IndexFunc(before, func(e Entry) bool { return e.Is(thumbprint) })
		if at < 0 {
			return nil, fmt.Errorf("no CA of the store has the thumbprint %q, which is to be removed", thumbprint)
		}
		if _, both := wanted.Find(before[at].Key()); both {
			return nil, fmt.Errorf("%s is in the folder, and --remove names it: take it out of the folder to remove it", before[at].Name())
		}
		removed[before[at].Key()] = true
	}
	if w.Exact {
		for _, e := range before {
			if _, stays := wanted.Find(e.Key()); !stays {
				removed[e.Key()] = true
			}
		}
	}
	return removed, nil
}

// bulk makes the additions of a plan a bulk upload.
func (p *Plan) bulk(address string) error {
	if address == "" || len(p.added()) == 0 {
		return nil
	}
	bundle, err := Bundle(p.added())
	if err != nil {
		return err
	}
	p.Upload = &graph.Upload{URL: address, SHA256: BundleHash(bundle)}
	return nil
}

// Bundle is the .p7b of a plan's bulk upload: the CAs that it adds.
func (p *Plan) Bundle() ([]byte, error) { return Bundle(p.added()) }

// added are the entries that a plan adds.
func (p *Plan) added() []Entry {
	var added []Entry
	for _, e := range p.After {
		if _, there := p.Before.Find(e.Key()); !there {
			added = append(added, e)
		}
	}
	return added
}

// hash is the SHA-256 of the plan without its hash, in hex.
func (p *Plan) hash() string {
	bare := *p
	bare.Hash = ""
	return record.Hash(bare)
}

// Write writes a plan's file.
func (p *Plan) Write(w io.Writer) error { return record.Write(w, p) }

// MaxPlan bounds a plan's file: 250 CAs of 8 KB, twice, in base64.
const MaxPlan = 16 << 20

// ReadPlan reads a plan's file, and refuses one that was changed by hand.
func ReadPlan(r io.Reader) (*Plan, error) {
	p := new(Plan)
	if err := record.Read(r, MaxPlan, PlanSchema, p); err != nil {
		return nil, fmt.Errorf("reading the plan: %w", err)
	}
	switch {
	case p.hash() == "" || p.Hash != p.hash():
		return nil, fmt.Errorf("reading the plan: %w: make a new one with easkit entra plan", record.ErrEdited)
	case !slices.Contains(Stores, p.Store):
		return nil, fmt.Errorf("reading the plan: no store is called %q", p.Store)
	}
	return p, nil
}

// Title says in a line what the plan is for.
func (p *Plan) Title() string {
	store := "the classic trust store"
	if p.Store == PKI {
		store = fmt.Sprintf("the PKI-based trust store, container %q", p.Container)
	}
	return fmt.Sprintf("%s of %q (%s)", store, p.Name, p.Tenant)
}

// Short is the part of the hash that people compare.
func (p *Plan) Short() string { return p.Hash[:min(record.ShortHash, len(p.Hash))] }
