package android

import (
	"strings"

	"github.com/easkit/easkit/android/schema"
)

// known is an app's table as its vendor documents it: in part, since each release may
// bring keys. The app's own schema says more (--schema).
func known(pkg string) *schema.Table {
	app, ours := appOf(pkg)
	if given, ok := givenOf(pkg); ok && len(given.keys) > 0 {
		return &schema.Table{Form: schema.BuiltIn, App: pkg, Keys: given.keys, Open: true}
	}
	if !ours {
		return nil
	}
	t := &schema.Table{Form: schema.BuiltIn, App: pkg, Open: true}
	for _, k := range app.keys {
		if k.Type != schema.Unknown {
			t.Keys = append(t.Keys, k.Key)
		}
	}
	return t
}

// passedOver are keys that are not in the tables, and of which nothing is said: which
// of Outlook's switches can be left to the user differs by release.
func passedOver(t *schema.Table, path string) bool {
	name, ok := strings.CutSuffix(path, changeable)
	if !ok || t.Form != schema.BuiltIn {
		return false
	}
	k := schema.Find(t.Keys, name)
	return k != nil && k.Type == schema.Bool
}
