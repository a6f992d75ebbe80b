package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/vault"
)

// refuseOpenFolder refuses a folder for tickets that others may look into. It is not
// narrowed: it may be somebody's folder for more than tickets.
func refuseOpenFolder(dir string) error {
	if audit.IsURL(dir) {
		return withHint(fmt.Errorf("--data %s is an address, and tickets lie in a folder of this machine", dir), "give --data FOLDER, on a local disk")
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // it is made for its owner alone
	case err != nil:
		return fmt.Errorf("--data: %w", err)
	case !info.IsDir():
		return withHint(fmt.Errorf("--data %s is no folder", dir), "give --data FOLDER: one that is not there is made")
	case othersOwn(info):
		return withHint(fmt.Errorf("--data %s belongs to another user than the one who runs easkit, and its owner can put other tickets there", dir), "run easkit as its owner; or give a folder that is not there yet")
	case keyfile.ModesWork() && info.Mode().Perm()&^keyfile.DirMode != 0:
		return withHint(fmt.Errorf("--data %s is open to others than its owner (mode %04o)", dir, info.Mode().Perm()), "chmod 700 %s; or give a folder that is not there yet", dir)
	}
	return nil
}

// serveLock names the lock of a folder of tickets that a portal is served with.
const serveLock = "serve"

// folderLock is held while a portal is served: who is signed in, and what was missed from
// an address, are in the memory of one process.
type folderLock struct {
	folder vault.Vault
	writer vault.Writer
}

// lockFolder locks a folder of tickets. The system takes the lock of a process away that
// is killed.
func (a *app) lockFolder(ctx context.Context, dir string) (*folderLock, error) {
	folder, err := vault.Open(ctx, dir, vault.Options{Now: a.now})
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	writer, err := folder.Lock(ctx, serveLock)
	if err == nil {
		return &folderLock{folder, writer}, nil
	}
	var held *vault.LockedError
	if errors.As(err, &held) { // not wrapped: what it advises is for rollouts
		who := held.Holder
		if who == "" {
			who = "another process"
		}
		err = withHint(fmt.Errorf("--data %s: %s serves a portal with it already", dir, preflight.Printable(who)), "end that one first, or give another --data FOLDER")
	}
	return nil, errors.Join(err, folder.Close())
}

func (l *folderLock) release() error {
	return errors.Join(l.writer.Unlock(), l.folder.Close())
}
