package portal

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// batch is how many requests are sent before it is another address's turn, so that what
// else the machine does is shared evenly.
const batch = 500

// The page of a link against a bare file server that has a file of its size, over
// loopback, in turns, with as many clients at once as there are processors. The computer's
// page has a QR code, which is drawn for each request:
//
//	go test -run - -bench TicketPage -benchtime 20x ./profiles/portal
func BenchmarkTicketPage(b *testing.B) {
	s := newSite(b)
	link := s.Link(s.order(b, ticket.ByPIN, aliceFiles(b, "bundle.json")).Token)
	page := get(b, newVisitor(b), link, "User-Agent", iPhone)
	clients := runtime.GOMAXPROCS(0)
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true}}
	turns := []struct {
		name, address string
		took          time.Duration
	}{{name: "page", address: link}, {name: "file", address: serveBare(b, page.body)}, {name: "computer", address: link + "?device=computer"}}
	for b.Loop() {
		for i := range turns {
			start := time.Now()
			var all sync.WaitGroup
			for range clients {
				all.Go(func() {
					for range batch / clients {
						ask(b, c, turns[i].address)
					}
				})
			}
			all.Wait()
			turns[i].took += time.Since(start)
		}
	}
	for _, t := range turns {
		b.ReportMetric(float64(b.N*batch)/t.took.Seconds(), t.name+"/s")
	}
	b.ReportMetric(100*turns[1].took.Seconds()/turns[0].took.Seconds(), "%-of-file")
}

// serveBare serves a file as net/http does, and returns its address.
func serveBare(b *testing.B, content string) string {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.html"), []byte(content), 0o600); err != nil {
		b.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	files := &http.Server{Handler: http.FileServer(http.Dir(dir))}
	go files.Serve(listener)
	b.Cleanup(func() { files.Close() })
	return "http://" + listener.Addr().String() + "/page.html"
}

func ask(b *testing.B, c *http.Client, address string) {
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.Error(err)
		return
	}
	req.Header.Set("User-Agent", iPhone)
	resp, err := c.Do(req)
	if err != nil {
		b.Error(err)
		return
	}
	defer resp.Body.Close()
	if _, err = io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		b.Errorf("status %d, %v", resp.StatusCode, err)
	}
}
