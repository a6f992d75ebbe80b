package cms

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha256" // linked in for crypto.Hash
	_ "crypto/sha512"
	"encoding/asn1"
	"errors"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidRSA  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}  // rsaEncryption, RFC 8017
	oidPSS  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10} // id-RSASSA-PSS, RFC 8017
	oidMGF1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}  // id-mgf1, RFC 8017
)

// digest is a digest algorithm with the names of the signatures over it.
type digest struct {
	hash            crypto.Hash
	oid, rsa, ecdsa asn1.ObjectIdentifier
	weak            bool // recognised, to name it when refusing it
}

// RFC 3279, 5754 and 8017 assign these names.
var (
	sha256 = digest{
		hash:  crypto.SHA256,
		oid:   asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1},
		rsa:   asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11},
		ecdsa: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2},
	}
	sha384 = digest{
		hash:  crypto.SHA384,
		oid:   asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2},
		rsa:   asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12},
		ecdsa: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3},
	}
	sha512 = digest{
		hash:  crypto.SHA512,
		oid:   asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3},
		rsa:   asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13},
		ecdsa: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4},
	}
	sha224 = digest{
		hash:  crypto.SHA224,
		oid:   asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 4},
		rsa:   asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 14},
		ecdsa: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 1},
	}
	sha1 = digest{
		hash:  crypto.SHA1,
		oid:   asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26},
		rsa:   asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5},
		ecdsa: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1},
		weak:  true,
	}
	md5 = digest{
		hash: crypto.MD5,
		oid:  asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 5},
		rsa:  asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 4},
		weak: true,
	}
	digests = []digest{sha256, sha384, sha512, sha224, sha1, md5}
)

// sum returns the digest of b.
func (d digest) sum(b []byte) []byte {
	h := d.hash.New()
	h.Write(b)
	return h.Sum(nil)
}

// algorithmID is an AlgorithmIdentifier (RFC 5280 section 4.1.1.2).
type algorithmID struct {
	oid    asn1.ObjectIdentifier
	params cryptobyte.String // the encoded value, nil if absent
}

func readAlgorithm(s *cryptobyte.String, out *algorithmID) bool {
	var seq cryptobyte.String
	if !s.ReadASN1(&seq, cryptobyte_asn1.SEQUENCE) || !seq.ReadASN1ObjectIdentifier(&out.oid) {
		return false
	}
	if seq.Empty() {
		return true
	}
	var tag cryptobyte_asn1.Tag
	return seq.ReadAnyASN1Element(&out.params, &tag) && seq.Empty()
}

// absent says whether there are no parameters.
func (a algorithmID) absent() bool { return a.params == nil }

// plain lets NULL stand for no parameters, as readers must for digests and RSA
// (RFC 5754 sections 2 and 3.2).
func (a algorithmID) plain() bool { return a.absent() || string(a.params) == "\x05\x00" }

// asDigest looks up a digest algorithm.
func (a algorithmID) asDigest() (digest, error) {
	for _, d := range digests {
		if a.oid.Equal(d.oid) {
			if !a.plain() {
				return digest{}, because(ErrAlgorithm, "parameters of %v are neither absent nor NULL", d.hash)
			}
			return d, nil
		}
	}
	return digest{}, because(ErrAlgorithm, "digest %v", a.oid)
}

// scheme is a way to sign a digest.
type scheme string

const (
	schemePKCS1 scheme = "RSA" // PKCS #1 v1.5
	schemePSS   scheme = "RSAPSS"
	schemeECDSA scheme = "ECDSA"
)

// signatureAlgorithm is a scheme with what it needs.
type signatureAlgorithm struct {
	scheme scheme
	digest digest
	salt   int // bytes, PSS only
}

// String names the algorithm as crypto/x509 does: "SHA256-RSA", "ECDSA-SHA384".
func (a signatureAlgorithm) String() string {
	hash := strings.ReplaceAll(a.digest.hash.String(), "-", "")
	if a.scheme == schemeECDSA {
		return string(a.scheme) + "-" + hash
	}
	return hash + "-" + string(a.scheme)
}

