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

// fetchUnroutableHost says why the Internet doesn't reach a host.
func (f *Fetcher) fetchUnroutableHost(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil {
		return f.fetchUnroutableIP(ip)
	}
	return certs.UnroutableHost(host)
}

// fetchUnroutableIP says why the Internet doesn't reach an address.
func (f *Fetcher) fetchUnroutableIP(ip netip.Addr) string {
	if f.unroutable != nil {
		return f.unroutable(ip)
	}
	return certs.UnroutableIP(ip)
}
