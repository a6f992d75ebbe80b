//go:build unix

package vault

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// lockFile is a file with a lock of flock(2), which the system releases when the
// process ends.
type lockFile struct {
	root *os.Root
	name string
	file *os.File
}

// tryLock takes a lock, or says errHeld. A file that its holder removed after it was
// opened here is another's no longer: only the one that has the name counts.
func (f *folder) tryLock(name, text string) (*lockFile, error) {
	for {
		file, err := f.openRegular(name, os.O_RDWR|os.O_CREATE)
		if err != nil {
			return nil, err
		}
		named, err := f.lockNamed(name, file)
		if named {
			err = file.Truncate(0)
			if err == nil {
				_, err = file.WriteString(text)
			}
			if err == nil {
				return &lockFile{f.root, name, file}, nil
			}
			err = errors.Join(err, f.root.Remove(name))
		}
		file.Close()
		if err != nil {
			return nil, err
		}
	}
}

// lockNamed locks a file, and reports whether it still has the name.
func (f *folder) lockNamed(name string, file *os.File) (bool, error) {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if errors.Is(err, unix.EWOULDBLOCK) {
			return false, errHeld
		}
		if err != nil {
			return false, err
		}
		break
	}
	mine, err := file.Stat()
	if err != nil {
		return false, err
	}
	named, err := f.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil && !named.Mode().IsRegular() { // a link is never the file that was opened
		err = ErrIrregular
	}
	return err == nil && os.SameFile(mine, named), err
}

// release removes the file while it is locked, so that nobody's else is removed.
func (l *lockFile) release() error {
	return errors.Join(l.root.Remove(l.name), l.file.Close())
}

// holder is what the holder of a lock says of itself.
func (f *folder) holder(name string) string {
	file, err := f.openRegular(name, os.O_RDONLY)
	if err != nil {
		return ""
	}
	defer file.Close()
	text, _ := io.ReadAll(io.LimitReader(file, maxHolder)) // better than nothing
	return string(text)
}