// asSignature looks up a signature algorithm, which must be one over the signer's
// digest d. RSA may be named with its digest or without (RFC 5754 section 3.2).
func (a algorithmID) asSignature(d digest) (signatureAlgorithm, error) {
	switch {
	case a.oid.Equal(oidPSS):
		salt, err := readPSS(a.params, d.hash)
		return signatureAlgorithm{schemePSS, d, salt}, err
	case a.oid.Equal(oidRSA) && a.plain(), a.oid.Equal(d.rsa) && a.plain():
		return signatureAlgorithm{scheme: schemePKCS1, digest: d}, nil
	case a.oid.Equal(d.ecdsa) && a.absent(): // RFC 5754 section 3.3
		return signatureAlgorithm{scheme: schemeECDSA, digest: d}, nil
	}
	return signatureAlgorithm{}, because(ErrAlgorithm, "signature %v with parameters % x, over a %v digest", a.oid, []byte(a.params), d.hash)
}

// readPSS returns the salt length out of RSASSA-PSS-params (RFC 4055 section 3.1).
// The digest must be the signer's (RFC 4056 section 3), and that of the mask as well,
// which RFC 4055 recommends and Go requires.
func readPSS(params cryptobyte.String, want crypto.Hash) (salt int, err error) {
	const defaultSalt, trailerBC = 20, 1
	tag := func(n uint8) cryptobyte_asn1.Tag { return cryptobyte_asn1.Tag(n).Constructed().ContextSpecific() }
	var seq, hash, mask cryptobyte.String
	var hasHash, hasMask bool
	var trailer int
	if !params.ReadASN1(&seq, cryptobyte_asn1.SEQUENCE) || !params.Empty() ||
		!seq.ReadOptionalASN1(&hash, &hasHash, tag(0)) ||
		!seq.ReadOptionalASN1(&mask, &hasMask, tag(1)) ||
		!seq.ReadOptionalASN1Integer(&salt, tag(2), defaultSalt) ||
		!seq.ReadOptionalASN1Integer(&trailer, tag(3), trailerBC) || !seq.Empty() {
		return 0, because(ErrAlgorithm, "missing or malformed parameters of RSA-PSS")
	}
	got, err := readPSSDigest(hash, hasHash)
	if err != nil {
		return 0, err
	}
	gotMask, err := readPSSMask(mask, hasMask)
	if err != nil {
		return 0, err
	}
	// Go can't ask for a salt of exactly 0 bytes, its 0 means any length; and it counts
	// on a salt that leaves room for adding to its length.
	if got != want || gotMask != want || salt <= 0 || salt > maxRSABits/8 || trailer != trailerBC {
		return 0, because(ErrAlgorithm, "RSA-PSS with digest %v, mask digest %v, salt %d, trailer %d, over a %v digest", got, gotMask, salt, trailer, want)
	}
	return salt, nil
}

func readPSSDigest(s cryptobyte.String, present bool) (crypto.Hash, error) {
	if !present {
		return crypto.SHA1, nil // the default of RFC 4055
	}
	var id algorithmID
	if !readAlgorithm(&s, &id) || !s.Empty() {
		return 0, because(ErrAlgorithm, "malformed digest in the parameters of RSA-PSS")
	}
	d, err := id.asDigest()
	return d.hash, err
}

func readPSSMask(s cryptobyte.String, present bool) (crypto.Hash, error) {
	if !present {
		return crypto.SHA1, nil
	}
	var id algorithmID
	if !readAlgorithm(&s, &id) || !s.Empty() || !id.oid.Equal(oidMGF1) {
		return 0, because(ErrAlgorithm, "a mask other than MGF1 in the parameters of RSA-PSS")
	}
	return readPSSDigest(id.params, true)
}

// verify checks the signature of a digest.
func (a signatureAlgorithm) verify(pub crypto.PublicKey, sum, signature []byte) error {
	err := errors.New("the certificate's key is of another type")
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		switch a.scheme {
		case schemePKCS1:
			err = rsa.VerifyPKCS1v15(pub, a.digest.hash, sum, signature)
		case schemePSS:
			err = rsa.VerifyPSS(pub, a.digest.hash, sum, signature, &rsa.PSSOptions{SaltLength: a.salt, Hash: a.digest.hash})
		}
	case *ecdsa.PublicKey:
		if a.scheme == schemeECDSA {
			err = nil
			if !ecdsa.VerifyASN1(pub, sum, signature) {
				err = errors.New("ecdsa: verification error")
			}
		}
	}
	if err != nil {
		return because(ErrSignature, "%v: %w", a, err)
	}
	return nil
}
