package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/rollout"
	"github.com/easkit/easkit/profiles/vault"
)

// sealFlags say whose signature a manifest has to have.
type sealFlags struct{ roots []string }

func (f *sealFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.roots, "roots", nil, "the manifest must be signed by a certificate under one of the roots in this `FILE` or folder (repeatable)")
}

// trusted reads --roots; nil for none.
func (f *sealFlags) trusted(a *app) (*x509.CertPool, error) {
	if len(f.roots) == 0 {
		return nil, nil
	}
	trust, err := a.readRoots(f.roots)
	return trust.Roots, hinted(err, "give the certificate of the root above the signer, as a file or in a folder, with --roots")
}

func newRolloutReport(a *app) *cobra.Command {
	var target targetFlags
	var seal sealFlags
	var shard string
	var redact bool
	cmd := &cobra.Command{
		Use:   "report TARGET",
		Short: "Write the outcome of the last run again, in any form",
		Long: "Reads the manifest in a folder or container, proves that it is as it was when the run ended,\n" +
			"and writes the outcome of the last run. The exit status is that of the run: 1 if anybody\n" +
			"failed, or the run did not end.",
		Example: "  easkit rollout report results --format html -o rollout.html\n" +
			"  easkit rollout report results --format csv --redact > rollout.csv",
		Args: exactly("TARGET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.outcomeForm(); err != nil {
				return err
			}
			roots, err := seal.trusted(a)
			if err != nil {
				return err
			}
			v, err := a.openTarget(cmd.Context(), args[0], target, false)
			if err != nil {
				return err
			}
			defer v.Close()
			return a.reportRollout(cmd.Context(), v, shard, roots, redact)
		},
	}
	cmd.Flags().StringVar(&shard, "shard", "", "the outcome of share `i/n`")
	cmd.Flags().BoolVar(&redact, "redact", false, "leave names out")
	target.register(cmd)
	seal.register(cmd)
	return cmd
}

func (a *app) reportRollout(ctx context.Context, v vault.Vault, shard string, roots *x509.CertPool, redact bool) error {
	s, err := a.shareToReport(ctx, v, shard)
	if err != nil {
		return err
	}
	err = a.proveSeal(ctx, v, s, roots)
	if errors.Is(err, rollout.ErrUnsealed) && roots == nil {
		if err = nil; a.global.failOn == failNever { // else it is the error
			a.say("note: %s: the run did not end, so that nothing proves its manifest", rollout.ManifestName(s))
		}
	}
	if err != nil {
		return err
	}
	return a.outcomeOf(ctx, v, s, redact)
}

// shareToReport is the share of --shard, or else the whole rollout. Shards that were not
// joined have no outcome together.
func (a *app) shareToReport(ctx context.Context, v vault.Vault, shard string) (rollout.Shard, error) {
	if shard != "" {
		return parseShard(shard)
	}
	all, err := manifestsOf(ctx, v)
	if err != nil || all[0] == (rollout.Shard{}) {
		return rollout.Shard{}, err
	}
	return rollout.Shard{}, withHint(fmt.Errorf("the target has the manifests of shards, the first of them %s, and none of the whole rollout", rollout.ManifestName(all[0])),
		"easkit rollout merge joins them; or give --shard %s", all[0])
}

// proveSeal proves that a manifest is as it was when its run ended, and, where roots are
// given, who signed it.
func (a *app) proveSeal(ctx context.Context, v vault.Vault, s rollout.Shard, roots *x509.CertPool) error {
	_, err := a.provenSeal(ctx, v, s, roots)
	return err
}

// provenSeal is proveSeal that gives what was proven.
func (a *app) provenSeal(ctx context.Context, v vault.Vault, s rollout.Shard, roots *x509.CertPool) (*rollout.Sealed, error) {
	sealed, err := rollout.VerifySeal(ctx, v, s)
	if err != nil || roots == nil {
		return sealed, err
	}
	if sealed.Signature == nil {
		return nil, fmt.Errorf("%s: %w: nobody signed it", rollout.SummaryName(s), errUntrusted)
	}
	asked, err := a.asked()
	if err != nil {
		return nil, err
	}
	if _, err := sealed.Signature.Chain(roots, asked.At); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", rollout.SummaryName(s), errUntrusted, preflight.Printable(err.Error()))
	}
	return sealed, nil
}

// errUntrusted says that a manifest is not signed by whom the call trusts.
var errUntrusted = errors.New("the manifest's signature is not one under --roots")
