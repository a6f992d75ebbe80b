package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/entra/tenant"
	"github.com/easkit/easkit/certs/entra/userids"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/templates"
)

// userIDFlags are those of entra user-ids.
type userIDFlags struct {
	graphFlags
	checkFlags
	fields []string
	plan   string
	apply  string
	script bool
	yes    bool
	dryRun bool
	backup string
}

// userIDFormats are the forms of a proposal.
var userIDFormats = []string{formatText, formatCSV, formatJSON}

func newEntraUserIDs(a *app) *cobra.Command {
	var f userIDFlags
	cmd := &cobra.Command{
		Use:   "user-ids CERTIFICATE|DIR... | --apply PLAN",
		Short: "The certificateUserIds that users should have, and writing them",
		Long: "Says for each certificate whose it is and which certificateUserIds that user should have, as\n" +
			"CSV, JSON or a PowerShell script. With --plan FILE it also writes a plan; --apply FILE\n" +
			"carries that out: each user is read, values are added to those that are there, and none\n" +
			"is removed. Users who are synchronised from on premises are refused, with the attribute\n" +
			"to set there. Which fields bind users is the tenant's policy, which is never set here.",
		Example: "  easkit entra user-ids certificates/ --users users.json --format csv -o user-ids.csv\n" +
			"  easkit entra user-ids certificates/ --tenant contoso/ --plan user-ids.json\n" +
			"  easkit entra user-ids --apply user-ids.json --tenant-id contoso.com --client-id 4f1c…",
		RunE: func(_ *cobra.Command, args []string) error {
			if f.apply != "" {
				return a.applyUserIDs(&f, args)
			}
			return a.proposeUserIDs(&f, args)
		},
	}
	f.graphFlags.register(cmd)
	f.checkFlags.registerTenant(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.users, "users", "", "the directory's users, in place of the tenant's: Entra's CSV export, or JSON of Graph's GET /users: `FILE`")
	flags.StringArrayVar(&f.fields, "field", nil, "bind by this `FIELD` of the certificate, such as SubjectKeyIdentifier (the default where the tenant binds none), SHA1PublicKey, IssuerAndSerialNumber (repeatable)")
	flags.StringVar(&f.plan, "plan", "", "write a plan for --apply: `FILE`")
	flags.StringVar(&f.apply, "apply", "", "carry out a plan: `PLAN`")
	flags.BoolVar(&f.script, "script", false, "print a PowerShell script that adds the values")
	flags.BoolVar(&f.yes, "yes", false, "don't ask before --apply writes")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print the requests that --apply would send, and send none")
	flags.StringVar(&f.backup, "backup-dir", ".", "the folder for the back-up of what users have before --apply: `DIR`")
	return cmd
}

func (a *app) proposeUserIDs(f *userIDFlags, args []string) error {
	format, err := preflight.Word("--format", a.global.format, userIDFormats)
	if err != nil {
		return err
	}
	in, sources, failed, err := a.userIDInput(f, args)
	if err != nil {
		return err
	}
	fields, err := fieldsOf(f.fields, in.Tenant)
	if err != nil {
		return err
	}
	p := userids.Propose(sources, in.Users, fields)
	if err := a.planUserIDs(f, p, in); err != nil {
		return err
	}
	if err := a.printProposal(p, format, f.script); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	for _, row := range p.Rows {
		if len(row.Problems) > 0 {
			return errFindings
		}
	}
	return nil
}

// userIDInput reads certificates and users. failed says that a file could not be
// opened, or holds no certificate.
func (a *app) userIDInput(f *userIDFlags, args []string) (in audit.Input, sources []userids.Source, failed, err error) {
	if len(args) == 0 {
		return in, nil, nil, withHint(errors.New("there is no certificate to work on"), "easkit entra user-ids --help")
	}
	if err := f.directory(a, &in); err != nil {
		return in, nil, nil, err
	}
	if f.tenant != "" || in.Users == nil {
		s, err := a.asked()
		if err == nil {
			err = a.readTenant(&f.graphFlags, &f.checkFlags, s.WithDefaults(), &in)
		}
		if err != nil {
			return in, nil, nil, err
		}
	}
	if in.Users == nil {
		return in, nil, nil, withHint(errors.New("whose the certificates are is not known without users, and the tenant does not tell them"), "give them with --users FILE")
	}
	files, err := expand(args, certificateExtensions)
	if err != nil {
		return in, nil, nil, err
	}
	if failed, err = a.readSubjects(files, &in); err != nil {
		return in, nil, nil, err
	}
	for _, c := range in.Certificates {
		if c.Subject == nil || c.Subject.Certificate == nil {
			for _, finding := range c.Findings {
				fmt.Fprintf(a.err, "easkit: %s: %s\n", preflight.Printable(c.Name), finding.Message)
			}
			failed = cmp.Or(failed, errFindings)
			continue
		}
		sources = append(sources, userids.Source{Name: c.Name, Certificate: c.Subject.Certificate})
	}
	return in, sources, failed, nil
}

