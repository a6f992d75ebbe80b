package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
	"github.com/easkit/easkit/profiles/rollout"
)

func newRolloutRun(a *app) *cobra.Command {
	var f rolloutFlags
	cmd := &cobra.Command{
		Use:   "run USERS.csv",
		Short: "Make the profiles of a table's users, and account for each of them",
		Long: "Reads a table of users (CSV), finds the identity of each in a folder, makes and signs the\n" +
			"profile, and says in a manifest for every user: done, or why not. Whatever matched a file\n" +
			"to a user, its certificate has to name that user, or the row fails and says whose it is.\n\n" +
			"Killed at any moment, it goes on where it was when it is run again: who is done, with the\n" +
			"same inputs and the files in place, is kept. The exit status is 1 if anybody failed.\n\n" +
			"--delete-after 7d deletes, before it begins, what was handed out seven days ago or earlier\n" +
			"(by rollout open --delete-after). Its users are kept: --again makes them anew. " + deletedIs + "\n\n" +
			"easkit help rollout has the columns, how files are found, waves, several machines.",
		Example: "  easkit rollout users.csv --identities p12/ --passwords passwords.csv --template contoso.yaml \\\n" +
			"      --signer signer.p12 --signer-password-file signer.password --out results\n" +
			"  easkit rollout users.csv --identities p12/ --password-file pw --out results --wave 10% --stop-at 5%\n" +
			"  easkit rollout users.csv --identities p12/ --passwords pw.csv --platform ios,android \\\n" +
			"      --encrypt-to age1… --shard 2/5 --out https://contoso.blob.core.windows.net/profiles",
		Args: exactly("USERS.csv"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.table = args[0]
			return a.rollout(cmd.Context(), &f)
		},
	}
	f.register(cmd)
	return cmd
}

// rollout runs a rollout, and writes what came of it.
func (a *app) rollout(ctx context.Context, f *rolloutFlags) error {
	format, err := a.outcomeForm()
	if err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	table, err := a.openTable(f.table)
	if err != nil {
		return err
	}
	defer table.close()
	o, err := a.rolloutOptions(ctx, f, table)
	if err != nil {
		return err
	}
	_, absent := os.Stat(f.out)
	if o.Vault, err = a.openTarget(ctx, f.out, f.targetFlags, true); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	defer o.Vault.Close()
	a.tellSigner(o.Request)
	progress := a.rolloutProgress()
	o.Progress = progress.told
	sum, err := rollout.Do(ctx, o)
	progress.end()
	if sum == nil {
		if absent != nil {
			os.Remove(f.out) // which takes an empty folder away, and nothing else
		}
		return err
	}
	if errors.Is(err, context.Canceled) {
		err = context.Canceled // whatever signal it was
	}
	concluded := a.concludeRollout(context.WithoutCancel(ctx), f, o, sum, format)
	if err != nil && errors.Is(concluded, errFindings) {
		return err // why the run ended says more
	}
	return errors.Join(err, concluded)
}

// rolloutOptions turns flags into what the rollout makes, of what.
func (a *app) rolloutOptions(ctx context.Context, f *rolloutFlags, table *usersTable) (rollout.Options, error) {
	o := rollout.Options{
		Table: table.Source, TableDir: table.dir, Identities: f.identities,
		ChangedOnly: f.changedOnly, Strict: f.strict, Again: f.again, Version: number(), Now: a.now,
	}
	var err error
	for _, read := range []func() error{
		func() error { o.Shard, err = a.shardOf(f.shardFlags); return err },
		func() error { o.Columns, err = columnsOf(f.columns); return err },
		func() error { o.Platforms, err = f.platformsAsked(); return err },
		func() error { o.StopAt, err = parseShare("--stop-at", f.stopAt); return err },
		func() error { o.DeleteHanded, err = a.ageAgo("--delete-after", f.deleteAfter); return err },
		func() error { o.Wave, err = rollout.ParseWave(f.wave); return inFlag("--wave", err) },
		func() error { return folderOf(f.identities) },
		func() error { o.Request, err = a.rolloutRequest(f); return err },
		func() error { o.Template, err = a.templateDigest(f.template, o.Request.Overrides); return err },
		func() error { o.Sealer, err = a.sealer(f.encryptTo); return err },
		func() error {
			o.Password, err = a.identityPassword()
			return hinted(err, "give the file that the password stands in with --password-file")
		},
		func() error { o.Passwords, err = a.readPasswords(f.passwords); return err },
		func() error { o.Revocation, err = a.revocation(f, o.Request); return err },
		func() error { return table.check(ctx, o.Columns, o.Wave) },
	} {
		if err := read(); err != nil {
			return o, err
		}
	}
	return o, nil
}

