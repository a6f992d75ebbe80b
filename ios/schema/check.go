package schema

import (
	"slices"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// maxIssues is how many issues of one dictionary are gathered: one with more is
// no profile.
const maxIssues = 1000

// CheckTop judges the keys at the top of a profile for a version of iOS, such as
// 15; what is in its payloads is left to [CheckPayload]. Versions below 1 say that
// none is known: then nothing is judged by version. A key that was written twice
// is judged twice.
func CheckTop(profile *plist.Node, ios int) []Issue {
	w := walk{ios: Version{Major: max(ios, 0)}, table: &top, codes: topAnswers}
	if w.isDictionary(profile, "the profile") {
		w.dictionary(profile, top.Keys, nil)
	}
	return w.issues
}

// CheckPayload judges one payload: the keys that all payloads have and, where the
// package has a table for its PayloadType, its own. Versions are as for
// [CheckTop]. With strict, as for Apple Business, which validates what is uploaded
// against the schema, what phones were only seen to tolerate is an issue too: an
// array for PayloadDescription, and an empty string for a key whose values are
// bounded.
func CheckPayload(payload *plist.Node, ios int, strict bool) []Issue {
	w := walk{ios: Version{Major: max(ios, 0)}, strict: strict, table: &common, codes: payloadAnswers}
	if !w.isDictionary(payload, "the payload") {
		return w.issues
	}
	p := Lookup(payload.Get("PayloadType").Str())
	switch {
	case p == nil:
		w.otherPayload(payload)
		w.open = true
		w.dictionary(payload, common.Keys, nil)
		return w.issues
	case p.NotIOS:
		w.open = true
	}
	w.table = p
	w.payload(p, payload)
	w.dictionary(payload, common.Keys, p.Keys)
	for _, broken := range p.rules {
		broken(&w, payload)
	}
	return w.issues
}

// walk goes through one dictionary.
type walk struct {
	ios    Version // none where it is not known
	strict bool
	open   bool     // the keys are not all known: nothing is said of unknown ones
	table  *Payload // whose rules are applied
	codes  answers
	path   []step
	issues []Issue
}

func (w *walk) full() bool { return len(w.issues) >= maxIssues }

// dictionary judges the entries of n by the tables of its keys.
func (w *walk) dictionary(n *plist.Node, keys, more []Key) {
	// What is missing first: of unknown keys there may be more than are listed.
	for _, table := range [][]Key{keys, more} {
		for i := range table {
			if k := &table[i]; k.Required && k.Name != AnyName {
				w.required(k, n)
			}
		}
	}
	var absent []string
	for i := range n.Entries {
		e := &n.Entries[i]
		k := find(e.Key, keys, more)
		switch {
		case w.full():
			return
		case e.Value == nil:
		case k != nil:
			w.push(step{name: k.Name})
			w.entry(k, e)
			w.pop()
		case len(keys) == 1 && keys[0].Name == AnyName:
			w.push(step{name: e.Key})
			w.value(&keys[0], e.Value)
			w.pop()
		case !w.open:
			if absent == nil {
				absent = absentFrom(n, keys, more)
			}
			w.unknown(e, absent)
		}
	}
}

func find(name string, keys, more []Key) *Key {
	for i := range keys {
		if keys[i].Name == name {
			return &keys[i]
		}
	}
	for i := range more {
		if more[i].Name == name {
			return &more[i]
		}
	}
	return nil
}

// absentFrom is the names of the keys that a dictionary might have and has not.
func absentFrom(n *plist.Node, keys, more []Key) []string {
	there := make(map[string]bool, len(n.Entries))
	for _, e := range n.Entries {
		there[e.Key] = true
	}
	names := []string{}
	for _, table := range [][]Key{keys, more} {
		for i := range table {
			if k := &table[i]; !there[k.Name] && !k.NotIOS && k.Deprecated.IsZero() && !k.undocumented {
				names = append(names, k.Name)
			}
		}
	}
	return names
}

// entry judges a key that is known.
func (w *walk) entry(k *Key, e *plist.Entry) {
	switch {
	case k.NotIOS:
		w.notIOS(e)
		return
	case k.undocumented:
		w.undocumented(e)
	}
	w.support(k, e)
	w.value(k, e.Value)
}

// value judges the type of a value and what is in it.
func (w *walk) value(k *Key, n *plist.Node) {
	switch {
	case n == nil || k.Type == Any:
	case n.Kind == plist.Array && w.takesList(k):
		one := *k
		one.Lists = ""
		w.items(&one, n)
	case n.Kind != k.Type:
		w.wrongType(k, n)
	case n.Kind == plist.Dictionary:
		w.dictionary(n, k.Keys, nil)
	case n.Kind == plist.Array && len(k.Keys) == 1:
		if w.table == &top { // its payloads are judged one by one
			return
		}
		w.repeat(&k.Keys[0], n)
		w.items(&k.Keys[0], n)
	default:
		w.content(k, n)
	}
}

func (w *walk) takesList(k *Key) bool {
	return k.Lists == preflight.Documented || k.Lists != "" && !w.strict
}

func (w *walk) items(k *Key, n *plist.Node) {
	for i, item := range n.Items {
		if w.full() {
			return
		}
		w.push(step{index: i, item: true})
		w.value(k, item)
		w.pop()
	}
}

// content judges a value of the right type.
func (w *walk) content(k *Key, n *plist.Node) {
	if n.Kind == plist.String && n.Text == "" && w.emptyPasses(k) {
		return
	}
	switch {
	case k.Allowed != nil && !k.allows(n):
		w.notAllowed(k, n)
	case k.Bits != 0 && n.Int&^k.Bits != 0:
		w.notBits(k, n)
	case k.form != nil && !k.form.match(n.Text):
		w.notForm(k, n)
	}
}

// emptyPasses reports whether an empty string is no bad value: phones were seen to
// take it for no value, so that one that is required counts as missing.
func (w *walk) emptyPasses(k *Key) bool {
	if k.Required {
		return k.free()
	}
	return k.free() || !w.strict
}

// free reports whether a string may be anything.
func (k *Key) free() bool { return k.Allowed == nil && k.form == nil }

// isTaken reports whether a value that Apple does not have was seen to be taken.
func (k *Key) isTaken(n *plist.Node) bool {
	return slices.ContainsFunc(k.taken, func(value any) bool { return k.is(value, n) })
}

func (k *Key) allows(n *plist.Node) bool {
	for _, value := range k.Allowed {
		if k.is(value, n) {
			return true
		}
	}
	return false
}
