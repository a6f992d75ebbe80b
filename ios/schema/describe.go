package schema

import (
	"fmt"
	"strings"
	"time"

	"github.com/easkit/easkit/ios/plist"
)

// kinds names the types with their article, and says how to write them.
var kinds = map[plist.Kind]struct{ a, write string }{
	plist.Dictionary: {"a dictionary", "<dict>…</dict>"},
	plist.Array:      {"an array", "<array>…</array>"},
	plist.String:     {"a string", "<string>…</string>"},
	plist.Boolean:    {"a boolean", "<true/> or <false/>"},
	plist.Integer:    {"an integer", "<integer>…</integer>"},
	plist.Real:       {"a real", "<real>…</real>"},
	plist.Data:       {"data", "<data>…</data>, in Base64"},
	plist.Date:       {"a date", "<date>…</date>, in UTC"},
}

func a(kind plist.Kind) string {
	if k, ok := kinds[kind]; ok {
		return k.a
	}
	return "a value of no kind"
}

// found says what a value is; of secrets, data and what holds others, only its
// type.
func (k *Key) found(n *plist.Node) string {
	if !k.Secret {
		switch n.Kind {
		case plist.String:
			return fmt.Sprintf("the string %q", clip(n.Text))
		case plist.Boolean:
			return fmt.Sprintf("the boolean %t", n.Bool)
		case plist.Integer:
			return fmt.Sprintf("the integer %d", n.Int)
		case plist.Real:
			return fmt.Sprintf("the real %g", n.Real)
		case plist.Date:
			return "the date " + n.Time.UTC().Format(time.RFC3339)
		}
	}
	return a(n.Kind)
}

// choice lists the values that there are: "1", "one of 0, 1, 3".
func (k *Key) choice() string {
	all := make([]string, len(k.Allowed))
	for i, value := range k.Allowed {
		all[i] = fmt.Sprint(value)
	}
	if len(all) == 1 {
		return all[0]
	}
	return "one of " + strings.Join(all, ", ")
}
