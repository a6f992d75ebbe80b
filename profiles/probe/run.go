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

	until  time.Time // that the run has; what a person takes to sign in is added
	online bool      // the token is for Exchange Online, and goes nowhere else

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
// A step is one request with its answer, or the look-up of one name, and takes no longer
// than Options.Timeout. A request with all that it is sent on to takes no longer than four
// steps, and the run, but for a person's sign-in, than twenty: five minutes by
// [DefaultTimeout]. What was not come to by then is evidence of a server that did not
// answer in time.
//
// The environment's proxies (HTTP_PROXY and the like) are passed over: phones have
// none, and one that looks into TLS would get no certificate through. Where the system
// looks names up by its C library, a look-up can outlive its time and the run.
func Run(ctx context.Context, t Target, o Options) (*Evidence, error) {
	s, err := newSession(t, o)
	if err != nil {
		return nil, fmt.Errorf("probing %q: %w", t.Name, err)
	}
	e := &Evidence{Target: t, At: s.opt.Now(), OwnRoots: o.Roots != nil}
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
	return &session{
		target: t, opt: o, host: hostKey(t.Account.Endpoint.Host), names: map[string]*Lookup{},
		until: time.Now().Add(runSteps * o.Timeout),
	}, nil
}

// Bounds of time, all of our own: an honest server is through with a run in seconds.
const (
	followSteps = 4  // of a request and what it is sent on to
	runSteps    = 20 // of a run: its requests with --deep are fewer, unless they are sent on
)

// within is a context that ends after the time of some steps, or when the run has had
// its own. Its cause wraps [ErrTimeout] then.
func (s *session) within(ctx context.Context, steps int) (context.Context, context.CancelFunc) {
	allowed := time.Duration(steps) * s.opt.Timeout
	end, why := time.Now().Add(allowed), fmt.Errorf("%w, which is %s", ErrTimeout, allowed)
	if s.until.Before(end) {
		end, why = s.until, fmt.Errorf("%w, as the whole test took over %s", ErrTimeout, runSteps*s.opt.Timeout)
	}
	return context.WithDeadlineCause(ctx, end, why)
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
	if x := lastOf(e.path()); s.reached && !x.is(passing...) { // which asks to be left alone
		s.collectDiscovery(ctx, e)
	}
	if s.opt.Deep && s.through.URL != "" {
		collectDeep(ctx, s, e)
	}
}

// collectDirect asks for the OPTIONS with the certificate. A server may ask for it only
// once it has the request: in TLS 1.2 by renegotiation, and in TLS 1.3 after the handshake
// (RFC 8446 4.6.2), which crypto/tls does not answer. So who refuses in TLS 1.3 without
// having asked is tried again in TLS 1.2.
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

// accept keeps what an ActiveSync server's answer to OPTIONS announces, and how it was
// asked.
func (s *session) accept(e *Evidence, r request, x *Exchange) {
	if !x.speaksEAS() {
		return
	}
	e.Versions = list(x.Header, "MS-ASProtocolVersions")
	e.Commands = list(x.Header, "MS-ASProtocolCommands")
	r.URL = x.URL
	s.through = r
}

// speaksEAS says whether an exchange is a good answer to OPTIONS, and of an ActiveSync
// server.
func (x *Exchange) speaksEAS() bool {
	return x.is(http.StatusOK) && len(list(x.Header, "MS-ASProtocolVersions")) > 0
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
