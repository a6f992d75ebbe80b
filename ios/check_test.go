package ios_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

// find is the first finding of a check with a value.
func find(findings []preflight.Finding, check, value string) *preflight.Finding {
	for i, f := range findings {
		if f.Check == check && f.Value == value {
			return &findings[i]
		}
	}
	return nil
}

// What a profile is judged for is its own, as far as the call says nothing.
func TestScenario(t *testing.T) {
	for _, c := range []struct {
		name, keys string
		call       preflight.Scenario
		want       preflight.Scenario
	}{
		{"direct without the key", `<key>Host</key><string>outlook.office365.com</string>`, preflight.Scenario{}, preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.ExchangeOnline, Cloud: preflight.Worldwide}},
		{"oauth in another cloud", `<key>OAuth</key><true/><key>Host</key><string>outlook.office365.us</string>`, preflight.Scenario{}, preflight.Scenario{Auth: preflight.OAuth, Mailbox: preflight.ExchangeOnline, Cloud: preflight.GCCHigh}},
		{"its own host", `<key>OAuth</key><false/><key>Host</key><string>mail.contoso.com</string>`, preflight.Scenario{}, preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.MailboxUnknown}},
		{"the call knows the mailbox", `<key>Host</key><string>mail.contoso.com</string>`, preflight.Scenario{Mailbox: preflight.ExchangeServer, Auth: preflight.OAuth}, preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.ExchangeServer}},
		{"no host", `<key>OAuth</key><true/>`, preflight.Scenario{}, preflight.Scenario{Auth: preflight.OAuth, Mailbox: preflight.MailboxUnknown}},
	} {
		got := open(t, []byte(plist(eas(c.keys)))).Scenario(c.call)
		if got.Auth != c.want.Auth || got.Mailbox != c.want.Mailbox || got.Cloud != c.want.Cloud {
			t.Errorf("%s: %s, %s, %s; want %s, %s, %s", c.name, got.Auth, got.Mailbox, got.Cloud, c.want.Auth, c.want.Mailbox, c.want.Cloud)
		}
	}
}

// The directory knows better than the host where a user's mailbox is, and whether there
// is such a user at all, with the certificate or without.
func TestUsers(t *testing.T) {
	for _, c := range []struct {
		name, users string
		password    certs.Password
		mailbox     preflight.Mailbox
		value       string
	}{
		{"by the certificate", "userPrincipalName,mailbox\nalice@contoso.com,exchange-server\n", "correct horse", preflight.ExchangeServer, ""},
		{"by the user name", "userPrincipalName,mailbox\nalice@contoso.com,exchange-server\n", "", preflight.ExchangeServer, ""},
		{"nobody", "userPrincipalName\nbob@contoso.com\n", "", preflight.ExchangeOnline, "no-such-user"},
	} {
		t.Run(c.name, func(t *testing.T) {
			users, err := entra.ParseUsers(strings.NewReader(c.users))
			if err != nil {
				t.Fatal(err)
			}
			sub := ios.NewSubject(goldenFile(t, "oauth.mobileconfig"), profiles.ForManual)
			sub.Password, sub.Users = c.password, users
			j := ios.Judge(preflight.Scenario{At: at}, sub)
			if j.Scenario.Mailbox != c.mailbox {
				t.Errorf("judged for a mailbox in %s", j.Scenario.Mailbox)
			}
			if found := find(j.Findings, "profile.match", c.value); found == nil {
				t.Errorf("no finding with the value %q", c.value)
			}
		})
	}
}

// A PKCS#12 file that no account refers to ends the installation as any other does.
func TestIdentityOfNobody(t *testing.T) {
	payload := func(password string) string {
		return plist(`<dict><key>PayloadType</key><string>com.apple.security.pkcs12</string><key>Password</key><string>` + password +
			`</string><key>PayloadContent</key><data>` + base64.StdEncoding.EncodeToString(alice(t).PKCS12.Raw) + `</data></dict>` + eas(""))
	}
	for password, want := range map[string]bool{"wrong": true, "correct horse": false} {
		found := find(ios.Check(preflight.Scenario{At: at}, ios.NewSubject([]byte(payload(password)), profiles.ForMDM)), "profile.identity", "password-wrong")
		if (found != nil) != want {
			t.Errorf("with the password %q: %+v", password, found)
		}
		if found != nil && !strings.Contains(found.Message, "payload 1 (com.apple.security.pkcs12)") {
			t.Errorf("which payload? %s", found.Message)
		}
	}
}

// A password of the call that opens nothing is the call's fault; one in the profile is
// the profile's.
func TestPasswordRefused(t *testing.T) {
	sub := ios.NewSubject(goldenFile(t, "oauth.mobileconfig"), profiles.ForManual)
	sub.Password = "not the password"
	j := ios.Judge(preflight.Scenario{At: at}, sub)
	if f := find(j.Findings, "profile.identity", "password-wrong"); !j.PasswordRefused || f == nil {
		t.Errorf("refused %v, finding %+v", j.PasswordRefused, f)
	}
	embedded := build(t, account(t, "exchange-online", profiles.Overrides{}), "not the password")
	sub = ios.NewSubject(embedded, profiles.ForMDM)
	sub.Password = "correct horse"
	j = ios.Judge(preflight.Scenario{At: at}, sub)
	if f := find(j.Findings, "profile.identity", "password-wrong"); j.PasswordRefused || f == nil {
		t.Errorf("refused %v, finding %+v", j.PasswordRefused, f)
	}
}

// Whatever the file says, each finding is complete, and the checks are those of the
// catalogue.
func FuzzCheck(f *testing.F) {
	for _, name := range []string{"oauth.mobileconfig", "everything.mobileconfig"} {
		f.Add(goldenFile(f, name))
	}
	f.Add([]byte(plist(eas(`<key>Certificate</key><data>AAEC</data>`))))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range profiles.Deliveries {
			sub := ios.NewSubject(data, d)
			for _, finding := range ios.Check(preflight.Scenario{At: at}, sub) {
				checktest.Finding(t, finding)
			}
			if sub.File == nil {
				return
			}
			ios.Explain(preflight.Scenario{At: at}, sub.File, ios.Known{})
			sub.File.ToOAuth()
			ios.Compare(preflight.Scenario{At: at}, sub.File, sub.File, false)
		}
	})
}
