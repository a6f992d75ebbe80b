package cms

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Versions of EnvelopedData and KeyTransRecipientInfo with nothing newer than
// recipients named by issuer and serial number (RFC 5652 sections 6.1 and 6.2.1).
const (
	envelopeVersion  = 0
	recipientVersion = 0
)

// Encrypt returns the DER of an encrypted message (EnvelopedData, RFC 5652 section 6)
// that each of the recipients can read: AES-256 in CBC mode under a new key, which is
// encrypted for each with RSA PKCS #1 v1.5. That is what phones and all other readers
// take. A recipient that is given twice stands inside once.
//
// The message is not authenticated. Sign what it is put into, see the package comment.
//
// Recipients must have RSA keys of 2048 bits or more; others, among them all with EC
// keys, are refused (ErrKey), as is content that makes the message larger than MaxSize
// (ErrTooLarge). The time and the use of the certificates are not judged.
func Encrypt(content []byte, recipients []*x509.Certificate) ([]byte, error) {
	key, iv := make([]byte, aes256.keySize), make([]byte, aes256.blockSize)
	for _, random := range [][]byte{key, iv} {
		if _, err := rand.Read(random); err != nil {
			return nil, because(ErrKey, "making the key of the message: %w", err)
		}
	}
	return encrypt(content, recipients, key, iv)
}

// encrypt is Encrypt under a key and an initialization vector.
func encrypt(content []byte, recipients []*x509.Certificate, key, iv []byte) ([]byte, error) {
	if err := checkSize(content); err != nil {
		return nil, err
	}
	if len(recipients) == 0 {
		return nil, because(ErrKey, "no recipient is given, nobody could read the message")
	}
	var infos [][]byte
	for i, c := range recipients {
		info, err := recipientInfo(c, key)
		if err != nil {
			return nil, because(ErrKey, "recipient %d of %d: %w", i+1, len(recipients), err)
		}
		if !slices.ContainsFunc(recipients[:i], c.Equal) {
			infos = append(infos, info)
		}
	}
	slices.SortFunc(infos, bytes.Compare) // the order of a set in DER
	encrypted, err := aes256.encrypt(content, key, iv)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	addEnvelope(&b, infos, iv, encrypted)
	return encoded(&b)
}

// recipientInfo returns KeyTransRecipientInfo (RFC 5652 section 6.2.1).
func recipientInfo(c *x509.Certificate, key []byte) ([]byte, error) {
	public, err := transportKey(c)
	if err != nil {
		return nil, err
	}
	//lint:ignore SA1019 readers of profiles know no newer padding than PKCS #1 v1.5
	encrypted, err := rsa.EncryptPKCS1v15(rand.Reader, public, key)
	if err != nil {
		return nil, fmt.Errorf("encrypting for %q: %w", c.Subject, err)
	}
	var b cryptobyte.Builder
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(recipientVersion)
		addIdentifier(b, c)
		addAlgorithm(b, oidRSA)
		b.AddASN1OctetString(encrypted)
	})
	return b.Bytes()
}

// transportKey returns the key of a recipient that Encrypt takes.
func transportKey(c *x509.Certificate) (*rsa.PublicKey, error) {
	if c == nil || len(c.Raw) == 0 {
		return nil, errors.New("the certificate is missing")
	}
	public, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%v key of %q, only a message for RSA keys can be made", c.PublicKeyAlgorithm, c.Subject)
	}
	if bits := public.N.BitLen(); bits < minRSABits || bits > maxRSABits {
		return nil, fmt.Errorf("RSA with %d bits of %q, between %d and %d are needed", bits, c.Subject, minRSABits, maxRSABits)
	}
	return public, nil
}

// addEnvelope adds ContentInfo with EnvelopedData (RFC 5652 sections 3 and 6.1).
func addEnvelope(b *cryptobyte.Builder, infos [][]byte, iv, encrypted []byte) {
	addInfo(b, oidEnvelopedData, func(b *cryptobyte.Builder) {
		b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(envelopeVersion)
			b.AddASN1(cryptobyte_asn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(infos, nil)) })
			b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidData)
				aes256.add(b, iv)
				b.AddASN1(tagEncrypted, func(b *cryptobyte.Builder) { b.AddBytes(encrypted) })
			})
		})
	})
}
