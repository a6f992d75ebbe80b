package schema

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs/preflight"
)

// MaxString is how long a string in a managed configuration may be, in characters
// (Android Management API, ApplicationPolicy.managedConfiguration).
const MaxString = 65535

// maxIssues is how many issues of one configuration are gathered.
const maxIssues = 1000

// maxWork is how much of a configuration is compared: keys of it with keys of the
// table. Real ones need some thousands; this many take about a second.
const maxWork = 100_000_000

// placeholder is what Google Play's example of a configuration, which consoles offer
// as a template, has where a string is to be written.
const placeholder = "STRING_VALUE"

// Check judges the values of a configuration, an object of keys and values as the
// Android Management API has it. A placeholder ({{…}}) stands for a string: what it
// will be is not judged.
func (t *Table) Check(values *tree.Node) []Issue {
	w := walk{table: t}
	w.object(values, t.Keys, "")
	if w.work > maxWork {
		return append(w.issues, Issue{Word: WordTooMuch, Severity: preflight.StatusFail, Basis: preflight.Inferred, Source: sourceAMAPI, At: values.At,
			Message: "there is too much in it to compare all with the app's schema, and for an app to read", Fix: "keep what the app needs"})
	}
	return w.issues
}

type walk struct {
	table  *Table
	issues []Issue
	work   int
}

// full reports whether enough was seen.
func (w *walk) full() bool { return len(w.issues) >= maxIssues || w.work > maxWork }

// add notes an issue. What a table does not know for sure is inferred, and warns.
func (w *walk) add(i Issue) {
	if w.full() {
		return
	}
	if i.Basis == "" {
		i.Basis = preflight.Documented
	}
	if i.Source == "" {
		i.Source = sourceAMAPI
	}
	w.issues = append(w.issues, i)
}

func (w *walk) object(values *tree.Node, keys []Key, path string) {
	seen := map[string]bool{}
	for _, e := range values.Entries {
		seen[e.Key] = true
	}
	w.parts(keys, seen, values, path)
	twice := map[string]bool{}
	for _, e := range values.Entries {
		if w.work += len(keys); w.full() {
			return
		}
		where := join(path, e.Key)
		if twice[e.Key] {
			w.add(Issue{Word: WordTwice, Severity: preflight.StatusFail, Path: where, At: e.At, Source: sourceJSON,
				Message: fmt.Sprintf("%s is there twice: which of the two counts depends on who reads it", Quoted(where)), Fix: "leave one of the two out"})
		}
		twice[e.Key] = true
		if k := Find(keys, e.Key); k != nil {
			w.value(k, e.Value, where)
		} else {
			w.unknown(e, keys, seen, where)
		}
	}
}

// unknown tells of a key that the table has not, and of the one that may be meant:
// one that is not there itself.
func (w *walk) unknown(e tree.Entry, keys []Key, seen map[string]bool, where string) {
	i := Issue{
		Word: WordUnknown, Severity: preflight.StatusFail, Path: where, At: e.At,
		Message: fmt.Sprintf("%s is no key of the app, which passes over it", Quoted(where)), Fix: "leave it out, or write the key as the app's schema has it",
	}
	var absent []string
	for _, k := range keys {
		if k.Type != Hidden && !seen[k.Key] { // nobody is led to a key for secrets
			absent = append(absent, k.Key)
		}
	}
	if near := preflight.Nearest(e.Key, absent); near != "" {
		i.Word, i.Message = WordMisspelt, fmt.Sprintf("%s is no key of the app, which passes over it; did you mean %s?", Quoted(where), Quoted(near))
		i.Fix = "write " + Quoted(near)
	}
	if w.table.Open {
		i.Severity, i.Basis = preflight.StatusWarn, preflight.Inferred
		i.Message = strings.Replace(i.Message, "is no key of the app, which passes over it", "is not among the keys of the app that are known here", 1)
		if i.Word == WordUnknown {
			i.Fix = "compare it with the app's own schema: easkit check profile FILE --schema SCHEMA"
		}
	}
	w.add(i)
}

// holds are the kinds of values that a type takes.
var holds = map[Type]tree.Kind{
	Bool: tree.Boolean, String: tree.String, Integer: tree.Integer, Choice: tree.String, MultiSelect: tree.Array,
	Hidden: tree.String, Bundle: tree.Object, BundleArray: tree.Array,
}

func (w *walk) value(k *Key, v *tree.Node, where string) {
	want, known := holds[k.Type]
	if known && v.Kind != want {
		w.wrong(v, where, want.WithArticle())
		return
	}
	w.text(v, where)
	switch k.Type {
	case Choice:
		w.entry(k, v, where)
	case Integer:
		w.integer(v, where)
	case MultiSelect:
		for i, item := range v.Items {
			if w.work += len(k.Entries); w.full() {
				return
			}
			if item.Kind != tree.String {
				w.wrong(item, index(where, i), tree.String.WithArticle())
				continue
			}
			w.entry(k, item, index(where, i))
		}
	case Bundle:
		w.bundle(k, v, where)
	case BundleArray:
		w.bundles(k, v, where)
	}
}

