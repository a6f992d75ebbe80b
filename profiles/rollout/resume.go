package rollout

import (
	"cmp"
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

// Index knows of each user of a share what the runs before made, in some hundred bytes
// for each platform. It is safe for concurrent use.
type Index struct {
	records map[half]record
	handed  map[half]handed
	revoked map[half]revokedNote // by user
	history history
	shapes  shapes
	names   []digest // of the certificates, by record and file
	bySAN   map[half]sanFile
}

// record is the latest that is known of a user on a platform: what was made, or kept, and
// what became of them since.
type record struct {
	input, files half   // files is the ref where shape is unresolved
	notAfter     int64  // Unix time; 0 where it isn't known
	madeAt       uint32 // Unix time of when the files were made; 0 where it isn't known
	names        uint32 // where in Index.names those of the certificate begin, from 1
	of           int32  // the run that made it, or kept it last
	run          int32  // the last that says anything
	shape        int16  // of the names of its files
	count        uint8  // of names; 0 where they aren't known
	made         bool   // there is something, which the above is about
	seen         bool   // there is a run
	failed       bool   // in run
	foreign      bool   // something was made by lines that prove nothing to this run
}

// ref names the entry that made what a record is of.
func (r record) ref() half {
	if r.shape == unresolved {
		return r.files
	}
	return refOf(r.input, r.files)
}

// LoadIndex reads all manifests in a target: those of other shards too, since the number
// of shards may have been another. Who is not in the share is left out.
//
// Of a user's entries the one of the latest run counts, and of several in one run (the
// table has the user twice) the one that was made. Rows that were not in a wave, or left,
// say nothing about what was made before, and what was made stays known of a user who
// failed since. Whether manifests are as they were sealed, [VerifySeal] says.
func LoadIndex(ctx context.Context, v vault.Vault, s Shard) (*Index, error) {
	return loadIndex(ctx, v, s, func(string) (seal, error) { return seal{}, nil })
}

func loadIndex(ctx context.Context, v vault.Vault, s Shard, sealOf func(name string) (seal, error)) (*Index, error) {
	x := newIndex()
	names, err := manifests(ctx, v)
	for i := 0; i < len(names) && err == nil; i++ {
		var sealed seal
		if sealed, err = sealOf(names[i]); err == nil {
			err = x.read(ctx, v, s, names[i], sealed)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading what was done before: %w", err)
	}
	if err := x.readHanded(ctx, v, s); err != nil {
		return nil, fmt.Errorf("reading what was handed out before: %w", err)
	}
	return x, nil
}

// read takes in what a manifest says of the users of a share.
func (x *Index) read(ctx context.Context, v vault.Vault, s Shard, name string, sealed seal) error {
	r, err := v.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close()
	whole, content := sealed.through(r)
	for line, failed := range ReadManifest(whole) {
		if err = errors.Join(failed, ctx.Err()); err != nil {
			err = fmt.Errorf("reading %q: %w", name, err)
			break
		}
		run, e := x.history.of(line), line.Entry
		switch {
		case e == nil || e.User == "" || !s.Has(e.User):
		case line.begin() < sealed.foreign:
			x.addForeign(e, run)
		default:
			x.add(e, run)
		}
	}
	return sealed.holds(name, content, err)
}

func newIndex() *Index {
	return &Index{records: map[half]record{}, handed: map[half]handed{}, revoked: map[half]revokedNote{}, bySAN: map[half]sanFile{}, shapes: newShapes()}
}

func (x *Index) add(e *Entry, run int32) {
	if e.Status == Skipped || e.Status == Left {
		return
	}
	pair, made := pairOf(e.User, e.Platform), e.Status == Done || e.Status == Kept
	r := x.records[pair]
	switch {
	case made && (!r.made || x.history.older(r.of, run)):
		r = x.record(e, run, r)
	case made && r.shape == unresolved && e.ref() == r.ref():
		r = x.record(e, r.of, r)
	}
	switch {
	case r.seen && r.run == run:
		r.failed = r.failed && !made
	case !r.seen || x.history.older(r.run, run):
		r.run, r.failed = run, !made
	}
	r.seen = true
	x.records[pair] = r
	x.noteRevoked(e, run, made)
}

// addForeign takes in a line that proves nothing: it says who was made something before,
// which decides about nothing but whom [Options].ChangedOnly leaves out, and whose
// certificate is not to be used.
func (x *Index) addForeign(e *Entry, run int32) {
	if e.Status == Done || e.Status == Kept {
		pair := pairOf(e.User, e.Platform)
		r := x.records[pair]
		r.foreign = true
		x.records[pair] = r
	}
	x.noteRevoked(e, run, false)
}

// record is what an entry says that made something, or kept it. Of what is kept, before
// may know more.
func (x *Index) record(e *Entry, run int32, before record) record {
	now := record{notAfter: e.ends(), of: run, made: true, run: before.run, seen: before.seen, failed: before.failed, foreign: before.foreign}
	same := before.made && before.ref() == e.ref()
	if len(e.Files) == 0 && e.Made != "" {
		if same {
			before.of = run
			return before
		}
		now.files, now.shape = e.ref(), unresolved
		return now
	}
	now.input, now.files, now.shape = halfOf(e.Input), filesOf(e.Files), x.shapes.number(e)
	if e.Status == Done && !e.Ended.IsZero() {
		now.madeAt = uint32(e.Ended.Unix())
	}
	if e.Identity != nil {
		now.names, now.count = x.note(e.User, e.Identity.Names, before)
		x.noteFile(e)
	}
	if same {
		now.notAfter, now.madeAt = cmp.Or(now.notAfter, before.notAfter), max(now.madeAt, before.madeAt)
		if now.count == 0 {
			now.names, now.count = before.names, before.count
		}
	}
	return now
}

// ends is when the certificate of an entry ends, as Unix time; 0 where it doesn't say.
func (e *Entry) ends() int64 {
	if e.Identity == nil || e.Identity.NotAfter.IsZero() {
		return 0
	}
	return e.Identity.NotAfter.Unix()
}

// Ref names what an entry made among all that was made for the user on the platform, in
// hex: what is kept later has it as its Made. Of an entry that made nothing it names
// nothing.
func (e *Entry) Ref() string {
	ref := e.ref()
	return hex.EncodeToString(ref[:])
}

func (e *Entry) ref() half {
	var ref half
	if n, err := hex.Decode(ref[:], []byte(e.Made)); len(e.Files) == 0 && err == nil && n == len(ref) {
		return ref
	}
	return refOf(halfOf(e.Input), filesOf(e.Files))
}

func refOf(input, files half) half { return halfOf(string(input[:]) + string(files[:])) }

// filesOf tells one list of files from others.
func filesOf(files []File) half {
	var b strings.Builder
	for _, f := range slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Name, b.Name) }) {
		b.WriteString(f.Name + "\x00" + strings.ToLower(f.SHA256) + "\x00")
	}
	return halfOf(b.String())
}

