package ios_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
)

func open(t testing.TB, data []byte) *ios.File {
	t.Helper()
	f, err := ios.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func goldenFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Moving to OAuth changes the one key, and nothing by which a phone knows the profile,
// its payloads and the identity.
func TestToOAuth(t *testing.T) {
	old := open(t, signed(t, goldenFile(t, "direct.mobileconfig")))
	content, changes, err := old.ToOAuth()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"OAuth is true"}; !slices.Equal(changes, want) {
		t.Errorf("changes %q, want %q", changes, want)
	}
	next := open(t, content)
	if next.Signed != nil {
		t.Error("the result is signed, by whom?")
	}
	before, after := old.Top.Plain().(map[string]any), next.Top.Plain().(map[string]any)
	for _, p := range before["PayloadContent"].([]any) {
		if account := p.(map[string]any); account["PayloadType"] == "com.apple.eas.account" {
			account["OAuth"] = true
		}
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("more than OAuth has changed (-before +after):\n%s", diff)
	}
	if _, _, err := next.ToOAuth(); !errors.Is(err, ios.ErrOAuthAlready) {
		t.Errorf("moved again: %v, want ErrOAuthAlready", err)
	}
}

// What other generators wrote is put right where OAuth needs it.
func TestToOAuthForeign(t *testing.T) {
	for _, c := range []struct {
		name, keys string
		changes    []string
		has, lacks string
	}{
		{"password and no TLS", `<key>Password</key><string>secret</string><key>SSL</key><false/>`, []string{"OAuth is true", "SSL is true", "Password is left out"}, "<key>SSL</key>", "secret"},
		{"host for certificates", `<key>SSL</key><true/><key>Host</key><string>outlook-cba.office365.com</string>`,
			[]string{"OAuth is true", "Host is outlook.office365.com in place of outlook-cba.office365.com"}, "outlook.office365.com", "outlook-cba"},
		{"its own host", `<key>SSL</key><true/><key>Host</key><string>mail.contoso.com</string>`, []string{"OAuth is true"}, "mail.contoso.com", ""},
		{"unknown keys stay", `<key>SSL</key><true/><key>SyncDefaultFoldersOnly</key><true/>`, []string{"OAuth is true"}, "SyncDefaultFoldersOnly", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			content, changes, err := open(t, []byte(plist(eas(c.keys)))).ToOAuth()
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(changes, c.changes) {
				t.Errorf("changes %q, want %q", changes, c.changes)
			}
			if !strings.Contains(string(content), c.has) || c.lacks != "" && strings.Contains(string(content), c.lacks) {
				t.Errorf("the result should have %q and lack %q:\n%s", c.has, c.lacks, content)
			}
		})
	}
	for _, c := range []struct {
		file string
		want error
	}{
		{plist(""), ios.ErrNoAccount},
		{`<?xml version="1.0"?><plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string><key>EncryptedPayloadContent</key><data>AA==</data></dict></plist>`, ios.ErrEncrypted},
	} {
		if _, _, err := open(t, []byte(c.file)).ToOAuth(); !errors.Is(err, c.want) {
			t.Errorf("error %v, want %v", err, c.want)
		}
	}
}

// Whether phones put the new profile in the old one's place.
func TestCheckUpdate(t *testing.T) {
	direct := goldenFile(t, "direct.mobileconfig")
	first, second := open(t, signed(t, direct)), open(t, signed(t, direct)) // each by a signer of its own
	unsigned := open(t, direct)
	managed := open(t, []byte(plist(eas(`<key>EmailAddress</key><string>{{mail}}</string>`))))
	for _, c := range []struct {
		name   string
		update ios.Update
		want   preflight.Status
		value  string
	}{
		{"the same signer", ios.Update{Old: first, Signer: first.Signed.Signer}, preflight.StatusPass, ""},
		{"another signer", ios.Update{Old: first, Signer: second.Signed.Signer}, preflight.StatusFail, "other-signer"},
		{"another signer, agreed to", ios.Update{Old: first, Signer: second.Signed.Signer, Reinstall: true}, preflight.StatusWarn, "other-signer"},
		{"no signer any more", ios.Update{Old: first}, preflight.StatusFail, "unsigned"},
		{"never signed", ios.Update{Old: unsigned}, preflight.StatusPass, ""},
		{"signed for the first time", ios.Update{Old: unsigned, Signer: first.Signed.Signer}, preflight.StatusPass, ""},
		{"by device management", ios.Update{Old: managed}, preflight.StatusFail, "by-mdm"},
		{"by hand after all", ios.Update{Old: managed, ByHand: true}, preflight.StatusPass, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := ios.CheckUpdate(preflight.Scenario{At: at}, &c.update)
			if len(f) != 1 || f[0].Status != c.want || f[0].Value != c.value {
				t.Errorf("findings %+v, want %s %q", f, c.want, c.value)
			}
		})
	}
}

func TestByMDM(t *testing.T) {
	for _, c := range []struct{ name, payloads, want string }{
		{"nothing speaks for it", eas(""), ""},
		{"enrolment", `<dict><key>PayloadType</key><string>com.apple.mdm</string></dict>` + eas(""), "enrols the phone"},
		{"placeholders", eas(`<key>EmailAddress</key><string>{{mail}}</string>`), "1 placeholder"},
		{"embedded password", eas(`<key>Certificate</key><data>AAEC</data><key>CertificatePassword</key><string>x</string>`), "holds the password"},
	} {
		if got := open(t, []byte(plist(c.payloads))).ByMDM(); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A profile that was changed after it was signed is not signed again, and one whose
// accounts are on different servers is not moved as a whole.
func TestUpdateOfTampered(t *testing.T) {
	data := signed(t, goldenFile(t, "direct.mobileconfig"))
	i := strings.Index(string(data), "alice@contoso.com")
	data[i] = 'A'
	old := open(t, data)
	f := ios.CheckUpdate(preflight.Scenario{At: at}, &ios.Update{Old: old, Signer: old.Signed.Signer, Reinstall: true, ByHand: true})
	if f[0].Status != preflight.StatusFail || f[0].Value != "broken" {
		t.Errorf("finding %+v", f[0])
	}
	for _, c := range []struct {
		name      string
		mailboxes []preflight.Mailbox
		want      preflight.Status
	}{
		{"Exchange Online", []preflight.Mailbox{preflight.ExchangeOnline, preflight.ExchangeOnline}, preflight.StatusPass},
		{"not known", []preflight.Mailbox{preflight.ExchangeOnline, preflight.MailboxUnknown}, preflight.StatusFail},
		{"both", []preflight.Mailbox{preflight.ExchangeServer, preflight.ExchangeOnline}, preflight.StatusFail},
	} {
		f := ios.CheckServer(&ios.Judgement{Mailboxes: c.mailboxes})
		if f[0].Status != c.want {
			t.Errorf("%s: %+v", c.name, f[0])
		}
	}
}
