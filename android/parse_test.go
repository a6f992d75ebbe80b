package android

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// told is what the two forms of Google can say of an account.
func told(c *Config) profiles.Account {
	a := c.Account
	want := profiles.Account{Email: a.Email, User: a.User, Auth: a.Auth, Android: a.Android}
	if c.App.Name == "gmail" {
		want.Endpoint, want.SyncDays, want.Mailbox = a.Endpoint, a.SyncDays, profiles.MailboxAt(a.Endpoint.Host)
	}
	return want
}

func TestRoundTrip(t *testing.T) {
	for _, tt := range built {
		t.Run(tt.name, func(t *testing.T) {
			c := build(t, tt.account)
			for form, data := range map[string][]byte{
				"AMAPI": must(t)(c.AMAPI()), "policy": must(t)(c.Policy()), "Enterprise": must(t)(c.Enterprise()), "Intune": must(t)(c.Intune(WorkProfile)),
			} {
				if !Format.Sniff(data) {
					t.Errorf("%s: not recognised", form)
				}
				doc, err := Format.Parse(data)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(told(c), doc.Account); diff != "" {
					t.Errorf("%s (-want +got):\n%s", form, diff)
				}
				if !doc.HasAccount || doc.Identifier != c.App.Package || doc.Title != c.App.Title || doc.Dangling {
					t.Errorf("%s: %+v", form, doc)
				}
			}
		})
	}
}

func TestRoundTripOfBundle(t *testing.T) {
	for _, tt := range built {
		t.Run(tt.name, func(t *testing.T) {
			c := build(t, tt.account)
			data := bundleOf(t, c)
			doc, err := Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.Account, doc.Account); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if notes := strings.Join(doc.Notes, "\n"); strings.Contains(notes, "which is what the app reads") {
				t.Error(notes)
			}
			if len(doc.Certificates) != 1 || doc.Certificates[0].CommonName() != "Contoso Test Issuing CA" {
				t.Errorf("chain: %v", doc.Certificates)
			}
			id, err := certs.Read(doc.PKCS12, certs.Unlock{Password: "correct horse"})
			if err != nil || len(id.Keys) != 1 {
				t.Errorf("the identity does not open: %v", err)
			}
			if strings.Contains(string(data), "correct horse") {
				t.Error("the password is in the bundle")
			}
		})
	}
}

// TestJSONIsPlain reads what is written as anybody's JSON parser would.
func TestJSONIsPlain(t *testing.T) {
	c := build(t, full("gmail", preflight.Direct))
	for form, data := range map[string][]byte{"AMAPI": must(t)(c.AMAPI()), "Enterprise": must(t)(c.Enterprise()), "bundle": bundleOf(t, c)} {
		if !json.Valid(data) || data[len(data)-1] != '\n' || strings.Contains(string(data), `\u003c`) {
			t.Errorf("%s: %s", form, data)
		}
	}
}

const gmailPackage = `"packageName":"com.google.android.gm"`

