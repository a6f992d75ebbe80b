package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/audit"
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
	// inClear reports whether files for phones lie in the target without encryption.
	inClear(context.Context) (bool, error)
	// handOut notes in the target what links handed out. It returns those files that are of
	// another target, by what their tickets have as the reference.
	handOut(context.Context, []ticket.Unnoted) (elsewhere []ticket.Unnoted, err error)
	// Close ends the use of the target.
	Close() error
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
		return nil, err
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
	target, manifest := splitManifest(name)
	if k.vault, err = a.openTarget(ctx, target, f.targetFlags, false); err != nil {
		return nil, err
	}
	made := &madeFiles{keptFiles: k, app: a, manifest: manifest, roots: roots, turn: make(chan struct{}, 1)}
	_, err = made.shares(ctx)
	if errors.Is(err, errNoManifest) && manifest == "" && roots == nil {
		return &plainFiles{keptFiles: k}, nil
	}
	if err != nil {
		return nil, errors.Join(err, k.vault.Close())
	}
	return made, nil
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

// refuseWithin keeps the tickets out of what others write or read.
func refuseWithin(target, data string) error {
	if target, _ = splitManifest(target); target == "" || audit.IsURL(target) || !within(target, data) {
		return nil
	}
	return withHint(fmt.Errorf("--data %s lies in %s, which has other readers and writers", data, target), "give a folder of its own: --data %s", filepath.Clean(strings.TrimRight(target, `/\`))+dataEnd)
}
