package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/easkit/easkit/certs/keyfile"
)

// openRegular opens a regular file, and whatever else has its name is an [ErrIrregular].
// What it is, the open file says: between a look at the name and the opening, another
// could take its place. A named pipe that nobody writes to is not waited for.
func (f *folder) openRegular(name string, flag int) (*os.File, error) {
	file, err := f.root.OpenFile(name, flag|nonBlocking, keyfile.FileMode)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) && (f.isOther(name, 0) || f.noFolder(name)) {
			err = irregular(err)
		}
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = ErrIrregular
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// irregular says of an error what it comes from.
func irregular(err error) error { return fmt.Errorf("%w: %w", reason(err), ErrIrregular) }

// openDir opens a folder, or what has taken its place, which then can't be listed.
func (f *folder) openDir(dir string) (*os.File, error) {
	return f.root.OpenFile(dir, os.O_RDONLY|nonBlocking, 0)
}

// isOther reports whether a name is that of something of another kind: a link counts as
// what it leads to, unless that is nothing, or outside.
func (f *folder) isOther(name string, kind fs.FileMode) bool {
	info, err := f.root.Stat(name)
	if err != nil {
		info, err = f.root.Lstat(name)
	}
	return err == nil && info.Mode().Type() != kind
}

// noFolder reports whether something else is where a folder belongs that a file lies in.
func (f *folder) noFolder(file string) bool {
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		if f.isOther(dir, fs.ModeDir) {
			return true
		}
	}
	return false
}
