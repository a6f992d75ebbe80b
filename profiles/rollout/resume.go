package rollout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/profiles/vault"
)

// Index knows of each user of a share what the runs before made, in less than a hundred
// bytes for each platform. It is safe for concurrent use.
type Index struct {
	records map[half]record
	history history
	shapes  shapes
}

// record is the latest that is known of a user on a platform.
type record struct {
	input, files half
	notAfter     int64 // Unix time; 0 where it isn't known
	run          int32
	shape        int16 // of the names of its files
	made         bool  // done or kept
}

// LoadIndex reads all manifests in a target: those of other shards too, since the number
// of shards may have been another. Who is not in the share is left out.
//
// Of a user's entries the one of the latest run counts, and of several in one run (the
// table has the user twice) the one that was made. Rows that were not in a wave, or left,
// say nothing about what was made before.
func LoadIndex(ctx context.Context, v vault.Vault, s Shard) (*Index, error) {
	x := newIndex()
	for line, err := range ReadTarget(ctx, v) {
		if err != nil {
			return nil, fmt.Errorf("reading what was done before: %w", err)
		}
		run := x.history.of(line)
		if e := line.Entry; e != nil && e.User != "" && s.Has(e.User) {
			x.add(e, run)
		}
	}
	return x, nil
}

func newIndex() *Index {
	return &Index{records: map[half]record{}, shapes: shapes{numbers: map[string]int16{}}}
}

func (x *Index) add(e *Entry, run int32) {
	if e.Status == Skipped || e.Status == Left {
		return
	}
	pair := pairOf(e.User, e.Platform)
	before, known := x.records[pair]
	now := record{run: run, made: e.Status == Done || e.Status == Kept}
	switch {
	case known && before.run == run && before.made && !now.made:
		return
	case known && before.run != run && !x.history.older(before.run, run):
		return
	}
	if now.made {
		now.input, now.files = halfOf(e.Input), filesOf(e.Files)
		now.shape = x.shapes.number(e)
		if e.Identity != nil && !e.Identity.NotAfter.IsZero() {
			now.notAfter = e.Identity.NotAfter.Unix()
		} else if before.input == now.input {
			now.notAfter = before.notAfter
		}
	}
	x.records[pair] = now
}

// filesOf tells one list of files from others.
func filesOf(files []File) half {
	var b strings.Builder
	for _, f := range slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Name, b.Name) }) {
		b.WriteString(f.Name + "\x00" + strings.ToLower(f.SHA256) + "\x00")
	}
	return halfOf(b.String())
}

// Len is how many users' artefacts are known, made or failed, one for each platform.
func (x *Index) Len() int { return len(x.records) }

// Made reports whether a user's artefact was made before, and whether of the same input.
func (x *Index) Made(user string, p Platform, input string) (before, same bool) {
	r, ok := x.records[pairOf(user, p)]
	return ok && r.made, ok && r.made && r.input == halfOf(input)
}

// Found is a finished artefact as it lies in the target.
type Found struct {
	Files    []File    // without sizes
	NotAfter time.Time // of the certificate; zero where no manifest says
}

// Finished says whether a user, whose files have their name from it, is finished on a
// platform: the latest entry made it, of this input, and the files that it lists are in
// the target, by hash, with the content that was noted. The answer is nil where there is
// still something to do, and the error is that of hash, unless it is [fs.ErrNotExist].
func (x *Index) Finished(user string, p Platform, input, name string, hash func(file string) ([sha256.Size]byte, error)) (*Found, error) {
	r, known := x.records[pairOf(user, p)]
	if !known || !r.made || r.input != halfOf(input) {
		return nil, nil
	}
	found := &Found{}
	for _, file := range x.shapes.names(r.shape, name) {
		sum, err := hash(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("looking at what was done before: %w", err)
		}
		found.Files = append(found.Files, File{Name: file, SHA256: hex.EncodeToString(sum[:])})
	}
	if len(found.Files) == 0 || filesOf(found.Files) != r.files {
		return nil, nil
	}
	if r.notAfter != 0 {
		found.NotAfter = time.Unix(r.notAfter, 0).UTC()
	}
	return found, nil
}
