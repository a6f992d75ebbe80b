package cms

import (
	"bytes"
	"encoding/asn1"
	"errors"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// kind is a content type of ContentInfo, with the error for a message of another.
type kind struct {
	oid  asn1.ObjectIdentifier
	name string // oid as it is encoded, without its header
	not  error
}

var (
	signedData    = kind{oidSignedData, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", ErrNotCMS}
	envelopedData = kind{oidEnvelopedData, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", ErrNotEnveloped}
)

// begins says whether b begins like a message of this kind, in DER or BER.
func (k kind) begins(b []byte) bool {
	outer, err := readHeader(b)
	if err != nil || !outer.is(1<<tagSequence) {
		return false
	}
	b = b[outer.size:]
	inner, err := readHeader(b)
	return err == nil && inner.is(1<<tagOID) && inner.length == len(k.name) && bytes.HasPrefix(b[inner.size:], []byte(k.name))
}

// convert copies a message of this kind in DER or BER into DER.
func (k kind) convert(b []byte) ([]byte, error) {
	der, err := convert(b)
	if err != nil && !k.begins(b) && errors.Is(err, ErrMalformed) {
		return nil, because(k.not, "%w", err)
	}
	return der, err
}

// read takes ContentInfo apart, to the last byte, and returns the inside of the
// sequence that it holds (RFC 5652 section 3).
func (k kind) read(der []byte) (cryptobyte.String, error) {
	in := cryptobyte.String(der)
	var info, outer, content cryptobyte.String
	var oid asn1.ObjectIdentifier
	switch {
	case !in.ReadASN1(&info, cryptobyte_asn1.SEQUENCE) || !info.ReadASN1ObjectIdentifier(&oid):
		return nil, because(k.not, "no ContentInfo")
	case !in.Empty():
		return nil, because(ErrTrailing, "%d of %d bytes", len(in), len(der))
	case !oid.Equal(k.oid):
		return nil, because(k.not, "content type %v", oid)
	case !info.ReadASN1(&outer, tagContent) || !info.Empty() ||
		!outer.ReadASN1(&content, cryptobyte_asn1.SEQUENCE) || !outer.Empty():
		return nil, because(ErrMalformed, "no content of type %v in its place", oid)
	}
	return content, nil
}
