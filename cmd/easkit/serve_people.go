package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/profiles/portal"
)

// deskFlags say who may sign in, and how.
type deskFlags struct {
	adminFile                          string
	issuer, clientID, clientSecretFile string
	claim, role                        string
}

func (f *deskFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.adminFile, "admin-token-file", "", "the help desk signs in with the token in this `FILE`, which is made where it is not there")
	flags.StringVar(&f.issuer, "oidc-issuer", "", "people sign in here: `URL` of an OpenID Connect issuer, such as https://login.microsoftonline.com/TENANT/v2.0")
	flags.StringVar(&f.clientID, "oidc-client-id", "", "the `ID` of the app registration")
	flags.StringVar(&f.clientSecretFile, "oidc-client-secret-file", "", "its secret, on the first line of this `FILE`")
	flags.StringVar(&f.claim, "oidc-claim", "", "the claim that says who a visitor is: `NAME` (default: what suits the issuer)")
	flags.StringVar(&f.role, "desk-role", "", "the role or group that lets people into the help desk's pages: `VALUE`")
}

// operatorFlags say who runs the portal.
type operatorFlags struct{ organisation, contact string }

func (f *operatorFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.organisation, "organisation", "", "whose portal this is, for visitors, mail and paper: `TEXT`, such as \"Contoso\"")
	flags.StringVar(&f.contact, "contact", "", "how users reach the help desk, beside it: `TEXT`, such as \"+49 30 901820, helpdesk@contoso.com\"")
}

// operator is who runs the portal, at the time of this machine.
func (f *operatorFlags) operator() (portal.Operator, error) {
	for _, l := range []struct{ flag, line string }{{"--organisation", f.organisation}, {"--contact", f.contact}} {
		if err := portal.CheckLine(l.line); err != nil {
			return portal.Operator{}, inFlag(l.flag, err)
		}
	}
	return portal.Operator{Organisation: f.organisation, Contact: f.contact, Zone: time.Local}, nil
}

// adminToken reads the help desk's token, or makes one. It is not printed: where servers
// are run, what is printed is kept.
func (a *app) adminToken(file string) (portal.AdminToken, error) {
	if file == "" {
		return portal.AdminToken{}, nil
	}
	token, err := a.readSecretLine("--admin-token-file", file, maxPassword)
	if errors.Is(err, fs.ErrNotExist) {
		made, hash := portal.NewAdminToken()
		if err := keyfile.Write(file, []byte(made+"\n"), false); err != nil {
			return portal.AdminToken{}, fmt.Errorf("--admin-token-file: %w", err)
		}
		a.say("the help desk's token was made, and is in %s", file)
		return hash, nil
	}
	if err != nil {
		return portal.AdminToken{}, err
	}
	hash, err := portal.HashAdminToken(token)
	if err != nil {
		return hash, withHint(fmt.Errorf("--admin-token-file: %s: %w", file, err), "name a file that is not there yet")
	}
	a.noteReadable("--admin-token-file", file)
	return hash, nil
}

// noteReadable says that others can read a file with a secret.
func (a *app) noteReadable(flag, file string) {
	info, err := os.Stat(file)
	if err == nil && keyfile.ModesWork() && info.Mode().IsRegular() && info.Mode().Perm()&^keyfile.FileMode != 0 {
		a.say("note: %s: %s is open to others than its owner (mode %04o), who can sign in with what is in it: chmod 600 %s, and let a new one be made if somebody may have read it", flag, file, info.Mode().Perm(), file)
	}
}

// signInOf asks the issuer that people sign in at; nil for none.
func (a *app) signInOf(ctx context.Context, f *deskFlags) (*portal.OIDC, error) {
	if f.issuer == "" {
		if f.role != "" || f.clientID != "" || f.clientSecretFile != "" || f.claim != "" {
			return nil, withHint(errors.New("who signs in by OpenID Connect does so at an issuer, and none is named"), "give --oidc-issuer URL")
		}
		return nil, nil
	}
	o := portal.OIDCOptions{Issuer: f.issuer, ClientID: f.clientID, Claim: f.claim, DeskRole: f.role, Now: a.now}
	if f.clientSecretFile != "" {
		var err error
		if o.ClientSecret, err = a.readSecretLine("--oidc-client-secret-file", f.clientSecretFile, maxPassword); err != nil {
			return nil, err
		}
	}
	signIn, err := portal.NewOIDC(ctx, o)
	if errors.As(err, new(*url.Error)) {
		err = outsideError{err}
	}
	return signIn, inFlag("--oidc-issuer", err)
}

// errOutside says that a server that the portal needs refused, or did not answer.
var errOutside = errors.New("a server that is needed refused, or did not answer")

// outsideError is an error of such a server, in its own words.
type outsideError struct{ error }

func (outsideError) Is(target error) bool { return target == errOutside }
func (e outsideError) Unwrap() error      { return e.error }

// mailFlags say how users are sent their links.
type mailFlags struct{ server, user, passwordFile, from, name string }

func (f *mailFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.server, "smtp", "", "links go to users by this mail server: `smtp://HOST[:PORT]` with STARTTLS, or smtps://HOST[:PORT]")
	flags.StringVar(&f.user, "smtp-user", "", "sign in there as this `USER`")
	flags.StringVar(&f.passwordFile, "smtp-password-file", "", "with the password on the first line of this `FILE`")
	flags.StringVar(&f.from, "mail-from", "", "the sender's `ADDRESS`")
	flags.StringVar(&f.name, "mail-name", "", "the `NAME` beside it, such as \"Help desk\" (default: serve's --organisation)")
}

// mailer is what sends mail, in the name of who runs the portal; nil for none.
func (a *app) mailer(f *mailFlags, by portal.Operator) (portal.Mailer, error) {
	if f.server == "" {
		return nil, nil
	}
	o := portal.SMTPOptions{Server: f.server, From: f.from, Name: cmp.Or(f.name, by.Organisation), User: f.user, Now: a.now}
	if f.passwordFile != "" {
		var err error
		if o.Password, err = a.readSecretLine("--smtp-password-file", f.passwordFile, maxPassword); err != nil {
			return nil, err
		}
	}
	m, err := portal.NewSMTP(o)
	if err != nil {
		return nil, withHint(fmt.Errorf("--smtp: %w", err), "give --smtp smtp://HOST:PORT and --mail-from ADDRESS; --smtp-user goes with --smtp-password-file")
	}
	return m, nil
}
