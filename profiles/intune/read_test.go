package intune

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs/entra/record"
)

func TestReadDirGivesTheSameSet(t *testing.T) {
	for name, s := range map[string]*Set{"awkward": folderSet(), "every kind": everyKind()} {
		back, err := ReadDir(folderOf(t, s))
		if err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(s, back); diff != "" {
			t.Errorf("%s: -written +read\n%s", name, diff)
		}
	}
}

func TestReadDirOfADisk(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, folderOf(t, folderSet())); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadDir(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{IndexFile, "DeviceConfiguration/Contoso mail iOS mail.json"} {
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(f))); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadDir(os.DirFS(dir)); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), f) {
			t.Errorf("without %s: %v", f, err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(f)), folderOf(t, folderSet())[f].Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const iosMailFile = "DeviceConfiguration/Contoso mail iOS mail.json"

func TestReadDirRefusesWhatWasChanged(t *testing.T) {
	for title, change := range map[string]func(fstest.MapFS){
		"an object": func(f fstest.MapFS) {
			f[iosMailFile].Data = bytes.Replace(f[iosMailFile].Data, []byte("outlook.office365.com"), []byte("mail.contoso.com"), 1)
		},
		"line ends": func(f fstest.MapFS) {
			f[iosMailFile].Data = bytes.ReplaceAll(f[iosMailFile].Data, []byte("\n"), []byte("\r\n"))
		},
		"the table of groups": func(f fstest.MapFS) {
			f[MigrationFile].Data = bytes.Replace(f[MigrationFile].Data, []byte("Mail users"), []byte("All users"), 1)
		},
		"the index": func(f fstest.MapFS) {
			f[IndexFile].Data = bytes.Replace(f[IndexFile].Data, []byte("Zürich"), []byte("Bern"), 1)
		},
	} {
		folder := folderOf(t, folderSet())
		change(folder)
		if _, err := ReadDir(folder); !errors.Is(err, record.ErrEdited) || !strings.Contains(err.Error(), "changed after it was made: export again") {
			t.Errorf("%s: %v", title, err)
		}
	}
}

// What other tools would import with the set is not passed over.
func TestReadDirRefusesWhatIsNotListed(t *testing.T) {
	alone := folderSet()
	alone.Groups = nil
	for _, c := range []struct {
		set  *Set
		file string
	}{
		{folderSet(), "DeviceConfiguration/Other.json"}, {folderSet(), "DeviceConfiguration/PILOT bob.JSON"},
		{folderSet(), "AppConfigurationManagedDevice/Other.json"}, {alone, MigrationFile},
	} {
		folder := folderOf(t, c.set)
		folder["DeviceConfiguration/notes.txt"] = &fstest.MapFile{}
		if _, err := ReadDir(folder); err != nil {
			t.Fatal(err)
		}
		folder[c.file] = &fstest.MapFile{Data: []byte("{}")}
		if _, err := ReadDir(folder); err == nil || !strings.Contains(err.Error(), c.file) {
			t.Errorf("%s: %v", c.file, err)
		}
	}
	without := folderOf(t, folderSet())
	delete(without, MigrationFile)
	if _, err := ReadDir(without); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without the table of groups: %v", err)
	}
}

// A part with a key that the index does not call secret would be assigned to everybody.
func TestReadDirRefusesAKeyThatIsNoSecret(t *testing.T) {
	o := fromTemplate(t, "")
	o.CAs = nil
	o.Pilots = []Pilot{{Profile: fixture(t, "profiles/intune-pilot.mobileconfig")}}
	set := mustSet(t, o)
	if !set.Parts[0].Object.HoldsKey() || folderSet().Parts[0].Object.HoldsKey() {
		t.Error("a pilot holds a key, and a root does not")
	}
	folder := folderOf(t, set)
	var x index
	if err := json.Unmarshal(folder[IndexFile].Data, &x); err != nil {
		t.Fatal(err)
	}
	x.Parts[0].Secret = false
	x.Hash = x.hash()
	var text bytes.Buffer
	if err := record.Write(&text, x); err != nil {
		t.Fatal(err)
	}
	folder[IndexFile].Data = text.Bytes()
	if _, err := ReadDir(folder); err == nil || !strings.Contains(err.Error(), "not marked as secret") {
		t.Errorf("%v", err)
	}
	set.Parts[0].Secret = false
	if _, err := set.Files(); err == nil {
		t.Error("it is written")
	}
}

// Each error of a folder says what to do.
func TestReadDirHints(t *testing.T) {
	edited := folderOf(t, folderSet())
	edited[iosMailFile].Data = nil
	for want, folder := range map[string]fs.FS{"easkit intune export --dir DIR makes one": fstest.MapFS{"root.cer": {}}, "easkit intune export makes it anew": edited} {
		var no *RefusedError
		if _, err := ReadDir(folder); !errors.As(err, &no) || !strings.Contains(no.Hint, want) {
			t.Errorf("%v, want the hint %q", err, want)
		}
	}
}

