package cms

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"slices"
)

// IsEnveloped says whether b begins like a CMS encrypted message in DER or BER: a
// sequence that starts with the name of EnvelopedData. The rest may be missing or
// wrong.
func IsEnveloped(b []byte) bool { return envelopedData.begins(b) }

// Decrypt returns the content of an encrypted message (EnvelopedData, RFC 5652 section
// 6) in DER or BER, with the key of cert, which must be one of its recipients: named by
// issuer and serial number or by subject key identifier, with the key of the message
// encrypted under RSA PKCS #1 v1.5. The content is plain data under AES or 3DES in CBC
// mode. Nothing may follow the message; versions must be those that RFC 5652 demands.
//
// The content is not authenticated: nobody has signed it, and not every change is
// noticed. A change to the initialization vector or to an earlier block comes out as
// changed content, and one to the last block or to the encrypted key does so once in
// 256 times. The caller must refuse what its own parser can't read, and must not trust
// the rest unless the message was inside signed content; see the package comment.
//
// Errors are ErrNotEnveloped, ErrMalformed, ErrTrailing, ErrTooLarge, ErrTooDeep,
// ErrAttributes, ErrContent and ErrAlgorithm about the message, ErrKey about key and
// cert, ErrNotRecipient, and ErrDecrypt, which never says what went wrong, even if key
// is hardware that failed.
func Decrypt(b []byte, key crypto.Decrypter, cert *x509.Certificate) ([]byte, error) {
	if err := checkOwner(cert, key); err != nil {
		return nil, err
	}
	public, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || len(cert.Raw) == 0 {
		return nil, because(ErrKey, "%v key of %q, only RSA keys decrypt", cert.PublicKeyAlgorithm, cert.Subject)
	}
	der, err := envelopedData.convert(b)
	if err != nil {
		return nil, err
	}
	e, err := readEnvelope(der)
	if err != nil {
		return nil, err
	}
	content, iv, err := e.algorithm.asCipher()
	if err != nil {
		return nil, err
	}
	if n := len(e.encrypted); n == 0 || n%content.blockSize != 0 {
		return nil, because(ErrMalformed, "the encrypted content of %d bytes isn't whole blocks of %d", n, content.blockSize)
	}
	r, err := e.recipient(cert)
	if err != nil {
		return nil, err
	}
	messageKey, err := r.decrypt(key, public.Size(), content.keySize)
	if err != nil {
		return nil, err
	}
	return content.decrypt(e.encrypted, messageKey, iv)
}

// recipient returns the first recipient that is the certificate.
func (e *envelope) recipient(cert *x509.Certificate) (*keyTransport, error) {
	i := slices.IndexFunc(e.transports, func(r *keyTransport) bool { return r.names(cert) })
	if i < 0 {
		return nil, because(ErrNotRecipient, "%d recipients, of which %d with RSA keys: none is %q with serial number %x",
			len(e.transports)+e.others, len(e.transports), cert.Subject, cert.SerialNumber)
	}
	// RFC 3370 section 4.2.1 demands NULL.
	if r := e.transports[i]; !r.algorithm.oid.Equal(oidRSA) || !r.algorithm.plain() || r.algorithm.absent() {
		return nil, because(ErrAlgorithm, "key encryption %v with parameters % x, only RSA PKCS #1 v1.5 is read", r.algorithm.oid, []byte(r.algorithm.params))
	}
	return e.transports[i], nil
}

// decrypt returns the key of the message. Where the padding of PKCS #1 is wrong,
// crypto/rsa returns a random key instead, so that nobody can tell that from wrong
// content (RFC 3218 section 2.3.2).
func (r *keyTransport) decrypt(key crypto.Decrypter, modulus, keySize int) ([]byte, error) {
	if len(r.encryptedKey) != modulus { // RFC 8017 section 7.2.2, step 1
		return nil, ErrDecrypt
	}
	//lint:ignore SA1019 what phones and others write; the package comment says what it is worth
	opts := &rsa.PKCS1v15DecryptOptions{SessionKeyLen: keySize}
	messageKey, err := key.Decrypt(rand.Reader, r.encryptedKey, opts)
	if err != nil || len(messageKey) != keySize {
		return nil, ErrDecrypt
	}
	return messageKey, nil
}