// fieldsOf are the fields that the call names, or else those that the tenant binds to
// certificateUserIds.
func fieldsOf(words []string, snap *tenant.Snapshot) ([]entra.Field, error) {
	var fields []entra.Field
	if len(words) == 0 && snap != nil {
		for _, b := range snap.Bindings() {
			if b.Property == entra.UserIDs && slices.Contains(entra.Fields(), b.Field) {
				fields = append(fields, b.Field)
			}
		}
	}
	for _, word := range words {
		field, err := preflight.Word("--field", word, entra.Fields())
		if err != nil {
			return nil, err
		}
		fields = append(fields, field)
	}
	return fields, nil
}

// planUserIDs writes the plan that the call asks for.
func (a *app) planUserIDs(f *userIDFlags, p *userids.Proposal, in audit.Input) error {
	if f.plan == "" {
		return nil
	}
	var org graph.Organization
	if in.Tenant != nil && in.Tenant.Organization != nil {
		org = *in.Tenant.Organization
	} else {
		s, err := a.asked()
		if err != nil {
			return err
		}
		client, err := f.client(a, s.WithDefaults())
		if err != nil {
			return err
		}
		if org, err = client.Organization(a.ctx); err != nil {
			return err
		}
	}
	plan, err := userids.NewPlan(p, org.ID, a.now())
	if err != nil {
		return err
	}
	if len(plan.Rows) == 0 {
		a.say("there is nothing to add: no plan was written")
		return nil
	}
	var b bytes.Buffer
	if err := plan.Write(&b); err != nil {
		return err
	}
	if err := keyfile.Write(f.plan, b.Bytes(), a.global.force); err != nil {
		return err
	}
	a.say("plan %s for %s written: easkit entra user-ids --apply %s carries it out", plan.Short(), preflight.Counted(len(plan.Rows), "user"), f.plan)
	return nil
}

func (a *app) printProposal(p *userids.Proposal, format string, script bool) error {
	var b bytes.Buffer
	write := p.WriteText
	switch {
	case script:
		template, err := templates.Files.ReadFile("scripts/user-ids.ps1")
		if err != nil {
			return err
		}
		write = func(w io.Writer) error { return p.WriteScript(w, string(template)) }
	case format == formatCSV:
		write = p.WriteCSV
	case format == formatJSON:
		write = p.WriteJSON
	}
	if err := write(&b); err != nil {
		return err
	}
	return a.print(b.Bytes())
}

// applyUserIDs carries out a plan.
func (a *app) applyUserIDs(f *userIDFlags, args []string) error {
	if len(args) > 0 {
		return errors.New("--apply takes a plan, and no certificates beside it")
	}
	s, _, err := a.judgement()
	if err != nil {
		return err
	}
	var plan *userids.Plan
	err = a.parseFile("--apply", f.apply, func(r io.Reader) (err error) {
		plan, err = userids.ReadPlan(r)
		return err
	})
	if err != nil {
		return err
	}
	if f.dryRun {
		return a.printJSON(plan.Requests())
	}
	client, err := f.client(a, s)
	if err != nil {
		return err
	}
	for _, row := range plan.Rows {
		for _, value := range row.Add {
			fmt.Fprintf(a.out, "+ %s: %s\n", preflight.Printable(row.UPN), preflight.Printable(value))
		}
	}
	if err := a.confirm(f.yes, fmt.Sprintf("Add these values to %s? Whoever has a certificate that they name signs in as that user.", preflight.Counted(len(plan.Rows), "user"))); err != nil {
		return err
	}
	r, err := userids.Apply(a.ctx, client, plan, userids.Options{Say: a.say, Now: a.now, Backup: func(text []byte) (string, error) {
		return a.writeRecord(filepath.Join(f.backup, "easkit-backup-user-ids-"+a.now().UTC().Format(stampForm)), text)
	}})
	return a.tellUserIDs(r, err)
}

// tellUserIDs says what became of a plan; its error is that of the run, or says that
// users were refused.
func (a *app) tellUserIDs(r userids.Result, err error) error {
	for _, refused := range r.Refused {
		fmt.Fprintf(a.err, "easkit: refused: %s: %s\n", preflight.Printable(refused.UPN), preflight.Printable(refused.Reason))
	}
	for _, lost := range r.Lost {
		fmt.Fprintf(a.err, "easkit: lost: %s had these values before, and has them no more: %s\n", preflight.Printable(lost.UPN), preflight.Printable(strings.Join(lost.Values, ", ")))
	}
	a.say("users written: %d; had all values: %d; refused: %d; not come to: %d", r.Written, r.Already, len(r.Refused), r.Left)
	if r.Backup != "" {
		a.say("what they had before: %s", r.Backup)
	}
	switch {
	case err != nil:
		return err
	case len(r.Refused) > 0 || len(r.Lost) > 0:
		return errFindings
	}
	return nil
}
