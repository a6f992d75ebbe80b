package ios

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/easkit/easkit/profiles"
)

// Every key that is written stands in Apple's schema, with its type and with the
// iOS version that introduced it.
func TestKeysAgainstAppleSchema(t *testing.T) {
	reference := os.Getenv("EASKIT_REFERENCE")
	if reference == "" {
		t.Skip("EASKIT_REFERENCE names no folder with Apple's schema files")
	}
	files, err := filepath.Glob(filepath.Join(reference, "apple", "*", "mdm", "profiles", "com.apple.eas.account.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no schema of com.apple.eas.account below %s: %v", reference, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	type support struct {
		IOS struct{ Introduced string } `yaml:"iOS"`
	}
	var schema struct {
		Payload struct {
			SupportedOS support `yaml:"supportedOS"`
		}
		PayloadKeys []struct {
			Key, Type   string
			SupportedOS support `yaml:"supportedOS"`
		} `yaml:"payloadkeys"`
	}
	if err := yaml.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	kinds, since := map[string]string{}, map[string]int{}
	for _, k := range schema.PayloadKeys {
		introduced := k.SupportedOS.IOS.Introduced
		if introduced == "" {
			introduced = schema.Payload.SupportedOS.IOS.Introduced
		}
		major, _, _ := strings.Cut(introduced, ".")
		version, err := strconv.Atoi(major)
		if err != nil {
			t.Fatalf("%s: introduced %q", k.Key, introduced)
		}
		kinds[k.Key], since[k.Key] = strings.Trim(k.Type, "<>"), version
	}
	for _, k := range easKeys {
		if since[k.name] == 0 {
			t.Errorf("%s is not in Apple's schema", k.name)
			continue
		}
		if k.since != since[k.name] {
			t.Errorf("%s: iOS %d, Apple says %d", k.name, k.since, since[k.name])
		}
		if got := plistType(k.get(full())); got != kinds[k.name] {
			t.Errorf("%s: written as %s, Apple says %s", k.name, got, kinds[k.name])
		}
	}
	for _, name := range []string{keyIdentity, keySMIMESign, keySMIMECipher} {
		if kinds[name] != "string" {
			t.Errorf("%s is %q in Apple's schema", name, kinds[name])
		}
	}
}

// full is an account for which every key is written.
func full() *profiles.Account {
	on := profiles.Service{On: true, Locked: true}
	return &profiles.Account{
		Email: "a@contoso.com", User: "a@contoso.com", Services: profiles.Services{Mail: on, Contacts: on, Calendars: on, Reminders: on, Notes: on},
		IOS: profiles.IOS{PreventMove: true, PreventAppSheet: true, AllowMailDrop: true, DisableRecents: true, OverridePreviousPassword: true,
			SMIMESigning: true, SMIMEEncrypt: true, SMIMEPerMessage: true, VPNUUID: "u", OAuthSignInURL: "u", OAuthTokenURL: "u", AudioCallApp: "a"},
	}
}
