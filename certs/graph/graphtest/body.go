package graphtest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"

	"github.com/easkit/easkit/certs/graph/schema"
)

// maxBody is the most that Graph takes in one request
// (https://learn.microsoft.com/graph/best-practices-concept#reliability-and-support).
const maxBody = 4 << 20

func readBody(r *http.Request) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, breach("The request body cannot be read.")
	}
	if len(b) > maxBody {
		return nil, &refusal{http.StatusRequestEntityTooLarge, codeBadRequest, "The request body is too large.", true}
	}
	return b, nil
}

// checkBody reads the body of a request and holds it against the table of its type. An
// operation that has none takes none, not even {}.
func (s *Server) checkBody(op *operation, r *http.Request, b []byte) (Object, error) {
	if !op.hasBody {
		if len(b) > 0 {
			return nil, breach("This operation has no request body.")
		}
		return nil, nil
	}
	if of, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || of != "application/json" {
		return nil, &refusal{http.StatusUnsupportedMediaType, codeBadRequest, "The Content-Type must be application/json.", true}
	}
	var o Object
	decoder := json.NewDecoder(bytes.NewReader(b))
	if err := decoder.Decode(&o); err != nil || o == nil {
		return nil, breach("Unable to read JSON request payload: it must be one JSON object.")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, breach("Unable to read JSON request payload: something follows the object.")
	}
	if op.reference {
		return o, checkReference(o)
	}
	name := cmp.Or(op.bodyType, op.entity)
	if op.cases {
		var err error
		if name, err = s.caseOf(name, o); err != nil {
			return nil, err
		}
	}
	if err := s.types.Check(name, o, op.body); err != nil {
		return nil, breach("%v", err)
	}
	return o, op.mayWrite(o)
}

// caseOf is the type that a body says it is of: one of the cases of a type that has no
// objects of its own.
func (s *Server) caseOf(base string, o Object) (string, error) {
	name := kindOf(o)
	t, ok := s.types[name]
	switch {
	case name == "":
		return "", breach("@odata.type is missing: it says which %q the object is.", base)
	case !ok || !s.types.IsA(name, base):
		return "", breach("@odata.type is %q, which is no %q.", name, base)
	case t.Abstract:
		return "", breach("@odata.type is %q, which has no objects of its own.", name)
	}
	return name, nil
}

// checkReference holds a body that names another object against the form that OData has
// for it (https://docs.oasis-open.org/odata/odata-json-format/v4.01/odata-json-format-v4.01.html#sec_EntityReference).
func checkReference(o Object) error {
	if len(o) != 1 || o.text("@odata.id") == "" {
		return breach("The request body must be one @odata.id with the URL of an object.")
	}
	return nil
}

// mayWrite refuses properties that Graph lets be set elsewhere but not here, and a
// change that changes nothing.
func (op *operation) mayWrite(o Object) error {
	changes := 0
	for key := range o {
		if key == "@odata.type" {
			continue
		}
		changes++
		if op.writable != nil && !slices.Contains(op.writable, key) {
			return breach("Property %q cannot be set here: only %q can.", key, op.writable)
		}
	}
	if op.body == schema.Updating && changes == 0 {
		return breach("The request body changes nothing.")
	}
	return nil
}
