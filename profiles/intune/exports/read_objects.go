package exports

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/profiles/intune"
)

// maxWithin is how deep objects stand within lists and answers: pages of a batch's
// answers that somebody put into one file.
const maxWithin = 8

// holders are the keys under which an answer, which is no object itself, has objects: of
// one request, and of a batch
// (https://learn.microsoft.com/graph/json-batching#response-format).
var holders = []string{"value", "responses", "body"}

// nextLink is the key under which an answer has the address of its next page
// (https://learn.microsoft.com/graph/paging).
const nextLink = "@odata.nextLink"

// exportReader walks a file whose JSON is known to be sound.
type exportReader struct {
	file   string
	place  exportPlace
	found  []Export
	passed Passed
}

// part is a value of the file, and where it begins there.
type part struct {
	raw    []byte
	offset int
}

// value takes in a value that stands within so many others. of is the type of what
// doesn't say its own, as the answer around it has it; "" where that has none.
func (r *exportReader) value(p part, within int, of string) {
	trimmed := bytes.TrimLeft(p.raw, " \t\r\n")
	p = part{trimmed, p.offset + len(p.raw) - len(trimmed)}
	switch {
	case within > maxWithin:
		r.passed.Others++
	case bytes.HasPrefix(p.raw, []byte("[")):
		each(p.raw, func(dec *json.Decoder) error {
			var item json.RawMessage
			if err := dec.Decode(&item); err != nil {
				return err
			}
			r.value(part{item, p.offset + int(dec.InputOffset()) - len(item)}, within+1, of)
			return nil
		})
	case bytes.HasPrefix(p.raw, []byte("{")):
		r.object(p, within, of)
	default:
		r.passed.Others++
	}
}

// head is what tells an object from an answer.
type head struct {
	types   []string // all that it says to be: a key may be there twice
	context string
	holds   []part
	next    string  // where the next page is
	status  float64 // of HTTP, where it is an answer of a batch
	failed  bool    // it tells of an error
}

// refused reports whether Graph had no objects for a request
// (https://learn.microsoft.com/graph/errors).
func (h head) refused() bool { return h.failed || h.status >= http.StatusBadRequest }

// headOf reads the head of an object.
func headOf(p part) (h head) {
	each(p.raw, func(dec *json.Decoder) error {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return err
		}
		name, _ := key.(string)
		switch {
		case name == schema.TypeKey:
			var text string
			_ = json.Unmarshal(v, &text) // one that is no text is none that is known
			h.types = append(h.types, typeName(text))
		case name == "@odata.context":
			_ = json.Unmarshal(v, &h.context)
		case name == nextLink:
			_ = json.Unmarshal(v, &h.next)
		case name == "status":
			_ = json.Unmarshal(v, &h.status) // the status of anything else is no number
		case name == "error":
			h.failed = v[0] == '{'
		case slices.Contains(holders, name) && (v[0] == '[' || v[0] == '{'):
			h.holds = append(h.holds, part{v, p.offset + int(dec.InputOffset()) - len(v)})
		}
		return nil
	})
	return h
}

// object takes in one that is of a known type, or what an answer holds.
func (r *exportReader) object(p part, within int, of string) {
	h := headOf(p)
	if named := typeOfContext(h.context); named != "" {
		of = named
	}
	answers := len(h.types) == 0 || strings.HasPrefix(h.types[0], "Collection(")
	switch i := slices.IndexFunc(h.types, known); {
	case i >= 0:
		r.add(p, h.types[i])
	case answers && h.refused():
		r.passed.Refused++
	case answers && len(h.holds) > 0:
		if h.next != "" {
			r.passed.Cut++
		}
		for _, held := range h.holds {
			r.value(held, within+1, of)
		}
	case answers && known(of):
		r.add(p, of)
	case answers:
		r.passed.Untyped++
	default:
		r.passed.Others++
	}
}

// add keeps an object of a type that is known.
func (r *exportReader) add(p part, of string) {
	var o intune.Object
	var number *json.UnmarshalTypeError
	if err := json.Unmarshal(p.raw, &o); err != nil && !errors.As(err, &number) { // of a number beyond float64 the rest is there
		r.passed.Others++
		return
	}
	k, _ := intune.KindOf(of)
	if o.Text(schema.TypeKey) == "" {
		o[schema.TypeKey] = schema.Namespace + k.Type
	}
	r.place.to(p.offset)
	r.found = append(r.found, newExport(Export{File: r.file, Line: r.place.line, Column: r.place.column, Kind: k, Object: o, raw: p.raw}))
}

func known(name string) bool {
	_, ok := intune.KindOf(name)
	return ok
}

// typePrefix is the namespace of Graph's types. Tools write it with and without the #.
const typePrefix = "microsoft.graph."

// typeName is a type without its namespace, in whatever capitals that is.
func typeName(text string) string {
	text = strings.TrimPrefix(text, "#")
	if len(text) >= len(typePrefix) && strings.EqualFold(text[:len(typePrefix)], typePrefix) {
		return text[len(typePrefix):]
	}
	return text
}

// typeOfContext is the type that a request asked for, of whose objects Graph then does
// not repeat it: it stands at the end of the context
// (https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part1-protocol.html#sec_CollectionofDerivedEntities).
func typeOfContext(context string) string {
	_, fragment, _ := strings.Cut(context, "#")
	fragment, _, _ = strings.Cut(strings.TrimSuffix(fragment, "/$entity"), "(")
	last := fragment[strings.LastIndexByte(fragment, '/')+1:]
	if name := typeName(last); name != last && known(name) {
		return name
	}
	return ""
}

// each goes through what is within the brackets of sound JSON.
func each(raw []byte, item func(*json.Decoder) error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return
	}
	for dec.More() {
		if err := item(dec); err != nil {
			return
		}
	}
}
