package intune

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
)

// base64Of is base64 as Graph has binary: the standard alphabet, padded.
func base64Of(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// cngPublicKey is what the blob of a public RSA key begins with ("RSA1"), which
// Microsoft's tool exports by default.
// Source: https://learn.microsoft.com/windows/win32/api/bcrypt/ns-bcrypt-bcrypt_rsakey_blob
const cngPublicKey = 0x31415352

// ParseConnectorKey reads a public RSA key as the tool for imported PFX exports it: PEM
// (PUBLIC KEY or RSA PUBLIC KEY), DER, a certificate, or the blob of Windows' CNG.
func ParseConnectorKey(data []byte) (*rsa.PublicKey, error) {
	if key, ok := parseCNG(data); ok {
		return key, nil
	}
	kind := ""
	if block, _ := pem.Decode(bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))); block != nil {
		data, kind = block.Bytes, block.Type
	}
	if bytes.Contains([]byte(kind), []byte("PRIVATE")) {
		return nil, errors.New("it holds a private key, which never leaves the connector: export the public one")
	}
	if key, err := x509.ParsePKCS1PublicKey(data); err == nil {
		return key, nil
	}
	if any, err := x509.ParsePKIXPublicKey(data); err == nil {
		return asRSA(any)
	}
	if c, err := x509.ParseCertificate(data); err == nil {
		return asRSA(c.PublicKey)
	}
	return nil, errors.New("it is no public RSA key: neither PEM nor DER nor the blob that Windows exports")
}

func asRSA(key any) (*rsa.PublicKey, error) {
	if public, ok := key.(*rsa.PublicKey); ok {
		return public, nil
	}
	return nil, fmt.Errorf("it is a key of type %T, and the connector's is RSA", key)
}

// parseCNG reads a BCRYPT_RSAKEY_BLOB: six little-endian numbers (magic, bits, and the
// lengths of exponent, modulus and both primes), then exponent and modulus, big-endian.
func parseCNG(data []byte) (*rsa.PublicKey, bool) {
	var head struct{ Magic, Bits, Exponent, Modulus, Prime1, Prime2 uint32 }
	r := bytes.NewReader(data)
	if binary.Read(r, binary.LittleEndian, &head) != nil || head.Magic != cngPublicKey || head.Prime1+head.Prime2 != 0 {
		return nil, false
	}
	rest := data[binary.Size(head):]
	if uint64(len(rest)) != uint64(head.Exponent)+uint64(head.Modulus) {
		return nil, false
	}
	e := new(big.Int).SetBytes(rest[:head.Exponent])
	n := new(big.Int).SetBytes(rest[head.Exponent:])
	if !e.IsInt64() || e.Int64() < 3 || e.Int64() > 1<<31-1 || n.BitLen() != int(head.Bits) {
		return nil, false
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, true
}
