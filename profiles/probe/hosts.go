package probe

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// hostKey is a host as hosts are compared: in lower case, without a dot at the end.
func hostKey(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

// connect is the address that was given for a host in place of looking it up; "" where
// there is none.
func (s *session) connect(host string) string {
	if host == s.host && s.opt.Connect[""] != "" {
		return s.opt.Connect[""]
	}
	for name, address := range s.opt.Connect {
		if name != "" && hostKey(name) == host {
			return address
		}
	}
	return ""
}

// known says whether the certificate and the token may go to a host: the account's,
// those of Exchange Online, and those that were named.
func (s *session) known(host string) bool {
	return host == s.host ||
		profiles.MailboxAt(host) == preflight.ExchangeOnline ||
		slices.ContainsFunc(s.opt.Hosts, func(named string) bool { return hostKey(named) == host })
}

// permits says whether a request may go to a host by its secrets. A token for Exchange
// Online goes there alone, and to no other host that is known.
func (s *session) permits(r request, host string) bool {
	if r.Bearer != "" && s.online {
		return profiles.MailboxAt(host) == preflight.ExchangeOnline
	}
	return s.known(host)
}

// forbidden says why an address of a host is not connected to, or "". One that the
// Internet doesn't reach is fine for hosts that people gave an address, and for the
// account's own, unless told says that a server came up with it.
func (s *session) forbidden(host string, ip netip.Addr, told bool) string {
	if s.connect(host) != "" || host == s.host && !told {
		return ""
	}
	return certs.UnroutableIP(ip)
}

// parseURL reads a URL that may be requested: https, a host, a port that there is, and
// no credentials. Its errors don't show the URL, as there may be a password in it.
func parseURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: it cannot be read", ErrURL)
	case u.Scheme != "https":
		return nil, fmt.Errorf("%w: %q", ErrScheme, preflight.Clip(u.Scheme, shown))
	case u.User != nil:
		return nil, fmt.Errorf("%w: there is a user name or a password in it", ErrURL)
	}
	host := u.Hostname()
	if u.Port() != "" {
		if n, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || n == 0 {
			return nil, fmt.Errorf("%w: its port is %q", ErrURL, preflight.Clip(u.Port(), shown))
		}
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if _, err := profiles.ParseEndpoint(host); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, err)
	}
	u.Host = strings.ToLower(u.Host)
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}
