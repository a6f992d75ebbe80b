package android

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// Errors of ReadValues.
var (
	ErrNoTable   = errors.New("its keys are not known here, and no schema of the app was given")
	ErrNoPackage = errors.New("nothing says which app the values are for")
)

// ReadValues makes the configuration of any app out of values that a person wrote: a
// JSON object of the app's keys and their values, alone or as the managedConfiguration
// of an application of the Android Management API. Intune's placeholders may stand in
// them.
//
// app is one of [AppNames] or empty, pkg the app's Android package or empty; t is the
// app's own table, which may be nil for apps of which some keys are published. The
// subject is for [Check], whose failures say what the app would not take: the
// configuration is then not to be written.
func ReadValues(data []byte, app, pkg string, t *schema.Table) (*Config, *Subject, error) {
	whole, values, isUTF16, err := valuesIn(data)
	if err != nil {
		return nil, nil, err
	}
	said := ""
	if whole != values {
		said = whole.Get("packageName").Str()
	}
	if pkg, err = packageFor(app, pkg, said, t); err != nil {
		return nil, nil, err
	}
	if t == nil && known(pkg) == nil {
		return nil, nil, fmt.Errorf("%s: %w", pkg, ErrNoTable)
	}
	c := &Configuration{Package: pkg, Values: values, object: whole}
	config := &Config{App: appAt(pkg), Properties: c.given(values, t, 0), isGiven: true}
	config.Notes = givenNotes(config)
	f := &File{Form: FormValues, Top: whole, UTF16: isUTF16, Configurations: []*Configuration{c}}
	return config, &Subject{Data: data, File: f, Delivery: profiles.ForIntune, Schema: t}, nil
}

// valuesIn finds the object of values, which is the whole file or a part of it.
func valuesIn(data []byte) (whole, values *tree.Node, isUTF16 bool, err error) {
	if len(data) > certs.MaxFileSize {
		return nil, nil, false, fmt.Errorf("it has %d bytes, more than the %d that one may have", len(data), certs.MaxFileSize)
	}
	text, isUTF16 := tree.Decode(data)
	whole, err = tree.Parse(text)
	if err != nil {
		return nil, nil, false, err
	}
	values = whole
	if inner := whole.Get("managedConfiguration"); inner.Is(tree.Object) {
		values = inner
	}
	if !values.Is(tree.Object) {
		err = &tree.SyntaxError{At: values.At, Reason: fmt.Sprintf("it is %s, and has to be an object of keys and values", values.Kind.WithArticle())}
	}
	return whole, values, isUTF16, err
}

