package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/rollout"
	"github.com/easkit/easkit/profiles/vault"
)

// defaultDays is how long before its end a certificate is told of: summaries count by
// the same.
const defaultDays = 60

// maxDays is a century: beyond it the days are a slip of the pen.
const maxDays = 36500

// expiringFormats are the forms of the list.
var expiringFormats = []string{formatText, formatCSV, formatJSON}

func newRolloutExpiring(a *app) *cobra.Command {
	var target targetFlags
	var days int
	var redact bool
	cmd := &cobra.Command{
		Use:   "expiring TARGET",
		Short: "List the users whose certificate ends soon, as their latest profile has it",
		Long: "Reads all manifests in a folder or container, and lists the users whose latest profile has\n" +
			"a certificate that has ended or ends within the days, the first to end first. The exit\n" +
			"status is 0 whether there are any or not; --format json has them as a list for scripts.\n" +
			"Who failed in a later run is marked, by the check: the phone has the older profile.",
		Example: "  easkit rollout expiring results --days 60\n" +
			"  easkit rollout expiring results --days 30 --format csv -o renew.csv",
		Args: exactly("TARGET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			format, err := preflight.Word("--format", a.global.format, expiringFormats)
			if err != nil {
				return err
			}
			if days < 0 || days > maxDays {
				return fmt.Errorf("--days %d is not from 0 to %d", days, maxDays)
			}
			list, err := a.expiring(cmd.Context(), args[0], target, days)
			if err != nil {
				return err
			}
			if redact {
				list.Redact()
			}
			return a.writeExpiring(list, format)
		},
	}
	cmd.Flags().IntVar(&days, "days", defaultDays, "within how many days, `N`")
	cmd.Flags().BoolVar(&redact, "redact", false, "leave names out")
	target.register(cmd)
	return cmd
}

func (a *app) expiring(ctx context.Context, name string, f targetFlags, days int) (*rollout.ExpiryList, error) {
	s, err := a.asked()
	if err != nil {
		return nil, err
	}
	v, err := a.openTarget(ctx, name, f, false)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	before := s.At.AddDate(0, 0, days)
	lines := 0
	found, err := rollout.Expiring(counting(rollout.ReadTarget(ctx, v), &lines), before)
	if err == nil && lines == 0 { // nothing was looked at, which is not nothing found
		err = noManifest()
	}
	if err != nil {
		return nil, fmt.Errorf("looking for certificates that end: %w", err)
	}
	if err := a.tellUnended(ctx, v); err != nil {
		return nil, fmt.Errorf("looking for certificates that end: %w", err)
	}
	return rollout.NewExpiryList(found, s.At, before), nil
}

// tellUnended says which manifests are not whole, so that the list may lack somebody.
func (a *app) tellUnended(ctx context.Context, v vault.Vault) error {
	all, err := manifestsOf(ctx, v)
	if err != nil {
		return err
	}
	for _, s := range all {
		switch _, err := rollout.VerifySeal(ctx, v, s); {
		case errors.Is(err, rollout.ErrUnsealed):
			a.say("note: %s: the run did not end: whom it did not come to, and whom it did not note, are as the runs before left them; run it again", rollout.ManifestName(s))
		case errors.Is(err, rollout.ErrChanged):
			a.say("note: %s: %s", rollout.ManifestName(s), preflight.Printable(err.Error()))
		case err != nil:
			return err
		}
	}
	return nil
}

// counting counts what goes by.
func counting(lines iter.Seq2[rollout.Line, error], n *int) iter.Seq2[rollout.Line, error] {
	return func(yield func(rollout.Line, error) bool) {
		for line, err := range lines {
			*n++
			if !yield(line, err) {
				return
			}
		}
	}
}

func (a *app) writeExpiring(list *rollout.ExpiryList, format string) error {
	write := map[string]func(io.Writer) error{formatText: list.WriteText, formatCSV: list.WriteCSV, formatJSON: list.WriteJSON}
	var b bytes.Buffer
	if err := write[format](&b); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	return a.print(b.Bytes())
}
