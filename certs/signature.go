package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	_ "crypto/md5" // linked in for crypto.Hash
	"crypto/rsa"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"weak"
)

// signatureAlgorithm is a kind of signature: Go's name for it, where it has one,
// and what is hashed with, which is nothing for Ed25519.
type signatureAlgorithm struct {
	name x509.SignatureAlgorithm
	hash crypto.Hash
}

// signatureAlgorithms has the OIDs of RFC 4055, RFC 5758 and RFC 8410. RSA-PSS
// says its hash in its parameters and is told apart by pssHashes.
var signatureAlgorithms = map[string]signatureAlgorithm{
	"1.2.840.113549.1.1.4":  {x509.MD5WithRSA, crypto.MD5},
	"1.2.840.113549.1.1.5":  {x509.SHA1WithRSA, crypto.SHA1},
	"1.3.14.3.2.29":         {x509.SHA1WithRSA, crypto.SHA1},
	"1.2.840.113549.1.1.14": {x509.UnknownSignatureAlgorithm, crypto.SHA224},
	"1.2.840.113549.1.1.11": {x509.SHA256WithRSA, crypto.SHA256},
	"1.2.840.113549.1.1.12": {x509.SHA384WithRSA, crypto.SHA384},
	"1.2.840.113549.1.1.13": {x509.SHA512WithRSA, crypto.SHA512},
	"1.2.840.10045.4.1":     {x509.ECDSAWithSHA1, crypto.SHA1},
	"1.2.840.10045.4.3.2":   {x509.ECDSAWithSHA256, crypto.SHA256},
	"1.2.840.10045.4.3.3":   {x509.ECDSAWithSHA384, crypto.SHA384},
	"1.2.840.10045.4.3.4":   {x509.ECDSAWithSHA512, crypto.SHA512},
	"1.3.101.112":           {x509.PureEd25519, 0},
}

const oidPSS = "1.2.840.113549.1.1.10"

// pssHashes are the hashes an RSA-PSS signature may name (RFC 4055 3.1).
var pssHashes = []struct {
	oid asn1.ObjectIdentifier
	alg signatureAlgorithm
}{
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, signatureAlgorithm{x509.SHA256WithRSAPSS, crypto.SHA256}},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, signatureAlgorithm{x509.SHA384WithRSAPSS, crypto.SHA384}},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, signatureAlgorithm{x509.SHA512WithRSAPSS, crypto.SHA512}},
}

func findSignature(id pkix.AlgorithmIdentifier) (signatureAlgorithm, bool) {
	if id.Algorithm.String() != oidPSS {
		alg, ok := signatureAlgorithms[id.Algorithm.String()]
		return alg, ok
	}
	for _, h := range pssHashes {
		if der, err := asn1.Marshal(h.oid); err == nil && bytes.Contains(id.Parameters.FullBytes, der) {
			return h.alg, true
		}
	}
	return signatureAlgorithm{}, false
}

// SignatureAlgorithm is the algorithm of the signature on the certificate.
func (c *Certificate) SignatureAlgorithm() x509.SignatureAlgorithm {
	return SignatureName(c.algorithm)
}

// SignatureName is Go's name for a signature algorithm, or
// x509.UnknownSignatureAlgorithm.
func SignatureName(id pkix.AlgorithmIdentifier) x509.SignatureAlgorithm {
	alg, _ := findSignature(id)
	return alg.name
}

// SignatureHash is what a signature algorithm hashes with. The error wraps
// ErrUnsupported where the algorithm is unknown, or signs a text itself and no
// hash of it, as Ed25519 does.
func SignatureHash(id pkix.AlgorithmIdentifier) (crypto.Hash, error) {
	alg, ok := findSignature(id)
	switch {
	case !ok:
		return 0, fmt.Errorf("%w: the signature algorithm %s", ErrUnsupported, id.Algorithm)
	case alg.hash == 0:
		return 0, fmt.Errorf("%w: %v, which signs the whole text and no hash of it", ErrUnsupported, alg.name)
	}
	return alg.hash, nil
}

// maxRSABits bounds the work that a certificate can cause; OpenSSL has the same
// limit.
const maxRSABits = 16384

// SignedBy checks the signature on c with the key of ca, and nothing else: not
// names, not times, not whether ca may sign or the algorithm is a good one. The
// error wraps ErrUnsupported where the signature could not be checked. The verdict on
// the CA that was asked for last is kept.
func (c *Certificate) SignedBy(ca *Certificate) error {
	if known := c.signed.Load(); known != nil && known.ca.Value() == ca {
		return known.err
	}
	err := c.verify(ca)
	c.signed.Store(&verdict{weak.Make(ca), err})
	return err
}

// verdict is what came of checking a signature with the key of one CA. It holds on to
// nothing: the CA may be part of a user's file, and c may outlive that.
type verdict struct {
	ca  weak.Pointer[Certificate]
	err error
}

func (c *Certificate) verify(ca *Certificate) error {
	if err := c.checkable(ca); err != nil {
		return err
	}
	alg, _ := findSignature(c.algorithm)
	if alg.hash == 0 {
		key, ok := ca.PublicKey.(ed25519.PublicKey)
		if !ok || !ed25519.Verify(key, c.tbs, c.signature) {
			return errSignature
		}
		return nil
	}
	h := alg.hash.New()
	h.Write(c.tbs)
	return ca.CheckDigest(c.algorithm, h.Sum(nil), c.signature)
}

// checkable says why a signature on c with the key of ca can't be checked here.
func (c *Certificate) checkable(ca *Certificate) error {
	if _, ok := findSignature(c.algorithm); !ok {
		return fmt.Errorf("%w: the signature algorithm %s", ErrUnsupported, c.algorithm.Algorithm)
	}
	return ca.usable()
}

// usable says why no signature by ca can be checked here.
func (c *Certificate) usable() error {
	key, isRSA := c.PublicKey.(*rsa.PublicKey)
	switch {
	case c.PublicKey == nil:
		return fmt.Errorf("%w: the kind of the CA's key", ErrUnsupported)
	case isRSA && key.N.BitLen() > maxRSABits:
		return fmt.Errorf("%w: an RSA key of %d bits", ErrUnsupported, key.N.BitLen())
	}
	return nil
}

var errSignature = errors.New("the signature does not match")

// CheckDigest checks a signature with the certificate's key over a digest, which
// was made with the hash that [SignatureHash] names. The error wraps
// ErrUnsupported where the signature could not be checked.
func (c *Certificate) CheckDigest(id pkix.AlgorithmIdentifier, digest, signature []byte) error {
	hash, err := SignatureHash(id)
	if err == nil {
		err = c.usable()
	}
	if err != nil {
		return err
	}
	alg, _ := findSignature(id)
	elliptic := alg.name == x509.ECDSAWithSHA1 || alg.name == x509.ECDSAWithSHA256 || alg.name == x509.ECDSAWithSHA384 || alg.name == x509.ECDSAWithSHA512
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		switch {
		case id.Algorithm.String() == oidPSS:
			return rsa.VerifyPSS(key, hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto})
		case !elliptic:
			return rsa.VerifyPKCS1v15(key, hash, digest, signature)
		}
	case *ecdsa.PublicKey:
		if elliptic && ecdsa.VerifyASN1(key, digest, signature) {
			return nil
		}
	}
	return errSignature
}
