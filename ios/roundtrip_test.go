package ios_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

// roundTrips has a template for each key that an iOS profile depends on, with a value
// that is not what it would be without the key.
var roundTrips = map[string]string{
	"auth":          `auth: direct`,
	"host":          `host: mail.contoso.com:8443`,
	"organization":  `organization: Contoso Ürün & Söhne <GmbH>`,
	"identifier":    `identifier: com.contoso.mail`,
	"account-name":  `account-name: Work mail`,
	"email":         `{email: "{{mail}}", ios: {scep: {url: "https://scep.contoso.com/scep"}}}`,
	"user":          `{email: "{{partialupn}}@contoso.com", user: "{{userprincipalname}}", ios: {scep: {url: "https://scep.contoso.com/scep"}}}`,
	"sync-days":     `sync-days: 0`,
	"services.sync": `services: {sync: [mail, calendars]}`,
	"services.lock": `services: {lock: [contacts, notes]}`,

	"ios.prevent-move":               `ios: {prevent-move: true}`,
	"ios.prevent-app-sheet":          `ios: {prevent-app-sheet: true}`,
	"ios.allow-mail-drop":            `ios: {allow-mail-drop: true}`,
	"ios.disable-recents-syncing":    `ios: {disable-recents-syncing: true}`,
	"ios.override-previous-password": `ios: {override-previous-password: true}`,
	"ios.smime-signing":              `ios: {smime-signing: true}`,
	"ios.smime-encrypt-by-default":   `ios: {smime-encrypt-by-default: true}`,
	"ios.smime-per-message-switch":   `ios: {smime-per-message-switch: true}`,
	"ios.vpn-uuid":                   `ios: {vpn-uuid: 2C1DC3C2-6E73-4B5C-8E0C-0B0F7B0C5A11}`,
	"ios.oauth-sign-in-url":          `ios: {oauth-sign-in-url: "https://fs.contoso.com/authorize?a=b&c=d"}`,
	"ios.oauth-token-request-url":    `ios: {oauth-token-request-url: "https://fs.contoso.com/token"}`,
	"ios.audio-call-app":             `ios: {audio-call-app: com.contoso.phone}`,
	"ios.removal-date":               `ios: {removal-date: 2027-12-31}`,
	"ios.remove-after-days":          `ios: {remove-after-days: 365}`,
	"ios.expires":                    `ios: {expires: "2027-06-30T18:00:00+02:00"}`,
	"ios.removal-disallowed":         `ios: {removal-disallowed: true}`,
	"ios.consent":                    `ios: {consent: {default: "Managed by Contoso.\nReally.", de: Verwaltet.}}`,

	"ios.scep.url":         `ios: {scep: {url: "http://scep.contoso.com/certsrv/mscep/mscep.dll"}}`,
	"ios.scep.name":        `ios: {scep: {url: "https://scep.contoso.com/scep", name: users}}`,
	"ios.scep.key-size":    `ios: {scep: {url: "https://scep.contoso.com/scep", key-size: 4096}}`,
	"ios.scep.key-usage":   `ios: {scep: {url: "https://scep.contoso.com/scep", key-usage: 5}}`,
	"ios.scep.fingerprint": `ios: {scep: {url: "https://scep.contoso.com/scep", fingerprint: A9993E364706816ABA3E25717850C26C9CD0D89D}}`,
	"ios.scep.retries":     `ios: {scep: {url: "https://scep.contoso.com/scep", retries: 0}}`,
	"ios.scep.retry-delay": `ios: {scep: {url: "https://scep.contoso.com/scep", retry-delay: 60}}`,
	"ios.scep.subject":     `ios: {scep: {url: "https://scep.contoso.com/scep", subject: [O=Contoso = Ltd., "1.2.5.3=bar", CN=Alice]}}`,

	"ios.acme.url":               `ios: {acme: {url: "https://acme.contoso.com/directory"}}`,
	"ios.acme.client-identifier": `ios: {acme: {url: "https://acme.contoso.com/directory", client-identifier: "{{serialnumber}}"}}`,
	"ios.acme.key-type":          `ios: {acme: {url: "https://acme.contoso.com/directory", key-type: RSA, hardware-bound: false}}`,
	"ios.acme.key-size":          `ios: {acme: {url: "https://acme.contoso.com/directory", key-size: 384}}`,
	"ios.acme.hardware-bound":    `ios: {acme: {url: "https://acme.contoso.com/directory", hardware-bound: false}}`,
	"ios.acme.attest":            `ios: {acme: {url: "https://acme.contoso.com/directory", attest: false}}`,
	"ios.acme.subject":           `ios: {acme: {url: "https://acme.contoso.com/directory", subject: [C=DE, CN=Alice]}}`,
}

// notInProfile are the keys that no key of a profile says.
var notInProfile = map[string]string{
	"name": "of the template itself", "description": "of the template itself",
	"issuer": "decides checks; the phone finds the server by itself", "mailbox": "decides checks", "cloud": "decides checks",
	"android": "not for iOS", "intune": "of the objects around the profile",
}

