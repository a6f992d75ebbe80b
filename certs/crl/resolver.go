package crl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// resolverPort is DNS's own (RFC 1035 4.2).
const resolverPort = "53"

// ParseResolver reads ADDR[:PORT] of a DNS server and gives it with its port,
// 53 where none is said. ADDR is an IP address or a name; an IPv6 address with
// a port stands in brackets.
func ParseResolver(s string) (string, error) {
	if strings.Contains(s, "://") {
		return "", fmt.Errorf("resolver %q: a URL instead of ADDR[:PORT]; only DNS over port 53 or another is spoken", s)
	}
	host, port, err := resolverSplit(s)
	if err != nil {
		return "", fmt.Errorf("resolver %q: %w", s, err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("resolver %q: the port %q is not a number from 1 to 65535", s, port)
	}
	return net.JoinHostPort(host, port), nil
}

func resolverSplit(s string) (host, port string, err error) {
	host, port = s, resolverPort
	if _, err := netip.ParseAddr(s); err == nil {
		return host, port, resolverCheckZone(s)
	}
	switch {
	case strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]"):
		host = s[1 : len(s)-1]
	case strings.Contains(s, ":"):
		if host, port, err = net.SplitHostPort(s); err != nil {
			return "", "", errors.New("it is not ADDR, ADDR:PORT or [IPV6]:PORT")
		}
	}
	if strings.HasPrefix(s, "[") || strings.Contains(host, ":") {
		if ip, err := netip.ParseAddr(host); err != nil || !ip.Is6() {
			return "", "", fmt.Errorf("%q is no IPv6 address", host)
		}
		return host, port, resolverCheckZone(host)
	}
	return host, port, resolverCheckName(host)
}

// resolverCheckZone wants a zone, which is the name of an interface, that can be
// written behind an address in brackets.
func resolverCheckZone(ip string) error {
	if _, zone, ok := strings.Cut(ip, "%"); ok {
		return resolverCheckName(zone)
	}
	return nil
}

// resolverCheckName wants an IPv4 address or what can be a name of a host
// (RFC 1123 2.1); underscores do no harm.
func resolverCheckName(host string) error {
	if host == "" {
		return errors.New("there is no address")
	}
	for _, r := range host {
		ok := r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("-._", r)
		if !ok {
			return fmt.Errorf("%q in the address", r)
		}
	}
	return nil
}

// resolverAt asks the DNS server at address, or the system's for "", and calls
// asked when it does. Go's own resolver looks into the machine's hosts file
// first, whatever it is told: where asked was not called, that file has answered,
// or the system's C library.
func resolverAt(address string, asked func()) *net.Resolver {
	var dialer net.Dialer
	return &net.Resolver{
		PreferGo: address != "",
		Dial: func(ctx context.Context, network, system string) (net.Conn, error) {
			asked()
			// Without the values of ctx: its trace is of the CRL's host, and the
			// server's own name may have to be looked up.
			plain, cancel := context.WithCancel(context.Background())
			defer cancel()
			defer context.AfterFunc(ctx, cancel)()
			conn, err := dialer.DialContext(plain, network, cmp.Or(address, system))
			if err != nil {
				return nil, err
			}
			// The resolver waits for an answer after ctx has ended.
			context.AfterFunc(ctx, func() { conn.Close() })
			return conn, nil
		},
	}
}
