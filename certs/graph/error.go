package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"
)

// Error says that Graph refused a request, or that no answer came.
type Error struct {
	Method, Path string
	Status       int    // of HTTP; 0 where no answer came
	Code         string // Graph's own word, such as Authorization_RequestDenied
	Message      string // Graph's, on one line
	RequestID    string // which Microsoft's support asks for
	Permission   string // what the request needs, where it was refused for want of rights
	Err          error  // why no answer came
	// Unknown says of a request that writes that it may have been carried out all
	// the same: the connection ended before an answer came, or a server on the way
	// answered that it failed, which it also does where the answer is lost.
	Unknown bool

	retryAfter time.Duration // how long Graph asks to wait; -1 where it does not say
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "graph: %s %s", e.Method, e.Path)
	switch {
	case e.Err != nil && e.Unknown:
		fmt.Fprintf(&b, ": no answer came, and whether it was carried out is not known: %v", e.Err)
	case e.Err != nil:
		fmt.Fprintf(&b, ": %v", e.Err)
	default:
		fmt.Fprintf(&b, ": HTTP %d", e.Status)
		if e.Unknown {
			b.WriteString(", and whether it was carried out is not known")
		}
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " %q", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if e.Permission != "" {
		fmt.Fprintf(&b, " (it needs %s)", e.Permission)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " [request-id %q]", e.RequestID)
	}
	return b.String()
}

// Unwrap gives why no answer came.
func (e *Error) Unwrap() error { return e.Err }

// RetryAfter is how long Graph asks to wait; known is false where it does not say.
func (e *Error) RetryAfter() (d time.Duration, known bool) {
	return max(e.retryAfter, 0), e.retryAfter >= 0
}

// NotFound reports whether the resource is not there.
func (e *Error) NotFound() bool { return e.Status == http.StatusNotFound }

// IsStatus reports whether err is Graph's answer with a status of HTTP.
func IsStatus(err error, status int) bool {
	e := new(Error)
	return errors.As(err, &e) && e.Status == status
}

// Unknown reports whether err leaves open whether a request was carried out.
func Unknown(err error) bool {
	e := new(Error)
	return errors.As(err, &e) && e.Unknown
}

// maxErrorBody bounds what is read of an error's body.
const maxErrorBody = 64 << 10

// maxMessage bounds what is shown of a message, in bytes.
const maxMessage = 500

// refusal reads Graph's answer to a request that it did not carry out.
func refusal(resp *http.Response, op operation) *Error {
	e := &Error{Method: op.method, Path: op.path, Status: resp.StatusCode, RequestID: resp.Header.Get("request-id")}
	e.retryAfter = retryAfter(resp.Header.Get("Retry-After"))
	e.Unknown = op.method != http.MethodGet && (e.Status >= http.StatusInternalServerError || e.Status == http.StatusRequestTimeout)
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	var answer struct {
		Error struct{ Code, Message string }
	}
	if json.Unmarshal(body, &answer) == nil {
		e.Code, e.Message = answer.Error.Code, oneLine(answer.Error.Message)
	}
	if e.Status == http.StatusForbidden {
		e.Permission = needed(op.method, op.path).String()
	}
	return e
}

// oneLine keeps a message to one line of printing letters.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || unicode.IsSpace(r) {
			return r
		}
		return -1
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxMessage {
		s = strings.ToValidUTF8(s[:maxMessage], "") + "…"
	}
	return s
}
