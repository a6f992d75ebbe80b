package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune/tenant"
)

// intuneImportFlags are those of intune import.
type intuneImportFlags struct {
	intunePlanFlags
	yes, dryRun, reissue bool
	backups              string
}

func newIntuneImport(a *app) *cobra.Command {
	var f intuneImportFlags
	cmd := &cobra.Command{
		Use:   "import PLAN|DIR",
		Short: "Create, change and assign the objects of a plan in the tenant, exactly as planned",
		Long: "Carries out a plan of easkit intune plan, or plans for a folder, shows that and asks. A plan\n" +
			"whose tenant has changed since is refused. What is changed goes into a back-up first.\n" +
			"If it ends half-way, the same call goes on from there; a second import writes nothing.\n\n" +
			"Nothing is deleted or unassigned, and certificate profiles that are there are not edited.\n" +
			"What users notice, or what cuts some of them off, is agreed to apart (--reissue): --yes does\n" +
			"not cover it.",
		Example: "  easkit intune import easkit-intune-plan.json --tenant-id contoso.com --client-id 4f1c…\n" +
			"  easkit intune import easkit-intune --dry-run --token-file token",
		Args: exactly("PLAN|DIR"),
		RunE: func(_ *cobra.Command, args []string) error { return a.importIntune(&f, args[0]) },
	}
	f.register(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.yes, "yes", false, "don't ask; it does not cover what --reissue agrees to")
	flags.BoolVar(&f.reissue, "reissue", false, "agree to what the plan warns of: that Intune issues mail profiles anew, or phones get another .mobileconfig, so that users are asked to sign in again, or that some get no new certificate")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print the requests that would be sent, without keys, and send none")
	flags.StringVar(&f.backups, "backup-dir", ".", "the folder for the back-up of what is changed: `DIR`")
	return cmd
}

func (a *app) importIntune(f *intuneImportFlags, path string) error {
	client, p, err := a.intunePlanFor(f, path)
	if err != nil {
		return err
	}
	if f.dryRun {
		if err := p.WriteText(a.err); err != nil {
			return err
		}
		requests, err := p.Requests()
		if err != nil {
			return err
		}
		return a.printJSON(requests)
	}
	if err := p.WriteText(a.out); err != nil {
		return err
	}
	if client == nil {
		s, _, err := a.judgement()
		if err != nil {
			return err
		}
		if client, err = f.client(a, s); err != nil {
			return err
		}
	}
	if err := a.agreeToImport(f, p); err != nil {
		return err
	}
	applier := &tenant.Applier{Client: client, Now: a.now, Say: a.say, Backup: func(text []byte) (string, error) {
		where, err := a.writeRecord(filepath.Join(f.backups, "easkit-backup-intune-"+a.now().UTC().Format(stampForm)), text)
		if err == nil {
			_, err = tenant.ReadSaved(bytes.NewReader(text))
		}
		return where, err
	}}
	r, err := applier.Apply(a.ctx, p)
	a.tellImport(r, err)
	return err
}

// reissueWord is typed to agree to what a plan warns of.
const reissueWord = "reissue"

// agreeToImport has a plan agreed to, and what it warns of apart from that.
func (a *app) agreeToImport(f *intuneImportFlags, p *tenant.Plan) error {
	if dangers := p.Dangers(); len(dangers) > 0 && !f.reissue {
		word, err := a.askWord(fmt.Sprintf("The plan warns of %s.\nType %s to agree: ", preflight.Counted(len(dangers), "step"), reissueWord))
		if err != nil {
			return withHint(fmt.Errorf("%q: %s: %w", preflight.Printable(dangers[0].Object.Name()), dangers[0].Danger, err), "--reissue agrees to all that the plan warns of; --yes does not")
		}
		if word != reissueWord {
			return errDeclined
		}
	}
	if p.Empty() {
		return nil
	}
	return a.confirm(f.yes, "Carry out this plan?")
}

// intunePlanFor is the plan in a file, or a new one for a folder, with the client that
// it was made by.
func (a *app) intunePlanFor(f *intuneImportFlags, path string) (*graph.Client, *tenant.Plan, error) {
	if isDir(path) {
		return a.newIntunePlan(&f.intunePlanFlags, path)
	}
	if len(f.adopt) > 0 {
		return nil, nil, withHint(errors.New("--adopt decides how a plan is made, and this one is made"), "give it to easkit intune plan")
	}
	p, err := a.readIntunePlan(path)
	return nil, p, err
}

// tellImport says what is left to do by hand, and what was done: where that failed, the
// error says it.
func (a *app) tellImport(r tenant.Result, err error) {
	for _, what := range slices.Concat(r.LeftOver, r.Vanished) {
		a.say("note: %s", preflight.Printable(what))
	}
	switch {
	case err != nil:
	case r.Done == 0:
		a.say("the tenant is as planned already: nothing was written")
	default:
		a.say("done: %s, and the tenant is as planned", preflight.Counted(r.Done, "step"))
	}
}
