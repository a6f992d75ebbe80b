package rollout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/easkit/easkit/profiles/vault"
)

// SummarySchema names the form of a [Summary] in JSON. Fields may be added under it,
// never removed.
const SummarySchema = "easkit/rollout/v1"

// Summary is the outcome of a run: what rollout.json holds. On each platform the counts
// are together the rows.
type Summary struct {
	Schema string              `json:"schema"`
	Run    Run                 `json:"run"`
	Ended  time.Time           `json:"ended,omitzero"` // zero where the run was not ended
	Rows   int                 `json:"rows"`           // of the share
	Counts map[Platform]Counts `json:"counts"`
	// FailedUsers is how many rows failed on at least one platform.
	FailedUsers int          `json:"failedUsers"`
	Warned      int          `json:"warned"`              // entries done or kept with a warning
	EndingSoon  int          `json:"endingSoon"`          // entries whose certificate ends within 60 days of the run's begin
	HandedOut   int          `json:"handedOut,omitempty"` // of those kept: handed out, and deleted since
	Checks      []CheckCount `json:"checks"`              // those that failed the most first
	Failures    []Failure    `json:"failures"`            // the first 20 in the table
	Manifest    Digest       `json:"manifest"`
	// Unproven is how many bytes of the manifest, from its begin, the signer did not sign
	// for: they stood there before, sealed by another or by nobody, or were joined from
	// shards that were. They are there to be read, and nothing is kept by them.
	Unproven int64    `json:"unproven,omitempty"`
	Merged   []Digest `json:"merged,omitempty"` // manifests of the shards that were joined
	Redacted bool     `json:"redacted,omitempty"`
}

// Total is how many entries of all platforms have one of the statuses.
func (s *Summary) Total(of ...Status) int {
	n := 0
	for _, c := range s.Counts {
		for _, status := range of {
			n += c[status]
		}
	}
	return n
}

// WriteJSON writes the summary as indented JSON.
func (s *Summary) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(s)
}

// Account is what a manifest says of its last run. It is read anew for each form that
// it is written in, and never held in memory.
type Account struct {
	Summary *Summary
	// Redact takes what names users out of what is written.
	Redact bool

	open  func() (io.ReadCloser, error)
	first int // number of the line that begins the run
	// all is every line that may say what was made of which this run kept; nil where
	// that is this manifest alone.
	all  func() iter.Seq2[Line, error]
	kept bool // there are entries of what was kept that say no more
}

// ReadAccount reads a manifest, which open opens, each time from its begin.
func ReadAccount(open func() (io.ReadCloser, error)) (*Account, error) {
	a := &Account{open: open}
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content := newMeter(r)
	var t *tally
	for line, err := range ReadManifest(content) {
		switch {
		case err != nil:
			return nil, err
		case line.Entry == nil:
			t, a.first, a.kept = newTally(line.Run), line.Number, false
		default:
			t.add(line.Entry)
			a.kept = a.kept || line.Entry.elsewhere()
		}
	}
	if t == nil {
		return nil, fmt.Errorf("%w: it has no run", ErrManifest)
	}
	a.Summary = t.summary()
	a.Summary.Manifest = content.digest("")
	return a, nil
}

// OpenAccount reads the manifest of a share in a target, and its summary, where that is
// there and of this very manifest. Whether it is signed, and by whom, [VerifySeal] says.
func OpenAccount(ctx context.Context, v vault.Vault, s Shard) (*Account, error) {
	name := ManifestName(s)
	a, err := ReadAccount(func() (io.ReadCloser, error) { return v.Open(ctx, name) })
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	a.Summary.Manifest.Name = name
	a.all = func() iter.Seq2[Line, error] { return ReadTarget(ctx, v) }
	if sealed, _, err := readSummary(ctx, v, s); err == nil && sealed.Manifest == a.Summary.Manifest {
		a.Summary = sealed
	}
	return a, nil
}

// Entries are those of the run, in the order of the manifest. What was kept has its files
// from the entry that made them, unless that is gone.
func (a *Account) Entries() iter.Seq2[*Entry, error] { return a.entries(a.kept) }

// entries are those of the run; with files, or else as far as they stand there.
func (a *Account) entries(files bool) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		var made *origins
		if files {
			all := a.lines
			if a.all != nil {
				all = a.all
			}
			var err error
			if made, err = originsOf(a.stored(), all()); err != nil {
				yield(nil, err)
				return
			}
		}
		for e, err := range a.stored() {
			if err != nil {
				yield(nil, err)
				return
			}
			if files && e.elsewhere() {
				e.Files = made.of(e)
			}
			if a.Redact {
				e.redact()
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// heldEntries is how many entries are held to be put in the order of the table: some ten
// megabytes.
const heldEntries = 10_000

// inOrder are the entries in the order of the table, where they are no more than
// heldEntries, and otherwise in that of the manifest, in little memory.
func (a *Account) inOrder(files bool) iter.Seq2[*Entry, error] {
	if a.Summary.Total(statuses...) > heldEntries {
		return a.entries(files)
	}
	return func(yield func(*Entry, error) bool) {
		var all []*Entry
		for e, err := range a.entries(files) {
			if err != nil {
				yield(nil, err)
				return
			}
			all = append(all, e)
		}
		slices.SortStableFunc(all, func(x, y *Entry) int { return x.Line - y.Line })
		for _, e := range all {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// stored are the entries of the run as they stand in the manifest.
func (a *Account) stored() iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		for line, err := range a.lines() {
			if err == nil && (line.Number < a.first || line.Entry == nil) {
				continue
			}
			if !yield(line.Entry, err) || err != nil {
				return
			}
		}
	}
}

// lines are all of the manifest.
func (a *Account) lines() iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		r, err := a.open()
		if err != nil {
			yield(Line{}, err)
			return
		}
		defer r.Close()
		ReadManifest(r)(yield)
	}
}

// WriteJSON writes the summary as it is in rollout.json.
func (a *Account) WriteJSON(w io.Writer) error { return a.summary().WriteJSON(w) }

// summary is the one to write.
func (a *Account) summary() *Summary {
	if a.Redact {
		return a.Summary.redacted()
	}
	return a.Summary
}

// meter hashes and counts what is read through it.
type meter struct {
	io.Reader
	size int64
	sum  hash.Hash
}

func newMeter(r io.Reader) *meter {
	m := &meter{sum: sha256.New()}
	m.Reader = io.TeeReader(r, m)
	return m
}

func (m *meter) Write(data []byte) (int, error) {
	m.size += int64(len(data))
	return m.sum.Write(data)
}

func (m *meter) digest(name string) Digest {
	return Digest{Name: name, SHA256: hex.EncodeToString(m.sum.Sum(nil)), Size: m.size}
}
