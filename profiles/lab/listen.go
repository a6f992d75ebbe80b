package lab

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/lab"
)

// DefaultAddress is where a lab listens if nothing else is said: its certificates name
// it as the place of their CRLs.
const DefaultAddress = "127.0.0.1:8765"

// ParseAddress reads an address and port to listen on, which must be this machine's
// own: whoever reaches a lab can do everything in it.
func ParseAddress(s string) (netip.AddrPort, error) {
	a, err := netip.ParseAddrPort(s)
	switch {
	case err != nil:
		return a, fmt.Errorf("%q is not an IP address with a port, such as %s", s, DefaultAddress)
	case !a.Addr().IsLoopback():
		return a, fmt.Errorf("%q can be reached from other machines: a lab listens on loopback addresses only, such as %s", s, DefaultAddress)
	}
	return a, nil
}

// Listen listens on a loopback address, and on no other.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	a, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", a.String())
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", a, err)
	}
	return listener, nil
}

// servesTime is how long to wait for an answer at [Serves]: it is a matter of one
// machine.
const servesTime = time.Second

// maxWelcome bounds what is read of the first page of a lab, which has some lines.
const maxWelcome = 16 << 10

// Serves reports whether a lab is served at a loopback address now. Whatever else is
// there, or nothing, is not it.
func Serves(ctx context.Context, address string, l *lab.Lab) bool {
	at, err := ParseAddress(address)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, servesTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at.String()+"/", nil)
	if err != nil {
		return false
	}
	direct := &http.Transport{DisableKeepAlives: true} // and no proxy
	resp, err := direct.RoundTrip(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(io.LimitReader(resp.Body, maxWelcome))
	return err == nil && strings.Contains(string(page), TenantID(l))
}

// CRLBase is what the CRL distribution points of a lab start with that is served at an
// address.
func CRLBase(address string) string { return "http://" + address + "/crl" }
