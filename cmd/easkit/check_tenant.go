package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/entra/tenant"
	"github.com/easkit/easkit/certs/preflight"
)

// tenantFlags are those of check tenant.
type tenantFlags struct {
	graphFlags
	checkFlags
	mailboxes string
}

func newCheckTenant(a *app) *cobra.Command {
	var f tenantFlags
	cmd := &cobra.Command{
		Use:   "tenant [CERTIFICATE|DIR]...",
		Short: "Check the tenant's settings, its CAs and their CRLs; with certificates, each user's sign-in",
		Long: "Judges how the tenant is set up for certificate sign-in, from a snapshot (--tenant DIR) or\n" +
			"live: the method and whom it is for, bindings, affinity, CA scopes, strength, consent to\n" +
			"Apple's mail app, Conditional Access, federation, EAS for each mailbox, and the trusted\n" +
			"CAs with their CRLs. With certificates it says for each user whether the sign-in will\n" +
			"work, and with which code it fails if not. It only reads.",
		Example: "  easkit check tenant --tenant contoso/\n" +
			"  easkit check tenant --tenant contoso/ certificates/ --mailboxes casmailbox.csv --format html -o tenant.html\n" +
			"  easkit check tenant --tenant-id contoso.com --client-id 4f1c… alice.cer",
		RunE: func(_ *cobra.Command, args []string) error { return a.checkTenant(&f, args) },
	}
	f.graphFlags.register(cmd)
	f.checkFlags.registerNetwork(cmd)
	f.checkFlags.registerCRL(cmd)
	f.checkFlags.registerUsers(cmd)
	f.checkFlags.registerTenant(cmd)
	cmd.Flags().StringVar(&f.mailboxes, "mailboxes", "", "Get-CASMailbox -ResultSize Unlimited | Export-Csv `FILE`: for whom ActiveSync is on")
	return cmd
}

func (a *app) checkTenant(f *tenantFlags, args []string) error {
	s, _, err := a.judgement()
	if err != nil {
		return err
	}
	var in audit.Input
	if err := a.readTenant(&f.graphFlags, &f.checkFlags, s, &in); err != nil {
		return err
	}
	if f.mailboxes != "" {
		err := a.parseFile("--mailboxes", f.mailboxes, func(r io.Reader) (err error) {
			in.Tenant.Mailboxes, err = tenant.ParseMailboxes(r)
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := f.directory(a, &in); err != nil {
		return err
	}
	if in.CRLs, err = f.crlSources(a, f.crls); err != nil {
		return fmt.Errorf("--crl: %w", err)
	}
	files, err := expand(args, certificateExtensions)
	if err != nil {
		return err
	}
	failed, err := a.readSubjects(files, &in)
	if err != nil {
		return err
	}
	f.lenient(a, &f.checkFlags)
	return a.audit(&f.checkFlags, in, preflight.TextOptions{}, failed)
}

// readTenant reads a tenant's settings, users and CAs: from a snapshot, or live.
func (a *app) readTenant(g *graphFlags, f *checkFlags, s preflight.Scenario, in *audit.Input) error {
	if f.tenant != "" {
		return f.snapshot(a, in)
	}
	client, err := g.client(a, s)
	if err != nil {
		return err
	}
	users := usersBuffer{}
	in.Tenant, err = tenant.Collect(a.ctx, client, tenant.CollectOptions{
		Now: a.now(), Cloud: s.Cloud, By: "easkit " + number(), Users: f.users == "", Write: users.write,
	})
	if err != nil {
		return err
	}
	if users.Len() > 0 {
		if in.Users, err = users.parse(); err != nil {
			return err
		}
	}
	f.authorities(in)
	return nil
}

// snapshot reads --tenant into the input of a pre-flight: what the tenant is set to,
// its CAs, and its users where the call gives none.
func (f *checkFlags) snapshot(a *app, in *audit.Input) error {
	var err error
	if in.Tenant, err = a.openSnapshot(f.tenant); err != nil {
		return err
	}
	if in.Users == nil && in.Tenant.Has(tenant.UsersFile) {
		in.Users, err = tenant.OpenUsers(os.DirFS(f.tenant))
		if err != nil {
			return fmt.Errorf("--tenant: %s: %w", f.tenant, err)
		}
	}
	f.authorities(in)
	return nil
}

// tenantCAs are the CAs that the tenant of --tenant trusts; none without it.
func (f *checkFlags) tenantCAs(a *app) ([]audit.Authority, error) {
	if f.tenant == "" {
		return nil, nil
	}
	snap, err := a.openSnapshot(f.tenant)
	if err != nil {
		return nil, err
	}
	st, err := stateOf(snap)
	if err != nil {
		return nil, fmt.Errorf("--tenant: %s: %w", f.tenant, err)
	}
	return authoritiesOf(st), nil
}

// authorities adds the CAs of the tenant, and its domains where the call names none.
// Where its stores could not be read, the pre-flight goes on without: the tenant's
// checks say so.
func (f *checkFlags) authorities(in *audit.Input) {
	if in.Domains == nil && in.Tenant.Has(tenant.DomainsFile) {
		verified := map[string]bool{}
		for _, d := range in.Tenant.Domains {
			verified[d.ID] = d.IsVerified
		}
		in.Domains = entra.NewDomains(verified)
	}
	in.CAs = append(authoritiesOf(partOf(in.Tenant)), in.CAs...)
}

// usersBuffer keeps of a snapshot's files the one that is parsed again: the users.
type usersBuffer struct{ bytes.Buffer }

func (b *usersBuffer) write(file string, content func(io.Writer) error) error {
	if file != tenant.UsersFile {
		return content(io.Discard)
	}
	return content(&b.Buffer)
}

func (b *usersBuffer) parse() (*entra.Users, error) { return entra.ParseUsers(&b.Buffer) }
