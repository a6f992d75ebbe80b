package android

import (
	"slices"
	"strings"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// checkSchema holds every key of every app against the app's table: its own where the
// call gives it, or else what the vendor documents.
func checkSchema(j *judged) []preflight.Outcome {
	var all []preflight.Outcome
	judgedKeys, apps, other := 0, 0, []string{}
	for _, c := range j.File.Configurations {
		for _, i := range c.issues {
			all = append(all, ofIssue(i))
		}
		all = append(all, c.ofGiven()...)
		t := j.tableFor(c)
		if t == nil {
			other = append(other, c.called())
			continue
		}
		judgedKeys, apps = judgedKeys+len(c.Values.Entries), apps+1
		for _, i := range t.Check(c.Values) {
			said := passedOver(t, i.Path)
			if i.Word == schema.WordType {
				said = c.mistyped[i.Path]
			}
			if !said {
				all = append(all, ofIssue(i))
			}
		}
	}
	if j.Schema != nil && j.Schema.App != "" && !slices.ContainsFunc(j.File.Configurations, func(c *Configuration) bool { return c.Package == j.Schema.App || c.Package == "" }) {
		o := outcome(preflight.StatusWarn, wordOtherApp, "the schema given is that of %s, and the file has no configuration of it", quoted(j.Schema.App))
		o.Fix = "give the schema of the app itself"
		all = append(all, o)
	}
	switch {
	case len(all) > 0:
		return all
	case apps == 0:
		return preflight.Unchecked("the keys of %s are not known here: give the app's own schema (--schema FILE)", strings.Join(clip(other), ", "))
	case j.Schema != nil:
		return preflight.Pass("%s, as the app's own schema has them", preflight.Counted(judgedKeys, "key"))
	}
	return preflight.Pass("%s, as their vendors document them", preflight.Counted(judgedKeys, "key"))
}

// tableFor is the table of an app. A schema that does not say whose it is counts for
// the only app of the file.
func (j *judged) tableFor(c *Configuration) *schema.Table {
	t := j.Schema
	if t != nil && (t.App == "" && len(j.File.Configurations) == 1 || t.App != "" && (t.App == c.Package || c.Package == "")) {
		return t
	}
	return known(c.Package)
}

// called names an app for a message.
func (c *Configuration) called() string {
	if c.Package == "" {
		return "an app that is not named"
	}
	return quoted(c.Package)
}

// maxNamed is how many apps a message names.
const maxNamed = 5

func clip(all []string) []string {
	if len(all) <= maxNamed {
		return all
	}
	return append(all[:maxNamed:maxNamed], "others")
}

func ofIssue(i schema.Issue) preflight.Outcome {
	return preflight.Outcome{
		Status: i.Severity, Value: i.Word, Message: i.Message, Fix: i.Fix, Basis: i.Basis, Source: i.Source,
		Line: i.At.Line, Column: i.At.Column,
	}
}

// CheckSchema judges the configuration, before it is written, by the app's own schema.
// A value that the app would not take fails.
func (c *Config) CheckSchema(s preflight.Scenario, t *schema.Table) ([]preflight.Finding, error) {
	data, err := c.AMAPI()
	if err != nil {
		return nil, err
	}
	sub := NewSubject(data, profiles.ForMDM)
	sub.Schema = t
	if sub.Err != nil {
		return nil, sub.Err
	}
	check := checks[slices.IndexFunc(checks, func(c preflight.Check[*judged]) bool { return c.ID == "profile.schema" })]
	check.Run = func(s preflight.Scenario, j *judged) []preflight.Outcome {
		if t.App != "" && t.App != c.App.Package {
			return []preflight.Outcome{{Status: preflight.StatusFail, Value: wordOtherApp, Fix: "give the schema of " + c.App.Package, Message: "the schema given is that of " + quoted(t.App) + ", and the configuration is for " + c.App.Title}}
		}
		all := checkSchema(j)
		for i := range all { // it is our own file: where in it helps nobody
			all[i].Line, all[i].Column = 0, 0
		}
		return all
	}
	return check.Apply(s, &judged{Subject: sub, asked: s}), nil
}

// quoted shows a text of the file, as messages about its keys do.
func quoted(s string) string { return schema.Quoted(s) }

// texts visits the strings of a configuration.
func (c *Configuration) texts(visit func(key string, n *tree.Node)) {
	eachScalar("", c.Values, func(key string, n *tree.Node) {
		if n.Kind == tree.String {
			visit(key, n)
		}
	})
}

// eachScalar visits the strings and the numbers of a value, with the key of each.
func eachScalar(key string, n *tree.Node, visit func(key string, n *tree.Node)) {
	switch n.Kind {
	case tree.String, tree.Integer, tree.Number:
		visit(key, n)
	case tree.Array:
		for _, item := range n.Items {
			eachScalar(key, item, visit)
		}
	case tree.Object:
		for _, e := range n.Entries {
			eachScalar(e.Key, e.Value, visit)
		}
	}
}
