package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// Bounds of an answer, all of our own: an EAS server stays far below them.
const (
	maxHeader = 64 << 10 // bytes of all headers together
	maxBody   = 1 << 20  // bytes
)

// shown is how many characters an error shows of a text from outside.
const shown = 200

// Why an exchange ended, beside what the network says, and why a redirect was not
// followed. The errors that wrap these say what was found.
var (
	ErrTimeout = errors.New("no answer in time")
	ErrClosed  = errors.New("the server closed the connection")
	ErrHeader  = errors.New("the headers of the answer do not end")
	ErrBody    = errors.New("the body of the answer is too long")
	ErrAnswer  = errors.New("the answer is no HTTP")
	ErrURL     = errors.New("the URL is not one to request")
	ErrScheme  = errors.New("the URL is not https")
	ErrForeign = errors.New("the host is none that certificate and token may go to")
	ErrPrivate = errors.New("the Internet does not reach the address")
	ErrLoop    = errors.New("the redirect leads back to where it came from")
	ErrHops    = errors.New("there are too many redirects")
	ErrKey     = errors.New("the identity's key cannot sign for this server")
	ErrOldTLS  = errors.New("the server speaks only TLS 1.0 or 1.1, or SSL")
)

// token is a secret: whatever prints it shows that there is one.
type token string

// Format implements [fmt.Formatter], for every verb.
func (t token) Format(f fmt.State, _ rune) {
	if t != "" {
		_, _ = io.WriteString(f, "[token]")
	}
}

// MarshalText implements [encoding.TextMarshaler].
func (t token) MarshalText() ([]byte, error) { return fmt.Append(nil, t), nil }

// request is one request. Beside its own headers it has a User-Agent.
type request struct {
	Method      string // "" only shakes hands, which ends in StageDone without a status
	URL         string // https://…
	Header      http.Header
	Body        []byte
	Certificate bool   // send the identity's, where the server asks
	MaxTLS      uint16 // 0 for the highest
	Renegotiate bool   // let TLS 1.2 ask for the certificate after the request
	Bearer      token  // for the Authorization header, which `direct` never sends
	Told        bool   // a server named the host: it is nowhere inside, unless people said so
}

// secret says whether the request holds what only known hosts may get.
func (r request) secret() bool {
	return r.Certificate || r.Bearer != "" || r.Header.Get("Authorization") != ""
}

// attempt is an exchange while it goes on.
type attempt struct {
	s    *session
	r    request
	x    *Exchange
	host string // of the URL, as [hostKey] has it
	conn net.Conn
}

// do makes one request on a connection of its own. It follows no redirect, but says in
// Location where the answer sends to. It returns after two steps' time, of which one is
// for looking the name up, or soon after ctx ends.
func (s *session) do(ctx context.Context, r request) *Exchange {
	x := &Exchange{Method: r.Method, URL: r.URL, Stage: StageName}
	began := time.Now()
	a := &attempt{s: s, r: r, x: x}
	if x.Err = a.run(ctx); x.Err == nil {
		x.Stage = StageDone
	}
	x.Took = time.Since(began)
	return x
}

func (a *attempt) run(ctx context.Context) error {
	u, err := parseURL(a.r.URL)
	if err != nil {
		a.x.URL = "" // there may be a password in it
		return err
	}
	a.host = hostKey(u.Hostname())
	if a.r.secret() && !a.s.permits(a.r, a.host) {
		return fmt.Errorf("%w: %s", ErrForeign, preflight.Clip(a.host, shown))
	}
	found := a.s.lookup(ctx, a.host)
	ctx, cancel := a.s.within(ctx, 1)
	defer cancel()
	if err := a.dial(ctx, found, u.Port()); err != nil {
		return err
	}
	raw := a.conn
	defer raw.Close()
	defer context.AfterFunc(ctx, func() { raw.Close() })()
	if err := a.handshake(ctx); err != nil || a.r.Method == "" {
		return err
	}
	return a.speak(ctx, u)
}
