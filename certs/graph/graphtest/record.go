package graphtest

import (
	"errors"
	"net/http"
	"slices"
	"time"
)

// Request is one request that the server met. It never holds a token or a body.
type Request struct {
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Query  string    `json:"query,omitempty"` // as it was sent
	Status int       `json:"status"`          // 0: the connection was cut
}

// Violation is a request that breaks the description of Graph, and how.
type Violation struct {
	Method  string `json:"method"`
	Path    string `json:"path"`
	Message string `json:"message"`
}

// String gives a violation in one line.
func (v Violation) String() string { return v.Method + " " + v.Path + ": " + v.Message }

// record keeps a request and tells it to the hook.
func (s *Server) record(r *http.Request, status int) {
	request := Request{Time: s.options.Now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Status: status}
	s.mu.Lock()
	s.requests = append(s.requests, request)
	s.mu.Unlock()
	if s.options.OnRequest != nil {
		s.options.OnRequest(request)
	}
}

// keepViolation keeps the error of a request that breaks the description of Graph,
// whether anybody hears the answer or not.
func (s *Server) keepViolation(r *http.Request, err error) {
	var no *refusal
	if !errors.As(err, &no) || !no.violation {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, Violation{Method: r.Method, Path: r.URL.Path, Message: no.message})
}

// Requests gives all requests so far, in the order of their answers.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Violations gives the requests so far that break the description of Graph. A test of
// a client fails if there is one.
func (s *Server) Violations() []Violation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}
