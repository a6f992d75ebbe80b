package android

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/android/tree"
)

// ValuesError says where a file of values has something that cannot be written into a
// configuration, and why. The file is then not to be used, whatever else is in it.
type ValuesError struct {
	At     tree.Position
	Reason string // a clause
	Hint   string // what to do instead
}

// Error is one line, without the hint.
func (e *ValuesError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.At.Line, e.At.Column, e.Reason)
}

func unwritable(n *tree.Node, hint, format string, args ...any) error {
	return &ValuesError{n.At, fmt.Sprintf(format, args...), hint}
}

// notValues are files that hold a configuration in a form of its own, or several, by a
// key of theirs.
var notValues = []struct {
	key  string
	is   func(*tree.Node) bool // of the key's value
	form Form
}{
	{"kind", func(n *tree.Node) bool { return strings.HasPrefix(n.Str(), "androidenterprise#") }, FormEnterprise},
	{"managedProperty", func(n *tree.Node) bool { return n.Is(tree.Array) }, FormEnterprise},
	{"payloadJson", func(*tree.Node) bool { return true }, FormIntune},
	{"applications", func(n *tree.Node) bool { return n.Is(tree.Array) }, FormPolicy},
	{"schema", func(n *tree.Node) bool { return strings.HasPrefix(n.Str(), bundleFamily) }, FormBundle},
}

// refuseValues refuses what is no object of an app's keys and values, though it looks
// like one, and what the app takes for no account. A key that the app's own table has is
// the app's, whatever its name.
func refuseValues(whole, values *tree.Node, pkg string, t *schema.Table) error {
	foreign := func(key string) bool { return t == nil || schema.Find(t.Keys, key) == nil }
	for _, not := range notValues {
		if n := whole.Get(not.key); n != nil && foreign(not.key) && not.is(n) {
			return unwritable(n, "write the app's keys and values alone, as {\"key\": \"value\"}; easkit check profile judges the file as it is", "it is %s, and no object of the app's keys and values", not.form)
		}
	}
	if inner := whole.Get("managedConfiguration"); inner != nil && inner != values && foreign("managedConfiguration") {
		return unwritable(inner, "write the app's keys and values into it", "managedConfiguration is %s, and has to be an object", inner.Kind.WithArticle())
	}
	if len(values.Entries) == 0 {
		return unwritable(values, "write the app's keys and values into it", "there is no key in it")
	}
	return refuseHalf(values, pkg)
}

// refuseHalf refuses a part of what Gmail wants in full or not at all, as [New] does.
func refuseHalf(values *tree.Node, pkg string) error {
	if pkg != gmail.Package {
		return nil
	}
	missing := slices.DeleteFunc(slices.Clone(required), func(key string) bool { return !isBlank(values.Get(key)) })
	if len(missing) == 0 || len(missing) == len(required) {
		return nil
	}
	return unwritable(values, "write "+strings.Join(required, ", ")+", all three, or none of them", "%s missing: Gmail was seen to reject the whole configuration then", strings.Join(missing, " and "))
}
