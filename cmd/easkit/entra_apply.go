package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/entra/trust"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/keyfile"
)

// applyFlags are those of entra apply and entra restore.
type applyFlags struct {
	graphFlags
	yes, dryRun, acceptOutage bool
	agree                     []string
	backups                   string
	exact                     bool
}

func (f *applyFlags) register(cmd *cobra.Command) {
	f.graphFlags.register(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.yes, "yes", false, "don't ask; it covers none of the dangerous steps")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print the requests that would be sent, and send none")
	flags.StringArrayVar(&f.agree, "agree", nil, "agree to the dangerous step about this CA: its SHA-1 or SHA-256 `THUMBPRINT` (repeatable)")
	flags.BoolVar(&f.acceptOutage, "accept-outage", false, "agree that the classic store is deleted and made anew, if it can't be otherwise")
	flags.StringVar(&f.backups, "backup-dir", ".", "the folder for the back-up of what is there: `DIR`")
}

func newEntraApply(a *app) *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use:   "apply PLAN",
		Short: "Carry out a plan for the tenant's CAs, exactly as it is",
		Long: "Carries out a plan of easkit entra plan. A plan that was edited is refused, and so is one\n" +
			"whose tenant has changed since. What there is goes into a back-up first. If it fails\n" +
			"half-way, the message says what the tenant is like, and the same plan goes on from there;\n" +
			"a second run writes nothing.\n\n" +
			"Steps that can lock people out are agreed to one by one, on the terminal or with --agree.\n" +
			"The classic store cannot be changed: where Graph takes no list beside the one that is\n" +
			"there, it is deleted and made anew, which --accept-outage has to allow.",
		Example: "  easkit entra apply easkit-plan.json --tenant-id contoso.com --client-id 4f1c…\n" +
			"  easkit entra apply easkit-plan.json --dry-run --token-file token",
		Args: exactly("PLAN"),
		RunE: func(_ *cobra.Command, args []string) error {
			var p *trust.Plan
			err := a.parseFile("the plan", args[0], func(r io.Reader) (err error) {
				p, err = trust.ReadPlan(r)
				return err
			})
			if err != nil {
				return err
			}
			return a.apply(&f, nil, p)
		},
	}
	f.register(cmd)
	return cmd
}

func newEntraRestore(a *app) *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use:   "restore BACKUP",
		Short: "Put a trust store back to how it was, from the back-up that apply made",
		Long: "Puts back the CAs of a back-up with the addresses that they had. What was added since is\n" +
			"kept, unless --exact. It shows what it will do first, as entra plan does.",
		Example: "  easkit entra restore easkit-backup-classic-20261122T093000Z.json --tenant-id contoso.com --client-id 4f1c…",
		Args:    exactly("BACKUP"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.restore(&f, args[0]) },
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&f.exact, "exact", false, "remove what has been added since, too")
	return cmd
}

func (a *app) restore(f *applyFlags, path string) error {
	s, _, err := a.judgement()
	if err != nil {
		return err
	}
	var saved *trust.Saved
	err = a.parseFile("the back-up", path, func(r io.Reader) (err error) {
		saved, err = trust.ReadSaved(r)
		return err
	})
	if err != nil {
		return err
	}
	client, err := f.client(a, s)
	if err != nil {
		return err
	}
	st, err := trust.Read(a.ctx, client)
	if err != nil {
		return err
	}
	if st.Tenant.ID != saved.Tenant {
		return fmt.Errorf("the back-up is of the tenant %q (%s), and this one is %q (%s)", saved.Name, saved.Tenant, st.Tenant.DisplayName, st.Tenant.ID)
	}
	w, expired := saved.Wish(st, f.exact, a.now())
	for _, e := range expired {
		a.say("note: %s is left out: it has expired, and Graph takes no expired CA", e.Name())
	}
	p, err := trust.NewPlan(st, w, a.now())
	if err != nil {
		return err
	}
	return a.apply(f, client, p)
}

// apply shows a plan, has it agreed to, and carries it out by a client, or a new one.
func (a *app) apply(f *applyFlags, client *graph.Client, p *trust.Plan) error {
	s, _, err := a.judgement()
	if err != nil {
		return err
	}
	if err := a.global.check(); err != nil {
		return err
	}
	if f.dryRun {
		return a.dryRun(p)
	}
	if err := p.WriteText(a.out); err != nil {
		return err
	}
	if client == nil {
		if client, err = f.client(a, s); err != nil {
			return err
		}
	}
	agreed, err := a.agreements(f, p)
	if err != nil {
		return err
	}
	applier := &trust.Applier{
		Client: client, Now: a.now, Agreed: agreed, AcceptOutage: f.acceptOutage, Say: a.say, AllowLab: f.isLab(), Guard: a.guard,
		Backup:        func(text []byte) (string, error) { return a.writeBackup(f.backups, p, text) },
		ByCertificate: func(ctx context.Context) error { return a.operator(ctx, client) },
	}
	r, err := applier.Apply(a.ctx, p)
	if err != nil {
		return err
	}
	a.sayApplied(r)
	return nil
}

