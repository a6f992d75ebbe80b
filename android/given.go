package android

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// givenApp is an app whose values a person gives, since its keys are published in part
// only, or not at all: see [ReadValues].
type givenApp struct {
	name, title string
	packages    []string
	keys        []schema.Key // those that are published
	required    []string     // of keys
	hosts       []string     // of keys: each holds a server, or several with ';' between them
	source      string       // URL where they are
}

var givenApps = []givenApp{nine, samsung}

// AppNames are the apps that have a name here: those that [New] fills in, and those
// whose values have to be given.
func AppNames() []string {
	all := names()
	for _, app := range givenApps {
		all = append(all, app.name)
	}
	return all
}

// givenOf finds such an app by its Android package.
func givenOf(pkg string) (givenApp, bool) {
	i := slices.IndexFunc(givenApps, func(app givenApp) bool { return slices.Contains(app.packages, pkg) })
	if i < 0 {
		return givenApp{}, false
	}
	return givenApps[i], true
}

// refuseGiven says of an app that it can't be filled in; nil for any other name.
func refuseGiven(name string) error {
	for _, app := range givenApps {
		if app.name != name {
			continue
		}
		reason := "none of its keys is published"
		if len(app.keys) > 0 {
			reason = "its keys for user and certificate are not published"
		}
		return &RefusedError{
			App: app.title, Reason: fmt.Sprintf("%s, so that only %s are filled in here", reason, strings.Join(names(), ", ")),
			Hint: "write the values yourself, by the keys of the app's own schema: --schema FILE --values FILE (easkit help managed-configuration)",
		}
	}
	return nil
}

// ofGiven judges what the vendor of such an app requires, and its servers.
func (c *Configuration) ofGiven() []preflight.Outcome {
	app, _ := givenOf(c.Package)
	return slices.Concat(c.missing(app), c.wrongHosts(app))
}

// missing are the required keys that a configuration of such an app does not have, or
// has without a value. One without any of them sets up no account.
func (c *Configuration) missing(app givenApp) []preflight.Outcome {
	if !slices.ContainsFunc(app.required, func(key string) bool { return c.Values.Get(key) != nil }) {
		return nil
	}
	var all []preflight.Outcome
	for _, key := range app.required {
		n := c.Values.Get(key)
		place, what := c.Values.At, "missing"
		switch {
		case n == nil:
		case n.Is(tree.String) && strings.TrimSpace(n.Text) == "":
			place, what = n.At, "empty"
		default:
			continue
		}
		o := outcome(preflight.StatusFail, schema.WordMissing, "%s is %s, and %s requires it", key, what, app.title)
		o.Basis, o.Source, o.Fix = preflight.Documented, app.source, "write it"
		all = append(all, at(place, o))
	}
	return all
}

// wrongHosts are the servers that are none.
func (c *Configuration) wrongHosts(app givenApp) []preflight.Outcome {
	var all []preflight.Outcome
	for _, key := range app.hosts {
		for host := range strings.SplitSeq(c.str(key), ";") {
			if strings.TrimSpace(host) == "" || isToken(host) {
				continue
			}
			if _, err := profiles.ParseEndpoint(host); err != nil {
				o := outcome(preflight.StatusFail, schema.WordValue, "%s: %s", key, preflight.Printable(err.Error()))
				o.Basis, o.Source, o.Fix = preflight.Documented, app.source, "write the server's name alone"
				all = append(all, at(c.Values.Get(key).At, o))
			}
		}
	}
	return all
}

// hasTokens reports whether a value has a placeholder in it.
func hasTokens(value any) bool {
	switch v := value.(type) {
	case string:
		return len(profiles.Tokens(v)) > 0
	case []string:
		return slices.ContainsFunc(v, func(s string) bool { return hasTokens(s) })
	case properties:
		return slices.ContainsFunc(v, func(p Property) bool { return hasTokens(p.Value) })
	case []properties:
		return slices.ContainsFunc(v, func(ps properties) bool { return hasTokens(ps) })
	}
	return false
}
