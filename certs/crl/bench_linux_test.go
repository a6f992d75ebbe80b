package crl

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// entriesMB make about a megabyte.
const entriesMB = entries20MB / 20

// BenchmarkMemory runs the whole program over lists of 20 and 150 MB, and reports
// its peak memory.
//
//	go test ./certs/crl -run '^$' -bench Memory -benchtime 1x
func BenchmarkMemory(b *testing.B) {
	dir := b.TempDir()
	easkit := filepath.Join(dir, "easkit")
	if out, err := exec.Command("go", "build", "-o", easkit, "github.com/easkit/easkit/cmd/easkit").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	ca := newAuthority(b, "Contoso Benchmark CA")
	must := func(err error) {
		if err != nil {
			b.Helper()
			b.Fatal(err)
		}
	}
	root := filepath.Join(dir, "ca.der")
	must(os.WriteFile(root, ca.cert.Raw, 0o600))
	for _, mb := range []int{20, 150} {
		path := filepath.Join(dir, fmt.Sprint(mb, ".crl"))
		f, err := os.Create(path)
		must(err)
		ca.writeLarge(b, f, mb*entriesMB) // as it comes: a child's peak counts from its parent's size
		must(f.Close())
		b.Run(fmt.Sprint(mb, "MB"), func(b *testing.B) {
			for b.Loop() {
				cmd := exec.Command(easkit, "check", "crl", path, "--ca", root, "--offline", "--at", testClock.AddDate(0, 0, 1).Format("2006-01-02"), "--cloud", "dod", "--fail-on", "never")
				out, err := cmd.CombinedOutput()
				if err != nil || !strings.Contains(string(out), "pass crl.signature") {
					b.Fatalf("%v: %s", err, out)
				}
				peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss // in KB: getrusage(2)
				b.ReportMetric(float64(peak)/1000, "peak-MB")
			}
		})
	}
}
