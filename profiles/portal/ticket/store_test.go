package ticket

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/keyfile"
)

// clock is one that tests turn.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func newClock() *clock { return &clock{time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)} }

func open(t testing.TB, dir string, c *clock) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, c.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

const (
	profileText  = "<plist>the profile of alice, with her key</plist>"
	passwordText = "correct-horse-battery"
)

func order(how SignIn) Order {
	return Order{User: "alice@contoso.com", By: "bob@contoso.com", SignIn: how, Files: []File{
		{Name: "alice@contoso.com.mobileconfig", Kind: KindProfile, Data: []byte(profileText)},
		{Name: "alice.password", Kind: KindPassword, Data: []byte(passwordText)},
	}}
}

func mustMake(t testing.TB, s *Store, o Order) *Made {
	t.Helper()
	m, err := s.Make(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustRedeem(t testing.TB, s *Store, m *Made) Session {
	t.Helper()
	session, _, err := s.Redeem(t.Context(), m.Token, Proof{PIN: m.PIN, User: m.User})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func TestLifeOfATicket(t *testing.T) {
	for _, how := range []SignIn{ByPIN, ByOIDC} {
		t.Run(string(how), func(t *testing.T) {
			c, ctx := newClock(), t.Context()
			s := open(t, t.TempDir(), c)
			m := mustMake(t, s, order(how))
			if (m.PIN == "") != (how == ByOIDC) {
				t.Errorf("the PIN is %q", string(m.PIN))
			}
			if _, err := fetch(ctx, s, m.Token, "", "alice.password"); !errors.Is(err, ErrUnused) {
				t.Errorf("before it is redeemed: %v", err)
			}
			session := mustRedeem(t, s, m)
			files, err := filesOf(ctx, s, m.Token, session)
			want := []Named{{"alice@contoso.com.mobileconfig", KindProfile}, {"alice.password", KindPassword}}
			if err != nil || !slices.Equal(files, want) {
				t.Errorf("files %v, %v", files, err)
			}
			for range 2 { // a broken download is repeated
				f, err := fetch(ctx, s, m.Token, session, want[0].Name)
				if err != nil || string(f.Data) != profileText || f.Kind != KindProfile {
					t.Fatalf("%v, %v", f, err)
				}
			}
			if _, err := fetch(ctx, s, m.Token, session, "../tickets.db"); !errors.Is(err, ErrNoFile) {
				t.Errorf("another name: %v", err)
			}
			if _, _, err := s.Redeem(ctx, m.Token, Proof{PIN: m.PIN, User: m.User}); !errors.Is(err, ErrUsed) {
				t.Errorf("a second time: %v", err)
			}
			c.Time = c.Add(Window)
			if _, err := fetch(ctx, s, m.Token, session, want[0].Name); !errors.Is(err, ErrUsed) {
				t.Errorf("after the window: %v", err)
			}
		})
	}
}

func TestFetchNeedsTheSession(t *testing.T) {
	s, ctx := open(t, t.TempDir(), newClock()), t.Context()
	m, other := mustMake(t, s, order(ByPIN)), mustMake(t, s, order(ByPIN))
	mustRedeem(t, s, m)
	for _, session := range []Session{"", "x", Session(newSecret().text()), mustRedeem(t, s, other)} {
		if _, err := fetch(ctx, s, m.Token, session, "alice.password"); !errors.Is(err, ErrUsed) {
			t.Errorf("%q fetches: %v", string(session), err)
		}
	}
}

func TestRefusals(t *testing.T) {
	unknown := Token(newSecret().text())
	tests := map[string]struct {
		how   SignIn
		after func(*testing.T, *Store, *clock, *Made)
		proof func(*Made) Proof
		want  error
		left  int
	}{
		"no such token":  {after: func(_ *testing.T, _ *Store, _ *clock, m *Made) { m.Token = unknown }, want: ErrNone},
		"a broken token": {after: func(_ *testing.T, _ *Store, _ *clock, m *Made) { m.Token += "=" }, want: ErrNone},
		"expired":        {after: func(_ *testing.T, _ *Store, c *clock, _ *Made) { c.Time = c.Add(DefaultLife) }, want: ErrExpired, left: 5},
		"revoked": {after: func(t *testing.T, s *Store, _ *clock, m *Made) {
			if _, _, err := s.Revoke(t.Context(), m.ID, "bob"); err != nil {
				t.Fatal(err)
			}
		}, want: ErrRevoked, left: 5},
		"wrong PIN":        {proof: func(m *Made) Proof { return Proof{PIN: otherPIN(m.PIN)} }, want: ErrPIN, left: 4},
		"no PIN":           {proof: func(*Made) Proof { return Proof{User: "alice@contoso.com"} }, want: ErrPIN, left: 5},
		"no sign-in":       {how: ByOIDC, proof: func(*Made) Proof { return Proof{PIN: "123456"} }, want: ErrUser, left: 5},
		"another's":        {how: ByOIDC, proof: func(*Made) Proof { return Proof{User: "bob@contoso.com"} }, want: ErrUser, left: 5},
		"a look-alike":     {how: ByOIDC, proof: func(*Made) Proof { return Proof{User: "alıce@contoso.com"} }, want: ErrUser, left: 5},
		"case of the user": {how: ByOIDC, proof: func(*Made) Proof { return Proof{User: "Alice@CONTOSO.com"} }},
		"PIN with a space": {proof: func(m *Made) Proof { return Proof{PIN: m.PIN[:3] + " " + m.PIN[3:]} }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			s, o := open(t, t.TempDir(), c), order(ByPIN)
			if test.how != "" {
				o.SignIn = test.how
			}
			m := mustMake(t, s, o)
			proof := Proof{PIN: m.PIN}
			if test.after != nil {
				test.after(t, s, c, m)
			}
			if test.proof != nil {
				proof = test.proof(m)
			}
			session, now, err := s.Redeem(t.Context(), m.Token, proof)
			if !errors.Is(err, test.want) || (session == "") != (test.want != nil) {
				t.Fatalf("got %v", err)
			}
			if (now != nil) != (test.want != nil && test.want != ErrNone) || now != nil && now.Left != test.left {
				t.Errorf("the ticket is %+v", now)
			}
		})
	}
}

// otherPIN is one that is wrong.
func otherPIN(p PIN) PIN {
	last := p[len(p)-1]
	return p[:len(p)-1] + PIN('0'+(last-'0'+1)%10)
}

func TestFiveWrongPINsLock(t *testing.T) {
	c, dir, ctx := newClock(), t.TempDir(), t.Context()
	s := open(t, dir, c)
	m := mustMake(t, s, order(ByPIN))
	for n := 1; n <= Attempts; n++ {
		_, now, err := s.Redeem(ctx, m.Token, Proof{PIN: otherPIN(m.PIN)})
		want := ErrPIN
		if n == Attempts {
			want = ErrLocked
		}
		if !errors.Is(err, want) || now.Left != Attempts-n {
			t.Errorf("attempt %d: %v, %d left", n, err, now.Left)
		}
		if err := s.Close(); err != nil { // counts are not kept in memory
			t.Fatal(err)
		}
		s = open(t, dir, c)
	}
	_, now, err := s.Redeem(ctx, m.Token, Proof{PIN: m.PIN})
	if !errors.Is(err, ErrLocked) || now.State != Locked || !now.Ended.Equal(c.Time) {
		t.Errorf("the right PIN afterwards: %v, %+v", err, now)
	}
}

// What is deleted is in no file of the folder any more: neither in a free page of the
// database nor in its log.
func TestPurgeLeavesNothing(t *testing.T) {
	ends := map[string]func(*testing.T, *Store, *clock, *Made){
		"fetched": func(t *testing.T, s *Store, c *clock, m *Made) {
			mustRedeem(t, s, m)
			c.Time = c.Add(Window)
		},
		"expired": func(_ *testing.T, _ *Store, c *clock, _ *Made) { c.Time = c.Add(DefaultLife) },
		"revoked": func(t *testing.T, s *Store, _ *clock, m *Made) {
			if _, _, err := s.Revoke(t.Context(), m.ID, "bob"); err != nil {
				t.Fatal(err)
			}
		},
		"locked": func(t *testing.T, s *Store, _ *clock, m *Made) {
			for range Attempts {
				s.Redeem(t.Context(), m.Token, Proof{PIN: otherPIN(m.PIN)})
			}
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			c, dir := newClock(), t.TempDir()
			s := open(t, dir, c)
			o := order(ByPIN)
			o.Files[0].Data = bytes.Repeat([]byte(profileText), 1000) // several pages
			m := mustMake(t, s, o)
			sealed := sealedOf(t, s, m.ID)
			if !inFolder(t, dir, sealed) {
				t.Fatal("what waits is not found to begin with")
			}
			if err := s.Purge(t.Context()); err != nil {
				t.Fatal(err)
			}
			if sealedOf(t, s, m.ID) == nil {
				t.Fatal("what waits was purged too early")
			}
			end(t, s, c, m)
			if err := s.Purge(t.Context()); err != nil {
				t.Fatal(err)
			}
			if inFolder(t, dir, sealed) || sealedOf(t, s, m.ID) != nil {
				t.Error("the purge left something")
			}
			if list, err := s.List(t.Context(), Query{}); err != nil || len(list) != 1 || len(list[0].Kinds) != 2 {
				t.Errorf("the list forgot it: %v, %v", list, err)
			}
		})
	}
}

// A link that was seen to have expired stays so when the clock is set back: what waited
// under it is gone.
func TestExpiredStaysExpired(t *testing.T) {
	c := newClock()
	s := open(t, t.TempDir(), c)
	m := mustMake(t, s, order(ByPIN))
	c.Time = c.Add(DefaultLife)
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Time = c.Add(-time.Hour)
	_, now, err := s.Redeem(t.Context(), m.Token, Proof{PIN: m.PIN})
	if !errors.Is(err, ErrExpired) || now.State != Expired || !now.Ended.Equal(m.Expires) {
		t.Errorf("%v, %+v", err, now)
	}
}

// A reader in another process holds up neither the purge for long nor who redeems.
func TestPurgeBesideAReader(t *testing.T) {
	c, dir := newClock(), t.TempDir()
	s := open(t, dir, c)
	m := mustMake(t, s, order(ByPIN))
	other := open(t, dir, c)
	tx, err := other.read.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	var n int
	if err := tx.QueryRow("SELECT count(*) FROM tickets").Scan(&n); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	mustMake(t, s, order(ByPIN))
	ctx, cancel := context.WithTimeout(t.Context(), busyPatience/2)
	defer cancel()
	purged := make(chan error, 1)
	go func() { purged <- s.Purge(context.WithoutCancel(ctx)) }()
	select {
	case err := <-purged:
		if err != nil {
			t.Error(err)
		}
	case <-ctx.Done():
		t.Fatal("the purge waits for the reader")
	}
	mustRedeem(t, s, m)
	var patience int64
	if err := s.write.QueryRow("PRAGMA busy_timeout").Scan(&patience); err != nil || patience != busyPatience.Milliseconds() {
		t.Errorf("afterwards a writer waits for %d ms, %v", patience, err)
	}
}

// A ticket lives while something can be had from it.
func TestLive(t *testing.T) {
	now := newClock().Time
	for state, want := range map[State]bool{Pending: true, Ready: true, Used: true, Expired: false, Locked: false, Revoked: false} {
		used := Ticket{State: state, Redeemed: now.Add(time.Millisecond - Window)}
		if used.Live(now) != want || used.Live(now.Add(time.Millisecond)) != (want && state != Used) {
			t.Errorf("%s: %v, then %v", state, used.Live(now), used.Live(now.Add(time.Millisecond)))
		}
	}
}

func TestPurgeForgetsAfterALongTime(t *testing.T) {
	c := newClock()
	s := open(t, t.TempDir(), c)
	m := mustMake(t, s, order(ByPIN))
	for _, step := range []struct {
		after time.Duration
		want  error
	}{{Kept - time.Hour, nil}, {time.Hour, ErrNone}} {
		c.Time = c.Add(step.after)
		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), m.ID); !errors.Is(err, step.want) {
			t.Errorf("%s later: %v", step.after, err)
		}
	}
	var files int
	if err := s.read.QueryRow("SELECT count(*) FROM files").Scan(&files); err != nil || files != 0 {
		t.Errorf("%d files of it are left, %v", files, err)
	}
}

