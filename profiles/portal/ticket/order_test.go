package ticket

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// printed is how careless code would log things.
func printed(all ...any) string {
	var b strings.Builder
	for _, a := range all {
		fmt.Fprintf(&b, "%v %+v %#v %s %q\n", a, a, a, a, a)
	}
	return b.String()
}

func TestOrdersAreChecked(t *testing.T) {
	file := func(name string) []File { return []File{{Name: name, Kind: KindProfile, Data: []byte("x")}} }
	tests := map[string]struct {
		change func(*Order)
		want   string
	}{
		"no user":       {func(o *Order) { o.User = " " }, "user is empty"},
		"line in user":  {func(o *Order) { o.User = "alice\r\nBcc: x" }, "does not print"},
		"long user":     {func(o *Order) { o.User = strings.Repeat("a", 321) }, "more than 320 bytes"},
		"nobody orders": {func(o *Order) { o.By = "" }, "who orders is empty"},
		"no sign-in":    {func(o *Order) { o.SignIn = "" }, `neither "pin" nor "oidc"`},
		"no files":      {func(o *Order) { o.Files = nil }, "needs 1 to 16 files"},
		"many files":    {func(o *Order) { o.Files = make([]File, 17) }, "needs 1 to 16 files"},
		"path":          {func(o *Order) { o.Files = file("a/b") }, "has a path"},
		"up":            {func(o *Order) { o.Files = file("..") }, "begins with a dot"},
		"backslash":     {func(o *Order) { o.Files = file(`a\b`) }, "one of the characters"},
		"header":        {func(o *Order) { o.Files = file("a\r\nSet-Cookie: x") }, "does not print"},
		"twice":         {func(o *Order) { o.Files = append(file("a"), file("A")...) }, "two files"},
		"kind":          {func(o *Order) { o.Files[0].Kind = "exe" }, "not known"},
		"empty":         {func(o *Order) { o.Files[0].Data = nil }, "is empty"},
		"large":         {func(o *Order) { o.Files[0].Data = make([]byte, MaxSize) }, "may have 16777216 in all"},
		"past":          {func(o *Order) { o.Life = -time.Second }, "can't live for -1s"},
		"long life":     {func(o *Order) { o.Life = MaxLife + 1 }, "can't live for"},
	}
	s := open(t, t.TempDir(), newClock())
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := order(ByPIN)
			test.change(&o)
			if _, err := s.Make(t.Context(), o); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			} else if strings.Contains(err.Error(), profileText) || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
	if list, err := s.List(t.Context(), Query{}); err != nil || len(list) != 0 {
		t.Errorf("a refused order left %v, %v", list, err)
	}
}

func TestLargestTicket(t *testing.T) {
	s := open(t, t.TempDir(), newClock())
	o := order(ByPIN)
	o.Files = []File{{Name: "large", Kind: KindProfile, Data: make([]byte, MaxSize)}}
	m := mustMake(t, s, o)
	f, err := fetch(t.Context(), s, m.Token, mustRedeem(t, s, m), "large")
	if err != nil || len(f.Data) != MaxSize {
		t.Error(err)
	}
}

func TestPendingTicket(t *testing.T) {
	c, ctx := newClock(), t.Context()
	s := open(t, t.TempDir(), c)
	asked, err := s.Ask(ctx, "alice@contoso.com", "desk", ByPIN)
	if err != nil || asked.State != Pending || !asked.Made.Equal(c.Time) || !asked.Expires.IsZero() {
		t.Fatalf("%+v, %v", asked, err)
	}
	if again, err := s.Ask(ctx, "Alice@contoso.com", "desk", ByPIN); err != nil || again.ID != asked.ID {
		t.Errorf("the same user waits twice: %+v, %v", again, err)
	}
	if other, err := s.Ask(ctx, "alice@contoso.com", "desk", ByOIDC); err != nil || other.ID == asked.ID || other.SignIn != ByOIDC {
		t.Errorf("one with another way to sign in: %+v, %v", other, err)
	}
	c.Time = c.Add(100 * time.Hour)
	made, err := s.Fulfil(ctx, asked.ID, order(ByPIN).Files, time.Hour)
	if err != nil || made.ID != asked.ID || made.State != Ready || !made.Expires.Equal(c.Add(time.Hour)) {
		t.Fatalf("%+v, %v", made, err)
	}
	mustRedeem(t, s, made)
	if _, err := s.Fulfil(ctx, asked.ID, order(ByPIN).Files, 0); !errors.Is(err, ErrNotPending) {
		t.Errorf("a second time: %v", err)
	}
	if _, err := s.Fulfil(ctx, "none", order(ByPIN).Files, 0); !errors.Is(err, ErrNone) {
		t.Errorf("one that is not there: %v", err)
	}
	if next, err := s.Ask(ctx, "alice@contoso.com", "desk", ByPIN); err != nil || next.ID == asked.ID {
		t.Errorf("a new one is asked for: %+v, %v", next, err)
	} else if _, _, err := s.Revoke(ctx, next.ID, "desk"); err != nil {
		t.Error(err)
	} else if _, err := s.Fulfil(ctx, next.ID, order(ByPIN).Files, 0); !errors.Is(err, ErrNotPending) {
		t.Errorf("one that was revoked: %v", err)
	}
}

