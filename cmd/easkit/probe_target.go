package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/probe"
	"github.com/easkit/easkit/profiles/provision"
	"github.com/easkit/easkit/profiles/rollout"
)

// probeTarget is who is to be tried where: by a profile, by a host, or by the flags.
func (a *app) probeTarget(f *probeFlags, args []string, s preflight.Scenario) (probe.Target, error) {
	o, err := a.global.overrides()
	if err != nil {
		return probe.Target{}, err
	}
	o.Email, o.User, o.Host = f.email, f.user, f.host
	password, err := a.identityPassword()
	if err != nil {
		return probe.Target{}, err
	}
	passwords, err := a.readPasswords(f.passwords)
	if err != nil {
		return probe.Target{}, err
	}
	if len(args) == 1 && isFileArgument(args[0]) {
		return a.profileTarget(f, bundleOf(args[0]), o, passwordTable{passwords, password}, s)
	}
	if f.p12 == "" && f.passwords != "" {
		return probe.Target{}, withHint(errors.New("--passwords is for a certificate with its key, and none is given"), "give a profile, or --p12 FILE")
	}
	t := probe.Target{Name: cmp.Or(f.p12, f.host)}
	if len(args) == 1 {
		if f.host != "" {
			return t, withHint(fmt.Errorf("%s and --host %s are two hosts", args[0], f.host), "give one of them")
		}
		o.Host, t.Name = args[0], cmp.Or(f.p12, args[0])
	}
	if t.Identity, err = a.probeIdentity(f.p12, passwordTable{passwords, password}.of(o.User, o.Email, f.p12)); err != nil {
		return t, err
	}
	t.Account, err = a.accountWithout(t.Identity, o, s)
	return t, err
}

// passwordTable is where the password of an identity comes from.
type passwordTable struct {
	table *rollout.Passwords // of --passwords, or nil
	call  certs.Password     // of --password-file and --password-env
}

// of is the password of a user, or of the file that has the identity.
func (p passwordTable) of(user, email, file string) certs.Password {
	if password, ok := p.table.For(rollout.Row{User: user, Email: email}, file); ok {
		return password
	}
	return p.call
}

// bundleOf is the file with account and identity in a folder as easkit android writes it;
// of anything else, that itself.
func bundleOf(name string) string {
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return name
	}
	return filepath.Join(name, provision.FileBundle)
}

// fileEndings are those of files that people probe: what is called so is no host.
var fileEndings = append([]string{provision.ExtIOS, extJSON, ".xml"}, certificateExtensions...)

