package cms

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// forgery is a message whose every part can be wrong, yet with a true signature over
// what it says: only the reader's rules stand against it.
type forgery struct {
	version, signerVersion int64
	digests                [][]byte // encoded algorithms
	contentType            asn1.ObjectIdentifier
	content                []byte
	certificates, crls     [][]byte
	id                     []byte // encoded signer identifier
	digest, algorithm      []byte // encoded algorithms of the signer
	attrs                  [][]byte
	bare                   bool // no signed attributes
	unsorted               bool
	unsigned               [][]byte
	signature              []byte // made when nil
	afterSigner, after     []byte
}

var (
	oidTSTInfo = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4} // some other content type
	null       = []byte{5, 0}
)

// publicOnly is a key that nobody has.
type publicOnly struct{ public crypto.PublicKey }

func (k publicOnly) Public() crypto.PublicKey { return k.public }
func (k publicOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("no private key")
}

// der encodes a value of the given tag around others.
func der(tag cryptobyte_asn1.Tag, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	return append(appendLength([]byte{byte(tag)}, len(content)), content...)
}

func oidDER(oid asn1.ObjectIdentifier) []byte {
	b, err := asn1.Marshal(oid)
	must(err)
	return b
}

func algorithmDER(oid asn1.ObjectIdentifier, params ...[]byte) []byte {
	return der(cryptobyte_asn1.SEQUENCE, append([][]byte{oidDER(oid)}, params...)...)
}

func attributeDER(oid asn1.ObjectIdentifier, values ...[]byte) []byte {
	return der(cryptobyte_asn1.SEQUENCE, oidDER(oid), der(cryptobyte_asn1.SET, values...))
}

func contentTypeDER(values ...[]byte) []byte   { return attributeDER(oidContentType, values...) }
func messageDigestDER(values ...[]byte) []byte { return attributeDER(oidMessageDigest, values...) }
func octets(b []byte) []byte                   { return der(cryptobyte_asn1.OCTET_STRING, b) }

// newForgery is in order until a test changes it. The signer is p256.
func newForgery() *forgery {
	c := pki().signers["p256"].cert
	serial, err := asn1.Marshal(c.SerialNumber)
	must(err)
	content := []byte("content")
	return &forgery{
		version: 1, signerVersion: 1,
		digests:      [][]byte{algorithmDER(sha256.oid)},
		contentType:  oidData,
		content:      content,
		certificates: [][]byte{c.Raw, pki().issuing.cert.Raw},
		id:           der(cryptobyte_asn1.SEQUENCE, c.RawIssuer, serial),
		digest:       algorithmDER(sha256.oid),
		algorithm:    algorithmDER(sha256.ecdsa),
		attrs:        [][]byte{contentTypeDER(oidDER(oidData)), messageDigestDER(octets(sha256.sum(content)))},
	}
}

// pss names RSA-PSS with the parameters given; pssSHA256 are sound ones.
func pss(params ...[]byte) func(*forgery) {
	return func(f *forgery) { f.algorithm = algorithmDER(oidPSS, der(cryptobyte_asn1.SEQUENCE, params...)) }
}

func pssSHA256() [][]byte {
	hash := algorithmDER(sha256.oid)
	return [][]byte{der(0xa0, hash), der(0xa1, algorithmDER(oidMGF1, hash))}
}

