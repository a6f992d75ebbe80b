package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/easkit/easkit/profiles/vault"
)

// openCount counts which files are opened.
type openCount struct {
	vault.Vault
	of map[string]int
}

func (o *openCount) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	o.of[name]++
	return o.Vault.Open(ctx, name)
}

// Whose profile it is, a folder is asked once, until there is another in its place.
func TestPlainFolderOpensOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	if status, out := runQuietly(t, "quickstart", "--quiet", "--dir", "alice"); status != exitOK {
		t.Fatalf("quickstart: %d\n%s", status, out)
	}
	count := &openCount{of: map[string]int{}}
	folder, err := vault.Open(t.Context(), "alice", vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	count.Vault = folder
	p := &plainFiles{keptFiles: keptFiles{vault: count}}
	t.Cleanup(func() { p.Close() })
	const profile = "alice-android/bundle.json"
	look := func(want string, times int) {
		t.Helper()
		for range 2 {
			users, err := p.Users(t.Context(), "", 10)
			if err != nil || len(users) != 1 || users[0].User != want {
				t.Fatalf("%+v, %v, want %s", users, err, want)
			}
		}
		if count.of[profile] != times {
			t.Errorf("the profile was opened %d times, want %d", count.of[profile], times)
		}
	}
	data, err := os.ReadFile(filepath.Join("alice", filepath.FromSlash(profile)))
	if err != nil {
		t.Fatal(err)
	}
	look("alice@contoso.com", 1)
	if err := os.WriteFile(filepath.Join("alice", filepath.FromSlash(profile)), []byte(strings.ReplaceAll(string(data), "alice@contoso.com", "erin@contoso.com")), 0o600); err != nil {
		t.Fatal(err)
	}
	look("erin@contoso.com", 2)
}
