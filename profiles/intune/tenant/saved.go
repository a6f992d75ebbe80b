package tenant

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/easkit/easkit/certs/entra/record"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/profiles/intune"
)

// SavedSchema names the form of a back-up's file.
const SavedSchema = record.IntuneBackup

// Saved is what the objects were like that a plan changes. It may hold keys, as the
// objects may.
type Saved struct {
	Schema  string        `json:"schema"`
	Hash    string        `json:"hash"` // of everything else
	At      time.Time     `json:"at"`
	Tenant  string        `json:"tenant"` // id
	Name    string        `json:"tenantName"`
	Set     string        `json:"set"`
	Objects []SavedObject `json:"objects"`
}

// SavedObject is one object as it was.
type SavedObject struct {
	Collection  string                           `json:"collection"`
	Object      intune.Object                    `json:"object"`
	Assignments []graph.IntuneAssignment         `json:"assignments"`
	Relations   map[string]graph.IntuneReference `json:"relations,omitempty"`
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

// MaxSaved bounds a back-up's file: 25 profiles of 1 MB in base64.
const MaxSaved = 36 << 20

// ReadSaved reads a back-up's file.
func ReadSaved(r io.Reader) (*Saved, error) {
	s := new(Saved)
	if err := record.Read(r, MaxSaved, SavedSchema, s); err != nil {
		return nil, fmt.Errorf("reading the back-up: %w", err)
	}
	if s.hash() == "" || s.Hash != s.hash() {
		return nil, fmt.Errorf("reading the back-up: %w", record.ErrEdited)
	}
	return s, nil
}
