package graphtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/easkit/easkit/certs/graph/schema"
)

// Options are how a server behaves where Graph's behaviour differs from time to time,
// or is not described. The zero value is a server that answers at once and as the
// reference pages say.
type Options struct {
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// PostReplaces lets a POST to the classic store replace what is there. Microsoft
	// does not say whether it does; without this it is refused.
	PostReplaces bool
	// ReadsBehind is how many reads after a write still see the state of before it.
	ReadsBehind int
	// Behind is how long after a write reads still see the state of before it.
	Behind time.Duration
	// RevokeDelay is how long after revokeSignInSessions the new time is not seen yet.
	RevokeDelay time.Duration
	// UploadReads is how many reads of a PKI find an upload running.
	UploadReads int
	// UploadTime is how long an upload runs at least.
	UploadTime time.Duration
	// PageSize is the most objects a page has, whatever $top says; 0: as Graph.
	PageSize int
	// Client fetches what uploads name; one with a limit of time if nil.
	Client *http.Client
	// OnRequest is called after each request, by several goroutines at once.
	OnRequest func(Request)
}

// Server is a Microsoft Graph in memory. It is an http.Handler, for /v1.0, /beta and
// /lab/faults, and safe for use by several goroutines.
type Server struct {
	options    Options
	types      schema.Catalogue
	operations []operation
	ctx        context.Context // ends with Close
	cancel     context.CancelFunc
	fetching   sync.WaitGroup
	serial     atomic.Int64 // of new ids

	mu         sync.Mutex // guards all below
	current    *state
	old        *state // what readers see while they are behind; nil if they are not
	readsLeft  int
	oldUntil   time.Time
	tokens     map[string]claims
	uploads    map[string]*uploadJob // by the PKI's id
	uploaded   map[string][]Object   // what came of an upload, by the PKI's id and the hash
	faults     []*faultState
	requests   []Request
	violations []Violation
}

// New makes a server that holds the tenant. It refuses a tenant whose objects do not
// agree with the tables.
func New(t Tenant, o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: fetchTimeout}
	}
	s := &Server{options: o, types: catalogue(), operations: operations(),
		tokens: map[string]claims{}, uploads: map[string]*uploadJob{}, uploaded: map[string][]Object{}}
	b := &seeder{types: s.types, now: o.Now()}
	s.current = b.state(t)
	if b.err != nil {
		return nil, b.err
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Close ends the downloads of uploads and waits for their ends.
func (s *Server) Close() {
	s.cancel()
	s.fetching.Wait()
}

// call is one request on its way.
type call struct {
	request *http.Request
	op      *operation
	params  []string
	query   query
	body    Object
	claims  claims
	view    *state // what a reader sees
	now     time.Time
}

// answer is what goes back; a nil body is no body.
type answer struct {
	status int
	body   Object
}

// context is the annotation that every answer begins with.
func (c *call) context() string {
	path := strings.TrimSuffix(strings.TrimPrefix(c.op.path, "/"), "/{}")
	if before, after, ok := strings.Cut(path, "/{}"); ok {
		path = before + "('" + c.params[0] + "')" + after
	}
	for _, segment := range c.params[min(1, len(c.params)):] {
		path = strings.Replace(path, "{}", segment, 1)
	}
	return c.origin() + c.op.root() + "/$metadata#" + path
}

func (c *call) origin() string {
	if c.request.TLS != nil {
		return "https://" + c.request.Host
	}
	return "http://" + c.request.Host
}

// nextLink repeats the options of the request, with the token of the next page.
func (c *call) nextLink(id string) string {
	options, err := url.ParseQuery(c.query.fixed)
	if err != nil { // it was made by Encode
		options = url.Values{}
	}
	options.Set("$skiptoken", pageToken(id, c.query.fixed))
	return c.origin() + c.request.URL.EscapedPath() + "?" + options.Encode()
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == faultsPath {
		s.serveFaults(w, r)
		return
	}
	f := s.nextFault(r)
	if f.Cut == CutBefore {
		s.record(r, 0)
		drop(w)
		return
	}
	if f.Status != 0 {
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", fmt.Sprint(f.RetryAfter))
		}
		s.refuse(w, r, faultRefusal(f.Status))
		return
	}
	a, err := s.perform(r)
	s.keepViolation(r, err)
	if f.Cut == CutAfter {
		s.record(r, 0)
		drop(w)
		return
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.reply(w, r, a.status, a.body)
}

// perform does what a request asks, in the order in which Graph finds fault: the
// token, the path, the permission, the query, the body, the state.
func (s *Server) perform(r *http.Request) (*answer, error) {
	body, readErr := readBody(r)
	s.awaitUpload(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{request: r, now: s.options.Now()}
	s.settle(c.now)
	var err error
	if c.claims, err = s.authenticate(r, c.now); err != nil {
		return nil, err
	}
	if c.op, c.params, err = s.match(r); err != nil {
		return nil, err
	}
	if err := c.claims.authorize(c.op); err != nil {
		return nil, err
	}
	if c.query, err = s.readQuery(c.op, r); err != nil {
		return nil, err
	}
	if readErr != nil {
		return nil, readErr
	}
	if c.body, err = s.checkBody(c.op, r, body); err != nil {
		return nil, err
	}
	c.view = s.view(r.Method, c.now)
	return c.op.handle(s, c)
}

// refuse answers with an error in Graph's form.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var no *refusal
	if !errors.As(err, &no) {
		no = &refusal{http.StatusInternalServerError, "generalException", err.Error(), false}
	}
	if no.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm=""`)
	}
	var e errorBody
	e.Error.Code, e.Error.Message = no.code, no.message
	e.Error.InnerError = innerError{
		Date:      s.options.Now().UTC().Format("2006-01-02T15:04:05"), // Graph's form has no zone here
		RequestID: s.newID("request"), ClientRequestID: r.Header.Get("client-request-id"),
	}
	w.Header().Set("request-id", e.Error.InnerError.RequestID)
	s.reply(w, r, no.status, e)
}

// reply writes an answer and records the request.
func (s *Server) reply(w http.ResponseWriter, r *http.Request, status int, body any) {
	s.record(r, status)
	if o, ok := body.(Object); ok && o == nil {
		w.WriteHeader(status)
		return
	}
	b, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "the answer has no JSON form", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	w.WriteHeader(status)
	w.Write(b) // a client that is gone has no use for the error
}

// newID makes an id that no other object of this server has.
func (s *Server) newID(kind string) string {
	return stableID(kind, fmt.Sprint("new ", s.serial.Add(1)))
}