// templateKeys lists the keys of a template that have a value of their own, with the
// path to the field.
func templateKeys(t reflect.Type, prefix string, path []int) map[string][]int {
	keys := map[string][]int{}
	for i := range t.NumField() {
		f := t.Field(i)
		key, at := prefix+f.Tag.Get("yaml"), append(slices.Clone(path), i)
		if f.Type.Kind() != reflect.Struct {
			keys[key] = at
			continue
		}
		for inner, at := range templateKeys(f.Type, key+".", at) {
			keys[inner] = at
		}
	}
	return keys
}

// Every key of a template that touches the profile comes back out of it as the same
// account, by way of other readers and writers of property lists as well. A key that
// is new has to join one of the tables.
func TestEveryKeyRoundTrips(t *testing.T) {
	dir := t.TempDir()
	want := map[string]profiles.Account{}
	for key, path := range templateKeys(reflect.TypeFor[profiles.Template](), "", nil) {
		section, _, _ := strings.Cut(key, ".")
		text, ok := roundTrips[key]
		switch left := notInProfile[key] != "" || notInProfile[section] != ""; {
		case left && ok:
			t.Errorf("%s is in both tables", key)
		case !left && !ok:
			t.Errorf("%s: nobody knows whether it comes back: give it a template in roundTrips", key)
		case ok:
			want[key] = roundTrip(t, dir, key, text, path)
		}
	}
	for key := range roundTrips {
		if _, ok := want[key]; !ok {
			t.Errorf("there is no key %s", key)
		}
	}
	convert(t, dir)
	for key, a := range want {
		files, err := filepath.Glob(filepath.Join(dir, key+".*.out"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range append(files, filepath.Join(dir, key+".plist")) {
			sameAccount(t, file, a)
		}
	}
}

// roundTrip writes the profile of a template, and returns the account in it.
func roundTrip(t *testing.T, dir, key, text string, path []int) profiles.Account {
	t.Helper()
	template, err := profiles.ParseTemplate([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	a := accountOf(t, key, template)
	bare := template
	reflect.ValueOf(&bare).Elem().FieldByIndex(path).SetZero()
	if without, err := accountWith(bare); err == nil && cmp.Equal(a, without) {
		t.Errorf("%s: %s says nothing that would not be there without", key, text)
	}
	if err := os.WriteFile(filepath.Join(dir, key+".plist"), enrolled(t, a), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

func accountWith(template profiles.Template) (profiles.Account, error) {
	o := profiles.Overrides{}
	if template.Host == "" {
		o.Host = "outlook.office365.com"
	}
	if template.Email == "" && template.User == "" {
		o.Email = "alice@contoso.com"
	}
	return template.Account(nil, o)
}

func accountOf(t *testing.T, key string, template profiles.Template) profiles.Account {
	t.Helper()
	a, err := accountWith(template)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	a.Mailbox = profiles.MailboxAt(a.Endpoint.Host)
	a.Issuer, a.Cloud, a.Android = "", "", profiles.Android{} // no key says these
	return a
}

// sameAccount reads a profile and compares.
func sameAccount(t *testing.T, file string, want profiles.Account) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := ios.Parse(data)
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(file), err)
	}
	if diff := cmp.Diff(want, doc.Account); diff != "" || len(doc.Notes) > 0 || doc.Dangling {
		t.Errorf("%s: the account changed on the way (-made +read), notes %q:\n%s", filepath.Base(file), doc.Notes, diff)
	}
}

// convert lets other tools read each profile and write it anew: Python in both forms,
// libplist in the binary one and back.
func convert(t *testing.T, dir string) {
	t.Run("plistlib", func(t *testing.T) {
		cmd := exec.Command(onPath(t, "python3"), "-c", `
import glob, plistlib
for path in glob.glob("*.plist"):
    with open(path, "rb") as f: value = plistlib.load(f)
    for form in plistlib.FMT_XML, plistlib.FMT_BINARY:
        with open(path[:-5] + "python-" + form.name + ".out", "wb") as f: plistlib.dump(value, f, fmt=form)`)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	})
	t.Run("plistutil", func(t *testing.T) {
		plistutil := onPath(t, "plistutil")
		files, err := filepath.Glob(filepath.Join(dir, "*.plist"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%d files: %v", len(files), err)
		}
		for _, file := range files {
			base := strings.TrimSuffix(file, "plist")
			for _, args := range [][]string{{"-i", file, "-o", base + "binary.out"}, {"-i", base + "binary.out", "-o", base + "back.out"}} {
				if out, err := exec.Command(plistutil, args...).CombinedOutput(); err != nil {
					t.Fatalf("%s: %v: %s", filepath.Base(file), err, out)
				}
			}
		}
	})
}

func onPath(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not on PATH", name)
	}
	return path
}
