package rollout

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/vault"
)

// patience is how long a run of a few users may take, that must not wait for anything.
const patience = 30 * time.Second

// promptly ends a test whose call waits for something.
func promptly(t *testing.T, call func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ended := make(chan struct{})
	go func() { defer close(ended); call(ctx) }()
	select {
	case <-ended:
	case <-ctx.Done():
		t.Fatal("it waits")
	}
}

// oddities make, where a path leads, what no run made there.
var oddities = []struct {
	kind, name string
	make       func(path string) error
	row        string // what the run says of the row
}{
	{"a link outside", ".mobileconfig", func(path string) error { return os.Symlink(filepath.Dir(filepath.Dir(path)), path) }, ""},
	{"a named pipe", ".mobileconfig", func(path string) error { return exec.Command("mkfifo", path).Run() }, ""},
	{"a folder", ".mobileconfig", func(path string) error { return os.Mkdir(path, 0o700) }, "no regular file"},
	{"a file for a folder", "-android", func(path string) error { return os.WriteFile(path, nil, 0o600) }, "no regular file"},
	{"a link for a folder", "-android", func(path string) error { return os.Symlink(filepath.Dir(filepath.Dir(path)), path) }, "no regular file"},
}

// One odd thing in the place of what was made for a user concerns that user alone: it is
// replaced, or the row fails, and what was handed out to the others is deleted.
func TestDoInTheWay(t *testing.T) {
	for _, odd := range oddities {
		t.Run(odd.kind, func(t *testing.T) {
			if _, err := exec.LookPath("mkfifo"); err != nil && odd.kind == "a named pipe" {
				t.Skip("mkfifo is not on PATH")
			}
			c := newCompany(t)
			users := []string{"alice@contoso.com", "bob@contoso.com", "carol@contoso.com"}
			for _, user := range users {
				c.file(user+".p12", user)
				c.row(user)
			}
			o := c.options()
			c.do(o)
			if err := HandOut(t.Context(), o.Vault, after(1)(), c.artefacts(o, users[1:]...)...); err != nil {
				t.Fatal(err)
			}
			for _, user := range users[:2] {
				path := filepath.Join(c.target, user+odd.name)
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				if err := odd.make(path); err != nil {
					t.Skipf("this system has no place for %s: %v", odd.kind, err)
				}
			}
			p := IOS
			if odd.name == androidFolder {
				p = Android
			}
			var sum *Summary
			var n int
			var err, deleteErr error
			promptly(t, func(ctx context.Context) {
				sum, err = Do(ctx, o)
				n, deleteErr = DeleteHanded(ctx, o.Vault, Deletion{Until: after(1)(), Now: after(1)()})
			})
			if err != nil || deleteErr != nil {
				t.Fatal(err, deleteErr)
			}
			want := Done
			if odd.row != "" {
				want = Failed
			}
			if sum.Counts[p][want] != 2 || sum.Counts[p][Kept] != 1 || sum.Counts[p].Rows() != sum.Rows {
				t.Errorf("%+v", sum.Counts)
			}
			for user, e := range c.entries(o, p) {
				if e.Status == Failed && (e.Findings[0].Check != RowOutput || e.Findings[0].Value != "in-the-way" || !strings.Contains(e.Findings[0].Message, odd.row)) {
					t.Errorf("%s: %+v", user, e.Findings)
				}
			}
			if _, err := o.Vault.Hash(t.Context(), "carol@contoso.com.mobileconfig"); n == 0 || err == nil {
				t.Errorf("%d deleted; what carol was handed out: %v", n, err)
			}
		})
	}
}

// What accounts for a run, and is no file, ends the next one, which says so and does not
// wait.
func TestDoOnIrregularManifests(t *testing.T) {
	if _, err := exec.LookPath("mkfifo"); err != nil {
		t.Skip("mkfifo is not on PATH")
	}
	for name, ends := range map[string]bool{ManifestName(Shard{}): true, HandedName: true, SummaryName(Shard{}): false, SignatureName(Shard{}): false} {
		t.Run(name, func(t *testing.T) {
			c := newCompany(t)
			c.row("alice@contoso.com")
			o := c.options()
			path := filepath.Join(c.target, name)
			if err := exec.Command("mkfifo", path).Run(); err != nil {
				t.Skipf("no named pipes here: %v", err)
			}
			promptly(t, func(ctx context.Context) {
				if _, err := VerifySeal(ctx, o.Vault, Shard{}); err == nil {
					t.Error("a seal was found")
				}
				_, err := Do(ctx, o)
				if ends != errors.Is(err, vault.ErrIrregular) || !ends && err != nil {
					t.Error(err)
				}
			})
		})
	}
}
