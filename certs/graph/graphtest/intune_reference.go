package graphtest

import (
	"net/http"
	"strings"

	"github.com/easkit/easkit/certs/graph/schema"
)

// referred gives the id of the device configuration that a URL names, if it is there
// and of a type that the relationship takes. The URL is absolute and of this server;
// its key is in brackets or a segment of its own
// (https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html#sec_CanonicalURL).
func (s *Server) referred(c *call, p schema.Property, url string) (string, error) {
	if p.Collection {
		return "", breach("%q is a collection: it cannot be set to one object.", p.Name)
	}
	base := c.origin() + "/" + beta + devicePath
	key, ok := strings.CutPrefix(url, base)
	id, slash := strings.CutPrefix(key, "/")
	if rest, open := strings.CutPrefix(key, "('"); open {
		id, slash = strings.CutSuffix(rest, "')")
	}
	if !ok || !slash || id == "" || strings.ContainsAny(id, "/'()?") {
		return "", breach("%q of %q is no object of %s.", url, p.Name, base)
	}
	i := indexOf(s.current.intune.objects[devicePath], "id", id)
	if i < 0 {
		return "", missing(id)
	}
	if kind := kindOf(s.current.intune.objects[devicePath][i]); !s.types.IsA(kind, p.EDM) {
		return "", breach("%q takes a %q: %q is a %q.", p.Name, p.EDM, id, kind)
	}
	return id, nil
}

// relation finds a relationship of a device configuration by its name. A path names the
// object's type before it, or one that it is a case of, as OData has it; that this may
// be left out (is is "" then) is the custom of clients and not described.
func (s *Server) relation(st *state, id, is, name string) (Object, schema.Property, error) {
	i := indexOf(st.intune.objects[devicePath], "id", id)
	if i < 0 {
		return nil, schema.Property{}, missing(id)
	}
	o := st.intune.objects[devicePath][i]
	kind := kindOf(o)
	if is != "" {
		cast, ok := strings.CutPrefix(is, "microsoft.graph.")
		if !ok || !s.types.IsA(cast, deviceType) {
			return nil, schema.Property{}, unknownSegment(is)
		}
		if !s.types.IsA(kind, cast) {
			return nil, schema.Property{}, missing(id)
		}
		kind = cast
	}
	p, ok := s.types[kind].Property(name)
	if !ok || !p.Navigation {
		return nil, schema.Property{}, unknownSegment(name)
	}
	return o, p, nil
}

// single is relation for a path that ends with a relationship to one object; to is its
// id, "" if there is none.
func (s *Server) single(c *call, st *state) (o Object, p schema.Property, to string, err error) {
	id, is, name := c.params[0], "", c.params[len(c.params)-1]
	if len(c.params) > 2 {
		is = c.params[1]
	}
	if o, p, err = s.relation(st, id, is, name); err != nil {
		return nil, p, "", err
	}
	if p.Collection {
		return nil, p, "", unknownSegment(name)
	}
	return o, p, st.intune.references[id][name], nil
}

func (s *Server) getRelated(c *call) (*answer, error) {
	_, p, to, err := s.single(c, c.view)
	if err != nil {
		return nil, err
	}
	if to == "" {
		return nil, missing(p.Name)
	}
	return s.found(c, c.view.intune.objects[devicePath], to)
}

func (s *Server) getReference(c *call) (*answer, error) {
	_, p, to, err := s.single(c, c.view)
	if err != nil {
		return nil, err
	}
	if to == "" {
		return nil, missing(p.Name)
	}
	root := c.origin() + c.op.root()
	return &answer{http.StatusOK, Object{"@odata.context": root + "/$metadata#$ref", "@odata.id": root + devicePath + "('" + to + "')"}}, nil
}

// putReference sets a relationship, which is an edit of the object.
func (s *Server) putReference(c *call) (*answer, error) {
	o, p, _, err := s.single(c, s.current)
	if err != nil {
		return nil, err
	}
	to, err := s.referred(c, p, c.body.text("@odata.id"))
	if err != nil {
		return nil, err
	}
	s.write(c.now)
	s.change(deviceConfigurations(), o.text("id"), nil, map[string]string{p.Name: to}, stamp(c.now))
	return &answer{status: http.StatusNoContent}, nil
}
