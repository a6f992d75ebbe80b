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

// revoked is what the CRLs have against a user's certificate.
func (r *run) revoked(id *identity) []preflight.Finding {
	if r.Revocation == nil {
		return nil
	}
	found := worse(r.Revocation.Check(r.Request.Scenario, id.leaf, id.bundle.Certificates))
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
