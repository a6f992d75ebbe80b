package trust

import (
	"net/http"

	"github.com/easkit/easkit/certs/graph"
)

// Request is a request that a plan sends, for people to look at.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Body   any    `json:"body,omitempty"`
	When   string `json:"when,omitempty"` // where it isn't sent always
}

// Requests are what carrying out the plan from its beginning sends. In paths, ids
// that only the tenant knows are named in braces.
func (p *Plan) Requests() ([]Request, error) {
	if p.Empty() {
		return []Request{}, nil
	}
	if p.Store == Classic {
		return p.classicRequests(), nil
	}
	base := graph.PKIPath
	requests := []Request{}
	if p.Create {
		requests = append(requests, Request{Method: http.MethodPost, Path: base, Body: map[string]string{"displayName": p.Container}})
	}
	base += "/{" + p.Container + "}"
	if p.Upload != nil && len(p.added()) > 0 {
		requests = append(requests, Request{Method: http.MethodPost, Path: base + "/upload", Body: p.Upload})
	}
	for _, s := range p.Steps() {
		r, err := s.pkiRequest(base+"/certificateAuthorities", p.Upload != nil)
		if err != nil {
			return nil, err
		}
		if r != nil {
			requests = append(requests, *r)
		}
	}
	return requests, nil
}

func (s Step) pkiRequest(base string, uploaded bool) (*Request, error) {
	id := base + "/{" + s.Entry.Thumbprint() + "}"
	switch {
	case s.Action == Add && uploaded:
		return &Request{Method: http.MethodPatch, Path: id, Body: graph.CAUpdate{CRLURL: &s.Entry.CRL, DeltaURL: &s.Entry.Delta}.Body(),
			When: "the upload has set another address"}, nil
	case s.Action == Add:
		d, err := s.Entry.Detail()
		if err != nil {
			return nil, err
		}
		return &Request{Method: http.MethodPost, Path: base, Body: d.CreateBody()}, nil
	case s.Action == Change:
		return &Request{Method: http.MethodPatch, Path: id, Body: update(s).Body()}, nil
	case s.Action == Remove:
		return &Request{Method: http.MethodDelete, Path: id}, nil
	}
	return nil, nil
}

func (p *Plan) classicRequests() []Request {
	path := graph.ClassicPath(p.Tenant)
	post := Request{Method: http.MethodPost, Path: path, Body: graph.ClassicStore{CAs: bodies(p.After)}}
	requests := []Request{post}
	if len(p.Before) > 0 {
		refused := "the first is refused"
		probe := Request{Method: http.MethodPost, Path: path, Body: graph.ClassicStore{CAs: bodies(p.Before)}, When: refused + ": is it because there is a list?"}
		again := post
		again.When = refused + " because there is a list"
		requests = append(requests, probe, Request{Method: http.MethodDelete, Path: path + "/" + graph.ClassicStoreID, When: again.When}, again)
	}
	return requests
}
