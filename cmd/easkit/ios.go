package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/profiles"
)

// iosPlace is where profiles go: into the folder of -o, or to the file of -o, or
// here.
func (a *app) iosPlace() (dir, single string) {
	out := a.global.output
	if out == "" || out == stdout || isDir(out) {
		return out, ""
	}
	return filepath.Dir(out), out
}

func newIOS(a *app) *cobra.Command {
	var b buildFlags
	cmd := &cobra.Command{
		Use:   "ios [IDENTITY...]",
		Short: "Make an iOS profile (.mobileconfig) from a .p12, .pfx or .pem file",
		Long: "Makes a configuration profile with the mail account, the identity and its CAs.\n" +
			"Runs the pre-flight first, and writes nothing where a check fails.\n\n" +
			"With --scep or --acme there is no IDENTITY: the phone makes its own key, which never\n" +
			"leaves it, and asks the server for a certificate in the names of --user and --email.\n" +
			"A template with placeholders makes one such profile for everybody, for an MDM.\n" +
			"See easkit help templates.",
		Example: "  easkit ios alice.p12 --password-file alice.password --signer signer.p12\n" +
			"  easkit ios alice.p12 --auth direct --mailbox exchange-server --host mail.contoso.com\n" +
			"  easkit ios *.p12 --password-env P12_PASSWORD --for mdm -o profiles/\n" +
			"  easkit ios --scep https://scep.contoso.com/scep --challenge-file challenge \\\n" +
			"      --email alice@contoso.com --user alice@contoso.com\n" +
			"  easkit ios --acme https://acme.contoso.com/directory --ios 16 --for mdm --template contoso.yaml",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if d := profiles.Delivery(b.delivery); d != profiles.ForManual && d != profiles.ForMDM {
				return fmt.Errorf("--for %q is unknown: it is %s or %s", d, profiles.ForManual, profiles.ForMDM)
			}
			if err := b.oneKey(args); err != nil {
				return err
			}
			if err := b.oneForm(a.global.output); err != nil {
				return err
			}
			return a.build(cmd, args, &b, buildIOS, func(string) (dir, single string) {
				if b.declarative != "" {
					return a.global.output, ""
				}
				return a.iosPlace()
			})
		},
	}
	b.register(cmd)
	b.registerEnrolment(cmd)
	cmd.Flags().StringVar(&b.encryptFor, "encrypt-for", "", "encrypt the payloads for the phone that has the key of the certificate in this `FILE` already")
	cmd.Flags().StringVar(&b.declarative, "declarative", "", "make declarations for declarative management (iOS 17) in place of a profile; the device management hosts their data under this https `URL`")
	cmd.Flags().StringVar(&b.delivery, "for", string(profiles.ForManual), "who installs it, `manual|mdm`: by hand the phone asks for the certificate's password, for an MDM it is embedded")
	return cmd
}

// oneForm refuses a call whose forms of a result do not go together.
func (b *buildFlags) oneForm(out string) error {
	if b.declarative == "" {
		return nil
	}
	for _, other := range []struct{ flag, value string }{{"--signer", b.signer}, {"--encrypt-for", b.encryptFor}} {
		if other.value != "" {
			return withHint(fmt.Errorf("%s is for a profile, and --declarative makes declarations, which device management vouches for", other.flag), "leave out one of the two")
		}
	}
	if info, err := os.Stat(out); out == stdout || err == nil && !info.IsDir() {
		return withHint(errors.New("--declarative makes several files"), "give -o DIR")
	}
	return nil
}

// recipient reads the certificate of --encrypt-for.
func (a *app) recipient(path string) (*x509.Certificate, error) {
	if path == "" {
		return nil, nil
	}
	found, err := a.readCertificates("--encrypt-for", []string{path})
	if err != nil {
		return nil, err
	}
	if len(found) != 1 || found[0].X509 == nil {
		return nil, fmt.Errorf("--encrypt-for: %s holds %d certificates, and one is wanted, of the phone", path, len(found))
	}
	return found[0].X509, nil
}
