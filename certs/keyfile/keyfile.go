// Package keyfile writes files that hold keys: readable by their owner alone,
// whole or not at all, and never over another file unless that was asked for.
//
// Everything easkit writes goes through it: a profile with an embedded key is
// the key. Where the file system has no modes (Windows), the files inherit the
// access list of their folder, which [ModesWork] lets a caller say.
package keyfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// The modes of files with keys and of the folders made for them.
const (
	FileMode = 0o600
	DirMode  = 0o700
)

// ErrExists says that a file is there already and was left as it is.
var ErrExists = errors.New("the file exists already")

// ModesWork reports whether FileMode keeps other users out on this system.
func ModesWork() bool { return runtime.GOOS != "windows" }

// Batch is a set of files that are written together: all of them, or none.
// The zero value is ready to use. It is not safe for concurrent use.
type Batch struct {
	files   []staged
	folders []string // made by this batch, outermost first
}

type staged struct {
	path, temp string
	created    bool // by this batch, so that it may be taken back
}

// Write writes a single file: see [Batch].
func Write(path string, data []byte, force bool) error {
	var b Batch
	if err := b.Add(path, data); err != nil {
		return err
	}
	return b.Commit(force)
}

// Add puts data beside path in a temporary file and syncs it, so that Commit
// has only names left to change. Missing folders are made with DirMode. After
// an error, and if Commit is not called, the caller discards the batch.
func (b *Batch) Add(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := b.makeDir(dir); err != nil {
		b.Discard()
		return fmt.Errorf("making the folder for %q: %w", path, err)
	}
	temp, err := writeTemp(dir, data)
	if err != nil {
		b.Discard()
		return fmt.Errorf("writing %q: %w", path, err)
	}
	b.files = append(b.files, staged{path: path, temp: temp})
	return nil
}

// Commit gives every file its name. Without force, a file that exists already
// is kept, nothing of the batch is left, and the error is ErrExists.
func (b *Batch) Commit(force bool) error {
	defer b.Discard()
	if !force {
		for _, f := range b.files {
			if _, err := os.Lstat(f.path); err == nil {
				return fmt.Errorf("%q: %w", f.path, ErrExists)
			}
		}
	}
	for i := range b.files {
		if err := b.files[i].name(force); err != nil {
			b.takeBack()
			return err
		}
	}
	for i := range b.files {
		syncDir(filepath.Dir(b.files[i].path))
	}
	b.files, b.folders = nil, nil
	return nil
}

// Discard removes the temporary files of a batch that was not committed, and the
// folders that were made for them and hold nothing else.
func (b *Batch) Discard() {
	for _, f := range b.files {
		os.Remove(f.temp)
	}
	for _, dir := range slices.Backward(b.folders) {
		os.Remove(dir)
	}
	b.files, b.folders = nil, nil
}

// makeDir makes a folder and those above it, and remembers which are new.
func (b *Batch) makeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
		return err
	}
	if err := b.makeDir(filepath.Dir(dir)); err != nil {
		return err
	}
	err := os.Mkdir(dir, DirMode)
	if err == nil {
		b.folders = append(b.folders, dir)
	} else if errors.Is(err, fs.ErrExist) {
		return nil // another process was faster
	}
	return err
}

// takeBack removes what this batch had already named. Files that force
// replaced stay replaced: their old content is gone.
func (b *Batch) takeBack() {
	for _, f := range b.files {
		if f.created {
			os.Remove(f.path)
		}
	}
}

// name moves the file from its temporary name to its own. Without force it
// links, since a link, unlike a rename, never replaces what is there.
func (f *staged) name(force bool) error {
	info, err := os.Lstat(f.path)
	existed := err == nil
	if existed && !info.Mode().IsRegular() && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("%q: it is a folder or a device, and is not replaced", f.path)
	}
	if force {
		if err := os.Rename(f.temp, f.path); err != nil {
			return fmt.Errorf("writing %q: %w", f.path, err)
		}
		f.created = !existed
		return nil
	}
	if err := os.Link(f.temp, f.path); err == nil {
		f.created = true
		os.Remove(f.temp)
		return nil
	} else if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%q: %w", f.path, ErrExists)
	}
	// File systems without hard links: look once more, then rename.
	if existed {
		return fmt.Errorf("%q: %w", f.path, ErrExists)
	}
	if err := os.Rename(f.temp, f.path); err != nil {
		return fmt.Errorf("writing %q: %w", f.path, err)
	}
	f.created = true
	return nil
}

func writeTemp(dir string, data []byte) (name string, err error) {
	f, err := os.CreateTemp(dir, ".easkit-*") // CreateTemp's mode is 0600
	if err != nil {
		return "", err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return "", err
	}
	return f.Name(), f.Sync()
}

// syncDir makes the new name survive a crash where the system can do that;
// where it can't, there is nothing to be done about it.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}
