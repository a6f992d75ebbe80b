package ios_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

// enrolled builds the profile of an account, with Alice's identity where the phone
// makes no key of its own.
func enrolled(t testing.TB, a profiles.Account) []byte {
	t.Helper()
	o := ios.Options{Oldest: 16}
	if !a.IOS.Enrols() {
		o.PKCS12 = alice(t).PKCS12.Raw
	}
	p, err := ios.New(a, o)
	if err != nil {
		t.Fatal(err)
	}
	data, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// enrolling is Alice's account, whose phone makes its own key.
func enrolling(t testing.TB, template string, o profiles.Overrides) profiles.Account {
	t.Helper()
	parsed, err := profiles.ParseTemplate([]byte("host: outlook.office365.com\n" + template))
	if err != nil {
		t.Fatal(err)
	}
	o.Email = "alice.example@contoso.com"
	if o.User == "" {
		o.User = "alice@contoso.com"
	}
	a, err := parsed.Account(nil, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The request has the names by which Entra ID and Exchange find the user, and the
// account refers to what comes of it.
func TestEnrolPayloads(t *testing.T) {
	const names = "map[ntPrincipalName:alice@contoso.com rfc822Name:alice.example@contoso.com]"
	for _, c := range []struct {
		name, kind string
		a          profiles.Account
		within     string            // the dictionary with the settings
		want       map[string]string // all of them
	}{
		{"SCEP", "com.apple.security.scep", enrolling(t, "ios: {scep: {fingerprint: A9993E364706816ABA3E25717850C26C9CD0D89D}}", profiles.Overrides{SCEP: "https://scep.contoso.com/scep", Challenge: "s3cret"}), "PayloadContent", map[string]string{
			"URL": "https://scep.contoso.com/scep", "Subject": "[[[CN alice.example@contoso.com]]]", "SubjectAltName": names, "Challenge": "s3cret",
			"Key Type": "RSA", "Keysize": "2048", "Key Usage": "1", "KeyIsExtractable": "false", "Retries": "3", "RetryDelay": "10",
			"CAFingerprint": "[169 153 62 54 71 6 129 106 186 62 37 113 120 80 194 108 156 208 216 157]",
		}},
		{"SCEP on premises", "com.apple.security.scep", enrolling(t, "ios: {scep: {name: users, key-usage: 5}}", profiles.Overrides{SCEP: "http://scep.contoso.com/scep", User: `CONTOSO\alice`, Host: "mail.contoso.com"}), "PayloadContent", map[string]string{
			"URL": "http://scep.contoso.com/scep", "Subject": "[[[CN alice.example@contoso.com]]]", "SubjectAltName": "map[rfc822Name:alice.example@contoso.com]",
			"Key Type": "RSA", "Keysize": "2048", "Key Usage": "5", "KeyIsExtractable": "false", "Retries": "3", "RetryDelay": "10", "Name": "users",
		}},
		{"ACME", "com.apple.security.acme", enrolling(t, "ios: {acme: {client-identifier: '7', subject: [O=Contoso, CN=Alice]}}", profiles.Overrides{ACME: "https://acme.contoso.com/directory"}), "", map[string]string{
			"DirectoryURL": "https://acme.contoso.com/directory", "ClientIdentifier": "7", "Subject": "[[[O Contoso]] [[CN Alice]]]", "SubjectAltName": names,
			"KeyType": "ECSECPrimeRandom", "KeySize": "256", "HardwareBound": "true", "Attest": "true", "UsageFlags": "1", "ExtendedKeyUsage": "[1.3.6.1.5.5.7.3.2]",
		}},
		{"ACME with S/MIME", "com.apple.security.acme", enrolling(t, "ios: {smime-encrypt-by-default: true, acme: {client-identifier: '7'}}", profiles.Overrides{ACME: "https://acme.contoso.com/directory"}), "", map[string]string{
			"DirectoryURL": "https://acme.contoso.com/directory", "ClientIdentifier": "7", "Subject": "[[[CN alice.example@contoso.com]]]", "SubjectAltName": names,
			"KeyType": "ECSECPrimeRandom", "KeySize": "256", "HardwareBound": "true", "Attest": "true", "UsageFlags": "5", "ExtendedKeyUsage": "[1.3.6.1.5.5.7.3.2 1.3.6.1.5.5.7.3.4]",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := enrolled(t, c.a)
			f, err := ios.Open(data)
			if err != nil {
				t.Fatal(err)
			}
			payloads := f.Of(c.kind)
			if len(payloads) != 1 || len(f.Of("com.apple.security.pkcs12")) != 0 {
				t.Fatalf("%d payloads of %s in\n%s", len(payloads), c.kind, data)
			}
			if ref := f.Identity(f.Account()); ref == nil || ref.Payload != payloads[0] {
				t.Errorf("the account refers to %+v", ref)
			}
			d := payloads[0].Plain().(map[string]any)
			if c.within != "" {
				d = d[c.within].(map[string]any)
			}
			got := map[string]string{}
			for key, v := range d {
				if !strings.HasPrefix(key, "Payload") {
					got[key] = fmt.Sprint(v)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			doc := f.Document()
			if diff := cmp.Diff(c.a.IOS, doc.Account.IOS); diff != "" || len(doc.Notes) > 0 {
				t.Errorf("what is read back (-made +read), with notes %q:\n%s", doc.Notes, diff)
			}
			if string(data) != string(enrolled(t, c.a)) {
				t.Error("two builds differ")
			}
		})
	}
}

// One profile for everybody keeps its identifiers, whoever fills it in.
func TestEverybody(t *testing.T) {
	template, err := profiles.ParseTemplate([]byte("{host: outlook.office365.com, identifier: com.contoso.mail, email: '{{mail}}', user: '{{userprincipalname}}', ios: {scep: {url: 'https://scep.contoso.com/'}}}"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := template.Account(nil, profiles.Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	data := enrolled(t, a)
	doc, err := ios.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.Identifier, "com.contoso.mail.everybody.") || doc.Account.Identifier != "com.contoso.mail" {
		t.Errorf("identifier %q, of %q", doc.Identifier, doc.Account.Identifier)
	}
	filled := strings.NewReplacer("{{mail}}", "alice.example@contoso.com", "{{userprincipalname}}", "alice@contoso.com").Replace(string(data))
	alices, err := ios.Parse([]byte(filled))
	if err != nil {
		t.Fatal(err)
	}
	if alices.UUID != doc.UUID || alices.Identifier != doc.Identifier || alices.Account.User != "alice@contoso.com" || len(alices.Notes) > 0 {
		t.Errorf("filled in: %+v", alices)
	}
	if !strings.Contains(filled, "<string>CN=") && !strings.Contains(filled, "<string>alice.example@contoso.com</string>") {
		t.Error("nothing was filled in")
	}
}

func TestEnrolRefusals(t *testing.T) {
	scep := enrolling(t, "", profiles.Overrides{SCEP: "https://scep.contoso.com/"})
	acme := enrolling(t, "", profiles.Overrides{ACME: "https://acme.contoso.com/directory"})
	both := scep
	both.IOS.ACME = acme.IOS.ACME
	everybody := account(t, "exchange-online", profiles.Overrides{})
	everybody.Email, everybody.User = "{{mail}}", "{{mail}}"
	p12 := alice(t).PKCS12.Raw
	for _, c := range []struct {
		name string
		a    profiles.Account
		o    ios.Options
		want string
	}{
		{"SCEP and an identity", scep, ios.Options{PKCS12: p12}, "an identity is given as well"},
		{"both ways", both, ios.Options{Oldest: 16}, "not by both"},
		{"ACME before iOS 16", acme, ios.Options{Oldest: 15}, "by ACME since version 16, and iOS 15 is to be served"},
		{"ACME, the oldest not said", acme, ios.Options{}, "since version 16"},
		{"one identity for everybody", everybody, ios.Options{PKCS12: p12}, "one person's"},
	} {
		if _, err := ios.New(c.a, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
	if _, err := ios.New(scep, ios.Options{Oldest: preflight.DefaultIOS}); err != nil {
		t.Errorf("SCEP for iOS %d: %v", preflight.DefaultIOS, err)
	}
}

// Requests of other makers are read with Apple's defaults, and what does not fit is
// told.
func TestParseEnrolments(t *testing.T) {
	request := func(kind, content string) string {
		return plist(`<dict><key>PayloadType</key><string>com.apple.security.` + kind + `</string><key>PayloadUUID</key><string>S</string>` + content + `</dict>`)
	}
	withAccount := func(kind, content string) string {
		return strings.Replace(request(kind, content), "</array></dict></plist>",
			eas(`<key>SSL</key><true/><key>UserName</key><string>alice@contoso.com</string><key>EmailAddress</key><string>alice@contoso.com</string><key>PayloadCertificateUUID</key><string>S</string>`)+"</array></dict></plist>", 1)
	}
	scep := func(content string) string {
		return withAccount("scep", `<key>PayloadContent</key><dict><key>URL</key><string>http://a/</string>`+content+`</dict>`)
	}
	for _, c := range []struct{ name, file, note string }{
		{"no settings", withAccount("scep", ""), "PayloadContent: it is missing, not dictionary"},
		{"a number in words", scep(`<key>Keysize</key><string>2048</string>`), "PayloadContent.Keysize: it is string, not integer"},
		{"a subject of one level", scep(`<key>Subject</key><array><string>CN=a</string></array>`), "PayloadContent.Subject: it is string, not array"},
		{"a subject of three words", scep(`<key>Subject</key><array><array><array><string>a</string><string>b</string><string>c</string></array></array></array>`), "not a pair of strings"},
		{"somebody else's name", scep(`<key>SubjectAltName</key><dict><key>rfc822Name</key><array><string>alice@contoso.com</string><string>bob@contoso.com</string></array></dict>`), `rfc822Name "bob@contoso.com"`},
		{"ACME's hardware", withAccount("acme", `<key>HardwareBound</key><integer>1</integer>`), "HardwareBound: it is integer, not boolean"},
		{"nobody signs in with it", request("scep", ""), "no mail account signs in with"},
		{"sound", scep(`<key>SubjectAltName</key><dict><key>ntPrincipalName</key><string>Alice@contoso.com</string></dict>`), ""},
	} {
		doc, err := ios.Parse([]byte(c.file))
		if err != nil {
			t.Fatal(err)
		}
		if !hasNote(doc, c.note) || c.note == "" && len(doc.Notes) > 0 {
			t.Errorf("%s: notes %q, want one with %q", c.name, doc.Notes, c.note)
		}
	}
	doc, err := ios.Parse([]byte(scep("")))
	if err != nil {
		t.Fatal(err)
	}
	want := &profiles.SCEP{URL: "http://a/", KeySize: 1024, Retries: 3, RetryDelay: 10}
	if diff := cmp.Diff(want, doc.Account.IOS.SCEP); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}
