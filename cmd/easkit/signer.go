package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/signer"
)

func registerSigner(cmd *cobra.Command, file, passwordFile *string, chain *[]string) {
	f := cmd.Flags()
	f.StringVar(file, "signer", "", "sign with the key and certificate in this PEM or PKCS#12 `FILE`")
	f.StringVar(passwordFile, "signer-password-file", "", "read the password of --signer from this `FILE`")
	f.StringArrayVar(chain, "signer-chain", nil, "intermediate certificates above the signer: `FILE` or folder (repeatable)")
}

// openSigner opens --signer, or returns nil where there is none.
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
	s, err := a.readSigner(file, password, cas)
	if err != nil {
		err = fmt.Errorf("--signer %w", about(file, err))
		if passwordError(err) {
			err = withHint(err, "give the signer's password with --signer-password-file FILE")
		}
	}
	return s, err
}

// readSigner is signer.Open, but that the file counts among the call's inputs.
func (a *app) readSigner(file string, password certs.Password, cas []*certs.Certificate) (*signer.Signer, error) {
	if err := signer.CheckURI(file); err != nil {
		return nil, err
	}
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
