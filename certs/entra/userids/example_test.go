package userids_test

import (
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/entra/userids"
)

// Ties a certificate to its user, and plans that for a tenant.
func Example() {
	users, err := entra.ParseUsers(strings.NewReader(`{"value":[{"id":"1","userPrincipalName":"alice@contoso.com",
		"mail":"alice@contoso.com","proxyAddresses":[],"authorizationInfo":{"certificateUserIds":[]}}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := os.ReadFile("../../../testdata/certs/good.pem")
	if err != nil {
		fmt.Println(err)
		return
	}
	block, _ := pem.Decode(data)
	if block == nil {
		fmt.Println("no PEM")
		return
	}
	certificate, err := certs.ParseCertificate(block.Bytes)
	if err != nil {
		fmt.Println(err)
		return
	}
	p := userids.Propose([]userids.Source{{Name: "good.pem", Certificate: certificate}}, users, nil)
	plan, err := userids.NewPlan(p, "tenant", time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.Rows[0].UPN, len(plan.Rows[0].Add))
	// Output: alice@contoso.com 1
}
