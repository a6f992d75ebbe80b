package graphtest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// basePath is the version of Graph that is served. There is no /beta.
const basePath = "/v1.0"

// match finds the operation of a request and the segments of its path that stand for {}.
func (s *Server) match(r *http.Request) (*operation, []string, error) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), basePath+"/")
	if !ok {
		return nil, nil, &refusal{http.StatusBadRequest, codeSegment,
			fmt.Sprintf("Invalid version or path %q: only %s is served.", r.URL.Path, basePath), true}
	}
	known := false
	for i := range s.operations {
		op := &s.operations[i]
		params, ok := matchPath(op.path, "/"+rest)
		if ok && op.method == r.Method {
			return op, params, nil
		}
		known = known || ok
	}
	if known {
		return nil, nil, &refusal{http.StatusMethodNotAllowed, codeBadRequest, "Specified HTTP method is not allowed for the request target.", true}
	}
	return nil, nil, &refusal{http.StatusBadRequest, codeSegment, fmt.Sprintf("Resource not found for the segment of %q.", r.URL.Path), true}
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
