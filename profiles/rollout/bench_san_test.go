package rollout

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/vault"
)

// BenchmarkRolloutSAN makes iOS profiles of files whose names say nothing, twice: the
// second run keeps everybody.
//
//	EASKIT_ROLLOUT_USERS=2000 go test ./profiles/rollout -run '^$' -bench SAN -benchtime 1x
func BenchmarkRolloutSAN(b *testing.B) {
	c := newCrowd(b, usersToBench(b), rc2Files)
	for _, names := range []string{"named", "found by SAN"} {
		if names != "named" {
			for i := range c.users {
				if err := os.Rename(c.identity(i), filepath.Join(c.identities(), fmt.Sprintf("card-%06d.p12", c.users-i))); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.Run(names, func(b *testing.B) {
			for b.Loop() {
				v := openFolder(b, b.TempDir())
				for _, status := range []Status{Done, Kept} {
					each := benchOnce(b, c, v, status)
					fmt.Printf("\n%s, %s: %.3f ms a user\n", names, status, 1000*each.Seconds()) // a log of a benchmark is cut off
				}
			}
		})
	}
}

// benchOnce times a run in which all users have to end alike.
func benchOnce(b *testing.B, c *crowd, v vault.Vault, status Status) time.Duration {
	o, err := c.options(v, 15, 11)
	if err != nil {
		b.Fatal(err)
	}
	o.Platforms = []Platform{IOS}
	if o.Request.Signer, err = c.by("p256"); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	sum, err := Do(b.Context(), o)
	if err != nil || sum.Counts[IOS][status] != c.users {
		b.Fatal(err, sum)
	}
	return time.Since(began) / time.Duration(c.users)
}
