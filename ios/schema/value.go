package schema

import (
	"fmt"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// add notes an issue at the path that is looked at, or at its own. What it does
// not say is a failure on Apple's word.
func (w *walk) add(i Issue) {
	if w.full() {
		return
	}
	if i.Path == "" {
		i.Path = w.where()
	}
	if i.Severity == "" {
		i.Severity = preflight.StatusFail
	}
	if i.Basis == "" {
		i.Basis = preflight.Documented
	}
	if i.Source == "" {
		i.Source = w.source(i.Path)
	}
	w.issues = append(w.issues, i)
}

// source is where Apple has the key that a path begins with.
func (w *walk) source(path string) string {
	name := path
	if end := strings.IndexAny(path, ".["); end >= 0 {
		name = path[:end]
	}
	if w.table != &top && find(name, common.Keys, nil) != nil {
		return common.source()
	}
	return w.table.source()
}

func (w *walk) isDictionary(n *plist.Node, what string) bool {
	switch {
	case n == nil:
		w.add(Issue{Word: WordType, Message: what + " is missing", Fix: "Build the profile anew.", Codes: w.codes.toShape})
	case n.Kind != plist.Dictionary:
		w.add(Issue{Word: WordType, Message: fmt.Sprintf("%s is %s, not a dictionary", what, a(n.Kind)), Fix: "Write it as <dict>…</dict>.", At: n.At, Codes: w.codes.toShape})
	default:
		return true
	}
	return false
}

// wrongType warns only where an integer stands for a real: Apple's API has one
// class for both.
func (w *walk) wrongType(k *Key, n *plist.Node) {
	i := Issue{
		Word: WordType, Message: fmt.Sprintf("%s is %s, not %s", label(w.where()), k.found(n), a(k.Type)),
		Fix: fmt.Sprintf("Write it as %s.", kinds[k.Type].write), At: n.At, Codes: w.codes.toType,
	}
	if k.Type == plist.Real && n.Kind == plist.Integer {
		i.Severity, i.Basis, i.Codes = preflight.StatusWarn, preflight.Inferred, nil
		i.Message += "; phones are likely to take it"
	}
	w.add(i)
}

// required judges whether a key is there that has to be.
func (w *walk) required(k *Key, n *plist.Node) {
	v := n.Get(k.Name)
	w.push(step{name: k.Name})
	defer w.pop()
	switch {
	case v == nil && k.unless != "" && n.Get(k.unless) != nil:
	case v == nil:
		w.add(Issue{Word: WordMissing, Message: w.says("is missing"), Fix: fmt.Sprintf("Add it, as %s.", kinds[k.Type].write), At: n.At, Codes: w.codes.toMissing})
	case v.Kind == plist.String && v.Text == "" && k.Type == plist.String && k.free():
		w.add(Issue{
			Word: WordMissing, Message: w.says("is empty, which phones were seen to take for missing"), Fix: "Give it a value.",
			At: v.At, Codes: w.codes.toMissing, Severity: preflight.StatusWarn, Basis: preflight.Observed,
		})
	}
}

// bad notes a value that is none of those there are.
func (w *walk) bad(k *Key, n *plist.Node, not, fix string, basis preflight.Basis) {
	i := Issue{Word: WordValue, Message: fmt.Sprintf("%s is %s, not %s", label(w.where()), k.found(n), not), Fix: fix, At: n.At, Codes: w.codes.toValue, Basis: basis}
	if k.note != "" {
		i.Message += "; " + k.note
	}
	if k.codes != nil {
		i.Codes = k.codes
	}
	if basis.Weak() || (k.mild || k.isTaken(n)) && !w.strict {
		i.Severity = preflight.StatusWarn
	}
	w.add(i)
}

func (w *walk) notAllowed(k *Key, n *plist.Node) {
	w.bad(k, n, k.choice(), fmt.Sprintf("Set it to %s.", k.choice()), preflight.Documented)
}

func (w *walk) notBits(k *Key, n *plist.Node) {
	w.bad(k, n, "a sum of 1 (signing) and 4 (encryption)", "Set it to 1, 4 or 5.", preflight.Documented)
}

func (w *walk) notForm(k *Key, n *plist.Node) {
	w.bad(k, n, k.form.says, k.form.fix, k.form.basis)
}

// repeat judges how many items an array holds.
func (w *walk) repeat(item *Key, n *plist.Node) {
	r := item.Repeat
	if r == (Range{}) || len(n.Items) >= r.Min && len(n.Items) <= r.Max {
		return
	}
	want := fmt.Sprintf("%d to %d", r.Min, r.Max)
	if r.Min == r.Max {
		want = fmt.Sprint(r.Min)
	}
	w.add(Issue{
		Word: WordValue, Message: fmt.Sprintf("%s is an array of %d, not of %s", label(w.where()), len(n.Items), want),
		Fix: fmt.Sprintf("Write an array of %s.", want), At: n.At, Codes: w.codes.toValue,
	})
}