// Made reports whether a user's artefact was ever made before, and whether the latest run
// made it, or kept it, of the same input. One that failed since counts as made before, and
// not of the same input: a new certificate is what it waits for.
func (x *Index) Made(user string, p Platform, input string) (before, same bool) {
	r, ok := x.records[pairOf(user, p)]
	return ok && (r.made || r.foreign), ok && r.made && !r.failed && r.input == halfOf(input)
}

// Found is a finished artefact as it lies in the target.
type Found struct {
	Files     []File    // without sizes
	Ref       string    // of the entry that made them
	NotAfter  time.Time // of the certificate; zero where no manifest says
	HandedOut time.Time // when it was, of files that are not there any more; else zero
}

// Finished says whether a user, whose files have their name from it, is finished on a
// platform: the latest entry that made anything made it of this input, and the files that
// it lists are in the target, by hash, with the content that was noted. That the user
// failed since, by what is over now, changes nothing. Files that were handed out may be
// gone. The answer is nil where there is still something to do, and the error is that
// of hash, unless it is [fs.ErrNotExist], or [vault.ErrIrregular], which is not as made.
func (x *Index) Finished(user string, p Platform, input, name string, hash func(file string) ([sha256.Size]byte, error)) (*Found, error) {
	pair := pairOf(user, p)
	r, known := x.records[pair]
	if !known || !r.made || r.shape == unresolved || r.input != halfOf(input) {
		return nil, nil
	}
	ref := r.ref()
	found := &Found{Ref: hex.EncodeToString(ref[:])}
	if r.notAfter != 0 {
		found.NotAfter = time.Unix(r.notAfter, 0).UTC()
	}
	for _, file := range x.shapes.names(r.shape, name) {
		sum, err := hash(file)
		if errors.Is(err, fs.ErrNotExist) {
			if found.HandedOut = x.handedOut(pair, r); found.HandedOut.IsZero() {
				return nil, nil
			}
			found.Files = nil
			return found, nil
		}
		if errors.Is(err, vault.ErrIrregular) {
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
	return found, nil
}
