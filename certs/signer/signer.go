// Package signer opens the key and certificate that profiles are signed with.
//
// Any crypto.Signer will do for a [Signer]; [Open] makes one from a PEM or
// PKCS#12 file, and [OpenURI] one whose key never leaves its token (PKCS #11, in
// builds with the tag pkcs11) or Azure Key Vault. [Secret] reads what of a vault is to be
// known here, in the same way.
package signer

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/cms"
)

// Signer signs profiles: a key, its certificate, and the intermediates that go
// into every signature, since a phone fetches none.
type Signer struct {
	Key         crypto.Signer
	Certificate *x509.Certificate
	Chain       []*x509.Certificate

	close func() error // gives back what the key holds open; nil for nothing
}

// Close ends the session with the token that holds the key, where one does. The
// signer can't sign after it.
func (s *Signer) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// Open reads a signer from a PEM or PKCS#12 file, and its intermediates from
// that file and from chain.
func Open(path string, u certs.Unlock, chain []*certs.Certificate) (*Signer, error) {
	if IsURI(path) {
		return nil, fmt.Errorf("%w: it is named by a URI (%s:), and files are opened here", ErrKey, scheme(path))
	}
	b, err := certs.ReadFile(path, u)
	if err != nil {
		return nil, err
	}
	return FromBundle(b, chain)
}

// FromBundle makes a signer of the one identity in a file that was read already,
// with intermediates from that file and from chain.
func FromBundle(b *certs.Bundle, chain []*certs.Certificate) (*Signer, error) {
	id, err := b.Identity(chain...)
	if err != nil {
		return nil, err
	}
	return New(id)
}

// TrustedBy names the authority that a phone must trust to show what is signed
// as Verified: the topmost that the signature itself leads to.
func (s *Signer) TrustedBy() string {
	top := s.Certificate
	if len(s.Chain) > 0 {
		top = s.Chain[len(s.Chain)-1]
	}
	return top.Issuer.String()
}

// New makes a signer of an identity.
func New(id *certs.Identity) (*Signer, error) {
	if id.Leaf.X509 == nil {
		return nil, fmt.Errorf("the signer's certificate is outside the standard: %w", id.Leaf.Refused)
	}
	s := &Signer{Key: id.Key, Certificate: id.Leaf.X509}
	for _, ca := range id.Chain {
		if ca.X509 != nil && !ca.IsRoot() { // which phones ignore inside a signature
			s.Chain = append(s.Chain, ca.X509)
		}
	}
	return s, nil
}

// ErrExpired says that the signer's certificate is not valid at the time.
var ErrExpired = errors.New("the signer's certificate is not valid")

// Sign wraps content in a CMS signature made at the given time: attached, as a
// profile is signed, or detached.
func (s *Signer) Sign(content []byte, at time.Time, detached bool) ([]byte, error) {
	c := s.Certificate
	if at.Before(c.NotBefore) || at.After(c.NotAfter) {
		return nil, fmt.Errorf("%w at %s: it runs from %s to %s", ErrExpired,
			at.UTC().Format(time.DateOnly), c.NotBefore.Format(time.DateOnly), c.NotAfter.Format(time.DateOnly))
	}
	return cms.Sign(content, c, s.Key, cms.SignOptions{Chain: s.Chain, Time: at, Detached: detached})
}
