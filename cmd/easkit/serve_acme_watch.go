package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

const (
	maxACMEBody   = 1 << 20          // of an answer; a chain of certificates has some 10 KiB
	maxACMEDetail = 300              // characters that an ACME server says of a problem
	acmeTimeout   = 30 * time.Second // of a request
	acmeRetries   = 5                // of a request that the server could not answer
	acmeQuiet     = 10 * time.Minute // between lines of the log: one attempt to renew fails in many places
)

// acmeWatch sees what an ACME server says, since autocert tells neither why a validation
// failed nor that a renewal did.
type acmeWatch struct {
	base    http.RoundTripper
	running context.Context // the server's life, which requests end with
	end     context.CancelFunc

	mu      sync.Mutex
	refused error        // ends all requests; nil for none
	problem error        // the latest, or that of a validation; nil for none
	log     *slog.Logger // nil as long as obtain tells of problems
	now     func() time.Time
	logged  time.Time
}

// newACMEWatch trusts --acme-roots, or else the system's roots.
func (a *app) newACMEWatch(f *acmeFlags) (*acmeWatch, error) {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if f.roots != "" {
		paths := []string{f.roots}
		cas, err := a.readCertificates("--acme-roots", paths)
		if err != nil {
			return nil, err
		}
		base.TLSClientConfig.RootCAs = trusting(cas, paths).Roots
		if base.TLSClientConfig.RootCAs.Equal(x509.NewCertPool()) {
			return nil, fmt.Errorf("--acme-roots: there is no root (a certificate signed with its own key) in %s", f.roots)
		}
	}
	w := &acmeWatch{base: base, now: a.now}
	w.running, w.end = context.WithCancel(context.Background())
	return w, nil
}

func (w *acmeWatch) client() *http.Client {
	return &http.Client{Transport: w, Timeout: acmeTimeout}
}

// RoundTrip sends a request, and takes down what is wrong.
func (w *acmeWatch) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	refused := w.refused
	w.mu.Unlock()
	if refused != nil {
		w.note(refused, true)
		return nil, refused
	}
	resp, body, err := w.send(r)
	if w.running.Err() != nil {
		return resp, err
	}
	if err != nil {
		w.note(err, false)
		return nil, err
	}
	if p, decisive := problemIn(resp.StatusCode, body); p != nil {
		w.note(p, decisive)
	}
	return resp, nil
}

// send reads the whole answer, so that it is bounded.
func (w *acmeWatch) send(r *http.Request) (*http.Response, []byte, error) {
	if r.URL.Scheme != "https" {
		return nil, nil, errors.New("the ACME server leads to an address without https")
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(w.running, cancel)()
	resp, err := w.base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxACMEBody+1))
	if err != nil {
		return nil, nil, err
	}
	if len(body) > maxACMEBody {
		return nil, nil, fmt.Errorf("the ACME server's answer is longer than %d bytes", maxACMEBody)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, body, nil
}

// refuse ends all requests from now on. It is false, for the answer to a question.
func (w *acmeWatch) refuse(why error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused = why
	return false
}

// note takes down a problem. A decisive one stays: what follows from it says less.
func (w *acmeWatch) note(problem error, decisive bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var before *acmeProblem
	if !errors.As(w.problem, &before) || !before.validation || decisive {
		w.problem = problem
	}
	if now := w.now(); w.log != nil && now.Sub(w.logged) >= acmeQuiet {
		w.logged = now
		w.log.Error("renewing the certificate by ACME: the old one stays, and it is tried again", "err", preflight.Printable(problem.Error()))
	}
}

// logTo logs problems from now on.
func (w *acmeWatch) logTo(log *slog.Logger) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = log
}

// acmePause is how long a request waits before it is sent once more; 0 gives it up. A
// limit of rates is not waited for: it may be hours.
func acmePause(n int, _ *http.Request, resp *http.Response) time.Duration {
	switch {
	case n > acmeRetries || resp.StatusCode == http.StatusTooManyRequests:
		return 0
	case resp.StatusCode == http.StatusBadRequest: // a nonce that has ended, and a new one came with it
		return time.Millisecond
	}
	return time.Second << (n - 1)
}

// acmeProblem is what an ACME server says is wrong.
// Source: https://www.rfc-editor.org/rfc/rfc8555#section-6.7
type acmeProblem struct {
	Type        string
	Detail      string
	Subproblems []acmeProblem

	validation bool // the server came to see the name, or wanted to
}

