package cms

import (
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Tags of RFC 5652 sections 6.1 and 6.2.
var (
	tagOriginator       = cryptobyte_asn1.Tag(0).Constructed().ContextSpecific()
	tagEncrypted        = cryptobyte_asn1.Tag(0).ContextSpecific()
	tagEncryptedPieces  = tagEncrypted.Constructed()
	tagUnprotectedAttrs = cryptobyte_asn1.Tag(1).Constructed().ContextSpecific()

	tagKeyAgreement   = cryptobyte_asn1.Tag(1).Constructed().ContextSpecific()
	tagKEK            = cryptobyte_asn1.Tag(2).Constructed().ContextSpecific()
	tagPassword       = cryptobyte_asn1.Tag(3).Constructed().ContextSpecific()
	tagOtherRecipient = cryptobyte_asn1.Tag(4).Constructed().ContextSpecific()
)

// Tags of CertificateChoices beside X.509 certificates, RFC 5652 section 10.2.2.
var (
	tagExtendedCertificate = cryptobyte_asn1.Tag(0).Constructed().ContextSpecific()
	tagAttrCertificateV1   = cryptobyte_asn1.Tag(1).Constructed().ContextSpecific()
	tagAttrCertificateV2   = cryptobyte_asn1.Tag(2).Constructed().ContextSpecific()
	tagOtherCertificate    = cryptobyte_asn1.Tag(3).Constructed().ContextSpecific()
)

// envelope is EnvelopedData (RFC 5652 section 6.1), of which the structure is checked.
type envelope struct {
	version    int
	demanded   int // the version that the rest of the message demands
	transports []*keyTransport
	others     int // recipients of other kinds
	algorithm  algorithmID
	encrypted  []byte
}

// keyTransport is KeyTransRecipientInfo (RFC 5652 section 6.2.1).
type keyTransport struct {
	version int
	identifier
	algorithm    algorithmID
	encryptedKey []byte
}

// readEnvelope takes an encrypted message apart, to the last byte.
func readEnvelope(der []byte) (*envelope, error) {
	s, err := envelopedData.read(der)
	if err != nil {
		return nil, err
	}
	var e envelope
	if !s.ReadASN1Integer(&e.version) {
		return nil, because(ErrMalformed, "version of EnvelopedData")
	}
	for _, part := range []func(*cryptobyte.String) error{e.readOriginator, e.readRecipients, e.readContent, e.readUnprotected} {
		if err := part(&s); err != nil {
			return nil, err
		}
	}
	if !s.Empty() {
		return nil, because(ErrMalformed, "something after the end of EnvelopedData")
	}
	if e.version != e.demanded {
		return nil, because(ErrMalformed, "version %d of EnvelopedData, RFC 5652 demands %d", e.version, e.demanded)
	}
	return &e, nil
}

// demand notes that a part of the message is for this version or a later one.
func (e *envelope) demand(version int) { e.demanded = max(e.demanded, version) }

// versions is what values of each tag demand of the version of EnvelopedData.
type versions map[cryptobyte_asn1.Tag]int

// RFC 5652 section 6.1. Anything that a message of 1993 could not have demands 2.
var (
	certificateVersions = versions{cryptobyte_asn1.SEQUENCE: 2, tagExtendedCertificate: 2, tagAttrCertificateV1: 2, tagAttrCertificateV2: 3, tagOtherCertificate: 4}
	crlVersions         = versions{cryptobyte_asn1.SEQUENCE: 2, tagOtherCRL: 4}
	recipientVersions   = versions{tagKeyAgreement: 2, tagKEK: 2, tagPassword: 3, tagOtherRecipient: 3}
)

// walk takes a sequence of values with these tags and no others.
func (e *envelope) walk(s cryptobyte.String, allowed versions, where string) error {
	for !s.Empty() {
		var value cryptobyte.String
		var tag cryptobyte_asn1.Tag
		if !s.ReadAnyASN1(&value, &tag) || allowed[tag] == 0 {
			return because(ErrMalformed, "%s of EnvelopedData", where)
		}
		e.demand(allowed[tag])
	}
	return nil
}

// readOriginator walks over OriginatorInfo: certificates and revocation lists, which
// are given no meaning.
func (e *envelope) readOriginator(s *cryptobyte.String) error {
	var originator, certificates, crls cryptobyte.String
	var present bool
	if !s.ReadOptionalASN1(&originator, &present, tagOriginator) {
		return because(ErrMalformed, "originator of EnvelopedData")
	}
	if !present {
		return nil
	}
	e.demand(2)
	if !originator.ReadOptionalASN1(&certificates, nil, tagCertificates) || !originator.ReadOptionalASN1(&crls, nil, tagCRLs) || !originator.Empty() {
		return because(ErrMalformed, "originator of EnvelopedData")
	}
	if err := e.walk(certificates, certificateVersions, "certificates in the originator"); err != nil {
		return err
	}
	return e.walk(crls, crlVersions, "revocation lists in the originator")
}

// readRecipients reads the recipients whose keys are RSA ones and counts the others.
func (e *envelope) readRecipients(s *cryptobyte.String) error {
	var set cryptobyte.String
	if !s.ReadASN1(&set, cryptobyte_asn1.SET) || set.Empty() {
		return because(ErrMalformed, "recipients of EnvelopedData")
	}
	for !set.Empty() {
		if !set.PeekASN1Tag(cryptobyte_asn1.SEQUENCE) {
			var other cryptobyte.String
			var tag cryptobyte_asn1.Tag
			if !set.ReadAnyASN1(&other, &tag) || recipientVersions[tag] == 0 {
				return because(ErrMalformed, "recipients of EnvelopedData")
			}
			e.demand(recipientVersions[tag])
			e.others++
			continue
		}
		r, err := readTransport(&set)
		if err != nil {
			return err
		}
		e.demand(r.version)
		e.transports = append(e.transports, r)
	}
	return nil
}

func readTransport(set *cryptobyte.String) (*keyTransport, error) {
	const byIssuer, byKeyID = 0, 2 // RFC 5652 section 6.2.1
	var s cryptobyte.String
	var r keyTransport
	if !set.ReadASN1(&s, cryptobyte_asn1.SEQUENCE) || !s.ReadASN1Integer(&r.version) || !r.identifier.read(&s) ||
		!readAlgorithm(&s, &r.algorithm) || !s.ReadASN1Bytes(&r.encryptedKey, cryptobyte_asn1.OCTET_STRING) || !s.Empty() {
		return nil, because(ErrMalformed, "recipient of EnvelopedData")
	}
	want := byIssuer
	if r.serial == nil {
		want = byKeyID
	}
	if r.version != want {
		return nil, because(ErrMalformed, "version %d of a recipient, RFC 5652 demands %d", r.version, want)
	}
	return &r, nil
}

// readContent reads EncryptedContentInfo.
func (e *envelope) readContent(s *cryptobyte.String) error {
	var info cryptobyte.String
	var contentType asn1.ObjectIdentifier
	if !s.ReadASN1(&info, cryptobyte_asn1.SEQUENCE) || !info.ReadASN1ObjectIdentifier(&contentType) || !readAlgorithm(&info, &e.algorithm) {
		return because(ErrMalformed, "encrypted content")
	}
	if !contentType.Equal(oidData) {
		return because(ErrContent, "it is said to be of type %v, only plain data is read", contentType)
	}
	if info.Empty() {
		return because(ErrContent, "the encrypted content isn't in the message")
	}
	var ok bool
	if e.encrypted, ok = readEncrypted(&info); !ok || !info.Empty() {
		return because(ErrMalformed, "encrypted content is not an octet string")
	}
	return nil
}

// readEncrypted reads an octet string under an implicit tag, in one piece or, as
// streaming writers make it, in several.
func readEncrypted(s *cryptobyte.String) (encrypted []byte, ok bool) {
	if s.PeekASN1Tag(tagEncrypted) {
		ok = s.ReadASN1Bytes(&encrypted, tagEncrypted)
		return encrypted, ok
	}
	var pieces, piece cryptobyte.String
	if !s.ReadASN1(&pieces, tagEncryptedPieces) {
		return nil, false
	}
	for !pieces.Empty() {
		if !pieces.ReadASN1(&piece, cryptobyte_asn1.OCTET_STRING) {
			return nil, false
		}
		encrypted = append(encrypted, piece...)
	}
	return encrypted, true
}

// readUnprotected walks over attributes that nobody vouches for.
func (e *envelope) readUnprotected(s *cryptobyte.String) error {
	var set cryptobyte.String
	var present bool
	if !s.ReadOptionalASN1(&set, &present, tagUnprotectedAttrs) {
		return because(ErrMalformed, "unprotected attributes")
	}
	if !present {
		return nil
	}
	e.demand(2)
	if set.Empty() {
		return because(ErrAttributes, "an empty set")
	}
	_, err := readAttributes(set, false)
	return err
}
