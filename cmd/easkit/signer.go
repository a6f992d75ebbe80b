package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/signer"
)

func registerSigner(cmd *cobra.Command, file, passwordFile *string, chain *[]string) {
	f := cmd.Flags()
	f.StringVar(file, "signer", "", "sign with the key and certificate in this PEM or PKCS#12 `FILE`, or with a key that stays where it is: pkcs11:token=NAME;object=LABEL?module-path=FILE, or https://VAULT.vault.azure.net/certificates/NAME")
	f.StringVar(passwordFile, "signer-password-file", "", "read the password of --signer, or the PIN of its token, from this `FILE`")
	f.StringArrayVar(chain, "signer-chain", nil, "intermediate certificates above the signer, and the certificate of a key that has none beside it: `FILE` or folder (repeatable)")
}

// openSigner opens --signer, or returns nil where there is none. It is closed when the
// call ends.
func (a *app) openSigner(file, passwordFile string, chain []string) (*signer.Signer, error) {
	if file == "" {
		return nil, nil
	}
	var password certs.Password
	if passwordFile != "" {
		var err error
		if password, err = a.readPassword(passwordFile); err != nil {
			return nil, fmt.Errorf("--signer-password-file: %w", err)
		}
	}
	cas, err := a.readCertificates("--signer-chain", chain)
	if err != nil {
		return nil, err
	}
	if signer.IsURI(file) {
		return a.openSignerURI(file, password, cas)
	}
	s, err := a.readSigner(file, password, cas)
	if err != nil {
		err = signerHint(fmt.Errorf("--signer %w", about(file, err)))
	}
	return s, err
}

// openSignerURI opens a signer whose key stays on a token or in a vault. Messages
// leave the URI out: it may hold what should not be in it.
func (a *app) openSignerURI(uri string, password certs.Password, cas []*certs.Certificate) (*signer.Signer, error) {
	s, err := signer.OpenURI(a.ctx, uri, signer.Options{
		Unlock:  a.unlock(password, "the signer's token (its PIN)"),
		ReadPIN: a.readPassword,
		Chain:   cas,
		Now:     a.now(),
	})
	if err != nil {
		return nil, signerHint(fmt.Errorf("--signer: %w", err))
	}
	a.signers = append(a.signers, s)
	return s, nil
}

// closeSigners gives back the tokens of the call. What they signed holds even where one
// does not close well.
func (a *app) closeSigners() {
	for _, s := range a.signers {
		if err := s.Close(); err != nil {
			a.say("--signer: %s", oneLine(err))
		}
	}
	a.signers = nil
}

// signerHint adds what to do about a signer that did not open.
func signerHint(err error) error {
	if passwordError(err) {
		return withHint(err, "give the signer's password with --signer-password-file FILE")
	}
	if errors.Is(err, fs.ErrNotExist) {
		return withHint(err, "give the file of the certificate that signs, with its key, with --signer")
	}
	return err
}

// readSigner is signer.Open, but that the file counts among the call's inputs.
func (a *app) readSigner(file string, password certs.Password, cas []*certs.Certificate) (*signer.Signer, error) {
	data, err := a.readInput(file)
	if err != nil {
		return nil, err
	}
	b, err := certs.Read(data, a.unlock(password, "the signer "+file))
	if err != nil {
		return nil, err
	}
	return signer.FromBundle(b, cas)
}
