package rollout

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// A table that is written while a run reads it ends the run, which accounts for what it
// made by the table that it began with; the next one does the rest.
func TestDoTableChanges(t *testing.T) {
	lines := func(text string) []string { return strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n") }
	for name, change := range map[string]struct {
		reading int // that gets another table
		edit    func(text string) string
	}{
		"a row of another":     {2, func(text string) string { return strings.Replace(text, "bob@", "zoe@", 1) }},
		"rows more":            {2, func(text string) string { return text + "zoe@contoso.com,,,\nyan@contoso.com,,,\n" }},
		"a row less":           {2, func(text string) string { return strings.Join(lines(text)[:4], "") }},
		"cut off":              {2, func(text string) string { return text[:len(text)-5] }},
		"emptied":              {2, func(string) string { return "" }},
		"no table any more":    {2, func(string) string { return "PK\x03\x04" }},
		"sorted":               {3, func(text string) string { l := lines(text); return l[0] + l[3] + l[4] + "\n" + l[1] + l[2] }},
		"emptied while SANs":   {3, func(string) string { return "" }},
		"rows more at the end": {3, func(text string) string { return text + "zoe@contoso.com,,,\n" }},
	} {
		for _, shard := range []Shard{{}, {Index: 0, Count: 2}} {
			t.Run(fmt.Sprint(name, " ", shard), func(t *testing.T) {
				c := newCompany(t)
				for file, user := range map[string]string{"alice.p12": "alice", "bob.p12": "bob", "1.p12": "carol", "2.p12": "dave"} {
					c.file(file, user+"@contoso.com")
				}
				for _, user := range []string{"alice", "bob", "carol", "dave"} {
					c.row(user + "@contoso.com")
				}
				o := c.options()
				o.Shard = shard
				steady := o.Table.Open
				readings := 0
				o.Table.Open = func() (io.ReadCloser, error) {
					if readings++; readings != change.reading {
						return steady()
					}
					return io.NopCloser(strings.NewReader(change.edit(c.table.String()))), nil
				}
				sum, err := Do(t.Context(), o)
				if !errors.Is(err, ErrTableChanged) || sum == nil {
					t.Fatalf("%+v, %v", sum, err)
				}
				for p, counts := range sum.Counts {
					if counts.Rows() != sum.Rows {
						t.Errorf("%s: %v of %d rows", p, counts, sum.Rows)
					}
				}
				if _, err := VerifySeal(t.Context(), o.Vault, shard); err != nil {
					t.Error(err)
				}
				again, _ := c.do(o)
				if again.Rows != sum.Rows || again.Total(Done, Kept) != 2*again.Rows || again.Run.Table != sum.Run.Table {
					t.Errorf("the next run: %+v, %d rows, after %d", again.Counts, again.Rows, sum.Rows)
				}
			})
		}
	}
}

// A table whose disk fails has not changed.
func TestDoTableUnreadable(t *testing.T) {
	c := newCompany(t)
	c.row("alice@contoso.com")
	o := c.options()
	broken := errors.New("the disk is broken")
	readings := 0
	steady := o.Table.Open
	o.Table.Open = func() (io.ReadCloser, error) {
		if readings++; readings == 1 {
			return steady()
		}
		return io.NopCloser(io.MultiReader(strings.NewReader(c.table.String()[:20]), failing{broken})), nil
	}
	sum, err := Do(t.Context(), o)
	if !errors.Is(err, broken) || errors.Is(err, ErrTableChanged) || sum.Counts[IOS][Left] != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
}

// failing is a reader that can't read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
