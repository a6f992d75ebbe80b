package intune

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs/graph/schema"
)

var updateFolder = flag.Bool("update-folder", false, "write testdata/folder anew")

const folderGroupID = "6f1c2a52-7d3b-4f0c-9b0e-1c2d3e4f5a6b"

// folderPart is a part of the set of the tests.
func folderPart(key, name, kind string, more Object, refers ...Reference) Part {
	o := newObject(kind, more)
	o["displayName"] = "Contoso mail " + name
	o["description"] = Mark{Set: "com.contoso.mail", Key: key}.Describe("Made by easkit.")
	return Part{Key: key, Object: o, Refers: refers}
}

// folderSet is a set with the common parts of each role, and what is awkward in names.
func folderSet() *Set {
	root := Object{"certFileName": "root.cer", "trustedRootCertificate": "MAA="}
	gmail := folderPart("fully-managed-gmail", "fully managed Gmail", "androidManagedStoreAppConfiguration", Object{
		"packageId": "app:com.google.android.gm", "payloadJson": "e30=", "profileApplicability": "androidDeviceOwner", "permissionActions": []any{},
	})
	gmail.App = &App{Title: "Gmail", Android: "com.google.android.gm"}
	outlook := folderPart("ios-outlook", "iOS Outlook", "iosMobileAppConfiguration", Object{"settings": []any{map[string]any{
		"appConfigKey": "IntuneMAMUPN", "appConfigKeyType": "stringType", "appConfigKeyValue": "{{userprincipalname}}",
	}}})
	outlook.App = &App{Title: "Microsoft Outlook", IOS: "com.microsoft.Office.Outlook"}
	pilot := folderPart("ios-pilot-1", "iOS pilot: alice@contoso.com", "iosCustomConfiguration", Object{
		"payload": base64.StdEncoding.EncodeToString([]byte("<plist/>")), "payloadFileName": "pilot.mobileconfig", "payloadName": "Contoso Post für Müller 📬",
	})
	pilot.Secret = true
	pilot.Notes = []string{"For alice@contoso.com alone.", "It ends on 2027-01-31."}
	return &Set{
		ID: "com.contoso.mail", Name: "Contoso mail",
		Groups: []string{"Mail users – Zürich", folderGroupID},
		Notes:  []string{"Users see a sign-in and a certificate prompt."},
		Parts: []Part{
			folderPart("ios-root-1a2b3c4d", "iOS root 1a2b3c4d", "iosTrustedRootCertificate", root),
			folderPart("work-profile-root-1a2b3c4d", "work profile root 1a2b3c4d", "androidWorkProfileTrustedRootCertificate", root),
			folderPart("ios-certificate", "iOS certificate", "iosScepCertificateProfile", Object{
				"scepServerUrls": []any{"https://scep.contoso.com/"}, "renewalThresholdPercentage": float64(20), "certificateValidityPeriodValue": float64(1),
			}, Reference{"rootCertificate", "ios-root-1a2b3c4d"}),
			folderPart("work-profile-certificate", "work profile certificate", "androidWorkProfilePkcsCertificateProfile", Object{
				"certificationAuthority": "ca.contoso.com",
			}, Reference{"rootCertificate", "work-profile-root-1a2b3c4d"}),
			folderPart("ios-mail", "iOS mail", "iosEasEmailProfileConfiguration", Object{
				"hostName": "outlook.office365.com", "requireSsl": true, "perAppVPNProfileId": nil,
			}, Reference{"identityCertificate", "ios-certificate"}),
			folderPart("work-profile-gmail", "work profile Gmail", "androidWorkProfileGmailEasConfiguration", Object{
				"hostName": "outlook.office365.com",
			}, Reference{"identityCertificate", "work-profile-certificate"}),
			pilot, gmail, outlook,
		},
	}
}

// everyKind is a set with an object of every type that is written.
func everyKind() *Set {
	s := &Set{ID: "com.contoso.mail", Name: "Contoso mail"}
	for _, k := range kinds {
		if k.Retired {
			continue
		}
		p := folderPart(strings.ToLower(k.Type), k.Title, k.Type, nil)
		if k.Role == AppConfig {
			p.App = &App{Title: k.Title, Android: "com.contoso"}
		}
		s.Parts = append(s.Parts, p)
	}
	return s
}

