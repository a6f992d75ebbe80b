package rollout

import (
	"context"
	"crypto/sha256"
	"time"
)

// checkValidity is the check that a certificate fails which has expired.
const checkValidity = "cert.validity"

// unopened gives the entries of a user who is finished on all platforms, without opening
// their file: what it holds was proved to be the row's when the artefact was made of the
// same content. The answer is nil where the file has to be opened, which is so where
//
//   - there are several files: which of them counts depends on all of them, and the time;
//   - the row wants a thumbprint, CRLs are to be asked, or an earlier run's had the user's
//     certificate;
//   - another row may have a name of the certificate by now, or its names aren't known;
//   - the certificate has expired, or its end isn't known.
//
// A password that is given for the file is not tried.
func (r *run) unopened(ctx context.Context, j job, file content) ([]Entry, error) {
	if len(j.candidates) != 1 || file.err != nil || j.record.Thumbprint != "" || r.Revocation != nil || r.before.knowsRevoked(j.record.Key()) {
		return nil, nil
	}
	var all []Entry
	for _, p := range r.Platforms {
		if !r.before.agrees(j.record.Row, p, r.people) {
			return nil, nil
		}
		e, err := r.keep(ctx, j.record, p, r.input(j.record, p, file.sum), time.Time{})
		if e == nil || err != nil {
			return nil, err
		}
		all = append(all, *e)
	}
	r.Passwords.For(j.record.Row, j.candidates[0].Path) // it is not one of nobody's
	return all, nil
}

// keep gives the entry of a user for whom there is nothing to do on a platform; nil where
// there is. ends is when the certificate does, as far as it was opened.
func (r *run) keep(ctx context.Context, record Record, p Platform, input string, ends time.Time) (*Entry, error) {
	if r.ChangedOnly {
		if before, same := r.before.Made(record.Key(), p, input); !before || same {
			return &Entry{Platform: p, Status: Skipped, Input: input}, nil
		}
	}
	found, err := r.before.Finished(record.Key(), p, input, artefactName(record.Key()), func(file string) ([sha256.Size]byte, error) { return r.Vault.Hash(ctx, file) })
	if found == nil || err != nil {
		return nil, err
	}
	if ends.IsZero() {
		ends = found.NotAfter
	}
	expired := ends.IsZero() || r.Request.Scenario.At.After(ends)
	if expired && r.Request.Ignore[checkValidity] == "" || r.Again && !found.HandedOut.IsZero() {
		return nil, nil
	}
	return &Entry{Platform: p, Status: Kept, Made: found.Ref, Identity: &Identity{NotAfter: ends.UTC()}, HandedOut: found.HandedOut}, nil
}
