package ios_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

var update = flag.Bool("update", false, "write the golden files anew")

const foreignDir = "../testdata/foreign"

// alice is an identity made by another tool, with its file as it stands.
func alice(t testing.TB) *certs.Identity {
	t.Helper()
	b, err := certs.ReadFile(filepath.Join(foreignDir, "openssl-3des.p12"), certs.Unlock{Password: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := b.Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// account is what a preset makes of Alice's certificate.
func account(t testing.TB, preset string, o profiles.Overrides) profiles.Account {
	t.Helper()
	template, err := profiles.Preset(preset)
	if err != nil {
		t.Fatal(err)
	}
	a, err := template.Account(alice(t).Leaf, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// everything switches on all that a profile can say.
func everything(t testing.TB) profiles.Account {
	a := account(t, "exchange-online", profiles.Overrides{})
	a.Name, a.Organization, a.Identifier = "Work mail", "Contoso Ürün & Söhne <GmbH>", "com.contoso.mail"
	a.SyncDays = 0
	a.Services.Notes = profiles.Service{On: false, Locked: true}
	a.Services.Mail.Locked = true
	a.IOS = profiles.IOS{
		PreventMove: true, PreventAppSheet: true, AllowMailDrop: true, DisableRecents: true, OverridePreviousPassword: true,
		SMIMESigning: true, SMIMEEncrypt: true, SMIMEPerMessage: true,
		VPNUUID:        "2C1DC3C2-6E73-4B5C-8E0C-0B0F7B0C5A11",
		OAuthSignInURL: "https://login.contoso.com/authorize", OAuthTokenURL: "https://login.contoso.com/token",
		AudioCallApp: "com.contoso.phone",
		RemovalDate:  time.Date(2027, 12, 31, 0, 0, 0, 0, time.UTC), RemoveAfter: 365 * 24 * time.Hour,
		Expires: time.Date(2027, 6, 30, 8, 0, 0, 0, time.UTC), RemovalDisallowed: true,
		Consent: map[string]string{"default": "This phone will be managed.", "de": "Dieses Telefon wird verwaltet."},
	}
	return a
}

func build(t testing.TB, a profiles.Account, password certs.Password) []byte {
	t.Helper()
	id := alice(t)
	p, err := ios.New(a, ios.Options{PKCS12: id.PKCS12.Raw, Password: password, Chain: id.Chain, Oldest: preflight.DefaultIOS})
	if err != nil {
		t.Fatal(err)
	}
	data, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// tool skips the test where an outside judge is not installed.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed, so there is no second opinion", name)
	}
	return path
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs from what was built; look at the change, then: go test ./ios -update", path)
	}
}
