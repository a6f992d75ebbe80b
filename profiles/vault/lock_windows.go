package vault

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// lockFile is a file that others can read but not write while it is open, and that
// the system removes when its handle is closed: at the end of the process, too.
// Source: https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew
type lockFile struct{ file *os.File }

// tryLock takes a lock, or says errHeld.
func (f *folder) tryLock(name, text string) (*lockFile, error) {
	path := filepath.Join(f.dir, name)
	file, err := openShared(path, windows.GENERIC_WRITE|windows.DELETE, windows.FILE_SHARE_READ, windows.CREATE_ALWAYS, windows.FILE_FLAG_DELETE_ON_CLOSE)
	if errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_DELETE_PENDING) {
		return nil, errHeld
	}
	if err != nil {
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	if _, err := file.WriteString(text); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &lockFile{file}, nil
}

func openShared(path string, access, share, create, flags uint32) (*os.File, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	handle, err := windows.CreateFile(name, access, share, nil, create, windows.FILE_ATTRIBUTE_NORMAL|flags, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(handle), path), nil
}

// release closes the file, which removes it.
func (l *lockFile) release() error { return l.file.Close() }

// holder is what the holder of a lock says of itself.
func (f *folder) holder(name string) string {
	const all = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
	file, err := openShared(filepath.Join(f.dir, name), windows.GENERIC_READ, all, windows.OPEN_EXISTING, 0)
	if err != nil {
		return ""
	}
	defer file.Close()
	text, _ := io.ReadAll(io.LimitReader(file, maxHolder)) // better than nothing
	return string(text)
}
