package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/profiles/vault"
)

// What can be wrong with a share's summary, for errors.Is.
var (
	// ErrUnsealed says that a run did not end, or was followed by one that did not.
	ErrUnsealed = errors.New("the run did not end")
	// ErrChanged says that summary, signature and manifest don't belong together.
	ErrChanged = errors.New("it is not as it was when the run ended")
)

// Sealed is the summary of a share, and that it is whole.
type Sealed struct {
	Summary *Summary
	// Signature is the proven signature over the summary; nil where the run had no
	// signer. Whether its certificate is to be trusted, its Chain says.
	Signature *cms.SignedData
}

// VerifySeal reads the summary of a share, its signature, and the whole manifest, and
// proves that they belong together: no line was changed, added or taken out since. The
// error wraps [ErrUnsealed] or [ErrChanged], and [fs.ErrNotExist] where there is no
// manifest.
func VerifySeal(ctx context.Context, v vault.Vault, s Shard) (*Sealed, error) {
	sum, text, err := readSummary(ctx, v, s)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noSummary(ctx, v, s, err)
	}
	if err != nil {
		return nil, err
	}
	if err := verifyManifest(ctx, v, s, sum); err != nil {
		return nil, err
	}
	signature, err := verifySignature(ctx, v, s, sum, text)
	if err != nil {
		return nil, err
	}
	return &Sealed{sum, signature}, nil
}

// noSummary tells a run that did not end from none.
func noSummary(ctx context.Context, v vault.Vault, s Shard, err error) error {
	r, absent := v.Open(ctx, ManifestName(s))
	if absent != nil {
		return absent
	}
	r.Close()
	return fmt.Errorf("%w: %w", ErrUnsealed, err)
}

// readSummary reads rollout.json, and gives its text as well.
func readSummary(ctx context.Context, v vault.Vault, s Shard) (*Summary, []byte, error) {
	name := SummaryName(s)
	text, err := vault.Read(ctx, v, name)
	if err != nil {
		return nil, nil, err
	}
	var sum Summary
	if err := json.Unmarshal(text, &sum); err != nil {
		return nil, nil, fmt.Errorf("%q: %w: it is no summary: %w", name, ErrChanged, err)
	}
	if sum.Schema != SummarySchema {
		return nil, nil, fmt.Errorf("%q: %w: it is of the form %.40q, and %q is known", name, ErrChanged, sum.Schema, SummarySchema)
	}
	return &sum, text, nil
}

func verifySignature(ctx context.Context, v vault.Vault, s Shard, sum *Summary, text []byte) (*cms.SignedData, error) {
	name := SignatureName(s)
	der, err := vault.Read(ctx, v, name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && sum.Run.Signer == "":
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s was signed, and %w", ErrChanged, SummaryName(s), err)
	case err != nil:
		return nil, err
	}
	signed, err := cms.Parse(der)
	if err == nil {
		err = signed.CheckSignature(text)
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w: %w", name, ErrChanged, err)
	}
	if by := Thumbprint(&signer.Signer{Certificate: signed.Signer}); by != sum.Run.Signer {
		return nil, fmt.Errorf("%q: %w: the run names the signer %.40q, and %s signed", name, ErrChanged, sum.Run.Signer, by)
	}
	return signed, nil
}

// changed says of a manifest that it is not the one that was sealed.
func changed(name string, is, was Digest) error {
	return fmt.Errorf("%q: %w: its SHA-256 is %s, and the run noted %.64q for it", name, ErrChanged, is.SHA256, was.SHA256)
}

// verifyManifest compares the manifest with the summary. Lines that came after it are of
// a run that did not end; the others are as they were, then.
func verifyManifest(ctx context.Context, v vault.Vault, s Shard, sum *Summary) error {
	name := ManifestName(s)
	r, err := v.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close()
	content := newMeter(io.LimitReader(r, sum.Manifest.Size))
	if _, err := io.Copy(io.Discard, content); err != nil {
		return fmt.Errorf("reading %q: %w", name, err)
	}
	if got := content.digest(name); got != sum.Manifest {
		return changed(name, got, sum.Manifest)
	}
	more, err := io.Copy(io.Discard, io.LimitReader(r, 1))
	if err != nil {
		return fmt.Errorf("reading %q: %w", name, err)
	}
	if more > 0 {
		return fmt.Errorf("%q: %w: it has lines that %s does not know", name, ErrUnsealed, SummaryName(s))
	}
	return nil
}
