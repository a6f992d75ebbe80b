package vault

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/easkit/easkit/certs/keyfile"
)

// profileSize is what a signed profile with a chain has, in bytes.
const profileSize = 12 << 10

// BenchmarkPut compares the ways to write small files durably, by one writer and by
// many: "floor" is a bare loop of temporary file, fsync and rename.
//
//	go test ./profiles/vault -run '^$' -bench Put
func BenchmarkPut(b *testing.B) {
	data := make([]byte, profileSize)
	for _, way := range []struct {
		name string
		open func(b *testing.B, dir string) func(name string) error
	}{
		{"floor", func(_ *testing.B, dir string) func(string) error {
			return func(name string) error { return bare(filepath.Join(dir, name), data) }
		}},
		{"vault", func(b *testing.B, dir string) func(string) error {
			w := benchWriter(b, dir)
			return func(name string) error { return w.Put(b.Context(), name, data, true) }
		}},
		{"vault, new", func(b *testing.B, dir string) func(string) error {
			w := benchWriter(b, dir)
			return func(name string) error { return w.Put(b.Context(), name, data, false) }
		}},
		{"keyfile", func(_ *testing.B, dir string) func(string) error {
			return func(name string) error { return keyfile.Write(filepath.Join(dir, name), data, true) }
		}},
	} {
		for _, writers := range []int{1, 8, 32} {
			b.Run(fmt.Sprintf("%s/%d", way.name, writers), func(b *testing.B) {
				write := way.open(b, b.TempDir())
				b.SetParallelism(writers) // times GOMAXPROCS
				var count atomic.Int64
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := write(strconv.FormatInt(count.Add(1), 10)); err != nil {
							b.Fatal(err)
						}
					}
				})
			})
		}
	}
}

func benchWriter(b *testing.B, dir string) Writer {
	b.Helper()
	w, err := openDir(b, dir).Lock(b.Context(), "bench")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { w.Unlock() })
	return w
}

func bare(path string, data []byte) error {
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_EXCL, keyfile.FileMode)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}
