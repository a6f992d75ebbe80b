package ticket

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// fetch, filesOf and fetched are those of a link that is looked up for each call.

func fetch(ctx context.Context, s *Store, t Token, in Session, name string) (*File, error) {
	l, err := s.Find(ctx, t)
	if err != nil {
		return nil, err
	}
	return l.Fetch(ctx, in, name)
}

func filesOf(ctx context.Context, s *Store, t Token, in Session) ([]Named, error) {
	l, err := s.Find(ctx, t)
	if err != nil {
		return nil, err
	}
	return l.Files(ctx, in)
}

func fetched(ctx context.Context, s *Store, t Token, name string) error {
	l, err := s.Find(ctx, t)
	if err != nil {
		return err
	}
	return l.Fetched(ctx, name)
}

// What is asked of a link after it was looked up is judged each time.
func TestLinkOutlivesNothing(t *testing.T) {
	for name, test := range map[string]struct {
		happens     func(c *clock, s *Store, m *Made) error
		files, file error
	}{
		"nothing": {func(*clock, *Store, *Made) error { return nil }, nil, nil},
		"the window passes": {func(c *clock, _ *Store, _ *Made) error {
			c.Time = c.Add(Window)
			return nil
		}, ErrUsed, ErrUsed},
		"it is withdrawn": {func(_ *clock, s *Store, m *Made) error {
			_, _, err := s.Revoke(t.Context(), m.ID, "x")
			return err
		}, nil, ErrUsed},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			s := open(t, t.TempDir(), c)
			m := mustMake(t, s, order(ByPIN))
			session := mustRedeem(t, s, m)
			l, err := s.Find(t.Context(), m.Token)
			if err != nil || fmt.Sprintf("%v %+v %#v", l, l, l) != "[link] [link] [link]" {
				t.Fatalf("%v, %v", l, err)
			}
			if _, err := l.Fetch(t.Context(), Session(newSecret().text()), "alice.password"); !errors.Is(err, ErrUsed) {
				t.Errorf("another session: %v", err)
			}
			if err := test.happens(c, s, m); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Files(t.Context(), session); !errors.Is(err, test.files) {
				t.Errorf("the list: %v", err)
			}
			if _, err := l.Fetch(t.Context(), session, "alice.password"); !errors.Is(err, test.file) {
				t.Errorf("the file: %v", err)
			}
			if !l.UsedBy(session) || l.UsedBy(Session(newSecret().text())) || l.UsedBy("") {
				t.Error("the session that used the link is not told from others")
			}
		})
	}
}
