package inventory_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/entra/inventory"
)

func ExampleRead() {
	log := `{"value":[{"createdDateTime":"2026-11-20T08:00:00Z","userPrincipalName":"alice@contoso.com","clientAppUsed":"Exchange ActiveSync",
		"userAgent":"Apple-iPhone14C2/2107.146","deviceDetail":{"operatingSystem":"Ios 18.1"},"status":{"errorCode":0},
		"authenticationDetails":[{"authenticationMethod":"Certificate","authenticationMethodDetail":"Exchange Active Sync validity check"}]}]}`
	inv, err := inventory.Read(context.Background(), []inventory.Source{{
		Name: "signIns.json",
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(log)), nil },
	}}, inventory.Options{At: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, u := range inv.Users {
		fmt.Println(u.Label(), u.State, u.Wave, u.Devices[0].Why)
	}
	// Output: alice@contoso.com direct pilot Exchange Online took its certificate on 2026-11-20
}
