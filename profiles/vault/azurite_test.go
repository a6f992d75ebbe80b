package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	azlease "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"

	"github.com/easkit/easkit/profiles/vault/vaulttest"
)

// newContainer makes a container, which the public may read or not.
func newContainer(t *testing.T, server, name string, public container.PublicAccessType) string {
	t.Helper()
	target := server + "/" + emulatorAccount + "/" + name
	a, err := parseBlob(target)
	if err != nil {
		t.Fatal(err)
	}
	client, err := a.newClient(Options{})
	if err != nil {
		t.Fatal(err)
	}
	options := &container.CreateOptions{}
	if public != "" {
		options.Access = &public
	}
	if _, err := client.Create(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	return target
}

func openContainer(t *testing.T, target string) *blob {
	t.Helper()
	v, err := Open(t.Context(), target, Options{Now: func() time.Time { return lockTime }, firstWait: time.Millisecond, renewEvery: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return v.(*blob)
}

// noHiddenBlobs proves that a container holds results alone.
func noHiddenBlobs(t *testing.T, b *blob) {
	t.Helper()
	for name, err := range b.names(t.Context(), "") {
		if err != nil || strings.Contains(name, hidden) {
			t.Errorf("%s was left behind, %v", name, err)
		}
	}
}

func TestContainer(t *testing.T) {
	server := vaulttest.Azurite(t)
	t.Run("promises", func(t *testing.T) {
		target := newContainer(t, server, "promises", "")
		testVault(t, func(t *testing.T) Vault { return openContainer(t, target) })
		noHiddenBlobs(t, openContainer(t, target))
	})
	for name, run := range map[string]func(*testing.T, string){
		"public": testPublic, "pages": testPages, "foreign": testForeign, "lost": testLost, "sweep": testSweepLocks, "failing": testFailing, "blocks": testBlocks,
	} {
		t.Run(name, func(t *testing.T) { run(t, server) })
	}
}

func testPublic(t *testing.T, server string) {
	for name, access := range map[string]container.PublicAccessType{"public-blob": container.PublicAccessTypeBlob, "public-container": container.PublicAccessTypeContainer} {
		_, err := Open(t.Context(), newContainer(t, server, name, access), Options{})
		if !errors.Is(err, ErrPublic) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want ErrPublic", name, err)
		}
	}
	if _, err := Open(t.Context(), server+"/"+emulatorAccount+"/none", Options{}); !errors.Is(err, ErrTarget) || !strings.Contains(err.Error(), "there is no such container (HTTP 404") {
		t.Errorf("a container that is not there: %v", err)
	}
	if _, err := Open(t.Context(), server+"/"+emulatorAccount+"/none", Options{Key: "c2VjcmV0"}); !errors.Is(err, ErrService) || strings.ContainsAny(err.Error(), "\n") {
		t.Errorf("another key: %v", err)
	}
}

// testPages: a listing goes on after its first page, of 5,000 names.
func testPages(t *testing.T, server string) {
	const files = 5_100
	b := openContainer(t, newContainer(t, server, "pages", ""))
	w := lock(t, b, "x")
	var writers sync.WaitGroup
	var next atomic.Int64
	for range 16 {
		writers.Go(func() {
			for i := next.Add(1); i <= files; i = next.Add(1) {
				if err := w.Put(t.Context(), fmt.Sprintf("ios/%d", i), nil, true); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	if got := len(list(t, b, "ios/")); got != files {
		t.Errorf("%d names, want %d", got, files)
	}
}

// testForeign: what somebody else put there has the hash of its content.
func testForeign(t *testing.T, server string) {
	b := openContainer(t, newContainer(t, server, "foreign", ""))
	put(t, lock(t, b, "x"), "a", "mine")
	mine, err := b.Hash(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.client.NewBlockBlobClient("a").Upload(t.Context(), body([]byte("theirs")), nil); err != nil {
		t.Fatal(err)
	}
	if theirs, err := b.Hash(t.Context(), "a"); err != nil || theirs == mine {
		t.Errorf("the hash is still %x, %v", theirs, err)
	}
}

// testLost: who loses the lease writes no more, and the next takes it.
func testLost(t *testing.T, server string) {
	b := openContainer(t, newContainer(t, server, "lost", ""))
	w := lock(t, b, "x")
	put(t, w, "before", "x")
	breaking, err := azlease.NewBlobClient(b.client.NewBlobClient(lockPrefix+"x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	atOnce := int32(0)
	if _, err := breaking.BreakLease(t.Context(), &azlease.BlobBreakOptions{BreakPeriod: &atOnce}); err != nil {
		t.Fatal(err)
	}
	second := lock(t, b, "x")
	for range 100 {
		if err = w.Put(t.Context(), "after", nil, true); err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !errors.Is(err, ErrLost) {
		t.Errorf("without the lease: %v, want ErrLost", err)
	}
	put(t, second, "second", "x")
	if err := w.Unlock(); err != nil {
		t.Error(err)
	}
	if _, err := b.Lock(t.Context(), "x"); !errors.As(err, new(*LockedError)) {
		t.Errorf("the first took the second's lock away: %v", err)
	}
}

// testSweepLocks: locks of runs that were killed go, those of living ones stay.
func testSweepLocks(t *testing.T, server string) {
	b := openContainer(t, newContainer(t, server, "sweep", ""))
	lock(t, b, "alive")
	for _, name := range []string{lockPrefix + "1-of-5", lockPrefix + "Stranger"} {
		if _, err := b.client.NewBlockBlobClient(name).Upload(t.Context(), body(nil), nil); err != nil {
			t.Fatal(err)
		}
	}
	lock(t, b, "x")
	var left []string
	for name, err := range b.names(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, name)
	}
	if want := []string{lockPrefix + "Stranger", lockPrefix + "alive", lockPrefix + "x"}; !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
}

// testFailing: one write in twenty fails, before it is done or after, and nothing is
// lost and nothing twice.
func testFailing(t *testing.T, server string) {
	target, err := url.Parse(newContainer(t, server, "failing", ""))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: target.Scheme, Host: target.Host})
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	var writes atomic.Int64
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int64(1)
		if r.Method == http.MethodPut {
			n = writes.Add(1)
		}
		switch {
		case n%20 == 0 && n%40 == 0: // the answer is lost
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case n%20 == 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(failing.Close)
	b := openContainer(t, failing.URL+target.Path)
	w := lock(t, b, "x")
	var want strings.Builder
	for i := range 200 {
		name := fmt.Sprintf("ios/%d", i)
		if err := errors.Join(w.Put(t.Context(), name, []byte(name), i%2 == 0), w.Append(t.Context(), "manifest", []byte(name+"\n"))); err != nil {
			t.Fatal(err)
		}
		want.WriteString(name + "\n")
	}
	has(t, b, "manifest", want.String())
	if got := len(list(t, b, "ios/")); got != 200 {
		t.Errorf("%d files", got)
	}
	if writes.Load() < 410 {
		t.Errorf("%d writes: nothing failed", writes.Load())
	}
}

// testBlocks: more lines than a block takes are there whole.
func testBlocks(t *testing.T, server string) {
	b := openContainer(t, newContainer(t, server, "blocks", ""))
	w := lock(t, b, "x")
	lines := []byte(strings.Repeat(strings.Repeat("x", 1000)+"\n", 10_000))
	if err := w.Append(t.Context(), "manifest", lines); err != nil {
		t.Fatal(err)
	}
	r, err := b.Open(t.Context(), "manifest")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != string(lines) {
		t.Errorf("%d bytes of %d, %v", len(got), len(lines), err)
	}
	if err := b.Delete(context.Background(), "manifest"); err != nil {
		t.Error(err)
	}
}
