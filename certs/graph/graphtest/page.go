package graphtest

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// defaultPage is how many objects a page has if nothing else is said
// (https://learn.microsoft.com/graph/api/user-list#optional-query-parameters).
const defaultPage = 100

// list answers with a page of objects: those that the filter lets through, after the
// one that the token names, with the properties that were asked for.
func (s *Server) list(c *call, all []Object) (*answer, error) {
	matching := all
	if f := c.query.filter; f != nil {
		matching = nil
		for _, o := range all {
			if f.matches(o, f.value) {
				matching = append(matching, o)
			}
		}
	}
	start := 0
	if c.query.after != "" {
		if start = indexOf(matching, "id", c.query.after) + 1; start == 0 {
			return nil, &refusal{http.StatusBadRequest, codePageToken,
				"The specified page token value has expired and can no longer be included in your request.", false}
		}
	}
	end := min(start+s.pageSize(c), len(matching))
	value := []Object{}
	for _, o := range matching[start:end] {
		value = append(value, s.shown(c, o))
	}
	body := Object{"@odata.context": c.context(), "value": value}
	if c.query.count && c.request.Header.Get(advanced) == "eventual" {
		body["@odata.count"] = len(matching)
	}
	if end < len(matching) {
		body["@odata.nextLink"] = c.nextLink(matching[end-1].text("id"))
	}
	return &answer{http.StatusOK, body}, nil
}

// pageSize is never more than the knob: a server may always give less than was asked.
func (s *Server) pageSize(c *call) int {
	size := s.options.PageSize
	if size <= 0 {
		size = maxTop
		if c.query.top == 0 {
			size = defaultPage
		}
	}
	if c.query.top > 0 {
		size = min(size, c.query.top)
	}
	return size
}

// one answers with a single object.
func (s *Server) one(c *call, status int, o Object) (*answer, error) {
	return &answer{status, s.shown(c, o).with("@odata.context", c.context()+"/$entity")}, nil
}

// shown gives the properties of an object that the query asks for: with $select those
// alone, not even the id besides.
func (s *Server) shown(c *call, o Object) Object {
	t := s.types[c.op.entity]
	if kind := kindOf(o); s.types.IsA(kind, t.Name) {
		t = s.types[kind]
	}
	shown := Object{}
	if of, ok := o["@odata.type"]; ok {
		shown["@odata.type"] = of
	}
	for _, p := range t.Properties {
		value, ok := o[p.Name]
		switch {
		case len(c.query.properties) > 0 && !slices.Contains(c.query.properties, p.Name):
			continue
		case len(c.query.properties) == 0 && p.OnSelect:
			continue
		case p.Navigation && p.Name == c.op.expand:
			continue
		case ok:
			shown[p.Name] = value
		case !p.Collection && !p.Navigation:
			shown[p.Name] = nil
		case p.Collection && !p.Navigation:
			shown[p.Name] = []any{}
		}
	}
	if c.query.expand {
		shown[c.op.expand] = o[c.op.expand]
	}
	return shown
}

// pageToken holds the id of the last object of a page, and the options it was made
// for: a nextLink is to be used as it is.
func pageToken(id, fixed string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(id + "\n" + fixed))
}

func (s *Server) afterToken(token, fixed string) (string, error) {
	if token == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	id, of, ok := strings.Cut(string(raw), "\n")
	if err != nil || !ok || of != fixed {
		return "", badQuery("$skiptoken is not one of these query options: use @odata.nextLink as it is.")
	}
	return id, nil
}
