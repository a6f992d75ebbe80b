package rollout

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/vault"
)

// findingsOfKind is how many findings of one kind are told one by one; the others are
// counted.
const findingsOfKind = 20

// proof is what is known of shards that are to be joined. Of a row it has the hash of
// its user and who accounted for it: a few tens of bytes.
type proof struct {
	shards []*Sealed // by number from 0; nil for one that can't be joined
	begins []int     // number of the line that begins the last run of each
	rows   map[int]uint64
	by     map[Platform]map[int]int32 // number of the shard from 1, by line

	found  []preflight.Finding
	counts map[string]int // by kind
	fixes  map[string]string
}

// tell notes a finding.
func (p *proof) tell(value, fix string, line int, format string, args ...any) {
	if p.counts == nil {
		p.counts, p.fixes = map[string]int{}, map[string]string{}
	}
	p.counts[value]++
	p.fixes[value] = fix
	if p.counts[value] <= findingsOfKind {
		p.found = append(p.found, outputFailed(value, fix, line, format, args...))
	}
}

// findings are those that were told, and for each kind how many more there are.
func (p *proof) findings() []preflight.Finding {
	for _, value := range slices.Sorted(maps.Keys(p.counts)) {
		if more := p.counts[value] - findingsOfKind; more > 0 {
			p.found = append(p.found, outputFailed(value, p.fixes[value], 0, "and %s more (%s)", preflight.Thousands(more), value))
		}
	}
	return p.found
}

func (p *proof) at(shard int) Shard { return Shard{Index: shard, Count: len(p.shards)} }

// again is what to do about a shard.
func (p *proof) again(shard int) string {
	return fmt.Sprintf("run the rollout with --shard %s: it does what is left", p.at(shard))
}

// seals reads the summary of each shard.
func (p *proof) seals(ctx context.Context, v vault.Vault) error {
	p.begins = make([]int, len(p.shards))
	for i := range p.shards {
		s := p.at(i)
		sealed, err := VerifySeal(ctx, v, s)
		switch {
		case errors.Is(err, ErrUnsealed):
			p.tell("unsealed", p.again(i), 0, "%s did not end", s.title())
			continue
		case errors.Is(err, ErrChanged):
			p.tell("changed", fmt.Sprintf("find out who changed it; move %s away, and %s", ManifestName(s), p.again(i)), 0, "%s: %s", s.title(), preflight.Printable(err.Error()))
			continue
		case errors.Is(err, fs.ErrNotExist):
			p.tell("missing-manifest", p.again(i), 0, "%s has no manifest: there is no %s", s.title(), ManifestName(s))
			continue
		case err != nil:
			return err
		}
		p.shards[i] = sealed
		if left := sealed.Summary.Total(Left); left > 0 {
			p.tell("left", p.again(i), 0, "%s left %s", s.title(), counted(left, "profile"))
		}
	}
	return nil
}

// sameInAll is what must be the same in all shards.
var sameInAll = []struct {
	what string
	of   func(Run) string
}{
	{"tables", func(r Run) string { return r.Table.SHA256 }},
	{"templates", func(r Run) string { return r.Template.SHA256 }},
	{"versions of easkit", func(r Run) string { return r.Version }},
	{"waves", func(r Run) string { return r.Wave }},
	{"platforms", func(r Run) string { return fmt.Sprint(r.Platforms) }},
	{"options", func(r Run) string { return fmt.Sprint(r.Options) }},
	{"signers", func(r Run) string { return r.Signer }},
}

// shownOfValue is how much of a value is told, in characters: hashes differ before.
const shownOfValue = 24

// alike tells of shards that were made of other things than the first, and of a table
// that isn't the one given.
func (p *proof) alike(table Digest) {
	const fix = "run all shards with the same table, template, options, signer and version of easkit"
	first := slices.IndexFunc(p.shards, func(s *Sealed) bool { return s != nil })
	if first < 0 {
		return
	}
	show := func(s string) string { return preflight.Printable(preflight.Clip(s, shownOfValue)) }
	one := p.shards[first].Summary.Run
	if !strings.EqualFold(one.Table.SHA256, table.SHA256) {
		p.tell("differs", fix, 0, "%s was made of another table than %s: its SHA-256 is %s, not %s",
			p.at(first).title(), preflight.Printable(table.Name), show(one.Table.SHA256), show(table.SHA256))
	}
	for i := first + 1; i < len(p.shards); i++ {
		if p.shards[i] == nil {
			continue
		}
		for _, same := range sameInAll {
			if a, b := same.of(one), same.of(p.shards[i].Summary.Run); a != b {
				p.tell("differs", fix, 0, "%s and %s have different %s: %q and %q", p.at(first).title(), p.at(i).title(), same.what, show(a), show(b))
			}
		}
	}
}

// expect reads the rows of the table.
func (p *proof) expect(table iter.Seq2[Row, error]) error {
	p.rows, p.by = map[int]uint64{}, map[Platform]map[int]int32{}
	for row, err := range table {
		if err != nil {
			return err
		}
		p.rows[row.Line] = userHash(row.Key())
	}
	for _, s := range p.shards {
		if s != nil {
			for _, platform := range s.Summary.Run.Platforms {
				p.by[platform] = map[int]int32{}
			}
		}
	}
	return nil
}

// userHash tells the users of one line in the table and in a manifest apart.
func userHash(user string) uint64 {
	sum := halfOf(user)
	return binary.BigEndian.Uint64(sum[:])
}

// shard looks at each entry of a shard's last run.
func (p *proof) shard(ctx context.Context, v vault.Vault, i int) error {
	if p.shards[i] == nil {
		return nil
	}
	account, err := OpenAccount(ctx, v, p.at(i))
	if err != nil {
		return err
	}
	p.begins[i] = account.first
	return p.read(ctx, v, i, func(line Line) error {
		p.entry(i, line.Entry)
		return nil
	})
}

// entry looks at who accounts for a row.
func (p *proof) entry(i int, e *Entry) {
	s, user := p.at(i), preflight.Printable(e.User)
	hash, there := p.rows[e.Line]
	switch {
	case !there:
		p.tell("stranger", "", 0, "%s has line %d (%s), which is not in the table", s.title(), e.Line, user)
		return
	case hash != userHash(e.User):
		p.tell("other-user", "", e.Line, "line %d: %s has %s, and the table has another user there", e.Line, s.title(), user)
		return
	case !s.Has(e.User):
		p.tell("other-shard", "", e.Line, "line %d (%s): %s did it, and it is another's", e.Line, user, s.title())
	}
	by := p.by[e.Platform]
	if by == nil {
		by = map[int]int32{}
		p.by[e.Platform] = by
	}
	if other := by[e.Line]; other != 0 {
		p.tell("twice", "", e.Line, "line %d (%s): %s and %s both did it for %s", e.Line, user, p.at(int(other)-1).title(), s.title(), preflight.Printable(string(e.Platform)))
		return
	}
	by[e.Line] = int32(i) + 1
}

// missing tells of the rows that nobody accounted for. While a shard is missing as a
// whole, so are its rows: the finding on the shard says so.
func (p *proof) missing() {
	if slices.Contains(p.shards, nil) {
		return
	}
	for _, platform := range slices.Sorted(maps.Keys(p.by)) {
		by := p.by[platform]
		if len(by) == len(p.rows) {
			continue
		}
		for _, line := range slices.Sorted(maps.Keys(p.rows)) {
			if by[line] == 0 {
				p.tell("missing", "", line, "line %d: no shard accounts for it for %s", line, preflight.Printable(string(platform)))
			}
		}
	}
}
