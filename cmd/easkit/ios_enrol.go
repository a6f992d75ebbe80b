package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

// registerEnrolment adds the flags of a key that the phone makes.
func (b *buildFlags) registerEnrolment(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&b.scep, "scep", "", "in place of IDENTITY: the phone makes its own key and gets the certificate by SCEP from this `URL`")
	f.StringVar(&b.acme, "acme", "", "in place of IDENTITY: the same by ACME (iOS 16), from the directory at this `URL`")
	f.StringVar(&b.challengeFile, "challenge-file", "", "read the challenge of --scep from the first line of this `FILE`: it lies in the profile then")
}

// oneKey refuses a call that has two keys, or none.
func (b *buildFlags) oneKey(identities []string) error {
	flag := "--scep"
	if b.scep == "" {
		flag = "--acme"
	}
	enrols := b.scep != "" || b.acme != ""
	switch {
	case b.scep != "" && b.acme != "":
		return withHint(errors.New("a phone gets its certificate by --scep or by --acme, not by both"), "give the one that your CA has")
	case enrols && len(identities) > 0:
		return withHint(fmt.Errorf("with %s the phone makes its own key, and %s brings one", flag, identities[0]), "leave out %s, or %s", identities[0], flag)
	case enrols && b.newPassword:
		return withHint(fmt.Errorf("--new-password is for the key in a file, and with %s there is none", flag), "leave out --new-password")
	case !enrols && len(identities) == 0 && b.template == "":
		return withHint(errors.New("there is no IDENTITY to work on"), "easkit ios IDENTITY, or easkit ios --scep URL --email ADDRESS --user UPN")
	}
	return nil
}

// enrolment adds what the call says of a key that the phone makes.
func (a *app) enrolment(o profiles.Overrides, b *buildFlags) (profiles.Overrides, error) {
	o.SCEP, o.ACME = b.scep, b.acme
	if b.challengeFile == "" {
		return o, nil
	}
	var err error
	if o.Challenge, err = a.readPassword(b.challengeFile); err != nil {
		return o, fmt.Errorf("--challenge-file: %w", err)
	}
	if o.Challenge == "" {
		return o, fmt.Errorf("--challenge-file: the first line of %q is empty", b.challengeFile)
	}
	return o, nil
}

// accountOf names the account of a call without identities.
func accountOf(req provision.Request) string {
	return cmp.Or(req.Overrides.Email, req.Template.Email, "the account")
}

// enrolHints say what to do where key, placeholders and delivery do not go together.
var enrolHints = []struct {
	is   error
	hint string
}{
	{provision.ErrNoIdentity, "give an identity, --scep URL or --acme URL, or set url in the template's section ios.scep or ios.acme"},
	{provision.ErrTwoKeys, "leave the identity out, or take url out of the template's section ios.scep or ios.acme"},
	{provision.ErrByHand, "give --for mdm and deliver it by a console that fills them in, such as Intune; or name one person with --email and --user"},
	{provision.ErrSealed, "leave --encrypt-for out: device management keeps the profile to itself"},
	{provision.ErrSigned, "leave --signer out: device management vouches for what it installs"},
	{profiles.ErrNoAddress, "give --email ADDRESS and --user UPN; for everybody at once, a template with placeholders (easkit template init exchange-online-scep)"},
	{profiles.ErrPlaceholders, "leave the identity out and give --scep URL or --acme URL; or name the person with --email and --user"},
	{ios.ErrACMETooNew, "give --ios 16, or let the phones use --scep"},
	{ios.ErrDeclarationTooNew, "give --ios 17, or make a profile: leave out --declarative"},
}

// buildIOS is provision.IOS with hints.
func buildIOS(ctx context.Context, req provision.Request) (*provision.Result, error) {
	result, err := provision.IOS(ctx, req)
	for _, h := range enrolHints {
		if errors.Is(err, h.is) {
			return nil, withHint(err, "%s", h.hint)
		}
	}
	return result, err
}
