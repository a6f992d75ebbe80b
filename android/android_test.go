package android

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

var update = flag.Bool("update", false, "write the golden files anew")

// foreign are the samples that other tools made.
const foreign = "../testdata/foreign"

func readCertificate(t testing.TB, name string) *certs.Certificate {
	t.Helper()
	b, err := certs.ReadFile(filepath.Join(foreign, name), certs.Unlock{})
	if err != nil {
		t.Fatal(err)
	}
	return b.Certificates[0]
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// golden compares got with a file of testdata, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(readFile(t, path)), string(got)); diff != "" {
		t.Errorf("%s (-want +got; -update writes it):\n%s", name, diff)
	}
}

// account is Alice's, with a mailbox on premises where that is direct.
func account(auth preflight.Auth) profiles.Account {
	a := profiles.Account{
		Name: "Contoso mail", Email: "alice@contoso.com", User: "alice@contoso.com",
		Endpoint: profiles.Endpoint{Host: "outlook.office365.com"},
		Auth:     auth, Issuer: preflight.Entra, Mailbox: preflight.ExchangeOnline, Cloud: preflight.Worldwide,
		Organization: "Contoso & Söhne", SyncDays: 14,
	}
	if auth == preflight.Direct {
		a.Endpoint = profiles.Endpoint{Host: "mail.contoso.com", Port: 8443}
		a.Mailbox, a.Issuer = preflight.ExchangeServer, preflight.ADFS
	}
	return a
}

// full sets every option that an app has a key for.
func full(app string, auth preflight.Auth) profiles.Account {
	a := account(auth)
	a.Android = profiles.Android{App: app, BlockUnmanagedAccounts: true}
	if app == "gmail" {
		a.Android.Signature, a.Android.DeviceID = "Alice <alice@contoso.com>\nContoso", "ALICEPHONE1"
	} else {
		o := &a.Android
		o.AllowedAccounts = []string{"team@contoso.com", "info@contoso.com"}
		for i, on := range []**bool{
			&o.FocusedInbox, &o.SaveContacts, &o.SyncCalendars, &o.BlockExternalImages, &o.ExternalRecipientsTip, &o.DefaultSignature,
			&o.SuggestedReplies, &o.TextPredictions, &o.OfficeFeed, &o.OrganizeByThread, &o.PlayMyEmails, &o.Themes,
			&o.SMIME, &o.SMIMESignAll, &o.SMIMEEncryptAll, &o.SMIMECertsFromIntune,
		} {
			*on = new(i%2 == 0)
		}
		o.SMIMELDAPHost, o.Lock = "ldap.contoso.com", profiles.AndroidLocks
	}
	return a
}

// built are the accounts that the golden files show.
var built = []struct {
	name    string
	account profiles.Account
}{
	{"gmail-direct", account(preflight.Direct)},
	{"gmail-direct-full", full("gmail", preflight.Direct)},
	{"gmail-oauth", full("gmail", preflight.OAuth)},
	{"outlook-oauth", account(preflight.OAuth)},
	{"outlook-oauth-full", full("outlook", preflight.OAuth)},
}

func accountOf(t testing.TB, name string) profiles.Account {
	t.Helper()
	for _, b := range built {
		if b.name == name {
			return b.account
		}
	}
	t.Fatalf("no account %q", name)
	return profiles.Account{}
}