func TestParseNotes(t *testing.T) {
	gmail := func(body string) string { return "{" + gmailPackage + `,"managedConfiguration":{` + body + "}}" }
	outlook := func(body string) string {
		return `{"packageName":"com.microsoft.office.outlook","managedConfiguration":{` + body + "}}"
	}
	for name, tt := range map[string]struct{ file, want string }{
		"TLS off":         {gmail(`"exchange_ssl_required":false`), "exchange_ssl_required: TLS is switched off"},
		"trust all":       {gmail(`"exchange_trust_all_certificates":true`), "pose as the server"},
		"password":        {gmail(`"exchange_password":"hunter2"`), "exchange_password: a password stands in the clear"},
		"unknown":         {gmail(`"email_adress":"alice@contoso.com"`), `"email_adress" is not known here`},
		"type":            {gmail(`"exchange_ssl_required":"true"`), "exchange_ssl_required: it is a string, not a boolean"},
		"list":            {gmail(`"email_address":["a"]`), "it is a list, not a string"},
		"object":          {gmail(`"email_address":{}`), "it is an object, not a string"},
		"null":            {gmail(`"email_address":null`), "it is null, not a string"},
		"fraction":        {gmail(`"default_exchange_sync_window":1.5`), "it is a number that is no integer, not an integer"},
		"integer":         {gmail(`"default_signature":1`), "it is an integer, not a string"},
		"window":          {gmail(`"default_exchange_sync_window":9`), "9 is not a window from 0 to 5"},
		"URL":             {gmail(`"exchange_host":"https://mail.contoso.com/x"`), "is a URL"},
		"one missing":     {gmail(`"email_address":"a@contoso.com","exchange_host":"mail.contoso.com"`), "exchange_username missing: Gmail rejects"},
		"two missing":     {gmail(`"email_address":"","exchange_host":"mail.contoso.com"`), "email_address and exchange_username missing"},
		"no certificate":  {gmail(`"exchange_login_certificate_alias":""`), "names no certificate"},
		"alias":           {gmail(`"exchange_login_certificate_alias":"eas-alice"`), `must be named "eas-alice"`},
		"twice":           {gmail(`"email_address":"a@contoso.com","email_address":"b@contoso.com"`), "email_address stands there more than once"},
		"variable":        {gmail(`"email_address":"{{mail}}"`), "email_address is a variable"},
		"unknown app":     {`{"packageName":"com.ninefolders.hd3","managedConfiguration":{}}`, `"com.ninefolders.hd3" are not known`},
		"password app":    {outlook(`"com.microsoft.outlook.EmailProfile.AccountType":"BasicAuth"`), "user name and a password"},
		"others allowed":  {outlook(`"com.microsoft.intune.mam.AllowedAccountUPNs":"a@contoso.com;b@contoso.com"`), "it allows"},
		"iOS":             {outlook(`"com.microsoft.outlook.Auth.Biometric":true`), "on iOS only"},
		"password's key":  {outlook(`"com.microsoft.outlook.EmailProfile.AccountDomain":"CONTOSO"`), "use no certificate"},
		"lock":            {outlook(`"com.microsoft.outlook.Mail.SMIMEEnabled.UserChangeAllowed":"false"`), "it is a string, not a boolean"},
		"Intune's key":    {gmail(`"exchange_login_certificate_alias":"{{cert:1d2e3f40-5162-4738-8495-a6b7c8d9eaf0}}"`), "where Intune puts it"},
		"all enrolments":  {intuneOf("app:com.google.android.gm", "default", `{"productId":"app:com.google.android.gm","managedProperty":[{"key":"exchange_login_certificate_alias","valueString":"eas-alice"}]}`), "fills in no certificate"},
		"another payload": {intuneOf("app:com.microsoft.office.outlook", "androidWorkProfile", `{"productId":"app:com.google.android.gm","managedProperty":[]}`), "and its payload for"},
		"policy": {`{"applications":[{"packageName":"com.android.chrome","managedConfiguration":{}},{` + gmailPackage + `,"managedConfiguration":{}}]}`,
			"only com.google.android.gm was looked at"},
		"bundle of another": {`{"schema":"easkit/bundle/v1",` + gmailPackage + `,"account":{"email":"alice@contoso.com","auth":"oauth"},"managedConfiguration":{"email_address":"bob@contoso.com"}}`,
			`the e-mail address is "alice@contoso.com" in the bundle, and "bob@contoso.com"`},
		"bundle with another host": {`{"schema":"easkit/bundle/v1",` + gmailPackage + `,"account":{"host":"https://x"}}`, "account: host"},
		"array value":              {`{"kind":"androidenterprise#managedConfiguration","productId":"app:com.google.android.gm","managedProperty":[{"key":"authentication","valueStringArray":["x"]}]}`, `"authentication" is not known`},
		"empty value":              {`{"managedProperty":[{"key":"email_address"}],"productId":"app:com.google.android.gm"}`, "it is null, not a string"},
		"bundle values":            {`{"managedProperty":[{"key":"email_address","valueBundle":{}},{"key":"x","valueBundleArray":[{}]}],"productId":"app:com.google.android.gm"}`, "it is an object"},
		"byte order mark":          {"\xef\xbb\xbf\n" + gmail(``), "names no certificate"},
	} {
		if !Format.Sniff([]byte(tt.file)) {
			t.Errorf("%s: not recognised", name)
		}
		doc, err := Parse([]byte(tt.file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		notes := strings.Join(doc.Notes, "\n")
		if !strings.Contains(notes, tt.want) || strings.Contains(notes, "hunter2") {
			t.Errorf("%s: notes %q, want %q", name, notes, tt.want)
		}
	}
}

// An object of Intune is read for what its payload holds.
func TestParseIntune(t *testing.T) {
	for _, name := range []string{"intune.json", "intune-decoded.json"} {
		data := readFile(t, filepath.Join("..", "testdata", "android", name))
		doc, err := Parse(data)
		if !Format.Sniff(data) || err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if doc.Account.Email != "{{mail}}" || doc.Account.User != "{{userprincipalname}}" || doc.Title == "" {
			t.Errorf("%s: %+v", name, doc)
		}
	}
	for file, want := range map[string]string{
		`{"payloadJson":"{}"}`: "not base64", `{"payloadJson":"e30="}`: "payloadJson is none of", `{"payloadJson":"e30"}`: "not base64", `{"payloadJson":[1]}`: "in payloadJson",
	} {
		if _, err := Parse([]byte(file)); !errors.Is(err, ErrNotConfiguration) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
}

func TestParseHost(t *testing.T) {
	file := "{" + gmailPackage + `,"managedConfiguration":{"exchange_host":"Mail.contoso.com:8443/Microsoft-Server-ActiveSync"}}`
	doc, err := Parse([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if want := (profiles.Endpoint{Host: "mail.contoso.com", Port: 8443}); doc.Account.Endpoint != want {
		t.Errorf("%+v, want %+v", doc.Account.Endpoint, want)
	}
}

func TestParseErrors(t *testing.T) {
	for name, tt := range map[string]struct{ file, want string }{
		"broken":             {"{\n\"managedConfiguration\": {\n,}}", "line 3"},
		"wrong type":         {"{\n\"managedProperty\": 1}", "line 2"},
		"no object":          {`{"managedConfiguration":1}`, "an object must stand"},
		"another app":        {`{"applications":[{"packageName":"com.android.chrome","managedConfiguration":{}}]}`, "of a mail app"},
		"payload":            {intuneOf("app:com.google.android.gm", "default", "x"), "payloadJson"},
		"payload of nothing": {intuneOf("app:com.google.android.gm", "default", "{}"), "payloadJson is none of"},
		"payload in itself":  {intuneOf("app:com.google.android.gm", "default", `{"payloadJson":"e30="}`), "payloadJson is none of"},
		"no base64":          {`{"@odata.type":"#microsoft.graph.androidManagedStoreAppConfiguration","payloadJson":"{}"}`, "base64"},
		"later":              {`{"schema":"easkit/bundle/v2"}`, `"easkit/bundle/v2"`},
		"other JSON":         {`{}`, "not an Android managed configuration"},
		"no JSON":            {`<plist/>`, "not an Android managed configuration"},
		"empty":              {``, "not an Android managed configuration"},
		"too long":           {strings.Repeat(" ", certs.MaxFileSize+1), "bytes"},
	} {
		_, err := Parse([]byte(tt.file))
		if !errors.Is(err, ErrNotConfiguration) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if _, err := Parse([]byte(`{"schema":"easkit/bundle/v1","chain":["AAAA"]}`)); err == nil || !strings.Contains(err.Error(), "certificate 1") {
		t.Error(err)
	}
}

func TestSniffLeavesOthersAlone(t *testing.T) {
	for _, file := range []string{"", "{}", `["managedConfiguration"]`, `<?xml version="1.0"?>"managedConfiguration"`, "a,b,c"} {
		if Format.Sniff([]byte(file)) {
			t.Errorf("%q is taken for a managed configuration", file)
		}
	}
}

func FuzzFormatParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		f.Add(readFile(f, file))
	}
	f.Add([]byte(`{"applications":[{"packageName":"com.google.android.gm","managedConfiguration":{"exchange_host":[1,{"a":null}]}}]}`))
	f.Add([]byte(`{"schema":"easkit/bundle/v1","chain":["MIIB"],"account":{"host":"[::1]:1"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		Format.Sniff(data)
		doc, err := Format.Parse(data)
		if (doc == nil) == (err == nil) {
			t.Fatalf("document %v with error %v", doc, err)
		}
		if err != nil || !doc.HasAccount {
			return
		}
		// What was read can be refused, but never breaks the building.
		c, err := New(doc.Account, nil)
		if err != nil {
			return
		}
		again, err := Parse(must(t)(c.AMAPI()))
		if err != nil {
			t.Fatal(err)
		}
		if again.Account.Email != doc.Account.Email || again.Account.Auth != doc.Account.Auth {
			t.Fatalf("%+v became %+v", doc.Account, again.Account)
		}
	})
}
