package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal"
	"github.com/easkit/easkit/profiles/portal/ticket"
	"github.com/easkit/easkit/profiles/rollout"
	"github.com/easkit/easkit/profiles/vault"
)

// sourceFlags say how to get at what was made for users, beside where it is.
type sourceFlags struct {
	targetFlags
	sealFlags
	key       keyFlags
	passwords string
}

func (f *sourceFlags) register(cmd *cobra.Command) {
	f.key.register(cmd)
	cmd.Flags().StringVar(&f.passwords, "passwords", "", "a table of users, and the passwords of their identities: `FILE` (CSV), as for rollout; --password-file is for all others")
	f.targetFlags.register(cmd)
	f.sealFlags.register(cmd)
}

// usersFiles is where the files of users are that tickets are made of.
type usersFiles interface {
	portal.Source
	// counts says how many users there are, and what they have.
	counts(context.Context) (userCounts, error)
	// nobody is the error for a user who is not among them.
	nobody(ctx context.Context, user string) error
	// inClear reports whether files for phones lie in the target without encryption.
	inClear(context.Context) (bool, error)
	// handOut notes in the target what links handed out. It returns those files that are of
	// another target, by what their tickets have as the reference.
	handOut(context.Context, []ticket.Unnoted) (elsewhere []ticket.Unnoted, err error)
	// Close ends the use of the target.
	Close() error
}

// userCounts is how many users there are, and what they have.
type userCounts struct {
	users, ios, android, neither int
	one                          string // of those who have something, the first in their order
}

// add counts a user.
func (c *userCounts) add(user string, ios, android bool) {
	c.users++
	if ios {
		c.ios++
	}
	if android {
		c.android++
	}
	switch {
	case !ios && !android:
		c.neither++
	case c.one == "" || user < c.one:
		c.one = user
	}
}

func (c userCounts) String() string {
	text := fmt.Sprintf("%s: %d with an iPhone's profile, %d with Android's", preflight.Counted(c.users, "user"), c.ios, c.android)
	if c.neither > 0 {
		text += fmt.Sprintf(", %d without files", c.neither)
	}
	return text
}

// keptFiles is what a rollout and a plain folder have in common.
type keptFiles struct {
	vault     vault.Vault
	opener    *vault.Opener // nil where the call has no key
	passwords *rollout.Passwords
	password  certs.Password // for whom the table does not name; "" for none
}

// Close ends the use of the target.
func (k *keptFiles) Close() error { return k.vault.Close() }

// clearLook is how many names are looked at for one that is not encrypted: rollouts encrypt
// all, or nothing.
const clearLook = 1000

func (k *keptFiles) inClear(ctx context.Context) (bool, error) {
	looked := 0
	for name, err := range k.vault.List(ctx, "") {
		if err != nil {
			return false, err
		}
		if plain, sealed := vault.Unsealed(name); !sealed && ticketKind(plain) != "" {
			return true, nil
		}
		if looked++; looked == clearLook {
			break
		}
	}
	return false, nil
}

// openUsersFiles opens a rollout's target, by its own name or that of a manifest in it,
// or a folder of profiles that no rollout made.
func (a *app) openUsersFiles(ctx context.Context, name string, f *sourceFlags) (usersFiles, error) {
	k := keptFiles{}
	var err error
	if k.passwords, err = a.readPasswords(f.passwords); err != nil {
		return nil, err
	}
	if k.opener, err = a.opener(f.key); err != nil {
		return nil, hintOtherKey(err)
	}
	if !f.key.given() { // else it is the key's
		if k.password, err = a.identityPassword(); err != nil {
			return nil, err
		}
	}
	roots, err := f.trusted(a)
	if err != nil {
		return nil, err
	}
	if err := refuseNothing(name); err != nil {
		return nil, err
	}
	target, manifest := splitManifest(name)
	if k.vault, err = a.openTarget(ctx, target, f.targetFlags, false); err != nil {
		return nil, err
	}
	made := &madeFiles{keptFiles: k, app: a, manifest: manifest, roots: roots, turn: make(chan struct{}, 1)}
	proven, err := made.prove(ctx)
	if errors.Is(err, errNoManifest) && manifest == "" && roots == nil {
		return &plainFiles{keptFiles: k, target: name}, nil
	}
	if errors.Is(err, errNoManifest) && roots != nil {
		err = withHint(fmt.Errorf("%s: %w, and --roots wants one that is signed", preflight.Printable(name), err), "leave out --roots; or give what rollout run --signer made")
	}
	if err != nil {
		return nil, errors.Join(err, k.vault.Close())
	}
	made.tellUnproven(proven)
	return made, nil
}

