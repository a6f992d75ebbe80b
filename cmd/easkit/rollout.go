package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/rollout"
	"github.com/easkit/easkit/profiles/vault"
)

// rolloutFormats are the forms of what came of a rollout: a row for each user has no
// place in SARIF, which is about files of source.
var rolloutFormats = []string{formatText, formatJSON, formatCSV, formatHTML, formatJUnit}

func newRollout(a *app) *cobra.Command {
	cmd := newRolloutRun(a)
	cmd.Use = "rollout [USERS.csv]"
	cmd.Short = "All of it, for many users: every one accounted for"
	cmd.Args = cobra.MaximumNArgs(1)
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return run(cmd, args)
	}
	cmd.AddCommand(newRolloutRun(a), newRolloutMerge(a), newRolloutOpen(a), newRolloutExpiring(a), newRolloutReport(a))
	return cmd
}

// outcomeForm looks at --format, --fail-on and -o before the work begins: hours later
// would be too late.
func (a *app) outcomeForm() (string, error) {
	format, err := preflight.Word("--format", a.global.format, rolloutFormats)
	if err != nil {
		return "", err
	}
	if _, err := preflight.Word("--fail-on", a.global.failOn, []string{failWarn, failFail, failNever}); err != nil {
		return "", err
	}
	return format, a.outputFree()
}

// outputFree refuses a file of -o that can't be written later.
func (a *app) outputFree() error {
	path := a.global.output
	if path == "" || path == stdout {
		return nil
	}
	if isDir(path) {
		return withHint(fmt.Errorf("%s is a folder, and this is one file", path), "give a file's name with -o")
	}
	if _, err := os.Stat(path); err == nil && !a.global.force {
		return fmt.Errorf("%s: %w", path, keyfile.ErrExists)
	}
	return nil
}

// writeOutcome writes what a manifest says of its last run. On standard output it is
// streamed: it may have a row for each of 200,000 users.
func (a *app) writeOutcome(account *rollout.Account) error {
	out := a.out
	var file bytes.Buffer
	toFile := a.global.output != "" && a.global.output != stdout
	if toFile {
		out = &file
	}
	var err error
	switch a.global.format {
	case formatJSON:
		err = account.WriteJSON(out)
	case formatCSV:
		err = account.WriteCSV(out)
	case formatHTML:
		err = account.WriteHTML(out)
	case formatJUnit:
		err = account.WriteJUnit(out, failFrom(a.global.failOn))
	default:
		err = account.WriteText(out)
	}
	if err != nil {
		return fmt.Errorf("writing what came of the rollout: %w", err)
	}
	if toFile {
		return a.print(file.Bytes())
	}
	return nil
}

// outcomeOf writes what came of the last run of a share, and gives the error that
// --fail-on asks for. A run that did not end is one that failed.
func (a *app) outcomeOf(ctx context.Context, v vault.Vault, s rollout.Shard, redact bool) error {
	account, err := rollout.OpenAccount(ctx, v, s)
	if err != nil {
		return err
	}
	account.Redact = redact
	if err := a.writeOutcome(account); err != nil {
		return err
	}
	if account.Summary.Ended.IsZero() && a.global.failOn != failNever {
		return fmt.Errorf("%s: %w", rollout.ManifestName(s), rollout.ErrUnsealed)
	}
	return failOnSummary(a.global.failOn, account.Summary)
}

// failOnSummary turns the outcome of a run into the error that --fail-on asks for.
func failOnSummary(threshold string, s *rollout.Summary) error {
	switch failed := s.Total(rollout.Failed) > 0; {
	case threshold == failNever:
		return nil
	case failed, threshold == failWarn && s.Warned > 0:
		return errFindings
	}
	return nil
}

// hinted adds what to do to an error about an input, where nothing more exact says it.
func hinted(err error, hint string) error {
	if err == nil {
		return nil
	}
	if _, known := exitOf(err); known != "" {
		return err
	}
	return withHint(err, "%s", hint)
}

// within reports whether a path is a folder, or lies in it.
func within(folder, path string) bool {
	folder, path = realPath(folder), realPath(path)
	rel, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(rel)
}

// realPath is a path without links, as far as it is there.
func realPath(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	target, err := filepath.EvalSymlinks(path)
	switch {
	case err == nil:
		return target
	case !errors.Is(err, fs.ErrNotExist):
		return path
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(realPath(parent), filepath.Base(path))
}

// manifestsOf are the shares that have a manifest in a target: the whole rollout first.
func manifestsOf(ctx context.Context, v vault.Vault) ([]rollout.Shard, error) {
	all, err := rollout.Shards(ctx, v)
	if err == nil && len(all) == 0 {
		err = noManifest()
	}
	return all, err
}

// noManifest says that a target holds no rollout.
func noManifest() error {
	return withHint(errors.New("there is no manifest of a rollout in the target"), "give what --out was given: easkit rollout run --help")
}
