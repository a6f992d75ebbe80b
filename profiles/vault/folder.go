package vault

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"runtime"
	"strings"

	"github.com/easkit/easkit/certs/keyfile"
)

// folder is a folder as a target. Nothing outside of it is reached, by links neither.
type folder struct {
	dir     string
	root    *os.Root
	options Options
}

func openFolder(dir string, o Options) (Vault, error) {
	if err := os.MkdirAll(dir, keyfile.DirMode); err != nil {
		return nil, fmt.Errorf("making the folder for the results: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the folder for the results: %w", err)
	}
	return &folder{dir: dir, root: root, options: o}, nil
}

func (f *folder) Close() error { return f.root.Close() }

// in adds the folder to an error, once: those of a root have the name alone.
func (f *folder) in(doing, name string, err error) error {
	return fmt.Errorf("%s %q in %q: %w", doing, name, f.dir, reason(err))
}

// reason is an error without the name.
func reason(err error) error {
	var where *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &where):
		return where.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

func (f *folder) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	file, err := f.open(ctx, name)
	if err != nil {
		return nil, err // not a nil *os.File in an interface
	}
	return file, nil
}

func (f *folder) open(ctx context.Context, name string) (*os.File, error) {
	if err := errors.Join(ctx.Err(), CheckName(name)); err != nil {
		return nil, err
	}
	file, err := f.openRegular(name, os.O_RDONLY)
	if err != nil {
		return nil, f.in("opening", name, err)
	}
	return file, nil
}

func (f *folder) Hash(ctx context.Context, name string) (sum [sha256.Size]byte, err error) {
	file, err := f.open(ctx, name)
	if err != nil {
		return sum, err
	}
	defer file.Close()
	if sum, err = hash(file); err != nil {
		return sum, f.in("reading", name, err)
	}
	return sum, nil
}

func (f *folder) Delete(ctx context.Context, name string) error {
	if err := errors.Join(ctx.Err(), CheckName(name)); err != nil {
		return err
	}
	info, err := f.root.Lstat(name)
	if err == nil && info.IsDir() {
		err = errors.New("it is a folder")
	}
	if err == nil {
		err = f.root.Remove(name)
	}
	if err == nil {
		err = f.syncDir(path.Dir(name))
	}
	if err != nil {
		return f.in("deleting", name, err)
	}
	return nil
}

// syncDir makes the names in a folder durable. Windows keeps a journal of names and
// syncs no folder.
func (f *folder) syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := f.openDir(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func (f *folder) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		err := f.walk(ctx, ".", func(name string, dir bool) error {
			switch {
			case strings.HasPrefix(path.Base(name), "."):
				return fs.SkipDir
			case dir && !strings.HasPrefix(name+"/", prefix) && !strings.HasPrefix(prefix, name+"/"):
				return fs.SkipDir
			case !dir && strings.HasPrefix(name, prefix) && !yield(name, nil):
				return fs.SkipAll
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.SkipAll) {
			yield("", fmt.Errorf("listing %q: %w", f.dir, err))
		}
	}
}

// atOnce is how many names of a folder are read in one go: a folder may have millions.
const atOnce = 1024

// walk visits the folders and regular files below dir, with little memory. visit
// returns [fs.SkipDir] for a folder to pass over.
func (f *folder) walk(ctx context.Context, dir string, visit func(name string, dir bool) error) error {
	d, err := f.openDir(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		entries, err := d.ReadDir(atOnce)
		for _, e := range entries {
			if !e.IsDir() && !e.Type().IsRegular() {
				continue
			}
			name := path.Join(dir, e.Name())
			err := visit(name, e.IsDir())
			if err == nil && e.IsDir() {
				err = f.walk(ctx, name, visit)
			}
			if err != nil && !errors.Is(err, fs.SkipDir) {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return ctx.Err()
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
	}
}
