package ios_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

// The accounts whose profiles are kept as golden files.
func goldenAccounts(t testing.TB) map[string]profiles.Account {
	return map[string]profiles.Account{
		"oauth.mobileconfig":      account(t, "exchange-online", profiles.Overrides{}),
		"direct.mobileconfig":     account(t, "exchange-server", profiles.Overrides{Host: "mail.contoso.com:8443"}),
		"everything.mobileconfig": everything(t),
	}
}

func TestGolden(t *testing.T) {
	for name, a := range goldenAccounts(t) {
		data := build(t, a, "")
		if string(data) != string(build(t, a, "")) {
			t.Errorf("%s: two builds differ", name)
		}
		golden(t, name, data)
	}
}

// What is written is what is read back, key for key.
func TestRoundTrip(t *testing.T) {
	for name, a := range goldenAccounts(t) {
		doc, err := ios.Parse(build(t, a, "correct horse"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := a
		want.Issuer, want.Cloud, want.Android = "", "", profiles.Android{} // no key says these
		want.Mailbox = profiles.MailboxAt(a.Endpoint.Host)
		if diff := cmp.Diff(want, doc.Account); diff != "" {
			t.Errorf("%s: account changed on the way (-made +read):\n%s", name, diff)
		}
		if len(doc.Notes) > 0 || doc.Dangling || doc.Signed || !doc.HasAccount {
			t.Errorf("%s: notes %q, dangling %v, signed %v, account %v", name, doc.Notes, doc.Dangling, doc.Signed, doc.HasAccount)
		}
		if string(doc.PKCS12) != string(alice(t).PKCS12.Raw) || doc.Password != "correct horse" || len(doc.Certificates) != 2 {
			t.Errorf("%s: the identity or its chain changed on the way", name)
		}
	}
}

// Two other parsers of property lists see the same profile.
func TestOtherParsers(t *testing.T) {
	for name, a := range goldenAccounts(t) {
		data := build(t, a, "")
		t.Run("plistlib/"+name, func(t *testing.T) {
			cmd := exec.Command(tool(t, "python3"), "-c", `
import json, plistlib, sys
def plain(v):
    if isinstance(v, dict): return {k: plain(x) for k, x in v.items()}
    if isinstance(v, list): return [plain(x) for x in v]
    if isinstance(v, bytes): return "data:%d" % len(v)
    return v if isinstance(v, (str, int, float, bool)) else str(v)
json.dump(plain(plistlib.loads(sys.stdin.buffer.read())), sys.stdout)`)
			cmd.Stdin = strings.NewReader(string(data))
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			checkTop(t, a, out)
		})
		t.Run("plistutil/"+name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			binary := path + ".bin"
			if out, err := exec.Command(tool(t, "plistutil"), "-i", path, "-o", binary).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			converted, err := os.ReadFile(binary)
			if err != nil {
				t.Fatal(err)
			}
			fromXML, err := ios.Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			fromBinary, err := ios.Parse(converted)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(fromXML.Account, fromBinary.Account); diff != "" {
				t.Errorf("libplist's binary form reads differently:\n%s", diff)
			}
		})
	}
}

// checkTop looks at what iOS insists on, through another parser's eyes.
func checkTop(t *testing.T, a profiles.Account, out []byte) {
	t.Helper()
	var top struct {
		PayloadType, PayloadIdentifier, PayloadUUID string
		PayloadVersion, TargetDeviceType            int
		PayloadContent                              []map[string]any
	}
	if err := json.Unmarshal(out, &top); err != nil {
		t.Fatal(err)
	}
	if top.PayloadType != "Configuration" || top.PayloadVersion != 1 || top.TargetDeviceType != 1 || top.PayloadIdentifier == "" {
		t.Errorf("top level is %+v", top)
	}
	uuids, identifiers := map[any]bool{top.PayloadUUID: true}, map[any]bool{top.PayloadIdentifier: true}
	var identity, eas map[string]any
	for _, p := range top.PayloadContent {
		if uuids[p["PayloadUUID"]] || identifiers[p["PayloadIdentifier"]] {
			t.Errorf("payload %v repeats a UUID or identifier", p["PayloadIdentifier"])
		}
		uuids[p["PayloadUUID"]], identifiers[p["PayloadIdentifier"]] = true, true
		if p["PayloadVersion"] != 1.0 {
			t.Errorf("PayloadVersion of %v is %v", p["PayloadType"], p["PayloadVersion"])
		}
		switch p["PayloadType"] {
		case "com.apple.security.pkcs12":
			identity = p
		case "com.apple.eas.account":
			eas = p
		}
	}
	if eas["PayloadCertificateUUID"] != identity["PayloadUUID"] {
		t.Error("the account's certificate reference does not resolve")
	}
	if eas["SSL"] != true || eas["Host"] != a.Endpoint.String() || eas["EmailAddress"] != a.Email || eas["UserName"] != a.User {
		t.Errorf("account is %v", eas)
	}
	if eas["OAuth"] != (a.Auth == preflight.OAuth) {
		t.Errorf("OAuth is %v for %s; it must be there even where it is false", eas["OAuth"], a.Auth)
	}
	if _, embedded := identity["Password"]; embedded {
		t.Error("the password is embedded, which was not asked for")
	}
}

// A profile made again must update the installed one; another user's must not.
func TestIdentifiersAreStable(t *testing.T) {
	a := account(t, "exchange-online", profiles.Overrides{})
	parse := func(a profiles.Account) *profiles.Document {
		doc, err := ios.Parse(build(t, a, ""))
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	first := parse(a)
	changed := a
	changed.SyncDays, changed.Name, changed.IOS.PreventMove = 31, "Other name", true
	if again := parse(changed); again.UUID != first.UUID || again.Identifier != first.Identifier {
		t.Error("changed settings changed the identifiers: the phone would add a second account")
	}
	other := a
	other.Email, other.User = "bob@contoso.com", "bob@contoso.com"
	if bob := parse(other); bob.UUID == first.UUID || bob.Identifier == first.Identifier {
		t.Error("another user's profile has the same identifiers: it would replace Alice's")
	}
}

func TestRefusals(t *testing.T) {
	id := alice(t)
	options := func(oldest int) ios.Options {
		return ios.Options{PKCS12: id.PKCS12.Raw, Chain: id.Chain, Oldest: oldest}
	}
	base := account(t, "exchange-online", profiles.Overrides{})
	none := base
	none.Services = profiles.Services{}
	days := base
	days.SyncDays = 365
	vpn := base
	vpn.IOS.VPNUUID = "2C1DC3C2-6E73-4B5C-8E0C-0B0F7B0C5A11"
	off := base
	off.Services.Notes.On = false
	for _, c := range []struct {
		name string
		a    profiles.Account
		o    ios.Options
		want string
	}{
		{"no identity", base, ios.Options{Oldest: 15}, "needs an identity"},
		{"no service", none, options(15), "21009"},
		{"sync window", days, options(15), "365"},
		{"VPN before iOS 14", vpn, options(13), "VPNUUID, which iOS knows since version 14"},
		{"OAuth before iOS 12", base, options(11), "OAuth, which iOS knows since version 12"},
		{"service off before iOS 13", off, options(12), "EnableNotes, which iOS knows since version 13"},
	} {
		if _, err := ios.New(c.a, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
	direct := base
	direct.Auth = preflight.Direct
	if _, err := ios.New(direct, options(9)); err != nil {
		t.Errorf("direct sign-in for iOS 9: %v, but it sets nothing that iOS 9 lacks", err)
	}
}

func TestConsentHasDefault(t *testing.T) {
	a := account(t, "exchange-online", profiles.Overrides{})
	a.IOS.Consent = map[string]string{"en": "English", "de": "Deutsch"}
	doc, err := ios.Parse(build(t, a, ""))
	if err != nil {
		t.Fatal(err)
	}
	if got := doc.Account.IOS.Consent["default"]; got != "English" {
		t.Errorf("default consent is %q, want the English one", got)
	}
}

// Each authority is a payload of its own, the root marked as such.
func TestChainPayloads(t *testing.T) {
	data := string(build(t, account(t, "exchange-online", profiles.Overrides{}), ""))
	for kind, want := range map[string]int{"com.apple.security.root": 1, "com.apple.security.pkcs1": 1, "com.apple.security.pkcs12": 1} {
		if got := strings.Count(data, "<string>"+kind+"</string>"); got != want {
			t.Errorf("%d payloads of type %s, want %d", got, kind, want)
		}
	}
}
