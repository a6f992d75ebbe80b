package certs

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// isPEM looks for the line that starts a PEM block (RFC 7468), past the text
// that openssl and others write above it.
func isPEM(data []byte) bool { return bytes.Contains(data, pemBegin) }

// How a block starts and ends (RFC 7468 2).
var (
	pemBegin = []byte("-----BEGIN ")
	pemEnd   = []byte("-----END ")
)

// readPEM reads every certificate, key and PKCS#7 block; others, such as
// parameters and requests, are passed over.
func readPEM(data []byte, u Unlock) (*Bundle, error) {
	b := &Bundle{Format: "PEM"}
	r := pemReader{bundle: b, unlock: u, budget: budget{MaxIterations}}
	blocks := 0
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		if blocks++; bytes.Count(data[:len(data)-len(rest)], pemBegin) > 1 {
			return nil, errDamagedPEM // which encoding/pem passed over
		}
		if err := r.read(block); err != nil {
			return nil, fmt.Errorf("reading the block %q: %w", block.Type, err)
		}
		data = rest
	}
	switch {
	case isPEM(data) && bytes.Contains(data, pemEnd):
		return nil, errDamagedPEM
	case isPEM(data):
		return nil, fmt.Errorf("%w: a PEM block starts and never ends", ErrTruncated)
	case blocks == 0 || len(b.Certificates) == 0 && len(b.Keys) == 0:
		return nil, fmt.Errorf("%w: its PEM blocks hold neither certificate nor key", ErrFormat)
	}
	return b, nil
}

// errDamagedPEM is for a block that starts and ends but can't be decoded. The
// rest of the file may be fine, but what is missing might be the key.
var errDamagedPEM = fmt.Errorf("%w: one of its PEM blocks is damaged", ErrFormat)

type pemReader struct {
	bundle *Bundle
	unlock Unlock
	asked  bool
	budget budget
}

func (r *pemReader) read(block *pem.Block) error {
	switch {
	case block.Type == "CERTIFICATE", block.Type == "X509 CERTIFICATE", block.Type == "TRUSTED CERTIFICATE":
		der := block.Bytes
		if block.Type == "TRUSTED CERTIFICATE" {
			der = firstElement(der)
		}
		c, err := ParseCertificate(der)
		if err != nil {
			return err
		}
		r.bundle.add(c)
		return nil
	case block.Type == "PKCS7", block.Type == "CMS":
		more, err := readPKCS7(block.Bytes)
		if err != nil {
			return err
		}
		for _, c := range more.Certificates {
			r.bundle.add(c)
		}
		return nil
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return r.readKey(block)
	}
	return nil
}

// firstElement cuts off what OpenSSL puts after a certificate that it trusts for
// some uses only (openssl-x509, -trustout).
func firstElement(der []byte) []byte {
	input := cryptobyte.String(der)
	var first cryptobyte.String
	if !input.ReadASN1Element(&first, cbasn1.SEQUENCE) {
		return der
	}
	return first
}

func (r *pemReader) readKey(block *pem.Block) error {
	der, err := r.decryptKey(block)
	if err != nil {
		return err
	}
	key, err := parseKey(der)
	if err != nil {
		return err
	}
	r.bundle.Keys = append(r.bundle.Keys, key)
	return nil
}

func (r *pemReader) decryptKey(block *pem.Block) ([]byte, error) {
	//lint:ignore SA1019 it is weak, yet what "openssl genrsa -aes256" wrote for decades
	legacy := x509.IsEncryptedPEMBlock(block)
	if block.Type != "ENCRYPTED PRIVATE KEY" && !legacy {
		return block.Bytes, nil
	}
	if !r.asked {
		password, err := r.unlock.ask()
		if err != nil {
			return nil, err
		}
		r.bundle.Password, r.asked = password, true
	}
	if legacy {
		//lint:ignore SA1019 see above
		der, err := x509.DecryptPEMBlock(block, []byte(r.bundle.Password))
		if errors.Is(err, x509.IncorrectPasswordError) {
			return nil, ErrPassword
		}
		return der, err
	}
	var encrypted struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	if err := unmarshal(block.Bytes, &encrypted); err != nil {
		return nil, fmt.Errorf("reading the encrypted key: %w", err)
	}
	der, _, err := decryptPBE(encrypted.Algorithm, encrypted.Data, formsOf(string(r.bundle.Password)), &r.budget)
	return der, err
}
