package tenant_test

import (
	"fmt"
	"log"
	"strings"
	"testing/fstest"
	"time"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/entra/tenant"
	"github.com/easkit/easkit/certs/preflight"
)

var scenario = preflight.Scenario{At: time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)}.WithDefaults()

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// A snapshot's folder; a real one is os.DirFS("snapshot").
var folder = fstest.MapFS{
	tenant.AboutFile:  file(`{"schema":"easkit/tenant-snapshot/v1","at":"2026-11-21T12:00:00Z","by":"snapshot.ps1","cloud":"worldwide","missing":[]}`),
	tenant.MethodFile: file(`{"state":"enabled","includeTargets":[{"targetType":"group","id":"9a7b"}]}`),
	tenant.GroupsFile: file(`{"value":[{"id":"9a7b","displayName":"Mail pilots","members":[{"id":"a1","userPrincipalName":"alice@contoso.com"}]}]}`),
}

func ExampleSnapshot_Check() {
	s, err := tenant.Open(folder)
	if err != nil {
		log.Fatal(err)
	}
	users, err := entra.ParseUsers(strings.NewReader("id,userPrincipalName\na1,alice@contoso.com\nb2,bob@contoso.com\n"))
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range s.Check(scenario, users) {
		if f.Status != preflight.StatusSkip {
			fmt.Printf("%s %s: %s\n", f.Status, f.Check, f.Message)
		}
	}
	fmt.Println(s.Has(tenant.AccessFile), s.Why(tenant.AccessFile))
	// Output:
	// pass tenant.method: sign-in with a certificate is enabled
	// warn tenant.targets: the method is not for 1 of 2 users (bob@contoso.com)
	// pass tenant.binding: no binding is set: the default counts, PrincipalName to userPrincipalName
	// pass tenant.affinity: low affinity is enough: every binding counts
	// pass tenant.scope: no CA is scoped: each may sign in every user of the method
	// false the snapshot has no such file
}

func ExampleCheckUser() {
	s, err := tenant.Open(folder)
	if err != nil {
		log.Fatal(err)
	}
	bob := &entra.User{ID: "b2", UPN: "bob@contoso.com"}
	for _, f := range tenant.CheckUser(scenario, &tenant.User{Snapshot: s, User: bob}) {
		if f.Status == preflight.StatusFail {
			fmt.Printf("%s %s\n%s\n", f.Check, f.Codes, f.Message)
		}
	}
	// Output:
	// tenant.targets [AADSTS130501]
	// bob@contoso.com is in none of the groups that the method is for: "Mail pilots"
}
