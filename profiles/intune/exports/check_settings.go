package exports

import (
	"fmt"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/intune"
)

// setting is one value of an app configuration for iPhones.
type setting struct {
	key, value string
	path       string // where it stands in the object
}

// settings are the texts of an app configuration for iPhones, in either of its forms.
func (j *judging) settings() []setting {
	if j.Kind.Type != "iosMobileAppConfiguration" {
		return nil
	}
	var all []setting
	items, _ := j.Object["settings"].([]any)
	for i, item := range items {
		o, _ := item.(map[string]any)
		all = append(all, setting{intune.Object(o).Text("appConfigKey"), intune.Object(o).Text("appConfigKeyValue"), fmt.Sprintf("settings[%d].appConfigKeyValue", i)})
	}
	const encoded = "encodedSettingXml"
	data, _ := payload(j.Object, encoded)
	// The portal takes a bare dictionary.
	text := strings.TrimSpace(string(data))
	if strings.HasPrefix(text, "<dict") {
		text = `<plist version="1.0">` + text + `</plist>`
	}
	if f, err := plist.Parse([]byte(text)); err == nil {
		eachText("", f.Root, func(key, value string) { all = append(all, setting{key, value, encoded}) })
	}
	return all
}

// eachText visits the texts of a property list.
func eachText(key string, n *plist.Node, visit func(key, value string)) {
	if n == nil {
		return
	}
	if n.Kind == plist.String {
		visit(key, n.Text)
	}
	for _, item := range n.Items {
		eachText(key, item, visit)
	}
	for _, e := range n.Entries {
		eachText(e.Key, e.Value, visit)
	}
}

// tokens judges the placeholders of an app configuration for iPhones.
func (j *judging) tokens(preflight.Scenario) []preflight.Outcome {
	var all []preflight.Outcome
	found := 0
	for _, s := range j.settings() {
		for _, token := range profiles.Tokens(s.value) {
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

// opening are the ends of the names of keys whose values open something.
var opening = []string{"password", "passphrase", "secret"}

// settingSecrets finds passwords and keys in an app configuration for iPhones. What it
// holds is never shown.
func (j *judging) settingSecrets() []preflight.Outcome {
	var all []preflight.Outcome
	for _, s := range j.settings() {
		if strings.Contains(s.value, "PRIVATE KEY-----") {
			all = append(all, j.at(s.path, outcome(preflight.StatusFail, "key", "%s: %q holds a private key", j.called(), shown(s.key))))
			continue
		}
		if s.value == "" || len(profiles.Tokens(s.value)) > 0 {
			continue
		}
		for _, end := range opening {
			if strings.HasSuffix(strings.ToLower(s.key), end) {
				o := outcome(preflight.StatusWarn, "password", "%s: %q looks like a password, in the clear", j.called(), shown(s.key))
				o.Basis, o.Fix = preflight.Inferred, "leave it out, and change the password: it was read by whoever saw the configuration"
				all = append(all, j.at(s.path, o))
			}
		}
	}
	return all
}
