package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/rollout"
	"github.com/easkit/easkit/profiles/vault"
)

// mergeFlags are those of rollout merge.
type mergeFlags struct {
	targetFlags
	table              string
	columns            []string
	shards             int
	signer             string
	signerPasswordFile string
	signerChain        []string
	redact             bool
}

func newRolloutMerge(a *app) *cobra.Command {
	var f mergeFlags
	cmd := &cobra.Command{
		Use:   "merge TARGET",
		Short: "Join the manifests of shards, and prove that every row was done once",
		Long: "Reads the manifest of each shard in a folder or container, and holds them against the table:\n" +
			"every row has to be accounted for once, by the shard that it belongs to, and all shards have\n" +
			"to be made with the same table, template, options and signer. Then it writes the manifest of\n" +
			"the whole rollout beside them, and signs it with --signer. Otherwise it writes nothing, and\n" +
			"says which shard to run again; the exit status is 1. A signed manifest is replaced by one\n" +
			"that is not signed with --force alone.",
		Example: "  easkit rollout merge results --table users.csv --shards 5 --signer signer.p12 \\\n" +
			"      --signer-password-file signer.password",
		Args: exactly("TARGET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.mergeRollout(cmd.Context(), &f, args[0])
		},
	}
	cmd.Flags().StringVar(&f.table, "table", "", "the table of users that the shards were made of: `USERS.csv`")
	cmd.Flags().IntVar(&f.shards, "shards", 0, "how many shards there are: `N`")
	cmd.Flags().BoolVar(&f.redact, "redact", false, "leave names out of what is printed; the manifest keeps them")
	registerMap(cmd, &f.columns)
	f.targetFlags.register(cmd)
	registerSigner(cmd, &f.signer, &f.signerPasswordFile, &f.signerChain)
	return cmd
}

func (a *app) mergeRollout(ctx context.Context, f *mergeFlags, target string) error {
	if _, err := a.outcomeForm(); err != nil {
		return err
	}
	switch {
	case f.table == "":
		return withHint(errors.New("nothing says which rows there have to be"), "give --table USERS.csv, the table of the shards")
	case f.shards < 2:
		return withHint(fmt.Errorf("--shards %d: two or more can be joined", f.shards), "give --shards N, as many as were run")
	}
	table, err := a.openTable(f.table)
	if err != nil {
		return err
	}
	defer table.close()
	o, err := a.mergeOptions(ctx, f, table)
	if err != nil {
		return err
	}
	sum, findings, err := a.merge(ctx, f, target, o)
	switch {
	case err != nil:
		return err
	case sum == nil:
		return a.reportMerge(target, findings)
	}
	v, err := a.openTarget(ctx, target, f.targetFlags, false)
	if err != nil {
		return err
	}
	defer v.Close()
	err = a.outcomeOf(ctx, v, rollout.Shard{}, f.redact)
	a.say("%s and %s of all %d shards are in %s", rollout.ManifestName(rollout.Shard{}), rollout.SummaryName(rollout.Shard{}), f.shards, target)
	return err
}

// merge joins the shards under the lock of the whole rollout.
func (a *app) merge(ctx context.Context, f *mergeFlags, target string, o rollout.MergeOptions) (*rollout.Summary, []preflight.Finding, error) {
	v, err := a.openTarget(ctx, target, f.targetFlags, false)
	if err != nil {
		return nil, nil, err
	}
	defer v.Close()
	w, err := v.Lock(ctx, rollout.LockName(rollout.Shard{}))
	if err != nil {
		return nil, nil, err
	}
	if err := a.refuseUnsigned(ctx, v, o); err != nil {
		return nil, nil, errors.Join(err, w.Unlock())
	}
	sum, findings, err := rollout.Merge(ctx, v, w, o)
	return sum, findings, errors.Join(err, w.Unlock())
}

// refuseUnsigned keeps a merge without a signer from taking away what a signature proved:
// that of the manifest of the whole rollout which is there already. Where it is the shards
// that are signed, it is said that their joined manifest will not be.
func (a *app) refuseUnsigned(ctx context.Context, v vault.Vault, o rollout.MergeOptions) error {
	if o.Signer != nil {
		return nil
	}
	signed := func(s rollout.Shard) bool {
		sealed, err := rollout.VerifySeal(ctx, v, s)
		return err == nil && sealed.Signature != nil // what can't be read is for Merge to say
	}
	if signed(rollout.Shard{}) && !a.global.force {
		return withHint(fmt.Errorf("%s is signed, and would be replaced by one that is not", rollout.SummaryName(rollout.Shard{})),
			"give --signer FILE, as to the shards; --force leaves it unsigned")
	}
	if first := (rollout.Shard{Count: o.Shards}); signed(first) {
		a.say("note: %s is signed, and the joined manifest is not: give --signer FILE, as to the shards", rollout.SummaryName(first))
	}
	return nil
}

func (a *app) mergeOptions(ctx context.Context, f *mergeFlags, table *usersTable) (rollout.MergeOptions, error) {
	o := rollout.MergeOptions{Shards: f.shards, Version: number(), Now: a.now()}
	columns, err := columnsOf(f.columns)
	if err != nil {
		return o, err
	}
	if o.Table, err = table.digest(ctx); err != nil {
		return o, err
	}
	o.Rows = table.rows(ctx, rollout.TableOptions{Map: columns})
	o.Signer, err = a.openSigner(f.signer, f.signerPasswordFile, f.signerChain)
	return o, hinted(err, "give the certificate that signs, with its key, with --signer")
}

// reportMerge tells why shards were not joined. Whatever --fail-on says, there is no
// manifest of them all.
func (a *app) reportMerge(target string, findings []preflight.Finding) error {
	s, err := a.asked()
	if err != nil {
		return err
	}
	report := preflight.NewReport(s.WithDefaults())
	report.Add("rollout", target, findings, nil)
	if a.global.format == formatCSV { // rows of findings are no rows of users
		err = report.WriteText(a.err, preflight.TextOptions{Colour: a.colour(a.err), Signatures: true})
	} else {
		err = a.writeReport(report, preflight.TextOptions{Signatures: true}) // sign-in and mailbox mean nothing here
	}
	if err != nil {
		return err
	}
	return errFindings
}
