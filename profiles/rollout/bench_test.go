package rollout

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/profiles/provision"
	"github.com/easkit/easkit/profiles/vault"
)

// benchUsers names the variable with the number of users.
const (
	benchUsers   = "EASKIT_ROLLOUT_USERS"
	usualUsers   = 2000
	opensslUsers = 100 // of a loop that takes as long for each of them
)

func usersToBench(b *testing.B) int {
	n, err := strconv.Atoi(os.Getenv(benchUsers))
	if os.Getenv(benchUsers) == "" {
		return usualUsers
	}
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkRollout makes signed iOS profiles of a folder of PKCS#12 files, beside what
// can't be left out: floor opens the same files, signs as many bytes and writes them as
// durably, in a bare loop over all processors with the same libraries. The loop of a
// shell opens the files with openssl pkcs12 and signs with openssl smime, one by one.
//
//	EASKIT_ROLLOUT_USERS=20000 go test ./profiles/rollout -run '^$' -bench Rollout -benchtime 1x -timeout 1h
func BenchmarkRollout(b *testing.B) {
	users := usersToBench(b)
	for _, kind := range []benchKind{
		{"RC2/3DES files, RSA-2048 signer", rc2Files, "rsa", 15},
		{"AES files, P-256 signer", aesFiles, "p256", 18},
	} {
		b.Run(strings.ReplaceAll(kind.name, " ", "-"), func(b *testing.B) {
			bench := &rolloutBench{benchKind: kind, crowd: newCrowd(b, users, kind.encode)}
			for b.Loop() {
				bench.measure(b)
			}
		})
	}
}

// benchKind is one kind of files and signers. The phones take the files as they are.
type benchKind struct {
	name   string
	encode encoder
	signer string
	oldest int // iOS
}

type rolloutBench struct {
	benchKind
	*crowd
	by      *signer.Signer
	profile []byte // what one of the crowd's is before it is signed
}

// rate is how fast rows were done, at best.
type rate struct {
	way       string
	each, cpu time.Duration // a row, on all processors and of their time together
	cores     int
	of        *rate // what it is compared with
	asked     float64
}

// The ways are taken by turns, since a machine that others use, too, is not always as
// fast; the best counts.
const benchRounds = 3

func (r *rolloutBench) measure(b *testing.B) {
	var err error
	if r.by, err = r.crowd.by(r.signer); err != nil {
		b.Fatal(err)
	}
	r.profile = r.sample(b)
	cores := runtime.GOMAXPROCS(0)
	floor, bare := &rate{way: "floor", cores: cores}, &rate{way: "floor, nothing written", cores: cores}
	ours, discarded := &rate{way: "easkit", cores: cores, of: floor, asked: 0.9}, &rate{way: "easkit, output discarded", cores: cores, of: bare, asked: 0.95}
	for range benchRounds {
		r.timed(floor, func() { r.floor(b, b.TempDir()) })
		r.timed(ours, func() { r.easkit(b, openFolder(b, b.TempDir())) })
		r.timed(bare, func() { r.floor(b, "") })
		r.timed(discarded, func() { r.easkit(b, nowhere{}) })
	}
	rates := []*rate{floor, ours, bare, discarded}
	if shell := r.openssl(b); shell != nil {
		compared := *ours
		compared.way, compared.of, compared.asked = "easkit to openssl", shell, map[string]float64{"rsa": 6, "p256": 15}[r.signer]
		rates = append(rates, shell, &compared)
	}
	b.ReportMetric(float64(time.Second)/float64(ours.each), "rows/s")
	fmt.Print("\n", r.table(rates)) // a log of a benchmark is cut off
}

func (r *rolloutBench) table(rates []*rate) string {
	var text strings.Builder
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(&text, "%s, %d users, %d processors\n", r.name, r.users, runtime.GOMAXPROCS(0))
	fmt.Fprintln(t, "way\tms a row\tprocessors' ms\trows/s\trows/s per core\tratio\tof processors' time\tasked\t")
	for _, x := range rates {
		rows := float64(time.Second) / float64(x.each)
		fmt.Fprintf(t, "%s\t%.3f\t%.3f\t%.0f\t%.0f\t", x.way, 1000*x.each.Seconds(), 1000*x.cpu.Seconds(), rows, rows/float64(x.cores))
		if x.of != nil {
			fmt.Fprintf(t, "%.2f\t%.2f\t%.4g\t", float64(x.of.each)/float64(x.each), float64(x.of.cpu)/float64(x.cpu), x.asked)
		} else {
			fmt.Fprint(t, "\t\t\t")
		}
		fmt.Fprintln(t)
	}
	t.Flush()
	return text.String()
}

// timed times a way once more.
func (r *rolloutBench) timed(x *rate, run func()) {
	runtime.GC()
	began, used := time.Now(), processorTime()
	run()
	each, cpu := time.Since(began)/time.Duration(r.users), (processorTime()-used)/time.Duration(r.users)
	if x.each == 0 || each < x.each {
		x.each = each
	}
	if x.cpu == 0 || cpu < x.cpu {
		x.cpu = cpu
	}
}

// processorTime is what this process has used of all processors, where the system tells.
func processorTime() time.Duration {
	text, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	var ticks time.Duration
	for _, i := range []int{11, 12} { // utime and stime, counted from the state
		n, _ := strconv.Atoi(fields[i])
		ticks += time.Duration(n)
	}
	return ticks * (time.Second / 100) // USER_HZ
}

// floor is the loop that nothing can be left out of. Without a folder nothing is written.
func (r *rolloutBench) floor(b *testing.B, dir string) {
	var group sync.WaitGroup
	var next atomic.Int64
	for range workersEach * runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < r.users; i = int(next.Add(1)) - 1 {
				if err := r.floorOne(i, dir); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}

func (r *rolloutBench) floorOne(i int, dir string) error {
	data, err := os.ReadFile(r.identity(i))
	if err != nil {
		return err
	}
	if _, err := certs.ParsePKCS12(data, runPassword); err != nil {
		return err
	}
	signed, err := r.by.Sign(r.profile, runTime, false)
	if err != nil || dir == "" {
		return err
	}
	path := filepath.Join(dir, strconv.Itoa(i)+provision.ExtIOS)
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(signed); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// sample makes the profile of the first user, without a signature.
func (r *rolloutBench) sample(b *testing.B) []byte {
	data, err := os.ReadFile(r.identity(0))
	if err != nil {
		b.Fatal(err)
	}
	bundle, err := certs.Read(data, certs.Unlock{Password: runPassword})
	if err != nil {
		b.Fatal(err)
	}
	o, err := r.crowd.options(nowhere{}, r.oldest, r.oldest)
	if err != nil {
		b.Fatal(err)
	}
	req := o.Request
	req.Name, req.Bundle = "sample", bundle
	result, err := provision.IOS(b.Context(), req)
	if err != nil || result.Failed() {
		b.Fatal(err, result)
	}
	for _, note := range result.Notes {
		if strings.Contains(note, "written anew") {
			b.Fatal(note)
		}
	}
	return result.Files[0].Data
}

// easkit is a run, manifest, summary and signatures included.
func (r *rolloutBench) easkit(b *testing.B, v vault.Vault) {
	o, err := r.crowd.options(v, r.oldest, r.oldest)
	if err != nil {
		b.Fatal(err)
	}
	o.Platforms, o.Request.Signer = []Platform{IOS}, r.by
	sum, err := Do(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	if sum.Counts[IOS][Done] != r.users {
		b.Fatalf("%+v", sum.Counts)
	}
}

// openssl makes profiles as a shell would, by the tools alone; nil without them.
func (r *rolloutBench) openssl(b *testing.B) *rate {
	if _, err := exec.LookPath("openssl"); err != nil {
		b.Log("openssl is not on PATH: no loop of it")
		return nil
	}
	users := min(r.users, opensslUsers)
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "profile"), r.profile, 0o600); err != nil {
		b.Fatal(err)
	}
	const script = `set -e
openssl pkcs12 -legacy -in "$1/$2.p12" -passin pass:"$PASSWORD" -nodes -out "$3/signer.pem" 2>"$3/log"
i=0
for file in "$1"/identities/*.p12; do
	[ $i -lt "$4" ] || break
	i=$((i+1))
	openssl pkcs12 $LEGACY -in "$file" -passin pass:"$PASSWORD" -nodes -out "$3/user.pem" 2>>"$3/log"
	openssl smime -sign -nodetach -binary -outform der -signer "$3/signer.pem" -certfile "$3/signer.pem" -in "$3/profile" -out "$3/$i.mobileconfig" 2>>"$3/log"
done`
	cmd := exec.Command("sh", "-c", script, "sh", r.dir, r.signer, dir, strconv.Itoa(users))
	cmd.Env = append(os.Environ(), "PASSWORD="+runPassword)
	if r.signer == "rsa" {
		cmd.Env = append(cmd.Env, "LEGACY=-legacy")
	}
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		b.Fatalf("%v: %s%s", err, out, log)
	}
	used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return &rate{way: "openssl pkcs12, openssl smime", cores: 1, each: time.Since(began) / time.Duration(users), cpu: used / time.Duration(users)}
}

func openFolder(t testing.TB, dir string) vault.Vault {
	t.Helper()
	v, err := vault.Open(t.Context(), dir, vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// nowhere is a target that keeps nothing.
type nowhere struct{}

func (nowhere) Open(context.Context, string) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("")), nil
}
func (nowhere) Hash(context.Context, string) (sum [sha256.Size]byte, err error) {
	return sum, fs.ErrNotExist
}
func (nowhere) List(context.Context, string) iter.Seq2[string, error] {
	return func(func(string, error) bool) {}
}
func (nowhere) Delete(context.Context, string) error               { return fs.ErrNotExist }
func (nowhere) Lock(context.Context, string) (vault.Writer, error) { return nowhere{}, nil }
func (nowhere) Close() error                                       { return nil }

func (nowhere) Put(context.Context, string, []byte, bool) error { return nil }
func (nowhere) Sync(context.Context) error                      { return nil }
func (nowhere) Append(context.Context, string, []byte) error    { return nil }
func (nowhere) Unlock() error                                   { return nil }

// BenchmarkRolloutMemory runs a rollout in a process of its own, prints how much memory it
// takes while it goes on, and once more with everything done. The files are quick to
// open: what is measured is what each row adds.
//
//	EASKIT_ROLLOUT_USERS=200000 go test ./profiles/rollout -run '^$' -bench Memory -benchtime 1x -timeout 1h
func BenchmarkRolloutMemory(b *testing.B) {
	c := newCrowd(b, usersToBench(b), quickFiles)
	for b.Loop() {
		target := b.TempDir()
		for _, run := range []string{"first run", "second run"} {
			cmd := alone(c, target)
			cmd.Env = append(cmd.Env, runnerMemory+"=1")
			out, err := cmd.Output()
			if err != nil {
				b.Fatal(err)
			}
			fmt.Printf("\n%s of %d users\n%s", run, c.users, out) // a log of a benchmark is cut off
		}
	}
}

// curvePoints is how many times a curve is looked at.
const curvePoints = 10

// memoryCurve prints the resident memory at tenths of a run.
func memoryCurve() func(Progress) {
	var next atomic.Int64
	return func(p Progress) {
		step := max(1, p.Rows/curvePoints)
		if at := int64(p.Ended / step); p.Ended%step == 0 && next.Swap(at) != at {
			now, most := resident()
			fmt.Printf("%8d users  %4d MB  %4d MB at most\n", p.Ended, now>>20, most>>20)
		}
	}
}

// resident is the memory of this process and the most that it was, in bytes; 0 where the
// system doesn't tell.
func resident() (now, most int) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		var kilobytes int
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kilobytes); n == 1 {
			now = kilobytes << 10
		}
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); n == 1 {
			most = kilobytes << 10
		}
	}
	return now, most
}
