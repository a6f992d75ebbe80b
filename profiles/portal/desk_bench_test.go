package portal

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // fills the store faster than its own methods, which wait for the disk

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// BenchmarkDeskUsers searches users where there are 10,000 of them and 50,000 tickets.
//
//	go test -run - -bench DeskUsers ./profiles/portal
func BenchmarkDeskUsers(b *testing.B) {
	const users, tickets = 10_000, 50_000
	rollout := &rolloutOf{}
	for n := range users {
		rollout.users = append(rollout.users, User{User: fmt.Sprintf("user%05d@contoso.com", n)})
	}
	dir := b.TempDir()
	d := serveDesk(b, func(o *Options) {
		store, err := ticket.Open(b.Context(), dir, o.Now)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { store.Close() })
		o.Source, o.Store = rollout, store
	})
	db, err := sql.Open("sqlite", filepath.Join(dir, "tickets.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 - 1),
			t (i, user) AS (SELECT i, printf('user%05d@contoso.com', (i * 7919) % ?2) FROM n)
		INSERT INTO tickets (id, user, canonical, by, search, sign_in, kinds, made, expires, lookup)
		SELECT printf('bench%05d', i), user, user, 'cli', user || char(10) || 'cli', 'pin', 'profile', 1, 2, randomblob(32) FROM t`, tickets, users)
	if err != nil {
		b.Fatal(err)
	}
	c := d.signedIn()
	for b.Loop() {
		if got := c.get(deskUsers + "?q=user"); got.status != http.StatusOK {
			b.Fatal(got.status)
		}
	}
}