func build(t testing.TB, a profiles.Account) *Config {
	t.Helper()
	c, err := New(a, readCertificate(t, "alice.crt"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func bundleOf(t testing.TB, c *Config) []byte {
	t.Helper()
	p12 := readFile(t, filepath.Join(foreign, "openssl-3des.p12"))
	data, err := c.Bundle(p12, "3des", []*certs.Certificate{readCertificate(t, "issuing-ca.pem")})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func must(t testing.TB) func([]byte, error) []byte {
	return func(data []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
}

func TestGolden(t *testing.T) {
	for _, tt := range built {
		t.Run(tt.name, func(t *testing.T) {
			c := build(t, tt.account)
			golden(t, tt.name+".amapi.json", must(t)(c.AMAPI()))
			golden(t, tt.name+".enterprise.json", must(t)(c.Enterprise()))
			golden(t, tt.name+".policy.json", must(t)(c.Policy()))
			golden(t, tt.name+".notes.txt", []byte(strings.Join(c.Notes, "\n")+"\n"))
		})
	}
	direct, oauth := build(t, accountOf(t, "gmail-direct")), build(t, accountOf(t, "outlook-oauth"))
	golden(t, "gmail-direct.bundle.json", bundleOf(t, direct))
	golden(t, "outlook-oauth.bundle.json", bundleOf(t, oauth))
}

// A template may name Nine as well, of which Intune has a mail profile: here it is
// refused, and what to do instead is told.
func TestAppsAreThoseOfTemplates(t *testing.T) {
	if diff := cmp.Diff(profiles.AndroidApps, append(names(), nine.name)); diff != "" {
		t.Error(diff)
	}
	a := full(nine.name, preflight.OAuth)
	var refused *RefusedError
	if _, err := New(a, nil); !errors.As(err, &refused) || refused.Hint == "" {
		t.Errorf("%v", err)
	}
}

// The words of templates are those that the table knows.
func TestLocksAreThoseOfTemplates(t *testing.T) {
	a := full("outlook", preflight.OAuth)
	a.Android.Lock = nil
	unlocked := len(build(t, a).Properties)
	for _, word := range profiles.AndroidLocks {
		a.Android.Lock = []string{word}
		if got := len(build(t, a).Properties); got != unlocked+1 {
			t.Errorf("to lock %s adds %d keys", word, got-unlocked)
		}
	}
}

// Every option of templates is some app's, and what an app has no key for is told.
func TestEveryOptionHasAnApp(t *testing.T) {
	gmailFull, outlookFull := full("gmail", preflight.Direct), full("outlook", preflight.OAuth)
	gmailFull.Android.IntuneCertificate = certificateProfile
	all := map[string]bool{}
	for _, option := range slices.Concat(gmailFull.Android.Set(), outlookFull.Android.Set()) {
		all[option] = true
	}
	section := reflect.TypeFor[profiles.TemplateAndroid]()
	for i := range section.NumField() {
		if option := section.Field(i).Tag.Get("yaml"); option != "app" && !all[option] {
			t.Errorf("%s is no app's", option)
		}
	}
	for _, a := range []profiles.Account{gmailFull, outlookFull} {
		if notes := strings.Join(build(t, a).Notes, "\n"); strings.Contains(notes, "another app has") {
			t.Errorf("%s: %s", a.Android.App, notes)
		}
	}
	outlookFull.Android.App = "gmail"
	if notes := strings.Join(build(t, outlookFull).Notes, "\n"); !strings.Contains(notes, "another app has: allowed-accounts, focused-inbox") {
		t.Errorf("Gmail with Outlook's options: %s", notes)
	}
}

func TestNewNeverWritesAPassword(t *testing.T) {
	for _, tt := range built {
		for _, p := range build(t, tt.account).Properties {
			if strings.Contains(p.Key, "password") || p.Key == "exchange_trust_all_certificates" && p.Value != false {
				t.Errorf("%s: %s is written as %v", tt.name, p.Key, p.Value)
			}
		}
	}
}

func TestAliasIsWrittenForDirectOnly(t *testing.T) {
	for _, tt := range built {
		c := build(t, tt.account)
		i := strings.Index(string(must(t)(c.AMAPI())), c.Alias)
		if got, want := i >= 0, tt.account.Auth == preflight.Direct; got != want {
			t.Errorf("%s: alias written: %v, want %v", tt.name, got, want)
		}
	}
}

func TestAlias(t *testing.T) {
	for address, want := range map[string]string{
		"alice@contoso.com":        "eas-alice",
		"Alice.Smith@contoso.com":  "eas-alice-smith",
		"o'neil+x_1@contoso.com":   "eas-o-neil-x-1",
		"jörg@contoso.com":         "eas-j-rg",
		"":                         "eas-",
		strings.Repeat("a", 70):    "eas-" + strings.Repeat("a", 60),
		"CONTOSO\\alice":           "eas-contoso-alice",
		"a@b@contoso.com":          "eas-a",
		"\xff\xfe@contoso.com":     "eas---",
		"İ.alice@contoso.com":      "eas-i-alice",
		"alice.smith.@contoso.com": "eas-alice-smith-",
	} {
		if got := Alias(address); got != want {
			t.Errorf("Alias(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	with := func(a profiles.Account, change func(*profiles.Account)) profiles.Account {
		change(&a)
		return a
	}
	direct, oauth := account(preflight.Direct), account(preflight.OAuth)
	outlook := func(a *profiles.Account) { a.Android.App = "outlook" }
	gmail := func(a *profiles.Account) { a.Android.App = "gmail" }
	for name, tt := range map[string]struct {
		account    profiles.Account
		want, hint string
	}{
		"outlook, direct, server":  {with(direct, outlook), "no key for a certificate", "--app gmail"},
		"outlook, direct, online":  {with(direct, func(a *profiles.Account) { outlook(a); a.Mailbox = preflight.ExchangeOnline }), "no key for a certificate", "--app gmail"},
		"outlook, all are allowed": {with(oauth, func(a *profiles.Account) { a.Android.AllowedAccounts = []string{"bob@contoso.com"} }), "none are blocked", "block-unmanaged-accounts"},
		"outlook, two in one": {with(oauth, func(a *profiles.Account) {
			a.Android.BlockUnmanagedAccounts, a.Android.AllowedAccounts = true, []string{"a@contoso.com;b@contoso.com"}
		}), "separates them", ""},
		"no such placeholder":       {with(oauth, func(a *profiles.Account) { a.Email = "{{serialnumber}}@contoso.com" }), "no placeholder", "{{mail}}"},
		"gmail, everybody's key":    {with(direct, func(a *profiles.Account) { a.Email, a.User = "{{mail}}", "{{userprincipalname}}" }), "no one name", "--intune-cert"},
		"gmail, no UUID":            {with(direct, func(a *profiles.Account) { a.Android.IntuneCertificate = "{1d2e3f40-5162-4738-8495-a6b7c8d9eaf0}" }), "not a UUID", ""},
		"outlook, no UUID":          {with(oauth, func(a *profiles.Account) { outlook(a); a.Android.IntuneCertificate = "1d2e" }), "not a UUID", ""},
		"nine":                      {with(direct, func(a *profiles.Account) { a.Android.App = "nine" }), "are not published", "--schema FILE --values FILE"},
		"samsung":                   {with(oauth, func(a *profiles.Account) { a.Android.App = "samsung" }), "none of its keys", "--schema FILE --values FILE"},
		"outlook, AD FS":            {with(oauth, func(a *profiles.Account) { a.Issuer = preflight.ADFS }), "AD FS", "--app gmail"},
		"address":                   {with(direct, func(a *profiles.Account) { a.Email = "alice" }), `"alice"`, ""},
		"no user":                   {with(direct, func(a *profiles.Account) { a.User = "" }), "no user name", ""},
		"gmail, no host":            {with(direct, func(a *profiles.Account) { a.Endpoint.Host = "" }), "host", "host:port"},
		"gmail, URL":                {with(direct, func(a *profiles.Account) { a.Endpoint.Host = "https://mail.contoso.com" }), "URL", "host:port"},
		"gmail, path":               {with(direct, func(a *profiles.Account) { a.Endpoint.Host = "mail.contoso.com/x" }), "host", "host:port"},
		"gmail, port in the host":   {with(oauth, func(a *profiles.Account) { gmail(a); a.Endpoint.Host = "mail.contoso.com:8443" }), "would be read as", "host:port"},
		"gmail, device id":          {with(direct, func(a *profiles.Account) { a.Android.DeviceID = "a-b" }), "letters and digits", ""},
		"gmail, sync window":        {with(direct, func(a *profiles.Account) { a.SyncDays = 30 }), "not 30", ""},
		"gmail, endless signature":  {with(direct, func(a *profiles.Account) { a.Android.Signature = strings.Repeat("ä", schema.MaxString+1) }), "65535", ""},
		"outlook, endless username": {with(oauth, func(a *profiles.Account) { a.User = strings.Repeat("a", schema.MaxString+1) }), "65535", ""},
	} {
		_, err := New(tt.account, nil)
		var refused *RefusedError
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v is no RefusedError", name, err)
			continue
		}
		if !strings.Contains(err.Error(), tt.want) || !strings.Contains(refused.Hint, tt.hint) {
			t.Errorf("%s: %q, hint %q; want %q, hint %q", name, err, refused.Hint, tt.want, tt.hint)
		}
	}
}

func TestUnknownWords(t *testing.T) {
	a := account(preflight.OAuth)
	a.Android.App = "k9"
	if _, err := New(a, nil); err == nil || err.Error() != `app "k9" is unknown: it is one of gmail, outlook, nine, samsung` {
		t.Error(err)
	}
	if _, err := New(profiles.Account{Email: "alice@contoso.com", User: "alice"}, nil); err == nil || !strings.Contains(err.Error(), "auth") {
		t.Error(err)
	}
}

func TestNotesAreSentences(t *testing.T) {
	adfs := full("gmail", preflight.OAuth)
	adfs.Issuer, adfs.Mailbox, adfs.Android.FocusedInbox = preflight.ADFS, preflight.ExchangeServer, new(true)
	hybrid := account(preflight.OAuth)
	hybrid.Mailbox, hybrid.Android.Signature = preflight.ExchangeServer, "Alice"
	for _, a := range []profiles.Account{adfs, hybrid, account(preflight.Direct)} {
		for _, note := range build(t, a).Notes {
			if !strings.HasSuffix(note, ".") || strings.ToUpper(note[:1]) != note[:1] {
				t.Errorf("%q is no sentence", note)
			}
		}
	}
	for want, a := range map[string]profiles.Account{
		"AD FS": adfs, "another app has: focused-inbox": adfs, "authentication types": adfs,
		"hybrid": hybrid, "signature": hybrid, "at sign-in": hybrid,
		"CERT_INSTALL": account(preflight.Direct), "choosePrivateKeyRules": account(preflight.Direct),
	} {
		if notes := strings.Join(build(t, a).Notes, "\n"); !strings.Contains(notes, want) {
			t.Errorf("the notes do not speak of %s:\n%s", want, notes)
		}
	}
}

func TestBundleRefusals(t *testing.T) {
	c := build(t, account(preflight.Direct))
	for name, want := range map[string]string{
		"openssl-emptypass.p12": "opens without a password",
		"alice.crt":             "not PKCS#12",
		"keytool.jks":           "Java keystore",
	} {
		if _, err := c.Bundle(readFile(t, filepath.Join(foreign, name)), "aes", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	c.Leaf = nil
	if _, err := c.Bundle(readFile(t, filepath.Join(foreign, "openssl-3des.p12")), "3des", nil); err == nil {
		t.Error("a bundle without a certificate")
	}
	if _, err := c.SetupSheet(Sheet{}); err == nil {
		t.Error("a sheet without a certificate")
	}
}
