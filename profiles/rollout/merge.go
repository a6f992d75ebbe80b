package rollout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/profiles/vault"
)

// MergeOptions are what shards are joined by.
type MergeOptions struct {
	Shards  int                   // at least 2
	Table   Digest                // that every shard has to be made of
	Rows    iter.Seq2[Row, error] // of the table
	Version string                // of easkit
	Now     time.Time
	Signer  *signer.Signer // of the summary; nil for none
}

// Merge proves that every row of the table was accounted for, once, by the shard that it
// belongs to, and joins the shards' manifests in that of the whole rollout, and seals
// it. They stay as they are. The writer holds the lock of the whole rollout
// ([LockName] of the zero Shard).
//
// What keeps the shards from being joined are findings of row.output, each of which
// names the shard or row; their Value is missing-manifest, unsealed, changed, differs,
// missing, twice, stranger, other-user, other-shard or left. Then there is no summary,
// and nothing was written. Done again without a change in the shards, it writes nothing.
func Merge(ctx context.Context, v vault.Vault, w vault.Writer, o MergeOptions) (*Summary, []preflight.Finding, error) {
	if o.Shards < 2 {
		return nil, nil, fmt.Errorf("joining shards: %d are given, and two or more can be joined", o.Shards)
	}
	p := &proof{shards: make([]*Sealed, o.Shards)}
	if err := p.seals(ctx, v); err != nil {
		return nil, nil, fmt.Errorf("joining shards: %w", err)
	}
	p.alike(o.Table)
	if err := p.expect(o.Rows); err != nil {
		return nil, nil, fmt.Errorf("joining shards: %w", err)
	}
	for i := range p.shards {
		if err := p.shard(ctx, v, i); err != nil {
			return nil, nil, fmt.Errorf("joining shards: %w", err)
		}
	}
	p.missing()
	if findings := p.findings(); len(findings) > 0 {
		return nil, findings, nil
	}
	sum, err := p.join(ctx, v, w, o)
	if err != nil {
		return nil, nil, fmt.Errorf("joining shards: %w", err)
	}
	return sum, nil, nil
}

// join writes the joined manifest, unless that is there.
func (p *proof) join(ctx context.Context, v vault.Vault, w vault.Writer, o MergeOptions) (*Summary, error) {
	merged := make([]Digest, len(p.shards))
	for i, s := range p.shards {
		merged[i] = s.Summary.Manifest
	}
	before, err := VerifySeal(ctx, v, Shard{})
	if err == nil && slices.Equal(before.Summary.Merged, merged) && before.Summary.Run.Signer == Thumbprint(o.Signer) {
		return before.Summary, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrUnsealed) && !errors.Is(err, ErrChanged) {
		return nil, err
	}
	unproven, err := p.unproven(ctx, v, err, o.Signer)
	if err != nil {
		return nil, err
	}
	run := p.shards[0].Summary.Run
	run.Begun, run.Version, run.Signer, run.Merged = o.Now, o.Version, Thumbprint(o.Signer), len(p.shards)
	m, err := Begin(ctx, v, w, Shard{}, run)
	if err != nil {
		return nil, err
	}
	m.unproven = unproven
	for i := range p.shards {
		if err := p.copy(ctx, v, m, i); err != nil {
			return nil, err
		}
	}
	return m.seal(ctx, len(p.rows), o.Now, o.Signer, merged)
}

// unproven is how much of the joined manifest its signer can't stand for: what was there
// before and was changed, as changed says, or is another's, and all of it where another,
// or nobody, signed a shard. A run goes by the shards' own manifests then.
func (p *proof) unproven(ctx context.Context, v vault.Vault, changed error, by *signer.Signer) (int64, error) {
	if by == nil {
		return 0, nil
	}
	for _, s := range p.shards {
		if s.Signature == nil || !bytes.Equal(s.Signature.Signer.Raw, by.Certificate.Raw) {
			return math.MaxInt64, nil
		}
	}
	switch {
	case errors.Is(changed, fs.ErrNotExist):
		return 0, nil
	case errors.Is(changed, ErrChanged):
		content, err := contentOf(ctx, v, ManifestName(Shard{}))
		return content.Size, err
	}
	before, err := sealOf(ctx, v, Shard{}, by)
	return before.foreign, err
}

// copy takes the entries of a shard over as they stand there, with fields that this
// version doesn't know.
func (p *proof) copy(ctx context.Context, v vault.Vault, m *Manifest, shard int) error {
	return p.read(ctx, v, shard, func(line Line) error { return m.add(ctx, line.raw, line.Entry) })
}

// read reads the entries of a shard's last run, and proves that they are those that were
// sealed.
func (p *proof) read(ctx context.Context, v vault.Vault, shard int, each func(Line) error) error {
	sealed := p.shards[shard].Summary
	r, err := v.Open(ctx, sealed.Manifest.Name)
	if err != nil {
		return err
	}
	defer r.Close()
	content := newMeter(io.LimitReader(r, sealed.Manifest.Size))
	for line, err := range ReadManifest(content) {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && line.Entry != nil && line.Number > p.begins[shard] {
			err = each(line)
		}
		if err != nil {
			return fmt.Errorf("reading %q: %w", sealed.Manifest.Name, err)
		}
	}
	if content.digest(sealed.Manifest.Name) != sealed.Manifest {
		return fmt.Errorf("%q: %w: it was written meanwhile", sealed.Manifest.Name, ErrChanged)
	}
	return nil
}
