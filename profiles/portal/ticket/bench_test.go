package ticket

import (
	"testing"
	"time"
)

// BenchmarkRedeem redeems tickets, and between any two of them makes a bare durable
// commit, on the same disk under the same pragmas: one line of a table of its own, with
// as many lines, is changed by a prepared statement. Durations are those of one; share
// is how many redeemings go in the time of 100 commits.
//
//	go test ./profiles/portal/ticket -run '^$' -bench Redeem -benchtime 2000x
func BenchmarkRedeem(b *testing.B) {
	s := open(b, b.TempDir(), newClock())
	made := make([]*Made, b.N)
	for n := range made {
		made[n] = mustMake(b, s, order(ByPIN))
	}
	bare := bareCommit(b)
	var redeeming, committing time.Duration
	b.ResetTimer()
	for n, m := range made {
		start := time.Now()
		if _, _, err := s.Redeem(b.Context(), m.Token, Proof{PIN: m.PIN}); err != nil {
			b.Fatal(err)
		}
		redeemed := time.Now()
		bare(n)
		redeeming += redeemed.Sub(start)
		committing += time.Since(redeemed)
	}
	b.ReportMetric(float64(redeeming.Microseconds())/float64(b.N), "µs/redeem")
	b.ReportMetric(float64(committing.Microseconds())/float64(b.N), "µs/commit")
	b.ReportMetric(100*float64(committing)/float64(redeeming), "%share")
}

func bareCommit(b *testing.B) func(n int) {
	path, err := prepare(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	db, err := connect(path, 1, "_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	_, err = db.Exec(`CREATE TABLE lines (id INTEGER PRIMARY KEY, at INTEGER, session BLOB);
		WITH RECURSIVE n (id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM n WHERE id < ?)
		INSERT INTO lines (id) SELECT id FROM n`, b.N)
	if err != nil {
		b.Fatal(err)
	}
	change, err := db.Prepare("UPDATE lines SET at = ?, session = ? WHERE id = ?")
	if err != nil {
		b.Fatal(err)
	}
	session := newSecret().hash()
	return func(n int) {
		if _, err := change.Exec(n, session, n); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLook is what every view of a link's page costs.
func BenchmarkLook(b *testing.B) {
	s := open(b, b.TempDir(), newClock())
	m := mustMake(b, s, order(ByPIN))
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := s.Look(b.Context(), m.Token); err != nil {
				b.Error(err)
			}
		}
	})
}
