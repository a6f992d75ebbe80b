package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

// maxHops is how many redirects are followed, a bound of our own.
const maxHops = 10

// follow makes a request, and the same again where the answer sends to, as far as the
// rules allow: see [session.next]. There is at least one exchange; the last has either
// no Location or says in Refused why that was not followed.
func (s *session) follow(ctx context.Context, r request) []*Exchange {
	ctx, cancel := s.within(ctx, followSteps)
	defer cancel()
	been := map[string]bool{}
	var all []*Exchange
	for {
		x := s.do(ctx, r)
		all = append(all, x)
		if x.Location == "" {
			return all
		}
		been[r.URL] = true
		if len(all) > maxHops {
			x.Refused = fmt.Errorf("%w: over %d", ErrHops, maxHops)
			return all
		}
		if r.URL, x.Refused = s.next(ctx, r, x, been); x.Refused != nil {
			return all
		}
	}
}

// next is the URL that an exchange sends to, or why it is not gone to. Redirects stay in
// https and go to known hosts only, as certificate, token and address would go with them;
// and no server can send us to what only this machine or its network reaches.
func (s *session) next(ctx context.Context, r request, x *Exchange, been map[string]bool) (string, error) {
	u, err := parseURL(x.Location)
	if err != nil {
		return "", err
	}
	host := hostKey(u.Hostname())
	if x.Status == http.StatusUnavailableForLegalReasons && u.RawQuery == "" {
		u.RawQuery = query(r.URL) // X-MS-Location names the server, not the command
	}
	switch {
	case !s.permits(r, host):
		return "", fmt.Errorf("%w: %s", ErrForeign, preflight.Clip(host, shown))
	case been[u.String()]:
		return "", ErrLoop
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	}
	for _, ip := range s.lookup(ctx, host).Addresses {
		if why := s.forbidden(host, ip, false); why != "" {
			return "", fmt.Errorf("%w: %s: %s", ErrPrivate, preflight.Clip(host, shown), why)
		}
	}
	return u.String(), nil
}

func query(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.RawQuery
}

// location is where an answer sends to, "" where it doesn't: by Location (RFC 9110
// 15.4), or for 451 by the header of MS-ASHTTP ([srcHTTP]).
func location(from *url.URL, status int, h http.Header) string {
	var to string
	switch status {
	case http.StatusUnavailableForLegalReasons:
		to = h.Get("X-MS-Location")
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		to = h.Get("Location")
	}
	to = strings.TrimSpace(to)
	if to == "" {
		return ""
	}
	u, err := from.Parse(to)
	if err != nil {
		return to
	}
	return u.Redacted()
}
