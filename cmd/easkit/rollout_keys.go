package main

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/profiles/vault"
)

// What keys of age begin with, in any letter case. A secret one that is given for a
// public one must not become the name of a file in a message.
// Source: https://age-encryption.org/v1
var agePrefixes = []string{"age1", "age-secret-key-"}

// sealer reads --encrypt-to.
func (a *app) sealer(recipients []string) (*vault.Sealer, error) {
	var keys, files []string
	for _, r := range recipients {
		if isAgeKey(r) {
			keys = append(keys, r)
		} else {
			files = append(files, r)
		}
	}
	switch {
	case len(recipients) == 0:
		return nil, nil
	case len(keys) > 0 && len(files) > 0:
		return nil, withHint(errors.New("--encrypt-to has keys of age and certificates, and a file is encrypted in one way"), "give all as the one, or all as the other")
	case len(keys) > 0:
		s, err := vault.NewAgeSealer(keys...)
		if err != nil {
			return nil, fmt.Errorf("--encrypt-to: %w", err)
		}
		return s, nil
	}
	var all []*x509.Certificate
	for _, file := range files {
		found, err := a.readCertificates("--encrypt-to", []string{file})
		if err != nil {
			return nil, withHint(err, "give age1… as age-keygen prints it, or the file of an RSA certificate")
		}
		if len(found) != 1 || found[0].X509 == nil {
			return nil, fmt.Errorf("--encrypt-to: %s holds %d certificates, and one is wanted, of who is to decrypt", file, len(found))
		}
		all = append(all, found[0].X509)
	}
	s, err := vault.NewCertificateSealer(all...)
	if err != nil {
		return nil, fmt.Errorf("--encrypt-to: %w", err)
	}
	return s, nil
}

func isAgeKey(text string) bool {
	for _, prefix := range agePrefixes {
		if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
			return true
		}
	}
	return false
}

// ageMarks are in each file of age's keys, also in those that a passphrase protects.
var ageMarks = [][]byte{[]byte("AGE-SECRET-KEY-"), []byte("age-encryption.org/"), []byte("-----BEGIN AGE ENCRYPTED FILE-----")}

// opener reads --key-file: keys of age, or a certificate with its key.
func (a *app) opener(path string) (*vault.Opener, error) {
	if path == "" {
		return nil, nil
	}
	password, err := a.identityPassword()
	if err != nil {
		return nil, err
	}
	data, err := a.readInput(path)
	if err != nil {
		return nil, fmt.Errorf("--key-file: %w", about(path, err))
	}
	for _, mark := range ageMarks {
		if !bytes.Contains(data, mark) {
			continue
		}
		o, err := vault.NewAgeOpener(data, func() (string, error) {
			if password != "" {
				return string(password), nil
			}
			return a.askSecret(a.ctx, "Passphrase of the key: ")
		})
		if err != nil {
			return nil, fmt.Errorf("--key-file: %w", about(path, err))
		}
		return o, nil
	}
	b, err := certs.Read(data, a.unlock(password, path))
	if err != nil {
		return nil, fmt.Errorf("--key-file: %w", about(path, err))
	}
	id, err := b.Identity()
	if err != nil {
		return nil, fmt.Errorf("--key-file: %w", about(path, err))
	}
	key, ok := id.Key.(crypto.Decrypter)
	if !ok || id.Leaf.X509 == nil {
		return nil, fmt.Errorf("--key-file: %s: its key can't decrypt: an RSA key can", path)
	}
	return vault.NewCertificateOpener(id.Leaf.X509, key), nil
}
