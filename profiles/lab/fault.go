package lab

import (
	"net/http"
	"strings"

	"github.com/easkit/easkit/certs/graph/graphtest"
)

// classicStore is in the path of requests to the classic store, and in no other.
const classicStore = "/certificateBasedAuthConfiguration"

// Fault is something that goes wrong with the lab's Graph, to see what happens then.
type Fault struct {
	Name string
	What string // in words, as help shows it

	afterDelete bool // not before the classic store was deleted
	rules       []graphtest.Fault
}

// FaultsCount says which requests the words of a fault count.
const FaultsCount = "Requests count from the start of the lab, whichever command sends them."

// Faults are all that there are.
func Faults() []Fault {
	toClassic := graphtest.Fault{Method: http.MethodPost, PathContains: classicStore}
	with := func(f graphtest.Fault, change func(*graphtest.Fault)) []graphtest.Fault {
		change(&f)
		return []graphtest.Fault{f}
	}
	return []Fault{
		{"cut-after-delete", "the connection is cut when the classic store is posted anew after its delete", true,
			with(toClassic, func(f *graphtest.Fault) { f.Cut = graphtest.CutBefore })},
		{"refuse-after-delete", "the post that follows the delete of the classic store is refused", true,
			with(toClassic, func(f *graphtest.Fault) { f.Status = http.StatusForbidden })},
		{"empty-after-delete", "no token is taken any more for that post, nor for two that put back what was there", true,
			with(toClassic, func(f *graphtest.Fault) { f.Status, f.Times = http.StatusUnauthorized, 3 })},
		{"unavailable", "the first six answers since the start are 503 with 10 seconds to wait: a minute in all", false,
			[]graphtest.Fault{{Status: http.StatusServiceUnavailable, RetryAfter: 10, Times: 6}}},
		{"throttle", "the first three answers since the start are 429 with 2 seconds to wait", false,
			[]graphtest.Fault{{Status: http.StatusTooManyRequests, RetryAfter: 2, Times: 3}}},
		{"expire", "the fifth request since the start ends the token: for a new one, start the lab again", false,
			[]graphtest.Fault{{Skip: 4, Status: http.StatusUnauthorized, ExpireTokens: true}}},
	}
}

// follows reports whether the fault begins with this request.
func (f Fault) follows(r graphtest.Request) bool {
	return f.afterDelete && r.Method == http.MethodDelete && r.Status == http.StatusNoContent && strings.Contains(r.Path, classicStore+"/")
}
