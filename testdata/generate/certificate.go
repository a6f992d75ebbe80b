package main

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// What holds for every certificate whose case is about something else. The
// tests' clock stands at now.
var (
	now   = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)
	from  = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	until = time.Date(2036, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// certificate is a certificate before it is signed.
type certificate struct {
	version         int // as encoded: 2 for v3
	serial          *big.Int
	subject, issuer pkix.RDNSequence
	from, until     time.Time
	key, signer     string // names of keys
	signature       signature
	extensions      []extension
	patches         [][2]string // what is replaced in the finished body, before it is signed
}

type extension struct {
	oid      asn1.ObjectIdentifier
	critical bool
	value    []byte
}

// signature is a signature algorithm on an RSA key.
type signature struct {
	oid  asn1.ObjectIdentifier
	hash crypto.Hash
}

// RFC 8017 appendix C.
var (
	md5RSA    = signature{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 4}, crypto.MD5}
	sha1RSA   = signature{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5}, crypto.SHA1}
	sha224RSA = signature{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 14}, crypto.SHA224}
	sha256RSA = signature{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, crypto.SHA256}
	sha512RSA = signature{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}, crypto.SHA512}

	sha512to224RSA = signature{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 15}, crypto.SHA512_224}
)

func (s signature) identifier() pkix.AlgorithmIdentifier {
	return pkix.AlgorithmIdentifier{Algorithm: s.oid, Parameters: asn1.NullRawValue}
}

// commonName is a name of one CN in a UTF8String.
func commonName(cn string) pkix.RDNSequence {
	return pkix.RDNSequence{{{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(cn)}}}}
}

// maker makes the DER of one certificate for the file of that name.
type maker func(ks *keys, file string) ([]byte, error)

// option changes a certificate away from its kind's good form.
type option func(ks *keys, c *certificate)

// build makes a certificate by its options, in their order.
func build(options ...option) maker {
	return func(ks *keys, file string) ([]byte, error) {
		c := &certificate{
			version: 2, serial: serialOf(file), from: from, until: until,
			key: "alice-rsa2048", signer: "issuing-rsa2048", signature: sha256RSA,
		}
		for _, o := range options {
			o(ks, c)
		}
		return c.sign(ks)
	}
}

// serialOf takes a serial number from a file name, so that a new case changes
// no other.
func serialOf(file string) *big.Int {
	sum := sha256.Sum256([]byte(file))
	sum[0] = sum[0]&0x7f | 0x40 // positive, and always of eight bytes
	return new(big.Int).SetBytes(sum[:8])
}

func (c *certificate) sign(ks *keys) ([]byte, error) {
	tbs, err := c.body(ks)
	if err != nil {
		return nil, err
	}
	signer := ks.private[c.signer]
	if signer == nil {
		return nil, fmt.Errorf("there is no RSA key %q", c.signer)
	}
	h := c.signature.hash.New()
	h.Write(tbs)
	sum, err := rsa.SignPKCS1v15(nil, signer, c.signature.hash, h.Sum(nil))
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: tbs}, c.signature.identifier(), asn1.BitString{Bytes: sum, BitLength: len(sum) * 8}})
}

// body is the TBSCertificate of RFC 5280 4.1.
func (c *certificate) body(ks *keys) ([]byte, error) {
	spki, err := ks.spki(c.key)
	if err != nil {
		return nil, err
	}
	var extensions []pkix.Extension
	for _, e := range c.extensions {
		extensions = append(extensions, pkix.Extension{Id: e.oid, Critical: e.critical, Value: e.value})
	}
	type validity struct{ From, Until time.Time }
	body, err := asn1.Marshal(struct {
		Version    int `asn1:"optional,explicit,default:0,tag:0"`
		Serial     *big.Int
		Signature  pkix.AlgorithmIdentifier
		Issuer     pkix.RDNSequence
		Validity   validity
		Subject    pkix.RDNSequence
		Key        asn1.RawValue
		Extensions []pkix.Extension `asn1:"omitempty,optional,explicit,tag:3"`
	}{
		c.version, c.serial, c.signature.identifier(), c.issuer, validity{c.from, c.until},
		c.subject, asn1.RawValue{FullBytes: spki}, extensions,
	})
	if err != nil {
		return nil, err
	}
	for _, p := range c.patches {
		if !bytes.Contains(body, []byte(p[0])) || len(p[0]) != len(p[1]) {
			return nil, fmt.Errorf("nothing to replace %x with", p[1])
		}
		body = bytes.Replace(body, []byte(p[0]), []byte(p[1]), 1)
	}
	return body, nil
}

// keyID is the key identifier of RFC 5280 4.2.1.2, method 1.
func (ks *keys) keyID(name string) []byte {
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	spki, err := ks.spki(name)
	if err != nil {
		return nil // sign says so
	}
	if _, err := asn1.Unmarshal(spki, &info); err != nil {
		return nil
	}
	sum := sha1.Sum(info.Key.Bytes)
	return sum[:]
}

// set puts an extension in, in place of one of the same kind.
func (c *certificate) set(e extension) {
	same := func(other extension) bool { return other.oid.Equal(e.oid) }
	if i := slices.IndexFunc(c.extensions, same); i >= 0 {
		c.extensions[i] = e
		return
	}
	c.extensions = append(c.extensions, e)
}