// refuseNothing refuses a folder that is not there.
func refuseNothing(name string) error {
	if _, err := os.Stat(name); !audit.IsURL(name) && errors.Is(err, fs.ErrNotExist) {
		return withHint(fmt.Errorf("%s: there is no such folder", preflight.Printable(name)), "give what rollout run --out was given, or the folder that easkit ios and easkit android wrote to with -o")
	}
	return nil
}

// read gets a file, and decrypts it. The error is [portal.ErrNoKey] where the call has
// no key for it.
func (k *keptFiles) read(ctx context.Context, name string) (stored, plain []byte, err error) {
	if err := vault.CheckName(name); err != nil {
		return nil, nil, err
	}
	_, sealed := vault.Unsealed(name)
	if sealed && k.opener == nil {
		return nil, nil, portal.ErrNoKey
	}
	if stored, err = vault.Read(ctx, k.vault, name); err != nil {
		return nil, nil, err
	}
	if !sealed {
		return stored, stored, nil
	}
	if plain, err = k.opener.Open(stored); err != nil {
		return nil, nil, fmt.Errorf("%q: %w", name, err)
	}
	return stored, plain, nil
}

// hintOtherKey says which key is meant, where half of a pair was given: servers have another
// one.
func hintOtherKey(err error) error {
	if !errors.Is(err, certs.ErrNoCertificate) && !errors.Is(err, certs.ErrNoKey) {
		return err
	}
	return withHint(err, "--key-file takes the key that rollout --encrypt-to was for: age's, or a .p12 or PEM with both certificate and RSA key; the server's own goes with --tls-key")
}

// checkPlaces refuses what can't be served, and tickets in it.
func checkPlaces(target, data string) error {
	if _, manifest := splitManifest(target); manifest != "" && path.Ext(manifest) != manifestExtension {
		return withHint(fmt.Errorf("%s is a file, and no manifest of a rollout", preflight.Printable(target)), "give a folder: what rollout run --out was given, or where easkit ios and easkit android wrote to with -o; a table of users is for easkit rollout run")
	}
	return refuseWithin(target, data)
}

// refuseWithin keeps the tickets out of what others write or read.
func refuseWithin(target, data string) error {
	if target, _ = splitManifest(target); target == "" || audit.IsURL(target) || !within(target, data) {
		return nil
	}
	hint := "give a folder that lies elsewhere, to easkit ticket as well: --data FOLDER"
	if beside := ticketsBeside(target); !within(target, beside) {
		hint = "give one that lies elsewhere, to easkit ticket as well: --data " + beside
	}
	return withHint(fmt.Errorf("--data %s lies in %s, which has other readers and writers", data, target), "%s", hint)
}

// ticketsBeside is a folder for the tickets of a target, beside it.
func ticketsBeside(target string) string {
	if clean := filepath.Clean(target); !strings.HasPrefix(filepath.Base(clean), ".") {
		return clean + dataEnd
	}
	whole, err := filepath.Abs(target) // "." and ".." have no name to add to
	if err != nil || whole == filepath.Dir(whole) {
		return target + dataEnd
	}
	return whole + dataEnd
}
