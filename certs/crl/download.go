package crl

import (
	"errors"
	"net/netip"
	"slices"
	"time"
)

// Why a download failed, for callers to branch on. Download.Err wraps one of
// them (an unanswered look-up two: ErrResolver and ErrTimeout), or the error of
// the context that the caller ended.
var (
	// ErrURL says that the URL can't be requested: malformed, without a host, or
	// with a user name in it. Nothing was sent.
	ErrURL = errors.New("the URL can't be requested")
	// ErrScheme says that the URL is neither http nor https. Nothing was sent.
	ErrScheme = errors.New("the URL is neither http nor https")
	// ErrPrivate says that the host, by its name or by all of its addresses, is
	// not on the Internet, and that [Fetcher.AllowPrivate] was not set. It was not
	// connected to.
	ErrPrivate = errors.New("not fetched, as the Internet doesn't reach it")
	// ErrHost says that the DNS has no address for the host.
	ErrHost = errors.New("the host has no address")
	// ErrResolver says that the DNS was not asked or gave no answer, so that
	// nothing is known about the host.
	ErrResolver = errors.New("the look-up of the host failed")
	// ErrConnect says that no address of the host took the connection.
	ErrConnect = errors.New("the host takes no connection")
	// ErrTLS says that the TLS handshake failed: the server's certificate is not
	// trusted here, or the server does not speak TLS.
	ErrTLS = errors.New("the TLS handshake failed")
	// ErrTimeout says that the download had not ended by [Fetcher.Timeout].
	ErrTimeout = errors.New("it did not end in time")
	// ErrAnswer says that the server answered not at all or not in HTTP.
	ErrAnswer = errors.New("the server gave no HTTP answer")
	// ErrRedirect says that the server redirects too often, in a circle or to
	// nowhere.
	ErrRedirect = errors.New("the redirect can't be followed")
	// ErrStatus says that the status was other than 200.
	ErrStatus = errors.New("the server refused")
	// ErrEncoding says that the body is compressed in a way that is not known
	// here, or damaged.
	ErrEncoding = errors.New("the body can't be decoded")
	// ErrIncomplete says that the connection ended before the body did.
	ErrIncomplete = errors.New("the body is cut short")
	// ErrTooLarge says that there was more than [Fetcher.MaxSize].
	ErrTooLarge = errors.New("the body is too large")
)

// Download is what happened when a URL was requested. What was not reached is
// zero.
type Download struct {
	URL string // as asked for

	// Redirects are the URLs that the servers redirected to, in order. Where a
	// redirect was not followed, the last of them is its target.
	Redirects []string
	FinalURL  string // the last one that was requested

	// Addresses are those of the last host, as the resolver gave them; Remote is
	// the one that took the connection.
	Addresses []netip.Addr
	Remote    netip.AddrPort

	// Special are clauses that say which host or address on the way the Internet
	// doesn't reach, as seen from here. Without [Fetcher.AllowPrivate], a download
	// that succeeded all the same used other addresses of that host.
	Special []string

	Status          int    // of the last answer
	ContentType     string // as declared
	ContentEncoding string // as declared; gzip is decoded
	Length          int64  // of the body as declared, -1 where it wasn't
	Received        int64  // bytes of the body that came
	Size            int64  // the same once decoded: Received, unless it is compressed
	Sniffed         string // the media type that the body of another status than 200 looks like

	// What the steps took, all requests of a chain of redirects together. DNS
	// includes every query, Connect the attempts at addresses that didn't answer.
	DNS, Connect, TLS time.Duration
	// FirstByte and Total are the time from the start, before the first look-up,
	// to the first byte of the last answer and to the end. Total includes what
	// the reading function took.
	FirstByte, Total time.Duration

	// Err is nil where a body came with status 200 and was read to its end.
	Err error
	// ReadErr is what the reading function returned, nil where that only hands on
	// the failure that Err tells.
	ReadErr error
}

// LeastSize is what is known of the size: what was read to its end, and
// otherwise the greater of what came and what was declared.
func (d *Download) LeastSize() int64 {
	if d.Err == nil {
		return d.Size
	}
	return max(d.Size, d.Length)
}

// addSpecial notes once what the Internet doesn't reach.
func (d *Download) addSpecial(clause string) {
	if !slices.Contains(d.Special, clause) {
		d.Special = append(d.Special, clause)
	}
}
