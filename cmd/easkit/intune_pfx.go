package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// pfxFlags are those of intune pfx.
type pfxFlags struct {
	key, keyName, provider string
	padding, purpose, upn  string
}

// extPFX is what the name of an imported PFX ends with.
const extPFX = ".userpfx.json"

func newIntunePFX(a *app) *cobra.Command {
	var f pfxFlags
	cmd := &cobra.Command{
		Use:   "pfx FILE",
		Short: "Make the userPFXCertificate of one user's .p12, for S/MIME",
		Long: "Writes the object by which Intune's certificate connector hands a .p12 to its user's phones:\n" +
			"the file as it is, and its password encrypted to the connector's key. POST it to\n" +
			"/beta/deviceManagement/userPfxCertificates.\n\n" +
			"An imported PFX is for S/MIME. It can't be what a mail account signs in with: Intune's mail\n" +
			"profiles take the certificate of a PKCS or SCEP profile only. The object is a secret.",
		Example: "  easkit intune pfx alice-smime.p12 --connector-key pfxkey.blob --key-name PFXEncryptionKey",
		Args:    exactly("FILE"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.makePFX(&f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.key, "connector-key", "", "the connector's public key, as Export-IntunePublicKey writes it, or PEM: `FILE`")
	flags.StringVar(&f.keyName, "key-name", "", "the `NAME` under which the connector's server has the key")
	flags.StringVar(&f.provider, "provider", intune.DefaultProvider, "the `NAME` of its key store")
	flags.StringVar(&f.padding, "padding", intune.Paddings[0], "how the password is encrypted: "+choice(intune.Paddings))
	flags.StringVar(&f.purpose, "purpose", intune.Purposes[0], "what it is for: "+choice(intune.Purposes))
	flags.StringVar(&f.upn, "user", "", "the `UPN` whose it is, one that the certificate names (default: its UPN)")
	return cmd
}

func (a *app) makePFX(f *pfxFlags, path string) error {
	if f.key == "" || f.keyName == "" {
		return withHint(errors.New("whom to encrypt the password for is not said"), "give --connector-key FILE and --key-name NAME")
	}
	s, err := a.asked()
	if err != nil {
		return err
	}
	data, err := a.readInput(f.key)
	if err != nil {
		return fmt.Errorf("--connector-key: %w", about(f.key, err))
	}
	to := intune.ConnectorKey{Name: f.keyName, Provider: f.provider}
	if to.Padding, err = preflight.Word("--padding", f.padding, intune.Paddings); err != nil {
		return err
	}
	if to.Public, err = intune.ParseConnectorKey(data); err != nil {
		return fmt.Errorf("--connector-key: %w", about(f.key, err))
	}
	p, err := a.readPFX(path)
	if err != nil {
		return err
	}
	if p.Purpose, err = preflight.Word("--purpose", f.purpose, intune.Purposes); err != nil {
		return withHint(err, "no purpose is sign-in: what is imported is for S/MIME")
	}
	p.At = s.At
	if p.UPN = cmp.Or(f.upn, p.UPN); p.UPN == "" {
		return withHint(about(path, errors.New("the certificate has no UPN")), "say with --user which of its addresses is the user's UPN")
	}
	object, err := intune.NewPFX(p, to)
	if err != nil {
		return about(path, err)
	}
	for _, note := range p.Notes() {
		a.say("note: %s", note)
	}
	text, err := object.JSON()
	if err != nil {
		return err
	}
	if a.global.output == stdout {
		return a.print(text)
	}
	out := a.global.output
	if out == "" {
		base := filepath.Base(path)
		out = base[:len(base)-len(filepath.Ext(base))] + extPFX
	}
	if err := keyfile.Write(out, text, a.global.force); err != nil {
		return err
	}
	a.warnModes()
	a.say("%s written for %s: for S/MIME, and no mail account signs in with it", out, p.UPN)
	return nil
}

// readPFX opens a user's file. It goes in as it is, so that it has to be PKCS#12.
func (a *app) readPFX(path string) (intune.PFX, error) {
	data, err := a.readInput(path)
	if err != nil {
		return intune.PFX{}, about(path, err)
	}
	password, err := a.identityPassword()
	if err != nil {
		return intune.PFX{}, err
	}
	b, err := certs.Read(data, a.unlock(password, path))
	if err != nil {
		return intune.PFX{}, about(path, err)
	}
	id, err := b.Identity()
	if err != nil {
		return intune.PFX{}, about(path, err)
	}
	if b.PKCS12 == nil {
		return intune.PFX{}, withHint(about(path, errors.New("it is no PKCS#12 file, and Intune takes no other")), "openssl pkcs12 -export makes one")
	}
	p := intune.PFX{Data: data, Leaf: id.Leaf}
	p.Password = b.Password
	if upns := id.Leaf.Values(certs.KindUPN); len(upns) > 0 {
		p.UPN = upns[0]
	}
	return p, nil
}
