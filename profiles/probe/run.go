package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// easPath is where EAS is on every server, by MS-ASHTTP.
const easPath = "/Microsoft-Server-ActiveSync"

// session is one run: whom it tries, how, and what it has learned so far. It is not
// safe for concurrent use.
type session struct {
	target Target
	opt    Options // with the defaults in place
	host   string  // the account's, in lower case
	names  map[string]*Lookup

	reached bool // the account's host, with a server certificate to be trusted

	// through is the request that came to 200, with the token where there is one:
	// what later commands are to be sent like. Its URL is "" until then.
	through request
}

// Run tries a target as the phone would, and says what it saw.
//
// The account's host is asked for its OPTIONS, and for where Autodiscover v2 sees the
// mailbox; nothing is left behind in the mailbox unless Options.Deep says so.
// Whatever the server does is evidence. The error is for what cannot be tried at all:
// a target without a host, options that contradict themselves, a context that ended.
//
// The environment's proxies (HTTP_PROXY and the like) are passed over: phones have
// none, and one that looks into TLS would get no certificate through. Where the system
// looks names up by its C library, a look-up can outlive its time and the run.
func Run(ctx context.Context, t Target, o Options) (*Evidence, error) {
	s, err := newSession(t, o)
	if err != nil {
		return nil, fmt.Errorf("probing %q: %w", t.Name, err)
	}
	e := &Evidence{Target: t, At: s.opt.Now()}
	e.Name = s.lookup(ctx, s.host)
	s.collect(ctx, e)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("probing %q: %w", t.Name, context.Cause(ctx))
	}
	return e, nil
}

func newSession(t Target, o Options) (*session, error) {
	if t.Account.Endpoint.Host == "" {
		return nil, errors.New("the account has no host: give one with --host")
	}
	for host, address := range o.Connect {
		if _, err := netip.ParseAddrPort(address); err != nil {
			return nil, fmt.Errorf("the address %q to connect to for %q is not ADDRESS:PORT, as 127.0.0.1:8443 is", address, host)
		}
	}
	o.Timeout = cmp.Or(max(o.Timeout, 0), DefaultTimeout)
	o.Resolver = endingResolver(cmp.Or(o.Resolver, net.DefaultResolver))
	if o.Now == nil {
		o.Now = time.Now
	}
	return &session{target: t, opt: o, host: hostKey(t.Account.Endpoint.Host), names: map[string]*Lookup{}}, nil
}

// url is a path on the account's host.
func (s *session) url(path string) string {
	return "https://" + s.target.Account.Endpoint.String() + path
}

// collect goes through the steps, each as far as the one before allows.
func (s *session) collect(ctx context.Context, e *Evidence) {
	if s.direct() {
		s.collectDirect(ctx, e)
	} else {
		collectOAuth(ctx, s, e)
	}
	if s.reached {
		s.collectDiscovery(ctx, e)
	}
	if s.opt.Deep && s.through.URL != "" {
		collectDeep(ctx, s, e)
	}
}

// collectDirect asks for the OPTIONS with the certificate. A server that asks for it
// only once it has the request can do so by renegotiation in TLS 1.2; in TLS 1.3 it
// would have to ask after the handshake (RFC 8446 4.6.2), which crypto/tls does not
// answer, and so is tried again by TLS 1.2.
func (s *session) collectDirect(ctx context.Context, e *Evidence) {
	r := request{Method: http.MethodOptions, URL: s.url(easPath), Certificate: true, Renegotiate: true}
	e.Options = s.follow(ctx, r)
	last := e.Options[len(e.Options)-1]
	if last.refusedUnasked() {
		r.URL, r.MaxTLS = last.URL, lateTLS
		e.Late = s.follow(ctx, r)
		last = e.Late[len(e.Late)-1]
	}
	s.accept(e, r, last)
}

// accept keeps what an OPTIONS that came to 200 announces, and how it was asked.
func (s *session) accept(e *Evidence, r request, x *Exchange) {
	if x.Status != http.StatusOK {
		return
	}
	e.Versions = list(x.Header, "MS-ASProtocolVersions")
	e.Commands = list(x.Header, "MS-ASProtocolCommands")
	r.URL = x.URL
	s.through = r
}

// list reads a header of values with commas in between.
func list(h http.Header, name string) []string {
	var values []string
	for v := range strings.SplitSeq(strings.Join(h.Values(name), ","), ",") {
		if v = strings.TrimSpace(v); v != "" {
			values = append(values, v)
		}
	}
	return values
}

// direct says whether the certificate itself signs in, and no token.
func (s *session) direct() bool { return s.target.Account.Auth != preflight.OAuth }
