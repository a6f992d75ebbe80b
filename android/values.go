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
	"github.com/easkit/easkit/profiles/encoding"
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
// configuration is then not to be written. What no configuration can have, and so could
// not be written as it is, and what the app takes for no account at all are a
// *[ValuesError].
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
	if err := refuseValues(whole, values, pkg, t); err != nil {
		return nil, nil, err
	}
	all, err := given(values, t, 0)
	if err != nil {
		return nil, nil, err
	}
	c := &Configuration{Package: pkg, Values: values, object: whole}
	config := &Config{App: appAt(pkg), Properties: all, isGiven: true}
	config.Notes = givenNotes(config)
	f := &File{Form: FormValues, Top: whole, UTF16: isUTF16, Configurations: []*Configuration{c}}
	return config, &Subject{Data: data, File: f, Delivery: profiles.ForIntune, Schema: t}, nil
}

// valuesIn finds the object of values, which is the whole file or a part of it.
func valuesIn(data []byte) (whole, values *tree.Node, isUTF16 bool, err error) {
	if len(data) > certs.MaxFileSize {
		return nil, nil, false, fmt.Errorf("it has %d bytes, more than the %d that one may have", len(data), certs.MaxFileSize)
	}
	data, mark := encoding.FromMarked(data)
	whole, err = tree.Parse(data)
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
	return whole, values, mark != "", err
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

// given turns an object of values into properties.
func given(n *tree.Node, t *schema.Table, depth int) (properties, error) {
	all, seen := properties{}, map[string]bool{}
	for _, e := range n.Entries {
		if seen[e.Key] {
			return nil, unwritable(e.Value, "leave one of the two out", "%s is there twice", quoted(e.Key))
		}
		seen[e.Key] = true
		holds := schema.Unknown
		if t != nil && depth == 0 {
			if k := schema.Find(t.Keys, e.Key); k != nil {
				holds = k.Type
			}
		}
		v, err := givenValue(e, holds, t, depth)
		if err != nil {
			return nil, err
		}
		all = append(all, Property{e.Key, v})
	}
	return all, nil
}

// givenValue is one value as Property has it.
func givenValue(e tree.Entry, holds schema.Type, t *schema.Table, depth int) (any, error) {
	n := e.Value
	switch n.Kind {
	case tree.String:
		return n.Text, nil
	case tree.Boolean:
		return n.Bool, nil
	case tree.Integer:
		if v, err := strconv.Atoi(n.Text); err == nil {
			return v, nil
		}
		return nil, unwritable(n, "write what the app's schema has for the key", "%s is an integer that is too large for any configuration", quoted(e.Key))
	case tree.Object:
		return givenBundle(n, t, depth)
	case tree.Array:
		return givenList(e, holds, t, depth)
	}
	return nil, unwritable(n, "write what the app's schema has for the key, or leave the key out", "%s is %s, and configurations have texts, integers, booleans, objects, and lists of texts or of objects", quoted(e.Key), n.Kind.WithArticle())
}

// givenBundle is an object within the values.
func givenBundle(n *tree.Node, t *schema.Table, depth int) (properties, error) {
	if depth >= levels {
		return nil, unwritable(n, fmt.Sprintf("keep to %d levels of bundles", levels), "bundles are nested deeper than the %d levels that Android has", levels)
	}
	return given(n, t, depth+1)
}

// givenList is a list of texts or of objects. An empty one is what the app's table says,
// or else of texts.
func givenList(e tree.Entry, holds schema.Type, t *schema.Table, depth int) (any, error) {
	of := tree.String
	if items := e.Value.Items; holds == schema.BundleArray || len(items) > 0 && items[0].Kind == tree.Object {
		of = tree.Object
	}
	texts, bundles := []string{}, []properties{}
	for _, item := range e.Value.Items {
		if item.Kind != of {
			return nil, unwritable(item, "write a list of texts, or one of objects", "there is %s in the list %s, and configurations have lists of texts alone or of objects alone", item.Kind.WithArticle(), quoted(e.Key))
		}
		if of == tree.String {
			texts = append(texts, item.Text)
			continue
		}
		bundle, err := givenBundle(item, t, depth)
		if err != nil {
			return nil, err
		}
		bundles = append(bundles, bundle)
	}
	if of == tree.String {
		return texts, nil
	}
	return bundles, nil
}

// givenNotes are what the admin must know, in full sentences.
func givenNotes(c *Config) []string {
	notes := []string{fmt.Sprintf("The values for %s are as they were given: that its keys and types are right was checked, and not what the app does with them. Try it with one phone.", c.App.Title)}
	if c.Everybody() {
		notes = append(notes, "The placeholders are Intune's, and the Android Management API fills in none: its form was not written.")
	}
	return append(notes, fmt.Sprintf("No configuration carries a key: where a value names a certificate, it must be in the phone's key store under that name. In a policy of the Android Management API a rule of choosePrivateKeyRules for %s lets the app have it; in Intune {{cert:ID}} stands for the name that its own certificate profile gave.", c.App.Package))
}