func (p *acmeProblem) Error() string {
	detail := p.Detail
	for _, sub := range p.Subproblems {
		detail += "; " + sub.Detail
	}
	return fmt.Sprintf("%s (%s)", preflight.Clip(preflight.Printable(detail), maxACMEDetail), preflight.Printable(p.kind()))
}

// kind is the last part of the type, such as "rateLimited".
func (p *acmeProblem) kind() string { return p.Type[strings.LastIndex(p.Type, ":")+1:] }

// badNonce asks for the same request again.
const badNonce = "badNonce"

// problemIn finds what is wrong in an answer; decisive is that of a validation.
func problemIn(status int, body []byte) (p error, decisive bool) {
	var said struct {
		Type        string
		Detail      string
		Subproblems []acmeProblem
		Status      json.RawMessage // a number in problems, a word elsewhere
		Error       *acmeProblem    // of an order, or a challenge
		Challenges  []struct{ Error *acmeProblem }
	}
	err := json.Unmarshal(body, &said)
	switch {
	case status >= http.StatusBadRequest && (err != nil || said.Type == ""):
		return fmt.Errorf("it answers %d %s", status, http.StatusText(status)), false
	case status >= http.StatusBadRequest:
		problem := &acmeProblem{Type: said.Type, Detail: said.Detail, Subproblems: said.Subproblems}
		if problem.kind() == badNonce {
			return nil, false
		}
		return problem, false
	case err != nil || string(said.Status) != `"invalid"`:
		return nil, false
	}
	problem := said.Error
	for _, challenge := range said.Challenges {
		problem = cmp.Or(problem, challenge.Error)
	}
	if problem == nil {
		return nil, false
	}
	problem.validation = true
	return problem, true
}

// termsError has the address of an ACME server's terms, which nobody agreed to.
type termsError string

func (e termsError) Error() string {
	return "the ACME server wants agreement to its terms: " + preflight.Clip(preflight.Printable(string(e)), maxACMEDetail)
}

// acmeHints is what to do about problems, by their kind.
// Source: https://www.rfc-editor.org/rfc/rfc8555#section-6.7
var acmeHints = []struct {
	kind string
	hint string // %s is the host
}{
	{"rateLimited", "wait as long as it says: Let's Encrypt, for example, allows five failures an hour for a name"},
	{"dns", "see that DNS has an address for %s, for the ACME server as well"},
	{"caa", "let the CAA record in DNS of %s allow this CA, or take it away"},
	{"rejectedIdentifier", "the CA gives no certificates for %s: give another --acme-url, or --tls-cert FILE --tls-key FILE"},
	{"externalAccountRequired", "get an ID and a key of the CA, and give --acme-account-id ID --acme-account-key-file FILE"},
	{"invalidContact", "give another --acme-email, or none"},
	{"unsupportedContact", "give another --acme-email, or none"},
}

// Hints where there is no kind that says it.
const (
	hintReach = "DNS must lead %s to this machine, and its port 443 to this server (--listen) as it is: a proxy between may not end TLS"
	hintRoots = "give --acme-roots FILE, with the root of the ACME server's own certificate"
	hintURL   = "see that --acme-url is the address of an ACME directory, and that this machine reaches it"
)

// explain says why there is no certificate, and what to do.
func (c *acmeCertificate) explain(err error) error {
	c.watch.mu.Lock()
	noted := c.watch.problem
	c.watch.mu.Unlock()
	if noted != nil {
		err = noted
	}
	var terms termsError
	if errors.As(err, &terms) {
		return withHint(err, "read them, and give --acme-agree")
	}
	hint := c.hintFor(err)
	if strings.Contains(hint, "%s") {
		hint = fmt.Sprintf(hint, c.host)
	}
	err = fmt.Errorf("--acme: no certificate for %s from %s: %s", c.host, c.directory, preflight.Printable(err.Error()))
	return hintError{outsideError{err}, hint}
}

// hintFor finds the hint for a problem; it may have %s for the host.
func (c *acmeCertificate) hintFor(err error) string {
	var problem *acmeProblem
	if errors.As(err, new(x509.UnknownAuthorityError)) {
		return hintRoots
	}
	if !errors.As(err, &problem) {
		return hintURL
	}
	for _, known := range acmeHints {
		if known.kind == problem.kind() {
			return known.hint
		}
	}
	if problem.validation {
		return hintReach
	}
	return ""
}
