package schema

import (
	"strconv"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

// step is a key or an item on the way to a value.
type step struct {
	name  string
	index int
	item  bool
}

func (w *walk) push(s step) { w.path = append(w.path, s) }

func (w *walk) pop() { w.path = w.path[:len(w.path)-1] }

// where is the path to the value that is looked at. Names that are not Apple's are
// made fit for a line.
func (w *walk) where() string {
	var b strings.Builder
	for _, s := range w.path {
		switch {
		case s.item:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
			continue
		case b.Len() > 0:
			b.WriteByte('.')
		}
		b.WriteString(preflight.Printable(clip(s.name)))
	}
	return b.String()
}

// label is a path as it stands in a sentence.
func label(path string) string {
	if path == "" || strings.ContainsAny(path, " \"") {
		return strconv.Quote(path)
	}
	return path
}

// maxShown is how many letters of a foreign text a message shows.
const maxShown = 40

func clip(s string) string { return preflight.Clip(s, maxShown) }
