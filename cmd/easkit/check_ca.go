package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/preflight"
)

func newCheckCA(a *app) *cobra.Command {
	var f checkFlags
	var issued []string
	cmd := &cobra.Command{
		Use:   "ca FILE|DIR... | --tenant DIR",
		Short: "Check the CAs of a trust store, and their CRLs, as Entra ID will see them",
		Long: "Checks the CAs as one trust store: what each is, whether Entra ID finds it by its key\n" +
			"identifiers, whether the way to a root is complete, and its CRL. The address of a CA's\n" +
			"CRL stands in the certificates that it issued, not in its own: give one with --issued,\n" +
			"or the CRL itself with --crl.",
		Example: "  easkit check ca cas/ --issued alice.cer\n" +
			"  easkit check ca root.pem issuing.pem --crl http://crl.contoso.com/issuing.crl --cloud gcc-high\n" +
			"  easkit check ca --tenant contoso/\n" +
			"  easkit check ca cas/ --offline --crl crls/ --format sarif -o cas.sarif",
		Args: func(cmd *cobra.Command, args []string) error {
			if f.tenant != "" { // whose CAs are judged then
				return nil
			}
			return atLeastOne("FILE")(cmd, args)
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.checkCAs(&f, args, issued) },
	}
	f.register(cmd)
	f.registerCRL(cmd)
	f.registerTenant(cmd)
	cmd.Flags().StringArrayVar(&issued, "issued", nil, "certificates that the CAs issued, which say where their CRLs are: `FILE` or folder (repeatable)")
	return cmd
}

func (a *app) checkCAs(f *checkFlags, args, issued []string) error {
	if _, _, err := a.judgement(); err != nil { // before anything is read
		return err
	}
	files, err := expand(args, certificateExtensions)
	if err != nil {
		return err
	}
	var in audit.Input
	var failed error
	in.CAs, failed = a.readAuthorities(files)
	ofTenant, err := f.tenantCAs(a)
	if err != nil {
		return err
	}
	in.CAs = append(in.CAs, ofTenant...)
	if in.Known, err = a.readCertificates("--ca", f.cas); err != nil {
		return err
	}
	if in.Issued, err = a.readCertificates("--issued", issued); err != nil {
		return err
	}
	if in.CRLs, err = f.crlSources(a, f.crls); err != nil {
		return fmt.Errorf("--crl: %w", err)
	}
	return a.audit(f, in, preflight.TextOptions{Passes: len(in.CAs) == 1}, failed)
}

// readAuthorities reads files of CAs. The error says that some could not be opened;
// they are authorities all the same, without a certificate.
func (a *app) readAuthorities(files []string) (all []audit.Authority, failed error) {
	for _, file := range files {
		authorities, err := a.readAuthority(file)
		if err != nil {
			authorities, failed = []audit.Authority{{Name: file, Err: err}}, errInputs
		}
		all = append(all, authorities...)
	}
	return all, failed
}

// readAuthority reads a file of CAs. The error is for a file that can't be opened;
// what is wrong with its content stands in the authority.
func (a *app) readAuthority(file string) ([]audit.Authority, error) {
	data, err := a.readInput(file)
	if err != nil {
		return nil, about(file, err)
	}
	b, err := certs.Read(data, certs.Unlock{})
	if err == nil && len(b.Certificates) == 0 {
		err = errors.New("it holds a private key and no certificate")
	}
	if err != nil {
		return []audit.Authority{{Name: file, Err: err}}, nil
	}
	var all []audit.Authority
	for _, c := range b.Certificates {
		name := file
		if len(b.Certificates) > 1 {
			name = fmt.Sprintf("%s (%s)", file, c)
		}
		all = append(all, audit.Authority{Name: name, Certificate: c})
	}
	return all, nil
}
