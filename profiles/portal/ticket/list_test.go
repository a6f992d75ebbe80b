package ticket

import (
	"strings"
	"testing"
	"time"
)

// One line for each user: the newest ticket that counts, and whom to ask what holds them up.
func TestNewestOfEach(t *testing.T) {
	c, ctx := newClock(), t.Context()
	s := open(t, t.TempDir(), c)
	add := func(user, by string) *Made {
		t.Helper()
		c.Time = c.Add(time.Minute)
		o := order(ByPIN)
		o.User, o.By, o.Life = user, by, time.Hour
		return mustMake(t, s, o)
	}
	revoke := func(m *Made) {
		t.Helper()
		if _, _, err := s.Revoke(ctx, m.ID, "desk"); err != nil {
			t.Fatal(err)
		}
	}
	fetchOne := func(m *Made) {
		t.Helper()
		c.Time = c.Add(time.Second)
		mustRedeem(t, s, m)
		if err := fetched(ctx, s, m.Token, order(ByPIN).Files[0].Name); err != nil {
			t.Fatal(err)
		}
	}
	add("expired@contoso.com", "expired")
	c.Time = c.Add(2 * time.Hour)
	add("mailed@contoso.com", "older works")
	revoke(add("mailed@contoso.com", "mail failed"))
	fetchOne(add("new-phone@contoso.com", "fetched"))
	add("New-Phone@contoso.com", "not yet")
	older := add("older@contoso.com", "older")
	add("older@contoso.com", "newer")
	fetchOne(older) // since the newer was made
	revoke(add("revoked@contoso.com", "first"))
	revoke(add("revoked@contoso.com", "last"))
	if _, err := s.Ask(ctx, "asked@contoso.com", "asked", ByPIN); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		query Query
		want  string
	}{
		"newest":           {Query{Newest: true}, "asked, last, newer, not yet, older works, expired"},
		"owed":             {Query{Owed: true}, "asked, not yet, older works, expired"},
		"of a text":        {Query{Newest: true, Text: "older"}, "newer, older works"},
		"in a state":       {Query{Newest: true, State: Ready}, "newer, not yet, older works"},
		"without either":   {Query{Unfetched: true, Text: "new-phone"}, "not yet"},
		"a page of newest": {Query{Newest: true, Limit: 2}, "asked, last"},
	} {
		all, err := s.List(ctx, test.query)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, one := range all {
			got = append(got, one.By)
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: %q, want %s", name, got, test.want)
		}
	}
}

// The list of a ticket's files says when each went out, also when they are gone.
func TestGiven(t *testing.T) {
	c, ctx := newClock(), t.Context()
	s := open(t, t.TempDir(), c)
	m := mustMake(t, s, order(ByPIN))
	mustRedeem(t, s, m)
	files := order(ByPIN).Files
	if err := fetched(ctx, s, m.Token, files[1].Name); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Revoke(ctx, m.ID, "desk"); err != nil {
		t.Fatal(err)
	}
	all, err := s.Given(ctx, strings.ToUpper(m.ID))
	if err != nil || len(all) != len(files) {
		t.Fatalf("%+v, %v", all, err)
	}
	for i, g := range all {
		if g.Name != files[i].Name || g.Kind != files[i].Kind || g.Fetched.Equal(c.Time) != (i == 1) || g.Fetched.IsZero() != (i != 1) {
			t.Errorf("%+v", g)
		}
	}
	asked, err := s.Ask(ctx, "bob@contoso.com", "desk", ByPIN)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := s.Given(ctx, asked.ID); err != nil || len(all) != 0 {
		t.Errorf("of one that is pending: %+v, %v", all, err)
	}
}
