package userids

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/easkit/easkit/certs/graph"
)

// Request is a request that a plan sends, for people to look at.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	// Body is the whole list as it would be sent, nil where the plan does not know
	// what the user has.
	Body *RequestBody `json:"body,omitempty"`
	Add  []string     `json:"add"`  // what is new in the list
	When string       `json:"when"` // on which condition it is sent, and what is read for it
}

// RequestBody is the body of a [Request].
type RequestBody struct {
	AuthorizationInfo graph.AuthorizationInfo `json:"authorizationInfo"`
}

// What a request depends on.
const (
	whenKnown   = "the user lacks one of the added values; what he has is read anew, and stands before them"
	whenUnknown = "the user lacks one of the added values; what he has is read then, and stands before them: the plan does not know it"
)

// Requests are what carrying out the plan sends to change something. The id of a user
// whom the plan knows by name only is named in braces.
func (p *Plan) Requests() []Request {
	requests := make([]Request, len(p.Rows))
	for i, row := range p.Rows {
		id := url.PathEscape(row.ID)
		if row.ID == "" {
			id = "{" + url.PathEscape(row.UPN) + "}"
		}
		r := Request{Method: http.MethodPatch, Path: "/users/" + id, Add: row.Add, When: whenUnknown}
		if row.Before != nil {
			r.When = whenKnown
			r.Body = &RequestBody{graph.AuthorizationInfo{CertificateUserIDs: slices.Concat(row.Before, missing(row.Add, row.Before))}}
		}
		requests[i] = r
	}
	return requests
}
