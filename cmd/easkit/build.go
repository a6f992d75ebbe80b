package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/profiles/provision"
)

// The values of --for.
const (
	forMDM    = "mdm"
	forManual = "manual"
)

// buildFlags are the flags of the commands that build for a phone.
type buildFlags struct {
	template, email, user, host, app string
	chain                            []string
	signer, signerPasswordFile       string
	signerChain                      []string
	newPassword, bundle              bool
	delivery                         string
}

func (b *buildFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&b.template, "template", "", "a preset's `NAME`, or a YAML file (see easkit template list)")
	f.StringVar(&b.email, "email", "", "the account's mail `ADDRESS` (default: from the certificate)")
	f.StringVar(&b.user, "user", "", "the `UPN` that the phone signs in as (default: from the certificate)")
	f.StringVar(&b.host, "host", "", "the Exchange server: `HOST[:PORT]` (default: from the template)")
	f.StringArrayVar(&b.chain, "chain", nil, "certificates above the identity, where its file has none: `FILE` or folder (repeatable)")
	f.BoolVar(&b.newPassword, "new-password", false, "protect the embedded PKCS#12 file with a new random password")
	registerSigner(cmd, &b.signer, &b.signerPasswordFile, &b.signerChain)
}

func registerSigner(cmd *cobra.Command, file, passwordFile *string, chain *[]string) {
	f := cmd.Flags()
	f.StringVar(file, "signer", "", "sign with the key and certificate in this PEM or PKCS#12 `FILE`")
	f.StringVar(passwordFile, "signer-password-file", "", "read the password of --signer from this `FILE`")
	f.StringArrayVar(chain, "signer-chain", nil, "intermediate certificates above the signer: `FILE` or folder (repeatable)")
}

// builder makes the files of one identity.
type builder func(context.Context, provision.Request) (*provision.Result, error)

// placer says where the files of an identity go: their folder, and the name of
// the first of them where the call gives it.
type placer func(name string) (dir, single string)

// build runs a builder over each identity of the call.
func (a *app) build(cmd *cobra.Command, args []string, b *buildFlags, build builder, place placer) error {
	if len(args) > 1 && (b.email != "" || b.user != "") {
		return errors.New("--email and --user say who one account is for: give them with one identity")
	}
	req, err := a.request(b)
	if err != nil {
		return err
	}
	password, err := a.identityPassword()
	if err != nil {
		return err
	}
	report := preflight.NewReport(req.Scenario.WithDefaults())
	var failed []error
	unbuilt := false
	for i, path := range args {
		req, err := a.withIdentity(req, path, password)
		if _, single := place(req.Name); single != "" {
			req.Name = provision.NameOf(single)
		}
		var result *provision.Result
		if err == nil {
			result, err = build(cmd.Context(), req)
		}
		if err != nil {
			failed = append(failed, about(path, err))
			report.Add("identity", path, unreadable(err), nil)
			continue
		}
		if i == 0 { // the account may have settled what the call left open
			*report = *preflight.NewReport(result.Scenario)
		}
		report.Add("identity", path, result.Findings, req.Ignore)
		unbuilt = unbuilt || result.Failed()
		dir, single := place(req.Name)
		if err := a.deliver(result, dir, single); err != nil {
			failed = append(failed, err)
		}
	}
	err = a.conclude(report, failed)
	if err == nil && unbuilt { // whatever --fail-on says: there is no file
		err = errFindings
	}
	return err
}

// request turns flags into what is the same for every identity of the call.
func (a *app) request(b *buildFlags) (provision.Request, error) {
	var req provision.Request
	s, err := a.scenario()
	if err != nil {
		return req, err
	}
	o, err := a.global.overrides()
	if err != nil {
		return req, err
	}
	o.Email, o.User, o.Host, o.App = b.email, b.user, b.host, b.app
	req = provision.Request{Overrides: o, Scenario: s, NewPassword: b.newPassword, BundleOnly: b.bundle, ForMDM: b.delivery == forMDM}
	if req.Template, err = readTemplate(b.template, o); err != nil {
		return req, err
	}
	if req.Overrides.Host == "" && req.Template.Host == "" {
		return req, withHint(fmt.Errorf("the template %q names no server", req.Template.Name), "give --host mail.contoso.com")
	}
	if req.CAs, err = readCertificates("--chain", b.chain); err != nil {
		return req, err
	}
	if req.Ignore, err = a.global.ignored(); err != nil {
		return req, err
	}
	req.Signer, err = a.openSigner(b.signer, b.signerPasswordFile, b.signerChain)
	return req, err
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
	cas, err := readCertificates("--signer-chain", chain)
	if err != nil {
		return nil, err
	}
	s, err := signer.Open(file, a.unlock(password, "the signer "+file), cas)
	if err != nil {
		err = fmt.Errorf("--signer %w", about(file, err))
		if passwordError(err) {
			err = withHint(err, "give the signer's password with --signer-password-file FILE")
		}
	}
	return s, err
}

// withIdentity opens one identity of the call.
func (a *app) withIdentity(req provision.Request, path string, password certs.Password) (provision.Request, error) {
	data, err := a.readInput(path)
	if err != nil {
		return req, err
	}
	req.Name = provision.NameOf(path)
	if path == "-" {
		req.Name = "identity"
	}
	req.Bundle, err = certs.Read(data, a.unlock(password, path))
	return req, err
}

// unreadable is the finding on an input that could not be opened or used.
func unreadable(err error) []preflight.Finding {
	return certs.Checks[0].Apply(preflight.Scenario{}, &certs.Subject{Err: err})
}

// deliver writes the files of a result into dir and prints their names. The
// first of them is named single, where that is set; -o - prints it.
func (a *app) deliver(result *provision.Result, dir, single string) error {
	if result.Failed() {
		return nil
	}
	for _, note := range result.Notes {
		a.say("%s", note)
	}
	if a.global.output == stdout {
		if len(result.Files) > 1 {
			return errors.New("-o - takes one file, and there is a password file as well: give -o DIR, or --for mdm")
		}
		return a.writeBinary(result.Files[0].Data, true)
	}
	var batch keyfile.Batch
	var paths []string
	for i, f := range result.Files {
		path := filepath.Join(dir, f.Name)
		if single != "" && i == 0 {
			path = single
		}
		if err := batch.Add(path, f.Data); err != nil {
			return err
		}
		paths = append(paths, path)
	}
	if err := batch.Commit(a.global.force); err != nil {
		return err
	}
	for _, path := range paths {
		if a.global.format == formatText {
			fmt.Fprintln(a.out, path)
		}
	}
	return nil
}

// conclude prints the report and picks the error that decides the exit status.
// In text, what is worth a line goes to standard error, since standard output
// has the names of the files.
func (a *app) conclude(report *preflight.Report, failed []error) error {
	a.warnModes()
	switch {
	case a.global.format == formatJSON && a.global.output != stdout:
		if err := report.WriteJSON(a.out); err != nil {
			return err
		}
	case !a.global.quiet && (a.global.verbose || report.Worst() != preflight.StatusPass || report.Summary.Ignored > 0) && len(failed) == 0:
		o := preflight.TextOptions{Verbose: a.global.verbose, Colour: a.colour(a.err)}
		if err := report.WriteText(a.err, o); err != nil {
			return err
		}
	}
	if len(failed) == 0 {
		return failOn(a.global.failOn, report)
	}
	for _, err := range failed[:len(failed)-1] {
		fmt.Fprintf(a.err, "easkit: error: %s\n", oneLine(err))
	}
	return failed[len(failed)-1]
}
