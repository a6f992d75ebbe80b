package vault

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/keyfile"
)

// lockTime is when the locks of these tests are taken.
var lockTime = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func openDir(t testing.TB, dir string) Vault {
	t.Helper()
	v, err := Open(t.Context(), dir, Options{Now: func() time.Time { return lockTime }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// tree is every file and folder in a folder.
func tree(t testing.TB, dir string) (files []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, _ fs.DirEntry, err error) error {
		files = append(files, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files[1:]
}

// noHidden proves that a target holds results alone.
func noHidden(t testing.TB, dir string) {
	t.Helper()
	for _, name := range tree(t, dir) {
		if strings.HasPrefix(path.Base(name), ".") {
			t.Errorf("%s was left behind", name)
		}
	}
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	testVault(t, func(t *testing.T) Vault { return openDir(t, dir) })
	noHidden(t, dir)
}

func TestFolderKeepsOthersOut(t *testing.T) {
	if !keyfile.ModesWork() {
		t.Skip("no file modes on this system")
	}
	dir := filepath.Join(t.TempDir(), "new", "out")
	w := lock(t, openDir(t, dir), "x")
	put(t, w, "ios/a", "key")
	if err := w.Append(t.Context(), "logs/m", []byte("a\n")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{".": keyfile.DirMode, "..": keyfile.DirMode, "ios": keyfile.DirMode, "ios/a": keyfile.FileMode, "logs/m": keyfile.FileMode, lockPrefix + "x": keyfile.FileMode} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
}

// A link in the target leads nowhere else.
func TestFolderStaysInside(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(outside, "key"), []byte("secret"), 0o600), os.Symlink(outside, filepath.Join(dir, "link")),
		os.Symlink(filepath.Join(outside, "key"), filepath.Join(dir, "file"))); err != nil {
		t.Skipf("no links on this system: %v", err)
	}
	v := openDir(t, dir)
	w := lock(t, v, "x")
	for _, name := range []string{"link/key", "file"} {
		if _, err := Read(t.Context(), v, name); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	if err := w.Put(t.Context(), "link/new", nil, true); err == nil {
		t.Error("a file was put outside")
	}
	put(t, w, "file", "mine") // replaces the link
	if got, _ := os.ReadFile(filepath.Join(outside, "key")); string(got) != "secret" || len(tree(t, outside)) != 1 {
		t.Errorf("outside there is %q, with %q", tree(t, outside), got)
	}
	if got := list(t, v, ""); len(got) != 1 {
		t.Errorf("listed are %q, want what is no link", got)
	}
}

// What a killed run left goes when the next takes a lock, even if it has other shards;
// what a living one has stays.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	lock(t, openDir(t, dir), "alive")
	const alive, stranger = "ios/.easkit-temp-alive~1", ".easkit-temp-Stranger"
	files := []string{".easkit-temp-x~1", "ios/.easkit-temp-x~7", "ios/.easkit-temp-1-of-5~1", ".easkit-lock-1-of-5", ".easkit-lock-2-of-5", alive, "ios/alice", stranger}
	if err := os.Mkdir(filepath.Join(dir, "ios"), keyfile.DirMode); err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if err := os.WriteFile(filepath.Join(dir, name), nil, keyfile.FileMode); err != nil {
			t.Fatal(err)
		}
	}
	lock(t, openDir(t, dir), "x")
	want := fmt.Sprint([]string{lockPrefix + "alive", lockPrefix + "x", stranger, "ios", alive, "ios/alice"})
	if got := fmt.Sprint(tree(t, dir)); got != want {
		t.Errorf("left are %s, want %s", got, want)
	}
}

// Of many who lock and unlock at once, one at a time has the lock, although each
// removes its file.
func TestLockRace(t *testing.T) {
	dir := t.TempDir()
	var holders, locked atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		v := openDir(t, dir)
		all.Go(func() {
			for range 50 {
				w, err := v.Lock(t.Context(), "x")
				if errors.As(err, new(*LockedError)) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d hold the lock", n)
				}
				locked.Add(1)
				holders.Add(-1)
				if err := w.Unlock(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	t.Logf("locked %d times", locked.Load())
	noHidden(t, dir)
}

// Half a line, which a killed run left, is not continued.
func TestAppendAfterHalfALine(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("x", 200_000)
	for start, want := range map[string]string{
		"": "new\n", "half": "new\n", "one\n": "one\nnew\n", "one\nhalf": "one\nnew\n", "one\n" + long: "one\nnew\n", long + "\n" + long: long + "\nnew\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, "m"), []byte(start), keyfile.FileMode); err != nil {
			t.Fatal(err)
		}
		v := openDir(t, dir)
		w, err := v.Lock(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Append(t.Context(), "m", []byte("new\n")), w.Unlock()); err != nil {
			t.Fatal(err)
		}
		has(t, v, "m", want)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	switch {
	case !keyfile.ModesWork():
		t.Skip("no file modes on this system")
	case os.Geteuid() == 0:
		t.Skip("root writes into read-only folders")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := openDir(t, dir).Lock(t.Context(), "x"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("locking a read-only folder: %v", err)
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "new"), Options{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("making a folder in it: %v", err)
	}
}

// The environment that makes of this test binary a process that writes.
const (
	writerDir  = "EASKIT_TEST_WRITER"
	writerFull = "EASKIT_TEST_WRITER_FULL" // on a disk that is full
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerDir); dir != "" {
		if err := writeUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// content is what a file of a name must hold: large enough to be seen half-written.
func content(name string) []byte { return []byte(strings.Repeat(name+"\n", 2000)) }

// start starts a process that writes, and waits until it has the lock.
func start(t *testing.T, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("the writer says %q, %v", line, err)
	}
	return cmd
}

// A process is killed again and again: no file is ever half-written, every line of the
// manifest tells of a file, the lock is free, and the next run leaves nothing behind.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	temps := 0
	for round := range 20 {
		cmd := start(t, writerDir+"="+dir)
		time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
		if round == 0 {
			if _, err := openDir(t, dir).Lock(t.Context(), "killed"); !errors.As(err, new(*LockedError)) {
				t.Errorf("while it writes: %v", err)
			}
		}
		cmd.Process.Kill()
		cmd.Wait()
		for _, name := range tree(t, dir) {
			data, err := os.ReadFile(filepath.Join(dir, name))
			switch {
			case strings.HasPrefix(path.Base(name), tempPrefix):
				temps++
			case strings.Contains(name, "/") && (err != nil || string(data) != string(content(name))):
				t.Errorf("%s is half-written, %v", name, err)
			}
		}
	}
	v := openDir(t, dir)
	w := lock(t, v, "other")
	if err := w.Unlock(); err != nil {
		t.Fatal(err)
	}
	noHidden(t, dir)
	lines, err := Read(t.Context(), v, "manifest")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		if name, whole := strings.CutSuffix(line, "\n"); whole {
			if _, err := v.Hash(t.Context(), name); err != nil {
				t.Errorf("the manifest has %q: %v", name, err)
			}
		}
	}
	t.Logf("%d files, %d temporary ones found", len(tree(t, dir)), temps)
	if len(lines) == 0 {
		t.Error("nothing was written")
	}
}

// On a disk that is full, the error says so, nothing half-written is left, and a
// second run is as if nothing had happened.
func TestFullDisk(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no limit for the size of files on this system")
	}
	dir := t.TempDir()
	cmd := exec.Command("sh", "-c", `ulimit -f 8 && trap '' XFSZ && exec "$0"`, os.Args[0]) // 8 blocks of 512 bytes
	cmd.Env = append(os.Environ(), writerDir+"="+dir, writerFull+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if text := string(out); !strings.Contains(text, "put: ") || !strings.Contains(text, "append: ") {
		t.Errorf("the writer says %s", text)
	}
	noHidden(t, dir)
	v := openDir(t, dir)
	has(t, v, "ios/small", "small")
	has(t, v, "manifest", "one\n")
	if got := list(t, v, ""); len(got) != 2 {
		t.Errorf("left are %q", got)
	}
}
