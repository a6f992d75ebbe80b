package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/easkit/easkit/certs/keyfile"
)

// testVault is what every kind of target promises. again opens the same one anew.
func testVault(t *testing.T, again func(t *testing.T) Vault) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, again func(t *testing.T) Vault)
	}{
		{"put", testPut}, {"list", testList}, {"append", testAppend}, {"names", testNames},
		{"lock", testLock}, {"unlocked", testUnlocked}, {"many", testMany}, {"cancelled", testCancelled},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, again) })
	}
}

func lock(t *testing.T, v Vault, shard string) Writer {
	t.Helper()
	w, err := v.Lock(t.Context(), shard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Unlock(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func put(t *testing.T, w Writer, name, data string) {
	t.Helper()
	if err := w.Put(t.Context(), name, []byte(data), true); err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, v Vault, prefix string) []string {
	t.Helper()
	var all []string
	for name, err := range v.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func has(t *testing.T, v Vault, name, want string) {
	t.Helper()
	got, err := Read(t.Context(), v, name)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %.100q, %v, want %.100q", name, got, err, want)
	}
}

func testPut(t *testing.T, again func(*testing.T) Vault) {
	v := again(t)
	w := lock(t, v, "put")
	const name = "put/alice@contoso.com.mobileconfig"
	put(t, w, name, "one")
	put(t, w, name, "two")
	has(t, v, name, "two")
	if err := w.Put(t.Context(), name, []byte("three"), false); !errors.Is(err, keyfile.ErrExists) {
		t.Errorf("a file that is there already: %v, want ErrExists", err)
	}
	if err := w.Put(t.Context(), name, []byte("two"), false); err != nil {
		t.Errorf("the same again: %v", err)
	}
	has(t, v, name, "two")
	if err := w.Put(t.Context(), "put/new/bob", []byte("bob"), false); err != nil {
		t.Error(err)
	}
	if err := w.Sync(t.Context()); err != nil {
		t.Error(err)
	}
	if sum, err := again(t).Hash(t.Context(), name); err != nil || sum != sha256.Sum256([]byte("two")) {
		t.Errorf("the hash is %x, %v", sum, err)
	}
	if err := v.Delete(t.Context(), name); err != nil {
		t.Error(err)
	}
	_, err := v.Hash(t.Context(), name)
	for doing, err := range map[string]error{"hashing": err, "deleting": v.Delete(t.Context(), name), "reading": func() error { _, err := Read(t.Context(), v, name); return err }()} {
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s what was deleted: %v", doing, err)
		}
	}
	if err := w.Put(t.Context(), "put/large", make([]byte, MaxFile+1), true); err == nil {
		t.Error("a file that is too large was put")
	}
}

func testList(t *testing.T, again func(*testing.T) Vault) {
	v := again(t)
	w := lock(t, v, "list")
	for _, name := range []string{"list/a", "list/b/c", "list/b/d", "list/bc"} {
		put(t, w, name, name)
	}
	for prefix, want := range map[string][]string{
		"list/":   {"list/a", "list/b/c", "list/b/d", "list/bc"},
		"list/b":  {"list/b/c", "list/b/d", "list/bc"},
		"list/b/": {"list/b/c", "list/b/d"},
		"list/x":  nil,
	} {
		if got := list(t, v, prefix); !slices.Equal(got, want) {
			t.Errorf("%q lists %q, want %q", prefix, got, want)
		}
	}
	for name := range v.List(t.Context(), "") {
		if strings.Contains(name, hidden) {
			t.Errorf("%q is listed", name)
		}
		break // before the end
	}
}

func testAppend(t *testing.T, again func(*testing.T) Vault) {
	const name = "append/manifest.jsonl"
	var want strings.Builder
	for run := range 2 {
		v := again(t)
		w, err := v.Lock(t.Context(), "append")
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			line := fmt.Sprintf("{\"run\":%d,\"row\":%d}\n", run, i)
			want.WriteString(line)
			if err := w.Append(t.Context(), name, []byte(line)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Append(t.Context(), name, []byte("half")); !errors.Is(err, errHalfLine) {
			t.Errorf("half a line: %v", err)
		}
		if err := w.Unlock(); err != nil {
			t.Error(err)
		}
		has(t, v, name, want.String())
	}
}

var badNames = []string{
	"", "/etc/passwd", "../x", "a/../../x", "a/..", ".", "a//b", "a/", `a\b`, `..\x`, "C:x", "a\x00b", "a\nb", "nul", "NUL.txt", "a/Com1.mobileconfig",
	"lpt¹", "aux .p12", "a.", "a ", " a", "a/b./c", ".hidden", "a/.easkit-temp-x", "a?b", "\xff", strings.Repeat("x", maxElement+1), strings.Repeat("x/", maxName/2) + "x",
}

// testNames: no name leads out of the target, or to another file on another system.
func testNames(t *testing.T, again func(*testing.T) Vault) {
	v := again(t)
	w := lock(t, v, "names")
	for _, name := range badNames {
		_, openErr := v.Open(t.Context(), name)
		_, hashErr := v.Hash(t.Context(), name)
		for doing, err := range map[string]error{
			"put": w.Put(t.Context(), name, nil, true), "append": w.Append(t.Context(), name, []byte("\n")),
			"delete": v.Delete(t.Context(), name), "open": openErr, "hash": hashErr,
		} {
			if err == nil || errors.Is(err, fs.ErrNotExist) || strings.ContainsAny(err.Error(), "\n\x00") {
				t.Errorf("%s %q: %v", doing, name, err)
			}
		}
	}
	for _, name := range []string{"names/o'brien+tag@contoso.com.mobileconfig", "names/jürgen#1_!~$%&^{}=,;.json.age", "names/console", "names/com10.x"} {
		put(t, w, name, name)
		has(t, v, name, name)
	}
	for _, shard := range []string{"", "A", "a/b", "a~b", "..\\x", strings.Repeat("a", maxShard+1)} {
		if _, err := v.Lock(t.Context(), shard); err == nil {
			t.Errorf("the shard %q was taken", shard)
		}
	}
}

func testLock(t *testing.T, again func(*testing.T) Vault) {
	v := again(t)
	first := lock(t, v, "1-of-2")
	lock(t, again(t), "2-of-2")
	_, err := again(t).Lock(t.Context(), "1-of-2")
	held := new(LockedError)
	if !errors.As(err, &held) || held.Shard != "1-of-2" || !strings.Contains(err.Error(), "since 2026-11-21T12:00:00Z") {
		t.Errorf("the second is told %v", err)
	}
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	lock(t, again(t), "1-of-2")
}

func testUnlocked(t *testing.T, again func(*testing.T) Vault) {
	v := again(t)
	w := lock(t, v, "unlocked")
	if err := w.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := w.Put(t.Context(), "a", nil, true); !errors.Is(err, ErrLost) {
		t.Errorf("put without a lock: %v", err)
	}
	if err := w.Append(t.Context(), "a", []byte("\n")); !errors.Is(err, ErrLost) {
		t.Errorf("append without a lock: %v", err)
	}
}

// testMany: many write at once, and what they wrote is whole.
func testMany(t *testing.T, again func(*testing.T) Vault) {
	v := again(t)
	w := lock(t, v, "many")
	const writers, each = 8, 20
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for j := range each {
				name := fmt.Sprintf("many/%d/%d", i, j)
				if err := errors.Join(w.Put(t.Context(), name, []byte(name), false), w.Append(t.Context(), "many/manifest", []byte(name+"\n"))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	lines, err := Read(t.Context(), v, "many/manifest")
	if err != nil || bytes.Count(lines, []byte("\n")) != writers*each {
		t.Fatalf("%d bytes of manifest, %v", len(lines), err)
	}
	for line := range strings.Lines(string(lines)) {
		name := strings.TrimSuffix(line, "\n")
		has(t, v, name, name)
	}
}

func testCancelled(t *testing.T, again func(*testing.T) Vault) {
	v := again(t)
	w := lock(t, v, "cancelled")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, readErr := Read(ctx, v, "cancelled/a")
	for doing, err := range map[string]error{"put": w.Put(ctx, "cancelled/a", nil, true), "append": w.Append(ctx, "cancelled/a", []byte("\n")), "read": readErr} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", doing, err)
		}
	}
	if got := list(t, v, "cancelled"); got != nil {
		t.Errorf("after the interruption there is %q", got)
	}
}

func TestRead(t *testing.T) {
	v := openDir(t, filepath.Join(t.TempDir(), "out"))
	w := lock(t, v, "x")
	lines := bytes.Repeat([]byte(strings.Repeat("x", 1<<20-1)+"\n"), MaxFile>>20)
	for range 2 {
		if err := w.Append(t.Context(), "long", lines); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Read(t.Context(), v, "long"); !errors.Is(err, errTooLarge) {
		t.Errorf("a file of %d bytes: %v", 2*len(lines), err)
	}
	r, err := v.Open(t.Context(), "long")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := io.Copy(io.Discard, r); n != int64(2*len(lines)) || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func FuzzCheckName(f *testing.F) {
	for _, name := range append(badNames, "ios/alice@contoso.com.mobileconfig") {
		f.Add(name)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, name string) {
		if err := CheckName(name); err != nil {
			if strings.ContainsAny(err.Error(), "\n\x00\x1b") {
				t.Errorf("the error is not one printable line: %q", err)
			}
			return
		}
		if !fs.ValidPath(name) || !filepath.IsLocal(filepath.FromSlash(name)) {
			t.Errorf("%q leads out of the target", name)
		}
		if path := filepath.Join(dir, name); !strings.HasPrefix(path, dir+string(filepath.Separator)) || path != dir+"/"+name {
			t.Errorf("%q is %q", name, path)
		}
	})
}
