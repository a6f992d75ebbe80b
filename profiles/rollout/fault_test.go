package rollout

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles/vault"
	"github.com/easkit/easkit/profiles/vault/vaulttest"
)

// The environment that makes of this test binary a process that runs a rollout.
const (
	runnerCrowd  = "EASKIT_TEST_ROLLOUT"
	runnerTarget = "EASKIT_TEST_ROLLOUT_TARGET"
	runnerMemory = "EASKIT_TEST_ROLLOUT_MEMORY" // prints how much memory it takes
)

// slowTests names the variable that asks for the tests that take minutes.
const slowTests = "EASKIT_SLOW"

func TestMain(m *testing.M) {
	if dir := os.Getenv(runnerCrowd); dir != "" {
		if err := runAlone(dir, os.Getenv(runnerTarget)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// runAlone is the process that tests kill: a rollout that prints a line for each user.
func runAlone(dir, target string) error {
	ctx := context.Background()
	v, err := vault.Open(ctx, target, vault.Options{})
	if err != nil {
		return err
	}
	defer v.Close()
	o, err := signedOptions(&crowd{dir: dir}, v)
	if err != nil {
		return err
	}
	o.Progress = func(Progress) { os.Stdout.WriteString("user\n") }
	if os.Getenv(runnerMemory) != "" {
		o.Platforms, o.Progress = []Platform{IOS}, memoryCurve()
	}
	_, err = Do(ctx, o)
	return err
}

func signedOptions(c *crowd, v vault.Vault) (Options, error) {
	o, err := c.options(v, 15, 11)
	if err != nil {
		return o, err
	}
	o.Request.Signer, err = c.by("p256")
	return o, err
}

// alone is a command that runs a rollout in a process of its own.
func alone(c *crowd, target string, before ...string) *exec.Cmd {
	line := append(before, os.Args[0])
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = append(os.Environ(), runnerCrowd+"="+c.dir, runnerTarget+"="+target)
	cmd.Stderr = os.Stderr
	return cmd
}

// finish runs a rollout to its end, and proves that every user is accounted for, once,
// as done or kept, in a manifest whose seal holds.
func finish(t *testing.T, c *crowd, v vault.Vault, s Shard) *Summary {
	t.Helper()
	o, err := signedOptions(c, v)
	if err != nil {
		t.Fatal(err)
	}
	o.Shard = s
	sum, err := Do(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range o.Platforms {
		counts := sum.Counts[p]
		if counts[Done]+counts[Kept] != sum.Rows || counts.Rows() != sum.Rows {
			t.Errorf("%s: %v of %d rows", p, counts, sum.Rows)
		}
	}
	account, err := OpenAccount(t.Context(), v, s)
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for e, err := range account.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		times[e.User+" "+string(e.Platform)]++
	}
	if len(times) != len(o.Platforms)*sum.Rows {
		t.Errorf("%d users have entries, of %d rows on %d platforms", len(times), sum.Rows, len(o.Platforms))
	}
	for user, n := range times {
		if n != 1 {
			t.Errorf("%s has %d entries in one run", user, n)
		}
	}
	sealed, err := VerifySeal(t.Context(), v, s)
	if err != nil || sealed.Signature == nil {
		t.Errorf("the seal: %v", err)
	}
	return sum
}

// results is what lies in a target, but for what accounts for it: the SHA-256 of each file,
// without signatures, which are never twice the same. That they hold is proven here.
func results(t *testing.T, v vault.Vault) map[string][sha256.Size]byte {
	t.Helper()
	all := map[string][sha256.Size]byte{}
	for name, err := range v.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, manifestBase) {
			continue
		}
		content, err := unsigned(t.Context(), v, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		all[name] = sha256.Sum256(content)
	}
	return all
}

func unsigned(ctx context.Context, v vault.Vault, name string) ([]byte, error) {
	data, err := vault.Read(ctx, v, name)
	if err != nil {
		return nil, err
	}
	switch path.Ext(name) {
	case ".mobileconfig":
		f, err := ios.Open(data)
		if err != nil {
			return nil, err
		}
		return f.Content, f.SignatureErr
	case ".p7s":
		signed, err := cms.Parse(data)
		if err != nil {
			return nil, err
		}
		over, err := vault.Read(ctx, v, strings.TrimSuffix(name, ".p7s"))
		if err != nil {
			return nil, err
		}
		return nil, signed.CheckSignature(over)
	}
	return data, nil
}

// undisturbed is what a run makes that nothing happens to.
func undisturbed(t *testing.T, c *crowd) map[string][sha256.Size]byte {
	t.Helper()
	v := openFolder(t, filepath.Join(t.TempDir(), "undisturbed"))
	finish(t, c, v, Shard{})
	files := results(t, v)
	if len(files) != c.users*(1+8) { // a profile; a folder of seven files and a signature
		t.Fatalf("%d files of %d users", len(files), c.users)
	}
	return files
}

// same proves that a target has what it has to have, and, where it is a folder, nothing
// that is hidden.
func same(t *testing.T, v vault.Vault, dir string, want map[string][sha256.Size]byte) {
	t.Helper()
	if got := results(t, v); !maps.Equal(got, want) {
		for name, sum := range want {
			if have, ok := got[name]; have != sum {
				t.Errorf("%s is there: %v, and not what an undisturbed run makes", name, ok)
			}
		}
		t.Errorf("%d files, and an undisturbed run makes %d", len(got), len(want))
	}
	if dir == "" {
		return
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if strings.HasPrefix(d.Name(), ".") {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A run is killed at random moments until it is done. Nothing is lost, nothing is half
// there, and what is there is what a run makes that is never disturbed.
func TestDoKilled(t *testing.T) {
	users, kills := 110, 3
	if os.Getenv(slowTests) != "" {
		users, kills = 2000, 50
	}
	c := newCrowd(t, users, namedFiles)
	want := undisturbed(t, c)
	dir := filepath.Join(t.TempDir(), "out")
	v := openFolder(t, dir)
	random := rand.New(rand.NewPCG(7, 2026))
	for range kills {
		killed(t, c, dir, known(t, v)+random.IntN(max(users*3/kills, 2*gathered)), time.Duration(random.IntN(5000))*time.Microsecond)
		looked := 0
		for name, sum := range want { // what has a name is whole: of some, in no order
			if looked++; looked > 1000 {
				break
			}
			data, err := unsigned(t.Context(), v, name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil && path.Ext(name) != ".p7s" || sha256.Sum256(data) != sum { // what it is over may be of another attempt
				t.Fatalf("%s is half-written, %v", name, err)
			}
		}
	}
	t.Logf("%d of %d users are accounted for after %d kills", known(t, v), users, kills)
	finish(t, c, v, Shard{})
	same(t, v, dir, want)
	if sum := finish(t, c, v, Shard{}); sum.Counts[IOS][Kept] != users || sum.Counts[Android][Kept] != users {
		t.Errorf("once more: %v", sum.Counts)
	}
	same(t, v, dir, want)
}

// known is how many users' profiles a target's manifest knows of.
func known(t *testing.T, v vault.Vault) int {
	t.Helper()
	x, err := LoadIndex(t.Context(), v, Shard{})
	if err != nil {
		t.Fatal(err)
	}
	return len(x.records) / 2
}

// killed starts a run, and kills it a moment after it told of some users.
func killed(t *testing.T, c *crowd, dir string, users int, later time.Duration) {
	t.Helper()
	cmd := alone(c, dir)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range users {
		if !lines.Scan() {
			break
		}
	}
	time.Sleep(later)
	cmd.Process.Kill()
	cmd.Wait()
}

// A run that is over early counts the rows that it did not come to, and says of the
// table's every row what came of it.
func TestDoCountsWhatIsLeft(t *testing.T) {
	c := newCrowd(t, 60, namedFiles)
	o, err := signedOptions(c, openFolder(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	o.Workers, o.Progress = 1, func(p Progress) {
		if p.Ended == 2 {
			cancel()
		}
	}
	sum, err := Do(ctx, o)
	if !errors.Is(err, context.Canceled) || sum.Rows != c.users || sum.Counts[IOS][Done]+sum.Counts[IOS][Left] != c.users {
		t.Errorf("%+v, %v", sum, err)
	}
}

// slowTarget is a target that keeps nothing, and takes the second file only once
// something was noted of the first.
type slowTarget struct {
	nowhere
	puts, appends atomic.Int64
	noted         chan struct{}
}

func (s *slowTarget) Lock(context.Context, string) (vault.Writer, error) { return s, nil }

func (s *slowTarget) Put(context.Context, string, []byte, bool) error {
	if s.puts.Add(1) == 2 {
		<-s.noted
	}
	return nil
}

func (s *slowTarget) Append(context.Context, string, []byte) error {
	if s.appends.Add(1) == 2 { // the first has the run
		close(s.noted)
	}
	return nil
}

// Where users take long, what was done is noted all the same.
func TestDoNotesInTime(t *testing.T) {
	c := newCrowd(t, 3, namedFiles)
	synctest.Test(t, func(t *testing.T) {
		o, err := signedOptions(c, &slowTarget{noted: make(chan struct{})})
		if err != nil {
			t.Fatal(err)
		}
		o.Workers, o.Platforms = 1, []Platform{IOS}
		began := time.Now()
		if sum, err := Do(t.Context(), o); err != nil || sum.Counts[IOS][Done] != c.users {
			t.Errorf("%+v, %v", sum, err)
		}
		if took := time.Since(began); took != flushEvery {
			t.Errorf("the first was noted after %s", took)
		}
	})
}

// Whatever went wrong with a run, the next ends complete, and equal to one that nothing
// happened to.
func TestDoFaults(t *testing.T) {
	users := 40
	if os.Getenv(slowTests) != "" {
		users = 2*gathered + 10 // several blocks of a manifest
	}
	c := newCrowd(t, users, namedFiles)
	want := undisturbed(t, c)
	for name, fault := range map[string]func(t *testing.T, c *crowd, dir string){
		"a damaged file":                    faultDamaged,
		"somebody else's certificate":       faultStranger,
		"two runs at once":                  faultTwoRuns,
		"no room for a profile":             func(t *testing.T, c *crowd, dir string) { faultFileSize(t, c, dir, 8) },
		"no room for the manifest":          func(t *testing.T, c *crowd, dir string) { faultFileSize(t, c, dir, 100) },
		"a full disk":                       faultFullDisk,
		"a folder that can't be written to": faultReadOnly,
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			fault(t, c, dir)
			v := openFolder(t, dir)
			finish(t, c, v, Shard{})
			same(t, v, dir, want)
		})
	}
}

// withFile does a run while a user's file is another. Only that user fails.
func withFile(t *testing.T, c *crowd, dir string, user int, data []byte, says string) {
	t.Helper()
	before, err := os.ReadFile(c.identity(user))
	if err != nil {
		t.Fatal(err)
	}
	defer os.WriteFile(c.identity(user), before, 0o600)
	if err := os.WriteFile(c.identity(user), data, 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := signedOptions(c, openFolder(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := Do(t.Context(), o)
	if err != nil || sum.Counts[IOS][Failed] != 1 || sum.Counts[Android][Failed] != 1 || sum.Counts[IOS][Done] != c.users-1 {
		t.Fatalf("%+v, %v", sum, err)
	}
	account, err := OpenAccount(t.Context(), o.Vault, o.Shard)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range account.Entries() {
		switch {
		case err != nil:
			t.Fatal(err)
		case e.Status != Failed:
		case e.User != crowdAddress(user) || e.Findings[0].Check != RowIdentity || !strings.Contains(e.Findings[0].Message, says):
			t.Errorf("%s: %+v", e.User, e.Findings)
		}
	}
	if _, err := o.Vault.Hash(t.Context(), crowdAddress(user)+".mobileconfig"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a profile was made of it: %v", err)
	}
}

func faultDamaged(t *testing.T, c *crowd, dir string) {
	data, err := os.ReadFile(c.identity(c.users / 2))
	if err != nil {
		t.Fatal(err)
	}
	withFile(t, c, dir, c.users/2, data[:len(data)/2], "cut short")
}

func faultStranger(t *testing.T, c *crowd, dir string) {
	data, err := os.ReadFile(c.identity(1))
	if err != nil {
		t.Fatal(err)
	}
	withFile(t, c, dir, 0, data, crowdAddress(1))
}

// faultTwoRuns starts a second run while the first is at it, in a process of its own and
// in the same.
func faultTwoRuns(t *testing.T, c *crowd, dir string) {
	o, err := signedOptions(c, openFolder(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	var second atomic.Bool
	o.Progress = func(Progress) {
		if second.Swap(true) {
			return
		}
		again := o
		again.Progress = nil
		if _, err := Do(t.Context(), again); !errors.As(err, new(*vault.LockedError)) {
			t.Errorf("the second is told: %v", err)
		}
		cmd := alone(c, dir)
		cmd.Stderr = nil
		out, err := cmd.Output()
		exit := new(exec.ExitError)
		if !errors.As(err, &exit) || !strings.Contains(string(exit.Stderr), fmt.Sprint(os.Getpid())) || len(out) > 0 {
			t.Errorf("the second process says %q, %v", out, err)
		}
	}
	if sum, err := Do(t.Context(), o); err != nil || sum.Counts[IOS][Done] != c.users {
		t.Errorf("the first: %+v, %v", sum, err)
	}
}

// faultFileSize does a run in which no file gets larger than some blocks of 512 bytes.
func faultFileSize(t *testing.T, c *crowd, dir string, blocks int) {
	if runtime.GOOS == "windows" {
		t.Skip("no limit for the size of files on this system")
	}
	cmd := alone(c, dir, "sh", "-c", fmt.Sprintf(`ulimit -f %d && trap '' XFSZ && exec "$0"`, blocks))
	fails(t, cmd, "too large")
	same(t, openFolder(t, dir), dir, results(t, openFolder(t, dir))) // nothing hidden or half-written
}

// fails runs a rollout that can't end well, and has to say why.
func fails(t *testing.T, cmd *exec.Cmd, says string) {
	t.Helper()
	var text bytes.Buffer
	cmd.Stderr = &text
	if err := cmd.Run(); err == nil || !strings.Contains(text.String(), says) {
		t.Errorf("the run says %q, %v", text.String(), err)
	}
}

// mount makes a disk in memory. It takes the rights of root.
func mount(t *testing.T, dir, options string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no disk can be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("unmounting: %v: %s", err, out)
		}
	})
}

// faultFullDisk does a run on a disk that is too small, which then grows.
func faultFullDisk(t *testing.T, c *crowd, dir string) {
	mount(t, dir, "size=1m")
	fails(t, alone(c, dir), "no space left")
	same(t, openFolder(t, dir), dir, results(t, openFolder(t, dir)))
	if out, err := exec.Command("mount", "-o", "remount,size=200m", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// faultReadOnly does a run into a folder that can't be written to. Root writes into any,
// but not on a disk that is mounted so.
func faultReadOnly(t *testing.T, c *crowd, dir string) {
	if os.Geteuid() == 0 {
		mount(t, dir, "size=200m,ro")
		fails(t, alone(c, dir), "read-only")
		if out, err := exec.Command("mount", "-o", "remount,rw", dir).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	if !keyfile.ModesWork() {
		t.Skip("no file modes on this system")
	}
	if err := os.Mkdir(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	fails(t, alone(c, dir), "permission denied")
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}

// However many machines share the work, and wherever the results are kept, they are the
// same, and a further run keeps them all.
func TestDoShardsAnywhere(t *testing.T) {
	c := newCrowd(t, 24, namedFiles)
	want := undisturbed(t, c)
	t.Run("folder", func(t *testing.T) {
		for _, count := range []int{1, 2, 5} {
			dir := filepath.Join(t.TempDir(), "out")
			shards(t, c, openFolder(t, dir), count)
			same(t, openFolder(t, dir), dir, want)
		}
	})
	t.Run("container", func(t *testing.T) {
		server := vaulttest.Azurite(t)
		for _, count := range []int{1, 2, 5} {
			v := newContainer(t, server, server, fmt.Sprintf("shards-%d", count))
			shards(t, c, v, count)
			same(t, v, "", want)
		}
	})
}

func shards(t *testing.T, c *crowd, v vault.Vault, count int) {
	t.Helper()
	rows := 0
	for i := range count {
		s := Shard{Index: i, Count: count}
		rows += finish(t, c, v, s).Rows
	}
	if rows != c.users {
		t.Errorf("%d shards did %d rows", count, rows)
	}
	// The number of shards may change from one run to the next.
	if sum := finish(t, c, v, Shard{Index: 0, Count: 3}); sum.Counts[IOS][Kept] != sum.Rows || sum.Counts[Android][Kept] != sum.Rows {
		t.Errorf("a third, once more: %v", sum.Counts)
	}
}

// One write in twenty fails, before it is done or after.
func TestDoFailingContainer(t *testing.T) {
	server := vaulttest.Azurite(t)
	c := newCrowd(t, 24, namedFiles)
	want := undisturbed(t, c)
	behind, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(behind)
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	var writes atomic.Int64
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int64(1)
		if r.Method == http.MethodPut {
			n = writes.Add(1)
		}
		switch {
		case n%40 == 0: // the answer is lost
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case n%20 == 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(failing.Close)
	v := newContainer(t, server, failing.URL, "failing")
	if sum := finish(t, c, v, Shard{}); sum.Counts[IOS][Done] != c.users {
		t.Errorf("%v", sum.Counts)
	}
	same(t, v, "", want)
	if sum := finish(t, c, v, Shard{}); sum.Counts[IOS][Kept] != c.users || sum.Counts[Android][Kept] != c.users {
		t.Errorf("once more: %v", sum.Counts)
	}
	if n := writes.Load(); n < int64(len(want)) {
		t.Errorf("%d writes went through what fails", n)
	}
}

// The account of every emulator, which is public.
// Source: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
const (
	emulatorAccount = "devstoreaccount1"
	emulatorKey     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// newContainer makes a container at a server, and opens it by another address. What is
// left in it besides results is told at the end.
func newContainer(t *testing.T, server, by, name string) vault.Vault {
	t.Helper()
	credential, err := azblob.NewSharedKeyCredential(emulatorAccount, emulatorKey)
	if err != nil {
		t.Fatal(err)
	}
	client, err := container.NewClientWithSharedKeyCredential(server+"/"+emulatorAccount+"/"+name, credential, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Create(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(t.Context(), by+"/"+emulatorAccount+"/"+name, vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		v.Close()
		pages := client.NewListBlobsFlatPager(nil)
		for pages.More() {
			page, err := pages.NextPage(context.Background())
			if err != nil {
				t.Error(err)
				return
			}
			for _, item := range page.Segment.BlobItems {
				if strings.HasPrefix(path.Base(*item.Name), ".") {
					t.Errorf("%s is left", *item.Name)
				}
			}
		}
	})
	return v
}
