package android

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// certificatePlaceholder is the placeholder for the alias of a certificate that Intune brings:
// the id is one of Intune's own, which its console shows.
var certificatePlaceholder = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\{\{cert:[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}\}`)
})

// checkTokens judges the placeholders: of a policy of the Android Management API nobody
// fills them in, and Intune those that it has.
func checkTokens(j *judged) []preflight.Outcome {
	var all []preflight.Outcome
	found := 0
	for _, c := range j.File.Configurations {
		_, ours := appOf(c.Package)
		c.texts(func(_ string, n *tree.Node) {
			for _, token := range profiles.Tokens(n.Text) {
				if !ours && (token == "{{" || token == "}}") {
					continue // JSON within a string ends like this
				}
				found++
				if o := j.token(token); o != nil {
					all = append(all, at(n.At, *o))
				}
			}
		})
	}
	switch {
	case len(all) > 0:
		return all
	case found > 0:
		return preflight.Pass("%s for Intune to fill in", preflight.Counted(found, "placeholder"))
	}
	return preflight.Pass("there is no placeholder in it")
}

// token judges one; nil where it is filled in.
func (j *judged) token(token string) *preflight.Outcome {
	shown := quoted(token)
	switch j.File.Form {
	case FormEnterprise, FormIntune, FormValues:
		return intuneToken(token, shown)
	}
	o := outcome(preflight.StatusFail, "literal", "%q reaches the phone as it stands: the Android Management API fills none in", shown)
	o.Source, o.Fix = srcAMAPI, "write the value itself, in a policy for each user"
	if j.Delivery == profiles.ForMDM {
		o.Status, o.Basis = preflight.StatusWarn, preflight.Inferred
		o.Message += ", so that your device management has to, before it hands the policy on"
	}
	return &o
}

func intuneToken(token, shown string) *preflight.Outcome {
	for _, t := range tokens {
		if t == token {
			return nil
		}
	}
	if certificatePlaceholder().MatchString(token) {
		return nil
	}
	o := outcome(preflight.StatusWarn, "unknown-token", "%q is none of the placeholders that Intune is known to fill in on Android", shown)
	o.Basis, o.Fix = preflight.Inferred, "write it as Intune's console has it"
	if ios, _ := profiles.IntuneToken(token); ios {
		o.Message = fmt.Sprintf("%q is a placeholder of Intune's for iPhones: whether it is filled in on Android is not documented", shown)
		return &o
	}
	if near := preflight.Nearest(token, tokens); near != "" {
		o.Message += fmt.Sprintf("; did you mean %q?", near)
		if sameLetters(token, near) {
			o = outcome(preflight.StatusFail, "misspelt-token", "%q is not filled in by Intune, which counts capitals; did you mean %q?", shown, near)
			o.Fix = "write " + near
		}
	}
	return &o
}

// sameLetters reports whether two placeholders differ in capitals and blanks alone.
func sameLetters(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), ""), strings.Join(strings.Fields(b), ""))
}
