package probe

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// maxAddresses is how many addresses of a host are tried, one after the other: a bound
// of our own.
const maxAddresses = 16

// defaultPort is that of https.
const defaultPort = "443"

// lookup finds a host's addresses, once in a session.
func (s *session) lookup(ctx context.Context, host string) *Lookup {
	if l, ok := s.names[host]; ok {
		return l
	}
	l := &Lookup{Host: host, Connect: s.connect(host)}
	switch ip, err := netip.ParseAddr(host); {
	case l.Connect != "":
	case err == nil:
		l.Addresses = []netip.Addr{ip}
	default:
		l.Addresses, l.Err = s.resolve(ctx, host)
	}
	s.names[host] = l
	return l
}

func (s *session) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	bounded, cancel := s.within(ctx, 1)
	defer cancel()
	found, err := s.opt.Resolver.LookupNetIP(bounded, "ip", host)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("looking up %s: %w", preflight.Clip(host, shown), context.Cause(bounded))
	}
	if err != nil {
		return nil, fmt.Errorf("looking up %s: %w", preflight.Clip(host, shown), err)
	}
	for i, ip := range found {
		found[i] = ip.Unmap()
	}
	return found[:min(len(found), maxAddresses)], nil
}

// endingResolver is a resolver whose questions end with their context: Go's own waits
// for an answer beyond it.
func endingResolver(r *net.Resolver) *net.Resolver {
	dial := r.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return &net.Resolver{PreferGo: r.PreferGo, StrictErrors: r.StrictErrors, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { conn.Close() })
		}
		return conn, err
	}}
}

// dial connects to the first of the host's addresses that takes the connection. Where none
// does, address and error are those of the first.
func (a *attempt) dial(ctx context.Context, l *Lookup, port string) error {
	if l.Err != nil {
		return l.Err
	}
	a.x.Stage = StageConnect
	end, _ := ctx.Deadline()
	if l.Connect != "" {
		a.x.Address = l.Connect
		return a.connectTo(ctx, l.Connect, end)
	}
	var failed error
	for i, ip := range l.Addresses {
		share := time.Until(end) / time.Duration(len(l.Addresses)-i)
		address := net.JoinHostPort(ip.String(), cmp.Or(port, defaultPort))
		var err error
		if why := a.s.forbidden(a.host, ip, a.r.Told); why != "" {
			address, err = "", fmt.Errorf("%w: %s: %s", ErrPrivate, preflight.Clip(a.host, shown), why)
		} else if err = a.connectTo(ctx, address, time.Now().Add(share)); err == nil {
			a.x.Address = address
			return nil
		}
		if failed == nil {
			a.x.Address, failed = address, err
		}
	}
	return failed
}

func (a *attempt) connectTo(ctx context.Context, address string, end time.Time) error {
	bounded, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(bounded, "tcp", address)
	switch {
	case err == nil:
		a.conn = conn
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case bounded.Err() != nil:
		return fmt.Errorf("%w: connecting to %s", ErrTimeout, address)
	}
	return fmt.Errorf("connecting to %s: %w", address, err)
}
