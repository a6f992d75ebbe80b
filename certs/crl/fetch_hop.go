package crl

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// fetchHop is one request of a download, and what was seen of its connection.
type fetchHop struct {
	f        *Fetcher
	host     string
	resolver string // with its port, "" for the system's

	// Attempts to connect run in parallel and can end after the request.
	mu         sync.Mutex
	stage      string // what is being done, for the error if it doesn't end
	looked     bool   // whether the look-up ended
	asked      bool   // whether the resolver was asked, and not only the hosts file
	addresses  []netip.Addr
	remote     netip.AddrPort
	refused    []string // why addresses were not connected to
	dnsErr     error
	connectErr error
	tlsErr     error

	dnsAt, connectAt, tlsAt, firstByteAt time.Time
	dns, connect, tls                    time.Duration
}

func (f *Fetcher) newFetchHop(host string) (*fetchHop, error) {
	hop := &fetchHop{f: f, host: host, stage: "before the connection"}
	if f.Resolver != "" {
		resolver, err := ParseResolver(f.Resolver)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrResolver, err)
		}
		hop.resolver = resolver
	}
	return hop, nil
}

// request sends the request and waits for the header of its answer. The
// connection ends with ctx at the latest.
func (h *fetchHop) request(ctx context.Context, u *url.URL) (*http.Response, error) {
	ctx = httptrace.WithClientTrace(ctx, h.trace())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, fetchURLCause(err))
	}
	req.Header.Set("User-Agent", fetchUserAgent)
	req.Header.Set("Accept-Encoding", "identity")
	transport := &http.Transport{
		// No Proxy: see Fetcher.
		DialContext: func(_ context.Context, network, address string) (net.Conn, error) {
			return h.dial(ctx, network, address)
		},
		TLSClientConfig:        &tls.Config{RootCAs: h.f.roots},
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: fetchMaxHeader,
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, h.failure(ctx, err)
	}
	h.enter("reading the body")
	return resp, nil
}

// dial connects with the context of the download, since the transport's outlives
// its request, and closes the connection when that context ends: a server that
// says nothing in the TLS handshake would hold it open.
func (h *fetchHop) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{ControlContext: h.control, Resolver: resolverAt(h.resolver, h.resolverAsked)}
	conn, err := dialer.DialContext(ctx, network, fetchRooted(address))
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stage = "waiting for the answer"
	h.remote, _ = netip.ParseAddrPort(conn.RemoteAddr().String())
	return conn, nil
}

// fetchRooted ends a name with a dot, so that the machine's search domains don't
// apply: the Internet hasn't got them. A single label would mean nothing then.
func fetchRooted(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || !strings.Contains(host, ".") || strings.HasSuffix(host, ".") {
		return address
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return address
	}
	return net.JoinHostPort(host+".", port)
}

// Why an address is not connected to.
var (
	errFetchSpecial = errors.New("not an address on the Internet")
	errFetchHosts   = errors.New("the hosts file of this machine has the name, so that the resolver was not asked")
)

// control judges an address right before it is connected to: no other answer of
// the DNS can come in between. The dialer then tries the host's next address.
func (h *fetchHop) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("reading the address %q: %w", address, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.resolver != "" && h.looked && !h.asked {
		h.dnsErr = errFetchHosts
		return errFetchHosts
	}
	if why := h.f.fetchUnroutableIP(target.Addr()); why != "" && !h.f.AllowPrivate {
		h.refused = append(h.refused, why)
		return errFetchSpecial
	}
	return nil
}

func (h *fetchHop) resolverAsked() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = true
}

func (h *fetchHop) enter(stage string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stage = stage
}

// trace notes when the steps of a connection begin and end.
func (h *fetchHop) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { h.begin(&h.dnsAt, "looking up "+fetchShort(h.host)) },
		DNSDone:  h.lookedUp,
		ConnectStart: func(_, _ string) {
			h.begin(&h.connectAt, "connecting to "+fetchShort(h.host))
		},
		ConnectDone: h.connected,
		TLSHandshakeStart: func() {
			h.begin(&h.tlsAt, "in the TLS handshake with "+fetchShort(h.host))
		},
		TLSHandshakeDone:     h.shookHands,
		GotFirstResponseByte: func() { h.begin(&h.firstByteAt, "reading the answer's header") },
	}
}

