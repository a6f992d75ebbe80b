package revoke_test

import (
	"fmt"
	"math/big"
	"time"

	"github.com/easkit/easkit/certs/entra/revoke"
	"github.com/easkit/easkit/certs/preflight"
)

// Says what is missing where the CRL does not list the certificate yet.
func ExampleJudge() {
	findings := []preflight.Finding{{Check: "cert.revoked", Status: preflight.StatusFail, Value: "not-listed"}}
	advice := revoke.Judge(findings, revoke.Case{
		User: "alice@contoso.com", Serial: big.NewInt(0xa11ce), Since: time.Date(2026, 11, 21, 14, 32, 10, 0, time.UTC),
	})
	fmt.Println(advice.Lasts)
	fmt.Println(advice.Commands[2])
	// Output:
	// false
	// Set-CASMailbox -Identity 'alice@contoso.com' -ActiveSyncEnabled $false
}
