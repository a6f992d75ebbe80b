package cms

import (
	"bytes"
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1} // RFC 5652 section 4
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2} // RFC 5652 section 5.1
	oidEnvelopedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 3} // RFC 5652 section 6.1
)

// Tags of RFC 5652 sections 3, 5.1 and 5.3.
var (
	tagContent       = cryptobyte_asn1.Tag(0).Constructed().ContextSpecific()
	tagCertificates  = cryptobyte_asn1.Tag(0).Constructed().ContextSpecific()
	tagCRLs          = cryptobyte_asn1.Tag(1).Constructed().ContextSpecific()
	tagOtherCRL      = cryptobyte_asn1.Tag(1).Constructed().ContextSpecific()
	tagKeyID         = cryptobyte_asn1.Tag(0).ContextSpecific()
	tagSignedAttrs   = cryptobyte_asn1.Tag(0).Constructed().ContextSpecific()
	tagUnsignedAttrs = cryptobyte_asn1.Tag(1).Constructed().ContextSpecific()
)

// message is SignedData as it stands (RFC 5652 section 5.1), not yet judged.
type message struct {
	version      int
	digests      []algorithmID
	contentType  asn1.ObjectIdentifier
	content      []byte // nil if absent
	certificates [][]byte
	otherCRL     bool // revocation information in another form than a CRL
	signers      []cryptobyte.String
}

// readMessage takes a signed message apart.
func readMessage(der []byte) (*message, error) {
	sd, err := signedData.read(der)
	if err != nil {
		return nil, err
	}
	return readSignedData(sd)
}

func readSignedData(sd cryptobyte.String) (*message, error) {
	var m message
	var digests, signers cryptobyte.String
	if !sd.ReadASN1Integer(&m.version) || !sd.ReadASN1(&digests, cryptobyte_asn1.SET) {
		return nil, because(ErrMalformed, "version or digest algorithms of SignedData")
	}
	for !digests.Empty() {
		var id algorithmID
		if !readAlgorithm(&digests, &id) {
			return nil, because(ErrMalformed, "digest algorithms of SignedData")
		}
		m.digests = append(m.digests, id)
	}
	if err := m.readContent(&sd); err != nil {
		return nil, err
	}
	if err := m.readCertificates(&sd); err != nil {
		return nil, err
	}
	if !sd.ReadASN1(&signers, cryptobyte_asn1.SET) || !sd.Empty() {
		return nil, because(ErrMalformed, "signers of SignedData")
	}
	for !signers.Empty() {
		var signer cryptobyte.String
		if !signers.ReadASN1(&signer, cryptobyte_asn1.SEQUENCE) {
			return nil, because(ErrMalformed, "signers of SignedData")
		}
		m.signers = append(m.signers, signer)
	}
	return &m, nil
}

// readContent reads EncapsulatedContentInfo (RFC 5652 section 5.2).
func (m *message) readContent(sd *cryptobyte.String) error {
	var info, outer, content cryptobyte.String
	var attached bool
	if !sd.ReadASN1(&info, cryptobyte_asn1.SEQUENCE) || !info.ReadASN1ObjectIdentifier(&m.contentType) ||
		!info.ReadOptionalASN1(&outer, &attached, tagContent) || !info.Empty() {
		return because(ErrMalformed, "encapsulated content")
	}
	if !attached {
		return nil
	}
	if !outer.ReadASN1(&content, cryptobyte_asn1.OCTET_STRING) || !outer.Empty() {
		return because(ErrMalformed, "encapsulated content is not an octet string")
	}
	m.content = content[:len(content):len(content)]
	return nil
}

// readCertificates reads certificates, which must be X.509 ones by their tag, and
// walks over revocation information.
func (m *message) readCertificates(sd *cryptobyte.String) error {
	var certificates, crls cryptobyte.String
	if !sd.ReadOptionalASN1(&certificates, nil, tagCertificates) || !sd.ReadOptionalASN1(&crls, nil, tagCRLs) {
		return because(ErrMalformed, "certificates or revocation lists of SignedData")
	}
	for !certificates.Empty() {
		var certificate cryptobyte.String
		if !certificates.ReadASN1Element(&certificate, cryptobyte_asn1.SEQUENCE) {
			return because(ErrMalformed, "something else than a certificate among the certificates")
		}
		m.certificates = append(m.certificates, certificate)
	}
	for !crls.Empty() {
		var crl cryptobyte.String
		var tag cryptobyte_asn1.Tag
		if !crls.ReadAnyASN1(&crl, &tag) || tag != cryptobyte_asn1.SEQUENCE && tag != tagOtherCRL {
			return because(ErrMalformed, "revocation lists of SignedData")
		}
		m.otherCRL = m.otherCRL || tag == tagOtherCRL
	}
	return nil
}

// signerInfo is SignerInfo as it stands (RFC 5652 section 5.3), not yet judged.
type signerInfo struct {
	version int
	identifier
	digest        algorithmID
	signedAttrs   []byte // as they are signed, with the tag of a SET; nil if absent
	algorithm     algorithmID
	signature     []byte
	unsignedAttrs cryptobyte.String
}

func readSigner(s cryptobyte.String) (*signerInfo, error) {
	var si signerInfo
	if !s.ReadASN1Integer(&si.version) || !si.identifier.read(&s) || !readAlgorithm(&s, &si.digest) {
		return nil, because(ErrMalformed, "version, identifier or digest of the signer")
	}
	if s.PeekASN1Tag(tagSignedAttrs) {
		var attrs cryptobyte.String
		if !s.ReadASN1Element(&attrs, tagSignedAttrs) {
			return nil, because(ErrMalformed, "signed attributes")
		}
		// RFC 5652 section 5.4: the tag of a SET takes the place of the implicit one.
		si.signedAttrs = bytes.Clone(attrs)
		si.signedAttrs[0] = byte(cryptobyte_asn1.SET)
	}
	if !readAlgorithm(&s, &si.algorithm) || !s.ReadASN1Bytes(&si.signature, cryptobyte_asn1.OCTET_STRING) ||
		!s.ReadOptionalASN1(&si.unsignedAttrs, nil, tagUnsignedAttrs) || !s.Empty() {
		return nil, because(ErrMalformed, "signature of the signer")
	}
	return &si, nil
}
