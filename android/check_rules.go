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

// keyRules reads those of a policy that are any, and judges each by itself, whatever
// apps the policy has.
func (j *judged) keyRules(list *tree.Node) (rules []keyRule, issues []preflight.Outcome) {
	if !list.Is(tree.Array) {
		o := rulesOutcome(preflight.StatusFail, "rules", "choosePrivateKeyRules is %s, and has to be a list", list.Kind.WithArticle())
		o.Fix = "write a list of rules"
		return nil, []preflight.Outcome{at(list.At, o)}
	}
	for i, n := range list.Items {
		r, broken := readRule(n)
		if broken != nil {
			broken.Message = fmt.Sprintf("choosePrivateKeyRules[%d] %s", i, broken.Message)
			issues = append(issues, *broken)
			continue
		}
		rules = append(rules, r)
		if o := r.judge(i); o != nil {
			issues = append(issues, at(r.at, *o))
		}
	}
	return rules, issues
}

// readRule reads one rule; broken says, to go on from its name, why it is none.
func readRule(n *tree.Node) (r keyRule, broken *preflight.Outcome) {
	not := func(n *tree.Node, fix, format string, args ...any) (keyRule, *preflight.Outcome) {
		o := at(n.At, rulesOutcome(preflight.StatusFail, "rule", format, args...))
		o.Fix = fix
		return keyRule{}, &o
	}
	if !n.Is(tree.Object) {
		return not(n, "write an object with privateKeyAlias and packageNames", "is no rule: it is %s", n.Kind.WithArticle())
	}
	r = keyRule{at: n.At, alias: n.Get("privateKeyAlias").Str()}
	if names := n.Get("packageNames"); names != nil && names.Kind != tree.Null {
		if !names.Is(tree.Array) {
			return not(names, "write a list of packages", "is no rule: its packageNames is %s, and has to be a list", names.Kind.WithArticle())
		}
		for _, name := range names.Items {
			if !name.Is(tree.String) {
				return not(name, "write the packages as texts", "is no rule: there is %s in its packageNames", name.Kind.WithArticle())
			}
			r.packages = append(r.packages, name.Text)
		}
	}
	// An empty pattern and this one are the same to Android Device Policy.
	pattern := n.Get("urlPattern").Str()
	r.oneURL = pattern != "" && pattern != ".*"
	return r, nil
}

// judge says what is wrong with one rule alone; nil where nothing is. One without apps
// gives its key away wherever it stands: another counts only for the apps that it names.
func (r keyRule) judge(i int) *preflight.Outcome {
	var o preflight.Outcome
	switch {
	case r.alias == "":
		o = rulesOutcome(preflight.StatusWarn, "no-key", "choosePrivateKeyRules[%d] has no privateKeyAlias, so that it gives no key to the apps that it is for", i)
		o.Basis, o.Fix = preflight.Inferred, "write the name of the key, or take the rule out"
	case len(r.packages) == 0:
		whom := "asks for a key"
		if r.oneURL {
			whom += " for its addresses"
		}
		o = rulesOutcome(preflight.StatusWarn, "all-apps", "the rule for the key %q names no app: whichever app %s gets that one", quoted(r.alias), whom)
		o.Fix = "write into packageNames the apps that are to have the key"
	default:
		return nil
	}
	return &o
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

// checkRules judges the rules of a policy, and whether they let its mail apps have the
// keys that their configurations ask for. Other forms have no such rules.
func (j *judged) checkRules() []preflight.Outcome {
	if j.File.Form != FormPolicy {
		return nil
	}
	var rules []keyRule
	var all []preflight.Outcome
	if list := j.File.Top.Get("choosePrivateKeyRules"); list != nil && list.Kind != tree.Null {
		rules, all = j.keyRules(list)
	}
	if app := j.delegate(); app != nil {
		if len(rules) == 0 {
			return all
		}
		o := rulesOutcome(preflight.StatusFail, "cert-selection", "choosePrivateKeyRules must be empty, since %s has the delegated scope %s and grants keys itself", quoted(app.Get("packageName").Str()), certSelection)
		o.Fix = "take the rules out, and let that app grant the key, or take the scope from it"
		return []preflight.Outcome{at(rules[0].at, o)}
	}
	if slices.ContainsFunc(all, func(o preflight.Outcome) bool { return o.Status == preflight.StatusFail }) {
		return all // what the rules give is known when they are rules
	}
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
	case last.alias == "":
		return found(last.at, preflight.StatusFail, preflight.Documented, "other-key", "it asks for the key %q, and the last rule of choosePrivateKeyRules that matches gives it none", name)
	case last.alias != alias.Text && (earlier || last.oneURL):
		return found(last.at, preflight.StatusWarn, preflight.Inferred, "other-key", "it asks for the key %q, and the last rule of choosePrivateKeyRules that may match gives it %q", name, quoted(last.alias))
	case last.alias != alias.Text:
		return found(last.at, preflight.StatusFail, preflight.Documented, "other-key", "it asks for the key %q, and the last rule of choosePrivateKeyRules that matches gives it %q", name, quoted(last.alias))
	case len(last.packages) == 0:
		return nil // of which the rule's own finding speaks
	case last.oneURL && !earlier:
		return found(last.at, preflight.StatusWarn, preflight.Documented, "one-url", "the rule for the key %q has a urlPattern: the app gets the key for such addresses alone, and only by asking", name)
	}
	return nil
}