// isFileArgument tells a file, which may not be there, from a host.
func isFileArgument(arg string) bool {
	if _, err := os.Stat(arg); err == nil || arg == stdout { // "-" stands for both
		return true
	}
	return strings.ContainsAny(arg, `/\`) && !strings.Contains(arg, "://") || slices.Contains(fileEndings, strings.ToLower(filepath.Ext(arg)))
}

// probeIdentity opens --p12; nil where there is none.
func (a *app) probeIdentity(path string, password certs.Password) (*certs.Identity, error) {
	if path == "" {
		return nil, nil
	}
	data, err := a.readInput(path)
	if err != nil {
		return nil, fmt.Errorf("--p12: %w", about(path, err))
	}
	id, err := openIdentity(data, a.unlock(password, path))
	if err != nil {
		return nil, fmt.Errorf("--p12: %w", about(path, err))
	}
	return id, nil
}

func openIdentity(data []byte, u certs.Unlock, more ...*certs.Certificate) (*certs.Identity, error) {
	b, err := certs.Read(data, u)
	if err != nil {
		return nil, err
	}
	return b.Identity(more...)
}

// accountWithout is the account of a call without a profile, as the builders make it.
// Where nobody says whose it is, it is tried without a name.
func (a *app) accountWithout(id *certs.Identity, o profiles.Overrides, s preflight.Scenario) (profiles.Account, error) {
	t, err := a.readTemplate("", o)
	if err != nil {
		return profiles.Account{}, err
	}
	var leaf *certs.Certificate
	if id != nil {
		leaf = id.Leaf
	}
	account, err := t.Account(leaf, o)
	switch {
	case errors.Is(err, profiles.ErrNoHost):
		return account, withHint(err, "give --host mail.contoso.com")
	case !errors.Is(err, profiles.ErrNoAddress):
		return account, err
	}
	if s, err = t.Scenario(s, o); err != nil {
		return account, err
	}
	account = profiles.Account{Auth: s.Auth, Issuer: s.Issuer, Mailbox: s.Mailbox, Cloud: s.Cloud}
	account.Endpoint, err = profiles.ParseEndpoint(cmp.Or(o.Host, t.Host))
	return account, err
}

// profileTarget is the account of a profile, with the identity in it.
func (a *app) profileTarget(f *probeFlags, path string, o profiles.Overrides, passwords passwordTable, s preflight.Scenario) (probe.Target, error) {
	data, err := a.readInput(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) && filepath.Base(path) == provision.FileBundle {
			err = withHint(err, "of a folder its %s is tried, as easkit android --bundle writes it", provision.FileBundle)
		}
		if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(path, `/\`) {
			err = withHint(err, "where a host of that name is meant: --host %s", path)
		}
		return probe.Target{}, err
	}
	doc, err := parseProfile(data)
	if err != nil {
		return probe.Target{}, about(path, err)
	}
	t := probe.Target{Name: path}
	if t.Account, err = profileAccount(doc, o, s); err != nil {
		return t, about(path, err)
	}
	if f.p12 != "" {
		t.Identity, err = a.probeIdentity(f.p12, passwords.of(t.Account.User, t.Account.Email, f.p12))
		return t, err
	}
	password := passwords.of(t.Account.User, t.Account.Email, path)
	if t.Identity, err = embeddedIdentity(doc, a.unlock(password, path)); err != nil {
		return t, fmt.Errorf("%s: the identity in it: %w", path, err)
	}
	if t.Identity == nil {
		a.say("note: there is no certificate with its key in %s: what can be tried without is tried; --p12 FILE gives one", preflight.Printable(path))
	}
	return t, nil
}

// parseProfile reads a profile of any format.
func parseProfile(data []byte) (*profiles.Document, error) {
	for _, format := range formats {
		if format.Sniff(data) {
			return format.Parse(data)
		}
	}
	return nil, withHint(errors.New("it is neither a profile for iPhone nor a configuration for Android"), "a certificate with its key goes by --p12 FILE --host HOST")
}

// profileAccount is the account in a profile, under what the call says otherwise. Of
// another host than the profile's, what the profile says of mailbox and cloud says
// nothing.
func profileAccount(doc *profiles.Document, o profiles.Overrides, s preflight.Scenario) (profiles.Account, error) {
	a := doc.Account
	if !doc.HasAccount {
		return a, withHint(errors.New("there is no mail account in it"), "easkit show tells what is there")
	}
	if o.Host != "" {
		var err error
		if a.Endpoint, err = profiles.ParseEndpoint(o.Host); err != nil {
			return a, fmt.Errorf("--host: %w", err)
		}
		a.Mailbox, a.Cloud = "", ""
	}
	if a.Endpoint.Host == "" {
		return a, withHint(errors.New("the account names no server: phones ask Autodiscover for it"), "give --host")
	}
	if a.Mailbox == preflight.MailboxUnknown {
		a.Mailbox = ""
	}
	a.Auth = cmp.Or(o.Auth, a.Auth)
	a.Issuer = cmp.Or(o.Issuer, a.Issuer)
	a.Mailbox = cmp.Or(o.Mailbox, a.Mailbox, profiles.MailboxAt(a.Endpoint.Host))
	a.Cloud = cmp.Or(o.Cloud, a.Cloud, profiles.CloudAt(a.Endpoint.Host))
	s = a.Scenario(s)
	a.Auth, a.Issuer, a.Mailbox, a.Cloud = s.Auth, s.Issuer, s.Mailbox, s.Cloud
	a.Email = cmp.Or(o.Email, a.Email, o.User)
	a.User = cmp.Or(o.User, a.User, a.Email)
	if tokens := profiles.Tokens(a.Email + " " + a.User + " " + a.Endpoint.Host); len(tokens) > 0 {
		return a, withHint(fmt.Errorf("the profile is for everybody: device management fills in %s", strings.Join(tokens, ", ")), "give one user: --email ADDRESS --user UPN --p12 FILE")
	}
	return a, nil
}

// embeddedIdentity opens the identity in a profile, by the password in it or another;
// nil where there is none.
func embeddedIdentity(doc *profiles.Document, u certs.Unlock) (*certs.Identity, error) {
	if len(doc.PKCS12) == 0 {
		return nil, nil
	}
	if doc.Password != "" {
		u = certs.Unlock{Password: doc.Password}
	}
	return openIdentity(doc.PKCS12, u, doc.Certificates...)
}