// folderOf refuses a folder of identities that is none.
func folderOf(path string) error {
	if path == "" {
		return nil
	}
	const hint = "give the folder of the users' .p12, .pfx and .pem files with --identities"
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return withHint(fmt.Errorf("--identities: %w", about(path, err)), hint)
	case !info.IsDir():
		return withHint(fmt.Errorf("--identities: %s is no folder", path), hint)
	}
	return nil
}

// inFlag names a flag in an error.
func inFlag(flag string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", flag, err)
}

// rolloutRequest is what is the same for all users.
func (a *app) rolloutRequest(f *rolloutFlags) (provision.Request, error) {
	s, err := a.asked()
	if err != nil {
		return provision.Request{}, err
	}
	return a.requestFor(s, &f.buildFlags)
}

// templateDigest tells the template's text from others.
func (a *app) templateDigest(name string, o profiles.Overrides) (rollout.Digest, error) {
	if name == "" {
		name = profiles.DefaultPreset(o)
	}
	text, err := profiles.PresetText(name)
	if !slices.Contains(profiles.Presets(), name) {
		text, err = a.readInput(name)
	}
	if err != nil {
		return rollout.Digest{}, fmt.Errorf("reading the template: %w", err)
	}
	sum := sha256.Sum256(text)
	return rollout.Digest{Name: filepath.Base(name), SHA256: hex.EncodeToString(sum[:]), Size: int64(len(text))}, nil
}

// readPasswords reads --passwords.
func (a *app) readPasswords(path string) (*rollout.Passwords, error) {
	if path == "" {
		return nil, nil
	}
	const hint = "give a CSV with a column password, and one called user, mail or file"
	in, err := a.open(path, "passwords")
	if err != nil {
		return nil, hinted(fmt.Errorf("--passwords: %w", about(path, err)), hint)
	}
	defer in.Close()
	p, err := rollout.ReadPasswords(in)
	if err != nil {
		return nil, hinted(fmt.Errorf("--passwords: %w", about(path, err)), hint)
	}
	return p, nil
}

// tellSigner says once what would be a note on each profile.
func (a *app) tellSigner(req provision.Request) {
	if req.Signer == nil {
		a.say("note: the profiles and the manifest are not signed: phones show \"Not Signed\". Give --signer FILE.")
		return
	}
	if note := provision.SignerNote(req.Signer, req.Scenario.At); note != "" {
		a.say("note: %s", note)
	}
}

// unusedNamed is how many passwords of nobody are named.
const unusedNamed = 3

// concludeRollout writes the summary, and says what a person should know.
func (a *app) concludeRollout(ctx context.Context, f *rolloutFlags, o rollout.Options, sum *rollout.Summary, format string) error {
	var err error
	if f.redact || format != formatText && format != formatJSON {
		err = a.outcomeOf(ctx, o.Vault, o.Shard, f.redact)
	} else if err = a.writeOutcome(&rollout.Account{Summary: sum}); err == nil {
		err = failOnSummary(a.global.failOn, sum)
	}
	whole := o.Shard == rollout.Shard{} && o.Wave == rollout.Wave{} && sum.Total(rollout.Left) == 0
	if n, first := o.Passwords.Unused(unusedNamed); n > 0 && whole {
		more := ""
		if n > len(first) {
			more = ", …"
		}
		if f.redact {
			first, more = []string{"not named"}, ""
		}
		a.say("note: %s in --passwords %s not used: the table has no such user, or no row with such a file: %s%s",
			preflight.Counted(n, "password"), isOrAre(n), strings.Join(first, ", "), more)
	}
	if !audit.IsURL(f.out) {
		a.warnModes()
	}
	a.say("%s and %s are in %s", rollout.ManifestName(o.Shard), rollout.SummaryName(o.Shard), f.out)
	if o.Shard.Count > 1 {
		a.say("when all shards are done: %s", f.mergeCall(o.Shard.Count))
	}
	return err
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// mergeCall is the command that joins the shards of the call. A URI of a signer stays out:
// it may hold what should not be seen.
func (f *rolloutFlags) mergeCall(shards int) string {
	call := fmt.Sprintf("easkit rollout merge %s --table %s --shards %d", f.out, f.table, shards)
	by := f.signer
	if signer.IsURI(by) {
		by = "URI"
	}
	for _, flag := range []struct {
		name   string
		values []string
	}{
		{"--map", f.columns}, {"--signer", []string{by}}, {"--signer-password-file", []string{f.signerPasswordFile}},
		{"--signer-chain", f.signerChain}, {"--blob-key-file", []string{f.keyFile}},
	} {
		for _, value := range flag.values {
			if value != "" {
				call += " " + flag.name + " " + value
			}
		}
	}
	return call
}
