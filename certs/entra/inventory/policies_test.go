package inventory

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

func TestPolicies(t *testing.T) {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	gmail := func(properties string) string {
		return encode(`{"kind":"androidenterprise#managedConfiguration","productId":"app:com.google.android.gm","managedProperty":[` + properties + `]}`)
	}
	const host = `"hostName":"outlook.office365.com"`
	custom := `"payload":"` + encode("<plist>com.apple.eas.account</plist>") + `"`
	for _, row := range []struct {
		name, kind, rest string
		settings         Settings
		err              error
		want             Verdict // "" where it is no concern of mail
		why              string
	}{
		{name: "direct", kind: "iosEasEmailProfileConfiguration", rest: host + `,"authenticationMethod":"certificate","useOAuth":false`, want: Move, why: "useOAuth is not true"},
		{name: "useOAuth missing", kind: "iosEasEmailProfileConfiguration", rest: host + `,"authenticationMethod":"certificate"`, want: Move},
		{name: "derived credential", kind: "iosEasEmailProfileConfiguration", rest: host + `,"authenticationMethod":"derivedCredential"`, want: Move},
		{name: "OAuth", kind: "iosEasEmailProfileConfiguration", rest: host + `,"authenticationMethod":"certificate","useOAuth":true`, want: Stays},
		{name: "password", kind: "iosEasEmailProfileConfiguration", rest: host + `,"authenticationMethod":"usernameAndPassword"`, want: NoConcern},
		{name: "own host", kind: "iosEasEmailProfileConfiguration", rest: `"hostName":"mail.contoso.com","authenticationMethod":"certificate"`, want: Look, why: "whatever the host"},
		{name: "no method", kind: "iosEasEmailProfileConfiguration", rest: host, want: Look},
		{name: "Gmail", kind: "androidWorkProfileGmailEasConfiguration", rest: host + `,"authenticationMethod":"certificate"`, want: Move},
		{name: "Nine, older name", kind: "androidForWorkNineWorkEasConfiguration", rest: host + `,"authenticationMethod":"certificate"`, want: Move},
		{name: "Windows", kind: "windows10EasEmailProfileConfiguration", rest: host, want: NoConcern},
		{name: "Wi-Fi", kind: "iosWiFiConfiguration", rest: `"authenticationMethod":"certificate"`},
		{name: "Gmail app", kind: "androidManagedStoreAppConfiguration", rest: `"payloadJson":"` + gmail(`{"key":"exchange_host","valueString":"outlook.office365.com"},{"key":"exchange_login_certificate_alias","valueString":"x"}`) + `"`, want: Move, why: "alias"},
		{name: "Gmail app, no certificate", kind: "androidManagedStoreAppConfiguration", rest: `"payloadJson":"` + gmail(`{"key":"exchange_host","valueString":"outlook.office365.com"},{"key":"exchange_login_certificate_alias","valueString":""}`) + `"`, want: NoConcern},
		{name: "Gmail app, no Exchange", kind: "androidManagedStoreAppConfiguration", rest: `"payloadJson":"` + gmail("") + `"`},
		{name: "Gmail app, unreadable", kind: "androidManagedStoreAppConfiguration", rest: `"packageId":"app:com.google.android.gm","payloadJson":"?"`, want: Look, why: "can't be read"},
		{name: "Nine app", kind: "androidManagedStoreAppConfiguration", rest: `"packageId":"app:com.ninefolders.hd3.work.intune","payloadJson":{"managedProperty":[]}`, want: Look, why: "not documented"},
		{name: "another app", kind: "androidManagedStoreAppConfiguration", rest: `"packageId":"app:com.contoso","payloadJson":"?"`},
		{name: "Outlook", kind: "iosMobileAppConfiguration", rest: `"settings":[{"appConfigKey":"com.microsoft.outlook.EmailProfile.AccountType","appConfigKeyValue":"ModernAuth"}]`, want: Stays},
		{name: "Outlook, basic", kind: "iosMobileAppConfiguration", rest: `"settings":[{"appConfigKey":"com.microsoft.outlook.EmailProfile.AccountType","appConfigKeyValue":"BasicAuth"}]`, want: NoConcern},
		{name: "another iOS app", kind: "iosMobileAppConfiguration", rest: `"settings":[]`},
		{name: "own profile, direct", kind: "iosCustomConfiguration", rest: custom, settings: Settings{Host: "outlook.office365.com", Certificate: true}, want: Move},
		{name: "own profile, OAuth", kind: "iosCustomConfiguration", rest: custom, settings: Settings{Host: "outlook.office365.com", OAuth: true, Certificate: true}, want: Stays},
		{name: "own profile, neither", kind: "iosCustomConfiguration", rest: custom, want: Look, why: "a password, or"},
		{name: "own profile, broken", kind: "iosCustomConfiguration", rest: custom, err: errors.New("broken"), want: Look, why: "broken"},
		{name: "own profile, no mail", kind: "iosCustomConfiguration", rest: `"payload":"` + encode("<plist>com.apple.wifi.managed</plist>") + `"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			text := `{"@odata.type":"#microsoft.graph.` + row.kind + `","displayName":"x",` + row.rest + `}`
			inv := read(t, Options{Profile: func([]byte) (Settings, error) { return row.settings, row.err }}, source("x.json", text))
			if row.want == "" {
				if len(inv.Policies) != 0 {
					t.Errorf("%+v", inv.Policies)
				}
				return
			}
			if len(inv.Policies) != 1 || inv.Policies[0].Verdict != row.want || !strings.Contains(inv.Policies[0].Why, row.why) {
				t.Errorf("%+v, want %s with %q", inv.Policies, row.want, row.why)
			}
		})
	}
}

func TestAssignments(t *testing.T) {
	inv := read(t, Options{}, fixture(intuneJSON))
	for _, p := range inv.Policies {
		want := map[string]string{
			"p1": "group 11111111-2222-4333-8444-555555555555, not group 66666666-2222-4333-8444-555555555555", "p2": "all users",
		}[p.ID]
		if got := strings.Join(p.Assignments, ", "); got != want {
			t.Errorf("%s: %q, want %q", p.ID, got, want)
		}
	}
}
