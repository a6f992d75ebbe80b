package rollout

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/profiles/vault"
)

// HandedSchema names the form of the lines that say what was handed out ([Handed]).
// Fields may be added under it, never removed.
const HandedSchema = "easkit/handed-out/v1"

// HandedName is the file of a target that says what was handed out of it. It stands
// beside the manifests, which are sealed when their run ends.
const HandedName = manifestBase + "-handed-out" + manifestEnd

// handedLock is the name that its one writer locks the target by.
const handedLock = manifestBase + "-handed-out"

// Handed is a line of [HandedName]: an artefact was handed out, or, with Deleted, deleted
// after that.
type Handed struct {
	Schema   string    `json:"schema"`
	User     string    `json:"user"`
	Platform Platform  `json:"platform"`
	Ref      string    `json:"ref,omitempty"` // of the entry that made it; older lines have none
	Files    []File    `json:"files"`         // as they were
	At       time.Time `json:"handedOut"`
	Deleted  time.Time `json:"deleted,omitzero"`
}

// HandOut notes that artefacts were handed out, whose entries list their files: those
// that made them. From then on they may be missing in the target, and users who have
// nothing else to be done count as kept; [DeleteHanded] deletes them. The error is a
// [*vault.LockedError] where somebody else is noting something: try again.
func HandOut(ctx context.Context, v vault.Vault, at time.Time, entries ...*Entry) error {
	var lines []Handed
	for _, e := range entries {
		lines = append(lines, Handed{User: e.User, Platform: e.Platform, Ref: e.Ref(), Files: e.Files, At: at})
	}
	return noteHanded(ctx, v, lines)
}

