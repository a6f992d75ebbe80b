package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// writeIntune writes the folder of a set. With --force it takes away what an earlier set
// left there, once the new files have their names: a tool would import that as well.
func (a *app) writeIntune(set *intune.Set, dir string) error {
	files, err := set.Files()
	if err != nil {
		return withHint(err, "change the template (intune.name, intune.groups) or the call; easkit help templates tells what names can have")
	}
	stale, err := staleIn(dir, files)
	if err != nil {
		return about(dir, err)
	}
	var batch keyfile.Batch
	defer batch.Discard()
	var paths []string
	secret := false
	for _, file := range files {
		path := filepath.Join(dir, filepath.FromSlash(file.Name))
		if err := a.refuseInput(path); err != nil {
			return err
		}
		if err := batch.Add(path, file.Data); err != nil {
			return err
		}
		paths, secret = append(paths, path), secret || file.Secret
	}
	if err := batch.Commit(a.global.force); err != nil {
		if errors.Is(err, keyfile.ErrExists) {
			return withHint(err, "give another folder with --dir, or --force to replace it")
		}
		return err
	}
	if secret {
		a.warnModes()
		a.warnOpen(dir)
	}
	return a.removeStale(dir, stale, paths)
}

// staleIn are the files in a folder that an earlier set left there. A link that leads out
// of the folder is an error.
func staleIn(dir string, files []intune.File) ([]string, error) {
	root, err := os.OpenRoot(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	defer root.Close()
	return intune.Stale(root.FS(), files)
}

// removeStale removes files of an earlier set, and names them, unless they are among the
// new ones by another spelling, as file systems that don't tell letters apart have it.
func (a *app) removeStale(dir string, stale, paths []string) error {
	if len(stale) == 0 {
		return nil
	}
	fail := func(err error) error {
		return withHint(fmt.Errorf("removing what an earlier export left: %w", err), "delete it by hand, or other tools import it with the rest")
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fail(err)
	}
	defer root.Close()
	for _, name := range stale {
		old := filepath.FromSlash(name)
		info, err := root.Stat(old)
		if err == nil && slices.ContainsFunc(paths, func(path string) bool {
			now, err := os.Stat(path)
			return err == nil && os.SameFile(info, now)
		}) {
			continue
		}
		switch err := root.Remove(old); {
		case err == nil:
			a.say("removed %s, which an earlier export left", preflight.Printable(filepath.Join(dir, old)))
		case !errors.Is(err, os.ErrNotExist):
			return fail(err)
		}
	}
	return nil
}

// warnOpen says that a folder which was there before is open to others: the files in it
// are not.
func (a *app) warnOpen(dir string) {
	const others = 0o077
	if info, err := os.Stat(dir); err == nil && keyfile.ModesWork() && info.Mode().Perm()&others != 0 {
		a.say("note: others may look into %s (mode %o): they see whose keys are there, and cannot read the files", dir, info.Mode().Perm())
	}
}
