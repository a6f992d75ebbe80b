package signer

import (
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// ExpiresSoon says how long the signer's certificate is valid after a time, and
// whether that is less than [preflight.SignerNotice]. left is negative once it has
// expired.
func (s *Signer) ExpiresSoon(at time.Time) (left time.Duration, soon bool) {
	left = s.Certificate.NotAfter.Sub(at)
	return left, left < preflight.SignerNotice
}
