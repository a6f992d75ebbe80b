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
	return regexp.MustCompile(`\[easkit ([A-Za-z0-9.-]+)/([a-z0-9-]+)\]`)
})

// MarkOf finds the mark of an object; ok is false for one that is not easkit's. Of
// several the last counts, which is the one that [Mark.Describe] adds; people may write
// before and behind it.
func MarkOf(o Object) (m Mark, ok bool) {
	all := markPattern().FindAllStringSubmatch(o.Text("description"), -1)
	if len(all) == 0 {
		return Mark{}, false
	}
	last := all[len(all)-1]
	return Mark{Set: last[1], Key: last[2]}, true
}

// pilotKey begins the keys of the profiles of pilots.
const pilotKey = "ios-pilot-"

// Pilot reports whether the object is one user's, with a private key in it.
func (m Mark) Pilot() bool { return strings.HasPrefix(m.Key, pilotKey) }