// sealedOf is a piece of what waits under a ticket, which is random and so found by
// itself.
func sealedOf(t *testing.T, s *Store, id string) []byte {
	t.Helper()
	var sealed []byte
	err := s.read.QueryRow("SELECT sealed FROM files JOIN tickets ON ticket = seq WHERE id = ? AND n = 0", id).Scan(&sealed)
	if err != nil {
		t.Fatal(err)
	}
	if sealed == nil {
		return nil
	}
	return sealed[len(sealed)-24:]
}

func inFolder(t *testing.T, dir string, piece []byte) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, piece) {
			return true
		}
	}
	return false
}

// Whoever has the disk alone has neither the files nor anything that opens a link.
func TestDiskAloneGivesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, newClock())
	m, o := mustMake(t, s, order(ByPIN)), mustMake(t, s, order(ByOIDC))
	session := mustRedeem(t, s, m)
	raw, _ := parseSecret(string(m.Token))
	inSession, _ := parseSecret(string(session))
	for what, secret := range map[string][]byte{
		"profile": []byte(profileText)[:16], "password": []byte(passwordText), "token": []byte(m.Token), "token of OIDC": []byte(o.Token),
		"raw token": raw, "PIN": []byte(" " + m.PIN + " "), "session": []byte(session), "raw session": inSession,
	} {
		if inFolder(t, dir, secret) {
			t.Errorf("the %s is on the disk", what)
		}
	}
	if !inFolder(t, dir, []byte("alice@contoso.com")) {
		t.Error("the look into the files finds nothing at all")
	}
	var hash []byte
	if err := s.read.QueryRow("SELECT pin FROM tickets WHERE id = ?", m.ID).Scan(&hash); err != nil {
		t.Fatal(err)
	}
	other := newSecret() // all PINs can be tried on the hash, but only with the token
	if again, err := other.pinHash(m.PIN); err != nil || bytes.Equal(again, hash) {
		t.Errorf("the PIN's hash does not depend on the token, %v", err)
	}
}

