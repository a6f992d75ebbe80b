package signer

import (
	"crypto"
	"crypto/rsa"
	"encoding/asn1"
	"fmt"
	"math/big"
)

// checkDigest refuses what keys on tokens and in vaults aren't asked for here: PSS,
// which Apple's decoder of profiles doesn't know, and a digest that isn't one.
func checkDigest(digest []byte, opts crypto.SignerOpts) error {
	if _, pss := opts.(*rsa.PSSOptions); pss {
		return fmt.Errorf("%w: RSA-PSS isn't made here", ErrKey)
	}
	if hash := opts.HashFunc(); hash == 0 || len(digest) != hash.Size() {
		return fmt.Errorf("%w: %d bytes are no digest of %v", ErrKey, len(digest), hash)
	}
	return nil
}

// ecdsaDER turns a signature in the form of tokens and vaults, r and s beside each
// other at the same length (PKCS #11 section 2.3.1, RFC 7518 section 3.4), into the
// form of X.509 and CMS (RFC 3279 section 2.2.3).
func ecdsaDER(raw []byte) ([]byte, error) {
	half := len(raw) / 2
	if half == 0 || len(raw)%2 != 0 {
		return nil, fmt.Errorf("%w: an ECDSA signature of %d bytes came back", ErrKey, len(raw))
	}
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])})
}
