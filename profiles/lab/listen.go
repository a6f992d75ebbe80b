package lab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
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

// CRLBase is what the CRL distribution points of a lab start with that is served at an
// address.
func CRLBase(address string) string { return "http://" + address + "/crl" }
