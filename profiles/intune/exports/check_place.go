package exports

import (
	"fmt"
	"strings"

	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs/preflight"
)

// at is an outcome where a property stands: "hostName", "customSubjectAlternativeNames[0].name".
// One that isn't there is missed where the object begins.
func (j *judging) at(path string, o preflight.Outcome) preflight.Outcome {
	o.Line, o.Column = j.Line, j.Column
	if at := find(j.tree(), path); at.Line > 0 {
		o.Line, o.Column = j.inFile(at.Line, at.Column)
	}
	return o
}

// inFile turns a place in the object into one in its file.
func (e *Export) inFile(line, column int) (int, int) {
	if line == 1 {
		column += e.Column - 1
	}
	return line + e.Line - 1, column
}

// tree is the object with its places.
func (j *judging) tree() *tree.Node {
	if !j.read && len(j.raw) > 0 {
		j.node, _ = tree.Parse(j.raw) // without one, the place is where the object begins
	}
	j.read = true
	return j.node
}

// find follows a path of properties and items as far as it goes. A key may have a dot
// in it, as @odata.type does.
func find(n *tree.Node, path string) tree.Position {
	if n == nil {
		return tree.Position{}
	}
	if whole := n.Get(path); whole != nil {
		return whole.At
	}
	end := strings.IndexAny(path, ".[]")
	if end < 0 {
		end = len(path)
	}
	next := n.Get(path[:end])
	if n.Kind == tree.Array {
		next = item(n, path[:end])
	}
	if next == nil {
		return n.At
	}
	return find(next, strings.TrimLeft(path[end:], ".[]"))
}

// atRelation is an outcome where the object says what it refers to, in any of its forms.
func (j *judging) atRelation(name string, o preflight.Outcome) preflight.Outcome {
	for _, key := range []string{name, name + odataBind, customRef + name} {
		if j.tree().Get(key) != nil {
			return j.at(key, o)
		}
	}
	return j.at("", o)
}

func item(n *tree.Node, step string) *tree.Node {
	number := 0
	if _, err := fmt.Sscanf(step, "%d", &number); err != nil || number < 0 || number >= len(n.Items) {
		return nil
	}
	return n.Items[number]
}