func TestRevoke(t *testing.T) {
	c, ctx := newClock(), t.Context()
	s := open(t, t.TempDir(), c)
	m := mustMake(t, s, order(ByPIN))
	session := mustRedeem(t, s, m)
	if now, changed, err := s.Revoke(ctx, strings.ToUpper(m.ID), "bob"); err != nil || !changed || now.ID != m.ID || now.State != Revoked { // within the window
		t.Fatalf("%+v, %v, %v", now, changed, err)
	}
	if _, err := fetch(ctx, s, m.Token, session, "alice.password"); !errors.Is(err, ErrRevoked) {
		t.Errorf("fetching what was revoked: %v", err)
	}
	if now, changed, err := s.Revoke(ctx, m.ID, "carol"); err != nil || changed || now.EndedBy != "bob" {
		t.Errorf("again: %+v, %v, %v", now, changed, err)
	}
	if now, err := s.Get(ctx, m.ID); err != nil || now.State != Revoked || now.EndedBy != "bob" || now.Redeemed.IsZero() {
		t.Errorf("%+v, %v", now, err)
	}
	late := mustMake(t, s, order(ByPIN))
	mustRedeem(t, s, late)
	c.Time = c.Add(Window)
	if _, _, err := s.Revoke(ctx, late.ID, "bob"); !errors.Is(err, ErrUsed) {
		t.Errorf("too late: %v", err)
	}
	if _, _, err := s.Revoke(ctx, "none", "bob"); !errors.Is(err, ErrNone) {
		t.Errorf("one that is not there: %v", err)
	}
}

func TestFetched(t *testing.T) {
	c, ctx := newClock(), t.Context()
	s := open(t, t.TempDir(), c)
	m := mustMake(t, s, order(ByPIN))
	mustRedeem(t, s, m)
	first := c.Add(2 * time.Minute)
	for _, step := range []struct {
		name string
		want time.Time // of the ticket
		err  error
	}{
		{"alice.password", time.Time{}, nil},
		{"alice@contoso.com.mobileconfig", first, nil},
		{"alice@contoso.com.mobileconfig", first, nil},
		{"other", first, ErrNoFile},
	} {
		c.Time = c.Add(time.Minute)
		if err := fetched(ctx, s, m.Token, step.name); !errors.Is(err, step.err) {
			t.Errorf("%s: %v", step.name, err)
		}
		if now, err := s.Look(ctx, m.Token); err != nil || !now.Fetched.Equal(step.want) {
			t.Errorf("%s: fetched %v, %v", step.name, now.Fetched, err)
		}
	}
	if err := fetched(ctx, s, "", "x"); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
}

func TestList(t *testing.T) {
	c, ctx := newClock(), t.Context()
	s := open(t, t.TempDir(), c)
	made := map[string]*Made{}
	for _, user := range []string{"used@contoso.com", "Jörg_Ä@contoso.com", "jorg%@contoso.com", "ready@contoso.com"} {
		o := order(ByPIN)
		o.User, o.Life = user, time.Hour
		if user == "ready@contoso.com" {
			o.Life, o.By = 2*time.Hour, "carol"
		}
		made[user] = mustMake(t, s, o)
	}
	mustRedeem(t, s, made["used@contoso.com"])
	if _, err := s.Ask(ctx, "waits@contoso.com", "desk", ByOIDC); err != nil {
		t.Fatal(err)
	}
	c.Time = c.Add(time.Hour)
	tests := map[string]struct {
		query Query
		want  []string
	}{
		"all":      {Query{}, []string{"waits@contoso.com", "ready@contoso.com", "jorg%@contoso.com", "Jörg_Ä@contoso.com", "used@contoso.com"}},
		"few":      {Query{Limit: 1}, []string{"waits@contoso.com"}},
		"too many": {Query{Limit: 1 << 30, Text: "ready@"}, []string{"ready@contoso.com"}},
		"next":     {Query{Limit: 2, After: made["jorg%@contoso.com"].ID}, []string{"Jörg_Ä@contoso.com", "used@contoso.com"}},
		"text":     {Query{Text: "JÖRG_ä"}, []string{"Jörg_Ä@contoso.com"}},
		"percent":  {Query{Text: "%"}, []string{"jorg%@contoso.com"}},
		"by":       {Query{Text: "Carol"}, []string{"ready@contoso.com"}},
		"id":       {Query{Text: made["used@contoso.com"].ID}, []string{"used@contoso.com"}},
		"pending":  {Query{State: Pending}, []string{"waits@contoso.com"}},
		"ready":    {Query{State: Ready}, []string{"ready@contoso.com"}},
		"expired":  {Query{State: Expired, Limit: 1}, []string{"jorg%@contoso.com"}},
		"used":     {Query{State: Used, Text: "contoso"}, []string{"used@contoso.com"}},
		"unknown":  {Query{State: "x"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			list, err := s.List(ctx, test.query)
			if err != nil {
				t.Fatal(err)
			}
			var users []string
			for _, l := range list {
				users = append(users, l.User)
			}
			if !slices.Equal(users, test.want) {
				t.Errorf("got %q", users)
			}
		})
	}
	if _, err := s.List(ctx, Query{After: "none"}); !errors.Is(err, ErrNone) {
		t.Errorf("after one that is not there: %v", err)
	}
}
