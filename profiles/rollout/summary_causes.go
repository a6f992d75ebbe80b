package rollout

import (
	"cmp"
	"slices"

	"github.com/easkit/easkit/certs/preflight"
)

// Cause is why entries did not pass a check: what was said of some users, or, where that
// is too many different texts, what is to be done about them.
type Cause struct {
	Status  preflight.Status `json:"status"`
	Message string           `json:"message"` // of the first of them in the table
	// Others says that there are other messages, which have the same fix.
	Others bool     `json:"others,omitempty"`
	Fix    string   `json:"fix,omitempty"`
	Count  int      `json:"count"` // of users
	Users  []string `json:"users"` // the first in the table, at most three
}

// maxCauses bounds the causes that are told apart for a check: more are told by what is to
// be done, or not at all.
const maxCauses = 20

// causes groups the findings of one check, by what was said and by the fix. What is kept
// does not depend on their order.
type causes struct{ said, fixed grouping }

func (c *causes) add(e *Entry, f *preflight.Finding) {
	c.said.add(string(f.Status)+"\x00"+f.Message+"\x00"+f.Fix, e, f)
	c.fixed.add(string(f.Status)+"\x00"+f.Fix, e, f)
}

// list gives the causes: what failed first, then what concerns the most users. There is
// none where they are too many.
func (c *causes) list() []Cause {
	groups := &c.said
	if groups.over {
		groups = &c.fixed
	}
	list := make([]Cause, 0, len(groups.by))
	for _, g := range groups.sorted() {
		list = append(list, Cause{
			Status: g.status, Message: g.message, Others: g.others, Fix: g.fix, Count: g.all.count, Users: slices.Clone(g.users),
		})
	}
	return list
}

// grouping is at most maxCauses groups; over says that there are more, and none is kept.
type grouping struct {
	by   map[string]*group
	over bool
}

type group struct {
	status       preflight.Status
	message, fix string
	others       bool
	all          countedLines
	firstUsers
}

func (x *grouping) add(key string, e *Entry, f *preflight.Finding) {
	if x.over {
		return
	}
	g := x.by[key]
	switch {
	case g != nil:
	case len(x.by) == maxCauses:
		x.by, x.over = nil, true
		return
	default:
		if x.by == nil {
			x.by = map[string]*group{}
		}
		g = &group{status: f.Status, message: f.Message, fix: f.Fix}
		x.by[key] = g
	}
	g.others = g.others || g.message != f.Message
	g.all.add(e.Line)
	if at, there := g.put(e); there && at == 0 {
		g.message = f.Message
	}
}

func (x *grouping) sorted() []*group {
	groups := make([]*group, 0, len(x.by))
	for _, g := range x.by {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *group) int {
		switch {
		case a.status.Worse(b.status):
			return -1
		case b.status.Worse(a.status):
			return 1
		}
		return cmp.Or(b.all.count-a.all.count, a.lines[0]-b.lines[0], cmp.Compare(a.message, b.message), cmp.Compare(a.fix, b.fix))
	})
	return groups
}

// firstUsers are the first in the table of those that were put, at most namesPerCheck.
type firstUsers struct {
	users []string
	lines []int
}

// put keeps a user who is among the first, and answers where, and whether that is so. A
// line that is there already keeps its place.
func (u *firstUsers) put(e *Entry) (at int, first bool) {
	at, there := slices.BinarySearch(u.lines, e.Line)
	if there || at == namesPerCheck {
		return at, false
	}
	u.lines, u.users = slices.Insert(u.lines, at, e.Line), slices.Insert(u.users, at, e.who())
	n := min(len(u.lines), namesPerCheck)
	u.lines, u.users = u.lines[:n], u.users[:n]
	return at, true
}

// countedLines are lines of the table, each counted once.
type countedLines struct {
	lines lineSet
	count int
}

func (c *countedLines) add(line int) {
	if c.lines == nil {
		c.lines = lineSet{}
	}
	if !c.lines.has(line) {
		c.lines.add(line)
		c.count++
	}
}
