package cms

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"time"
)

// maxRSABits bounds the work that a message can cause; OpenSSL has the same limit.
const maxRSABits = 16384

// SignedData is a signed message that is well-formed. Nothing of it is proven until
// CheckSignature and Chain have said yes.
type SignedData struct {
	Content      []byte // nil if detached, else not nil
	Detached     bool   // the content is elsewhere
	ContentType  asn1.ObjectIdentifier
	Certificates []*x509.Certificate // all that are inside, in the order of the message
	Signer       *x509.Certificate   // the one of Certificates that the signer names
	SigningTime  time.Time           // what the signer claims, UTC; zero if it claims none. For information only
	Digest       crypto.Hash
	Algorithm    string // named as by crypto/x509: "SHA256-RSA", "SHA256-RSAPSS", "ECDSA-SHA384"

	algorithm     signatureAlgorithm
	signedAttrs   []byte // as they are signed; nil if the content itself is signed
	messageDigest []byte
	signature     []byte
}

// IsCMS says whether b begins like a CMS signed message in DER or BER: a sequence
// that starts with the name of SignedData. The rest may be missing or wrong.
func IsCMS(b []byte) bool { return signedData.begins(b) }

// Parse reads a signed message in DER or BER with exactly one signer, whose
// certificate must be inside, and with nothing after it. Every certificate inside
// must be one that crypto/x509 reads.
//
// Signed attributes must be there, in the order of DER and each type once, unless
// the content is plain data: then RFC 5652 section 5.3 allows to sign the content
// alone. Versions, algorithms and parameters must be those that RFC 5652, 5754, 4056
// and their like demand, and agree with each other. Unsigned attributes and
// revocation lists are walked over and given no meaning.
//
// MD5 and SHA-1 are read, so that they can be shown; CheckSignature refuses them.
// Nothing in the result shares memory with b.
func Parse(b []byte) (*SignedData, error) {
	m, err := readAny(b)
	if err != nil {
		return nil, err
	}
	if len(m.signers) != 1 {
		return nil, because(ErrSigners, "%d signers, there must be exactly one", len(m.signers))
	}
	si, err := readSigner(m.signers[0])
	if err != nil {
		return nil, err
	}
	if err := checkVersions(m, si); err != nil {
		return nil, err
	}
	s := &SignedData{
		Content:     m.content,
		Detached:    m.content == nil,
		ContentType: m.contentType,
		signedAttrs: si.signedAttrs,
		signature:   si.signature,
	}
	for _, step := range []func(*message, *signerInfo) error{s.setAlgorithms, s.setAttributes, s.setCertificates} {
		if err := step(m, si); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// CertsOnly returns the certificates of a message that is nothing but a bag of them
// (RFC 5652 section 5.2, the .p7b of Windows), DER or BER, in its order. They are not
// looked into: one that crypto/x509 refuses comes out as well. If b is DER they are
// parts of it.
func CertsOnly(b []byte) ([][]byte, error) {
	if err := checkSize(b); err != nil {
		return nil, err
	}
	// A message that is DER on the outside stays as it is inside: a certificate with
	// an odd encoding is then neither refused nor changed.
	m, err := readMessage(b)
	if err != nil {
		m, err = readAny(b)
	}
	if err != nil {
		return nil, err
	}
	if len(m.signers) > 0 {
		return nil, because(ErrSigners, "%d signers, a bundle of certificates has none", len(m.signers))
	}
	return m.certificates, nil
}

// readAny reads a message in DER or BER, from a copy.
func readAny(b []byte) (*message, error) {
	der, err := signedData.convert(b)
	if err != nil {
		return nil, err
	}
	return readMessage(der)
}

// checkVersions holds the versions against RFC 5652 sections 5.1 and 5.3.
func checkVersions(m *message, si *signerInfo) error {
	signer, whole := 1, 1
	if si.serial == nil {
		signer = 3
	}
	switch {
	case m.otherCRL:
		whole = 5
	case signer == 3 || !m.contentType.Equal(oidData):
		whole = 3
	}
	if m.version != whole || si.version != signer {
		return because(ErrMalformed, "versions %d and %d of message and signer, RFC 5652 demands %d and %d", m.version, si.version, whole, signer)
	}
	return nil
}

// setAlgorithms demands one digest algorithm throughout: with one signer the list of
// digests can hold no other.
func (s *SignedData) setAlgorithms(m *message, si *signerInfo) error {
	d, err := si.digest.asDigest()
	if err != nil {
		return err
	}
	if len(m.digests) != 1 || !m.digests[0].oid.Equal(d.oid) || !m.digests[0].plain() {
		return because(ErrAlgorithm, "the message doesn't list %v, the signer's digest, and nothing else", d.hash)
	}
	if s.algorithm, err = si.algorithm.asSignature(d); err != nil {
		return err
	}
	s.Digest, s.Algorithm = d.hash, s.algorithm.String()
	return nil
}

// setAttributes applies RFC 5652 sections 5.3 and 11. Only plain data can do without
// signed attributes.
func (s *SignedData) setAttributes(m *message, si *signerInfo) error {
	unsigned, err := readAttributes(si.unsignedAttrs, false)
	if err != nil {
		return err
	}
	if err := unsigned.checkUnsigned(); err != nil {
		return err
	}
	if si.signedAttrs == nil {
		if !m.contentType.Equal(oidData) {
			return because(ErrAttributes, "none are signed, which content type %v needs", m.contentType)
		}
		return nil
	}
	signed, err := readAttributeSet(si.signedAttrs, true)
	if err != nil {
		return err
	}
	contentType, err := signed.contentType()
	if err != nil {
		return err
	}
	if !contentType.Equal(m.contentType) {
		return because(ErrAttributes, "content type %v is signed, the content says %v", contentType, m.contentType)
	}
	if s.messageDigest, err = signed.messageDigest(); err != nil {
		return err
	}
	s.SigningTime, err = signed.signingTime()
	return err
}

// setCertificates parses what is inside and finds the signer's among it.
func (s *SignedData) setCertificates(m *message, si *signerInfo) error {
	for i, der := range m.certificates {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return because(ErrCertificate, "number %d of %d: %w", i+1, len(m.certificates), err)
		}
		if key, ok := c.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > maxRSABits {
			return because(ErrCertificate, "number %d of %d: RSA with %d bits, the limit is %d", i+1, len(m.certificates), key.N.BitLen(), maxRSABits)
		}
		s.Certificates = append(s.Certificates, c)
	}
	i := slices.IndexFunc(s.Certificates, si.names)
	if i < 0 {
		return because(ErrNoSignerCertificate, "%d certificates inside, none is that of %v", len(s.Certificates), si)
	}
	s.Signer = s.Certificates[i]
	return nil
}