func TestSecretsPrintAsPlaceholders(t *testing.T) {
	s := open(t, t.TempDir(), newClock())
	m := mustMake(t, s, order(ByPIN))
	text := printed(m, mustRedeem(t, s, m), Proof{PIN: m.PIN})
	for _, secret := range []string{string(m.Token), string(m.PIN)} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret prints: %s", text)
		}
	}
}

func TestFolderIsItsOwners(t *testing.T) {
	if !keyfile.ModesWork() {
		t.Skip("this system has no modes")
	}
	dir := filepath.Join(t.TempDir(), "a folder ?#% of its own")
	s := open(t, dir, newClock())
	mustMake(t, s, order(ByPIN))
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 { // the database, its log, and the index of that
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode() != keyfile.FileMode {
			t.Errorf("%s has the mode %v, %v", f.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != keyfile.DirMode {
		t.Errorf("the folder has the mode %v, %v", info.Mode(), err)
	}
}

func TestCommitsAreDurable(t *testing.T) {
	s := open(t, t.TempDir(), newClock())
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "fullfsync": "1", "foreign_keys": "1",
	} {
		var got string
		if err := s.write.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, %v", pragma, got, err)
		}
	}
}

func TestNewerVersionIsRefused(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	s := open(t, dir, c)
	if _, err := s.write.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, c.now); err == nil || !strings.Contains(err.Error(), "use a newer easkit") {
		t.Errorf("got %v", err)
	}
}

