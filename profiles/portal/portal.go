// Package portal hands what was made for users to their phones: visitors open a
// one-time link, and the help desk sees who was given what.
//
// A link's page is opened by GET, which changes nothing, and used by the press of a
// button; see the ticket package for what a link is. Everything the portal shows is in
// templates/portal and templates/texts.
package portal

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

// Options is what a portal works with.
type Options struct {
	Store  *ticket.Store
	Origin string           // scheme, host and port, as browsers have it: "https://mail-setup.contoso.com"
	Source Source           // whose files tickets are made of; nil for none
	Log    *slog.Logger     // nil discards
	Admin  AdminToken       // by which the help desk signs in; the zero value for none
	OIDC   *OIDC            // where visitors, and the help desk, sign in; nil for none
	Mail   Mailer           // by which users are sent their links; nil for none
	Life   time.Duration    // of the links that the help desk makes; 0 for ticket.DefaultLife
	Now    func() time.Time // nil is time.Now

	Operator // who runs it
}

// Source knows the users of a rollout, and has their files where it has the key.
type Source interface {
	// Users finds users by a part of their name, at most limit.
	Users(ctx context.Context, query string, limit int) ([]User, error)
	// Files opens what was made for a user. The error is ErrNoKey without the key.
	Files(ctx context.Context, user string) ([]ticket.File, error)
}

// ErrNoKey says that the server was started without the rollout's key.
var ErrNoKey = errors.New("the server does not have the rollout's key")

// User is one user of a rollout, without anything secret.
type User struct {
	User     string
	Email    string // where the user reads mail; empty where that is User
	Status   string
	Findings []preflight.Finding
	Made     time.Time
}

// signIn is how a visitor shows who they are, for tickets that ask for it.
type signIn interface {
	// begin sends the visitor to sign in, and afterwards back to a path of the portal.
	// The path holds a link's token.
	begin(w http.ResponseWriter, r *http.Request, back string)
	// user is who is signed in; empty for nobody.
	user(r *http.Request) string
}

// Portal is the HTTP side of tickets. It is an http.Handler; see [NewServer].
type Portal struct {
	Options
	origin *url.URL
	pages  *pages
	limits *limits
	told   *limits // of records in the log, which those of clients can't push out
	mux    *http.ServeMux
	signIn signIn // nil for none
	offers offers

	downloads downloads

	headers http.Header // of every response

	desk, visitors *people // who are signed in
	sealer         *sealer // of sign-ins that have begun
}

// New makes a portal. The error says what is wrong with the options.
func New(o Options) (*Portal, error) {
	origin, err := ParseOrigin(o.Origin)
	if err != nil {
		return nil, err
	}
	if o.Life < 0 || o.Life > ticket.MaxLife {
		return nil, fmt.Errorf("the links that the help desk makes can't live for %s: give a time up to %s", o.Life, ticket.MaxLife)
	}
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("who runs the portal: %w", err)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	p := &Portal{Options: o, origin: origin, headers: headersOf(origin), limits: newLimits(o.Now), told: newLimits(o.Now), mux: http.NewServeMux()}
	if p.pages, err = loadPages(); err != nil {
		return nil, err
	}
	for _, l := range p.pages.languages {
		l.Operator = o.Operator
	}
	p.add(p.assetRoutes())
	p.add(p.visitorRoutes())
	if err := p.openDesk(); err != nil {
		return nil, err
	}
	p.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { p.fail(w, r, http.StatusNotFound) })
	return p, nil
}

// defaultPorts are those that browsers leave out of an origin.
// Source: https://url.spec.whatwg.org/#special-scheme
var defaultPorts = map[string]string{"https": "443", "http": "80"}