// bundles judges a list of bundles. A table may describe the bundle as the only key of
// the list, of type bundle, or describe its parts at once.
func (w *walk) bundles(k *Key, v *tree.Node, where string) {
	parts := *k
	if len(k.Keys) == 1 && k.Keys[0].Type == Bundle {
		parts = k.Keys[0]
	}
	for i, item := range v.Items {
		if w.full() {
			return
		}
		at := index(where, i)
		if item.Kind != tree.Object {
			w.wrong(item, at, tree.Object.WithArticle())
			continue
		}
		if inner := item.Get(parts.Key); len(item.Entries) == 1 && inner.Is(tree.Object) && Find(parts.Keys, parts.Key) == nil {
			item, at = inner, join(at, parts.Key) // the bundle under its own name
		}
		w.bundle(&parts, item, at)
	}
}

// bundle judges the parts of a bundle.
func (w *walk) bundle(k *Key, v *tree.Node, where string) {
	if len(k.Keys) > 0 { // or the table does not tell its parts
		w.object(v, k.Keys, where)
	}
}

// parts wants all parts of a bundle that have no default of their own. What is at the
// top may be missing.
func (w *walk) parts(keys []Key, there map[string]bool, v *tree.Node, where string) {
	if where == "" {
		return
	}
	w.work += len(keys)
	var missing []string
	for _, part := range keys {
		if part.Default == nil && !part.Untold && part.Type != Unknown && !there[part.Key] {
			missing = append(missing, part.Key)
		}
	}
	if len(missing) > 0 {
		w.add(Issue{Word: WordMissing, Severity: preflight.StatusWarn, Basis: preflight.Inferred, Path: where, At: v.At,
			Message: fmt.Sprintf("%s is without %s, which the app's schema has no default for", Quoted(where), list(missing)), Fix: "write them, unless the app's manual says that they may be missing"})
	}
}

func (w *walk) wrong(v *tree.Node, where, want string) {
	w.add(Issue{Word: WordType, Severity: preflight.StatusFail, Path: where, At: v.At,
		Message: fmt.Sprintf("%s is %s, and the app takes %s", Quoted(where), v.Kind.WithArticle(), want), Fix: "write " + want})
}

// integer wants one of 32 bits, which is what Android has for them
// (https://developer.android.com/reference/android/content/RestrictionEntry#TYPE_INTEGER).
func (w *walk) integer(v *tree.Node, where string) {
	if _, err := strconv.ParseInt(v.Text, 10, 32); err != nil {
		w.add(Issue{Word: WordValue, Severity: preflight.StatusFail, Path: where, At: v.At,
			Message: fmt.Sprintf("%s is larger than an integer can be on Android, which has 32 bits", Quoted(where)), Fix: "write a smaller number"})
	}
}

// entry wants one of the values that the table lists. What stands there instead is not
// shown: it may be a secret that was written at the wrong place.
func (w *walk) entry(k *Key, v *tree.Node, where string) {
	if len(k.Entries) == 0 || isPlaceholder(v.Text) {
		return
	}
	var values []string
	for _, e := range k.Entries {
		if e.Value == v.Text {
			return
		}
		values = append(values, e.Value)
	}
	i := Issue{Word: WordValue, Severity: preflight.StatusFail, Path: where, At: v.At,
		Message: fmt.Sprintf("%s has a value that is none of those it may have (%s)", Quoted(where), list(values)), Fix: "write one of them"}
	if near := preflight.Nearest(v.Text, values); near != "" {
		i.Fix = "write " + Quoted(near)
	}
	w.add(i)
}

// text judges what holds for all strings.
func (w *walk) text(v *tree.Node, where string) {
	switch {
	case v.Kind != tree.String:
	case utf8.RuneCountInString(v.Text) > MaxString:
		w.add(Issue{Word: WordTooLong, Severity: preflight.StatusFail, Path: where, At: v.At,
			Message: fmt.Sprintf("%s has %d characters, more than the %d that a string may have", Quoted(where), utf8.RuneCountInString(v.Text), MaxString), Fix: "shorten it"})
	case v.Text == placeholder:
		w.add(Issue{Word: WordLeftover, Severity: preflight.StatusFail, Path: where, At: v.At, Source: sourceIntune,
			Message: fmt.Sprintf("%s is still %s, as in the console's template", Quoted(where), placeholder), Fix: "write the value, or leave the key out"})
	}
}

// isPlaceholder reports whether device management fills a value in.
func isPlaceholder(s string) bool { return strings.Contains(s, "{{") }

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// maxListed is how many values a message names.
const maxListed = 8

func list(values []string) string {
	var b strings.Builder
	for i, v := range values {
		switch {
		case i == maxListed:
			fmt.Fprintf(&b, ", and %d more", len(values)-i)
			return b.String()
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(Quoted(v))
	}
	return b.String()
}

// maxQuoted is how much of a text a message shows, in characters.
const maxQuoted = 100

// Quoted shows a text of the file: no control characters, and not endlessly long.
func Quoted(s string) string { return preflight.Clip(preflight.Printable(s), maxQuoted) }