// An index with a right hash, as nobody but its maker writes it, is not trusted either.
func TestReadDirRefusesContradictions(t *testing.T) {
	for title, c := range map[string]struct {
		change func(*index, fstest.MapFS)
		want   string
	}{
		"a file above":     {func(x *index, _ fstest.MapFS) { x.Parts[0].File = "../root.json" }, "outside the folders"},
		"an absolute path": {func(x *index, _ fstest.MapFS) { x.Parts[0].File = "/DeviceConfiguration/root.json" }, "outside the folders"},
		"another folder":   {func(x *index, _ fstest.MapFS) { x.Parts[0].File = "Other/root.json" }, "outside the folders"},
		"a folder as file": {func(x *index, f fstest.MapFS) {
			x.Parts[0].File = "DeviceConfiguration/x"
			f["DeviceConfiguration/x/y"] = &fstest.MapFile{}
		}, "not a file"},
		"another's file": {func(x *index, _ fstest.MapFS) {
			x.Parts[0].File, x.Parts[0].SHA256 = x.Parts[1].File, x.Parts[1].SHA256
		}, "known again"},
		"another type":        {func(x *index, _ fstest.MapFS) { x.Parts[0].Type = "iosCustomConfiguration" }, "does not agree"},
		"another name":        {func(x *index, _ fstest.MapFS) { x.Parts[0].Name = "x" }, "does not agree"},
		"another reference":   {func(x *index, _ fstest.MapFS) { x.Parts[2].Refers = nil }, "does not agree"},
		"a later reference":   {func(x *index, _ fstest.MapFS) { x.Parts[2], x.Parts[0] = x.Parts[0], x.Parts[2] }, "does not stand before it"},
		"other groups":        {func(x *index, _ fstest.MapFS) { x.Groups = []string{"Everybody"} }, "does not agree"},
		"another app":         {func(x *index, _ fstest.MapFS) { x.Parts[7].App.Title = "Nine" }, "does not agree"},
		"no parts":            {func(x *index, _ fstest.MapFS) { x.Parts = nil }, "has no parts"},
		"many parts":          {func(x *index, _ fstest.MapFS) { x.Parts = make([]indexPart, maxParts+1) }, "at most 1000"},
		"an unknown type":     {replaced("iosEasEmailProfileConfiguration", "iosEasEmailProfile"), "none that easkit writes"},
		"a retired type":      {replaced("iosEasEmailProfileConfiguration", "windows10EasEmailProfileConfiguration"), "is retired"},
		"two names alike":     {replaced(`"displayName": "Contoso mail iOS mail"`, `"displayName": "Contoso mail iOS certificate"`), "the same name"},
		"an extra key":        {replaced(`"hostName"`, `"#more": 1, "hostName"`), "does not agree"},
		"a key twice":         {replaced(`"hostName"`, `"hostName": "x", "hostName"`), "does not agree"},
		"a group more":        {replaced(`"assignments": [`, `"assignments": [{},`), "does not agree"},
		"no object":           {replaced("{", "["), "holds no object"},
		"null":                {func(x *index, f fstest.MapFS) { refill(x, f, "null") }, "none that easkit writes"},
		"something behind it": {replaced("\n}\n", "\n}{}\n"), "holds no object"},
		"a large file":        {func(x *index, f fstest.MapFS) { refill(x, f, strings.Repeat(" ", maxObjectFile+1)) }, "more than"},
	} {
		folder := folderOf(t, folderSet())
		var x index
		if err := json.Unmarshal(folder[IndexFile].Data, &x); err != nil {
			t.Fatal(err)
		}
		c.change(&x, folder)
		x.Hash = x.hash()
		var text bytes.Buffer
		if err := record.Write(&text, x); err != nil {
			t.Fatal(err)
		}
		folder[IndexFile].Data = text.Bytes()
		if _, err := ReadDir(folder); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", title, err, c.want)
		}
	}
}

// replaced replaces text in the file of the mail profile, and corrects its hash.
func replaced(before, after string) func(*index, fstest.MapFS) {
	return func(x *index, folder fstest.MapFS) {
		refill(x, folder, strings.Replace(string(folder[iosMailFile].Data), before, after, 1))
	}
}

func refill(x *index, folder fstest.MapFS, text string) {
	folder[iosMailFile].Data = []byte(text)
	for i := range x.Parts {
		if x.Parts[i].File == iosMailFile {
			x.Parts[i].SHA256 = hashOf([]byte(text))
		}
	}
}

func TestReadDirRefusesOtherFolders(t *testing.T) {
	for title, c := range map[string]struct{ text, want string }{
		"a plan":         {`{"schema":"easkit/trust-plan/v1"}`, "easkit entra apply"},
		"another schema": {`{"schema":"easkit/report/v1"}`, "its schema is"},
		"no JSON":        {`[`, "not of this form"},
		"a new property": {`{"schema":"easkit/intune-set/v1","more":1}`, "unknown field"},
		"too much":       {strings.Repeat(" ", maxIndexFile+1), "more than"},
	} {
		folder := fstest.MapFS{IndexFile: &fstest.MapFile{Data: []byte(c.text)}}
		if _, err := ReadDir(folder); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", title, err, c.want)
		}
	}
}

func FuzzReadDir(f *testing.F) {
	files, err := folderSet().Files()
	if err != nil {
		f.Fatal(err)
	}
	folder := fstest.MapFS{}
	for _, file := range files {
		folder[file.Name] = &fstest.MapFile{Data: file.Data}
		f.Add(file.Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		changed := fstest.MapFS{iosMailFile: &fstest.MapFile{Data: data}, IndexFile: folder[IndexFile]}
		if s, err := ReadDir(changed); err == nil || s != nil {
			t.Error("a folder without its files was read")
		}
		if s, err := ReadDir(fstest.MapFS{IndexFile: &fstest.MapFile{Data: data}}); err == nil || s != nil {
			t.Error("an index alone was read")
		}
		if o, err := objectIn(data); err == nil {
			for key := range o {
				if isFolderKey(key) {
					t.Errorf("%q stayed", key)
				}
			}
		}
	})
}
