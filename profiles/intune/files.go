package intune

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/easkit/easkit/certs/graph/schema"
)

// File is one file of the folder of a set.
type File struct {
	Name   string // below the folder, with slashes
	Data   []byte
	Secret bool // a private key is in it: write it for its owner alone
}

// The files of the folder beside those of the objects.
const (
	IndexFile     = "easkit-intune.json"
	ReadmeFile    = "README.txt"
	MigrationFile = "MigrationTable.json"
)

// folders are where IntuneManagement looks for the objects of a collection: its Id of
// them (Extensions/EndpointManager.psm1, Get-GraphObjectFolder in Extensions/MSGraph.psm1
// of https://github.com/Micke-K/IntuneManagement).
var folders = map[string]string{
	DeviceConfigurations: "DeviceConfiguration",
	AppConfigurations:    "AppConfigurationManagedDevice",
}

// Files are the files of a folder that [ReadDir] reads and that IntuneManagement
// imports: one of JSON for each part, its table of groups, easkit's index with a hash of
// each, and a README. The same set has the same files.
//
// A set that either of them could not import is an error, which names the part: names
// that are alike, names of what others refer to with characters that break the filters
// of IntuneManagement (,'"&#%+|\), references to what does not stand before, types that
// nothing runs.
func (s *Set) Files() ([]File, error) {
	if err := s.fitsFolder(); err != nil {
		return nil, fmt.Errorf("the Intune set %q cannot be written: %w", s.ID, err)
	}
	var files []File
	for _, p := range s.Parts {
		f, err := s.partFile(p)
		if err != nil {
			return nil, fmt.Errorf("the Intune set %q cannot be written: %w", s.ID, err)
		}
		files = append(files, f)
	}
	index, err := s.indexOf(files)
	if err != nil {
		return nil, err
	}
	if table, err := s.migrationJSON(); err != nil {
		return nil, err
	} else if table != nil {
		files = append(files, File{Name: MigrationFile, Data: table})
	}
	return append(files, index, File{Name: ReadmeFile, Data: []byte(s.readme())}), nil
}

// partFile is the file of a part of a set that fitsFolder.
func (s *Set) partFile(p Part) (File, error) {
	data, err := asciiJSON(s.folderObject(p))
	if err != nil {
		return File{}, fmt.Errorf("part %q has no JSON: %w", p.Key, err)
	}
	if len(data) > maxObjectFile {
		return File{}, fmt.Errorf("part %q has %d bytes, at most %d are read back", p.Key, len(data), maxObjectFile)
	}
	return File{Name: partFileName(p), Data: data, Secret: p.Secret}, nil
}

// folderObject is a part as IntuneManagement exports and imports it: the object, and what
// says by names to what it belongs. Of what is added here, Start-GraphPreImport and
// Import-GraphFile take everything out before the object is posted but the keys that
// begin with #, which its own exports have as well.
func (s *Set) folderObject(p Part) Object {
	o := maps.Clone(p.Object)
	o["id"] = s.madeUpID(p.Key)
	for _, r := range p.Refers {
		to, _ := s.Part(r.To)
		o[r.Property+associationLink] = s.associationLinkOf(p, r.Property)
		o[customReference+r.Property] = to.Object.Name() + "|:|" + to.Object.Text(schema.TypeKey)
	}
	if p.App != nil {
		o[targetedApps] = []any{p.App.madeUpID()}
		o[customApps] = p.App.customReference()
	}
	if len(s.Groups) > 0 && !p.Secret {
		o[assignments] = s.folderAssignments(p)
	}
	return o
}

// The keys that folderObject adds, besides the id.
const (
	associationLink = "@odata.associationLink"
	customReference = "#CustomRef_"
	customApps      = "#CustomRefTargetedApps"
	targetedApps    = "targetedMobileApps"
	assignments     = "assignments"
)

// isFolderKey reports whether a key of an object is one that folderObject adds.
func isFolderKey(key string) bool {
	if key == schema.TypeKey {
		return false
	}
	for _, added := range []string{"id", targetedApps, assignments} {
		if strings.EqualFold(key, added) {
			return true
		}
	}
	return strings.HasPrefix(key, "#") || strings.Contains(key, "@odata.")
}

// withoutFolderKeys is the object of a part again.
func withoutFolderKeys(o Object) Object {
	bare := maps.Clone(o)
	maps.DeleteFunc(bare, func(key string, _ any) bool { return isFolderKey(key) })
	return bare
}

// associationLinkOf is where IntuneManagement puts a reference: it replaces the id of the
// part by that which the tenant gave, and sends PUT (Set-GraphNavigationProperties). An
// address without a host is one of the cloud that it is signed in to
// (Invoke-GraphRequest).
func (s *Set) associationLinkOf(p Part, property string) string {
	return fmt.Sprintf("%s('%s')/microsoft.graph.%s/%s/$ref", DeviceConfigurations, s.madeUpID(p.Key), p.Object.Type(), property)
}

// customReference names an app as Add-AppConfigurationTargets looks for it: of what is
// named there it takes all that the tenant has once by that name and type. An app of
// Apple's store is of one type or the other, by how the tenant got it.
func (a App) customReference() string {
	var all []string
	for _, kind := range a.Types()[0] {
		all = append(all, strings.Join([]string{a.Title, a.madeUpID(), schema.Namespace + kind}, "|!|"))
	}
	return strings.Join(all, "|*|")
}

// folderAssignments assigns a part to the groups of the set. Import-GraphObjectAssignment writes to
// the id of each and fails without one; of the rest it keeps the target alone.
func (s *Set) folderAssignments(p Part) []any {
	var all []any
	for _, group := range s.Groups {
		all = append(all, map[string]any{
			"id":     s.madeUpID(p.Key) + "_" + groupID(group),
			"target": map[string]any{schema.TypeKey: schema.Namespace + "groupAssignmentTarget", "groupId": groupID(group)},
		})
	}
	return all
}

// migration is IntuneManagement's table of the groups behind the ids in a folder.
type migration struct {
	TenantID     string           `json:"TenantId"` // with that of the tenant itself the table is left unread
	Organization string           `json:"Organization"`
	Objects      []migrationGroup `json:"Objects"`
}

type migrationGroup struct {
	ID          string `json:"Id"`
	DisplayName string `json:"DisplayName"`
	Type        string `json:"Type"`
}

// migrationTable is the table of the groups that are given by names; ok is false where
// there are none.
func (s *Set) migrationTable() (table migration, ok bool) {
	table = migration{TenantID: madeUpID("tenant", s.ID), Organization: "easkit " + s.ID}
	for _, group := range s.Groups {
		if !IsID(group) {
			table.Objects = append(table.Objects, migrationGroup{groupID(group), group, "Group"})
		}
	}
	return table, len(table.Objects) > 0
}

// migrationJSON is the file of the table; nil where there is none.
func (s *Set) migrationJSON() ([]byte, error) {
	table, ok := s.migrationTable()
	if !ok {
		return nil, nil
	}
	return asciiJSON(table)
}

// asciiJSON is JSON in ASCII: Windows PowerShell, in which IntuneManagement runs, reads
// files without a byte order mark in the code page of the machine, not as UTF-8.
func asciiJSON(v any) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	var ascii bytes.Buffer
	for _, r := range text.String() {
		if r < utf8.RuneSelf {
			ascii.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&ascii, `\u%04x`, unit)
		}
	}
	return ascii.Bytes(), nil
}
