package inventory

import (
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

// longestField bounds what is kept of any one field, in bytes. Real names and
// user agents stay far below.
const longestField = 256

// kept is a field in a form that is safe to keep and to print: a copy, bounded,
// on one line.
func kept(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > longestField {
		s = s[:longestField]
	}
	return strings.Clone(preflight.Printable(strings.ToValidUTF8(s, "�")))
}

// clip shortens what is quoted in an error.
func clip(s string) string {
	const longest = 80
	return preflight.Clip(s, longest)
}
