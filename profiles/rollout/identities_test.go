package rollout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// folder makes a folder with empty files.
func folder(t testing.TB, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range files {
		path := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func index(t testing.TB, dir, tableDir string) *Identities {
	t.Helper()
	x, err := IndexIdentities(t.Context(), dir, tableDir)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// under gives paths as they are below a folder, with slashes.
func under(t testing.TB, dir string, paths ...string) string {
	t.Helper()
	var all []string
	for _, p := range paths {
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, filepath.ToSlash(rel))
	}
	return strings.Join(all, " ")
}

func paths(candidates []Candidate) (all []string) {
	for _, c := range candidates {
		all = append(all, c.Path)
	}
	return all
}

const thumbprint = "00112233445566778899aabbccddeeff00112233"

// Whose a file is by its name, in a table where names are shared.
func TestCandidatesByName(t *testing.T) {
	dir := folder(t,
		"alice@contoso.com.p12", "old/ALICE.PFX", "bob@contoso.com.p12", "bob.pem", "team@contoso.com.p12", "team.p12",
		"b.example@contoso.com.p12", "b.example.p12", "boss@contoso.com.p12", "dave.p12", "dave@fabrikam.com.p12",
		strings.ToUpper(thumbprint)+".p12", "._alice.p12", ".hidden/alice.p12", "alice.txt", "alice", "nobody.p12")
	const text = "upn,mail,thumbprint\n" +
		"alice@contoso.com,alice@contoso.com,\n" +
		"bob@contoso.com,b.example@contoso.com," + thumbprint + "\n" +
		"carol@contoso.com,team@contoso.com,\n" +
		"dave@contoso.com,team@contoso.com,\n" +
		"dave@fabrikam.com,boss@contoso.com,\n" + // another's UPN
		"boss@contoso.com,,\n"
	want := []string{
		"alice@contoso.com.p12 old/ALICE.PFX",
		strings.ToUpper(thumbprint) + ".p12 b.example.p12 b.example@contoso.com.p12 bob.pem bob@contoso.com.p12",
		"", "", "dave@fabrikam.com.p12", "boss@contoso.com.p12",
	}
	x := index(t, dir, "")
	people := survey(t, text)
	for i, r := range records(t, text, TableOptions{People: people}) {
		got, err := x.Candidates(r, people)
		if err != nil || under(t, dir, paths(got)...) != want[i] {
			t.Errorf("%s: %s, %v; want %s", r.User, under(t, dir, paths(got)...), err, want[i])
		}
		for _, c := range got {
			if c.Found != FoundByName {
				t.Errorf("%s was found by %s", c.Path, c.Found)
			}
		}
	}
	if got, want := under(t, dir, slices.Collect(x.Rest())...), "dave.p12 nobody.p12 team.p12 team@contoso.com.p12"; got != want {
		t.Errorf("left are %s, want %s", got, want)
	}
	if x.Len() != 13 {
		t.Errorf("%d files, want 13", x.Len())
	}
}

func TestCandidatesByColumn(t *testing.T) {
	tableDir := folder(t, "beside/dave.p12", "alice.p12")
	dir := filepath.Join(tableDir, "ids")
	for _, sub := range []string{"sub", "folder.p12"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"alice.p12", "sub/bob.p12", "carol.bin", "erin.p12"} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	x := index(t, dir, tableDir)
	for _, test := range []struct{ cell, want, err string }{
		{"alice.p12", "ids/alice.p12", ""}, // the folder of identities comes first
		{`sub\bob.p12`, "ids/sub/bob.p12", ""},
		{"sub/../sub/bob.p12", "ids/sub/bob.p12", ""},
		{"carol.bin", "ids/carol.bin", ""}, // what is named need not look like one
		{"beside/dave.p12", "beside/dave.p12", ""},
		{filepath.Join(tableDir, "beside", "dave.p12"), "beside/dave.p12", ""},
		{"../alice.p12", "", `the identity "../alice.p12": a path must not lead out of the folder`},
		{`..\..\secret.p12`, "", "a path must not lead out"},
		{"frank.p12", "", `the identity "frank.p12": file does not exist in the folder of identities, nor in that of the table`},
		{"folder.p12", "", "is no file"},
		{filepath.Join(tableDir, "none.p12"), "", "file does not exist"},
		{"alice.p12/x", "", `the identity "alice.p12/x"`},
	} {
		got, err := x.Candidates(Record{Row: Row{User: "erin@contoso.com", Identity: test.cell}}, nil)
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) || under(t, tableDir, paths(got)...) != test.want {
			t.Errorf("%s: %s, %v; want %s%s", test.cell, under(t, tableDir, paths(got)...), err, test.want, test.err)
		}
		if len(got) > 0 && got[0].Found != FoundByColumn {
			t.Errorf("%s was found by %s", test.cell, got[0].Found)
		}
	}
	if got := under(t, dir, slices.Collect(x.Rest())...); got != "erin.p12" {
		t.Errorf("left are %s, want erin.p12 alone", got)
	}
}

// Paths of the table and of the folder may be written differently.
func TestFindAcrossForms(t *testing.T) {
	dir := folder(t, "ids/alice.p12", "ids/Alice.p12", "ids/bob.p12")
	t.Chdir(dir)
	x := index(t, "ids", ".")
	if _, err := os.Stat("ids/Alice.p12"); err != nil || x.Len() != 3 {
		t.Skip("the file system does not mind letter case")
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "ids", "bob.p12"): "ids/bob.p12", "ids/BOB.P12": "ids/bob.p12", "./ids/alice.p12": "ids/alice.p12",
		"ids/ALICE.p12": "", "bob.p12": "", "ids/bob.pfx": "",
	} {
		id, ok := x.find(path)
		if ok != (want != "") || ok && filepath.ToSlash(x.path(id)) != want {
			t.Errorf("%s: %v, want %q", path, ok, want)
		}
	}
}