func noteHanded(ctx context.Context, v vault.Vault, lines []Handed) error {
	if len(lines) == 0 {
		return nil
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	for _, l := range lines {
		l.Schema, l.At, l.Deleted = HandedSchema, l.At.UTC().Truncate(time.Second), l.Deleted.UTC().Truncate(time.Second)
		if err := enc.Encode(l); err != nil {
			return fmt.Errorf("noting what was handed out: %w", err)
		}
	}
	w, err := lockHanded(ctx, v)
	if err != nil {
		return err
	}
	err = w.Append(ctx, HandedName, text.Bytes())
	if err = errors.Join(err, w.Unlock()); err != nil {
		return fmt.Errorf("noting what was handed out: %w", err)
	}
	return nil
}

// Several shards begin at once, and each may have something to note. It takes a moment.
const (
	handedTries = 50
	handedWait  = 100 * time.Millisecond
)

func lockHanded(ctx context.Context, v vault.Vault) (vault.Writer, error) {
	for try := 1; ; try++ {
		w, err := v.Lock(ctx, handedLock)
		if !errors.As(err, new(*vault.LockedError)) || try == handedTries {
			return w, err
		}
		select {
		case <-time.After(handedWait):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// ReadHanded reads what was handed out of a target, line by line; nothing where there is
// no [HandedName]. A last line without its end is passed over.
func ReadHanded(ctx context.Context, v vault.Vault) iter.Seq2[Handed, error] {
	return func(yield func(Handed, error) bool) {
		r, err := v.Open(ctx, HandedName)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(Handed{}, err)
			return
		}
		defer r.Close()
		lines := newLineReader(r)
		for number := 1; ; number++ {
			text, err := lines.read()
			if errors.Is(err, io.EOF) {
				return
			}
			var line Handed
			if err == nil {
				err = errors.Join(ctx.Err(), parseHanded(text, &line))
			}
			if err != nil {
				yield(Handed{}, fmt.Errorf("reading %q: line %d: %w", HandedName, number, err))
				return
			}
			if !yield(line, nil) {
				return
			}
		}
	}
}

func parseHanded(text []byte, into *Handed) error {
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%w: %q", ErrManifest, err.Error())
	}
	if into.Schema != HandedSchema {
		return fmt.Errorf("%w: it is of the form %.40q, and %q is known", ErrManifest, into.Schema, HandedSchema)
	}
	return nil
}

// Deletion says what is to be deleted of what was handed out.
type Deletion struct {
	Shard Shard
	Asked func(user string) bool // gets keys ([Row.Key]); nil for all users of the share
	Until time.Time              // what was handed out then, or before
	Now   time.Time
	Each  func(Handed) // is told of each artefact that was deleted; may be nil
}

// DeleteHanded deletes what was handed out, and notes that. Of the same files the first
// time counts that they were, so that who is given them every day does not keep them
// there. What was made anew since then of other inputs, or with other content, stays, and
// so does a file with another content than the one that was handed out. It gives the
// number of artefacts. The caller holds the locks of all shares that these users may be
// in ([LockName]).
//
// Deleted is the name and no more: see [vault.Vault].Delete.
func DeleteHanded(ctx context.Context, v vault.Vault, d Deletion) (int, error) {
	x, err := LoadIndex(ctx, v, d.Shard)
	if err != nil {
		return 0, err
	}
	return x.deleteHanded(ctx, v, d)
}

func (x *Index) deleteHanded(ctx context.Context, v vault.Vault, d Deletion) (int, error) {
	var deleted []Handed
	count := 0
	for line, err := range ReadHanded(ctx, v) {
		if err != nil {
			return count, err
		}
		if !d.Shard.Has(line.User) || d.Asked != nil && !d.Asked(line.User) || !x.due(line, d.Until) {
			continue
		}
		if err := x.deleteOld(ctx, v, line); err != nil {
			return count, errors.Join(fmt.Errorf("deleting what was handed out: %w", err), noteHanded(context.WithoutCancel(ctx), v, deleted))
		}
		line.At, line.Deleted = x.noteHandedOut(line, true), d.Now
		deleted = append(deleted, line)
		if d.Each != nil {
			d.Each(line)
		}
		if count++; len(deleted) == gathered {
			if err := noteHanded(ctx, v, deleted); err != nil {
				return count, err
			}
			deleted = nil
		}
	}
	return count, noteHanded(context.WithoutCancel(ctx), v, deleted)
}

// deleteOld deletes the files of what was handed out. Where something else was made since
// then, its names are its own: a file that is the same in both is needed by it.
func (x *Index) deleteOld(ctx context.Context, v vault.Vault, line Handed) error {
	pair := pairOf(line.User, line.Platform)
	var needed []string
	if r := x.records[pair]; r.made && !x.handed[pair].isOf(r) {
		needed = x.shapes.names(r.shape, artefactName(line.User))
	}
	for _, f := range line.Files {
		if slices.Contains(needed, f.Name) {
			continue
		}
		if err := deleteSame(ctx, v, f); err != nil {
			return err
		}
	}
	return nil
}

// deleteSame deletes a file if its content is the one that was noted.
func deleteSame(ctx context.Context, v vault.Vault, f File) error {
	sum, err := v.Hash(ctx, f.Name)
	if err == nil && strings.EqualFold(hex.EncodeToString(sum[:]), f.SHA256) {
		err = v.Delete(ctx, f.Name)
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, vault.ErrIrregular) {
		return nil // what was handed out is not there
	}
	return err
}

// handed is the latest that was handed out to a user on a platform.
type handed struct {
	ref, files half   // ref is zero where the line has none
	at         uint32 // Unix time of the first time
	deleted    bool
}

func (x *Index) readHanded(ctx context.Context, v vault.Vault, s Shard) error {
	for line, err := range ReadHanded(ctx, v) {
		if err != nil {
			return err
		}
		if s.Has(line.User) {
			x.noteHandedOut(line, !line.Deleted.IsZero())
		}
	}
	return nil
}

// noteHandedOut takes in a line, and gives the first time that its files were handed out
// without having been deleted since. Who hands out may note it late: a line of what was
// made before does not put out the one of what is the latest.
func (x *Index) noteHandedOut(line Handed, deleted bool) time.Time {
	pair := pairOf(line.User, line.Platform)
	now := handed{ref: line.ref(), files: filesOf(line.Files), at: uint32(line.At.Unix()), deleted: deleted}
	before, ok := x.handed[pair]
	if r := x.records[pair]; ok && r.made && before.isOf(r) && !now.isOf(r) {
		return now.time()
	}
	if ok && !before.deleted && before.same(now) {
		now.at = min(now.at, before.at)
	}
	x.handed[pair] = now
	return now.time()
}

func (l *Handed) ref() half {
	var ref half
	if n, err := hex.Decode(ref[:], []byte(l.Ref)); err != nil || n != len(ref) {
		return half{}
	}
	return ref
}

func (h handed) time() time.Time { return time.Unix(int64(h.at), 0).UTC() }

// same reports whether two lines are of the same artefact. Of one without a ref the files
// decide.
func (h handed) same(other handed) bool {
	return h.files == other.files && (h.ref == other.ref || h.ref == half{} || other.ref == half{})
}

// isOf reports whether what a record is of is what was handed out, and not made anew since.
// The machines that make and that hand out have clocks of their own, so that the times
// decide only where a line says nothing else.
func (h handed) isOf(r record) bool {
	if h.ref != (half{}) {
		return h.ref == r.ref()
	}
	return h.files == r.files && h.at >= r.madeAt
}

// handedOut is when the files of a record were handed out; zero where they were not.
func (x *Index) handedOut(pair half, r record) time.Time {
	h, ok := x.handed[pair]
	if !ok || !h.isOf(r) {
		return time.Time{}
	}
	return h.time()
}

// due reports whether a line is of what is to be deleted now: the latest that was handed
// out to a user on a platform, unless the very same files were made anew since.
func (x *Index) due(line Handed, until time.Time) bool {
	pair := pairOf(line.User, line.Platform)
	h, r := x.handed[pair], x.records[pair]
	if h.deleted || h.time().After(until) || !line.Deleted.IsZero() || !h.same(handed{ref: line.ref(), files: filesOf(line.Files)}) {
		return false
	}
	return r.files != h.files || h.isOf(r)
}
