package crl

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/net/dns/dnsmessage"
)

const fetchBodyText = "0\x82 a list"

func TestFetch(t *testing.T) {
	fetchNoLeak(t)
	var asked http.Header
	url := fetchServe(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header
		if r.URL.Path == "/old/ca.crl" {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
			http.Redirect(w, r, "../ca.crl#part", http.StatusMovedPermanently)
			return
		}
		w.Header().Set("Content-Type", "application/pkix-crl")
		_, _ = io.WriteString(w, fetchBodyText)
	})
	f := &Fetcher{AllowPrivate: true}
	kept, read := fetchKeep()
	d := f.Fetch(t.Context(), url+"/old/ca.crl", read)
	if d.Err != nil || d.ReadErr != nil {
		t.Fatal(d.Err, d.ReadErr)
	}
	if kept.String() != fetchBodyText {
		t.Errorf("the body is %q", kept)
	}
	remote := netip.MustParseAddrPort(strings.TrimPrefix(url, "http://"))
	want := &Download{
		URL: url + "/old/ca.crl", FinalURL: url + "/ca.crl", Redirects: []string{url + "/ca.crl"},
		Addresses: []netip.Addr{remote.Addr()}, Remote: remote,
		Special: []string{"127.0.0.1 is a loopback address (RFC 1122)"},
		Status:  200, ContentType: "application/pkix-crl",
		Length: int64(len(fetchBodyText)), Received: int64(len(fetchBodyText)), Size: int64(len(fetchBodyText)),
	}
	ignored := cmpopts.IgnoreFields(Download{}, "DNS", "Connect", "TLS", "FirstByte", "Total")
	comparers := cmp.Options{ignored, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
		cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })}
	if diff := cmp.Diff(want, d, comparers); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d.Connect > d.FirstByte || d.FirstByte > d.Total || d.DNS != 0 || d.TLS != 0 {
		t.Errorf("DNS %s, connect %s, TLS %s, first byte %s, total %s", d.DNS, d.Connect, d.TLS, d.FirstByte, d.Total)
	}
	wantHeader := http.Header{"User-Agent": {fetchUserAgent}, "Accept-Encoding": {"identity"}, "Connection": {"close"}}
	if diff := cmp.Diff(wantHeader, asked); diff != "" {
		t.Errorf("the request's header (-want +got):\n%s", diff)
	}
}

func TestFetchTimes(t *testing.T) {
	fetchNoLeak(t)
	const delay = 30 * time.Millisecond
	resolver := fetchDNS(t, func(string) ([]netip.Addr, dnsmessage.RCode) {
		time.Sleep(delay)
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, dnsmessage.RCodeSuccess
	})
	url := fetchServe(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(delay)
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/ca.crl", http.StatusFound)
			return
		}
		w.(http.Flusher).Flush()
		time.Sleep(delay)
		_, _ = io.WriteString(w, "list")
	})
	d := (&Fetcher{AllowPrivate: true, Resolver: resolver}).Fetch(t.Context(), "http://crl.contoso.com"+fetchPort(url), nil)
	// Both requests look the name up and wait for an answer; the last has a body.
	if d.Err != nil || d.DNS < 2*delay || d.FirstByte < 4*delay || d.Total < d.FirstByte+delay || d.Connect > d.FirstByte {
		t.Errorf("%v, DNS %s, connect %s, first byte %s, total %s", d.Err, d.DNS, d.Connect, d.FirstByte, d.Total)
	}
}

// Proxies would see the requests and hide the servers.
func TestFetchIgnoresProxies(t *testing.T) {
	fetchNoLeak(t)
	proxied := false
	proxy := fetchServe(t, func(http.ResponseWriter, *http.Request) { proxied = true })
	t.Setenv("HTTP_PROXY", proxy)
	t.Setenv("http_proxy", proxy)
	f := &Fetcher{Resolver: fetchDNS(t, fetchAlways("127.0.0.1")), AllowPrivate: true}
	url := fetchServe(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "direct") })
	kept, read := fetchKeep()
	d := f.Fetch(t.Context(), "http://crl.contoso.com"+fetchPort(url), read)
	if d.Err != nil || kept.String() != "direct" || proxied {
		t.Errorf("%v, body %q, proxy asked: %v", d.Err, kept, proxied)
	}
}

