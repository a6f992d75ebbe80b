package crl

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"
)

// What a Fetcher does where nothing else is said.
const (
	// DefaultTimeout is three times what Entra ID allows, so that a report can say
	// how slow a server is and not only that it is too slow.
	DefaultTimeout = 3 * limitTime
	// DefaultMaxSize is above what Entra ID takes in any cloud, in bytes, so that
	// what was read tells that a CRL is over each limit.
	DefaultMaxSize = 160 * limitBinaryMB
)

// Bounds of our own; Entra ID's are not published.
const (
	fetchMaxRedirects = 5
	fetchMaxHeader    = 64 << 10 // bytes of all fields together
	fetchMaxSniff     = 512      // bytes, all that http.DetectContentType looks at
	fetchSniffTime    = time.Second
)

// fetchUserAgent lets whoever reads a server's log find out who asked.
const fetchUserAgent = "easkit (+https://github.com/easkit/easkit)"

// Fetcher downloads CRLs as Entra ID would, from here: by http and https,
// without credentials, cookies or a proxy, from hosts that the Internet reaches.
//
// The environment's proxies (HTTP_PROXY and the like) are passed over: Entra ID
// asks from the Internet, and behind a proxy neither addresses nor times would
// be the server's.
//
// Each download has a connection of its own, which is closed in the end. A
// Fetcher is safe for concurrent use; the zero value is ready.
type Fetcher struct {
	// AllowPrivate fetches from private, loopback and link-local addresses and
	// from single-label and special-use names, too.
	AllowPrivate bool

	// Resolver is another DNS server than the system's, as [ParseResolver] takes
	// it: split DNS answers here otherwise than on the Internet.
	Resolver string

	Timeout time.Duration // ends a download; [DefaultTimeout] if not above zero
	MaxSize int64         // ends the reading, in bytes; [DefaultMaxSize] if not above zero

	// For tests, which don't reach beyond the machine.
	roots      *x509.CertPool
	unroutable func(netip.Addr) string
}

// Fetch requests the URL and hands the body of an answer with status 200 to
// read, as it comes. Where read is nil, or returns before the end, the rest is
// received all the same, for its size and time. Up to five redirects are
// followed, each held to the same rules.
//
// Fetch always returns a Download, which says what happened, and does so soon
// after ctx ends or the timeout: only a look-up by the system's C library can
// outlive it. It holds no more of the body than read does.
func (f *Fetcher) Fetch(ctx context.Context, address string, read func(io.Reader) error) *Download {
	d := &Download{URL: address, Length: -1}
	began := time.Now()
	bounded, cancel := context.WithTimeoutCause(ctx, f.fetchTimeout(), ErrTimeout)
	defer cancel()
	d.Err = f.fetchInto(bounded, d, began, read)
	d.Total = time.Since(began)
	return d
}

func (f *Fetcher) fetchTimeout() time.Duration { return cmp.Or(max(f.Timeout, 0), DefaultTimeout) }

func (f *Fetcher) fetchMaxSize() int64 { return cmp.Or(max(f.MaxSize, 0), DefaultMaxSize) }

func (f *Fetcher) fetchInto(ctx context.Context, d *Download, began time.Time, read func(io.Reader) error) error {
	hop, resp, err := f.fetchFollow(ctx, d, began)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		d.Sniffed = fetchSniff(resp)
		return fmt.Errorf("%w: %s", ErrStatus, fetchStatus(resp))
	}
	body, err := f.fetchOpen(hop, resp)
	if err != nil {
		return err
	}
	return body.hand(ctx, d, read)
}

// fetchFollow requests the URL and what it redirects to, up to an answer that is
// no redirect.
func (f *Fetcher) fetchFollow(ctx context.Context, d *Download, began time.Time) (*fetchHop, *http.Response, error) {
	u, err := fetchParseURL(d.URL)
	for err == nil {
		var hop *fetchHop
		var resp *http.Response
		if hop, err = f.fetchPrepare(d, u); err != nil {
			break
		}
		resp, err = hop.request(ctx, u)
		hop.fill(d, began)
		if err != nil {
			break
		}
		fetchDescribe(d, resp)
		var next *url.URL
		if next, err = fetchNext(resp, u); next == nil && err == nil {
			return hop, resp, nil
		}
		resp.Body.Close()
		if err == nil {
			err = fetchRedirect(d, next)
		}
		u = next
	}
	if n := len(d.Redirects); n > 0 {
		err = fmt.Errorf("redirected to %q: %w", fetchShort(d.Redirects[n-1]), err)
	}
	return nil, nil, err
}

// fetchPrepare checks a URL's host and makes it the last one requested.
func (f *Fetcher) fetchPrepare(d *Download, u *url.URL) (*fetchHop, error) {
	if why := f.fetchUnroutableHost(u.Hostname()); why != "" {
		d.addSpecial(why)
		if !f.AllowPrivate {
			return nil, fmt.Errorf("%w: %s", ErrPrivate, why)
		}
	}
	hop, err := f.newFetchHop(u.Hostname())
	if err == nil {
		d.FinalURL = u.String()
		d.Status, d.ContentType, d.ContentEncoding, d.Length = 0, "", "", -1
	}
	return hop, err
}

func fetchDescribe(d *Download, resp *http.Response) {
	d.Status = resp.StatusCode
	d.ContentType = resp.Header.Get("Content-Type")
	d.ContentEncoding = resp.Header.Get("Content-Encoding")
	d.Length = resp.ContentLength
}

// fetchNext is where an answer redirects to (RFC 9110 15.4), nil if it doesn't.
func fetchNext(resp *http.Response, from *url.URL) (*url.URL, error) {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	location := resp.Header.Get("Location")
	if location == "" {
		return nil, fmt.Errorf("%w: %s without a Location", ErrRedirect, fetchStatus(resp))
	}
	next, err := from.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("%w: its Location: %w", ErrRedirect, fetchURLCause(err))
	}
	next.Fragment, next.RawFragment = "", ""
	return next, nil
}

// fetchRedirect notes a redirect and says why it isn't followed. Without
// cookies, an address that was asked once answers the same again.
func fetchRedirect(d *Download, next *url.URL) error {
	target := next.Redacted()
	circle := target == d.URL || target == d.FinalURL || slices.Contains(d.Redirects, target)
	d.Redirects = append(d.Redirects, target)
	switch {
	case circle:
		return fmt.Errorf("%w: it was there before", ErrRedirect)
	case len(d.Redirects) > fetchMaxRedirects:
		return fmt.Errorf("%w: more than %d in a row", ErrRedirect, fetchMaxRedirects)
	}
	return fetchCheckURL(next)
}

// fetchStatus shows a status with the standard's words for it, not the server's.
func fetchStatus(resp *http.Response) string {
	if text := http.StatusText(resp.StatusCode); text != "" {
		return fmt.Sprintf("HTTP status %d (%s)", resp.StatusCode, text)
	}
	return fmt.Sprintf("HTTP status %d", resp.StatusCode)
}

// fetchSniff tells what the body of an error looks like. One that doesn't come
// isn't waited for.
func fetchSniff(resp *http.Response) string {
	timer := time.AfterFunc(fetchSniffTime, func() { resp.Body.Close() })
	defer timer.Stop()
	head := make([]byte, fetchMaxSniff)
	n, err := io.ReadAtLeast(resp.Body, head, 1)
	if err != nil {
		return ""
	}
	return http.DetectContentType(head[:n])
}
