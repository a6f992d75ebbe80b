package graphtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// faultsPath takes the faults as JSON.
const faultsPath = "/lab/faults"

// The ways in which a connection can be cut.
const (
	CutBefore = "before" // nothing was done
	CutAfter  = "after"  // all was done, and nobody hears of it
)

// Fault is a rule for what goes wrong: the first that fits a request is used. After
// its times are over it is no more.
type Fault struct {
	Method       string `json:"method"`       // "" fits all
	PathContains string `json:"pathContains"` // "" fits all
	Skip         int    `json:"skip"`         // how many fitting requests go well before
	Times        int    `json:"times"`        // how often it happens; 0: once
	Status       int    `json:"status"`       // answered instead: 429, 503, 401 and the like
	RetryAfter   int    `json:"retryAfter"`   // seconds; 0: no header
	Cut          string `json:"cut"`          // "before" or "after"; Status is not looked at
	ExpireTokens bool   `json:"expireTokens"` // all tokens so far expire at that request
}

// faultState is a fault and how often it was met.
type faultState struct {
	Fault
	met int
}

// SetFaults replaces all faults. It refuses one that would do nothing.
func (s *Server) SetFaults(faults ...Fault) error {
	var states []*faultState
	for i, f := range faults {
		switch {
		case f.Cut != "" && f.Cut != CutBefore && f.Cut != CutAfter:
			return fmt.Errorf("fault %d: cut is %q, it must be %q or %q", i+1, f.Cut, CutBefore, CutAfter)
		case f.Cut == "" && f.Status == 0 && !f.ExpireTokens:
			return fmt.Errorf("fault %d does nothing: give it a status, cut or expireTokens", i+1)
		case f.Status != 0 && (f.Status < 400 || f.Status > 599):
			return fmt.Errorf("fault %d: status %d is no error, it must be 400 to 599", i+1, f.Status)
		}
		states = append(states, &faultState{Fault: f})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = states
	return nil
}

// nextFault gives what is to go wrong with a request; the zero Fault is nothing.
func (s *Server) nextFault(r *http.Request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Method != "" && f.Method != r.Method || !strings.Contains(r.URL.Path, f.PathContains) {
			continue
		}
		f.met++
		if f.met <= f.Skip {
			continue
		}
		if f.met >= f.Skip+max(f.Times, 1) {
			s.faults = slices.Delete(slices.Clone(s.faults), i, i+1)
		}
		if f.ExpireTokens {
			s.expireTokens()
		}
		return f.Fault
	}
	return Fault{}
}

// faultRefusal gives the error of a status. The codes are those of
// https://learn.microsoft.com/graph/throttling and https://learn.microsoft.com/graph/errors.
func faultRefusal(status int) error {
	code, message := "generalException", http.StatusText(status)
	switch status {
	case http.StatusUnauthorized:
		code, message = codeToken, "Lifetime validation failed, the token is expired."
	case http.StatusForbidden:
		code, message = codeDenied, "Insufficient privileges to complete the operation."
	case http.StatusTooManyRequests:
		code, message = "TooManyRequests", "Please retry again later."
	case http.StatusServiceUnavailable:
		code, message = "serviceNotAvailable", "The service is temporarily unavailable."
	}
	return &refusal{status, code, message, false}
}

// drop closes the connection without an answer.
func drop(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2 has no connection to take: this is how net/http aborts there
		panic(http.ErrAbortHandler)
	}
	conn.Close()
}

// serveFaults takes the faults over HTTP: POST with a JSON list replaces all, and an
// empty list ends them.
func (s *Server) serveFaults(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "POST a JSON list of faults", http.StatusMethodNotAllowed)
		return
	}
	var faults []Fault
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&faults)
	if err == nil {
		err = s.SetFaults(faults...)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
