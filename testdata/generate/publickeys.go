package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
)

func publicOf(private any) any {
	if s, ok := private.(crypto.Signer); ok {
		return s.Public()
	}
	return nil
}

// madeUpKeys are public keys whose private half is not needed: a certificate
// only names them. Those on curves are the base point, whose private key is 1.
func madeUpKeys() map[string]any {
	base := func(c elliptic.Curve) any { return &ecdsa.PublicKey{Curve: c, X: c.Params().Gx, Y: c.Params().Gy} }
	tiny := new(big.Int).Lsh(big.NewInt(1), 511)
	return map[string]any{
		"p224":      base(elliptic.P224()),
		"p521":      base(elliptic.P521()),
		"rsa512":    &rsa.PublicKey{N: tiny.Add(tiny, big.NewInt(1)), E: 65537},
		"brainpool": noPoint(asn1.ObjectIdentifier{1, 3, 36, 3, 3, 2, 8, 1, 1, 7}), // brainpoolP256r1, RFC 5639
		"off-curve": noPoint(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}),     // P-256
	}
}

// noPoint is an EC key of 256 bits whose point, of zeros, is not on the curve.
func noPoint(curve asn1.ObjectIdentifier) asn1.RawValue {
	ecKey := asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	point := append([]byte{0, 4}, make([]byte, 64)...) // no unused bits, uncompressed
	return asn1.RawValue{FullBytes: der(tagSequence, der(tagSequence, oid(ecKey), oid(curve)), der(tagBits, point))}
}

// spki is the SubjectPublicKeyInfo of a key.
func (ks *keys) spki(name string) ([]byte, error) {
	switch key := ks.public[name].(type) {
	case nil:
		return nil, fmt.Errorf("there is no key %q", name)
	case asn1.RawValue:
		return key.FullBytes, nil
	default:
		return x509.MarshalPKIXPublicKey(key)
	}
}
