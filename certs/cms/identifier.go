package cms

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// identifier names the certificate of a signer or recipient (RFC 5652 sections 5.3
// and 6.2.1).
type identifier struct {
	issuer []byte   // encoded; with serial, or else keyID alone
	serial *big.Int // nil if the certificate is named by keyID
	keyID  []byte
}

// read reads SignerIdentifier or RecipientIdentifier, which are encoded alike.
func (id *identifier) read(s *cryptobyte.String) bool {
	if s.PeekASN1Tag(tagKeyID) {
		return s.ReadASN1Bytes(&id.keyID, tagKeyID)
	}
	var both, issuer cryptobyte.String
	id.serial = new(big.Int)
	if !s.ReadASN1(&both, cryptobyte_asn1.SEQUENCE) || !both.ReadASN1Element(&issuer, cryptobyte_asn1.SEQUENCE) ||
		!both.ReadASN1Integer(id.serial) || !both.Empty() {
		return false
	}
	id.issuer = issuer
	return true
}

// names says whether the identifier is that of c.
func (id *identifier) names(c *x509.Certificate) bool {
	if id.serial == nil {
		return len(id.keyID) > 0 && bytes.Equal(id.keyID, c.SubjectKeyId)
	}
	return id.serial.Cmp(c.SerialNumber) == 0 && bytes.Equal(id.issuer, c.RawIssuer)
}

// String describes the identifier.
func (id *identifier) String() string {
	if id.serial == nil {
		return fmt.Sprintf("subject key identifier %x", id.keyID)
	}
	var issuer pkix.RDNSequence
	if rest, err := asn1.Unmarshal(id.issuer, &issuer); err != nil || len(rest) > 0 {
		return fmt.Sprintf("serial number %x", id.serial)
	}
	return fmt.Sprintf("serial number %x of issuer %q", id.serial, issuer.String())
}
