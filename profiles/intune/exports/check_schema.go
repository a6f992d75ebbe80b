package exports

import (
	"maps"
	"slices"

	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/certs/preflight"
)

// schema holds an object against the table of its type.
func (j *judging) schema(preflight.Scenario) []preflight.Outcome {
	all := j.twice()
	if _, ok := j.types[j.Kind.Type]; !ok {
		return append(all, preflight.Unchecked("%s: there is no table of %s here", j.called(), j.Kind.Type)...)
	}
	o := maps.Clone(map[string]any(j.Object))
	for _, key := range slices.Concat(relations, []string{"assignments"}) { // what it is for and refers to is not what it is
		delete(o, key)
	}
	maps.DeleteFunc(o, func(_ string, v any) bool { return v == nil }) // says as much as nothing
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

// twice finds keys that an object has more than once.
func (j *judging) twice() []preflight.Outcome {
	var all []preflight.Outcome
	j.tree().Each(func(n *tree.Node) {
		seen := map[string]bool{}
		for _, e := range n.Entries {
			if seen[e.Key] {
				o := outcome(preflight.StatusWarn, "twice", "%s: %s is there twice: which of the two counts depends on who reads it", j.called(), quoted(e.Key))
				o.Fix = "export the object again, or leave one of the two out"
				o.Line, o.Column = j.inFile(e.At.Line, e.At.Column)
				all = append(all, o)
			}
			seen[e.Key] = true
		}
	})
	return all
}
