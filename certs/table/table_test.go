package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// limit is more than any text of these tests has.
const limit = 64 << 20

func open(t testing.TB, text string) *Table {
	t.Helper()
	b, err := OpenText(strings.NewReader(text), limit)
	if err != nil {
		t.Fatal(err)
	}
	table, err := Open(b)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// each reads a table to its end: a line a row, "LINE: cell|cell" or "LINE! error".
func each(t *Table, columns ...int) []string {
	var all []string
	for {
		err := t.Next()
		bad := new(RowError)
		switch {
		case err == io.EOF:
			return all
		case errors.As(err, &bad):
			all = append(all, fmt.Sprintf("%d! %v", bad.Line, err))
			continue
		case err != nil:
			return append(all, err.Error())
		}
		var cells []string
		for _, c := range columns {
			text, err := t.Text(c)
			if err != nil {
				text = err.Error()
			}
			cells = append(cells, text)
		}
		all = append(all, fmt.Sprintf("%d: %s", t.Line(), strings.Join(cells, "|")))
	}
}

// A bad row is an error of its own, with its line, and the rows after it are read.
func TestRows(t *testing.T) {
	long := strings.Repeat("x", MaxRow)
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"sound":                       {"a,b\n1,2\n3,4", []string{"2: 1|2", "3: 3|4"}},
		"Windows":                     {"a,b\r\n1,2\r\n3,4\r\n", []string{"2: 1|2", "3: 3|4"}},
		"empty rows":                  {"a,b\n\n , \n,\n1,2\n\n", []string{"5: 1|2"}},
		"a line end between quotes":   {"a,b\n\"1\n\n1\",2\n3,4\n", []string{"2: 1\n\n1|2", "5: 3|4"}},
		"quotes between quotes":       {"a,b\n\"1\"\"\n\",2\n3,4\n", []string{"2: 1\"|2", "4: 3|4"}},
		"too few columns":             {"a,b\n1\n3,4\n", []string{"2! line 2: it has 1 columns and the first line 2: quote values that hold ','", "3: 3|4"}},
		"too many columns":            {"a;b\n1;2;3\n3;4\n", []string{"2! line 2: it has 3 columns and the first line 2: quote values that hold ';'", "3: 3|4"}},
		"a quote in the middle":       {"a,b\n1\"x,2\n3,4\n", []string{"2! line 2, column 2: bare \" in non-quoted-field", "3: 3|4"}},
		"two of them":                 {"a,b\n1\"x,2\"y\n3,4\n", []string{"2! line 2, column 2: bare \" in non-quoted-field", "3: 3|4"}},
		"text after a quote":          {"a,b\n\"1\"x,2\n3,4\n", []string{"2! line 2, column 3: extraneous or missing \" in quoted-field", "3: 3|4"}},
		"no closing quote":            {"a,b\n\"1,2\n3,4\n5,6\n", []string{"2! line 2 to line 4, column 5: extraneous or missing \" in quoted-field", "3: 3|4", "4: 5|6"}},
		"no closing quote, last":      {"a,b\n1,2\n3,\"4\n", []string{"2: 1|2", "3! line 3, column 6: extraneous or missing \" in quoted-field"}},
		"no closing quote, then some": {"a,b\n\"1,2\n3,\"4\"\n5,6\n", []string{"2! line 2 to line 3, column 3: extraneous or missing \" in quoted-field", "3: 3|4", "4: 5|6"}},
		"no closing quote, long":      {"a,b\n\"1,2\n3," + long + "\n5,6\n", []string{"2! line 2: it has more than 1048576 bytes: is a closing quote missing?", "3! line 3: it has more than 1048576 bytes: is a closing quote missing?", "4: 5|6"}},
		"a line too long, the last":   {"a,b\n3," + long + long, []string{"2! line 2: it has more than 1048576 bytes: is a closing quote missing?"}},
		"just short enough":           {"a,b\n," + long[2:] + "\n3,4\n", []string{"2: |" + long[2:], "3: 3|4"}},
		"not UTF-8":                   {"a,b\n1,\xe4\n", []string{"2: 1|line 2, column b: it is not UTF-8: save the file as CSV UTF-8"}},
		"a preamble":                  {"#TYPE System.Object\n\"a\";\"b\"\n1;2\n", []string{"3: 1|2"}},
		"columns in another order":    {"b\ta\n2\t1\n", []string{"2: 1|2"}},
	} {
		t.Run(name, func(t *testing.T) {
			table := open(t, test.text)
			if diff := cmp.Diff(test.want, each(table, table.Column("a"), table.Column("b"))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The same in the encodings that Excel and PowerShell write.
func TestEncodings(t *testing.T) {
	const text = "Größe;b\n\"1\r\n€😀\";2\n"
	for name, coded := range map[string]string{"UTF-8": text, "BOM": "\ufeff" + text, "UTF-16LE": utf16le(text), "UTF-16BE": utf16be(text)} {
		b, err := OpenText(iotest.HalfReader(strings.NewReader(coded)), limit)
		if err != nil {
			t.Fatal(err)
		}
		table, err := Open(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"2: 1\n€😀|2"}, each(table, table.Column("größe"), table.Column("b"))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// What is wrong with the file, and not with a row, ends the reading.
func TestTheFileFails(t *testing.T) {
	broken := errors.New("the disk is broken")
	b, err := OpenText(io.MultiReader(strings.NewReader("a,b\n1,2\n3,"), iotest.ErrReader(broken)), limit)
	if err != nil {
		t.Fatal(err)
	}
	table, err := Open(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Next(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := table.Next(); !errors.Is(err, broken) || errors.As(err, new(*RowError)) {
			t.Errorf("got %v, want that the disk is broken", err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "it is empty",
		"\n\r\n":                    "it is empty",
		"version:v1.0\n":            "it is empty",
		"a,\"b\n1,2\n":              "line 1 to line 2, column 5: extraneous or missing",
		strings.Repeat("a,", 1<<20): "line 1: it has more than 1048576 bytes",
		"a\"b\n":                    "line 1, column 2: bare",
	} {
		b, err := OpenText(strings.NewReader(text), limit)
		if err == nil {
			_, err = Open(b)
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
}

func TestColumns(t *testing.T) {
	table := open(t, "User principal name,mail,Mail [E-MAIL],MAIL,id\n1,2,3,4,5\n")
	for name, want := range map[string]struct {
		first int
		only  string
	}{
		"userprincipalname": {0, ""},
		"email":             {2, ""},
		"id":                {4, ""},
		"upn":               {-1, ""},
		"mail":              {1, "columns 2 and 4 are both called MAIL: remove one of them, or give it another name"},
	} {
		if got := table.Column("nothing", name); got != want.first {
			t.Errorf("%s is column %d, want %d", name, got, want.first)
		}
		got, err := table.Only("nothing", name)
		if want.only == "" && (err != nil || got != want.first) {
			t.Errorf("%s is column %d alone (%v), want %d", name, got, err, want.first)
		}
		if want.only != "" && (err == nil || err.Error() != want.only) {
			t.Errorf("%s: %v, want %s", name, err, want.only)
		}
	}
	if got := open(t, "hunter2\nx\n").Columns(); strings.Contains(got, "hunter2") {
		t.Errorf("a file that may hold a password alone is told: %s", got)
	}
}

// However many quotes stand where, the reading takes time in proportion to the text.
func TestLinear(t *testing.T) {
	const n = 100_000
	for name, text := range map[string]string{
		"open":           "a,b\n" + strings.Repeat("\"1,2\n", n),
		"open once":      "a,b\n\"1,2\n" + strings.Repeat("1,2\n", n),
		"open sometimes": "a,b\n" + strings.Repeat("\"1,2\n"+strings.Repeat("1,2\n", 1000), n/1000),
		"pairs":          "a,b\n" + strings.Repeat("\"\"\"1,2\n", n),
		"bare":           "a,b\n" + strings.Repeat("1\"x,2\n", n),
		"bare sometimes": "a,b\n" + strings.Repeat("1\"x,2\n"+strings.Repeat("1,2\n", 1000), n/1000),
		"empty":          "a,b\n" + strings.Repeat("\n", n),
	} {
		started := time.Now()
		each(open(t, text))
		if took := time.Since(started); took > 3*time.Second {
			t.Errorf("%s: %v", name, took)
		} else {
			t.Logf("%s: %v", name, took)
		}
	}
}

// Of rows that encoding/csv reads, the same is read as it reads them.
func FuzzTable(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		var b strings.Builder
		for range random.IntN(60) {
			b.WriteByte("aab,,\"\"\n\r"[random.IntN(9)])
		}
		f.Add(b.String())
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = "a,b,c\n" + text
		table := open(t, text)
		got := each(table, 0, 1, 2)
		reader := csv.NewReader(strings.NewReader(text))
		reader.FieldsPerRecord = -1
		all, err := reader.ReadAll()
		if err != nil {
			return // what comes after an error is read differently
		}
		var want []string
		for _, row := range all[1:] {
			for i := range row {
				row[i] = strings.TrimSpace(row[i])
			}
			switch joined := strings.Join(row, "|"); {
			case strings.Trim(joined, "|") == "" && strings.Join(row, "") == "":
			case len(row) != 3:
				want = append(want, "! ")
			default:
				want = append(want, ": "+joined)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%q gives %q, want %q", text, got, want)
		}
		for i := range got {
			if !strings.Contains(got[i], want[i]) && !strings.Contains(got[i], "UTF-8") {
				t.Errorf("%q gives %q, want %q", text, got[i], want[i])
			}
		}
	})
}
