package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

// buildFlags are the flags of the commands that build for a phone.
type buildFlags struct {
	template, email, user, host, app string
	chain                            []string
	signer, signerPasswordFile       string
	signerChain                      []string
	newPassword, bundle              bool
	scep, acme, challengeFile        string // of the phone's own key: iOS alone
	delivery                         string
	encryptFor, declarative          string // iOS
	enrolment, intuneCert            string // Android, for Intune
	schema                           string // Android
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

// request turns flags into what is the same for every identity of the call.
func (a *app) request(b *buildFlags) (provision.Request, error) {
	s, err := a.scenario()
	if err != nil {
		return provision.Request{}, err
	}
	return a.requestFor(s, b)
}

// requestFor is request for a command whose report has forms of its own.
func (a *app) requestFor(s preflight.Scenario, b *buildFlags) (provision.Request, error) {
	var req provision.Request
	o, err := a.global.overrides()
	if err != nil {
		return req, err
	}
	o.Email, o.User, o.Host, o.App, o.IntuneCertificate = b.email, b.user, b.host, b.app, b.intuneCert
	if b.enrolment != "" { // Android's
		if _, err := preflight.Word("--enrolment", b.enrolment, android.Enrolments); err != nil {
			return req, err
		}
	}
	req = provision.Request{Overrides: o, Scenario: s, NewPassword: b.newPassword, BundleOnly: b.bundle, ForMDM: b.delivery == string(profiles.ForMDM)}
	if req.Template, err = a.readTemplate(b.template, o); err != nil {
		return req, err
	}
	if req.Scenario, err = req.Template.Scenario(s, o); errors.Is(err, profiles.ErrNoHost) {
		return req, withHint(err, "give --host mail.contoso.com")
	} else if err != nil {
		return req, err
	}
	if req.CAs, err = a.readCertificates("--chain", b.chain); err != nil {
		return req, err
	}
	if req.Ignore, err = a.global.ignored(); err != nil {
		return req, err
	}
	if req.Overrides, err = a.enrolment(req.Overrides, b); err != nil {
		return req, err
	}
	req.Declarative, req.Enrolment = b.declarative, android.Enrolment(b.enrolment)
	if req.Schema, err = a.readSchema(b.schema); err != nil {
		return req, err
	}
	if req.EncryptFor, err = a.recipient(b.encryptFor); err != nil {
		return req, err
	}
	req.Signer, err = a.openSigner(b.signer, b.signerPasswordFile, b.signerChain)
	return req, err
}

// nameFor is the name of the results of one identity of the call.
func nameFor(path string) string {
	if path == stdout { // "-" stands for both
		return "identity"
	}
	return provision.NameOf(path)
}

// withIdentity opens one identity of the call.
func (a *app) withIdentity(req provision.Request, path string, password certs.Password) (provision.Request, error) {
	data, err := a.readInput(path)
	if err != nil {
		return req, err
	}
	req.Name = nameFor(path)
	req.Bundle, err = certs.Read(data, a.unlock(password, path))
	return req, err
}
