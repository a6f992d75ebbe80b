// Package templates holds the text that easkit carries with it: presets of mail
// accounts, pages, and help topics. It has no logic.
package templates

import "embed"

// Files is everything that is embedded: presets/*.yaml, pages/* (each page, with
// the style and script that it carries inside), help/*.txt, letters/*.txt
// (what users are sent, in named parts), portal/* and texts/*.yaml (the pages of the portal,
// and what they say in each language), scripts/*.ps1 (PowerShell for administrators; a
// line #DATA# stands for what easkit puts in) and schema.json.
//
//go:embed presets/*.yaml pages/*.html pages/*.css pages/*.js help/*.txt letters/*.txt portal/*.html portal/*.css portal/*.js texts/*.yaml scripts/*.ps1 schema.json
var Files embed.FS
