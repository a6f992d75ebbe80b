package intune

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/easkit/easkit/certs/entra/record"
)

// index is what the files of the objects do not say, and a hash of each of them.
type index struct {
	Schema string      `json:"schema"`
	Hash   string      `json:"hash"`
	Set    string      `json:"set"`
	Name   string      `json:"name"`
	Graph  string      `json:"graph,omitempty"`
	Groups []string    `json:"groups,omitempty"`
	Parts  []indexPart `json:"parts"` // in the order of import
	Notes  []string    `json:"notes,omitempty"`
}

type indexPart struct {
	Key    string           `json:"key"`
	File   string           `json:"file"`
	SHA256 string           `json:"sha256"`
	Type   string           `json:"type"`
	Name   string           `json:"name"`
	Refers []indexReference `json:"refers,omitempty"`
	App    *indexApp        `json:"app,omitempty"`
	Secret bool             `json:"secret,omitempty"`
	Notes  []string         `json:"notes,omitempty"`
}

type indexReference struct {
	Property string `json:"property"`
	To       string `json:"to"`
}

type indexApp struct {
	Title   string `json:"title"`
	Android string `json:"android,omitempty"`
	IOS     string `json:"ios,omitempty"`
}

// hash is the hash of everything else in the index.
func (x index) hash() string {
	x.Hash = ""
	return record.Hash(x)
}

// indexOf is the file of the index; files are those of the parts, in their order.
func (s *Set) indexOf(files []File) (File, error) {
	x := index{Schema: record.IntuneSet, Set: s.ID, Name: s.Name, Graph: s.Graph, Groups: s.Groups, Notes: s.Notes}
	for i, p := range s.Parts {
		entry := indexPart{
			Key: p.Key, File: files[i].Name, SHA256: hashOf(files[i].Data), Type: p.Object.Type(), Name: p.Object.Name(),
			Secret: p.Secret, Notes: p.Notes,
		}
		for _, r := range p.Refers {
			entry.Refers = append(entry.Refers, indexReference(r))
		}
		if p.App != nil {
			app := indexApp(*p.App)
			entry.App = &app
		}
		x.Parts = append(x.Parts, entry)
	}
	x.Hash = x.hash()
	var text bytes.Buffer
	if err := record.Write(&text, x); err != nil {
		return File{}, err
	}
	if text.Len() > maxIndexFile {
		return File{}, fmt.Errorf("the index of the Intune set %q has %d bytes, at most %d are read back", s.ID, text.Len(), maxIndexFile)
	}
	return File{Name: IndexFile, Data: text.Bytes()}, nil
}

// hashOf is the SHA-256 of a file, in hex.
func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// set is the set of an index but for the objects of its parts.
func (x index) set() *Set {
	s := &Set{ID: x.Set, Name: x.Name, Graph: x.Graph, Groups: x.Groups, Notes: x.Notes}
	for _, entry := range x.Parts {
		p := Part{Key: entry.Key, Secret: entry.Secret, Notes: entry.Notes}
		for _, r := range entry.Refers {
			p.Refers = append(p.Refers, Reference(r))
		}
		if entry.App != nil {
			app := App(*entry.App)
			p.App = &app
		}
		s.Parts = append(s.Parts, p)
	}
	return s
}
