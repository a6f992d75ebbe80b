package rollout

import (
	"fmt"
	"slices"
	"sync"

	"github.com/easkit/easkit/certs"
)

// SANIndex finds rows and files by what certificates say, for the rows that no file was
// found for by column or name. It is safe for concurrent use.
type SANIndex struct {
	identities *Identities
	people     *People

	mu    sync.Mutex
	lines map[uint32][]uint32 // the files whose certificate names the user of a line
}

// BySAN makes an empty index of files that are given to [SANIndex.Add].
func (x *Identities) BySAN(people *People) *SANIndex {
	return &SANIndex{identities: x, people: people, lines: map[uint32][]uint32{}}
}

// Add notes the certificate of a file of [Identities.Rest], and gives the line of the row
// that it is for. The error is that of [People.Holder].
func (x *SANIndex) Add(path string, leaf *certs.Certificate) (line int, err error) {
	id, ok := x.identities.find(path)
	if !ok {
		return 0, fmt.Errorf("%s is none of the identities", quoted(path))
	}
	if line, err = x.people.Holder(leaf); err != nil {
		return 0, fmt.Errorf("%s: %w", quoted(path), err)
	}
	x.add(id, line)
	return line, nil
}

func (x *SANIndex) add(id uint32, line int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lines[uint32(line)] = append(x.lines[uint32(line)], id)
}

// addKnown notes a file by the names that its certificate was found to have before.
func (x *SANIndex) addKnown(path string, names []digest) {
	id, ok := x.identities.find(path)
	if line := x.people.holderOf(names); ok && line != 0 {
		x.add(id, line)
	}
}

// Candidates are the files that were added whose certificate names the row's user, in the
// order of their paths, whatever the order in which they were added. They then count as
// used.
func (x *SANIndex) Candidates(r Record) []Candidate {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.identities.candidates(slices.Clone(x.lines[uint32(r.Line)]), FoundBySAN)
}
