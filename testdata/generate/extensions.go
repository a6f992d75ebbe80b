package main

import (
	"bytes"
	"encoding/asn1"
	"unicode/utf16"
)

// The extensions that are written here.
var (
	oidSKI   = asn1.ObjectIdentifier{2, 5, 29, 14}
	oidKU    = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidSAN   = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidBasic = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidCDP   = asn1.ObjectIdentifier{2, 5, 29, 31}
	oidAKI   = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidEKU   = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidAIA   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 1}
	oidNote  = asn1.ObjectIdentifier{2, 16, 840, 1, 113730, 1, 13} // Netscape's comment
	oidSID   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 25, 2} // MS-WCCE 2.2.2.7.7.4
	oidLab   = asn1.ObjectIdentifier{2, 999, 1700885355, 1}        // easkit's lab marker
)

// The types of otherNames, and the usages.
var (
	oidUPN       = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}
	oidSmtpUTF8  = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 8, 9}
	oidObjectSID = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 25, 2, 1}

	clientAuth = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 2}
	serverAuth = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1}
	smartcard  = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 2}
	anyUsage   = asn1.ObjectIdentifier{2, 5, 29, 37, 0}
)

// der writes one value with a tag and a length.
func der(tag byte, parts ...[]byte) []byte {
	var content []byte
	for _, p := range parts {
		content = append(content, p...)
	}
	switch n := len(content); {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, content...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, content...)
	default:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, content...)
	}
}

// Tags of X.690, as single bytes.
const (
	tagBoolean  = 0x01
	tagBits     = 0x03
	tagOctets   = 0x04
	tagUTF8     = 0x0c
	tagIA5      = 0x16
	tagBMP      = 0x1e
	tagSequence = 0x30
	tagOther    = 0xa0 // otherName, and the explicit [0] in it
	tagMail     = 0x81
	tagDNS      = 0x82
	tagURI      = 0x86
	tagKeyID    = 0x80
)

func oid(o asn1.ObjectIdentifier) []byte {
	b, _ := asn1.Marshal(o) // fails for arcs that none of ours has
	return b
}

func otherName(kind asn1.ObjectIdentifier, value []byte) []byte {
	return der(tagOther, oid(kind), der(tagOther, value))
}

func upn(address string) []byte  { return otherName(oidUPN, der(tagUTF8, []byte(address))) }
func mail(address string) []byte { return der(tagMail, []byte(address)) }
func uri(text string) []byte     { return der(tagURI, []byte(text)) }

func upnBMP(address string) []byte {
	var wide []byte
	for _, unit := range utf16.Encode([]rune(address)) {
		wide = append(wide, byte(unit>>8), byte(unit))
	}
	return otherName(oidUPN, der(tagBMP, wide))
}

// with puts one extension in, in place of one of its kind.
func with(e extension) option { return func(_ *keys, c *certificate) { c.set(e) } }

// also puts an extension in a second time.
func also(e extension) option {
	return func(_ *keys, c *certificate) { c.extensions = append(c.extensions, e) }
}

func without(kind asn1.ObjectIdentifier) option {
	return func(_ *keys, c *certificate) {
		var kept []extension
		for _, e := range c.extensions {
			if !e.oid.Equal(kind) {
				kept = append(kept, e)
			}
		}
		c.extensions = kept
	}
}

func san(names ...[]byte) option { return with(sanOf(names...)) }

func sanOf(names ...[]byte) extension {
	return extension{oid: oidSAN, value: der(tagSequence, names...)}
}

func eku(usages ...asn1.ObjectIdentifier) option {
	var list [][]byte
	for _, u := range usages {
		list = append(list, oid(u))
	}
	return with(extension{oid: oidEKU, value: der(tagSequence, list...)})
}

// The bytes of a KeyUsage's BIT STRING, unused bits first (RFC 5280 4.2.1.3).
var (
	mayCertify  = []byte{1, 0x06} // keyCertSign, cRLSign
	onlyCerts   = []byte{2, 0x04} // keyCertSign
	maySign     = []byte{7, 0x80} // digitalSignature
	mayEncipher = []byte{5, 0x20} // keyEncipherment
)

func keyUsage(bits []byte) option {
	return with(extension{oid: oidKU, critical: true, value: der(tagBits, bits)})
}

// sid is the SID extension; its text is in an OCTET STRING.
func sid(text string) option {
	return with(extension{oid: oidSID, value: der(tagSequence, otherName(oidObjectSID, der(tagOctets, []byte(text))))})
}

// isCA is basicConstraints with cA true.
func isCA() option {
	return with(extension{oid: oidBasic, critical: true, value: der(tagSequence, der(tagBoolean, []byte{0xff}))})
}

// pathLen is basicConstraints of a CA that allows n CAs below it.
func pathLen(n byte) option {
	return with(extension{oid: oidBasic, critical: true, value: der(tagSequence, der(tagBoolean, []byte{0xff}), der(asn1.TagInteger, []byte{n}))})
}

func cdp(url string) option {
	const fullName, distributionPoint = 0xa0, 0xa0
	point := der(tagSequence, der(distributionPoint, der(fullName, uri(url))))
	return with(extension{oid: oidCDP, value: der(tagSequence, point)})
}

// ski is the identifier of the certificate's own key.
func ski() option {
	return func(ks *keys, c *certificate) {
		c.set(extension{oid: oidSKI, value: der(tagOctets, ks.keyID(c.key))})
	}
}

// aki is the identifier of the key that signs.
func aki() option {
	return func(ks *keys, c *certificate) {
		c.set(extension{oid: oidAKI, value: der(tagSequence, der(tagKeyID, ks.keyID(c.signer)))})
	}
}

// akiFor is the identifier of another key than the one that signs.
func akiFor(key string) option {
	return func(ks *keys, c *certificate) {
		c.set(extension{oid: oidAKI, value: der(tagSequence, der(tagKeyID, ks.keyID(key)))})
	}
}

// caIssuers is where the issuer's certificate can be got (RFC 5280 4.2.2.1).
func caIssuers(url string) option {
	method := oid(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 2})
	return with(extension{oid: oidAIA, value: der(tagSequence, der(tagSequence, method, uri(url)))})
}

// padded makes a certificate n bytes longer, and a little.
func padded(n int) option {
	return with(extension{oid: oidNote, value: der(tagIA5, bytes.Repeat([]byte("x"), n))})
}

// skiFor is the identifier of another key than the certificate's.
func skiFor(key string) option {
	return func(ks *keys, c *certificate) {
		c.set(extension{oid: oidSKI, value: der(tagOctets, ks.keyID(key))})
	}
}
