package cms

import (
	"bytes"
	"encoding/asn1"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// RFC 5652 section 11. All three belong among the signed attributes, once.
var (
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
)

// attributes maps the dotted type to the encoded values.
type attributes map[string]cryptobyte.String

// readAttributes reads the inside of a set of attributes. A type that comes twice is
// refused and, if sorted is set, also an order other than that of DER.
func readAttributes(set cryptobyte.String, sorted bool) (attributes, error) {
	attrs := attributes{}
	var previous []byte
	for !set.Empty() {
		var element, attr, values cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !set.ReadASN1Element(&element, cryptobyte_asn1.SEQUENCE) {
			return nil, because(ErrAttributes, "malformed")
		}
		if sorted && bytes.Compare(previous, element) > 0 {
			return nil, because(ErrAttributes, "signed attributes are not in the order of DER")
		}
		previous = element
		if !element.ReadASN1(&attr, cryptobyte_asn1.SEQUENCE) || !attr.ReadASN1ObjectIdentifier(&oid) ||
			!attr.ReadASN1(&values, cryptobyte_asn1.SET) || !attr.Empty() {
			return nil, because(ErrAttributes, "malformed")
		}
		if _, doubled := attrs[oid.String()]; doubled {
			return nil, because(ErrAttributes, "attribute %v comes twice", oid)
		}
		attrs[oid.String()] = values
	}
	return attrs, nil
}

// readAttributeSet reads a whole set of attributes, as it is signed.
func readAttributeSet(der []byte, sorted bool) (attributes, error) {
	in := cryptobyte.String(der)
	var set cryptobyte.String
	if !in.ReadASN1(&set, cryptobyte_asn1.SET) || !in.Empty() {
		return nil, because(ErrAttributes, "not a set")
	}
	return readAttributes(set, sorted)
}

// contentType returns the one value of the content type attribute.
func (a attributes) contentType() (oid asn1.ObjectIdentifier, err error) {
	values := a[oidContentType.String()]
	if !values.ReadASN1ObjectIdentifier(&oid) || !values.Empty() {
		return nil, because(ErrAttributes, "not exactly one content type")
	}
	return oid, nil
}

// messageDigest returns the one value of the message digest attribute.
func (a attributes) messageDigest() (digest []byte, err error) {
	values := a[oidMessageDigest.String()]
	if !values.ReadASN1Bytes(&digest, cryptobyte_asn1.OCTET_STRING) || !values.Empty() {
		return nil, because(ErrAttributes, "not exactly one message digest")
	}
	return digest, nil
}

// signingTime returns the one value of the signing time attribute, or the zero time
// if there is no such attribute.
func (a attributes) signingTime() (t time.Time, err error) {
	values, present := a[oidSigningTime.String()]
	if !present {
		return time.Time{}, nil
	}
	ok := false
	if values.PeekASN1Tag(cryptobyte_asn1.UTCTime) {
		ok = values.ReadASN1UTCTime(&t)
	} else {
		ok = values.ReadASN1GeneralizedTime(&t)
	}
	if !ok || !values.Empty() {
		return time.Time{}, because(ErrAttributes, "not exactly one signing time, or a malformed one")
	}
	return t.UTC(), nil
}

// checkUnsigned refuses what must not stand among the unsigned attributes (RFC 5652
// section 11), where anyone can put it.
func (a attributes) checkUnsigned() error {
	for _, oid := range []asn1.ObjectIdentifier{oidContentType, oidMessageDigest, oidSigningTime} {
		if _, present := a[oid.String()]; present {
			return because(ErrAttributes, "attribute %v is not signed", oid)
		}
	}
	return nil
}