// dryRun shows a plan and the requests that it sends.
func (a *app) dryRun(p *trust.Plan) error {
	if err := p.WriteText(a.err); err != nil {
		return err
	}
	requests, err := p.Requests()
	if err != nil {
		return err
	}
	return a.printJSON(requests)
}

// guard keeps interruptions away while an end would leave a trust store empty.
func (a *app) guard() (release func()) {
	if a.shield == nil {
		return func() {}
	}
	return a.shield(func() {
		fmt.Fprintln(a.err, "easkit: the classic store is being made anew: an end now would leave it empty, so this goes on")
	})
}

func (a *app) sayApplied(r trust.Result) {
	switch {
	case r.Done == 0 && r.Seen:
		a.say("the tenant is as planned already: nothing was written")
	case r.Seen:
		a.say("done (%d), and the tenant is as planned; sign-ins follow within 10 minutes, policies within an hour", r.Done)
	default:
		a.say("done (%d), and Graph does not show all of it yet: easkit entra list in some minutes", r.Done)
	}
}

// agreements are the dangerous steps that were agreed to, by flags or one by one on
// the terminal; --yes covers none of them.
func (a *app) agreements(f *applyFlags, p *trust.Plan) (map[string]bool, error) {
	agreed := map[string]bool{}
	for _, step := range p.Dangers() {
		e := step.Entry
		for _, thumbprint := range f.agree {
			agreed[e.Key()] = agreed[e.Key()] || e.Is(thumbprint)
		}
		if agreed[e.Key()] {
			continue
		}
		end := strings.ToLower(e.Key()[len(e.Key())-confirmLength:])
		word, err := a.askWord(fmt.Sprintf("%s %s: %s.\nType %s to agree: ", step.Action, e.Name(), step.Danger, end))
		if err != nil {
			return nil, withHint(fmt.Errorf("%w: %s %s: %s", trust.ErrNotAgreed, step.Action, e.Name(), step.Danger), "--agree %s agrees to it", e.Thumbprint())
		}
		if word != end {
			return nil, errDeclined
		}
		agreed[e.Key()] = true
	}
	if p.Empty() {
		return agreed, nil
	}
	return agreed, a.confirm(f.yes, "Carry out this plan?")
}

// confirmLength is how much of a hash is typed to agree to a dangerous step.
const confirmLength = 6

// writeBackup keeps what a store held.
func (a *app) writeBackup(dir string, p *trust.Plan, text []byte) (string, error) {
	path, err := a.writeRecord(filepath.Join(dir, fmt.Sprintf("easkit-backup-%s-%s", p.Store, a.now().UTC().Format(stampForm))), text)
	if err == nil {
		_, err = trust.ReadSaved(bytes.NewReader(text))
	}
	return path, err
}

// stampForm is a time in the name of a file.
const stampForm = "20060102T150405Z"

// writeRecord keeps what was there before a change in a new file, and reads it back.
func (a *app) writeRecord(name string, text []byte) (string, error) {
	path, err := writeNew(name, ".json", text)
	if err != nil {
		return "", err
	}
	back, err := os.ReadFile(path)
	if err == nil && !bytes.Equal(back, text) {
		err = errors.New("it is not what was written")
	}
	if err != nil {
		return "", fmt.Errorf("reading back %s: %w", path, err)
	}
	return path, nil
}

// maxSameSecond is how many back-ups one second can have: two runs at once, and a
// person who is quick.
const maxSameSecond = 9

// writeNew writes a file that is not there yet, with a number where its name is taken.
func writeNew(name, extension string, data []byte) (path string, err error) {
	path = name + extension
	for n := 2; ; n++ {
		err = keyfile.Write(path, data, false)
		if !errors.Is(err, keyfile.ErrExists) || n > maxSameSecond {
			return path, err
		}
		path = fmt.Sprintf("%s-%d%s", name, n, extension)
	}
}

// operator refuses a delete by someone who would be locked out by it.
func (a *app) operator(ctx context.Context, client *graph.Client) error {
	token, err := client.Sign.Token(ctx)
	if err != nil {
		return err
	}
	claims, _ := graph.ReadClaims(token.Secret)
	maybe, known := claims.ByCertificate()
	switch {
	case !maybe:
		return nil
	case known:
		return errors.New("you may have signed in with a certificate yourself, and the delete would lock you out: sign in by another method, or as an application")
	}
	word, err := a.askWord("How you signed in is not known. If it was with a certificate of this store, the delete locks you out.\nType other if it was by another method: ")
	if err != nil {
		return withHint(errors.New("how you signed in is not known, and with a certificate of this store the delete would lock you out"), "sign in as an application, or with a password")
	}
	if word != "other" {
		return errDeclined
	}
	return nil
}
