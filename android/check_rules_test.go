package android_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// Rules are judged by themselves, whatever stands behind them and whichever apps the
// policy has.
func TestKeyRules(t *testing.T) {
	const (
		gmail     = `{"packageName":"com.google.android.gm","managedConfiguration":{"email_address":"alice@contoso.com","exchange_host":"mail.contoso.com","exchange_username":"alice@contoso.com","exchange_login_certificate_alias":"eas-alice"}}`
		noAlias   = `{"packageName":"com.google.android.gm","managedConfiguration":{"email_address":"alice@contoso.com","exchange_host":"mail.contoso.com","exchange_username":"alice@contoso.com"}}`
		outlook   = `{"packageName":"com.microsoft.office.outlook","managedConfiguration":{"com.microsoft.outlook.EmailProfile.AccountType":"ModernAuth","com.microsoft.outlook.EmailProfile.EmailUPN":"alice@contoso.com","com.microsoft.outlook.EmailProfile.EmailAddress":"alice@contoso.com"}}`
		nine      = `{"packageName":"com.ninefolders.hd3","managedConfiguration":{"AppServiceHost":"mail.contoso.com","AppServicePublisher":"Contoso"}}`
		forGmail  = `{"packageNames":["com.google.android.gm"],"privateKeyAlias":"eas-alice"}`
		forAll    = `{"privateKeyAlias":"eas-alice"}`
		withNoKey = `{"packageNames":["com.google.android.gm"]}`
	)
	for _, tt := range []struct {
		name, app, rules string
		want             []string
	}{
		{"sound", gmail, forGmail, nil},
		{"all apps, and Gmail behind it", gmail, forAll + "," + forGmail, []string{"warn all-apps 1:29"}},
		{"all apps for all addresses", gmail, `{"urlPattern":".*","packageNames":null,"privateKeyAlias":"eas-alice"},` + forGmail, []string{"warn all-apps 1:29"}},
		{"all apps, last", gmail, forAll, []string{"warn all-apps 1:29"}},
		{"two for all apps", gmail, `{"packageNames":[],"privateKeyAlias":"a"},` + forAll + `,` + forGmail, []string{"warn all-apps 1:29", "warn all-apps 1:71"}},
		{"beside Outlook", outlook, forAll, []string{"warn all-apps 1:29"}},
		{"beside Nine", nine, forAll, []string{"warn all-apps 1:29"}},
		{"beside Gmail without an alias", noAlias, forAll, []string{"warn all-apps 1:29"}},
		{"no key", outlook, withNoKey, []string{"warn no-key 1:29"}},
		{"no key for Gmail", gmail, withNoKey, []string{"warn no-key 1:29", "fail other-key 1:29"}},
		{"packages that are no list", gmail, `{"packageNames":"com.google.android.gm","privateKeyAlias":"eas-alice"}`, []string{"fail rule 1:45"}},
		{"a package that is no text", gmail, `{"packageNames":[1],"privateKeyAlias":"eas-alice"}`, []string{"fail rule 1:46"}},
		{"a text for a rule", outlook, `"x"`, []string{"fail rule 1:29"}},
		{"nothing for a rule", gmail, `null,` + forAll, []string{"fail rule 1:29", "warn all-apps 1:34"}},
	} {
		policy := `{"choosePrivateKeyRules": [ ` + tt.rules + `],"applications":[` + tt.app + `]}`
		var got []string
		for _, f := range android.Check(preflight.Scenario{Mailbox: preflight.ExchangeServer}, android.NewSubject([]byte(policy), profiles.ForMDM)) {
			if f.Check == "profile.auth" && f.Status.Worse(preflight.StatusSkip) {
				got = append(got, fmt.Sprintf("%s %s %d:%d", f.Status, f.Value, f.Line, f.Column))
			}
		}
		slices.Sort(got)
		slices.Sort(tt.want)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
