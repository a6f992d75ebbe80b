package android

import (
	"fmt"
	"slices"

	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs/preflight"
)

// srcRules describes the rules by which a policy lets apps have keys.
const srcRules = "https://developers.google.com/android/management/reference/rest/v1/enterprises.policies#ChoosePrivateKeyRule"

// certSelection is the delegated scope of an app that grants keys in place of the rules.
const certSelection = "CERT_SELECTION"

// keyRule is one of choosePrivateKeyRules.
type keyRule struct {
	at       tree.Position
	alias    string
	packages []string // none are all apps that ask for a key
	oneURL   bool     // it is for requests to some URLs alone
}

// keyRules reads those of a policy; issues say what is none.
func (j *judged) keyRules() (rules []keyRule, issues []preflight.Outcome) {
	list := j.File.Top.Get("choosePrivateKeyRules")
	if list == nil || list.Kind == tree.Null {
		return nil, nil
	}
	if !list.Is(tree.Array) {
		o := rulesOutcome(preflight.StatusFail, "rules", "choosePrivateKeyRules is %s, and has to be a list", list.Kind.WithArticle())
		o.Fix = "write a list of rules"
		return nil, []preflight.Outcome{at(list.At, o)}
	}
	for _, n := range list.Items {
		r := keyRule{at: n.At, alias: n.Get("privateKeyAlias").Str()}
		if names := n.Get("packageNames"); names.Is(tree.Array) {
			for _, name := range names.Items {
				r.packages = append(r.packages, name.Str())
			}
		}
		// An empty pattern and this one are the same to Android Device Policy.
		pattern := n.Get("urlPattern").Str()
		r.oneURL = pattern != "" && pattern != ".*"
		rules = append(rules, r)
	}
	return rules, nil
}

func rulesOutcome(s preflight.Status, word, format string, args ...any) preflight.Outcome {
	o := outcome(s, word, format, args...)
	o.Basis, o.Source = preflight.Documented, srcRules
	return o
}

// delegate is the app that grants keys itself, nil where none does.
func (j *judged) delegate() *tree.Node {
	apps := j.File.Top.Get("applications")
	if !apps.Is(tree.Array) {
		return nil
	}
	for _, app := range apps.Items {
		scopes := app.Get("delegatedScopes")
		if scopes.Is(tree.Array) && slices.ContainsFunc(scopes.Items, func(n *tree.Node) bool { return n.Str() == certSelection }) {
			return app
		}
	}
	return nil
}

// checkRules judges whether a policy lets its mail apps have the keys that their
// configurations ask for. Other forms have no such rules.
func (j *judged) checkRules() []preflight.Outcome {
	if j.File.Form != FormPolicy {
		return nil
	}
	rules, broken := j.keyRules()
	if len(broken) > 0 {
		return broken
	}
	if app := j.delegate(); app != nil {
		if len(rules) == 0 {
			return nil
		}
		o := rulesOutcome(preflight.StatusFail, "cert-selection", "choosePrivateKeyRules must be empty, since %s has the delegated scope %s and grants keys itself", quoted(app.Get("packageName").Str()), certSelection)
		o.Fix = "take the rules out, and let that app grant the key, or take the scope from it"
		return []preflight.Outcome{at(rules[0].at, o)}
	}
	var all []preflight.Outcome
	for _, a := range j.accounts {
		if alias := a.Values.Get(gmailAlias); a.app.Name == gmail.Name && alias.Str() != "" && !isToken(alias.Text) {
			for _, o := range j.ruleFor(a, alias, rules) {
				o.Message = a.app.Title + ": " + o.Message
				all = append(all, o)
			}
		}
	}
	return all
}

// ruleFor judges the rules for one app. The last that matches counts where an app asks
// for a key; without asking it gets what rules for it by name and for all URLs give.
func (j *judged) ruleFor(a *mailAccount, alias *tree.Node, rules []keyRule) []preflight.Outcome {
	var last *keyRule
	earlier := false // another rule gives the key by name
	for i, r := range rules {
		if len(r.packages) > 0 && !slices.Contains(r.packages, a.Package) {
			continue
		}
		if last != nil {
			earlier = earlier || last.alias == alias.Text && len(last.packages) > 0 && !last.oneURL
		}
		last = &rules[i]
	}
	name := quoted(alias.Text)
	fix := fmt.Sprintf("write a rule for %s and the key %q, without urlPattern, behind the others", a.Package, name)
	found := func(at tree.Position, s preflight.Status, b preflight.Basis, word, format string, args ...any) []preflight.Outcome {
		o := rulesOutcome(s, word, format, args...)
		o.Basis, o.Fix, o.Line, o.Column = b, fix, at.Line, at.Column
		return []preflight.Outcome{o}
	}
	switch {
	case last == nil && j.File.Top.Get("privateKeySelectionEnabled").True():
		return nil // the user chooses
	case last == nil:
		return found(alias.At, preflight.StatusWarn, preflight.Inferred, "no-rule", "no rule of choosePrivateKeyRules is for it, so that it may not get the key %q, and without privateKeySelectionEnabled nobody is asked", name)
	case last.alias != alias.Text && (earlier || last.oneURL):
		return found(last.at, preflight.StatusWarn, preflight.Inferred, "other-key", "it asks for the key %q, and the last rule of choosePrivateKeyRules that may match gives it %q", name, quoted(last.alias))
	case last.alias != alias.Text:
		return found(last.at, preflight.StatusFail, preflight.Documented, "other-key", "it asks for the key %q, and the last rule of choosePrivateKeyRules that matches gives it %q", name, quoted(last.alias))
	case len(last.packages) == 0:
		return found(last.at, preflight.StatusWarn, preflight.Documented, "all-apps", "the rule for the key %q names no app: whichever app asks for a key gets the user's", name)
	case last.oneURL && !earlier:
		return found(last.at, preflight.StatusWarn, preflight.Documented, "one-url", "the rule for the key %q has a urlPattern: the app gets the key for such addresses alone, and only by asking", name)
	}
	return nil
}
