package exports

import (
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// tokens judges the placeholders of an app configuration for iPhones.
func (j *judging) tokens(preflight.Scenario) []preflight.Outcome {
	var all []preflight.Outcome
	found := 0
	for _, s := range j.inSettings().values {
		for _, token := range profiles.Tokens(s.text) {
			found++
			known, meant := profiles.IntuneToken(token)
			if known {
				continue
			}
			o := outcome(preflight.StatusWarn, "unknown-token", "%s: %q is none of the placeholders that Intune is known to fill in", j.called(), shown(token))
			o.Basis = preflight.Inferred
			if meant != "" && strings.EqualFold(meant, token) {
				o = outcome(preflight.StatusFail, "misspelt-token", "%s: %q is not filled in by Intune, which counts capitals; did you mean %q?", j.called(), shown(token), meant)
			}
			all = append(all, j.at(s.path, o))
		}
	}
	if len(all) == 0 {
		return preflight.Pass("%s: %s for Intune to fill in", j.called(), preflight.Counted(found, "placeholder"))
	}
	return all
}
