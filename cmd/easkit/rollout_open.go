package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/rollout"
	"github.com/easkit/easkit/profiles/vault"
)

// openFlags are those of rollout open.
type openFlags struct {
	targetFlags
	sealFlags
	key         keyFlags
	deleteAfter string
}

func newRolloutOpen(a *app) *cobra.Command {
	var f openFlags
	cmd := &cobra.Command{
		Use:   "open TARGET [USER...]",
		Short: "Decrypt the profiles of a rollout into a folder",
		Long: "Proves that the manifest in a folder or container is as it was when the run ended, compares\n" +
			"each file with the hash that stands in it, and writes what is inside to the folder of -o.\n" +
			"A file that is not as it was made is refused, and the exit status is 1. Without USER it\n" +
			"opens everybody's. What lies in the folder then is a key, in the clear.\n\n" +
			"Of several manifests, those of shards, one that was changed is passed over, and the others\n" +
			"are opened; the exit status is 1. One of a run that did not end is used, with a note, unless\n" +
			"--roots wants its signature.\n\n" +
			"With --delete-after, what is opened counts as handed out, and what was handed out as long\n" +
			"ago as that, by this call or earlier ones, is deleted from TARGET: 0 is at once. Where USER\n" +
			"is given, nothing of others is deleted. What was written counts as handed out even if the\n" +
			"call fails later. " + deletedIs + "\n" +
			"easkit help rollout says what the next run makes of it.\n\n" +
			"The key is a file as age-keygen writes it, or a .p12 or PEM file with an RSA key;\n" +
			"--password-file has its password. --key-file - asks for a key of age, and --key-vault gets\n" +
			"the key out of a secret in Azure Key Vault.",
		Example: "  easkit rollout open results --key-file company.agekey -o opened\n" +
			"  easkit rollout open results alice@contoso.com --key-file company.agekey -o alice --roots root.pem\n" +
			"  easkit rollout open results --key-file company.agekey -o opened --delete-after 0",
		Args: atLeastOne("TARGET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.openRollout(cmd.Context(), &f, args[0], args[1:])
		},
	}
	f.key.register(cmd)
	registerDeleteAfter(cmd, &f.deleteAfter)
	f.targetFlags.register(cmd)
	f.sealFlags.register(cmd)
	return cmd
}

// opening is a call of rollout open under way.
type opening struct {
	*app
	vault   vault.Vault
	opener  *vault.Opener // nil where the call has no key
	dir     string
	users   map[string]bool // that the call names, in small letters; true once one was found
	handing *handing        // nil where nothing is to be deleted
	// unproven is what the signatures of the manifests don't stand for, where roots are given
	unproven map[rollout.Shard]int64

	opened  int
	refused int
	passed  []string // manifests that are passed over
	gone    map[rollout.File]string
}

func (a *app) openRollout(ctx context.Context, f *openFlags, target string, users []string) error {
	out := a.global.output
	switch {
	case a.global.format != formatText:
		return fmt.Errorf("--format %s is for reports, and this command prints the names of files", a.global.format)
	case out == "" || out == stdout:
		return withHint(errors.New("it writes several files, and needs a folder for them"), "give one with -o DIR")
	case within(target, out):
		return withHint(fmt.Errorf("-o %s lies in the target, where nothing is to be in the clear", out), "give another folder with -o")
	}
	roots, err := f.trusted(a)
	if err != nil {
		return err
	}
	age, deletes, err := parseAge("--delete-after", f.deleteAfter)
	if err != nil {
		return err
	}
	o := opening{app: a, dir: out, users: map[string]bool{}, unproven: map[rollout.Shard]int64{}}
	for _, user := range users {
		o.users[strings.ToLower(user)] = false
	}
	if o.opener, err = a.opener(f.key); err != nil {
		return err
	}
	if o.vault, err = a.openTarget(ctx, target, f.targetFlags, false); err != nil {
		return err
	}
	defer o.vault.Close()
	if deletes {
		o.handing = &handing{vault: o.vault, now: a.now, after: age, age: f.deleteAfter, asked: o.asked, staying: map[artefact]bool{}}
	}
	return errors.Join(o.all(ctx, roots), o.handing.end())
}

// all proves the manifests, and opens the latest files of each user.
func (o *opening) all(ctx context.Context, roots *x509.CertPool) error {
	shares, err := manifestsOf(ctx, o.vault)
	if err != nil {
		return err
	}
	if err := o.handing.begin(ctx, shares); err != nil {
		return err
	}
	sound, err := o.sound(ctx, shares, roots)
	if err != nil {
		return err
	}
	for e, err := range rollout.ProvenArtefacts(ctx, o.vault, sound, o.unproven, o.asked) {
		if err == nil {
			err = o.entry(ctx, e)
		}
		if err != nil {
			return errors.Join(err, o.handing.note(context.WithoutCancel(ctx)))
		}
	}
	if err := o.handing.delete(ctx, o.app); err != nil {
		return err
	}
	return o.conclude()
}

// asked reports whether a user is one of those that the call is for.
func (o *opening) asked(user string) bool {
	_, named := o.users[user]
	return named || len(o.users) == 0
}

