package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/vault"
)

// gathered is how many lines are appended at once. A file in a container takes 50,000
// blocks, so that ten million lines fit, and what a killed run loses is done again in
// a moment.
const gathered = 200

// Manifest accounts for the rows of a share, a line each and platform. It is safe for
// concurrent use, but for Seal, which comes last.
type Manifest struct {
	v     vault.Vault
	w     vault.Writer
	name  string
	shard Shard
	// unproven is how many bytes from the begin a seal does not stand for
	// ([Summary].Unproven).
	unproven int64

	appending sync.Mutex // held before mu

	mu      sync.Mutex
	pending []byte // whole lines
	spare   []byte // to gather the next in
	lines   int    // in pending
	tally   *tally
	noted   map[Platform]lineSet
	err     error // why nothing can be appended any more
}

// Begin starts a run of a share in its manifest, which is made where there is none. The
// writer holds the share's lock ([LockName]).
func Begin(ctx context.Context, v vault.Vault, w vault.Writer, s Shard, r Run) (*Manifest, error) {
	if len(r.Platforms) == 0 {
		return nil, errors.New("beginning a manifest: no platform is given")
	}
	r.Shard = s.String()
	r.Begun = r.Begun.UTC()
	line, err := json.Marshal(header{ManifestSchema, &r})
	if err != nil {
		return nil, fmt.Errorf("beginning a manifest: %w", err)
	}
	m := &Manifest{v: v, w: w, name: ManifestName(s), shard: s, tally: newTally(&r), noted: map[Platform]lineSet{}}
	for _, p := range r.Platforms {
		m.noted[p] = lineSet{}
	}
	if err := m.forget(ctx); err != nil {
		return nil, fmt.Errorf("beginning a manifest: %w", err)
	}
	m.pending = append(line, '\n')
	if err := m.Flush(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

// forget takes the seal away of a manifest that is gone: the new one would be one that
// was changed.
func (m *Manifest) forget(ctx context.Context) error {
	r, err := m.v.Open(ctx, m.name)
	if err == nil {
		return r.Close()
	}
	if errors.Is(err, fs.ErrNotExist) {
		return unseal(ctx, m.v, m.shard)
	}
	return err
}

// Add notes what came of a row on one platform of the run. A row that has its entry is
// refused, so that counts add up. Entries become durable by the 200, and with Flush or
// Seal; where that failed, every further call says so.
func (m *Manifest) Add(ctx context.Context, e Entry) error {
	e.Began, e.Ended = e.Began.UTC(), e.Ended.UTC()
	line, err := encode(&e)
	if err != nil {
		return err
	}
	return m.add(ctx, line, &e)
}

// add notes an entry whose line is there.
func (m *Manifest) add(ctx context.Context, line []byte, e *Entry) error {
	full, err := m.gather(line, e)
	if err != nil || !full {
		return err
	}
	return m.flush(ctx, gathered)
}

func (m *Manifest) gather(line []byte, e *Entry) (full bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	noted, ours := m.noted[e.Platform]
	switch {
	case m.err != nil:
		return false, m.err
	case !ours:
		return false, fmt.Errorf("noting line %d for the manifest: the run has no platform %q", e.Line, e.Platform)
	case !slices.Contains(statuses, e.Status):
		return false, fmt.Errorf("noting line %d for the manifest: there is no status %q", e.Line, e.Status)
	case e.Line < 1 || noted.has(e.Line):
		return false, fmt.Errorf("noting %s for the manifest: line %d of the table has its entry for %s", preflight.Printable(e.User), e.Line, e.Platform)
	}
	noted.add(e.Line)
	m.tally.add(e)
	m.pending = append(m.pending, line...)
	m.lines++
	return m.lines >= gathered, nil
}

// Flush makes durable what was added before, and the files that were put before. It is
// not interrupted with ctx: what was done is noted.
func (m *Manifest) Flush(ctx context.Context) error { return m.flush(ctx, 0) }

// flush appends what is gathered, if that is so many lines.
func (m *Manifest) flush(ctx context.Context, least int) error {
	m.appending.Lock()
	defer m.appending.Unlock()
	block, err := m.take(least)
	if err != nil || len(block) == 0 {
		return err
	}
	err = m.w.Append(context.WithoutCancel(ctx), m.name, block)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.spare = block[:0]
	if err != nil { // what is there now isn't known, and must not be there twice
		m.err = fmt.Errorf("noting what was done: %w", err)
	}
	return m.err
}

func (m *Manifest) take(least int) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil || m.lines < least {
		return nil, m.err
	}
	block := m.pending
	m.pending, m.spare, m.lines = m.spare, nil, 0
	return block, nil
}

// lineSet is a set of lines of a table.
type lineSet map[int]uint64

const wordBits = 64

func (s lineSet) has(line int) bool { return s[line/wordBits]>>(line%wordBits)&1 != 0 }

func (s lineSet) add(line int) { s[line/wordBits] |= 1 << (line % wordBits) }
