package crl

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/easkit/easkit/certs"
)

// fetchShown bounds in bytes what an error shows of a text from outside.
const fetchShown = 200

// fetchShort cuts a text from outside for an error.
func fetchShort(s string) string {
	if len(s) <= fetchShown {
		return s
	}
	n := fetchShown
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// fetchParseURL reads a URL that may be requested: http or https, a host, a
// port that there is, no credentials. The errors don't show the URL, as there
// may be a password in it.
func fetchParseURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, fetchURLCause(err))
	}
	return u, fetchCheckURL(u)
}

func fetchURLCause(err error) error {
	var parse *url.Error
	if errors.As(err, &parse) {
		return parse.Err
	}
	return err
}

func fetchCheckURL(u *url.URL) error {
	switch {
	case u.Scheme == "":
		return fmt.Errorf("%w: it has no scheme", ErrURL)
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%w but %s", ErrScheme, fetchShort(u.Scheme))
	case u.User != nil:
		return fmt.Errorf("%w: there is a user name or a password in it, and Entra ID has none", ErrURL)
	case u.Hostname() == "":
		return fmt.Errorf("%w: it has no host", ErrURL)
	case strings.Contains(u.Hostname(), "%"):
		return fmt.Errorf("%w: its address has a zone, which means something on one machine only", ErrURL)
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("%w: its port is %s", ErrURL, fetchShort(port))
		}
	}
	return nil
}

// fetchUnroutableHost says why the Internet doesn't reach a host, by its name or
// as an address. HTTP cares less about names than mail does: a dot at the end
// and underscores are fine.
func (f *Fetcher) fetchUnroutableHost(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil {
		return f.fetchUnroutableIP(ip)
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if !strings.Contains(host, "_") {
		return fetchShort(certs.UnroutableHost(host))
	}
	plain := strings.ReplaceAll(host, "_", "x")
	return fetchShort(strings.ReplaceAll(certs.UnroutableHost(plain), plain, host))
}

// Blocks of IPv6 that need a second look.
var (
	fetchGlobal6 = netip.MustParsePrefix("2000::/3")     // RFC 4291 2.4, IANA's registry
	fetchNAT64   = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052: certs looks at the IPv4 address inside
	fetch6to4    = netip.MustParsePrefix("2002::/16")    // RFC 3056: holds an IPv4 address
)

// fetchUnroutableIP says why the Internet doesn't reach an address. Of IPv6 only
// what IANA has given out counts as reachable; an IPv4 address inside one is
// looked at, too.
func (f *Fetcher) fetchUnroutableIP(ip netip.Addr) string {
	if f.unroutable != nil {
		return f.unroutable(ip)
	}
	if why := certs.UnroutableIP(ip); why != "" {
		return why
	}
	plain := ip.WithZone("").Unmap()
	switch {
	case plain.Is4(), fetchNAT64.Contains(plain):
	case fetch6to4.Contains(plain):
		b := plain.As16()
		inner := netip.AddrFrom4([4]byte(b[2:6]))
		if why := certs.UnroutableIP(inner); why != "" {
			return fmt.Sprintf("%s leads to %s by 6to4, and %s", ip, inner, why)
		}
	case !fetchGlobal6.Contains(plain):
		return fmt.Sprintf("%s is outside the global unicast addresses (RFC 4291)", ip)
	}
	return ""
}