func TestFetchRefusesURLs(t *testing.T) {
	fetchNoLeak(t)
	for _, test := range []struct {
		url  string
		want error
	}{
		{"", ErrURL},
		{"ca.crl", ErrURL},
		{"http:", ErrURL},
		{"http:///ca.crl", ErrURL},
		{"http://:80/ca.crl", ErrURL},
		{"http://crl.contoso.com:0/ca.crl", ErrURL},
		{"http://crl.contoso.com:65536/ca.crl", ErrURL},
		{"http://crl.contoso.com:x/ca.crl", ErrURL},
		{"http://crl.contoso.com/ca%zz.crl", ErrURL},
		{"http://crl.contoso.com/ca\n.crl", ErrURL},
		{"http://alice:secret@crl.contoso.com/ca.crl", ErrURL},
		{"http://alice:sec ret@crl.contoso.com/ca.crl", ErrURL},
		{"ldap:///CN=Contoso%20CA,CN=CDP?certificateRevocationList", ErrScheme},
		{"ftp://crl.contoso.com/ca.crl", ErrScheme},
		{"file:///etc/passwd", ErrScheme},
		{`file://\\pki\ca.crl`, ErrURL},
		{"http://pki/ca.crl", ErrPrivate},
		{"http://localhost/ca.crl", ErrPrivate},
		{"http://LOCALHOST./ca.crl", ErrPrivate},
		{"http://pki.contoso.local/ca.crl", ErrPrivate},
		{"http://127.0.0.1/ca.crl", ErrPrivate},
		{"http://127.1/ca.crl", ErrPrivate},
		{"http://2130706433/ca.crl", ErrPrivate},
		{"http://0x7f.0.0.1/ca.crl", ErrPrivate},
		{"http://0/ca.crl", ErrPrivate},
		{"http://169.254.169.254/latest/meta-data", ErrPrivate},
		{"http://[::1]/ca.crl", ErrPrivate},
		{"http://[::ffff:10.0.0.1]/ca.crl", ErrPrivate},
		{"http://[64:ff9b::10.0.0.1]/ca.crl", ErrPrivate},
		{"http://[fe80::1%25eth0]/ca.crl", ErrURL},
		{"http://[fe80::1]/ca.crl", ErrPrivate},
		{"https://[fd00::1]/ca.crl", ErrPrivate},
	} {
		d := new(Fetcher).Fetch(t.Context(), test.url, nil)
		if !errors.Is(d.Err, test.want) {
			t.Errorf("%q: %v, want %v", test.url, d.Err, test.want)
			continue
		}
		if d.FinalURL != "" || strings.Contains(d.Err.Error(), "secret") {
			t.Errorf("%q: asked %q, %v", test.url, d.FinalURL, d.Err)
		}
		if (test.want == ErrPrivate) != (len(d.Special) > 0) {
			t.Errorf("%q: special: %q", test.url, d.Special)
		}
	}
}

