package exports

import (
	"encoding/json"

	"github.com/easkit/easkit/certs/entra/record"
	"github.com/easkit/easkit/profiles/intune"
)

// companionForms are the files that IntuneManagement and easkit write beside objects, by
// name, with the keys that each has and no others.
var companionForms = map[string][]string{
	intune.MigrationFile: {"TenantId", "Organization", "Objects"},
	intune.IndexFile:     {"schema", "hash", "set", "name", "graph", "groups", "parts", "notes"},
}

// IsCompanion reports whether a file in a folder of exports is the table of groups of
// IntuneManagement, or easkit's index, neither of which has objects: by its name, and by
// what is in it. base is the file's name without its folder.
func IsCompanion(base string, data []byte) bool {
	keys, there := companionForms[base]
	if !there {
		return false
	}
	text, err := exportText(data)
	var held map[string]json.RawMessage
	if err != nil || json.Unmarshal(text, &held) != nil {
		return false
	}
	var said string
	if err := json.Unmarshal(held["schema"], &said); base == intune.IndexFile && (err != nil || said != record.IntuneSet) {
		return false
	}
	of := 0
	for _, key := range keys {
		if _, there := held[key]; there {
			of++
		}
	}
	return of > 0 && of == len(held)
}
