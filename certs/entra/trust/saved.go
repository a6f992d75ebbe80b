package trust

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/easkit/easkit/certs/entra/record"
)

// SavedSchema names the form of a back-up's file.
const SavedSchema = record.TrustBackup

// Saved is what a store held before it was touched.
type Saved struct {
	Schema    string    `json:"schema"`
	Hash      string    `json:"hash"` // of everything else
	At        time.Time `json:"at"`
	Tenant    string    `json:"tenant"` // id
	Name      string    `json:"tenantName"`
	Store     Store     `json:"store"`
	Container string    `json:"container,omitempty"`
	ID        string    `json:"containerId,omitempty"`
	Entries   List      `json:"entries"`
}

func (s *Saved) hash() string {
	bare := *s
	bare.Hash = ""
	return record.Hash(bare)
}

func (s *Saved) text() ([]byte, error) {
	s.Hash = s.hash()
	var b bytes.Buffer
	if err := record.Write(&b, s); err != nil {
		return nil, fmt.Errorf("writing the back-up: %w", err)
	}
	return b.Bytes(), nil
}

// ReadSaved reads a back-up's file.
func ReadSaved(r io.Reader) (*Saved, error) {
	s := new(Saved)
	if err := record.Read(r, MaxPlan, SavedSchema, s); err != nil {
		return nil, fmt.Errorf("reading the back-up: %w", err)
	}
	switch {
	case s.hash() == "" || s.Hash != s.hash():
		return nil, fmt.Errorf("reading the back-up: %w: to trust something else, make a plan (easkit entra plan)", record.ErrEdited)
	case !slices.Contains(Stores, s.Store):
		return nil, fmt.Errorf("reading the back-up: no store is called %q", s.Store)
	case s.Tenant == "":
		return nil, fmt.Errorf("reading the back-up: it names no tenant")
	}
	for i, e := range s.Entries {
		if e.Parsed() == nil {
			return nil, fmt.Errorf("reading the back-up: the certificate of entry %d is not understood", i+1)
		}
	}
	s.Entries = NewList(s.Entries)
	return s, nil
}

// Wish is the way back to how it was: what has been added since goes only with
// exact. What has expired is left out, since Graph takes no expired CA; the classic
// store, which is posted as a whole, has to lose it, too.
func (s *Saved) Wish(st *State, exact bool, at time.Time) (w Wish, expired List) {
	w = Wish{Store: s.Store, Container: s.Container, Restore: true, Exact: exact}
	if s.ID != "" && st.byID(s.ID) != nil {
		w.Container = s.ID
	}
	alive, expired := s.Entries.alive(at)
	for _, e := range alive {
		w.Entries = append(w.Entries, Desired{Entry: e})
	}
	if s.Store == Classic {
		_, dead := st.ClassicList().alive(at)
		for _, e := range dead {
			w.Remove = append(w.Remove, e.Key())
		}
	}
	return w, expired
}
