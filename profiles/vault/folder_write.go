package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
	"sync/atomic"

	"github.com/easkit/easkit/certs/keyfile"
)

// folderWriter writes into a folder for one shard.
type folderWriter struct {
	*folder
	shard string
	lock  *lockFile
	done  atomic.Bool
	count atomic.Int64 // of temporary files, which numbers them

	unsynced sync.Mutex
	dirs     map[string]struct{} // whose names are not durable

	syncing sync.Mutex // held until what was put before is durable

	appending sync.Mutex
	files     map[string]*os.File // that are appended to
}

func (w *folderWriter) ready(ctx context.Context, name string) error {
	if w.done.Load() {
		return ErrLost
	}
	return errors.Join(ctx.Err(), CheckName(name))
}

func (w *folderWriter) Put(ctx context.Context, name string, data []byte, replace bool) error {
	if err := w.ready(ctx, name); err != nil {
		return err
	}
	if len(data) > MaxFile {
		return fmt.Errorf("%q: %w", name, errTooLarge)
	}
	temp, err := w.writeTemp(path.Dir(name), data)
	if err != nil {
		if w.noFolder(name) {
			err = irregular(err)
		}
		return w.in("writing", name, err)
	}
	if replace {
		err = w.root.Rename(temp, name)
	} else {
		err = w.nameNew(temp, name)
	}
	if err != nil {
		w.root.Remove(temp)
		if errors.Is(err, fs.ErrExist) && !replace {
			return w.existing(ctx, name, data)
		}
		if info, lookErr := w.root.Lstat(name); lookErr == nil && info.IsDir() {
			err = irregular(err)
		}
		return w.in("writing", name, err)
	}
	w.notDurable(path.Dir(name))
	return nil
}

// writeTemp writes and syncs a file beside the one that it becomes.
func (w *folderWriter) writeTemp(dir string, data []byte) (temp string, err error) {
	temp = path.Join(dir, fmt.Sprintf("%s%s%s%d", tempPrefix, w.shard, tempEnd, w.count.Add(1)))
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	f, err := w.root.OpenFile(temp, flags, keyfile.FileMode)
	if errors.Is(err, fs.ErrNotExist) {
		if err = w.makeDir(dir); err == nil {
			f, err = w.root.OpenFile(temp, flags, keyfile.FileMode)
		}
	}
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		w.root.Remove(temp)
		return "", err
	}
	return temp, nil
}

// makeDir makes a folder and those above it, whose names become durable with the next
// Sync.
func (w *folderWriter) makeDir(dir string) error {
	if err := w.root.MkdirAll(dir, keyfile.DirMode); err != nil {
		return err
	}
	for ; dir != "."; dir = path.Dir(dir) {
		w.notDurable(path.Dir(dir))
	}
	return nil
}

// nameNew names a file as a link, which, unlike a rename, never replaces another.
func (w *folderWriter) nameNew(temp, name string) error {
	err := w.root.Link(temp, name)
	if err == nil {
		return w.root.Remove(temp)
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	// File systems without hard links: look, then rename.
	if _, err := w.root.Lstat(name); err == nil {
		return fs.ErrExist
	}
	return w.root.Rename(temp, name)
}

// existing says whether a file that is there already will do.
func (w *folderWriter) existing(ctx context.Context, name string, data []byte) error {
	if sum, err := w.Hash(ctx, name); err != nil || sum != sha256.Sum256(data) {
		return w.in("writing", name, keyfile.ErrExists)
	}
	w.notDurable(path.Dir(name))
	return nil
}

func (w *folderWriter) notDurable(dir string) {
	w.unsynced.Lock()
	w.dirs[dir] = struct{}{}
	w.unsynced.Unlock()
}

// Sync syncs each folder once, however many files were put there: the files
// themselves are durable before they have their names.
func (w *folderWriter) Sync(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.syncing.Lock()
	defer w.syncing.Unlock()
	w.unsynced.Lock()
	dirs := w.dirs
	w.dirs = map[string]struct{}{}
	w.unsynced.Unlock()
	for dir := range dirs {
		if err := w.syncDir(dir); err != nil {
			for left := range dirs {
				w.notDurable(left)
			}
			return w.in("syncing", dir, err)
		}
		delete(dirs, dir)
	}
	return nil
}

func (w *folderWriter) Append(ctx context.Context, name string, lines []byte) error {
	if err := w.ready(ctx, name); err != nil {
		return err
	}
	if !bytes.HasSuffix(lines, []byte("\n")) {
		return fmt.Errorf("%q: %w", name, errHalfLine)
	}
	w.appending.Lock()
	defer w.appending.Unlock()
	f, err := w.appendable(name)
	if err != nil {
		return w.in("opening", name, err)
	}
	if err := w.Sync(ctx); err != nil {
		return err
	}
	if err := appendTo(f, lines); err != nil {
		// Opened anew, it is cut to whole lines.
		delete(w.files, name)
		f.Close()
		return w.in("writing", name, err)
	}
	return nil
}

// appendTo adds lines, all of them or none.
func appendTo(f *os.File, lines []byte) error {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err = f.Write(lines); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(end))
	}
	return nil
}

// appendable opens a file to append to, once, and makes it end in a whole line.
func (w *folderWriter) appendable(name string) (*os.File, error) {
	if f, ok := w.files[name]; ok {
		return f, nil
	}
	dir := path.Dir(name)
	if err := w.makeDir(dir); err != nil {
		return nil, err
	}
	f, err := w.openRegular(name, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	if err := cutHalfLine(f); err != nil {
		f.Close()
		return nil, err
	}
	w.notDurable(dir)
	w.files[name] = f
	return f, nil
}

// cutHalfLine removes what stands after a file's last line end.
func cutHalfLine(f *os.File) error {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	var part [64 << 10]byte
	for end > 0 {
		start := max(0, end-int64(len(part)))
		if _, err := f.ReadAt(part[:end-start], start); err != nil {
			return err
		}
		if i := bytes.LastIndexByte(part[:end-start], '\n'); i >= 0 {
			return f.Truncate(start + int64(i) + 1)
		}
		end = start
	}
	return f.Truncate(0)
}

func (w *folderWriter) Unlock() error {
	if w.done.Swap(true) {
		return nil
	}
	err := w.Sync(context.Background())
	for _, f := range w.files {
		err = errors.Join(err, f.Close())
	}
	return errors.Join(err, w.lock.release())
}