func TestFetchStatuses(t *testing.T) {
	fetchNoLeak(t)
	const page = "<!DOCTYPE html><title>Not here</title>"
	for _, test := range []struct {
		status  int
		body    string
		want    error
		message string
		sniffed string
	}{
		{200, "", nil, "", ""},
		{403, page, ErrStatus, "HTTP status 403 (Forbidden)", "text/html; charset=utf-8"},
		{404, page, ErrStatus, "HTTP status 404 (Not Found)", "text/html; charset=utf-8"},
		{500, "", ErrStatus, "HTTP status 500 (Internal Server Error)", ""},
		{599, "oops", ErrStatus, "HTTP status 599", "text/plain; charset=utf-8"},
		{204, "", ErrStatus, "HTTP status 204", ""},
		{206, "part", ErrStatus, "HTTP status 206", "text/plain; charset=utf-8"},
		{300, page, ErrStatus, "HTTP status 300", "text/html; charset=utf-8"},
		{304, "", ErrStatus, "HTTP status 304", ""},
		{302, page, ErrRedirect, "without a Location", ""},
	} {
		url := fetchServe(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, test.body)
		})
		read := false
		d := (&Fetcher{AllowPrivate: true}).Fetch(t.Context(), url, func(io.Reader) error { read = true; return nil })
		if !errors.Is(d.Err, test.want) || d.Err != nil && !strings.Contains(d.Err.Error(), test.message) {
			t.Errorf("%d: %v, want %v: %s", test.status, d.Err, test.want, test.message)
		}
		if d.Status != test.status || d.Sniffed != test.sniffed || read != (test.status == 200) {
			t.Errorf("%d: status %d, sniffed %q, read: %v", test.status, d.Status, d.Sniffed, read)
		}
	}
}

func TestFetchRedirects(t *testing.T) {
	fetchNoLeak(t)
	for _, test := range []struct {
		name, location string // N is the count of requests, P whether it is odd
		want           error
		message        string
		redirects      int
	}{
		{"endless", "/N", ErrRedirect, "more than 5", 6},
		{"circle", "/", ErrRedirect, "there before", 1},
		{"longer circle", "/P", ErrRedirect, "there before", 3},
		{"file", "file:///etc/passwd", ErrScheme, `redirected to "file:///etc/passwd"`, 1},
		{"ldap", "ldap://dc1/cn=x", ErrScheme, "ldap", 1},
		{"credentials", "http://alice:secret@crl.contoso.com/", ErrURL, "alice:xxxxx@", 1},
		{"malformed", "http://[", ErrRedirect, "Location", 0},
		{"port that nobody has", "http://127.0.0.1:0/", ErrURL, "port", 1},
	} {
		n := 0
		url := fetchServe(t, func(w http.ResponseWriter, _ *http.Request) {
			n++
			location := strings.NewReplacer("N", strconv.Itoa(n), "P", strconv.Itoa(n%2)).Replace(test.location)
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		})
		d := (&Fetcher{AllowPrivate: true}).Fetch(t.Context(), url+"/", nil)
		if !errors.Is(d.Err, test.want) || !strings.Contains(fmt.Sprint(d.Err), test.message) {
			t.Errorf("%s: %v, want %v: %s", test.name, d.Err, test.want, test.message)
		}
		if len(d.Redirects) != test.redirects || strings.Contains(fmt.Sprint(d), "secret") {
			t.Errorf("%s: redirects %q, want %d", test.name, d.Redirects, test.redirects)
		}
	}
}

