package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
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
		Use:   "ios IDENTITY...",
		Short: "Make an iOS profile (.mobileconfig) from a .p12, .pfx or .pem file",
		Long: "Makes a configuration profile with the mail account, the identity and its CAs.\n" +
			"Runs the pre-flight first, and writes nothing where a check fails.",
		Example: "  easkit ios alice.p12 --password-file alice.password --signer signer.p12\n" +
			"  easkit ios alice.p12 --auth direct --mailbox exchange-server --host mail.contoso.com\n" +
			"  easkit ios *.p12 --password-env P12_PASSWORD --for mdm -o profiles/",
		Args: atLeastOne("IDENTITY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if d := profiles.Delivery(b.delivery); d != profiles.ForManual && d != profiles.ForMDM {
				return fmt.Errorf("--for %q is unknown: it is %s or %s", d, profiles.ForManual, profiles.ForMDM)
			}
			return a.build(cmd, args, &b, provision.IOS, func(string) (dir, single string) { return a.iosPlace() })
		},
	}
	b.register(cmd)
	cmd.Flags().StringVar(&b.delivery, "for", string(profiles.ForManual), "who installs it, `manual|mdm`: by hand the phone asks for the certificate's password, for an MDM it is embedded")
	return cmd
}
