package provision_test

import (
	"context"
	"fmt"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

// A user's .p12 file and a preset become a profile for the iPhone.
func ExampleIOS() {
	bundle, err := certs.ReadFile("../../testdata/foreign/openssl-modern.p12", certs.Unlock{Password: "correct horse"})
	if err != nil {
		fmt.Println(err)
		return
	}
	template, err := profiles.Preset("exchange-online")
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := provision.IOS(context.Background(), provision.Request{
		Name: "alice", Bundle: bundle, Template: template,
		Scenario: preflight.Scenario{At: time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC), IOS: 18},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if result.Failed() {
		fmt.Println(result.Findings)
		return
	}
	for _, f := range result.Files {
		fmt.Println(f.Name)
	}
	for _, note := range result.Notes {
		fmt.Println(note)
	}
	// Output:
	// alice.mobileconfig
	// The profile is not signed: phones show "Not Signed". Give --signer FILE.
}
