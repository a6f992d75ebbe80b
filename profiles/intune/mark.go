package intune

import (
	"regexp"
	"strings"
	"sync"
)

// Mark is how a set knows its objects again in a tenant. It stands in their
// descriptions, which is the only place that Graph leaves to us.
type Mark struct {
	Set string // [Set.ID]
	Key string // [Part.Key]
}

// String is the mark as it stands in a description.
func (m Mark) String() string { return "[easkit " + m.Set + "/" + m.Key + "]" }

// Describe is a description with the mark behind a sentence for people.
func (m Mark) Describe(sentence string) string {
	return strings.TrimSpace(sentence + " " + m.String())
}

var markPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\[easkit ([A-Za-z0-9.-]+)/([a-z0-9-]+)\]$`)
})

// MarkOf finds the mark of an object; ok is false for one that is not easkit's.
func MarkOf(o Object) (m Mark, ok bool) {
	found := markPattern().FindStringSubmatch(strings.TrimSpace(o.Text("description")))
	if found == nil {
		return Mark{}, false
	}
	return Mark{Set: found[1], Key: found[2]}, true
}
