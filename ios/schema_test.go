package ios

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/easkit/easkit/profiles"
)

// appleKey is a key as Apple's schema has it.
type appleKey struct {
	Key, Type   string
	Presence    string
	RangeList   []any `yaml:"rangelist"`
	SupportedOS struct {
		IOS struct{ Introduced string } `yaml:"iOS"`
	} `yaml:"supportedOS"`
	SubKeys []appleKey `yaml:"subkeys"`
}

// appleKeys reads Apple's schema of a payload, keys with the version of the payload
// where they have none of their own.
func appleKeys(t *testing.T, kind string) []appleKey {
	t.Helper()
	reference := os.Getenv("EASKIT_REFERENCE")
	if reference == "" {
		t.Skip("EASKIT_REFERENCE names no folder with Apple's schema files")
	}
	files, err := filepath.Glob(filepath.Join(reference, "apple", "*", "mdm", "profiles", kind+".yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no schema of %s below %s: %v", kind, reference, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Payload     appleKey
		PayloadKeys []appleKey
	}
	if err := yaml.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	var inherit func([]appleKey)
	inherit = func(keys []appleKey) {
		for i := range keys {
			if keys[i].SupportedOS.IOS.Introduced == "" {
				keys[i].SupportedOS.IOS.Introduced = schema.Payload.SupportedOS.IOS.Introduced
			}
			inherit(keys[i].SubKeys)
		}
	}
	inherit(schema.PayloadKeys)
	return schema.PayloadKeys
}

func find(t *testing.T, keys []appleKey, name string) appleKey {
	t.Helper()
	for _, k := range keys {
		if k.Key == name {
			return k
		}
	}
	t.Fatalf("%s is not in Apple's schema", name)
	return appleKey{}
}

// Every key that is written stands in Apple's schema, with its type, with a value
// that it allows, and with the iOS version that introduced it; and none is missing
// that has to be there.
func TestKeysAgainstAppleSchema(t *testing.T) {
	for _, c := range []struct {
		kind, within string
		written      []key
	}{
		{typeEAS, "", easKeys},
		{typeSCEP, "PayloadContent", scepKeys},
		{typeACME, "", acmeKeys},
	} {
		t.Run(c.kind, func(t *testing.T) {
			apples := appleKeys(t, c.kind)
			if c.within != "" {
				apples = find(t, apples, c.within).SubKeys
			}
			written := map[string]bool{}
			for _, k := range c.written {
				written[k.name] = true
				judgeKey(t, k, find(t, apples, k.name))
			}
			for _, k := range apples {
				if k.Presence == "required" && !written[k.Key] {
					t.Errorf("%s has to be there, and nobody writes it", k.Key)
				}
			}
		})
	}
	for _, name := range []string{keyIdentity, keySMIMESign, keySMIMECipher} {
		if kind := find(t, appleKeys(t, typeEAS), name).Type; kind != "<string>" {
			t.Errorf("%s is %q in Apple's schema", name, kind)
		}
	}
}

func judgeKey(t *testing.T, k key, apple appleKey) {
	t.Helper()
	major, _, _ := strings.Cut(apple.SupportedOS.IOS.Introduced, ".")
	if since, err := strconv.Atoi(major); err != nil || k.since != since {
		t.Errorf("%s: iOS %d, Apple says %s", k.name, k.since, apple.SupportedOS.IOS.Introduced)
	}
	v := k.get(full())
	if got := plistType(v); "<"+got+">" != apple.Type {
		t.Errorf("%s: written as %s, Apple says %s", k.name, got, apple.Type)
	}
	allowed := func(a any) bool { return fmt.Sprint(a) == fmt.Sprint(v) }
	if len(apple.RangeList) > 0 && !slices.ContainsFunc(apple.RangeList, allowed) {
		t.Errorf("%s: %v is none of Apple's %v", k.name, v, apple.RangeList)
	}
	if d, ok := v.(dict); ok && apple.SubKeys != nil {
		for name, inner := range d {
			if kind := find(t, apple.SubKeys, name).Type; "<"+plistType(inner)+">" != kind {
				t.Errorf("%s.%s: written as %s, Apple says %s", k.name, name, plistType(inner), kind)
			}
		}
	}
}

// The sizes and kinds that templates take are Apple's.
func TestEnrolValuesAgainstAppleSchema(t *testing.T) {
	scep := find(t, appleKeys(t, typeSCEP), "PayloadContent").SubKeys
	for name, ours := range map[string]struct{ apple, code any }{
		"SCEP Keysize": {find(t, scep, "Keysize").RangeList, profiles.SCEPKeySizes},
		"ACME KeyType": {find(t, appleKeys(t, typeACME), "KeyType").RangeList, profiles.KeyTypes},
	} {
		if fmt.Sprint(ours.apple) != fmt.Sprint(ours.code) {
			t.Errorf("%s: %v, Apple says %v", name, ours.code, ours.apple)
		}
	}
}

// full is an account for which every key is written.
func full() *profiles.Account {
	on := profiles.Service{On: true, Locked: true}
	return &profiles.Account{
		Email: "a@contoso.com", User: "a@contoso.com", Services: profiles.Services{Mail: on, Contacts: on, Calendars: on, Reminders: on, Notes: on},
		IOS: profiles.IOS{PreventMove: true, PreventAppSheet: true, AllowMailDrop: true, DisableRecents: true, OverridePreviousPassword: true,
			SMIMESigning: true, SMIMEEncrypt: true, SMIMEPerMessage: true, VPNUUID: "u", OAuthSignInURL: "u", OAuthTokenURL: "u", AudioCallApp: "a",
			SCEP: &profiles.SCEP{URL: "u", Name: "n", KeySize: 2048, KeyUsage: 1, CAFingerprint: []byte{1}, Subject: []string{"CN=a"}, Challenge: "c"},
			ACME: &profiles.ACME{URL: "u", ClientIdentifier: "c", KeyType: profiles.KeyEC, KeySize: 256, Subject: []string{"CN=a"}}},
	}
}
