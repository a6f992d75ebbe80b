package cms

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"slices"
	"time"
)

var oidSubjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17} // RFC 5280 section 4.2.1.6

// CheckSignature says whether the signer's key signed the content: the message's own,
// or if the message is detached the one given, which must then not be nil. It judges
// neither the certificate nor any time; see Chain.
//
// Errors are ErrContent, ErrWeakDigest, ErrDigest, ErrSignature and, for content that
// pretends to be another message's signed attributes, ErrAttributes.
func (s *SignedData) CheckSignature(detached []byte) error {
	if s.Signer == nil {
		return because(ErrNoSignerCertificate, "the message was not parsed")
	}
	content, err := s.signedContent(detached)
	if err != nil {
		return err
	}
	digest := s.algorithm.digest
	if digest.weak {
		return because(ErrWeakDigest, "the message is signed over %v, which can be forged; sign it with SHA-256", digest.hash)
	}
	signed := content
	if s.signedAttrs != nil {
		if got := digest.sum(content); !bytes.Equal(got, s.messageDigest) {
			return because(ErrDigest, "%v of the content is %x, %x was signed", digest.hash, got, s.messageDigest)
		}
		signed = s.signedAttrs
	} else if attrs, err := readAttributeSet(content, false); err == nil && len(attrs) > 0 {
		// The signed attributes of a message carry a valid signature of their own, so
		// they could be passed off as signed content.
		return because(ErrAttributes, "no signed attributes, and the content looks like some")
	}
	return s.algorithm.verify(s.Signer.PublicKey, digest.sum(signed), s.signature)
}

// signedContent chooses between the message's content and the caller's.
func (s *SignedData) signedContent(detached []byte) ([]byte, error) {
	switch {
	case s.Detached && detached == nil:
		return nil, because(ErrContent, "it is detached and was not given")
	case !s.Detached && detached != nil:
		return nil, because(ErrContent, "the message has its own, other was given")
	case s.Detached:
		return detached, nil
	}
	return s.Content, nil
}

// Chain returns a chain that is valid at the given time, from the signer to one of
// the roots, over the certificates of the message; nothing is downloaded. Roots nil
// means those of the system. As for Apple's "Verified", the signer may be of any
// extended key usage.
//
// The time must not be zero: neither the signer's claim nor the clock of the machine
// stands in for it. Certificates inside that lead nowhere don't matter, see Strangers.
// Errors are ErrChain and with it, for a certificate of the chain
// that is signed over SHA-1 or MD5, ErrWeakDigest; those of crypto/x509 are wrapped.
func (s *SignedData) Chain(roots *x509.CertPool, at time.Time) ([]*x509.Certificate, error) {
	switch {
	case s.Signer == nil:
		return nil, because(ErrNoSignerCertificate, "the message was not parsed")
	case at.IsZero():
		return nil, because(ErrChain, "no time was given to judge it at")
	}
	intermediates := x509.NewCertPool()
	for _, c := range s.Certificates {
		intermediates.AddCert(acceptOtherNames(c))
	}
	chains, err := acceptOtherNames(s.Signer).Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: intermediates,
		CurrentTime:   at,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return nil, s.chainError(at, err)
	}
	return append([]*x509.Certificate{s.Signer}, chains[0][1:]...), nil
}

// Strangers returns the certificates of the message that take no part in chain, which
// is what Chain returned, in the order of the message. Nothing vouches for them: anyone
// can add one, change it or take it out. Phones put up with them, and so does Chain;
// among the certificates that the caller embedded himself, one is the sign of a change.
func (s *SignedData) Strangers(chain []*x509.Certificate) []*x509.Certificate {
	return slices.DeleteFunc(slices.Clone(s.Certificates), func(c *x509.Certificate) bool {
		return slices.ContainsFunc(chain, c.Equal)
	})
}

// acceptOtherNames returns c without the mark that crypto/x509 makes when a critical
// subject alternative name holds otherNames only, such as a UPN: a chain doesn't
// depend on names that nobody compares.
func acceptOtherNames(c *x509.Certificate) *x509.Certificate {
	accepted := *c
	accepted.UnhandledCriticalExtensions = slices.DeleteFunc(slices.Clone(c.UnhandledCriticalExtensions), oidSubjectAltName.Equal)
	return &accepted
}

// chainError names the certificate whose weak signature broke the chain, which
// crypto/x509 reports as an unknown authority, or passes the error on.
func (s *SignedData) chainError(at time.Time, err error) error {
	var unknown x509.UnknownAuthorityError
	if c := s.weakLink(); c != nil && errors.As(err, &unknown) {
		return because(ErrChain, "%w: %q is signed with %v, which is refused: %w", ErrWeakDigest, c.Subject, c.SignatureAlgorithm, err)
	}
	return because(ErrChain, "%q at %s: %w", s.Signer.Subject, at.UTC().Format(time.RFC3339), err)
}

// weakLink follows the issuers from the signer up and returns the first certificate
// with a signature over SHA-1 or MD5. That of a root doesn't matter.
func (s *SignedData) weakLink() *x509.Certificate {
	const maxLinks = 16 // more than any real chain; the names may go in a circle
	c := s.Signer
	for range maxLinks {
		if bytes.Equal(c.RawSubject, c.RawIssuer) {
			return nil
		}
		switch c.SignatureAlgorithm {
		case x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.MD5WithRSA:
			return c
		}
		i := slices.IndexFunc(s.Certificates, func(issuer *x509.Certificate) bool {
			return bytes.Equal(issuer.RawSubject, c.RawIssuer)
		})
		if i < 0 {
			return nil
		}
		c = s.Certificates[i]
	}
	return nil
}