// ParseOrigin takes an origin as browsers write it, since it is compared with what they
// send: in lower case and ASCII, without a path, a user, a dot at the end or the
// scheme's own port; and plain HTTP for loopback only. The error says how to write it.
func ParseOrigin(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || defaultPorts[u.Scheme] == "" || u.Hostname() == "" || s != u.Scheme+"://"+u.Host {
		return nil, fmt.Errorf("the portal's origin is %q: write it as https://HOST or https://HOST:PORT, with nothing after it", s)
	}
	if err := checkHost(u); err != nil {
		return nil, fmt.Errorf("the portal's origin is %q, which browsers write otherwise: %w", s, err)
	}
	if u.Scheme == "http" && !certs.LoopbackHost(u.Hostname()) {
		return nil, fmt.Errorf("the portal's origin is %q: plain HTTP is for loopback only, because the pages hand out private keys", s)
	}
	return u, nil
}

// checkHost says what keeps the host of an origin from being as browsers write it.
func checkHost(u *url.URL) error {
	const known = "abcdefghijklmnopqrstuvwxyz0123456789-._:[]"
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	switch {
	case strings.ToLower(u.Host) != u.Host:
		return errors.New("write it in lower case")
	case strings.ContainsFunc(u.Host, func(r rune) bool { return !strings.ContainsRune(known, r) }):
		return errors.New("write its host in letters of ASCII, digits, dots and hyphens (others as xn--...)")
	case strings.HasSuffix(u.Hostname(), "."):
		return errors.New("leave out the dot at the end of its host")
	case strings.HasSuffix(u.Host, ":"):
		return errors.New("leave out the colon, or write a port after it")
	case u.Port() == "":
		return nil
	case err != nil || port == 0 || strconv.FormatUint(port, 10) != u.Port():
		return errors.New("write its port as a number from 1 to 65535")
	case u.Port() == defaultPorts[u.Scheme]:
		return fmt.Errorf("leave out the port %s, which is that of %s", u.Port(), u.Scheme)
	}
	return nil
}

// Link is the address of a ticket's page, of a portal with this origin.
func Link(origin string, t ticket.Token) string { return origin + ticketPath(t) }

// Link is the address of a ticket's page.
func (p *Portal) Link(t ticket.Token) string { return Link(p.Origin, t) }

// Desk is the address of the help desk's pages.
func (p *Portal) Desk() string { return p.Origin + deskRoot }

// Tidy forgets what is kept in memory for a while only: who is signed in, and what the
// help desk is told once. Call it every minute or so.
func (p *Portal) Tidy() {
	p.desk.tidy()
	p.visitors.tidy()
}

// Time-outs and sizes of a server, for phones on slow networks and against clients that
// hold connections open. A profile or a .p12 has some 10 KiB.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 60 * time.Second
	idleTimeout   = 60 * time.Second
	maxHeader     = 16 << 10
)

// NewServer is a server for a portal, with time-outs, limits of headers and connections,
// and TLS 1.2 or later where it serves TLS. Its address and certificates are the caller's.
func NewServer(p *Portal) *http.Server {
	return &http.Server{
		Handler: p, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12},
		ErrorLog: log.New(&serverLog{p.Log, newLimits(p.Now)}, "", 0), ConnState: newConnections(maxConnections, p.Now).note,
	}
}

// ofServerLog is how much the HTTP server may say. Anybody makes it say something, by a
// TLS handshake that fails, so that it has few records; a panic is seldom among so many.
var ofServerLog = rule{most: 10, refill: 10 * time.Second}

// serverLog passes on what the HTTP server says, to that limit.
type serverLog struct {
	to     *slog.Logger
	limits *limits
}

// hangUps are the ends of what the HTTP server says of clients that left before their TLS
// handshake was complete. Scanners do so, and load balancers that only look for an open
// port: that is nothing to look into.
var hangUps = []string{": EOF", ": connection reset by peer"}

// hungUp reports whether a record is of such a client.
func hungUp(record string) bool {
	return strings.HasPrefix(record, "http: TLS handshake error ") &&
		slices.ContainsFunc(hangUps, func(end string) bool { return strings.HasSuffix(record, end) })
}

// Write takes one record.
func (s *serverLog) Write(record []byte) (int, error) {
	if !hungUp(strings.TrimSpace(string(record))) && s.limits.take("server", ofServerLog) == 0 {
		s.to.Warn(strings.TrimSpace(string(record)))
	}
	return len(record), nil
}
