package android

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// certificateProfile is the id of a certificate profile of Intune's.
const certificateProfile = "1d2e3f40-5162-4738-8495-a6b7c8d9eaf0"

// intuneOf is a policy of Intune's with a payload.
func intuneOf(pkg, applicability, payload string) string {
	return fmt.Sprintf(`{"@odata.type":%q,"packageId":%q,"profileApplicability":%q,"payloadJson":%q}`,
		intuneType, pkg, applicability, base64.StdEncoding.EncodeToString([]byte(payload)))
}

// everybodys is an account with placeholders for the user.
func everybodys(auth preflight.Auth) profiles.Account {
	a := account(auth)
	a.Email, a.User = "{{mail}}", "{{userprincipalname}}"
	return a
}

// payloadOf takes the payload out of a policy.
func payloadOf(t *testing.T, policy []byte) []byte {
	t.Helper()
	var p struct{ PayloadJSON string }
	if err := json.Unmarshal(policy, &p); err != nil {
		t.Fatal(err)
	}
	payload, err := base64.StdEncoding.Strict().DecodeString(p.PayloadJSON)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestIntune(t *testing.T) {
	everybody := everybodys(preflight.Direct)
	everybody.Android.IntuneCertificate = certificateProfile
	golden(t, "gmail-direct.intune.json", must(t)(build(t, account(preflight.Direct)).Intune(WorkProfile)))
	golden(t, "everybody-gmail.intune.json", must(t)(build(t, everybody).Intune(FullyManaged)))
	golden(t, "everybody-outlook.intune.json", must(t)(build(t, everybodys(preflight.OAuth)).Intune(FullyManaged)))
	if _, err := build(t, everybody).Intune("all"); err == nil || !strings.Contains(err.Error(), "fully-managed, work-profile") {
		t.Error(err)
	}
}

// The payload is the JSON of androidenterprise without white space, and so
// re-serialises to the same bytes.
func TestIntunePayloadIsCompact(t *testing.T) {
	for _, tt := range built {
		c := build(t, tt.account)
		payload := payloadOf(t, must(t)(c.Intune(FullyManaged)))
		var want bytes.Buffer
		if err := json.Compact(&want, must(t)(c.Enterprise())); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), string(payload)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// What Intune is given reads back as the account that it was made from.
func TestIntuneRoundTripForEverybody(t *testing.T) {
	direct := everybodys(preflight.Direct)
	direct.Android.IntuneCertificate = certificateProfile
	for _, a := range []profiles.Account{direct, everybodys(preflight.OAuth)} {
		c := build(t, a)
		doc, err := Parse(must(t)(c.Intune(FullyManaged)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(told(c), doc.Account); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.App.Name, diff)
		}
	}
}

// A template is for iOS too, where Intune spells one placeholder in another way.
func TestPlaceholdersAreSpeltAsOnAndroid(t *testing.T) {
	a := everybodys(preflight.OAuth)
	a.User = `CONTOSO\{{OnPremisesSamAccountName}}`
	if got := build(t, a).Account.User; got != `CONTOSO\{{onPremisesSamAccountName}}` {
		t.Errorf("the user is %q", got)
	}
	if _, err := build(t, a).Policy(); err == nil || !strings.Contains(err.Error(), "fills in none") {
		t.Errorf("a policy for everybody: %v", err)
	}
}

// The placeholder of the key is for Intune alone: nobody else fills it in.
func TestIntuneCertificate(t *testing.T) {
	a := account(preflight.Direct)
	a.Android.IntuneCertificate = certificateProfile
	c := build(t, a)
	token := "{{cert:" + certificateProfile + "}}"
	if payload := payloadOf(t, must(t)(c.Intune(WorkProfile))); !bytes.Contains(payload, []byte(token)) {
		t.Errorf("Intune: %s", payload)
	}
	for form, data := range map[string][]byte{"AMAPI": must(t)(c.AMAPI()), "policy": must(t)(c.Policy()), "Enterprise": must(t)(c.Enterprise())} {
		if bytes.Contains(data, []byte("cert:")) || !bytes.Contains(data, []byte("eas-alice")) {
			t.Errorf("%s: %s", form, data)
		}
	}
	oauth := full("gmail", preflight.OAuth)
	oauth.Android.IntuneCertificate = certificateProfile
	if payload := payloadOf(t, must(t)(build(t, oauth).Intune(WorkProfile))); bytes.Contains(payload, []byte("cert:")) {
		t.Errorf("with oauth: %s", payload)
	}
}

func TestNotesOfForms(t *testing.T) {
	direct, oauth := account(preflight.Direct), account(preflight.OAuth)
	brought := direct
	brought.Android.IntuneCertificate = certificateProfile
	for _, tt := range []struct {
		account      profiles.Account
		want, absent string
	}{
		{direct, `names the key "eas-alice"`, "cert:"},
		{brought, "{{cert:" + certificateProfile + "}}", "--intune-cert"},
		{oauth, "targetedMobileApps", "--intune-cert"},
		{oauth, "privateKeySelectionEnabled", "cert:"},
		{direct, "CERT_SELECTION", "privateKeySelectionEnabled"},
		{direct, "CERT_INSTALL", "privateKeySelectionEnabled"},
	} {
		c := build(t, tt.account)
		notes := append(c.NotesIntune(WorkProfile), c.NotesPolicy()...)
		for _, note := range notes {
			if !strings.HasSuffix(note, ".") {
				t.Errorf("%q is no sentence", note)
			}
		}
		if all := strings.Join(notes, "\n"); !strings.Contains(all, tt.want) || strings.Contains(all, tt.absent) {
			t.Errorf("want %q, not %q:\n%s", tt.want, tt.absent, all)
		}
	}
}
