package rollout

import (
	"slices"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/certs/preflight"
)

// revokedNote is the certificate of a user that a run found to be revoked, and that no run
// has found to be good since.
type revokedNote struct {
	certificate half
	first, last int32 // the runs that say so
}

// isRevoked reports whether a finding is that the certificate is revoked, as against that
// nothing could be found out.
func isRevoked(f preflight.Finding) bool {
	return f.Check == checkRevoked && f.Status == preflight.StatusFail && f.Value == string(crl.Revoked)
}

// decidesRevoked reports whether CRLs had an answer.
func decidesRevoked(f preflight.Finding) bool {
	return f.Check == checkRevoked && (f.Status == preflight.StatusPass || f.Status == preflight.StatusFail)
}

// noteRevoked keeps that a user's certificate is revoked. Whoever was made something after
// that, with nothing said against the certificate, has another, or it is good again: a
// run without CRLs makes nothing with the one that is known.
func (x *Index) noteRevoked(e *Entry, run int32, made bool) {
	user := halfOf(e.User)
	before, known := x.revoked[user]
	if !slices.ContainsFunc(e.Findings, isRevoked) {
		if made && known && x.history.older(before.last, run) {
			delete(x.revoked, user)
		}
		return
	}
	if e.Identity == nil || e.Identity.Thumbprint == "" {
		return
	}
	if r := x.records[pairOf(e.User, e.Platform)]; r.made && !x.history.older(r.of, run) {
		return // which a later run has made
	}
	now := revokedNote{halfOf(e.Identity.Thumbprint), run, run}
	if known && before.certificate == now.certificate {
		now.first = before.first
	}
	x.revoked[user] = now
}

// knowsRevoked reports whether a certificate of the user was revoked.
func (x *Index) knowsRevoked(user string) bool {
	_, known := x.revoked[halfOf(user)]
	return known
}

// revokedBy is when the first run began that found the user's certificate revoked.
func (x *Index) revokedBy(user string, leaf *certs.Certificate) (begun time.Time, known bool) {
	note, known := x.revoked[halfOf(user)]
	if !known || note.certificate != halfOf(leaf.Thumbprint()) {
		return time.Time{}, false
	}
	return x.history.begun[note.first], true
}

// revokedBefore is the failure of a user whose certificate an earlier run found revoked.
func revokedBefore(begun time.Time) preflight.Finding {
	o := preflight.Fail("it was revoked by the CRLs of the run of %s, and nothing says that it is good again", begun.UTC().Format("2006-01-02 15:04 UTC"))[0]
	o.Value, o.Fix = string(crl.Revoked), "issue a new certificate; if this one was taken off the CRL, give --crl and --ca"
	return apply(crl.CertRevoked.Info, o)
}
