package ios_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

const hostedAt = "https://mdm.contoso.com/assets/"

// declared is what the test of declarations hands in with an account.
func declared(t testing.TB, a profiles.Account) ios.Options {
	t.Helper()
	o := ios.Options{Oldest: 17}
	if !a.IOS.Enrols() {
		id := alice(t)
		o.PKCS12, o.Password, o.Chain = id.PKCS12.Raw, "correct horse", id.Chain
	}
	return o
}

func declare(t testing.TB, a profiles.Account) *ios.Declarations {
	t.Helper()
	d, err := ios.NewDeclarations(a, declared(t, a), hostedAt)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// declaredAccounts are those whose declarations are kept as golden files.
func declaredAccounts(t testing.TB) map[string]profiles.Account {
	all := everything(t)
	all.IOS.SMIMEEncrypt = false
	return map[string]profiles.Account{
		"oauth.json":      account(t, "exchange-online", profiles.Overrides{}),
		"direct.json":     account(t, "exchange-server", profiles.Overrides{Host: "mail.contoso.com:443"}),
		"everything.json": all,
		"scep.json":       enrolling(t, "ios: {scep: {fingerprint: A9993E364706816ABA3E25717850C26C9CD0D89D}}", profiles.Overrides{SCEP: "https://scep.contoso.com/?a=1&b=2", Challenge: "s3cret"}),
		"acme.json":       enrolling(t, "", profiles.Overrides{ACME: "https://acme.contoso.com/directory"}),
	}
}

// printed is all that declarations say, for a golden file.
func printed(t *testing.T, d *ios.Declarations) []byte {
	t.Helper()
	data := map[string]json.RawMessage{}
	for _, f := range d.Data {
		data[f.Name] = f.Content
	}
	out, err := json.MarshalIndent(map[string]any{"Configuration": d.Configuration, "Assets": d.Assets, "Data": data, "Notes": d.Notes}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

func TestDeclarationsGolden(t *testing.T) {
	for name, a := range declaredAccounts(t) {
		got := printed(t, declare(t, a))
		if string(got) != string(printed(t, declare(t, a))) {
			t.Errorf("%s: two builds differ", name)
		}
		golden(t, filepath.Join("declarative", name), got)
	}
}

// What is written is what is read, each reference has its asset, and each asset its
// file.
func TestDeclarationsHangTogether(t *testing.T) {
	for name, a := range declaredAccounts(t) {
		d := declare(t, a)
		urls := map[string]bool{}
		for _, f := range d.Data {
			urls[hostedAt+f.Name] = true
		}
		for _, one := range append([]ios.Declaration{d.Configuration}, d.Assets...) {
			data, err := one.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			again := readBack(t, data)
			if string(again) != string(data) {
				t.Errorf("%s: %s changed on the way:\n%s", name, one.Identifier, cmp.Diff(string(data), string(again)))
			}
			if len(one.Identifier) > 64 || len(one.ServerToken) > 64 || one.ServerToken == "" {
				t.Errorf("%s: identifier %q or token %q is longer than Apple allows", name, one.Identifier, one.ServerToken)
			}
			if reference, ok := one.Payload["Reference"].(map[string]any); ok {
				delete(urls, reference["DataURL"].(string))
			}
		}
		if len(urls) > 0 {
			t.Errorf("%s: nothing refers to %v", name, urls)
		}
	}
}

func readBack(t *testing.T, data []byte) []byte {
	t.Helper()
	var read ios.Declaration
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	again, err := read.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// No secret stands in a declaration, nor anything by which a password can be tried
// out; the files that hold one are marked.
func TestDeclaredSecrets(t *testing.T) {
	for name, c := range map[string]struct {
		role, secret string
	}{
		"oauth.json": {"identity", "correct horse"},
		"scep.json":  {"scep", "s3cret"},
		"acme.json":  {"acme", ""},
	} {
		d := declare(t, declaredAccounts(t)[name])
		for _, f := range d.Data {
			holds := c.secret != "" && strings.Contains(string(f.Content), c.secret)
			if f.Secret != holds || holds && !strings.HasSuffix(f.Name, "."+c.role+".json") {
				t.Errorf("%s: %s: secret %v, holds a secret %v", name, f.Name, f.Secret, holds)
			}
			if shown := fmt.Sprintf("%v %+v %#v", f, f, f); holds && (strings.Contains(shown, c.secret) || strings.Contains(shown, "123")) {
				t.Errorf("%s: it prints as %s", name, shown)
			}
		}
		all, err := json.Marshal(append(d.Assets, d.Configuration))
		if err != nil {
			t.Fatal(err)
		}
		p12 := base64.StdEncoding.EncodeToString(alice(t).PKCS12.Raw)[:40]
		if c.secret != "" && strings.Contains(string(all), c.secret) || strings.Contains(string(all), p12) {
			t.Errorf("%s: a secret stands in the declarations", name)
		}
		for _, asset := range d.Assets {
			reference, _ := asset.Payload["Reference"].(map[string]any)
			_, hashed := reference["Hash-SHA-256"]
			if secret := c.secret != "" && strings.HasSuffix(asset.Identifier, "."+c.role); reference != nil && hashed == secret {
				t.Errorf("%s: %s: a hash %v, a secret %v", name, asset.Identifier, hashed, secret)
			}
		}
	}
}

// A change gives new tokens to what changes, and to nothing else.
func TestServerTokens(t *testing.T) {
	base := account(t, "exchange-online", profiles.Overrides{})
	scep := declaredAccounts(t)["scep.json"]
	for _, c := range []struct {
		name   string
		a      profiles.Account
		change func(*profiles.Account, *ios.Options)
		want   []string // the roles with a new token
	}{
		{"nothing", base, func(*profiles.Account, *ios.Options) {}, nil},
		{"the host", base, func(a *profiles.Account, _ *ios.Options) { a.Endpoint.Host = "mail.contoso.com" }, []string{"exchange"}},
		{"a renewed certificate", base, func(_ *profiles.Account, o *ios.Options) { o.PKCS12 = append(slices.Clone(o.PKCS12), 0) }, []string{"identity"}},
		{"the password alone", base, func(_ *profiles.Account, o *ios.Options) { o.Password = "battery staple" }, nil},
		{"the SCEP server", scep, func(a *profiles.Account, _ *ios.Options) { a.IOS.SCEP.URL = "https://scep2.contoso.com/" }, []string{"scep"}},
		{"the challenge alone", scep, func(a *profiles.Account, _ *ios.Options) { a.IOS.SCEP.Challenge = "other" }, nil},
	} {
		before := tokens(declare(t, c.a))
		o := declared(t, c.a)
		if c.a.IOS.SCEP != nil {
			copied := *c.a.IOS.SCEP
			c.a.IOS.SCEP = &copied
		}
		c.change(&c.a, &o)
		after, err := ios.NewDeclarations(c.a, o, hostedAt)
		if err != nil {
			t.Fatal(err)
		}
		var changed []string
		for id, token := range tokens(after) {
			if before[id] != token {
				changed = append(changed, id[strings.LastIndexByte(id, '.')+1:])
			}
		}
		if diff := cmp.Diff(c.want, changed); diff != "" {
			t.Errorf("%s: other tokens (-want +got):\n%s", c.name, diff)
		}
	}
}

func tokens(d *ios.Declarations) map[string]string {
	all := map[string]string{}
	for _, one := range append(slices.Clone(d.Assets), d.Configuration) {
		all[one.Identifier] = one.ServerToken
	}
	return all
}

func TestDeclarationRefusals(t *testing.T) {
	base := account(t, "exchange-online", profiles.Overrides{})
	for _, c := range []struct {
		name   string
		change func(*profiles.Account, *ios.Options)
		base   string
		want   string
		is     error
	}{
		{"iOS 14", func(_ *profiles.Account, o *ios.Options) { o.Oldest = 14 }, hostedAt, "account.exchange) since version 15, and iOS 14", ios.ErrDeclarationTooNew},
		{"iOS 16", func(_ *profiles.Account, o *ios.Options) { o.Oldest = 16 }, hostedAt, "since version 17, and iOS 16", ios.ErrDeclarationTooNew},
		{"the oldest not said", func(_ *profiles.Account, o *ios.Options) { o.Oldest = 0 }, hostedAt, "and iOS 15 is to be served", ios.ErrDeclarationTooNew},
		{"another port", func(a *profiles.Account, _ *ios.Options) { a.Endpoint.Port = 8443 }, hostedAt, "Exchange Web Services on macOS alone", nil},
		{"no password", func(_ *profiles.Account, o *ios.Options) { o.Password = "" }, hostedAt, "has to hold the password", nil},
		{"no identity", func(_ *profiles.Account, o *ios.Options) { o.PKCS12 = nil }, hostedAt, "needs an identity", nil},
		{"no service", func(a *profiles.Account, _ *ios.Options) { a.Services = profiles.Services{} }, hostedAt, "services.sync", nil},
		{"plain http", func(*profiles.Account, *ios.Options) {}, "http://mdm.contoso.com/", "has to be https://", nil},
		{"no host", func(*profiles.Account, *ios.Options) {}, "https:///a", "has to be https://", nil},
		{"a user name", func(*profiles.Account, *ios.Options) {}, "https://u:s3cret@mdm.contoso.com/", "has to be https://", nil},
		{"a query", func(*profiles.Account, *ios.Options) {}, "https://mdm.contoso.com/?a", "has to be https://", nil},
	} {
		a, o := base, declared(t, base)
		c.change(&a, &o)
		_, err := ios.NewDeclarations(a, o, c.base)
		if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

// What only a profile can say is told, and nothing is where there is nothing to tell.
func TestDeclarationNotes(t *testing.T) {
	plain := enrolling(t, "", profiles.Overrides{ACME: "https://acme.contoso.com/directory"})
	if notes := declare(t, plain).Notes; len(notes) != 1 || !strings.Contains(notes[0], "sync-days: 7 days") {
		t.Errorf("notes %q for an account that asks for no more than a sync window", notes)
	}
	notes := strings.Join(declare(t, everything(t)).Notes, "\n")
	for _, want := range []string{
		"(sync-days: all mail)", "prevent-move", "prevent-app-sheet", "allow-mail-drop", "disable-recents-syncing", "override-previous-password",
		"vpn-uuid", "audio-call-app", "on 2027-12-31 (ios.removal-date)", "365 days after", "on 2027-06-30 (ios.expires)", "removal-disallowed", "ios.consent", "no CA certificates",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note with %q in\n%s", want, notes)
		}
	}
}

// A template for everybody leaves sizes and hashes to whoever fills it in.
func TestDeclarationsForEverybody(t *testing.T) {
	template, err := profiles.ParseTemplate([]byte("{host: outlook.office365.com, identifier: com.contoso.mail, email: '{{mail}}', user: '{{userprincipalname}}', ios: {acme: {url: 'https://acme.contoso.com/', client-identifier: '{{serialnumber}}'}}}"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := template.Account(nil, profiles.Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	d := declare(t, a)
	for _, asset := range d.Assets {
		reference, _ := asset.Payload["Reference"].(map[string]any)
		if reference["Size"] != nil || reference["Hash-SHA-256"] != nil || !strings.HasPrefix(asset.Identifier, "com.contoso.mail.everybody.") {
			t.Errorf("%s: %v", asset.Identifier, reference)
		}
	}
	if !slices.ContainsFunc(d.Notes, func(s string) bool { return strings.Contains(s, "{{serialnumber}}") }) {
		t.Errorf("notes %q say nothing of placeholders", d.Notes)
	}
}

// Identifiers that would be too long become UUIDs, each role with its own.
func TestLongDeclarationIdentifiers(t *testing.T) {
	a := account(t, "exchange-online", profiles.Overrides{})
	a.Identifier = "com.contoso." + strings.Repeat("mail", 12)
	d := declare(t, a)
	if all := tokens(d); len(all) != len(d.Assets)+1 || len(d.Configuration.Identifier) != 36 {
		t.Errorf("%d identifiers of %d declarations, one is %q", len(all), len(d.Assets)+1, d.Configuration.Identifier)
	}
}

func ExampleNewDeclarations() {
	template, err := profiles.ParseTemplate([]byte("{host: outlook.office365.com, ios: {acme: {url: 'https://acme.contoso.com/directory'}}}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	account, err := template.Account(nil, profiles.Overrides{Email: "alice@contoso.com", User: "alice@contoso.com"})
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := ios.NewDeclarations(account, ios.Options{Oldest: 17}, "https://mdm.contoso.com/assets")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Configuration.Type, d.Configuration.Payload["HostName"])
	for _, asset := range d.Assets {
		fmt.Println(asset.Type)
	}
	// Output:
	// com.apple.configuration.account.exchange outlook.office365.com
	// com.apple.asset.useridentity
	// com.apple.asset.credential.userpassword
	// com.apple.asset.credential.acme
}

// openssl opens the identity with the password that lies beside it.
func TestDeclaredIdentityOpens(t *testing.T) {
	openssl := tool(t, "openssl")
	d := declare(t, account(t, "exchange-online", profiles.Overrides{}))
	var data struct {
		Identity []byte
		Password string
	}
	if err := json.Unmarshal(d.Data[len(d.Data)-1].Content, &data); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "alice.p12")
	if err := os.WriteFile(path, data.Identity, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(openssl, "pkcs12", "-in", path, "-clcerts", "-nokeys", "-passin", "stdin")
	cmd.Stdin = strings.NewReader(data.Password + "\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := certs.Read(out[strings.Index(string(out), "-----BEGIN"):], certs.Unlock{})
	if err != nil || string(b.Certificates[0].Raw) != string(alice(t).Leaf.Raw) {
		t.Errorf("openssl finds another certificate: %v\n%s", err, out)
	}
}