func TestFetchBodies(t *testing.T) {
	fetchNoLeak(t)
	const header = "HTTP/1.1 200 OK\r\nContent-Length: "
	const limit = 1000
	long := strings.Repeat("x", limit)
	for _, test := range []struct {
		name, answer string
		then         func(net.Conn)
		want         error
		size, length int64
	}{
		{"as declared", header + "4\r\n\r\nlist", nil, nil, 4, 4},
		{"empty", header + "0\r\n\r\n", nil, nil, 0, 0},
		{"to the end of the connection", "HTTP/1.0 200 OK\r\n\r\nlist", nil, nil, 4, -1},
		{"in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nli\r\n2\r\nst\r\n0\r\n\r\n", nil, nil, 4, -1},
		{"in fewer chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nli\r\n", nil, ErrIncomplete, 2, -1},
		{"shorter than declared", header + "5\r\n\r\nlist", nil, ErrIncomplete, 4, 5},
		{"longer than declared", header + "4\r\n\r\nlists", nil, nil, 4, 4},
		{"reset", header + "5\r\n\r\nlist", fetchReset, ErrIncomplete, 4, 5},
		{"as long as allowed", header + "1000\r\n\r\n" + long, nil, nil, limit, limit},
		{"declared too long", header + "1001\r\n\r\n" + long + "x", nil, ErrTooLarge, 0, limit + 1},
		{"too long", "HTTP/1.0 200 OK\r\n\r\n" + long + "x", nil, ErrTooLarge, limit, -1},
		{"endless", "HTTP/1.0 200 OK\r\n\r\n", fetchRepeat(long, 0), ErrTooLarge, limit, -1},
		{"encoded in a way unknown", "HTTP/1.0 200 OK\r\nContent-Encoding: br\r\n\r\nlist", nil, ErrEncoding, 0, -1},
		{"encoded twice", "HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\nlist", nil, ErrEncoding, 0, -1},
	} {
		fetchQuick(t)
		then := test.then
		if then == nil {
			then = func(net.Conn) {}
		}
		url := fetchRaw(t, fetchSay(test.answer, then))
		kept, read := fetchKeep()
		d := (&Fetcher{AllowPrivate: true, MaxSize: limit}).Fetch(t.Context(), url, read)
		if !errors.Is(d.Err, test.want) || d.ReadErr != nil {
			t.Errorf("%s: %v, want %v; reading: %v", test.name, d.Err, test.want, d.ReadErr)
		}
		if d.Size != test.size || d.Received != test.size || d.Length != test.length || int64(kept.Len()) != test.size {
			t.Errorf("%s: size %d, received %d, declared %d, read %d; want %d, declared %d",
				test.name, d.Size, d.Received, d.Length, kept.Len(), test.size, test.length)
		}
		if least := max(test.size, test.length); d.Err != nil && d.LeastSize() != least || d.Err == nil && d.LeastSize() != d.Size {
			t.Errorf("%s: at least %d, want %d", test.name, d.LeastSize(), least)
		}
	}
}

// fetchReset ends a connection the hard way, once the client has read.
func fetchReset(conn net.Conn) {
	time.Sleep(50 * time.Millisecond)
	_ = conn.(*net.TCPConn).SetLinger(0)
}

func TestFetchGzip(t *testing.T) {
	fetchNoLeak(t)
	const limit = 1 << 20
	whole := fetchGzipped([]byte(fetchBodyText))
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-5] ^= 1 // in the checksum
	for _, test := range []struct {
		name string
		body []byte
		want error
		size int64
	}{
		{"whole", whole, nil, int64(len(fetchBodyText))},
		{"empty", nil, nil, 0},
		{"in two parts", append(bytes.Clone(whole), whole...), nil, int64(2 * len(fetchBodyText))},
		{"cut short", whole[:len(whole)-4], ErrEncoding, int64(len(fetchBodyText))},
		{"damaged", damaged, ErrEncoding, int64(len(fetchBodyText))},
		{"not gzip", []byte("just a list of things"), ErrEncoding, 0},
		{"much in little", fetchGzipped(make([]byte, 16*limit)), ErrTooLarge, limit},
	} {
		url := fetchServe(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "GZip")
			_, _ = w.Write(test.body)
		})
		kept, read := fetchKeep()
		d := (&Fetcher{AllowPrivate: true, MaxSize: limit}).Fetch(t.Context(), url, read)
		if !errors.Is(d.Err, test.want) || d.ReadErr != nil || d.ContentEncoding != "GZip" {
			t.Errorf("%s: %v, want %v; reading: %v", test.name, d.Err, test.want, d.ReadErr)
		}
		if d.Size != test.size || int64(kept.Len()) != test.size || d.Received > int64(len(test.body)) {
			t.Errorf("%s: size %d, want %d; received %d of %d", test.name, d.Size, test.size, d.Received, len(test.body))
		}
	}
}