func TestIndexErrors(t *testing.T) {
	if _, err := IndexIdentities(t.Context(), filepath.Join(t.TempDir(), "none"), ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := IndexIdentities(cancelled, folder(t, "a.p12"), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	x := index(t, "", "")
	if got, err := x.Candidates(Record{Row: Row{User: "alice@contoso.com"}}, nil); len(got) != 0 || err != nil || x.Len() != 0 {
		t.Errorf("no folder at all: %v, %v", got, err)
	}
}

// Volumes of Kubernetes have links to the files of a hidden folder.
func TestLinks(t *testing.T) {
	dir := folder(t, "..2026/alice.p12")
	for link, to := range map[string]string{"alice.p12": "..2026/alice.p12", "bob.p12": "nowhere.p12", "loop": ".", "folder.p12": "..2026"} {
		if err := os.Symlink(filepath.FromSlash(to), filepath.Join(dir, link)); err != nil {
			t.Skip("links can't be made here:", err)
		}
	}
	if got := under(t, dir, slices.Collect(index(t, dir, "").Rest())...); got != "alice.p12" {
		t.Errorf("files are %s, want alice.p12", got)
	}
}

// entry is a file of a folder that is not there.
type entry string

func (e entry) Name() string               { return string(e) }
func (e entry) IsDir() bool                { return false }
func (e entry) Type() fs.FileMode          { return 0 }
func (e entry) Info() (fs.FileInfo, error) { return nil, errors.ErrUnsupported }

var _ fs.DirEntry = entry("")

// What is held of 200,000 files is their names and little more, and each is found.
func TestIndexIsCompact(t *testing.T) {
	const files, most = 200_000, 100 // bytes a file, with slices that grew by doubling; a name has 29
	before := held()
	x := &fileIndex{folders: []string{""}}
	for i := range files {
		if err := x.add("", 0, entry(fmt.Sprintf("first.last%06d@contoso.com.p12", i))); err != nil {
			t.Fatal(err)
		}
	}
	x.sort()
	if each := (held() - before) / files; each > most {
		t.Errorf("%d bytes a file, want %d at most", each, most)
	} else {
		t.Logf("%d bytes a file", each)
	}
	for i := 0; i < files; i += 997 {
		name := fmt.Sprintf("first.last%06d@contoso.com", i)
		if got := x.byStem(nil, name); len(got) != 1 || x.name(got[0]) != name+".p12" {
			t.Fatalf("%s is %v", name, got)
		}
	}
}

// The rows of a folder whose files have any names are found by what is in them.
func TestSANStage(t *testing.T) {
	dir := folder(t, "1.p12", "2.p12", "3.p12", "4.p12", "5.p12")
	const text = "upn,mail\nalice@contoso.com,team@contoso.com\nbob@contoso.com,team@contoso.com\n"
	people := survey(t, text)
	x := index(t, dir, "")
	san := x.BySAN(people)
	old, later := today.AddDate(-1, 0, 0), today.AddDate(0, -1, 0)
	for _, test := range []struct {
		file string
		leaf []string
		line int
		err  string
	}{
		{"5.p12", []string{"upn:ALICE@contoso.com"}, 2, ""},
		{"1.p12", []string{"mail:alice@contoso.com", "mail:team@contoso.com"}, 2, ""},
		{"2.p12", []string{"mail:team@contoso.com"}, 0, "an address that several rows have"},
		{"3.p12", []string{"upn:alice@contoso.com", "mail:bob@contoso.com"}, 0, "lines 2 and 3"},
		{"4.p12", []string{"upn:carol@contoso.com"}, 0, ErrNobody.Error()},
		{"6.p12", []string{"upn:alice@contoso.com"}, 0, "none of the identities"},
	} {
		line, err := san.Add(filepath.Join(dir, test.file), mint(t, old, later, test.leaf...))
		if line != test.line || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: line %d, %v; want %d, %s", test.file, line, err, test.line, test.err)
		}
	}
	rows := records(t, text, TableOptions{People: people})
	for range 2 {
		if got := san.Candidates(rows[0]); under(t, dir, paths(got)...) != "1.p12 5.p12" || got[0].Found != FoundBySAN {
			t.Errorf("Alice's: %v", got)
		}
	}
	if got := san.Candidates(rows[1]); len(got) != 0 {
		t.Errorf("Bob's: %v", got)
	}
	if got := under(t, dir, slices.Collect(x.Rest())...); got != "2.p12 3.p12 4.p12" {
		t.Errorf("left are %s", got)
	}
}

// Several goroutines find files, and each counts as used.
func TestIdentitiesAtOnce(t *testing.T) {
	const users = 100
	var text strings.Builder
	text.WriteString("upn\n")
	var files []string
	for i := range users {
		fmt.Fprintf(&text, "user%d@contoso.com\n", i)
		files = append(files, fmt.Sprintf("user%d.p12", i))
	}
	people := survey(t, text.String())
	x := index(t, folder(t, files...), "")
	var all sync.WaitGroup
	for _, r := range records(t, text.String(), TableOptions{People: people}) {
		all.Go(func() {
			if got, err := x.Candidates(r, people); len(got) != 1 || err != nil {
				t.Errorf("%s: %v, %v", r.User, got, err)
			}
		})
	}
	all.Wait()
	if left := slices.Collect(x.Rest()); len(left) != 0 {
		t.Errorf("left are %q", left)
	}
}

var today = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)
