package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/provision"
)

func newQuickstart(a *app) *cobra.Command {
	var dir string
	var serve bool
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "quickstart",
		Short: "See it all once: a lab PKI, a user, both profiles, signed and checked",
		Long: "Makes a lab PKI (root, issuing CA, CRLs) with one user, runs the pre-flight, builds and\n" +
			"signs her iOS profile and her Android configuration, verifies both, and writes\n" +
			"everything into a folder. Then mail is fetched with that iOS profile, as a phone would,\n" +
			"from an ActiveSync server of the lab, which runs for this moment on a port of this\n" +
			"machine. Needs no tenant and no network. The lab lives 30 days and is NOT FOR\n" +
			"PRODUCTION: any CA that a tenant trusts can sign in all of its users.\n\n" +
			"With --serve the portal hands out what was made, on this machine, until it is\n" +
			"interrupted: a link and its PIN are printed.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.scenario()
			if err != nil {
				return err
			}
			o, err := a.global.overrides()
			if err != nil {
				return err
			}
			switch out := a.global.output; {
			case out == stdout:
				return errors.New("quickstart writes a folder: -o - is not for it")
			case out != "" && !cmd.Flags().Changed("dir"):
				dir = out
			}
			if serve && (a.global.at != "" || a.global.format != formatText) {
				return errors.New("--serve is for people, now: --at and --format are not for it")
			}
			if serve {
				if err := checkQuickServe(dir, &f); err != nil {
					return err
				}
			}
			q, err := provision.RunQuickstart(cmd.Context(), s, o)
			if err != nil {
				return err
			}
			err = a.writeQuickstart(q, dir)
			if serve && errors.Is(err, keyfile.ErrExists) {
				err = withHint(err, "%s", hintQuickServe(dir))
			}
			if err != nil {
				return err
			}
			mail, failed := a.fetchQuickMail(cmd.Context(), q, dir)
			if err := a.tellQuickstart(q, dir, mail); err != nil {
				return err
			}
			if failed == nil && serve {
				failed = a.serveQuickstart(cmd.Context(), q, dir, &f, cmd.Flags().Changed("listen"))
			}
			return cmp.Or(failed, failOn(a.global.failOn, q.Report))
		},
	}
	cmd.Flags().BoolVar(&serve, "serve", false, "serve the portal with it then, on this machine")
	registerServeAddress(cmd, &f)
	cmd.Flags().StringVar(&dir, "dir", "easkit-quickstart", "the `FOLDER` to write to")
	return cmd
}

func (a *app) writeQuickstart(q *provision.Quickstart, dir string) error {
	var batch keyfile.Batch
	for _, f := range q.Files {
		if err := batch.Add(filepath.Join(dir, filepath.FromSlash(f.Name)), f.Data); err != nil {
			return err
		}
	}
	if err := batch.Commit(a.global.force); err != nil {
		if errors.Is(err, keyfile.ErrExists) {
			return withHint(err, "give another folder with --dir, or --force to replace it")
		}
		return err
	}
	a.warnModes()
	return nil
}

// quickFiles says what each file is, in the order of a reader's interest.
var quickFiles = []struct{ name, what string }{
	{"alice.mobileconfig", "Alice's iPhone profile, signed: certificate, CAs and mail account"},
	{"alice-android/", "her Android configuration, with the .p12 for the phone and a setup sheet"},
	{"alice.p12", "her certificate and key, as a CA would hand them out"},
	{"alice.password", "the password of alice.p12, which the phone asks for"},
	{"account.yaml", "the template of the account"},
	{"lab/", "the lab's root, issuing CA, CRLs and profile signer"},
}

func (a *app) tellQuickstart(q *provision.Quickstart, dir string, mail *quickMail) error {
	if a.global.format != formatText {
		return a.formReport(a.out, q.Report, preflight.TextOptions{})
	}
	for _, f := range quickFiles {
		fmt.Fprintf(a.out, "  %-40s %s\n", filepath.Join(dir, f.name), f.what)
	}
	fmt.Fprintln(a.out)
	if err := q.Report.WriteText(a.out, preflight.TextOptions{Verbose: a.global.verbose, Colour: a.colour(a.out)}); err != nil {
		return err
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	_, err := fmt.Fprintf(a.out, `
What next:
  easkit show %s
  easkit verify %s --roots %s
  easkit check cert %s --password-file %s --ca %s --crl %s --ignore ca.lab=trial
  easkit intune export --template %s --ca %s    (for everybody, and without a key)
  easkit lab serve    (mail and a tenant to try with, until you end it; then, in another terminal:)
  %s --deep --accept-policy
  easkit ios YOUR.p12 --signer YOUR-SIGNER.p12    (with a certificate of your own)
  (go install ./cmd/easkit puts easkit where your shell finds it)

The lab is NOT FOR PRODUCTION and ends in 30 days: never upload its CAs to a tenant.
`, at("alice.mobileconfig"), at("alice.mobileconfig"), at("lab/root.pem"), at("alice.p12"), at("alice.password"), at("lab"), at("lab"), at("account.yaml"), at("lab"), labProbe(labDir, labMailAddress, preflight.Direct))
	if err != nil || mail == nil {
		return err
	}
	return mail.tell(a.out)
}
