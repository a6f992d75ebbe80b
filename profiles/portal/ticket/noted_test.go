package ticket

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// refs are what the store would have noted.
func refs(t *testing.T, s *Store) (all []string) {
	t.Helper()
	files, err := s.Unnoted(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		all = append(all, f.User+" "+f.Ref+" "+f.At.Format(time.TimeOnly))
	}
	return all
}

// What went out whole is to be noted, until it was: by its first time, whatever becomes
// of the ticket and whoever opens the folder next. Nothing else is.
func TestUnnoted(t *testing.T) {
	c, ctx, dir := newClock(), t.Context(), t.TempDir()
	s := open(t, dir, c)
	o := order(ByPIN)
	o.Files[0].Ref = "ios:1"
	o.Files = append(o.Files, File{Name: "alice.p12", Kind: KindPKCS12, Data: []byte("p12"), Ref: "android:2"})
	m := mustMake(t, s, o)
	session := mustRedeem(t, s, m)
	if _, err := fetch(ctx, s, m.Token, session, o.Files[0].Name); err != nil {
		t.Fatal(err)
	}
	if got := refs(t, s); got != nil {
		t.Errorf("before anything went out whole: %q", got)
	}
	for range 2 {
		for _, name := range []string{o.Files[1].Name, o.Files[0].Name} {
			if err := fetched(ctx, s, m.Token, name); err != nil {
				t.Fatal(err)
			}
		}
		c.Time = c.Add(time.Minute)
	}
	if _, _, err := s.Revoke(ctx, m.ID, "bob"); err != nil {
		t.Fatal(err)
	}
	c.Time = c.Add(48 * time.Hour)
	s.Close()
	s = open(t, dir, c) // and purges
	want := []string{"alice@contoso.com ios:1 09:00:00"}
	if got := refs(t, s); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	files, err := s.Unnoted(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Noted(ctx, files...); err != nil {
		t.Fatal(err)
	}
	if err := fetched(ctx, s, m.Token, o.Files[0].Name); err != nil {
		t.Fatal(err)
	}
	if got := refs(t, s); got != nil {
		t.Errorf("after it was noted: %q", got)
	}
}

// A ticket that waited keeps what its files are of, too.
func TestUnnotedFulfilled(t *testing.T) {
	s, ctx := open(t, t.TempDir(), newClock()), t.Context()
	asked, err := s.Ask(ctx, "alice@contoso.com", "desk", ByPIN)
	if err != nil {
		t.Fatal(err)
	}
	files := order(ByPIN).Files
	files[0].Ref = "ios:1"
	m, err := s.Fulfil(ctx, asked.ID, files, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := fetched(ctx, s, m.Token, files[0].Name); err != nil {
		t.Fatal(err)
	}
	if got := refs(t, s); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

func TestLongRef(t *testing.T) {
	s, o := open(t, t.TempDir(), newClock()), order(ByPIN)
	o.Files[0].Ref = strings.Repeat("x", MaxRef+1)
	if _, err := s.Make(t.Context(), o); err == nil || !strings.Contains(err.Error(), "reference") {
		t.Error(err)
	}
}

// The list is found by its own index, however many tickets there are.
func TestUnnotedIndex(t *testing.T) {
	s := open(t, t.TempDir(), newClock())
	lines, err := s.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+selectUnnoted)
	if err != nil {
		t.Fatal(err)
	}
	defer lines.Close()
	var plan strings.Builder
	for lines.Next() {
		var id, parent, unused int
		var detail string
		if err := lines.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	if !strings.Contains(plan.String(), "files_unnoted") || lines.Err() != nil {
		t.Errorf("%v\n%s", lines.Err(), plan.String())
	}
}
