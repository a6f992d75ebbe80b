package preflight_test

import (
	"fmt"
	"os"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// A package that judges keeps its checks as a table, and runs them over its own
// type.
func ExampleTable() {
	checks := preflight.Table[int]{{
		Info: preflight.Info{ID: "key.size", Title: "The key is large enough", Fix: "make a larger one", Basis: preflight.Documented},
		Run: func(_ preflight.Scenario, bits int) []preflight.Outcome {
			if bits < 2048 {
				return preflight.Fail("%d bits", bits)
			}
			return preflight.Pass("%d bits", bits)
		},
	}}
	s := preflight.Scenario{At: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}.WithDefaults()
	report := preflight.NewReport(s)
	report.Add("key", "alice", checks.Run(s, 1024), nil)
	if err := report.WriteText(os.Stdout, preflight.TextOptions{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// fail   alice
	//   fail key.size: 1024 bits
	//        fix: make a larger one
	//
	// 1 checked 2026-11-21 12:00 UTC, oauth by entra, mailbox exchange-online, cloud worldwide: 0 pass, 0 warn, 1 fail, 0 skip
}
