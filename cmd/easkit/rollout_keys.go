package main

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/signer"
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

// keyFlags say where the key is that a rollout was encrypted to.
type keyFlags struct{ file, vault string }

func (f *keyFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "key-file", "", "the key that the rollout was encrypted to: `FILE`, or - to be asked for it; --password-file is for it then")
	cmd.Flags().StringVar(&f.vault, "key-vault", "", "the same, out of Azure Key Vault: `URL` of a secret, https://VAULT.vault.azure.net/secrets/NAME")
}

// hintKey is for what is encrypted.
const hintKey = "give the key with --key-file FILE, or --key-vault URL"

// given reports whether there is a key.
func (f *keyFlags) given() bool { return f.file != "" || f.vault != "" }

// flag is the one that was given, and name what the key is called in messages.
func (f *keyFlags) flag() (flag, name string) {
	switch {
	case f.vault != "":
		return "--key-vault", "the secret"
	case f.file == stdout:
		return "--key-file", "the key"
	}
	return "--key-file", f.file
}

// read gets the key, which stays in memory. Where - stands for a terminal, it is asked
// for as passwords are.
func (f *keyFlags) read(a *app) ([]byte, error) {
	switch {
	case f.file != "" && f.vault != "":
		return nil, errors.New("give --key-file or --key-vault, not both")
	case f.vault != "":
		key, err := signer.Secret(a.ctx, f.vault, signer.Options{Now: a.now()})
		return key, inFlag("--key-vault", err)
	case f.file == stdout && isTerminal(a.in): // "-" stands for both
		key, err := a.askSecret(a.ctx, "Key of the rollout: ")
		return []byte(key), err
	}
	key, err := a.readInput(f.file)
	if err != nil {
		return nil, fmt.Errorf("--key-file: %w", about(f.file, err))
	}
	return key, nil
}

// opener reads the key of a rollout: keys of age, or a certificate with its key; nil for
// none.
func (a *app) opener(f keyFlags) (*vault.Opener, error) {
	if !f.given() {
		return nil, nil
	}
	password, err := a.identityPassword()
	if err != nil {
		return nil, err
	}
	data, err := f.read(a)
	if err != nil {
		return nil, err
	}
	o, err := a.openerOf(data, password, f)
	if err != nil {
		flag, name := f.flag()
		return nil, fmt.Errorf("%s: %w", flag, about(name, err))
	}
	return o, nil
}

func (a *app) openerOf(data []byte, password certs.Password, f keyFlags) (*vault.Opener, error) {
	for _, mark := range ageMarks {
		if !bytes.Contains(data, mark) {
			continue
		}
		return vault.NewAgeOpener(data, func() (string, error) {
			if password != "" {
				return string(password), nil
			}
			return a.askSecret(a.ctx, "Passphrase of the key: ")
		})
	}
	_, name := f.flag()
	b, err := certs.Read(data, a.unlock(password, name))
	if err != nil {
		return nil, err
	}
	id, err := b.Identity()
	if err != nil {
		return nil, err
	}
	key, ok := id.Key.(crypto.Decrypter)
	if !ok || id.Leaf.X509 == nil {
		return nil, errors.New("its key can't decrypt: an RSA key can")
	}
	return vault.NewCertificateOpener(id.Leaf.X509, key), nil
}
