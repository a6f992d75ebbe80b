package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// minRSABits is the smallest RSA key that Sign takes, the least that NIST SP 800-131A
// and the CA/Browser Forum still allow.
const minRSABits = 2048

// SignOptions is what goes into a signed message beside content and signer.
type SignOptions struct {
	// Chain holds the intermediates. All are put inside, in this order, because phones
	// download none. Self-signed ones are left out: phones ignore a root inside.
	Chain []*x509.Certificate
	// Time is the claimed signing time, cut to whole seconds of UTC. Zero claims none.
	Time time.Time
	// Detached leaves the content out. Phones want profiles with the content inside.
	Detached bool
}

// Sign returns the DER of a signed message (SignedData, RFC 5652) over content, with
// cert as its only signer. The digest follows the key: SHA-256 for RSA and P-256,
// SHA-384 for P-384, SHA-512 for P-521. RSA signatures are PKCS #1 v1.5, since
// Apple's published decoder knows no PSS. The same RSA key, content and options give
// the same bytes.
//
// The certificates stand in the order that people expect, signer first, where DER
// would sort them; RFC 5652 asks for DER in the signed attributes only.
//
// Other keys, RSA keys under 2048 bits, a key that isn't the certificate's and a key
// whose signature doesn't verify are refused (ErrKey), as is content that makes the
// message larger than MaxSize (ErrTooLarge). The time and the use of the certificate
// are not judged.
func Sign(content []byte, cert *x509.Certificate, key crypto.Signer, opts SignOptions) ([]byte, error) {
	alg, err := signingAlgorithm(cert, key)
	if err != nil {
		return nil, err
	}
	attrs, err := signedAttributes(alg.digest.sum(content), opts.Time)
	if err != nil {
		return nil, err
	}
	signature, err := alg.sign(cert, key, attrs)
	if err != nil {
		return nil, err
	}
	if opts.Detached {
		content = nil
	} else if content == nil {
		content = []byte{}
	}
	var b cryptobyte.Builder
	addMessage(&b, alg.digest, content, embedded(cert, opts.Chain), func(b *cryptobyte.Builder) {
		addSigner(b, cert, alg, attrs, signature)
	})
	return encoded(&b)
}

// encoded is the message that was built, unless it is too large.
func encoded(b *cryptobyte.Builder) ([]byte, error) {
	der, err := b.Bytes()
	if err != nil {
		return nil, because(ErrMalformed, "encoding the message: %w", err)
	}
	if err := checkSize(der); err != nil {
		return nil, err
	}
	return der, nil
}

// sign signs attributes, given without the header of their set.
func (a signatureAlgorithm) sign(cert *x509.Certificate, key crypto.Signer, attrs []byte) ([]byte, error) {
	set := append(appendLength([]byte{byte(cryptobyte_asn1.SET)}, len(attrs)), attrs...)
	sum := a.digest.sum(set)
	signature, err := key.Sign(rand.Reader, sum, a.digest.hash)
	if err != nil {
		return nil, because(ErrKey, "signing as %q: %w", cert.Subject, err)
	}
	// A key in hardware or on the network may answer in another format, or wrongly.
	if err := a.verify(cert.PublicKey, sum, signature); err != nil {
		return nil, because(ErrKey, "signing as %q gave a signature that doesn't verify: %w", cert.Subject, err)
	}
	return signature, nil
}

// signingAlgorithm chooses the algorithm that a key signs with.
func signingAlgorithm(cert *x509.Certificate, key crypto.Signer) (signatureAlgorithm, error) {
	if err := checkOwner(cert, key); err != nil {
		return signatureAlgorithm{}, err
	}
	switch public := key.Public().(type) {
	case *rsa.PublicKey:
		if bits := public.N.BitLen(); bits < minRSABits {
			return signatureAlgorithm{}, because(ErrKey, "RSA with %d bits, at least %d are needed", bits, minRSABits)
		}
		return signatureAlgorithm{scheme: schemePKCS1, digest: sha256}, nil
	case *ecdsa.PublicKey:
		switch public.Curve {
		case elliptic.P256():
			return signatureAlgorithm{scheme: schemeECDSA, digest: sha256}, nil
		case elliptic.P384():
			return signatureAlgorithm{scheme: schemeECDSA, digest: sha384}, nil
		case elliptic.P521():
			return signatureAlgorithm{scheme: schemeECDSA, digest: sha512}, nil
		}
	}
	return signatureAlgorithm{}, because(ErrKey, "%v key of %q, only RSA, P-256, P-384 and P-521 are supported", cert.PublicKeyAlgorithm, cert.Subject)
}

