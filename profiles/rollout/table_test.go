package rollout

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/table"
)

// records reads a whole table that can be read.
func records(t testing.TB, text string, o TableOptions) (all []Record) {
	t.Helper()
	tab, err := ReadTable(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	for {
		r, err := tab.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
}

// survey reads the people of a table.
func survey(t testing.TB, text string) *People {
	t.Helper()
	tab, err := ReadTable(strings.NewReader(text), TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	people, err := Survey(tab, func(Record) {})
	if err != nil {
		t.Fatal(err)
	}
	return people
}

func tableFile(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestExports(t *testing.T) {
	for _, test := range []struct {
		file string
		want []Record
	}{
		{"table-entra.csv", []Record{
			{Row: Row{Line: 2, User: "alice@contoso.com", Email: "alice@contoso.com", Name: "Alice Example"}, InWave: true},
			{Row: Row{Line: 4, User: "bob@contoso.onmicrosoft.com", Email: "Bob@Contoso.com", Name: `Bob "Bobby" Example`}, InWave: true},
			{Row: Row{Line: 5, User: "carol_fabrikam.com#EXT#@contoso.onmicrosoft.com", Email: "carol@fabrikam.com", Name: "Carol"}, InWave: true},
		}},
		{"table-excel.csv", []Record{
			{Row: Row{Line: 2, User: "alice@contoso.com", Name: "Älice", Identity: `phones\alice.p12`}, InWave: true},
			{Row: Row{Line: 3, User: "bob@contoso.com", Email: "bob@contoso.com", Name: "Bob"},
				Thumbprint: "00112233445566778899aabbccddeeff00112233", InWave: true},
			{Row: Row{Line: 4, Email: "carol@contoso.com", Name: "Carol"}, InWave: true},
		}},
		{"table-powershell.txt", []Record{
			{Row: Row{Line: 3, User: "alice@contoso.com", Email: "alice@contoso.com", Name: "Alice 😀"}, InWave: true},
			{Row: Row{Line: 4, User: "bob@contoso.com", Email: "bob@bücher.example", Name: "Bob"}, InWave: true},
		}},
	} {
		if got := records(t, tableFile(t, test.file), TableOptions{}); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n%+v\nwant\n%+v", test.file, got, test.want)
		}
	}
}

// A bad row is an error of that row, with its line, and the rest is read.
func TestBadRows(t *testing.T) {
	text := tableFile(t, "table-bad.csv")
	want := map[int]string{
		2:  `line 2: "alice@contoso.com" is there twice: lines 2 and 10`,
		3:  "line 3: it has 1 columns and the first line 4",
		4:  "line 4: it has neither a UPN nor a mail address",
		5:  `line 5, column upn: "carol at contoso.com" is no address: white space`,
		6:  `line 6, column mail: "dave@@contoso.com" is no address: 2 @ instead of one`,
		7:  "line 7",
		8:  `line 8, column identity: "frank\n.p12" holds a character that does not print`,
		10: `line 10: "alice@contoso.com" is there twice: lines 2 and 10`,
		11: `line 11, column thumbprint: "12:34" is neither a SHA-1 nor a SHA-256 thumbprint`,
		12: "",
	}
	people := survey(t, text)
	all := records(t, text, TableOptions{People: people})
	if people.Rows != len(want) || len(all) != len(want) || people.InWave != len(want) {
		t.Errorf("%d rows, then %d: want %d", people.Rows, len(all), len(want))
	}
	for _, r := range all {
		message, ok := want[r.Line]
		if !ok || (r.Err == nil) != (message == "") || r.Err != nil && !strings.HasPrefix(r.Err.Error(), message) {
			t.Errorf("line %d: %v, want %q", r.Line, r.Err, message)
		}
		if bad := new(table.RowError); r.Err != nil && (!errors.As(r.Err, &bad) || bad.Line != r.Line || strings.Contains(r.Err.Error(), "\n")) {
			t.Errorf("line %d: %T %[2]v is no error of the row", r.Line, r.Err)
		}
	}
}

// Without a survey the first of several rows of a user is given before the others are
// seen.
func TestTwiceInOneReading(t *testing.T) {
	const text = "upn,mail\na@x.com,\nb@x.com,\nA@X.com,\n,a@x.com\nz@bücher.com,\nz@xn--bcher-kva.com,\n"
	var bad []string
	for _, r := range records(t, text, TableOptions{}) {
		if r.Err != nil {
			bad = append(bad, r.Err.Error())
		}
	}
	want := []string{
		`line 4: "a@x.com" is there twice: lines 2 and 4`, `line 5: "a@x.com" is there twice: lines 2 and 5`,
		`line 7: "z@xn--bcher-kva.com" is there twice: lines 6 and 7`,
	}
	if !slices.Equal(bad, want) {
		t.Errorf("%q, want %q", bad, want)
	}
}

func TestNoTable(t *testing.T) {
	named := func(named map[string]string) TableOptions { return TableOptions{Map: named} }
	for _, test := range []struct {
		name, text, want string
		o                TableOptions
	}{
		{"empty", "", "it is empty", TableOptions{}},
		{"a workbook", "PK\x03\x04rest", "it is a workbook", TableOptions{}},
		{"PKCS#12", "0\x82\x09\x00\x02\x01\x03", "it is no text", TableOptions{}},
		{"no users", "Device,Model\nx,y\n", "no column of UPNs or mail addresses (userPrincipalName, mail), but Device, Model", TableOptions{}},
		{"prose", "Dear Bob,\n", "no column of UPNs", TableOptions{}},
		{"doubled", "mail,upn,MAIL\na,b,c\n", "columns 1 and 3 are both called MAIL", TableOptions{}},
		{"map of nothing", "upn,Zertifikat\n", `there is no column "Cert", but upn, Zertifikat`, named(map[string]string{"identity": "Cert"})},
		{"map of what is not read", "upn\n", `"fax" is no column that is read: they are email, identity, name, thumbprint, user, wave`, named(map[string]string{"fax": "upn"})},
		{"map takes the user away", "upn,model\n", "no column of UPNs", named(map[string]string{"user": ""})},
		{"a wave of nothing", "upn,model\n", `there is no column of that name, nor one called wave or ring, but upn, model`, TableOptions{Wave: Wave{name: "x"}}},
		{"a wave of no column", "upn,model\n", `there is no column "Site", but upn, model`, TableOptions{Wave: Wave{column: "Site", value: "x"}}},
	} {
		_, err := ReadTable(strings.NewReader(test.text), test.o)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	tab, err := ReadTable(strings.NewReader("upn\n"), TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Survey(tab, func(Record) {}); !errors.Is(err, errNoUsers) {
		t.Errorf("a table without rows: %v", err)
	}
}

func TestMap(t *testing.T) {
	const text = "Login,Adresse,Identity,Datei\nalice,alice@contoso.com,contoso.com/Users/Alice,a.p12\n"
	got := records(t, text, TableOptions{Map: map[string]string{"user": "", "email": "ADRESSE", "identity": "datei"}})
	want := []Record{{Row: Row{Line: 2, Email: "alice@contoso.com", Identity: "a.p12"}, InWave: true}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A reading that fails is not the end of the table.
func TestReadErrors(t *testing.T) {
	broken := errors.New("the disk is gone")
	r := io.MultiReader(strings.NewReader("upn\na@x.com\n"), &failingReader{broken})
	tab, err := ReadTable(r, TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Survey(tab, func(Record) {}); !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
}

type failingReader struct{ err error }

func (r *failingReader) Read([]byte) (int, error) { return 0, r.err }

// manyUsers is a table of many rows, made as it is read.
type manyUsers struct {
	rows, next int
	text       bytes.Buffer
}

func (m *manyUsers) Read(p []byte) (int, error) {
	for m.text.Len() < len(p) && m.next <= m.rows {
		if m.next == 0 {
			m.text.WriteString("userPrincipalName,mail,displayName,department\n")
		} else {
			fmt.Fprintf(&m.text, "user%06d@contoso.onmicrosoft.com,first.last%06d@contoso.com,User %d,%s\n", m.next, m.next, m.next, strings.Repeat("x", 100))
		}
		m.next++
	}
	return m.text.Read(p)
}

// held is how much memory is in use.
func held() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What is held of 200,000 users with two addresses each is tens of bytes of each.
func TestPeopleAreCompact(t *testing.T) {
	const rows, most = 200_000, 200 // bytes a user: four hashes with their lines, in maps that are half full
	before := held()
	tab, err := ReadTable(&manyUsers{rows: rows}, TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	people, err := Survey(tab, func(Record) {})
	if err != nil {
		t.Fatal(err)
	}
	tab = nil
	if each := (held() - before) / rows; each > most || people.Rows != rows {
		t.Errorf("%d bytes for each of %d users, want %d at most", each, people.Rows, most)
	} else {
		t.Logf("%d bytes a user", each)
	}
	runtime.KeepAlive(people)
}

func FuzzReadTable(f *testing.F) {
	for _, name := range []string{"table-entra.csv", "table-excel.csv", "table-powershell.txt", "table-bad.csv"} {
		f.Add(tableFile(f, name), "10%")
	}
	f.Add("upn,wave\n\"a@x.com\n", "pilot")
	f.Add("mail;Site\na@x.com;b\n", "site=b")
	f.Fuzz(func(t *testing.T, text, wave string) {
		w, err := ParseWave(wave)
		if err != nil {
			return
		}
		tab, err := ReadTable(strings.NewReader(text), TableOptions{Wave: w})
		if err != nil {
			oneLine(t, err)
			return
		}
		people, err := Survey(tab, func(Record) {})
		if err != nil {
			oneLine(t, err)
			return
		}
		rows := 0
		for _, r := range records(t, text, TableOptions{Wave: w, People: people}) {
			rows++
			if r.Err == nil && (r.Line < 2 || r.Key() == "") {
				t.Fatalf("a row of nobody: %+v", r)
			}
			if r.Err != nil {
				oneLine(t, r.Err)
			}
			for _, c := range stems(r, people) {
				if c == "" && r.Err == nil {
					t.Fatalf("a file without a name would be of %+v", r)
				}
			}
		}
		if rows != people.Rows {
			t.Fatalf("%d rows, then %d", people.Rows, rows)
		}
	})
}

func oneLine(t *testing.T, err error) {
	if strings.ContainsAny(err.Error(), "\n\r\x1b") {
		t.Fatalf("%q is not one line for people", err)
	}
}
