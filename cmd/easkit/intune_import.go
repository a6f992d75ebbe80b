package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune/tenant"
)

// intuneImportFlags are those of intune import.
type intuneImportFlags struct {
	intunePlanFlags
	yes, dryRun bool
	backups     string
}

func newIntuneImport(a *app) *cobra.Command {
	var f intuneImportFlags
	cmd := &cobra.Command{
		Use:   "import PLAN|DIR",
		Short: "Create, change and assign the objects of a plan in the tenant, exactly as planned",
		Long: "Carries out a plan of easkit intune plan, or plans for a folder, shows that and asks. A plan\n" +
			"whose tenant has changed since is refused. What is changed goes into a back-up first.\n" +
			"If it ends half-way, the same call goes on from there; a second import writes nothing.\n\n" +
			"Nothing is deleted or unassigned, and certificate profiles that are there are not edited.",
		Example: "  easkit intune import easkit-intune-plan.json --tenant-id contoso.com --client-id 4f1c…\n" +
			"  easkit intune import easkit-intune --dry-run --token-file token",
		Args: exactly("PLAN|DIR"),
		RunE: func(_ *cobra.Command, args []string) error { return a.importIntune(&f, args[0]) },
	}
	f.register(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.yes, "yes", false, "don't ask")
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
	if !p.Empty() {
		if err := a.confirm(f.yes, "Carry out this plan?"); err != nil {
			return err
		}
	}
	applier := &tenant.Applier{Client: client, Now: a.now, Say: a.say, Backup: func(text []byte) (string, error) {
		where, err := a.writeRecord(filepath.Join(f.backups, "easkit-backup-intune-"+a.now().UTC().Format(stampForm)), text)
		if err == nil {
			_, err = tenant.ReadSaved(bytes.NewReader(text))
		}
		return where, err
	}}
	r, err := applier.Apply(a.ctx, p)
	a.tellImport(r)
	return err
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

// tellImport says what was done, and what is left to do by hand.
func (a *app) tellImport(r tenant.Result) {
	for _, o := range r.LeftOver {
		a.say("note: %s (%s) was made twice at the same time and is not used: delete it in the portal", preflight.Printable(o.Name), o.ID)
	}
	for _, what := range r.Vanished {
		a.say("note: %s", preflight.Printable(what))
	}
	switch {
	case r.Done == 0 && r.Seen:
		a.say("the tenant is as planned already: nothing was written")
	case r.Done > 0:
		more := ", and the tenant is as planned"
		if !r.Seen {
			more = "; the tenant does not show all of it yet: run it again in some minutes"
		}
		a.say("%s%s", fmt.Sprintf("done: %s", preflight.Counted(r.Done, "step")), more)
	}
}
