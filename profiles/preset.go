package profiles

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/templates"
)

// presetDir is where the presets lie in templates.Files.
const presetDir = "presets"

// Presets lists the names of the templates that come with easkit, sorted.
func Presets() []string {
	entries, err := templates.Files.ReadDir(presetDir)
	if err != nil {
		return nil // embedded: it is there
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(names) // a file's extension sorts after the hyphen of a longer name
	return names
}

// PresetText is a preset as it is written, comments and all.
func PresetText(name string) ([]byte, error) {
	text, err := templates.Files.ReadFile(path.Join(presetDir, name+".yaml"))
	if err != nil {
		return nil, fmt.Errorf("there is no preset %q: it is one of %s", name, strings.Join(Presets(), ", "))
	}
	return text, nil
}

// Preset returns a template that comes with easkit.
func Preset(name string) (Template, error) {
	text, err := PresetText(name)
	if err != nil {
		return Template{}, err
	}
	t, err := ParseTemplate(text)
	if err != nil {
		return Template{}, fmt.Errorf("preset %q: %w", name, err)
	}
	return t, nil
}

// DefaultPreset names the preset that overrides ask for where a call gives no
// template.
func DefaultPreset(o Overrides) string {
	switch {
	case o.Mailbox == preflight.ExchangeServer:
		return "exchange-server"
	case o.Cloud == preflight.GCCHigh, o.Cloud == preflight.DoD, o.Cloud == preflight.China:
		return string(o.Cloud)
	case o.Auth == preflight.Direct:
		return "exchange-online-direct"
	}
	return "exchange-online"
}

// TemplateSchema is the JSON Schema of templates, for editors.
func TemplateSchema() ([]byte, error) { return templates.Files.ReadFile("schema.json") }
