package rollout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/profiles/vault"
)

// ChangedError names the manifest that is not as it was when its run ended, so that
// nothing in the target can be believed that it says. It wraps [ErrChanged].
type ChangedError struct {
	Manifest string
	err      error
}

func (e *ChangedError) Error() string { return e.err.Error() }

// Unwrap is why.
func (e *ChangedError) Unwrap() error { return e.err }

// seal is what a run believes of a manifest before it reads it.
type seal struct {
	content Digest // what was sealed; zero where no run ended
	// foreign is how many bytes of it, from the begin, the run's own signer did not sign
	// for. What they say was made may be anybody's, and a line tells its inputs to
	// everybody who wants to write such a one.
	foreign int64
}

// loadProven is [LoadIndex] for a run that signs with by, or nobody: each manifest with a
// seal is compared with that while it is read, and nothing counts as made but what by
// signed, or what no run has sealed so far. It gives as well how much of the share's own
// manifest is foreign. The error is a [*ChangedError] where one is not as it was sealed.
func loadProven(ctx context.Context, v vault.Vault, s Shard, by *signer.Signer) (*Index, int64, error) {
	var foreign int64
	x, err := loadIndex(ctx, v, s, func(name string) (seal, error) {
		of, ok := shardOf(name)
		if !ok {
			return seal{}, nil
		}
		found, err := sealOf(ctx, v, of, by)
		if of == s {
			foreign = found.foreign
		}
		return found, err
	})
	return x, foreign, err
}

// sealTries bounds how often a seal is read that others are just writing.
const sealTries = 10

// sealOf reads the seal of a share, and proves that by made it if it says so. The
// manifest is not read.
func sealOf(ctx context.Context, v vault.Vault, s Shard, by *signer.Signer) (seal, error) {
	for try := 1; ; try++ {
		sum, text, err := readSummary(ctx, v, s)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return seal{}, nil
		case err == nil:
			var found seal
			if found, err = believed(ctx, v, s, sum, text, by); err == nil {
				return found, nil
			}
		}
		if !errors.Is(err, ErrChanged) {
			return seal{}, err
		}
		// The run of another share may just end: then the summary is another by now.
		if _, now, _ := readSummary(ctx, v, s); try == sealTries || bytes.Equal(now, text) && text != nil {
			return seal{}, &ChangedError{ManifestName(s), err}
		}
	}
}

// believed is what a summary proves to a run that signs with by.
func believed(ctx context.Context, v vault.Vault, s Shard, sum *Summary, text []byte, by *signer.Signer) (seal, error) {
	found := seal{content: sum.Manifest}
	switch {
	case by == nil:
		return found, nil
	case sum.Run.Signer != Thumbprint(by):
		found.foreign = sum.Manifest.Size
		return found, nil
	}
	signed, err := verifySignature(ctx, v, s, sum, text)
	if err != nil {
		return seal{}, err
	}
	if !bytes.Equal(signed.Signer.Raw, by.Certificate.Raw) {
		return seal{}, fmt.Errorf("%q: %w: another certificate signed it than the one that it names", SignatureName(s), ErrChanged)
	}
	found.foreign = sum.Unproven
	return found, nil
}

// through reads r and notes what passes of what was sealed.
func (s seal) through(r io.Reader) (io.Reader, *meter) {
	content := newMeter(io.LimitReader(r, s.content.Size))
	return io.MultiReader(content, r), content
}

// holds compares what passed with what was sealed; err is what reading ended with.
func (s seal) holds(name string, content *meter, err error) error {
	if s.content == (Digest{}) {
		return err
	}
	if errors.Is(err, ErrManifest) { // which it may be because it was changed
		if _, unread := io.Copy(io.Discard, content); unread != nil {
			return unread
		}
	} else if err != nil {
		return err
	}
	if got := content.digest(name); got != s.content {
		return &ChangedError{name, changed(name, got, s.content)}
	}
	return err
}