// folderOf writes a set into a folder of memory.
func folderOf(t *testing.T, s *Set) fstest.MapFS {
	t.Helper()
	files, err := s.Files()
	if err != nil {
		t.Fatal(err)
	}
	folder := fstest.MapFS{}
	for _, f := range files {
		if folder[f.Name] != nil {
			t.Errorf("%s is there twice", f.Name)
		}
		folder[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return folder
}

func TestFilesAgainstGolden(t *testing.T) {
	got := folderOf(t, folderSet())
	golden := filepath.Join("testdata", "folder")
	if *updateFolder {
		if err := os.RemoveAll(golden); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(golden, got); err != nil {
			t.Fatal(err)
		}
	}
	want := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(golden), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(golden, filepath.FromSlash(name)))
		want[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(texts(want), texts(got)); diff != "" {
		t.Errorf("testdata/folder differs (-update-folder writes it anew): -golden +now\n%s", diff)
	}
}

func texts(folder fstest.MapFS) map[string]string {
	all := map[string]string{}
	for name, f := range folder {
		all[name] = string(f.Data)
	}
	return all
}

func TestFilesMarkSecrets(t *testing.T) {
	files, err := folderSet().Files()
	if err != nil {
		t.Fatal(err)
	}
	var secret []string
	for _, f := range files {
		if f.Secret {
			secret = append(secret, f.Name)
		}
	}
	if want := []string{"DeviceConfiguration/Contoso mail iOS pilot alice@contoso.com.json"}; !slices.Equal(secret, want) {
		t.Errorf("secret are %q, want %q", secret, want)
	}
}

// IntuneManagement's Windows PowerShell knows no UTF-8 without a byte order mark.
func TestFilesOfTheToolAreASCII(t *testing.T) {
	for name, f := range folderOf(t, folderSet()) {
		if path.Ext(name) != ".json" || name == IndexFile {
			continue
		}
		if i := bytes.IndexFunc(f.Data, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
			t.Errorf("%s has a character beyond ASCII at byte %d", name, i)
		}
	}
}

func TestFilesAreTheSameAgain(t *testing.T) {
	if diff := cmp.Diff(texts(folderOf(t, folderSet())), texts(folderOf(t, folderSet()))); diff != "" {
		t.Error(diff)
	}
	before := folderSet()
	if _, err := before.Files(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(folderSet(), before); diff != "" {
		t.Errorf("Files changed the set: %s", diff)
	}
}

func TestREADME(t *testing.T) {
	text := string(folderOf(t, folderSet())[ReadmeFile].Data)
	for _, line := range strings.Split(text, "\n") {
		long := utf8.RuneCountInString(line) > readmeWidth && strings.Contains(strings.TrimSpace(line), " ")
		if long || strings.TrimRight(line, " ") != line {
			t.Errorf("%q is too long, or ends in spaces", line)
		}
	}
	flowing := strings.Join(strings.Fields(text), " ")
	for _, want := range []string{
		"Nothing in this folder has been tried against a tenant", "easkit intune plan DIR", "easkit intune import", "Never choose 'Update' or 'Replace'",
		"SECRET: one user's private key is in it", "assigned to nobody", "It ends on 2027-01-31.", "Mail users – Zürich", "Users see a sign-in", "Its identityCertificate is Contoso mail iOS certificate.",
		"Microsoft Outlook (com.microsoft.Office.Outlook)",
	} {
		if !strings.Contains(flowing, want) {
			t.Errorf("the README does not say %q", want)
		}
	}
	alone := folderSet()
	alone.Groups, alone.Notes, alone.Parts = nil, nil, alone.Parts[:1]
	folder := folderOf(t, alone)
	if folder[MigrationFile] != nil || strings.Contains(string(folder[ReadmeFile].Data), MigrationFile) {
		t.Error("a set without groups has a table of them")
	}
	if !strings.Contains(string(folder[ReadmeFile].Data), "nothing is assigned") {
		t.Error("the README does not say that nothing is assigned")
	}
}

func TestFilesRefuses(t *testing.T) {
	name := func(name string) func(*Set) {
		return func(s *Set) { s.Parts[0].Object["displayName"] = name }
	}
	for title, c := range map[string]struct {
		change func(*Set)
		want   string
	}{
		"a comma in a name":      {name("Contoso, mail"), "must have none of"},
		"an apostrophe":          {name("Contoso's mail"), "must have none of"},
		"an ampersand":           {name("Smith & Sons"), "must have none of"},
		"no name":                {name(""), "begins and ends"},
		"a space behind a name":  {name("Contoso "), "begins and ends"},
		"a line break":           {name("Contoso\nmail"), "not seen"},
		"broken UTF-8":           {name("Contoso\xff"), "not seen"},
		"a long name":            {name(strings.Repeat("x", maxFolderName+1)), "more than 160 characters"},
		"a long file":            {name(strings.Repeat("メ", 100)), "more than 255 bytes"},
		"a name of the tool":     {name("Contoso_Settings"), "skips such files"},
		"a name of Windows":      {name("Aux.mail"), "no file can have it"},
		"a name without letters": {name("..."), "no file can have it"},
		"names alike":            {name("CONTOSO MAIL iOS MAIL"), "the same name"},
		"files alike":            {name("Contoso mail iOS? mail"), "the same name"},
		"no parts":               {func(s *Set) { s.Parts = nil }, "has no parts"},
		"too many parts":         {func(s *Set) { s.Parts = make([]Part, maxParts+1) }, "at most 1000"},
		"a large part":           {func(s *Set) { s.Parts[6].Object["payload"] = strings.Repeat("A", maxObjectFile) }, "at most"},
		"no JSON":                {func(s *Set) { s.Parts[6].Object["payload"] = func() {} }, "has no JSON"},
		"a large index":          {func(s *Set) { s.Notes = []string{strings.Repeat("x", maxIndexFile)} }, "at most"},
		"a bad key":              {func(s *Set) { s.Parts[0].Key = "iOS root" }, "small letters"},
		"a key twice":            {func(s *Set) { s.Parts[1] = s.Parts[0] }, "the key is there twice"},
		"another set's mark":     {func(s *Set) { s.ID = "com.contoso.other" }, "known again"},
		"an unknown type":        {func(s *Set) { s.Parts[0].Object[schema.TypeKey] = schema.Namespace + "iosVpnConfiguration" }, "none that easkit writes"},
		"a type of no namespace": {func(s *Set) { s.Parts[0].Object[schema.TypeKey] = "iosTrustedRootCertificate" }, "none that easkit writes"},
		"a retired type": {func(s *Set) {
			s.Parts[4].Object[schema.TypeKey] = schema.Namespace + "androidEasEmailProfileConfiguration"
		}, "is retired"},
		"an id":                 {func(s *Set) { s.Parts[0].Object["ID"] = "1" }, `"ID", which is set when`},
		"a bound reference":     {func(s *Set) { s.Parts[4].Object["identityCertificate@odata.bind"] = "x" }, "which is set when"},
		"an app of a profile":   {func(s *Set) { s.Parts[0].App = &App{Title: "Gmail", Android: "com.google.android.gm"} }, "nothing else"},
		"no app":                {func(s *Set) { s.Parts[7].App = nil }, "nothing else"},
		"an app of neither":     {func(s *Set) { s.Parts[7].App = &App{Title: "Gmail"} }, "for Android or for iOS"},
		"an app with a bar":     {func(s *Set) { s.Parts[7].App = &App{Title: "a|!|b", Android: "a.b"} }, "must have none of"},
		"a later part":          {func(s *Set) { s.Parts[0], s.Parts[2] = s.Parts[2], s.Parts[0] }, "does not stand before it"},
		"a reference to itself": {func(s *Set) { s.Parts[2].Refers[0].To = "ios-certificate" }, "does not stand before it"},
		"a reference twice":     {func(s *Set) { s.Parts[2].Refers = append(s.Parts[2].Refers, s.Parts[2].Refers[0]) }, "is there twice"},
		"no relationship":       {func(s *Set) { s.Parts[2].Refers[0].Property = "a/b" }, "no name of a relationship"},
		"a reference of an app": {func(s *Set) { s.Parts[8].Refers = []Reference{{"identityCertificate", "ios-certificate"}} },
			"only device configurations"},
		"a group with a comma": {func(s *Set) { s.Groups[0] = "Mail, Zürich" }, "give its object id instead"},
		"a group twice":        {func(s *Set) { s.Groups = append(s.Groups, strings.ToUpper(folderGroupID)) }, "is there twice"},
	} {
		s := folderSet()
		c.change(s)
		if _, err := s.Files(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", title, err, c.want)
		}
	}
}

// The folder as IntuneManagement reads it, after the functions of its source: all files
// of a folder of a type, references by names, groups by the table.
func TestFolderAsTheToolReadsIt(t *testing.T) {
	folder := folderOf(t, folderSet())
	names := map[string][]map[string]any{} // the device configurations by names, as its $filter finds them in the tenant
	var objects []map[string]any
	for _, dir := range []string{"DeviceConfiguration", "AppConfigurationManagedDevice"} {
		files, err := fs.Glob(folder, dir+"/*.json")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			o := jsonIn(t, folder, file)
			objects = append(objects, o)
			if dir == "DeviceConfiguration" {
				names[o["displayName"].(string)] = append(names[o["displayName"].(string)], o)
			}
		}
	}
	if len(objects) != len(folderSet().Parts) {
		t.Errorf("%d objects, want %d", len(objects), len(folderSet().Parts))
	}
	references := 0
	for _, o := range objects {
		references += toolJoins(t, o, names)
		toolAssigns(t, o, toolGroups(t, folder))
	}
	if references != 4 {
		t.Errorf("%d references, want 4", references)
	}
}

// toolJoins does what Set-GraphNavigationProperties does with one object.
func toolJoins(t *testing.T, o map[string]any, names map[string][]map[string]any) (references int) {
	t.Helper()
	const newID = "00000000-1111-2222-3333-444444444444"
	for key, value := range o {
		property, ok := strings.CutSuffix(key, "@odata.associationLink")
		if !ok {
			continue
		}
		references++
		link := strings.ReplaceAll(value.(string), o["id"].(string), newID)
		kind := strings.TrimPrefix(o["@odata.type"].(string), "#")
		if want := "/deviceManagement/deviceConfigurations('" + newID + "')/" + kind + "/" + property + "/$ref"; link != want {
			t.Errorf("%s: PUT %s, want %s", o["displayName"], link, want)
		}
		name, kind, ok := strings.Cut(o["#CustomRef_"+property].(string), "|:|")
		if !ok || strings.Contains(name, ",") || len(names[name]) != 1 || names[name][0]["@odata.type"] != kind {
			t.Errorf("%s: its %s, %q of %q, is not there once", o["displayName"], property, name, kind)
		}
	}
	return references
}

// toolGroups reads the table of groups: names by ids.
func toolGroups(t *testing.T, folder fstest.MapFS) map[string]string {
	t.Helper()
	table := jsonIn(t, folder, "MigrationTable.json")
	groups := map[string]string{}
	for _, o := range table["Objects"].([]any) {
		group := o.(map[string]any)
		if group["Type"] != "Group" || table["TenantId"] == "" {
			t.Errorf("the table has %v", group)
		}
		groups[group["Id"].(string)] = group["DisplayName"].(string)
	}
	return groups
}

// toolAssigns does what Import-GraphObjectAssignment does: without an id, writing to it
// throws, and then nothing is joined either.
func toolAssigns(t *testing.T, o map[string]any, groups map[string]string) {
	t.Helper()
	if strings.HasSuffix(o["@odata.type"].(string), "CustomConfiguration") { // the pilot, which is one user's
		if o["assignments"] != nil {
			t.Errorf("%s is assigned to everybody: %v", o["displayName"], o["assignments"])
		}
		return
	}
	var assigned []string
	for _, a := range o["assignments"].([]any) {
		assignment := a.(map[string]any)
		target := assignment["target"].(map[string]any)
		id := target["groupId"].(string)
		if _, ok := assignment["id"].(string); !ok || target["@odata.type"] != "#microsoft.graph.groupAssignmentTarget" || len(id) != 36 {
			t.Errorf("%s: %v", o["displayName"], assignment)
		}
		if name, ok := groups[id]; ok {
			id = name
		}
		assigned = append(assigned, id)
	}
	if want := []string{"Mail users – Zürich", folderGroupID}; !slices.Equal(assigned, want) {
		t.Errorf("%s: assigned to %q, want %q", o["displayName"], assigned, want)
	}
}

func TestAppsAsTheToolReadsThem(t *testing.T) {
	folder := folderOf(t, folderSet())
	id := regexp.MustCompile(`^[0-9a-f-]{36}$`)
	for file, want := range map[string][]string{
		"AppConfigurationManagedDevice/Contoso mail fully managed Gmail.json": {"Gmail #microsoft.graph.androidManagedStoreApp"},
		"AppConfigurationManagedDevice/Contoso mail iOS Outlook.json": {
			"Microsoft Outlook #microsoft.graph.iosStoreApp", "Microsoft Outlook #microsoft.graph.iosVppApp",
		},
	} {
		o := jsonIn(t, folder, file)
		var got []string
		for _, app := range strings.Split(o["#CustomRefTargetedApps"].(string), "|*|") {
			part := strings.Split(app, "|!|")
			if len(part) != 3 || !id.MatchString(part[1]) || !slices.Equal(o["targetedMobileApps"].([]any), []any{part[1]}) {
				t.Fatalf("%s: %q", file, app)
			}
			got = append(got, part[0]+" "+part[2])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}

// What IntuneManagement posts is an object that Graph describes: it takes out the keys
// that Start-GraphPreImport and Import-GraphFile name, and the keys that begin with #
// are no properties.
func TestPostedObjectsAgainstSchema(t *testing.T) {
	types := schema.NewCatalogue(schema.Intune())
	folder := folderOf(t, folderSet())
	for name := range folder {
		if path.Dir(name) == "." {
			continue
		}
		o := jsonIn(t, folder, name)
		for key := range o {
			small := strings.ToLower(key)
			if small == "id" || small == "assignments" || strings.HasPrefix(key, "#CustomRef") || strings.Contains(small, "@odata") && strings.HasSuffix(small, "link") {
				delete(o, key)
			}
		}
		for _, b := range types.Breaches(strings.TrimPrefix(o["@odata.type"].(string), "#microsoft.graph."), o, schema.Creating) {
			t.Errorf("%s: %s: %v", name, b.Path, b)
		}
	}
}

func jsonIn(t *testing.T, folder fstest.MapFS, name string) map[string]any {
	t.Helper()
	if folder[name] == nil {
		t.Fatalf("%s is missing", name)
	}
	var o map[string]any
	if err := json.Unmarshal(folder[name].Data, &o); err != nil {
		t.Fatal(name, err)
	}
	return o
}

// Nothing looks for a pilot by its name, and people are called O'Brien.
func TestNamesThatNothingGoesBy(t *testing.T) {
	s := folderSet()
	s.Parts[6].Object["displayName"] = `PILOT Contoso, "mail" - pat.o'brien+x@contoso.com`
	folder := folderOf(t, s)
	const file = "DeviceConfiguration/PILOT Contoso, mail - pat.o'brien+x@contoso.com.json"
	if jsonIn(t, folder, file)["displayName"] != s.Parts[6].Object.Name() {
		t.Error("the name is another")
	}
	if back, err := ReadDir(folder); err != nil || !cmp.Equal(s, back) {
		t.Errorf("%v, %v", back, err)
	}
}

func TestMadeUpIDs(t *testing.T) {
	a, b := folderSet(), folderSet()
	b.ID = "com.contoso.other"
	if a.madeUpID("ios-mail") == b.madeUpID("ios-mail") || a.madeUpID("ios-mail") == a.madeUpID("ios-certificate") {
		t.Error("two objects have one id")
	}
	if groupID("Mail Users") != groupID("mail users") || groupID(strings.ToUpper(folderGroupID)) != folderGroupID {
		t.Error("a group has two ids")
	}
	if want := "3f45d1fd"; !strings.HasPrefix(a.madeUpID("ios-mail"), want) {
		t.Errorf("%s, want %s…: an id that was once written must stay", a.madeUpID("ios-mail"), want)
	}
}