func TestFileIsBoundToItsTicket(t *testing.T) {
	changes := map[string]string{
		"a byte": "UPDATE files SET sealed = CAST(substr(sealed, 1, length(sealed) - 1) || x'00' AS BLOB) WHERE n = 0",
		"kind":   "UPDATE files SET kind = 'pkcs12' WHERE n = 0",
		"ticket": "UPDATE files SET sealed = (SELECT sealed FROM files WHERE ticket = 1 AND n = 0) WHERE ticket = 2 AND n = 0",
		"number": "UPDATE files SET sealed = (SELECT sealed FROM files AS f WHERE f.ticket = files.ticket AND f.n = 1) WHERE n = 0",
	}
	for what, change := range changes {
		t.Run(what, func(t *testing.T) {
			s := open(t, t.TempDir(), newClock())
			mustMake(t, s, order(ByPIN))
			m := mustMake(t, s, order(ByPIN))
			session := mustRedeem(t, s, m)
			if _, err := s.write.Exec(change); err != nil {
				t.Fatal(err)
			}
			_, err := fetch(t.Context(), s, m.Token, session, "alice@contoso.com.mobileconfig")
			if err == nil || !strings.Contains(err.Error(), "it was changed on the disk") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestBreakingOffLeavesTheTicket(t *testing.T) {
	s := open(t, t.TempDir(), newClock())
	m := mustMake(t, s, order(ByPIN))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Redeem(ctx, m.Token, Proof{PIN: m.PIN}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	mustRedeem(t, s, m)
}