// begin notes the first time that a step begins: addresses are tried in turn.
func (h *fetchHop) begin(at *time.Time, stage string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stage = stage
	if at.IsZero() {
		*at = time.Now()
	}
}

func (h *fetchHop) lookedUp(info httptrace.DNSDoneInfo) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.looked, h.dns = true, time.Since(h.dnsAt)
	h.dnsErr = info.Err
	for _, a := range info.Addrs {
		if ip, ok := netip.AddrFromSlice(a.IP); ok {
			h.addresses = append(h.addresses, ip.Unmap().WithZone(a.Zone))
		}
	}
}

func (h *fetchHop) connected(_, _ string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.remote.IsValid() {
		return // an attempt in parallel that lost
	}
	h.connect = time.Since(h.connectAt)
	if err != nil && !errors.Is(err, errFetchSpecial) {
		h.connectErr = err
	}
}

func (h *fetchHop) shookHands(_ tls.ConnectionState, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tls = time.Since(h.tlsAt)
	h.tlsErr = err
	if err == nil { // or the handshake is where it ended
		h.stage = "waiting for the answer"
	}
}

// fill adds what was seen to d.
func (h *fetchHop) fill(d *Download, began time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d.DNS += h.dns
	d.Connect += h.connect
	d.TLS += h.tls
	d.FirstByte = 0
	if !h.firstByteAt.IsZero() {
		d.FirstByte = h.firstByteAt.Sub(began)
	}
	d.Addresses, d.Remote = slices.Clone(h.addresses), h.remote
	for _, ip := range h.addresses {
		if why := h.f.fetchUnroutableIP(ip); why != "" {
			d.addSpecial(fmt.Sprintf("%s: %s", fetchShort(h.host), why))
		}
	}
	if ip, err := netip.ParseAddr(h.host); err == nil {
		d.Addresses = []netip.Addr{ip}
	}
}

// failure tells from what was seen why there is no answer.
func (h *fetchHop) failure(ctx context.Context, err error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return h.ended(ctx)
	case h.dnsErr != nil:
		return h.noAddress()
	case h.remote.IsValid() && h.tlsErr != nil:
		return fmt.Errorf("%w: %w", ErrTLS, h.tlsErr)
	case h.remote.IsValid():
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	case h.connectErr == nil && len(h.refused) > 0:
		return fmt.Errorf("%w: %s: %s", ErrPrivate, fetchShort(h.host), h.refused[0])
	case h.connectErr != nil:
		err = h.connectErr
	}
	return fmt.Errorf("%w: %w", ErrConnect, err)
}

// noAddress tells a name that isn't there from a resolver that doesn't say. The
// lock is held.
func (h *fetchHop) noAddress() error {
	var dns *net.DNSError
	if !errors.As(h.dnsErr, &dns) {
		return fmt.Errorf("%w: %w", ErrResolver, h.dnsErr)
	}
	told := *dns
	if h.resolver != "" {
		told.Server = h.resolver // and not the system's, which stands there
	}
	if told.IsNotFound {
		return fmt.Errorf("%w: %w", ErrHost, &told)
	}
	return fmt.Errorf("%w: %w", ErrResolver, &told)
}

// ended tells of a download that its context ended: the caller's, or the
// timeout. The lock is held.
func (h *fetchHop) ended(ctx context.Context) error {
	if !errors.Is(context.Cause(ctx), ErrTimeout) {
		return fmt.Errorf("%s: %w", h.stage, ctx.Err())
	}
	err := fmt.Errorf("%w: %s after %s", ErrTimeout, h.stage, h.f.fetchTimeout())
	if !h.dnsAt.IsZero() && len(h.addresses) == 0 {
		return fmt.Errorf("%w: %w", ErrResolver, err)
	}
	return err
}
