package tenant

import (
	"maps"
	"net/http"
	"slices"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/profiles/intune"
)

// Request is a request that a plan sends, for people to look at. What may hold a key is
// blacked out.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"` // of Graph beta
	Body   any    `json:"body,omitempty"`
	When   string `json:"when,omitempty"` // where it isn't sent always
}

// Requests are what carrying out the plan from its beginning sends, in that order. Ids
// that only the tenant knows are keys of steps in braces.
func (p *Plan) Requests() ([]Request, error) {
	requests := []Request{}
	for _, s := range p.Steps {
		if s.Action == Create {
			requests = append(requests, s.createRequests(p)...)
		}
	}
	for _, s := range p.inOrder() {
		if s.Action != Create {
			requests = append(requests, s.updateRequests(p)...)
		}
		r, err := s.assignRequest()
		if err != nil {
			return nil, err
		}
		requests = append(requests, r...)
	}
	return requests, nil
}

// ranks is the order in which objects reach phones: what others need comes first.
var ranks = []intune.Role{intune.Root, intune.Certificate, intune.Custom, intune.Mail, intune.AppConfig}

// inOrder are the steps in the order in which they reach phones.
func (p *Plan) inOrder() []*Step {
	var steps []*Step
	for i := range p.Steps {
		steps = append(steps, &p.Steps[i])
	}
	slices.SortStableFunc(steps, func(a, b *Step) int {
		return slices.Index(ranks, a.kind().Role) - slices.Index(ranks, b.kind().Role)
	})
	return steps
}

// id is the object's id, or the step's key in braces.
func (s *Step) id() string {
	if s.ID == "" {
		return "{" + s.Key + "}"
	}
	return s.ID
}

// path is where the object is, or where it will be.
func (s *Step) path() string { return s.kind().Collection + "/" + s.id() }

// redacted is a body without what may hold a key.
func redacted(body intune.Object) intune.Object {
	shown := maps.Clone(body)
	for _, name := range opaque {
		if value, there := shown[name]; there && value != nil {
			shown[name] = hidden(value)
		}
	}
	return shown
}

// bound is a body with what its object refers to.
func (s *Step) bound(body intune.Object, address func(Relation) string) intune.Object {
	all := maps.Clone(body)
	for _, r := range s.Relations {
		all[r.Property+"@odata.bind"] = address(r)
	}
	return all
}

func (s *Step) createRequests(p *Plan) []Request {
	address := func(r Relation) string { return "/beta" + p.address(r) }
	requests := []Request{{Method: http.MethodPost, Path: s.kind().Collection, Body: s.bound(redacted(s.Object), address)}}
	for _, r := range s.Relations {
		again := s.relationRequest(p, r)
		again.When = "the request before has not set it"
		requests = append(requests, again)
	}
	return requests
}

func (p *Plan) address(r Relation) string {
	return intune.DeviceConfigurations + "('" + p.step(r.To).id() + "')"
}

func (s *Step) relationRequest(p *Plan, r Relation) Request {
	return Request{Method: http.MethodPut, Path: s.path() + "/microsoft.graph." + s.kind().Type + "/" + r.Property + "/$ref",
		Body: map[string]string{"@odata.id": "/beta" + p.address(r)}}
}

func (s *Step) updateRequests(p *Plan) []Request {
	var requests []Request
	if len(s.Was) > 0 {
		requests = append(requests, Request{Method: http.MethodPatch, Path: s.path(), Body: redacted(s.body(slices.Collect(maps.Keys(s.Was))))})
	}
	for _, r := range s.Relations {
		if p.moves(r) {
			requests = append(requests, s.relationRequest(p, r))
		}
	}
	return requests
}

// body is the body that changes some properties.
func (s *Step) body(names []string) intune.Object {
	body := intune.Object{schema.TypeKey: s.Object[schema.TypeKey]}
	for _, name := range names {
		body[name] = s.Object[name]
	}
	return body
}

func (s *Step) assignRequest() ([]Request, error) {
	if len(s.Assign) == 0 {
		return nil, nil
	}
	var all []graph.IntuneAssignment
	for _, id := range s.Assign {
		a, err := graph.AssignGroup(s.kind().Collection, id)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	r := Request{Method: http.MethodPost, Path: s.path() + "/assign", Body: graph.AssignBody(all)}
	if s.Action != Create {
		r.When = "with all assignments that are there then, as they are, before these"
	}
	return []Request{r}, nil
}
