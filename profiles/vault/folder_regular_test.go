package vault

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/keyfile"
)

// patience is how long a call may take that must not wait for anything.
const patience = 20 * time.Second

// soon is what a call says, which must not take long.
func soon(t *testing.T, call func(context.Context) error) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- call(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		t.Fatal("it waits")
		return nil
	}
}

// oddities make, where a path leads, what is no regular file.
var oddities = map[string]func(path string) error{
	"a folder":         func(path string) error { return os.Mkdir(path, keyfile.DirMode) },
	"a link outside":   func(path string) error { return os.Symlink(filepath.Dir(filepath.Dir(path)), path) },
	"a link to itself": func(path string) error { return os.Symlink(filepath.Base(path), path) },
	"a named pipe":     func(path string) error { return exec.Command("mkfifo", path).Run() },
}

// odd makes what is no regular file.
func odd(t *testing.T, kind, path string) {
	t.Helper()
	if _, err := exec.LookPath("mkfifo"); err != nil && kind == "a named pipe" {
		t.Skip("mkfifo is not on PATH")
	}
	if err := oddities[kind](path); err != nil {
		t.Skipf("this system has no place for %s: %v", kind, err)
	}
}

// What lies in a file's place, and is none, is told, and never waited for. All but a
// folder is replaced.
func TestIrregular(t *testing.T) {
	for kind := range oddities {
		t.Run(kind, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			v := openDir(t, dir)
			w := lock(t, v, "x")
			odd(t, kind, filepath.Join(dir, "file"))
			for what, call := range map[string]func(context.Context) error{
				"read":        func(ctx context.Context) error { _, err := Read(ctx, v, "file"); return err },
				"hashed":      func(ctx context.Context) error { _, err := v.Hash(ctx, "file"); return err },
				"appended to": func(ctx context.Context) error { return w.Append(ctx, "file", []byte("line\n")) },
			} {
				if err := soon(t, call); !errors.Is(err, ErrIrregular) || errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s: %v", what, err)
				}
			}
			err := soon(t, func(ctx context.Context) error { return w.Put(ctx, "file", []byte("new"), true) })
			switch {
			case kind == "a folder" && !errors.Is(err, ErrIrregular):
				t.Errorf("put: %v", err)
			case kind != "a folder" && err != nil:
				t.Error(err)
			case kind != "a folder":
				has(t, v, "file", "new")
			}
			noTemps(t, dir)
		})
	}
}

// noTemps proves that nothing was left half-done.
func noTemps(t *testing.T, dir string) {
	t.Helper()
	if left, _ := filepath.Glob(filepath.Join(dir, tempPrefix+"*")); len(left) > 0 {
		t.Errorf("left are %q", left)
	}
}

// What lies in the place of a file's folder counts as what lies in the file's.
func TestIrregularFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("what lies in a folder that is none counts as missing on this system")
	}
	for _, kind := range []string{"a file", "a link outside", "a link to itself", "a named pipe"} {
		t.Run(kind, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			v := openDir(t, dir)
			w := lock(t, v, "x")
			if kind == "a file" {
				put(t, w, "folder", "file")
			} else {
				odd(t, kind, filepath.Join(dir, "folder"))
			}
			const name = "folder/out/file"
			for what, call := range map[string]func(context.Context) error{
				"hashed": func(ctx context.Context) error { _, err := v.Hash(ctx, name); return err },
				"put":    func(ctx context.Context) error { return w.Put(ctx, name, nil, true) },
			} {
				if err := soon(t, call); !errors.Is(err, ErrIrregular) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

// A lock that is no file, or a link to another, is an error, and neither waited for nor
// written to.
func TestIrregularLock(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("locks are made anew on this system")
	}
	kinds := map[string]func(path string) error{
		"a link inside": func(path string) error { return os.Symlink("file", path) },
	}
	for kind := range oddities {
		kinds[kind] = nil
	}
	for kind, make := range kinds {
		t.Run(kind, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			v := openDir(t, dir)
			path := filepath.Join(dir, lockPrefix+"x")
			if err := os.WriteFile(filepath.Join(dir, "file"), []byte("whole"), keyfile.FileMode); err != nil {
				t.Fatal(err)
			}
			if make == nil {
				odd(t, kind, path)
			} else if err := make(path); err != nil {
				t.Skipf("no links on this system: %v", err)
			}
			if err := soon(t, func(ctx context.Context) error { _, err := v.Lock(ctx, "x"); return err }); !errors.Is(err, ErrIrregular) {
				t.Error(err)
			}
			has(t, v, "file", "whole")
			if _, err := os.Lstat(path); err != nil {
				t.Errorf("it is gone: %v", err)
			}
		})
	}
}

// An error that has another reason is not told as something in the way.
func TestRegularButRefused(t *testing.T) {
	switch {
	case !keyfile.ModesWork():
		t.Skip("no file modes on this system")
	case os.Geteuid() == 0:
		t.Skip("root opens every file")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := openDir(t, dir).Hash(t.Context(), "file"); !errors.Is(err, fs.ErrPermission) || errors.Is(err, ErrIrregular) {
		t.Error(err)
	}
}
