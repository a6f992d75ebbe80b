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
	for _, folder := range []string{"certs", "crls"} {
		made := readFolder(t, filepath.Join(dir, folder))
		for name, data := range readFolder(t, filepath.Join("../testdata", folder)) {
			want, ok := made[name]
			if !ok {
				t.Errorf("%s/%s is not made any more: run go generate", folder, name)
			} else if !bytes.Equal(data, want) {
				t.Errorf("%s/%s differs from what the generator makes: run go generate", folder, name)
			}
			delete(made, name)
		}
		for name := range made {
			t.Errorf("%s/%s is missing: run go generate", folder, name)
		}
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
