// Package templates holds the text that easkit carries with it: presets of mail
// accounts, pages, and help topics. It has no logic.
package templates

import "embed"

// Files is everything that is embedded: presets/*.yaml, pages/*.html,
// help/*.txt and schema.json.
//
//go:embed presets/*.yaml pages/*.html help/*.txt schema.json
var Files embed.FS
