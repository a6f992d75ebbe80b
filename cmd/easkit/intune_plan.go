package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/profiles/intune"
	"github.com/easkit/easkit/profiles/intune/tenant"
)

// intunePlanFlags are those by which a plan is made.
type intunePlanFlags struct {
	graphFlags
	adopt []string
}

func (f *intunePlanFlags) register(cmd *cobra.Command) {
	f.graphFlags.register(cmd)
	cmd.Flags().StringArrayVar(&f.adopt, "adopt", nil, "take over the tenant's object of this `NAME`, which easkit did not make or which was renamed (repeatable; NAME=KEY where several parts are of its kind; at each import for roots and certificate profiles)")
}

// defaultIntunePlan is the file of a plan where the call names none.
const defaultIntunePlan = "easkit-intune-plan.json"

func newIntunePlan(a *app) *cobra.Command {
	var f intunePlanFlags
	cmd := &cobra.Command{
		Use:   "plan DIR",
		Short: "Show what importing a folder of intune export would write, and keep that as a plan",
		Long: "Reads the folder and the tenant, finds groups and apps by name, and says for each object\n" +
			"whether it is created, changed, assigned, or there already. It writes nothing to the\n" +
			"tenant. easkit intune import carries the plan out as it is.\n\n" +
			"Certificate profiles are created and never edited, since that revokes the certificates\n" +
			"they issued; groups are added and never taken away; nothing is deleted. Objects that\n" +
			"easkit did not make, or that were renamed, are left alone unless --adopt names them.",
		Example: "  easkit intune plan easkit-intune --tenant-id contoso.com --client-id 4f1c…\n" +
			"  easkit intune plan easkit-intune --adopt \"iOS mail\" -o november.json",
		Args: exactly("DIR"),
		RunE: func(_ *cobra.Command, args []string) error { return a.planIntune(&f, args[0]) },
	}
	f.register(cmd)
	return cmd
}

func (a *app) planIntune(f *intunePlanFlags, dir string) error {
	path := cmp.Or(a.global.output, defaultIntunePlan)
	if path == stdout {
		return errors.New("-o - is not for a plan: it is a file that is carried out, and stands for itself")
	}
	_, p, err := a.newIntunePlan(f, dir)
	if err != nil {
		return err
	}
	if err := p.WriteText(a.out); err != nil {
		return err
	}
	if p.Empty() {
		a.say("the tenant is as planned: no plan was written")
		return nil
	}
	var file bytes.Buffer
	if err := p.Write(&file); err != nil {
		return err
	}
	if err := keyfile.Write(path, file.Bytes(), a.global.force); err != nil {
		return err
	}
	if p.Secret() {
		a.warnModes()
		a.say("the plan holds the private keys of the pilots: delete it after the import")
	}
	a.say("plan %s written: easkit intune import %s carries it out", p.Short(), path)
	return nil
}

// newIntunePlan reads folder and tenant, and plans the way from one to the other.
func (a *app) newIntunePlan(f *intunePlanFlags, dir string) (*graph.Client, *tenant.Plan, error) {
	s, _, err := a.judgement()
	if err != nil {
		return nil, nil, err
	}
	set, err := readIntuneSet(dir)
	if err != nil {
		return nil, nil, err
	}
	client, err := f.client(a, s)
	if err != nil {
		return nil, nil, err
	}
	state, err := tenant.ReadState(a.ctx, client, set, f.adopt...)
	if err != nil {
		return nil, nil, a.lastOf(err)
	}
	p, err := tenant.NewPlan(set, state, tenant.PlanOptions{AllowLab: f.isLab()}, a.now())
	return client, p, a.lastOf(err)
}

// lastOf prints all errors of several but the last, which it returns: each is something
// to do, and has a line. What an interruption broke off is one thing.
func (a *app) lastOf(err error) error {
	several, ok := err.(interface{ Unwrap() []error })
	if !ok || a.ctx.Err() != nil {
		return err
	}
	all := several.Unwrap()
	if errors.Join(all...).Error() != err.Error() { // one sentence that names several
		return err
	}
	for _, one := range all[:len(all)-1] {
		if last := a.lastOf(one); last != nil {
			a.printError(last)
		}
	}
	return a.lastOf(all[len(all)-1])
}

// readIntuneSet reads a folder that intune export wrote.
func readIntuneSet(dir string) (*intune.Set, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, about(dir, err)
	}
	if !info.IsDir() {
		return nil, withHint(fmt.Errorf("%s is no folder", dir), "easkit intune export --dir DIR makes one")
	}
	set, err := intune.ReadDir(os.DirFS(dir))
	if err != nil {
		return nil, about(dir, err)
	}
	return set, nil
}

// readIntunePlan reads a plan's file.
func (a *app) readIntunePlan(path string) (p *tenant.Plan, err error) {
	err = a.parseFile("the plan", path, func(r io.Reader) (err error) {
		p, err = tenant.ReadPlan(r)
		return err
	})
	return p, err
}
