package provision

import (
	"cmp"
	"context"
	"fmt"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/profiles"
)

// The files of an Android configuration.
const (
	FileAMAPI      = "managed-configuration.json"
	FilePolicy     = "policy-fragment.json"
	FileEnterprise = "androidenterprise.json"
	FileIntune     = "intune-app-configuration.json"
	FileSetup      = "setup.html"
	FileBundle     = "bundle.json"
)

// EndAndroid is what the folder of a user's Android files ends in, after the user's name.
const EndAndroid = "-android"

// Android makes a user's managed configuration in its forms, the PKCS#12 file
// for the phone, and a sheet for doing it by hand.
//
// Without a bundle it is a configuration for everybody: the template must have
// placeholders, and the forms are those of Intune, which fills them in. The error
// wraps ErrNoIdentity otherwise.
func Android(ctx context.Context, req Request) (*Result, error) {
	if req.Bundle == nil {
		return androidForEverybody(ctx, req)
	}
	u, err := resolve(ctx, req)
	if err != nil {
		return nil, err
	}
	config, err := android.New(u.account, u.id.Leaf)
	if err != nil {
		return nil, err
	}
	oldest := u.result.Scenario.Android
	p, err := u.pack(func(p *certs.PKCS12) string { return androidReason(p, oldest, config.Alias) },
		certs.EncryptionFor(oldest, certs.ModernSinceAndroid), config.Alias)
	if err != nil {
		return nil, err
	}
	u.check(p.parsed, "cert.p12.ios")
	if err := u.checkSchema(config); err != nil {
		return nil, err
	}
	if !u.passes() {
		return u.result, nil
	}
	u.result.Notes = append(u.result.Notes, config.Notes...)
	if err := u.androidFiles(config, p); err != nil {
		return nil, err
	}
	u.addPassword(p, true)
	return u.result, nil
}

// androidForEverybody makes the forms of a configuration in which Intune fills in
// the user. There is no certificate to be judged.
func androidForEverybody(ctx context.Context, req Request) (*Result, error) {
	u, err := newUser(ctx, req, nil, nil)
	if err != nil {
		return nil, err
	}
	config, err := android.New(u.account, nil)
	if err != nil {
		return nil, err
	}
	if !config.Everybody() || req.BundleOnly {
		return nil, ErrNoIdentity
	}
	u.result.Findings = profiles.Check(u.result.Scenario, &profiles.Subject{Account: u.account})
	if !u.passes() {
		return u.result, nil
	}
	u.result.Notes = append(u.result.Notes, config.Notes...)
	return u.result, u.androidForms(config)
}

// androidForms adds the forms of a configuration that Intune reads.
func (u *user) androidForms(config *android.Config) error {
	enterprise, err := config.Enterprise()
	if err != nil {
		return err
	}
	enrolment := cmp.Or(u.Enrolment, android.Enrolments[0])
	intune, err := config.Intune(enrolment)
	if err != nil {
		return err
	}
	u.add(FileEnterprise, enterprise)
	u.add(FileIntune, intune)
	u.result.Notes = append(u.result.Notes, config.NotesIntune(enrolment)...)
	return nil
}

// checkSchema holds the configuration against the app's own table, where the request
// has it.
func (u *user) checkSchema(config *android.Config) error {
	if u.Schema == nil {
		return nil
	}
	findings, err := config.CheckSchema(u.result.Scenario, u.Schema)
	u.result.Findings = append(u.result.Findings, findings...)
	return err
}

// androidReason says why a file can't go to the phone as it is: Android doesn't
// import it, or would offer it under another alias than the configuration says.
func androidReason(p *certs.PKCS12, oldest int, alias string) string {
	if reason := firstOf(p.ProblemsAndroid(oldest)); reason != "" {
		return reason
	}
	if problem := p.ProblemAlias(); problem != "" {
		return problem
	}
	if p.Keys[0].FriendlyName != alias {
		return fmt.Sprintf("Android would offer it as %q, not as %q", p.Keys[0].FriendlyName, alias)
	}
	return ""
}

func (u *user) androidFiles(config *android.Config, p *packed) error {
	bundle, err := config.Bundle(p.data, p.parsed.Keys[0].Scheme.String(), u.id.Chain)
	if err != nil {
		return err
	}
	u.add(FileBundle, bundle)
	if err := u.signBundle(bundle); err != nil {
		return err
	}
	if u.BundleOnly {
		return nil
	}
	file := u.Name + ".p12"
	amapi, err := config.AMAPI()
	if err != nil {
		return err
	}
	policy, err := config.Policy()
	if err != nil {
		return err
	}
	sheet, err := config.SetupSheet(android.Sheet{File: file})
	if err != nil {
		return err
	}
	u.add(FileAMAPI, amapi)
	u.add(FilePolicy, policy)
	u.result.Notes = append(u.result.Notes, config.NotesPolicy()...)
	if err := u.androidForms(config); err != nil {
		return err
	}
	u.add(file, p.data)
	u.add(FileSetup, sheet)
	return nil
}

// signBundle adds a detached signature over the bundle: Android reads no signed
// configuration, so the signature is for whoever carries the bundle.
func (u *user) signBundle(bundle []byte) error {
	if u.Signer == nil {
		return nil
	}
	signature, err := u.Signer.Sign(bundle, u.result.Scenario.At, true)
	if err != nil {
		return fmt.Errorf("signing the bundle: %w", err)
	}
	u.add(FileBundle+".p7s", signature)
	return nil
}
