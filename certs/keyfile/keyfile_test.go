package keyfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/easkit/easkit/certs/keyfile"
)

func TestWriteKeepsOthersOut(t *testing.T) {
	if !keyfile.ModesWork() {
		t.Skip("no file modes on this system")
	}
	path := filepath.Join(t.TempDir(), "new", "alice.p12")
	if err := keyfile.Write(path, []byte("key"), false); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]os.FileMode{path: keyfile.FileMode, filepath.Dir(path): keyfile.DirMode} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %s is %o, want %o", filepath.Base(p), got, want)
		}
	}
}

func TestExistingFileIsKept(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "b")
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	var batch keyfile.Batch
	for _, name := range []string{"a", "b", "c"} {
		if err := batch.Add(filepath.Join(dir, name), []byte("new")); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Commit(false); !errors.Is(err, keyfile.ErrExists) {
		t.Fatalf("Commit = %v, want ErrExists", err)
	}
	if got := names(t, dir); len(got) != 1 || got[0] != "b" {
		t.Errorf("folder holds %v after a failed batch, want only b", got)
	}
	if data, _ := os.ReadFile(old); string(data) != "old" {
		t.Errorf("b holds %q, want it untouched", data)
	}
}

func TestForceReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	for _, content := range []string{"one", "two"} {
		if err := keyfile.Write(path, []byte(content), true); err != nil {
			t.Fatal(err)
		}
	}
	if data, _ := os.ReadFile(path); string(data) != "two" {
		t.Errorf("file holds %q, want two", data)
	}
	if got := names(t, filepath.Dir(path)); len(got) != 1 {
		t.Errorf("folder holds %v, want one file", got)
	}
}

func TestFailureLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	var batch keyfile.Batch
	for _, name := range []string{"a", filepath.Join("new", "folder", "b")} {
		if err := batch.Add(filepath.Join(dir, name), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := batch.Add(filepath.Join(file, "below-a-file"), []byte("x")); err == nil {
		t.Fatal("Add below a file succeeded")
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("folder holds %v, want nothing", got)
	}
}

// A name that turns up between the look and the link is still not replaced.
func TestRaceForAName(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	var first, second keyfile.Batch
	if err := errors.Join(first.Add(path, []byte("first")), second.Add(path, []byte("second"))); err != nil {
		t.Fatal(err)
	}
	if err := first.Commit(false); err != nil {
		t.Fatal(err)
	}
	if err := second.Commit(false); !errors.Is(err, keyfile.ErrExists) {
		t.Errorf("second Commit = %v, want ErrExists", err)
	}
	if data, _ := os.ReadFile(path); string(data) != "first" {
		t.Errorf("file holds %q, want first", data)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}
