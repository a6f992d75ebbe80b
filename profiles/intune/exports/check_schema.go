package exports

import (
	"maps"
	"slices"

	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/certs/preflight"
)

// schema holds an object against the table of its type.
func (j *judging) schema(preflight.Scenario) []preflight.Outcome {
	if _, ok := j.types[j.Kind.Type]; !ok {
		return preflight.Unchecked("%s: there is no table of %s here", j.called(), j.Kind.Type)
	}
	o := maps.Clone(map[string]any(j.Object))
	for _, key := range slices.Concat(relations, []string{"assignments"}) { // what it is for and refers to is not what it is
		delete(o, key)
	}
	maps.DeleteFunc(o, func(_ string, v any) bool { return v == nil }) // says as much as nothing
	var all []preflight.Outcome
	for _, b := range j.types.Breaches(j.Kind.Type, o, schema.Stored) {
		// A newer Graph may have what the table has not.
		out := outcome(preflight.StatusWarn, "schema", "%s: %s", j.called(), preflight.Printable(b.Reason))
		all = append(all, j.at(b.Path, out))
	}
	if len(all) == 0 {
		return preflight.Pass("%s: as Graph describes %s", j.called(), j.Kind.Type)
	}
	return all
}
