package certs

import (
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"unicode/utf16"

	"software.sslmate.com/src/go-pkcs12"
)

// Encryption is how a PKCS#12 file is written.
type Encryption string

const (
	// LegacyDES is 3DES with a SHA-1 MAC: every iOS and Android imports it. It
	// is weak, so the file is as secret as the key in it.
	LegacyDES Encryption = "3des"
	// Modern is AES-256 with PBKDF2-HMAC-SHA-256 and a SHA-256 MAC: iOS 18 and
	// Android 14 import it, and later ones.
	Modern Encryption = "aes256"
)

// The first versions that import [Modern] files. iOS: Apple's Security sources,
// p12import.c, tag 61439.1.1. Android: external/bouncycastle 4fae1c6c.
const (
	ModernSinceIOS     = 18
	ModernSinceAndroid = 14
)

// EncryptionFor is the strongest encryption that every version from the given
// one on can import.
func EncryptionFor(version, modernSince int) Encryption {
	if version >= modernSince {
		return Modern
	}
	return LegacyDES
}

// iterations is what OpenSSL writes for both MAC and encryption; go-pkcs12's own
// LegacyDES derives the key of the MAC in a single round.
const iterations = 2048

// EncodePKCS12 writes an identity as PKCS#12 with go-pkcs12, and the name under
// which Android will offer it. An empty name leaves friendlyName out. An empty
// password is refused: iOS never opens such a file.
func EncodePKCS12(key crypto.Signer, leaf *Certificate, chain []*Certificate, password, friendlyName string, e Encryption) ([]byte, error) {
	if password == "" {
		return nil, errors.New("a PKCS#12 file for a phone needs a password")
	}
	if !samePublicKey(key.Public(), leaf.PublicKey) {
		return nil, fmt.Errorf("the key is not that of the certificate %q", leaf)
	}
	cas := make([]*x509.Certificate, len(chain))
	for i, ca := range chain {
		cas[i] = &x509.Certificate{Raw: ca.Raw} // go-pkcs12 reads nothing else of it
	}
	encoder := pkcs12.LegacyDES
	if e == Modern {
		encoder = pkcs12.Modern2023
	}
	der, err := encoder.WithIterations(iterations).WithRand(rand.Reader).Encode(key, &x509.Certificate{Raw: leaf.Raw}, cas, password)
	if err != nil {
		return nil, fmt.Errorf("writing the PKCS#12 file: %w", err)
	}
	if friendlyName == "" {
		return der, nil
	}
	if der, err = nameKey(der, password, friendlyName); err != nil {
		return nil, fmt.Errorf("naming the key in the PKCS#12 file: %w", err)
	}
	return der, nil
}

// nameKey adds friendlyName to the key bag of a file that go-pkcs12 wrote. That
// bag lies in a safe of its own, outside the encrypted certificates, so the
// file needs only a new MAC.
func nameKey(der []byte, password, name string) ([]byte, error) {
	file, safe, err := readPFX(der)
	if err != nil {
		return nil, err
	}
	var safes []contentInfo
	if err := unmarshal(safe, &safes); err != nil {
		return nil, err
	}
	named := false
	for i := range safes {
		if safes[i].Type.String() != oidData {
			continue
		}
		if safes[i].Content, err = nameBags(safes[i].Content.Bytes, name); err != nil {
			return nil, err
		}
		named = true
	}
	if !named {
		return nil, errors.New("its key lies in an encrypted safe")
	}
	if safe, err = asn1.Marshal(safes); err != nil {
		return nil, err
	}
	return sealPFX(file, safe, password)
}

func nameBags(content []byte, name string) (asn1.RawValue, error) {
	var plain []byte
	var bags []safeBag
	if err := unmarshal(content, &plain); err != nil {
		return asn1.RawValue{}, err
	}
	if err := unmarshal(plain, &bags); err != nil {
		return asn1.RawValue{}, err
	}
	attr, err := friendlyNameAttribute(name)
	if err != nil {
		return asn1.RawValue{}, err
	}
	for i := range bags {
		bags[i].Attributes = append(bags[i].Attributes, attr)
	}
	if plain, err = asn1.Marshal(bags); err != nil {
		return asn1.RawValue{}, err
	}
	return explicitOctets(plain)
}

func friendlyNameAttribute(name string) (attribute, error) {
	var bmp []byte
	for _, unit := range utf16.Encode([]rune(name)) {
		bmp = append(bmp, byte(unit>>8), byte(unit))
	}
	value, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagBMPString, Bytes: bmp})
	return attribute{
		Type:   asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 20},
		Values: asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: value},
	}, err
}

func explicitOctets(b []byte) (asn1.RawValue, error) {
	octets, err := asn1.Marshal(b)
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: octets}, err
}

// sealPFX puts the safe back and computes the MAC over it, with the digest,
// salt and iterations that go-pkcs12 chose.
func sealPFX(file pfx, safe []byte, password string) ([]byte, error) {
	newHash, size := sha1.New, sha1.Size
	if digests[file.MAC.Digest.Algorithm.Algorithm.String()].name == "SHA-256" {
		newHash, size = sha256.New, sha256.Size
	}
	key := pkcs12KDF(newHash, formsOf(password).bmp, file.MAC.Salt, file.MAC.Iterations, kdfMAC, size)
	file.MAC.Digest.Sum = macSum(newHash, key, safe)
	var err error
	if file.AuthSafe.Content, err = explicitOctets(safe); err != nil {
		return nil, err
	}
	return asn1.Marshal(file)
}
