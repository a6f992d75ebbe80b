package ios

import (
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/profiles"
)

// isToken reports whether a value is for device management to fill in.
func isToken(value string) bool { return strings.Contains(value, "{{") }

// maxText is more than a text with a placeholder has, in bytes.
const maxText = 64 << 10

// checkTokens judges the placeholders in a profile: by hand nobody fills them in, and
// Intune only those that it has.
func checkTokens(_ preflight.Scenario, j *judged) []preflight.Outcome {
	var all []preflight.Outcome
	found := 0
	eachText(j.File.Top, func(n *plist.Node) {
		if len(all) > maxFindings || len(n.Text) > maxText {
			return // more would say nothing new
		}
		for _, t := range profiles.Tokens(n.Text) {
			found++
			if o := tokenOutcome(j.Delivery, t); o != nil {
				all = append(all, at(n.At, *o))
			}
		}
	})
	switch {
	case len(all) > 0:
		return all
	case found > 0:
		return preflight.Pass("%s for device management to fill in", preflight.Counted(found, "placeholder"))
	}
	return preflight.Pass("there is no placeholder in it")
}

func tokenOutcome(d profiles.Delivery, token string) *preflight.Outcome {
	known, meant := profiles.IntuneToken(token)
	var o preflight.Outcome
	switch {
	case d == profiles.ForManual || d == profiles.ForAppleBusiness:
		o = outcome(preflight.StatusFail, "literal", "%q reaches the phone as it stands: nobody fills it in", token)
		o.Fix = "write the value itself, or deliver the profile by a console that fills it in (--for intune)"
	case d == profiles.ForMDM || known:
		return nil
	case meant != "":
		o = outcome(preflight.StatusFail, "misspelt-token", "%q is not filled in by Intune, which counts capitals; did you mean %q?", token, meant)
	default:
		o = outcome(preflight.StatusWarn, "unknown-token", "%q is none of the placeholders that Intune is known to fill in", token)
		o.Basis = preflight.Inferred
	}
	return &o
}

// eachText visits the strings of a tree.
func eachText(n *plist.Node, visit func(*plist.Node)) {
	switch n.Kind {
	case plist.String:
		visit(n)
	case plist.Array:
		for _, item := range n.Items {
			eachText(item, visit)
		}
	case plist.Dictionary:
		for _, e := range n.Entries {
			eachText(e.Value, visit)
		}
	}
}