// checkOwner refuses a key that isn't the certificate's.
func checkOwner(cert *x509.Certificate, key interface{ Public() crypto.PublicKey }) error {
	if cert == nil || key == nil {
		return because(ErrKey, "certificate or key is missing")
	}
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(cert.PublicKey) {
		return because(ErrKey, "it doesn't belong to the certificate of %q", cert.Subject)
	}
	return nil
}

// embedded lists the certificates to put inside, the signer's own first.
func embedded(cert *x509.Certificate, chain []*x509.Certificate) []*x509.Certificate {
	certs := []*x509.Certificate{cert}
	for _, c := range chain {
		if c != nil && !selfSigned(c) && !slices.ContainsFunc(certs, c.Equal) {
			certs = append(certs, c)
		}
	}
	return certs
}

func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// signedAttributes returns the inside of the set of signed attributes (RFC 5652
// section 11), in the order that DER gives a set.
func signedAttributes(messageDigest []byte, at time.Time) ([]byte, error) {
	var attrs [][]byte
	var errs []error
	add := func(oid asn1.ObjectIdentifier, value cryptobyte.BuilderContinuation) {
		var b cryptobyte.Builder
		b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oid)
			b.AddASN1(cryptobyte_asn1.SET, value)
		})
		der, err := b.Bytes()
		attrs, errs = append(attrs, der), append(errs, err)
	}
	add(oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidData) })
	add(oidMessageDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(messageDigest) })
	if !at.IsZero() {
		add(oidSigningTime, func(b *cryptobyte.Builder) { addTime(b, at.UTC()) })
	}
	if err := errors.Join(errs...); err != nil {
		return nil, because(ErrAttributes, "encoding them: %w", err)
	}
	slices.SortFunc(attrs, bytes.Compare)
	return bytes.Join(attrs, nil), nil
}

// addTime adds a time in the form that RFC 5652 section 11.3 demands for its year.
func addTime(b *cryptobyte.Builder, t time.Time) {
	const firstUTC, lastUTC = 1950, 2049
	if t.Year() < firstUTC || t.Year() > lastUTC {
		b.AddASN1GeneralizedTime(t)
		return
	}
	b.AddASN1UTCTime(t)
}

// addMessage adds ContentInfo with SignedData (RFC 5652 sections 3 and 5.1); content
// nil is left out.
func addMessage(b *cryptobyte.Builder, d digest, content []byte, certs []*x509.Certificate, signer cryptobyte.BuilderContinuation) {
	addInfo(b, oidSignedData, func(b *cryptobyte.Builder) {
		b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1) // version: plain data, signer named by issuer
			b.AddASN1(cryptobyte_asn1.SET, func(b *cryptobyte.Builder) { addAlgorithm(b, d.oid) })
			if content == nil {
				addInfo(b, oidData, nil)
			} else {
				addInfo(b, oidData, func(b *cryptobyte.Builder) { b.AddASN1OctetString(content) })
			}
			b.AddASN1(tagCertificates, func(b *cryptobyte.Builder) {
				for _, c := range certs {
					b.AddBytes(c.Raw)
				}
			})
			b.AddASN1(cryptobyte_asn1.SET, signer)
		})
	})
}

// addInfo adds ContentInfo or EncapsulatedContentInfo: a type and, unless it is nil,
// the content under a tag.
func addInfo(b *cryptobyte.Builder, oid asn1.ObjectIdentifier, content cryptobyte.BuilderContinuation) {
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		if content != nil {
			b.AddASN1(tagContent, content)
		}
	})
}

// addSigner adds SignerInfo (RFC 5652 section 5.3).
func addSigner(b *cryptobyte.Builder, cert *x509.Certificate, alg signatureAlgorithm, attrs, signature []byte) {
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1) // version: signer named by issuer
		addIdentifier(b, cert)
		addAlgorithm(b, alg.digest.oid)
		b.AddASN1(tagSignedAttrs, func(b *cryptobyte.Builder) { b.AddBytes(attrs) })
		if alg.scheme == schemeECDSA {
			addAlgorithm(b, alg.digest.ecdsa)
		} else {
			addAlgorithm(b, oidRSA)
		}
		b.AddASN1OctetString(signature)
	})
}

// addIdentifier adds IssuerAndSerialNumber (RFC 5652 section 10.2.4).
func addIdentifier(b *cryptobyte.Builder, cert *x509.Certificate) {
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(cert.RawIssuer)
		b.AddASN1BigInt(cert.SerialNumber)
	})
}

// addAlgorithm adds AlgorithmIdentifier. Parameters are NULL with RSA and absent with
// digests and ECDSA (RFC 5754 sections 2, 3.2 and 3.3).
func addAlgorithm(b *cryptobyte.Builder, oid asn1.ObjectIdentifier) {
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		if oid.Equal(oidRSA) {
			b.AddASN1NULL()
		}
	})
}
