package main

import (
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
	"time"

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
	keyFile string
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
			"The key is a file as age-keygen writes it, or a .p12 or PEM file with an RSA key;\n" +
			"--password-file has its password.",
		Example: "  easkit rollout open results --key-file company.agekey -o opened\n" +
			"  easkit rollout open results alice@contoso.com --key-file company.agekey -o alice --roots root.pem",
		Args: atLeastOne("TARGET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.openRollout(cmd.Context(), &f, args[0], args[1:])
		},
	}
	cmd.Flags().StringVar(&f.keyFile, "key-file", "", "the key that was encrypted to: `FILE`")
	f.targetFlags.register(cmd)
	f.sealFlags.register(cmd)
	return cmd
}

// opening is a call of rollout open under way.
type opening struct {
	*app
	vault  vault.Vault
	opener *vault.Opener // nil where the call has no key
	dir    string
	users  map[string]bool // that the call names, in small letters; true once one was opened

	opened  int
	refused int
	latest  map[[sha256.Size / 2]byte]entryPlace
}

// entryPlace is where the latest entry of a user on a platform stands.
type entryPlace struct {
	begun    time.Time
	manifest int
	line     int
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
	o := opening{app: a, dir: out, users: map[string]bool{}, latest: map[[sha256.Size / 2]byte]entryPlace{}}
	for _, user := range users {
		o.users[strings.ToLower(user)] = false
	}
	if o.opener, err = a.opener(f.keyFile); err != nil {
		return err
	}
	if o.vault, err = a.openTarget(ctx, target, f.targetFlags, false); err != nil {
		return err
	}
	defer o.vault.Close()
	return o.all(ctx, roots)
}

// all proves the manifests, finds the latest entry of each user, and opens its files.
func (o *opening) all(ctx context.Context, roots *x509.CertPool) error {
	shares, err := manifestsOf(ctx, o.vault)
	if err != nil {
		return err
	}
	for _, s := range shares {
		if err := o.proveSeal(ctx, o.vault, s, roots); err != nil {
			return err
		}
	}
	// Twice: what is kept of 200,000 users is where they stand, and not what.
	for _, each := range []func(entryPlace, *rollout.Entry) error{o.find, o.open(ctx)} {
		if err := o.read(ctx, shares, each); err != nil {
			return err
		}
	}
	return o.conclude()
}

// read goes through the entries that say something about a user's files.
func (o *opening) read(ctx context.Context, shares []rollout.Shard, each func(entryPlace, *rollout.Entry) error) error {
	for i, s := range shares {
		if err := o.readManifest(ctx, i, rollout.ManifestName(s), each); err != nil {
			return err
		}
	}
	return nil
}

func (o *opening) readManifest(ctx context.Context, number int, name string, each func(entryPlace, *rollout.Entry) error) error {
	r, err := o.vault.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close()
	var begun time.Time // never before the run above it, whatever a clock said
	for line, err := range rollout.ReadManifest(r) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("reading %q: %w", name, err)
		}
		if line.Run.Begun.After(begun) {
			begun = line.Run.Begun
		}
		e := line.Entry
		if e == nil || e.Status == rollout.Skipped || e.Status == rollout.Left {
			continue
		}
		if _, asked := o.users[e.User]; len(o.users) > 0 && !asked {
			continue
		}
		if err := each(entryPlace{begun, number, line.Number}, e); err != nil {
			return err
		}
	}
	return nil
}

func pairHash(e *rollout.Entry) [sha256.Size / 2]byte {
	sum := sha256.Sum256([]byte(string(e.Platform) + "\x00" + e.User))
	return [sha256.Size / 2]byte(sum[:sha256.Size/2])
}

// find notes which entry of a user is the latest.
func (o *opening) find(at entryPlace, e *rollout.Entry) error {
	pair := pairHash(e)
	if last, ok := o.latest[pair]; !ok || !at.begun.Before(last.begun) {
		o.latest[pair] = at
	}
	return nil
}

// open opens the files of an entry that is the latest of its user.
func (o *opening) open(ctx context.Context) func(entryPlace, *rollout.Entry) error {
	return func(at entryPlace, e *rollout.Entry) error {
		if o.latest[pairHash(e)] != at || len(e.Files) == 0 {
			return nil
		}
		if _, asked := o.users[e.User]; asked {
			o.users[e.User] = true
		}
		for _, f := range e.Files {
			err := o.file(ctx, f)
			switch {
			case errors.Is(err, errRefused):
				o.refused++
				o.printError(err)
			case err != nil:
				return err
			}
		}
		return nil
	}
}

// errRefused says that a file is not what the manifest says.
var errRefused = errors.New("it is not as the rollout made it")

// file opens one file, and writes what is inside.
func (o *opening) file(ctx context.Context, f rollout.File) error {
	if err := vault.CheckName(f.Name); err != nil {
		return err
	}
	data, err := vault.Read(ctx, o.vault, f.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w: it is not there any more", preflight.Printable(f.Name), errRefused)
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
			return withHint(fmt.Errorf("%s is encrypted", preflight.Printable(f.Name)), "give the key with --key-file FILE")
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
	case o.refused > 0:
		return errFindings
	}
	return nil
}
