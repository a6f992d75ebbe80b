package intune

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// A folder that is written again has nothing of the set that was there before.
func TestStale(t *testing.T) {
	const pilot = "DeviceConfiguration/Contoso mail iOS pilot alice@contoso.com.json"
	fewer := folderSet()
	fewer.Groups = nil
	fewer.Parts = slices.DeleteFunc(fewer.Parts, func(p Part) bool { return p.Secret })
	before := func() fstest.MapFS { return folderOf(t, folderSet()) }
	with := func(name, text string) fstest.MapFS {
		folder := before()
		folder[name] = &fstest.MapFile{Data: []byte(text)}
		return folder
	}
	for _, tt := range []struct {
		name   string
		folder fstest.MapFS
		set    *Set
		want   []string
		no     string
	}{
		{"nothing there", fstest.MapFS{}, folderSet(), nil, ""},
		{"the same set", before(), folderSet(), nil, ""},
		{"fewer parts, and no groups", before(), fewer, []string{pilot, MigrationFile}, ""},
		{"notes of somebody's", with("DeviceConfiguration/notes.txt", ""), folderSet(), nil, ""},
		{"an object of somebody's", with("DeviceConfiguration/VPN.json", "{}"), folderSet(), nil, "VPN.json"},
		{"a stale object with other contents", with(pilot, "{}"), fewer, nil, "is not as easkit wrote it"},
		{"an object with other contents that is replaced", with(pilot, "{}"), folderSet(), nil, ""},
		{"a table of a tenant's, stale", with(MigrationFile, `{"TenantId": "a", "Organization": "Contoso", "Objects": []}`), fewer, nil, "is not as easkit wrote it"},
		{"a table of a tenant's, replaced", with(MigrationFile, `{"TenantId": "a", "Organization": "Contoso", "Objects": []}`), folderSet(), nil, "is not as easkit wrote it"},
		{"objects, and no index", fstest.MapFS{iosMailFile: {}}, folderSet(), nil, "no index of easkit's lists"},
		{"a table, and no index", fstest.MapFS{MigrationFile: {}}, folderSet(), nil, "no index of easkit's lists"},
		{"a broken index", with(IndexFile, "{}"), folderSet(), nil, "read " + IndexFile},
	} {
		files, err := tt.set.Files()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Stale(tt.folder, files)
		if !slices.Equal(got, tt.want) || (err != nil) != (tt.no != "") || err != nil && !strings.Contains(err.Error(), tt.no) {
			t.Errorf("%s: %q, %v; want %q, %q", tt.name, got, err, tt.want, tt.no)
		}
	}
}