// sound are the shares whose manifest can be used. What a run left that did not end is
// used by the hashes in it, where no signature is asked for: each file is compared with
// them.
func (o *opening) sound(ctx context.Context, shares []rollout.Shard, roots *x509.CertPool) ([]rollout.Shard, error) {
	var sound []rollout.Shard
	var first error
	for _, s := range shares {
		sealed, err := o.provenSeal(ctx, o.vault, s, roots)
		switch {
		case err == nil:
			sound = append(sound, s)
			if n := sealed.Summary.Unproven; n > 0 && roots != nil {
				o.unproven[s] = n
				o.say("note: %s: runs before were sealed by another signer, or nobody, and no signature proves what they made: that is passed over", rollout.ManifestName(s))
			}
		case errors.Is(err, rollout.ErrUnsealed) && roots == nil:
			o.say("note: %s: the run did not end, so that nothing proves its manifest: what it made is compared with the hashes there", rollout.ManifestName(s))
			sound = append(sound, s)
		case errors.Is(err, rollout.ErrUnsealed), errors.Is(err, rollout.ErrChanged), errors.Is(err, errUntrusted):
			err = fmt.Errorf("%s is passed over: %w", rollout.ManifestName(s), err)
			if first = cmp.Or(first, err); len(shares) > 1 {
				o.printError(err)
			}
			o.passed = append(o.passed, rollout.ManifestName(s))
		default:
			return nil, err
		}
	}
	if len(sound) == 0 && len(shares) > 1 {
		return nil, errFindings
	}
	if len(sound) == 0 {
		return nil, first
	}
	return sound, nil
}

// entry opens the files that an entry lists.
func (o *opening) entry(ctx context.Context, e *rollout.Entry) error {
	_, asked := o.users[e.User]
	if asked {
		o.users[e.User] = true
	}
	if len(e.Files) == 0 {
		o.refused++
		o.printError(withHint(fmt.Errorf("%s (%s): %w: the manifest that lists its files is not there, or passed over", preflight.Printable(e.User), preflight.Printable(string(e.Platform)), errRefused), "run the rollout again: it makes what no manifest lists"))
		return nil
	}
	whole := true
	for _, f := range e.Files {
		err := o.file(ctx, f)
		switch {
		case errors.Is(err, errRefused), errors.Is(err, errHanded) && asked:
			o.refused++
			o.printError(err)
		case errors.Is(err, errHanded):
			o.say("note: %s", err)
		case err != nil:
			return err
		}
		if whole = whole && err == nil; errors.Is(err, errHanded) {
			break // as are the others of the user
		}
	}
	if !whole {
		return nil
	}
	return o.handing.add(ctx, e)
}

// errHanded says that a file was handed out, and deleted after that.
var errHanded = errors.New("it was handed out, and deleted since: easkit rollout run --again makes it anew")

// missing says why a file is not there.
func (o *opening) missing(ctx context.Context, f rollout.File) error {
	if o.gone == nil {
		o.gone = map[rollout.File]string{}
		for line, err := range rollout.ReadHanded(ctx, o.vault) {
			if err != nil {
				return err
			}
			for _, f := range line.Files {
				o.gone[rollout.File{Name: f.Name, SHA256: f.SHA256}] = line.At.Format("2006-01-02")
			}
		}
	}
	if day, ok := o.gone[rollout.File{Name: f.Name, SHA256: f.SHA256}]; ok {
		return fmt.Errorf("%s (%s): %w", preflight.Printable(f.Name), day, errHanded)
	}
	return fmt.Errorf("%s: %w: it is not there any more", preflight.Printable(f.Name), errRefused)
}

// errRefused says that a file is not what the manifest says.
var errRefused = errors.New("it is not as the rollout made it")

// file opens one file, and writes what is inside.
func (o *opening) file(ctx context.Context, f rollout.File) error {
	if err := vault.CheckName(f.Name); err != nil {
		return err
	}
	data, err := vault.Read(ctx, o.vault, f.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return o.missing(ctx, f)
	case errors.Is(err, vault.ErrIrregular):
		return fmt.Errorf("%s: %w: %w", preflight.Printable(f.Name), errRefused, vault.ErrIrregular)
	}
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(data); !strings.EqualFold(hex.EncodeToString(sum[:]), f.SHA256) {
		return fmt.Errorf("%s: %w: its SHA-256 is another than the manifest has", preflight.Printable(f.Name), errRefused)
	}
	name, sealed := vault.Unsealed(f.Name)
	if sealed {
		if o.opener == nil {
			return withHint(fmt.Errorf("%s is encrypted", preflight.Printable(f.Name)), hintKey)
		}
		if data, err = o.opener.Open(data); err != nil {
			return fmt.Errorf("%s: %w", preflight.Printable(f.Name), err)
		}
	}
	path := filepath.Join(o.dir, filepath.FromSlash(name))
	if err := o.refuseInput(path); err != nil {
		return err
	}
	if err := keyfile.Write(path, data, o.global.force); err != nil {
		return err
	}
	o.opened++
	fmt.Fprintln(o.out, preflight.Printable(path))
	return nil
}

// conclude says what was opened, and for whom there was nothing.
func (o *opening) conclude() error {
	o.warnModes()
	var missing []string
	for user, found := range o.users {
		if !found {
			missing = append(missing, preflight.Printable(user))
		}
	}
	if o.opened > 0 {
		o.say("%s in %s, in the clear: delete what is not needed any more", preflight.Counted(o.opened, "file"), o.dir)
	}
	switch {
	case len(missing) > 0:
		slices.Sort(missing)
		return withHint(fmt.Errorf("there is no profile of %s: the rollout has not made one, or failed last", some(missing)), "easkit rollout report says why; users are named by UPN, as in the table")
	case o.refused > 0 || len(o.passed) > 0:
		return errFindings
	}
	return nil
}
