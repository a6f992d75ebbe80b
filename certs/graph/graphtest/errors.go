package graphtest

import (
	"fmt"
	"net/http"
)

// The codes of errors that Graph's directory answers with.
const (
	codeBadRequest  = "Request_BadRequest"
	codeUnsupported = "Request_UnsupportedQuery"
	codeNotFound    = "Request_ResourceNotFound"
	codeDenied      = "Authorization_RequestDenied"
	codeToken       = "InvalidAuthenticationToken"
	codeSegment     = "BadRequest" // the path itself, and /me without a user
	codePageToken   = "Directory_ExpiredPageToken"
)

// refusal is an answer that says no.
type refusal struct {
	status    int
	code      string
	message   string
	violation bool // the request breaks the description, whatever the state
}

func (r *refusal) Error() string { return r.message }

// breach refuses a request that breaks the description of Graph.
func breach(format string, args ...any) error {
	return &refusal{http.StatusBadRequest, codeBadRequest, fmt.Sprintf(format, args...), true}
}

// conflict refuses a request that is well-formed, because of the state it meets.
func conflict(format string, args ...any) error {
	return &refusal{http.StatusBadRequest, codeBadRequest, fmt.Sprintf(format, args...), false}
}

// badQuery refuses query options.
func badQuery(format string, args ...any) error {
	return &refusal{http.StatusBadRequest, codeUnsupported, fmt.Sprintf(format, args...), true}
}

// missing refuses a request for something that is not there.
func missing(id string) error {
	return &refusal{http.StatusNotFound, codeNotFound, fmt.Sprintf(
		"Resource %q does not exist or one of its queried reference-property objects are not present.", id), false}
}

// errorBody is the shape of an error's body
// (https://learn.microsoft.com/graph/errors#error-resource-type).
type errorBody struct {
	Error struct {
		Code       string     `json:"code"`
		Message    string     `json:"message"`
		InnerError innerError `json:"innerError"`
	} `json:"error"`
}

type innerError struct {
	Date            string `json:"date"`
	RequestID       string `json:"request-id"`
	ClientRequestID string `json:"client-request-id"`
}