func (f *forgery) encode() []byte {
	if !f.unsorted {
		slices.SortFunc(f.attrs, bytes.Compare)
	}
	attrs, signed := der(tagSignedAttrs, f.attrs...), der(cryptobyte_asn1.SET, f.attrs...)
	if f.bare {
		attrs, signed = nil, f.content
	}
	if f.signature == nil {
		var err error
		f.signature, err = pki().signers["p256"].key.Sign(rand.Reader, sha256.sum(signed), crypto.SHA256)
		must(err)
	}
	var unsigned, crls []byte
	if f.unsigned != nil {
		unsigned = der(tagUnsignedAttrs, f.unsigned...)
	}
	if f.crls != nil {
		crls = der(tagCRLs, f.crls...)
	}
	integer := func(n int64) []byte {
		var b cryptobyte.Builder
		b.AddASN1Int64(n)
		return b.BytesOrPanic()
	}
	signer := der(cryptobyte_asn1.SEQUENCE, integer(f.signerVersion), f.id, f.digest, attrs, f.algorithm, octets(f.signature), unsigned, f.afterSigner)
	return der(cryptobyte_asn1.SEQUENCE, oidDER(oidSignedData), der(tagContent, der(cryptobyte_asn1.SEQUENCE,
		integer(f.version),
		der(cryptobyte_asn1.SET, f.digests...),
		der(cryptobyte_asn1.SEQUENCE, oidDER(f.contentType), der(tagContent, octets(f.content))),
		der(tagCertificates, f.certificates...), crls,
		der(cryptobyte_asn1.SET, signer), f.after,
	)))
}

