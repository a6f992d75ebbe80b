package certs

import (
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// ParseDistributionPoints reads the URLs of fullName in each point of a
// CRLDistributionPoints or FreshestCRL extension, in their order (RFC 5280
// 4.2.1.13). What it doesn't understand it passes over.
func ParseDistributionPoints(value []byte) (urls []string) {
	input := cryptobyte.String(value)
	var points cryptobyte.String
	input.ReadASN1(&points, cbasn1.SEQUENCE)
	for !points.Empty() {
		var point, name cryptobyte.String
		if !points.ReadASN1(&point, cbasn1.SEQUENCE) {
			return urls
		}
		if point.ReadASN1(&name, cbasn1.Tag(0).ContextSpecific().Constructed()) {
			urls = append(urls, ParseDistributionPointName(name)...)
		}
	}
	return urls
}

// ParseDistributionPointName reads the URLs of a DistributionPointName, the
// content of the field distributionPoint of a distribution point or of an
// issuing distribution point (RFC 5280 5.2.5). A name relative to the issuer's
// holds none.
func ParseDistributionPointName(value []byte) (urls []string) {
	input := cryptobyte.String(value)
	var full cryptobyte.String
	if !input.ReadASN1(&full, cbasn1.Tag(0).ContextSpecific().Constructed()) {
		return nil
	}
	for !full.Empty() {
		var general cryptobyte.String
		var tag cbasn1.Tag
		if !full.ReadAnyASN1(&general, &tag) {
			return urls
		}
		if tag == cbasn1.Tag(6).ContextSpecific() { // uniformResourceIdentifier
			urls = append(urls, string(general))
		}
	}
	return urls
}
