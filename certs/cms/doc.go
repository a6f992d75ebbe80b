// Package cms reads and writes the Cryptographic Message Syntax (RFC 5652): the
// signed form of a profile, the encrypted form of its payloads, and the certs-only
// form (.p7b) of a bundle of certificates.
//
// Sign makes what phones take: SignedData with the content inside, one signer,
// SHA-2, the intermediates embedded. Parse is strict about everything a message
// says about itself; CheckSignature and Chain then answer two questions that are
// easily mixed up:
//
//   - CheckSignature: did the holder of this certificate's key sign this content?
//   - Chain: does this certificate lead to a root that the caller trusts, at the
//     caller's time? The time that the signer claims is never used, because whoever
//     signs can claim any.
//
// A signature is only worth something when both say yes.
//
// What RFC 5652 leaves unsigned stays so: unsigned attributes, revocation lists and
// embedded certificates that take no part in the chain can be changed by anyone, and
// the package gives none of them a meaning. Strangers names the certificates.
//
// Encrypt makes EnvelopedData that only the holders of certain keys can read, and
// Decrypt reads it. It hides the content and proves nothing about it: anyone who has
// the recipient's certificate can make such a message, and anyone who holds one can
// change it. Some changes go unnoticed by Decrypt, and some of those leave XML that is
// still well-formed. So the envelope belongs inside a signed message, as Apple has it
// with EncryptedPayloadContent in a signed profile: check the signature first, then
// decrypt.
package cms