func fetchGzipped(text []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text) // to memory
	_ = z.Close()
	return b.Bytes()
}

// The reading function's verdict and the network's stay apart.
func TestFetchReading(t *testing.T) {
	fetchNoLeak(t)
	noList := errors.New("no list")
	whole := fetchSay("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlist")
	short := fetchSay("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlist")
	refuse := func(io.Reader) error { return noList }
	_, keep := fetchKeep()
	wrap := func(r io.Reader) error { return fmt.Errorf("reading: %w", keep(r)) }
	for _, test := range []struct {
		name          string
		serve         func(net.Conn)
		read          func(io.Reader) error
		want, wantErr error
	}{
		{"nobody reads", whole, nil, nil, nil},
		{"refused", whole, refuse, nil, noList},
		{"refused, cut short", short, refuse, ErrIncomplete, noList},
		{"hands on", short, wrap, ErrIncomplete, nil},
	} {
		url := fetchRaw(t, test.serve)
		d := (&Fetcher{AllowPrivate: true}).Fetch(t.Context(), url, test.read)
		if !errors.Is(d.Err, test.want) || !errors.Is(d.ReadErr, test.wantErr) || d.Size != 4 {
			t.Errorf("%s: %v and %v, %d bytes", test.name, d.Err, d.ReadErr, d.Size)
		}
	}
}

// Whatever a server does not do, a download ends when it should.
func TestFetchEnds(t *testing.T) {
	fetchNoLeak(t)
	const header = "HTTP/1.1 200 OK\r\n"
	for _, test := range []struct {
		name    string
		serve   func(net.Conn)
		tls     bool
		message string
	}{
		{"no answer", fetchWait, false, "waiting for the answer"},
		{"no handshake", fetchWait, true, "TLS handshake"},
		{"header without an end", fetchSay(header, fetchWait), false, "reading the answer's header"},
		{"header drop by drop", fetchSay(header, fetchRepeat("a: b\r\n", 20*time.Millisecond)), false, "reading the answer's header"},
		{"no body", fetchSay(header+"Content-Length: 9\r\n\r\n", fetchWait), false, "reading the body after 150ms (0 bytes had come)"},
		{"body drop by drop", fetchSay(header+"\r\n", fetchRepeat("x", 20*time.Millisecond)), false, "reading the body"},
		{"gzip drop by drop", fetchSay(header+"Content-Encoding: gzip\r\n\r\n\x1f", fetchWait), false, "(1 bytes had come)"},
	} {
		fetchQuick(t)
		closed := make(chan bool, 2)
		url := fetchRaw(t, func(conn net.Conn) {
			test.serve(conn)
			closed <- true
		})
		if test.tls {
			url = strings.Replace(url, "http:", "https:", 1)
		}
		f := &Fetcher{AllowPrivate: true, Timeout: 150 * time.Millisecond}
		d := f.Fetch(t.Context(), url, func(r io.Reader) error { _, err := io.ReadAll(r); return err })
		if !errors.Is(d.Err, ErrTimeout) || !strings.Contains(d.Err.Error(), test.message) || d.ReadErr != nil {
			t.Errorf("%s: %v, want %s; reading: %v", test.name, d.Err, test.message, d.ReadErr)
		}
		if d.Total < f.Timeout || d.Total > 3*time.Second {
			t.Errorf("%s: took %s", test.name, d.Total)
		}
		fetchWaitClosed(t, test.name, closed)

		ctx, cancel := context.WithCancel(t.Context())
		stop := time.AfterFunc(50*time.Millisecond, cancel)
		d = (&Fetcher{AllowPrivate: true}).Fetch(ctx, url, nil)
		stop.Stop()
		cancel()
		if !errors.Is(d.Err, context.Canceled) || errors.Is(d.Err, ErrTimeout) || d.Total > 3*time.Second {
			t.Errorf("%s, interrupted: %v after %s", test.name, d.Err, d.Total)
		}
		fetchWaitClosed(t, test.name, closed)
	}
}

