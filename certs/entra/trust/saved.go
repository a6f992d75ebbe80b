package trust

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// SavedSchema names the form of a back-up's file.
const SavedSchema = "easkit/trust-backup/v1"

// Saved is what a store held before it was touched.
type Saved struct {
	Schema    string    `json:"schema"`
	At        time.Time `json:"at"`
	Tenant    string    `json:"tenant"` // id
	Name      string    `json:"tenantName"`
	Store     Store     `json:"store"`
	Container string    `json:"container,omitempty"`
	Entries   List      `json:"entries"`
}

func (s *Saved) text() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		return nil, fmt.Errorf("writing the back-up: %w", err)
	}
	return b.Bytes(), nil
}

// ReadSaved reads a back-up's file.
func ReadSaved(r io.Reader) (*Saved, error) {
	s := new(Saved)
	if err := readStrict(r, MaxPlan, s); err != nil {
		return nil, fmt.Errorf("reading the back-up: %w", err)
	}
	switch {
	case s.Schema != SavedSchema:
		return nil, fmt.Errorf("reading the back-up: its schema is %q, not %q", s.Schema, SavedSchema)
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
// exact.
func (s *Saved) Wish(exact bool) Wish {
	w := Wish{Store: s.Store, Container: s.Container, Exact: exact}
	for _, e := range s.Entries {
		w.Entries = append(w.Entries, Desired{Entry: e})
	}
	return w
}