// packagePattern is what Android takes for the id of an app
// (https://developer.android.com/build/configure-app-module#set-application-id).
var packagePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+$`)
})

// packageFor is the package that all who name one agree on: the call, the file, and the
// table. An app with a single package needs nobody to name it.
func packageFor(app, pkg, said string, t *schema.Table) (string, error) {
	table := ""
	if t != nil {
		table = t.App
	}
	of, err := packagesOf(app)
	if err != nil {
		return "", err
	}
	chosen := ""
	for _, source := range []struct{ name, pkg string }{{"the call", pkg}, {"the file with the values", said}, {"the schema", table}} {
		switch {
		case source.pkg == "":
		case !packagePattern().MatchString(source.pkg):
			return "", fmt.Errorf("%s names the app %q, which is no package of Android", source.name, source.pkg)
		case chosen != "" && source.pkg != chosen:
			return "", fmt.Errorf("%s is for %s, and the values are for %s", source.name, source.pkg, chosen)
		case len(of) > 0 && !slices.Contains(of, source.pkg):
			return "", fmt.Errorf("%s is for %s, which is no package of the app %s", source.name, source.pkg, app)
		default:
			chosen = source.pkg
		}
	}
	switch {
	case chosen != "":
		return chosen, nil
	case len(of) == 1:
		return of[0], nil
	case len(of) > 1:
		return "", fmt.Errorf("%w: %s is in %s", ErrNoPackage, app, preflight.Join(of))
	}
	return "", ErrNoPackage
}

// packagesOf are those of an app by its name, none for no name.
func packagesOf(name string) ([]string, error) {
	if name == "" {
		return nil, nil
	}
	if _, err := preflight.Word("app", name, AppNames()); err != nil {
		return nil, err
	}
	for _, app := range givenApps {
		if app.name == name {
			return app.packages, nil
		}
	}
	i := slices.IndexFunc(apps, func(app App) bool { return app.Name == name })
	return []string{apps[i].Package}, nil
}

// appAt is an app as far as its package tells.
func appAt(pkg string) App {
	if app, ours := appOf(pkg); ours {
		return app
	}
	a := App{Title: pkg, Package: pkg, Product: productPrefix + pkg}
	if app, ok := givenOf(pkg); ok {
		a.Name, a.Title = app.name, app.title
	}
	return a
}

// given turns an object of values into properties, and notes what no form of a
// configuration has.
func (c *Configuration) given(n *tree.Node, t *schema.Table, depth int) properties {
	all := properties{}
	for _, e := range n.Entries {
		holds := schema.Unknown
		if t != nil && depth == 0 {
			if k := schema.Find(t.Keys, e.Key); k != nil {
				holds = k.Type
			}
		}
		if v := c.givenValue(e, holds, t, depth); v != nil {
			all = append(all, Property{e.Key, v})
		}
	}
	return all
}

// givenValue is one value as Property has it; nil where there is no such value.
func (c *Configuration) givenValue(e tree.Entry, holds schema.Type, t *schema.Table, depth int) any {
	n := e.Value
	switch n.Kind {
	case tree.String:
		return n.Text
	case tree.Boolean:
		return n.Bool
	case tree.Integer:
		if v, err := strconv.Atoi(n.Text); err == nil {
			return v
		}
	case tree.Object:
		if c.tooDeep(n, depth) {
			return nil
		}
		return c.given(n, t, depth+1)
	case tree.Array:
		if list := c.givenList(n, holds, t, depth); list != nil {
			return list
		}
	}
	if depth == 0 { // of which the table would say the same
		if c.mistyped == nil {
			c.mistyped = map[string]bool{}
		}
		c.mistyped[e.Key] = true
	}
	c.issue(n.At, schema.WordType, "write what the app's schema has for the key", "%s is %s of a kind that no configuration has: they have texts, integers, booleans, objects, and lists of texts or of objects", quoted(e.Key), n.Kind.WithArticle())
	return nil
}

// tooDeep notes bundles that Android has not. Without the note, they would be written.
func (c *Configuration) tooDeep(n *tree.Node, depth int) bool {
	if depth < levels {
		return false
	}
	c.issue(n.At, wordProperty, "keep to two levels of bundles", "bundles are nested deeper than the %d levels that Android has", levels)
	return true
}

// givenList is a list of texts or of objects; nil where it is neither. An empty one is
// what the app's table says, or else of texts.
func (c *Configuration) givenList(n *tree.Node, holds schema.Type, t *schema.Table, depth int) any {
	of := tree.String
	if holds == schema.BundleArray || len(n.Items) > 0 && n.Items[0].Kind == tree.Object {
		of = tree.Object
	}
	if slices.ContainsFunc(n.Items, func(item *tree.Node) bool { return item.Kind != of }) {
		return nil
	}
	if of == tree.String {
		texts := []string{}
		for _, item := range n.Items {
			texts = append(texts, item.Text)
		}
		return texts
	}
	bundles := []properties{}
	for _, item := range n.Items {
		if c.tooDeep(item, depth) {
			break
		}
		bundles = append(bundles, c.given(item, t, depth+1))
	}
	return bundles
}

// givenNotes are what the admin must know, in full sentences.
func givenNotes(c *Config) []string {
	notes := []string{fmt.Sprintf("The values for %s are as they were given: that its keys and types are right was checked, and not what the app does with them. Try it with one phone.", c.App.Title)}
	if c.Everybody() {
		notes = append(notes, "The placeholders are Intune's, and the Android Management API fills in none: its form was not written.")
	}
	return append(notes, fmt.Sprintf("No configuration carries a key: where a value names a certificate, it must be in the phone's key store under that name. In a policy of the Android Management API a rule of choosePrivateKeyRules for %s lets the app have it; in Intune {{cert:ID}} stands for the name that its own certificate profile gave.", c.App.Package))
}
