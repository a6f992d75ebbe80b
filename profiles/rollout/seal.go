package rollout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/profiles/vault"
)

// Seal ends the run: the summary, which names the manifest's content, is written beside
// it, and signed by s, whose thumbprint the run names; nil signs nothing. rows is how
// many the share has: those that have no entry on a platform count as left. It is an
// error if they are fewer than those that have.
//
// A ctx that was interrupted before would keep the run from being sealed.
func (m *Manifest) Seal(ctx context.Context, rows int, ended time.Time, s *signer.Signer) (*Summary, error) {
	return m.seal(ctx, rows, ended, s, nil)
}

func (m *Manifest) seal(ctx context.Context, rows int, ended time.Time, s *signer.Signer, merged []Digest) (*Summary, error) {
	if err := m.Flush(ctx); err != nil {
		return nil, err
	}
	sum := m.tally.summary()
	if sum.Run.Signer != Thumbprint(s) {
		return nil, fmt.Errorf("ending the run: it names the signer %q, and %q is to sign", sum.Run.Signer, Thumbprint(s))
	}
	for _, p := range sum.Run.Platforms {
		left := rows - sum.Counts[p].Rows()
		if left < 0 {
			return nil, fmt.Errorf("ending the run: %d rows have an entry for %s, and the share has %d", sum.Counts[p].Rows(), p, rows)
		}
		sum.Counts[p][Left] += left
	}
	content, err := contentOf(ctx, m.v, m.name)
	if err != nil {
		return nil, fmt.Errorf("ending the run: %w", err)
	}
	sum.Rows, sum.Ended, sum.Manifest, sum.Merged = rows, ended.UTC().Truncate(time.Second), content, merged
	sum.Unproven = min(m.unproven, content.Size)
	if err := m.write(ctx, sum, s); err != nil {
		return nil, fmt.Errorf("ending the run: %w", err)
	}
	return sum, nil
}

// write puts the summary and its signature in place of those of the run before.
func (m *Manifest) write(ctx context.Context, sum *Summary, s *signer.Signer) error {
	var text bytes.Buffer
	if err := sum.WriteJSON(&text); err != nil {
		return err
	}
	var signature []byte
	if s != nil {
		var err error
		if signature, err = s.Sign(text.Bytes(), sum.Ended, true); err != nil {
			return err
		}
	}
	// The summary goes first: no other is ever beside a signature that is not its own,
	// which would be one that somebody changed. A run that is killed here did not end.
	if err := unseal(ctx, m.v, m.shard); err != nil {
		return err
	}
	if s != nil {
		if err := m.w.Put(ctx, SignatureName(m.shard), signature, true); err != nil {
			return err
		}
	}
	if err := m.w.Put(ctx, SummaryName(m.shard), text.Bytes(), true); err != nil {
		return err
	}
	return m.w.Sync(ctx)
}

// unseal takes a share's summary away, and then its signature.
func unseal(ctx context.Context, v vault.Vault, s Shard) error {
	for _, name := range []string{SummaryName(s), SignatureName(s)} {
		if err := v.Delete(ctx, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// contentOf reads a file of the target to its end.
func contentOf(ctx context.Context, v vault.Vault, name string) (Digest, error) {
	r, err := v.Open(ctx, name)
	if err != nil {
		return Digest{}, err
	}
	defer r.Close()
	content := newMeter(r)
	if _, err := io.Copy(io.Discard, content); err != nil {
		return Digest{}, fmt.Errorf("reading %q: %w", name, err)
	}
	return content.digest(name), nil
}
