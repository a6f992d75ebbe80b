package certs

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The committed fixtures are what the generator makes of the committed keys.
func TestFixturesAreGenerated(t *testing.T) {
	dir := t.TempDir()
	output(t, "go", "run", "../testdata/generate", "-o", dir)
	made := readFolder(t, dir)
	for name, data := range readFolder(t, fixtureDir) {
		want, ok := made[name]
		if !ok {
			t.Errorf("%s is not made any more: run go generate", name)
		} else if !bytes.Equal(data, want) {
			t.Errorf("%s differs from what the generator makes: run go generate", name)
		}
		delete(made, name)
	}
	for name := range made {
		t.Errorf("%s is missing: run go generate", name)
	}
}

func readFolder(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
