package rollout

import (
	"context"
	"slices"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// Revocation judges whether a user's certificate is revoked. It is asked by several
// goroutines at once.
type Revocation interface {
	// Check gives at least one finding. InFile are all certificates of the user's file.
	Check(s preflight.Scenario, c *certs.Certificate, inFile []*certs.Certificate) []preflight.Finding
}

// revoked is what the CRLs have against a user's certificate. Where they don't say, or
// there are none, it is what an earlier run found in its own.
func (r *run) revoked(user string, id *identity) []preflight.Finding {
	var found []preflight.Finding
	if r.Revocation != nil {
		found = r.Revocation.Check(r.Request.Scenario, id.leaf, id.bundle.Certificates)
	}
	since, known := r.before.revokedBy(user, id.leaf)
	if known && !slices.ContainsFunc(found, decidesRevoked) {
		found = append(found, revokedBefore(since))
	}
	found = worse(found)
	for i := range found {
		found[i].Ignored = r.Request.Ignore[found[i].Check]
	}
	return found
}

// unlessRevoked makes what one user needs on a platform, unless the CRLs have something
// against it that counts. A revocation fails users, too, who were finished before: nothing
// about their files has changed, and they can't sign in any more.
func (r *run) unlessRevoked(ctx context.Context, record Record, p Platform, id *identity, revoked []preflight.Finding) (*Entry, error) {
	if slices.ContainsFunc(revoked, func(f preflight.Finding) bool { return f.Status == preflight.StatusFail && f.Ignored == "" }) {
		return &Entry{Platform: p, Status: Failed, Input: r.input(record, p, id.sum), Findings: revoked}, nil
	}
	e, err := r.make(ctx, record, p, id)
	if err == nil && e.Status != Skipped {
		e.Findings = slices.Concat(e.Findings, revoked)
	}
	return e, err
}
