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

// anywhere says whether a host may be at an address that the Internet doesn't reach:
// the account's own may, as only people gave it, and any that people gave an address.
func (s *session) anywhere(host string) bool { return host == s.host || s.connect(host) != "" }

// forbidden says why an address of a host is not connected to, or "".
func (s *session) forbidden(host string, ip netip.Addr) string {
	if s.anywhere(host) {
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
