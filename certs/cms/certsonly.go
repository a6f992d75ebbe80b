package cms

import (
	"bytes"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// MarshalCertsOnly returns the DER of a bundle of certificates (.p7b): SignedData
// without content and signers (RFC 5652 section 5; "certs-only" is the name of RFC
// 2797 section 3). CertsOnly reads it.
//
// The certificates are a set, which DER sorts by encoding: the same ones give the same
// bytes in whatever order they come, and a repeated one stands inside once. They are
// not judged, beyond that each must be one DER SEQUENCE to its last byte
// (ErrCertificate). No certificate at all is refused (ErrCertificate), as is a bundle
// larger than MaxSize (ErrTooLarge).
func MarshalCertsOnly(certificates [][]byte) ([]byte, error) {
	if len(certificates) == 0 {
		return nil, because(ErrCertificate, "a bundle needs at least one")
	}
	for i, c := range certificates {
		in, sequence := cryptobyte.String(c), cryptobyte.String(nil)
		if !in.ReadASN1(&sequence, cryptobyte_asn1.SEQUENCE) || !in.Empty() {
			return nil, because(ErrCertificate, "number %d of %d isn't one DER SEQUENCE", i+1, len(certificates))
		}
	}
	sorted := slices.SortedFunc(slices.Values(certificates), bytes.Compare)
	sorted = slices.CompactFunc(sorted, bytes.Equal)
	var b cryptobyte.Builder
	addInfo(&b, oidSignedData, func(b *cryptobyte.Builder) {
		b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1) // version: plain data, nothing newer than certificates
			b.AddASN1(cryptobyte_asn1.SET, func(*cryptobyte.Builder) {})
			addInfo(b, oidData, nil)
			b.AddASN1(tagCertificates, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(sorted, nil)) })
			b.AddASN1(cryptobyte_asn1.SET, func(*cryptobyte.Builder) {})
		})
	})
	der, err := b.Bytes()
	if err != nil {
		return nil, because(ErrMalformed, "encoding the bundle: %w", err)
	}
	if err := checkSize(der); err != nil {
		return nil, err
	}
	return der, nil
}