// fetchWaitClosed fails the test unless the client closes its connection.
func fetchWaitClosed(t *testing.T, name string, closed <-chan bool) {
	t.Helper()
	select {
	case <-closed:
	case <-time.After(2 * time.Second):
		t.Errorf("%s: the connection stays open", name)
	}
}

// A deadline of the caller's is not the download's timeout.
func TestFetchDeadline(t *testing.T) {
	fetchNoLeak(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	d := (&Fetcher{AllowPrivate: true}).Fetch(ctx, fetchRaw(t, fetchWait), nil)
	if !errors.Is(d.Err, context.DeadlineExceeded) || errors.Is(d.Err, ErrTimeout) {
		t.Error(d.Err)
	}
}

// The page of an error is not waited for, and its absence is not the fault.
func TestFetchErrorWithoutPage(t *testing.T) {
	fetchNoLeak(t)
	for page, sniffed := range map[string]string{"": "", "<html>": "text/html; charset=utf-8"} {
		url := fetchRaw(t, fetchSay("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n"+page, fetchWait))
		d := (&Fetcher{AllowPrivate: true, Timeout: 150 * time.Millisecond}).Fetch(t.Context(), url, nil)
		if !errors.Is(d.Err, ErrStatus) || errors.Is(d.Err, ErrTimeout) || d.Sniffed != sniffed || d.Total > 3*time.Second {
			t.Errorf("%q: %v after %s, sniffed %q", page, d.Err, d.Total, d.Sniffed)
		}
	}
}

func TestFetchNoHTTP(t *testing.T) {
	fetchNoLeak(t)
	huge := "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2*fetchMaxHeader) + "\r\n\r\n"
	for name, serve := range map[string]func(net.Conn){
		"closes":      func(net.Conn) {},
		"closes late": fetchSay(""),
		"speaks SSH":  fetchSay("SSH-2.0-OpenSSH_9.6\r\n"),
		"huge header": fetchSay(huge),
		"two lengths": fetchSay("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
	} {
		d := (&Fetcher{AllowPrivate: true}).Fetch(t.Context(), fetchRaw(t, serve), nil)
		if !errors.Is(d.Err, ErrAnswer) {
			t.Errorf("%s: %v", name, d.Err)
		}
	}
}

func TestFetchNoListener(t *testing.T) {
	fetchNoLeak(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	d := (&Fetcher{AllowPrivate: true}).Fetch(t.Context(), "http://"+listener.Addr().String(), nil)
	if !errors.Is(d.Err, ErrConnect) || d.Remote.IsValid() {
		t.Errorf("%v, remote %s", d.Err, d.Remote)
	}
}

func TestFetchTLS(t *testing.T) {
	fetchNoLeak(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, fetchBodyText)
	}))
	server.Config.ErrorLog = fetchSilent()
	server.StartTLS()
	t.Cleanup(server.Close)
	plain := fetchServe(t, func(http.ResponseWriter, *http.Request) {})
	trusted := x509.NewCertPool()
	trusted.AddCert(server.Certificate())
	for _, test := range []struct {
		name, url string
		roots     *x509.CertPool
		want      error
	}{
		{"trusted", server.URL, trusted, nil},
		{"self-signed", server.URL, x509.NewCertPool(), ErrTLS},
		{"self-signed, the system's roots", server.URL, nil, ErrTLS},
		{"other name", "https://localhost" + fetchPort(server.URL), trusted, ErrTLS},
		{"no TLS", strings.Replace(plain, "http:", "https:", 1), trusted, ErrTLS},
	} {
		d := (&Fetcher{AllowPrivate: true, roots: test.roots}).Fetch(t.Context(), test.url, nil)
		if !errors.Is(d.Err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, d.Err, test.want)
		}
		if d.TLS > d.Total {
			t.Errorf("%s: TLS took %s of %s", test.name, d.TLS, d.Total)
		}
	}
}
