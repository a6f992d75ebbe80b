package main

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

func newAndroid(a *app) *cobra.Command {
	var b buildFlags
	var v valuesFlags
	cmd := &cobra.Command{
		Use:   "android [IDENTITY...]",
		Short: "Make an Android managed configuration from a .p12, .pfx or .pem file",
		Long: "Writes a folder NAME-android: the managed configuration in the forms of AMAPI and of\n" +
			"androidenterprise, the PKCS#12 file for the phone, a sheet for doing it by hand, and\n" +
			"bundle.json, which embeds certificate and endpoint (no phone reads that as it is).\n" +
			"Runs the pre-flight first, and writes nothing where a check fails.\n\n" +
			"policy-fragment.json lets the app have the key, for merging into a policy of AMAPI;\n" +
			"intune-app-configuration.json is an app configuration policy for Microsoft Graph.\n" +
			"Without IDENTITY, from a template with placeholders, it is one such policy for\n" +
			"everybody, in the folder everybody-android: see easkit help templates. With --schema\n" +
			"each key and value is held against the app's own schema as well. For any other app,\n" +
			"--values has what you wrote for its keys: see easkit help managed-configuration.",
		Example: "  easkit android alice.p12 --password-file alice.password\n" +
			"  easkit android alice.p12 --auth direct --app gmail --signer signer.p12\n" +
			"  easkit android alice.p12 --app gmail --schema gmail-schema.json\n" +
			"  easkit android --template everybody.yaml --app gmail --auth direct \\\n" +
			"      --intune-cert 1d2e3f40-5162-4738-8495-a6b7c8d9eaf0\n" +
			"  easkit android --app samsung --schema samsung-schema.json --values values.json",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.global.output == stdout && !b.bundle {
				return withHint(errors.New("an Android configuration is a folder of files"), "give -o DIR, or --bundle for bundle.json alone")
			}
			if v.given() {
				return a.buildValues(cmd, args, &b, &v)
			}
			return a.build(cmd, args, &b, buildAndroid, func(name string) (dir, single string) {
				if b.bundle && len(args) == 1 && strings.HasSuffix(a.global.output, ".json") {
					return filepath.Dir(a.global.output), a.global.output
				}
				return androidDir(a.global.output, name, len(args)), ""
			})
		},
	}
	b.register(cmd)
	cmd.Flags().StringVar(&b.app, "app", "", "the mail `APP`: gmail or outlook, with --values nine or samsung (default: outlook for oauth, gmail for direct)")
	cmd.Flags().StringVar(&b.enrolment, "enrolment", string(android.Enrolments[0]), "how the phones are enrolled that Intune's policy is for: `fully-managed|work-profile`")
	cmd.Flags().StringVar(&b.intuneCert, "intune-cert", "", "the `ID` in Intune's {{cert:ID}}, where a certificate profile of Intune's brings the key (default: from the template)")
	registerSchema(cmd, &b.schema)
	v.register(cmd)
	cmd.Flags().BoolVar(&b.bundle, "bundle", false, "write bundle.json alone, to -o FILE.json or into a folder")
	return cmd
}

// buildAndroid is provision.Android, with what to do where there is no identity.
func buildAndroid(ctx context.Context, req provision.Request) (*provision.Result, error) {
	result, err := provision.Android(ctx, req)
	switch {
	case errors.Is(err, provision.ErrNoIdentity):
		return nil, withHint(errors.New("there is no identity, and the account is one person's"), hintEverybody)
	case errors.Is(err, profiles.ErrNoAddress) && req.Bundle == nil:
		return nil, withHint(err, hintEverybody)
	}
	return result, err
}

// hintEverybody says what to give in place of an identity.
const hintEverybody = `give an IDENTITY; for everybody at once, a template with placeholders, such as email: "{{mail}}" and user: "{{userprincipalname}}" (see easkit help templates)`

// everybody is what the folder is named after that is one person's by no identity.
const everybody = "everybody"

// androidDir is the folder of one identity: -o itself for a single one or none, a
// folder named after it otherwise.
func androidDir(output, name string, identities int) string {
	if output != "" && output != stdout && identities <= 1 {
		return output
	}
	name = cmp.Or(name, everybody)
	return filepath.Join(output, name+provision.EndAndroid)
}