func TestForgeriesAccepted(t *testing.T) {
	for name, change := range map[string]func(*forgery){
		"as it is":                 func(*forgery) {},
		"NULL for the digest":      func(f *forgery) { f.digest = algorithmDER(sha256.oid, null) },
		"NULL in the list":         func(f *forgery) { f.digests = [][]byte{algorithmDER(sha256.oid, null)} },
		"another signed attribute": func(f *forgery) { f.attrs = append(f.attrs, attributeDER(oidTSTInfo, null, null)) },
		"unsigned attribute":       func(f *forgery) { f.unsigned = [][]byte{attributeDER(oidTSTInfo, null)} },
		"no signed attributes":     func(f *forgery) { f.bare = true },
		"no signed attributes, content like an empty set": func(f *forgery) { f.bare, f.content = true, []byte{0x31, 0} },
		"revocation list": func(f *forgery) { f.crls = [][]byte{der(cryptobyte_asn1.SEQUENCE)} },
		"other revocation information": func(f *forgery) {
			f.crls, f.version = [][]byte{der(cryptobyte_asn1.SEQUENCE), der(tagOtherCRL)}, 5
		},
		"other content type": func(f *forgery) {
			f.contentType, f.version, f.attrs[0] = oidTSTInfo, 3, contentTypeDER(oidDER(oidTSTInfo))
		},
		"signer named by its key": func(f *forgery) {
			f.id, f.version, f.signerVersion = der(tagKeyID, pki().signers["p256"].cert.SubjectKeyId), 3, 3
		},
	} {
		f := newForgery()
		change(f)
		s, err := Parse(f.encode())
		if err == nil {
			err = s.CheckSignature(nil)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestForgeriesRefused(t *testing.T) {
	utcTime := der(cryptobyte_asn1.UTCTime, []byte("261121120000Z"))
	digestOfContent := octets(sha256.sum([]byte("content")))
	for _, tt := range []struct {
		name   string
		want   error
		change func(*forgery)
	}{
		{"doubled content type", ErrAttributes, func(f *forgery) { f.attrs = append(f.attrs, f.attrs[0]) }},
		{"doubled digest", ErrAttributes, func(f *forgery) { f.attrs = append(f.attrs, messageDigestDER(octets(make([]byte, 32)))) }},
		{"doubled signing time", ErrAttributes, func(f *forgery) {
			f.attrs = append(f.attrs, attributeDER(oidSigningTime, utcTime), attributeDER(oidSigningTime, utcTime))
		}},
		{"doubled unknown attribute", ErrAttributes, func(f *forgery) {
			f.attrs = append(f.attrs, attributeDER(oidTSTInfo, null), attributeDER(oidTSTInfo, null))
		}},
		{"doubled unsigned attribute", ErrAttributes, func(f *forgery) {
			f.unsigned = [][]byte{attributeDER(oidTSTInfo, null), attributeDER(oidTSTInfo, null)}
		}},
		{"two content types", ErrAttributes, func(f *forgery) { f.attrs[0] = contentTypeDER(oidDER(oidData), oidDER(oidData)) }},
		{"content type without value", ErrAttributes, func(f *forgery) { f.attrs[0] = contentTypeDER() }},
		{"another content type", ErrAttributes, func(f *forgery) { f.attrs[0] = contentTypeDER(oidDER(oidTSTInfo)) }},
		{"no content type", ErrAttributes, func(f *forgery) { f.attrs = f.attrs[1:] }},
		{"two digests", ErrAttributes, func(f *forgery) { f.attrs[1] = messageDigestDER(digestOfContent, digestOfContent) }},
		{"no digest", ErrAttributes, func(f *forgery) { f.attrs = f.attrs[:1] }},
		{"digest of another type", ErrAttributes, func(f *forgery) { f.attrs[1] = messageDigestDER(null) }},
		{"two signing times", ErrAttributes, func(f *forgery) {
			f.attrs = append(f.attrs, attributeDER(oidSigningTime, utcTime, utcTime))
		}},
		{"malformed signing time", ErrAttributes, func(f *forgery) { f.attrs = append(f.attrs, attributeDER(oidSigningTime, null)) }},
		{"empty signed attributes", ErrAttributes, func(f *forgery) { f.attrs = nil }},
		{"unsorted signed attributes", ErrAttributes, func(f *forgery) {
			slices.SortFunc(f.attrs, func(a, b []byte) int { return bytes.Compare(b, a) })
			f.unsorted = true
		}},
		{"malformed signed attribute", ErrAttributes, func(f *forgery) { f.attrs = append(f.attrs, null) }},
		{"attribute without a set", ErrAttributes, func(f *forgery) {
			f.attrs = append(f.attrs, der(cryptobyte_asn1.SEQUENCE, oidDER(oidTSTInfo), null))
		}},
		{"unsigned digest", ErrAttributes, func(f *forgery) { f.unsigned = [][]byte{f.attrs[1]} }},
		{"unsigned signing time", ErrAttributes, func(f *forgery) { f.unsigned = [][]byte{attributeDER(oidSigningTime, utcTime)} }},
		{"malformed unsigned attribute", ErrAttributes, func(f *forgery) { f.unsigned = [][]byte{null} }},
		{"no signed attributes over another type", ErrAttributes, func(f *forgery) {
			f.bare, f.contentType, f.version = true, oidTSTInfo, 3
		}},
		{"signed attributes passed off as content", ErrAttributes, func(f *forgery) {
			genuine := newForgery()
			genuine.encode()
			f.bare, f.content, f.signature = true, der(cryptobyte_asn1.SET, genuine.attrs...), genuine.signature
		}},
		{"wrong digest", ErrDigest, func(f *forgery) { f.attrs[1] = messageDigestDER(octets(make([]byte, 32))) }},
		{"short digest", ErrDigest, func(f *forgery) { f.attrs[1] = messageDigestDER(octets(nil)) }},
		{"version 0", ErrMalformed, func(f *forgery) { f.version = 0 }},
		{"version 3", ErrMalformed, func(f *forgery) { f.version = 3 }},
		{"signer version 3", ErrMalformed, func(f *forgery) { f.signerVersion = 3 }},
		{"version 1 of another content type", ErrMalformed, func(f *forgery) {
			f.contentType, f.attrs[0] = oidTSTInfo, contentTypeDER(oidDER(oidTSTInfo))
		}},
		{"version 1 with a signer named by its key", ErrMalformed, func(f *forgery) {
			f.id = der(tagKeyID, pki().signers["p256"].cert.SubjectKeyId)
		}},
		{"no digest in the list", ErrAlgorithm, func(f *forgery) { f.digests = nil }},
		{"another digest in the list", ErrAlgorithm, func(f *forgery) { f.digests = [][]byte{algorithmDER(sha384.oid)} }},
		{"two digests in the list", ErrAlgorithm, func(f *forgery) {
			f.digests = append(f.digests, algorithmDER(sha384.oid))
		}},
		{"digest with parameters", ErrAlgorithm, func(f *forgery) { f.digest = algorithmDER(sha256.oid, octets(nil)) }},
		{"list with parameters", ErrAlgorithm, func(f *forgery) { f.digests = [][]byte{algorithmDER(sha256.oid, octets(nil))} }},
		{"digest with two parameters", ErrMalformed, func(f *forgery) { f.digest = algorithmDER(sha256.oid, null, null) }},
		{"signature over another digest", ErrAlgorithm, func(f *forgery) { f.algorithm = algorithmDER(sha384.ecdsa) }},
		{"ECDSA with NULL", ErrAlgorithm, func(f *forgery) { f.algorithm = algorithmDER(sha256.ecdsa, null) }},
		{"RSA with parameters", ErrAlgorithm, func(f *forgery) { f.algorithm = algorithmDER(oidRSA, octets(nil)) }},
		{"PSS without parameters", ErrAlgorithm, func(f *forgery) { f.algorithm = algorithmDER(oidPSS) }},
		{"PSS with defaults over SHA-256", ErrAlgorithm, func(f *forgery) {
			f.algorithm = algorithmDER(oidPSS, der(cryptobyte_asn1.SEQUENCE))
		}},
		{"PSS with an unknown digest", ErrAlgorithm, pss(der(0xa0, algorithmDER(oidTSTInfo)))},
		{"PSS with half a digest", ErrAlgorithm, pss(der(0xa0))},
		{"PSS with an unknown mask", ErrAlgorithm, pss(der(0xa0, algorithmDER(sha256.oid)), der(0xa1, algorithmDER(oidTSTInfo)))},
		{"PSS with the default mask", ErrAlgorithm, pss(der(0xa0, algorithmDER(sha256.oid)))},
		{"PSS with another trailer", ErrAlgorithm, pss(append(pssSHA256(), der(0xa3, []byte{2, 1, 2}))...)},
		{"PSS with a salt below 0", ErrAlgorithm, pss(append(pssSHA256(), der(0xa2, []byte{2, 1, 0xff}))...)},
		{"PSS with a salt that overflows", ErrAlgorithm, pss(append(pssSHA256(), der(0xa2, unhex("02 08 7f ff ff ff ff ff ff ff")))...)},
		{"PSS with more", ErrAlgorithm, pss(append(pssSHA256(), null)...)},
		{"PSS by an EC key", ErrSignature, pss(pssSHA256()...)},
		{"unknown signature", ErrAlgorithm, func(f *forgery) { f.algorithm = algorithmDER(oidTSTInfo) }},
		{"RSA signature by an EC key", ErrSignature, func(f *forgery) { f.algorithm = algorithmDER(oidRSA, null) }},
		{"wrong signature", ErrSignature, func(f *forgery) { f.signature = make([]byte, 70) }},
		{"empty signature", ErrSignature, func(f *forgery) { f.signature = []byte{} }},
		{"unreadable certificate", ErrCertificate, func(f *forgery) {
			f.certificates = append(f.certificates, der(cryptobyte_asn1.SEQUENCE))
		}},
		{"huge RSA key", ErrCertificate, func(f *forgery) {
			n := new(big.Int).Lsh(big.NewInt(1), maxRSABits)
			f.certificates = append(f.certificates, mint(leafTemplate("huge"), &pki().issuing, publicOnly{&rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 3}}).cert.Raw)
		}},
		{"attribute certificate", ErrMalformed, func(f *forgery) {
			f.certificates = append(f.certificates, der(tagOtherCRL))
		}},
		{"another certificate", ErrNoSignerCertificate, func(f *forgery) { f.certificates = f.certificates[1:] }},
		{"empty key identifier", ErrNoSignerCertificate, func(f *forgery) {
			f.id, f.version, f.signerVersion = der(tagKeyID), 3, 3
		}},
		{"malformed revocation list", ErrMalformed, func(f *forgery) { f.crls = [][]byte{null} }},
		{"something after the signature", ErrMalformed, func(f *forgery) { f.afterSigner = null }},
		{"something after the signers", ErrMalformed, func(f *forgery) { f.after = null }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newForgery()
			tt.change(f)
			s, err := Parse(f.encode())
			if err == nil {
				err = s.CheckSignature(nil)
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}
