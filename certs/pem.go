package certs

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// isPEM looks for the line that starts a PEM block (RFC 7468), past the text
// that openssl and others write above it.
func isPEM(data []byte) bool { return bytes.Contains(data, []byte("-----BEGIN ")) }

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
		blocks++
		if err := r.read(block); err != nil {
			return nil, fmt.Errorf("reading the block %q: %w", block.Type, err)
		}
		data = rest
	}
	switch {
	case isPEM(data):
		return nil, fmt.Errorf("%w: a PEM block starts and never ends", ErrTruncated)
	case blocks == 0 || len(b.Certificates) == 0 && len(b.Keys) == 0:
		return nil, fmt.Errorf("%w: its PEM blocks hold neither certificate nor key", ErrFormat)
	}
	return b, nil
}

type pemReader struct {
	bundle *Bundle
	unlock Unlock
	asked  bool
	budget budget
}

func (r *pemReader) read(block *pem.Block) error {
	switch {
	case block.Type == "CERTIFICATE", block.Type == "X509 CERTIFICATE", block.Type == "TRUSTED CERTIFICATE":
		c, err := ParseCertificate(block.Bytes)
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
