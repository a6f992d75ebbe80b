package main

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/profiles/provision"
)

func newAndroid(a *app) *cobra.Command {
	var b buildFlags
	cmd := &cobra.Command{
		Use:   "android IDENTITY...",
		Short: "Make an Android managed configuration from a .p12, .pfx or .pem file",
		Long: "Writes a folder NAME-android: the managed configuration in the forms of AMAPI and of\n" +
			"androidenterprise, the PKCS#12 file for the phone, a sheet for doing it by hand, and\n" +
			"bundle.json, which embeds certificate and endpoint (no phone reads that as it is).\n" +
			"Runs the pre-flight first, and writes nothing where a check fails.",
		Example: "  easkit android alice.p12 --password-file alice.password\n" +
			"  easkit android alice.p12 --auth direct --app gmail --signer signer.p12",
		Args: atLeastOne("IDENTITY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.global.output == stdout && !b.bundle {
				return withHint(errors.New("an Android configuration is a folder of files"), "give -o DIR, or --bundle for bundle.json alone")
			}
			return a.build(cmd, args, &b, provision.Android, func(name string) (dir, single string) {
				if b.bundle && len(args) == 1 && strings.HasSuffix(a.global.output, ".json") {
					return filepath.Dir(a.global.output), a.global.output
				}
				return androidDir(a.global.output, name, len(args)), ""
			})
		},
	}
	b.register(cmd)
	cmd.Flags().StringVar(&b.app, "app", "", "the mail `APP`: gmail or outlook (default: outlook for oauth, gmail for direct)")
	cmd.Flags().BoolVar(&b.bundle, "bundle", false, "write bundle.json alone, to -o FILE.json or into a folder")
	return cmd
}

// androidDir is the folder of one identity: -o itself for a single one, a folder
// named after it otherwise.
func androidDir(output, name string, identities int) string {
	if output != "" && output != stdout && identities == 1 {
		return output
	}
	return filepath.Join(output, name+"-android")
}
