package graphtest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// The versions of Graph. What is in one is not in the other, except the list of groups.
const (
	stable = "v1.0"
	beta   = "beta"
)

// basePath is where the paths of the stable version begin.
const basePath = "/" + stable

// root is where the paths of an operation's version begin.
func (op *operation) root() string { return "/" + cmp.Or(op.version, stable) }

// match finds the operation of a request and the segments of its path that stand for {}.
func (s *Server) match(r *http.Request) (*operation, []string, error) {
	version, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	if version != stable && version != beta {
		return nil, nil, &refusal{http.StatusBadRequest, codeSegment,
			fmt.Sprintf("Invalid version or path %q: only %s and %s are served.", r.URL.Path, stable, beta), true}
	}
	known := false
	for i := range s.operations {
		op := &s.operations[i]
		params, ok := matchPath(op.path, "/"+rest)
		ok = ok && cmp.Or(op.version, stable) == version
		if ok && op.method == r.Method {
			return op, params, nil
		}
		known = known || ok
	}
	if known {
		return nil, nil, &refusal{http.StatusMethodNotAllowed, codeBadRequest, "Specified HTTP method is not allowed for the request target.", true}
	}
	return nil, nil, unknownSegment(r.URL.Path)
}

// unknownSegment refuses a path that leads nowhere.
func unknownSegment(path string) error {
	return &refusal{http.StatusBadRequest, codeSegment, fmt.Sprintf("Resource not found for the segment of %q.", path), true}
}

func matchPath(pattern, escaped string) ([]string, bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(escaped, "/")
	if len(want) != len(have) {
		return nil, false
	}
	var params []string
	for i, segment := range have {
		text, err := url.PathUnescape(segment)
		switch {
		case err != nil:
			return nil, false
		case want[i] == "{}" && text != "":
			params = append(params, text)
		case want[i] != text:
			return nil, false
		}
	}
	return params, true
}
