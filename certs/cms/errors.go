package cms

import (
	"errors"
	"fmt"
)

// What can be wrong, for errors.Is. Each is wrapped in a sentence that names what
// was found.
var (
	// ErrNotCMS: the input is something else than CMS SignedData.
	ErrNotCMS = errors.New("not a CMS signed message")
	// ErrNotEnveloped: the input is something else than CMS EnvelopedData.
	ErrNotEnveloped = errors.New("not a CMS enveloped message")
	// ErrMalformed: the encoding is broken, or the structure isn't that of RFC 5652.
	ErrMalformed = errors.New("malformed")
	// ErrTrailing: bytes follow the end of the message.
	ErrTrailing = errors.New("bytes after the end")
	// ErrTooLarge: the message is larger than MaxSize.
	ErrTooLarge = errors.New("too large")
	// ErrTooDeep: the encoding is nested deeper than MaxDepth.
	ErrTooDeep = errors.New("nested too deep")
	// ErrSigners: a signed message has no signer or several, a certs-only one has any.
	ErrSigners = errors.New("wrong number of signers")
	// ErrAttributes: signed or unsigned attributes are missing, doubled or contradict
	// the message.
	ErrAttributes = errors.New("wrong attributes")
	// ErrAlgorithm: an algorithm is unknown or unsupported, its parameters are wrong,
	// or two places of the message disagree about it.
	ErrAlgorithm = errors.New("unsupported algorithm")
	// ErrCertificate: an embedded certificate can't be parsed.
	ErrCertificate = errors.New("unreadable certificate")
	// ErrNoSignerCertificate: the certificate of the signer isn't in the message.
	ErrNoSignerCertificate = errors.New("no certificate of the signer")
	// ErrContent: the content is detached and wasn't given, or given although the
	// message holds its own, or what is encrypted is said to be other than plain data.
	ErrContent = errors.New("wrong content")
	// ErrWeakDigest: the message, or a certificate of the chain, rests on MD5 or SHA-1.
	ErrWeakDigest = errors.New("weak digest")
	// ErrDigest: the content isn't what was signed.
	ErrDigest = errors.New("content doesn't match the signed digest")
	// ErrSignature: the signature isn't one by the signer's key.
	ErrSignature = errors.New("wrong signature")
	// ErrChain: no valid chain leads from the signer to a root.
	ErrChain = errors.New("no valid chain")
	// ErrNotRecipient: the message is encrypted for others.
	ErrNotRecipient = errors.New("not encrypted for this certificate")
	// ErrDecrypt: the key or the padding didn't come out as it must. What exactly went
	// wrong is never said: it would help whoever forges messages to find out the key.
	ErrDecrypt = errors.New("cannot be decrypted: it was changed, or its key is another's")
	// ErrKey: a key can't be used, or it doesn't belong to the certificate.
	ErrKey = errors.New("unusable key")
)

// because wraps one of the errors above in a sentence that says what was found.
func because(kind error, format string, args ...any) error {
	return fmt.Errorf("%w: %w", kind, fmt.Errorf(format, args...))
}
