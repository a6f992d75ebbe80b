package rollout

import (
	"context"
	"iter"

	"github.com/easkit/easkit/profiles/vault"
)

// Artefacts gives, for each user and platform, the entry that made what lies in the
// target by the manifests of shares: the entry lists the files with their hashes. Of who
// was kept last it is the one that made what was kept; who failed last has none, and so
// have users that asked says no to. asked gets keys ([Row.Key]), and may be nil for
// everybody.
//
// Where the manifest is gone that says what was made, the entry is the one that kept it,
// without Files. Manifests are read two or three times, and some tens of bytes held for
// each user and platform; whether they are as they were sealed, [VerifySeal] says.
func Artefacts(ctx context.Context, v vault.Vault, of []Shard, asked func(user string) bool) iter.Seq2[*Entry, error] {
	return ProvenArtefacts(ctx, v, of, nil, asked)
}

// ProvenArtefacts is [Artefacts] without what the signers of the manifests did not sign
// for: of each share the first bytes are passed over, as its [Summary].Unproven says.
func ProvenArtefacts(ctx context.Context, v vault.Vault, of []Shard, unproven map[Shard]int64, asked func(user string) bool) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		l := &latest{of: of, unproven: unproven, asked: asked, places: map[half]place{}}
		if err := l.find(ctx, v); err != nil {
			yield(nil, err)
			return
		}
		for _, listed := range []bool{true, false} {
			if l.left == 0 || !l.give(ctx, v, listed, yield) {
				return
			}
		}
	}
}

// latest finds the latest entry of each user on a platform.
type latest struct {
	of       []Shard
	unproven map[Shard]int64
	asked    func(string) bool
	order    history
	places   map[half]place
	left     int // how many artefacts were not given so far
}

// place is where the latest entry of a user on a platform stands, and what it is of.
type place struct {
	ref           half
	run, manifest int32
	line          int
	made          bool // there is something
	elsewhere     bool // its files are listed by another entry
	given         bool
}

// find notes which entry is the latest. Of several in one run (the table has the user
// twice) it is one that made something.
func (l *latest) find(ctx context.Context, v vault.Vault) error {
	err := l.read(ctx, v, func(now place, e *Entry) bool {
		pair := pairOf(e.User, e.Platform)
		now.made, now.elsewhere, now.ref = len(e.Files) > 0 || e.Made != "", len(e.Files) == 0, e.ref()
		before, ok := l.places[pair]
		if !ok || before.run != now.run && l.order.older(before.run, now.run) || before.run == now.run && (now.made || !before.made) {
			l.places[pair] = now
		}
		return true
	})
	for _, p := range l.places {
		if p.made {
			l.left++
		}
	}
	return err
}

// read goes through the entries that say something about a user's files, until each says
// no.
func (l *latest) read(ctx context.Context, v vault.Vault, each func(place, *Entry) bool) error {
	l.order = history{}
	for number, s := range l.of {
		var err error
		more := readInto(ctx, v, ManifestName(s), func(line Line, failed error) bool {
			if err = failed; err != nil {
				return false
			}
			run, e := l.order.of(line), line.Entry
			if line.begin() < l.unproven[s] || e == nil || e.Status == Skipped || e.Status == Left || l.asked != nil && !l.asked(e.User) {
				return true
			}
			return each(place{run: run, manifest: int32(number), line: line.Number}, e)
		})
		if !more || err != nil {
			return err
		}
	}
	return nil
}

// give yields the entries that list the files of what is the latest, or, not listed,
// those that kept what is listed nowhere. It answers whether to go on.
func (l *latest) give(ctx context.Context, v vault.Vault, listed bool, yield func(*Entry, error) bool) bool {
	more := true
	err := l.read(ctx, v, func(now place, e *Entry) bool {
		pair := pairOf(e.User, e.Platform)
		p := l.places[pair]
		same := p.manifest == now.manifest && p.line == now.line || listed && p.elsewhere && p.ref == e.ref()
		if !p.made || p.given || !same || listed != (len(e.Files) > 0) {
			return true
		}
		p.given = true
		l.places[pair] = p
		l.left--
		more = yield(e, nil)
		return more && l.left > 0
	})
	if err != nil {
		yield(nil, err)
		return false
	}
	return more
}
