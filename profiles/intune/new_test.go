package intune

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

var updateSet = flag.Bool("update-set", false, "write testdata/set anew")

// setTime is within the validity of the test CAs.
var setTime = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// fixture reads a file of the repository's test data.
func fixture(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../testdata", path))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func authorities(t testing.TB, names ...string) []*certs.Certificate {
	t.Helper()
	var all []*certs.Certificate
	for _, name := range names {
		bundle, err := certs.Read(fixture(t, "certs/"+name+".pem"), certs.Unlock{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, bundle.Certificates...)
	}
	return all
}

// everybodysTemplate is what the sets of the tests have in common.
const everybodysTemplate = `
name: contoso
host: outlook.office365.com
organization: Contoso mail
identifier: com.contoso.mail
account-name: Work mail
email: "{{mail}}"
user: "{{userprincipalname}}"
`

// The two ways to a certificate, as sections of a template.
const (
	byPKCS = "intune: {groups: [Mail users], pkcs: {server: ca01.contoso.com, ca: Contoso Issuing CA, template: IntuneUser}}\n"
	bySCEP = "intune: {groups: [Mail users], scep: {urls: ['https://ndes.contoso.com/certsrv/mscep/mscep.dll']}}\n"
)

// fromTemplate is the options of everybodysTemplate with more lines. Where those put the
// mailbox on another place than Exchange Online, the host is another as well.
func fromTemplate(t testing.TB, lines string) Options {
	t.Helper()
	text := everybodysTemplate + lines
	if strings.Contains(lines, "mailbox:") {
		text = strings.Replace(text, "outlook.office365.com", "mail.contoso.com", 1)
	}
	template, err := profiles.ParseTemplate([]byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, lines)
	}
	account, err := template.Account(nil, profiles.Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	return Options{Account: account, CAs: authorities(t, "root", "issuing"), At: setTime}
}

func mustSet(t testing.TB, o Options) *Set {
	t.Helper()
	set, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func keysOf(s *Set) string {
	var keys []string
	for _, p := range s.Parts {
		if !strings.Contains(p.Key, "-root-") {
			keys = append(keys, p.Key)
		}
	}
	return strings.Join(keys, " ")
}

// What is made follows from the sign-in, the app and the platforms. That Graph takes
// each object New sees to itself.
func TestNewMakes(t *testing.T) {
	const certificateID = "android: {intune-certificate: 1d2e3f40-5162-4738-8495-a6b7c8d9eaf0}\n"
	for _, tt := range []struct {
		name, lines string
		platforms   []string
		want        string
	}{
		{"oauth", "auth: oauth\n", nil,
			"ios-certificate ios-mail ios-outlook work-profile-certificate work-profile-outlook fully-managed-certificate fully-managed-outlook"},
		{"oauth, Gmail", "auth: oauth\nandroid: {app: gmail}\n", nil,
			"ios-certificate ios-mail ios-outlook work-profile-certificate work-profile-gmail fully-managed-certificate fully-managed-gmail"},
		{"oauth by AD FS", "auth: oauth\nissuer: adfs\nandroid: {app: gmail}\n", nil,
			"ios-certificate ios-mail work-profile-certificate work-profile-gmail fully-managed-certificate fully-managed-gmail"},
		{"direct", "auth: direct\n", nil,
			"ios-certificate ios-mail work-profile-certificate work-profile-gmail fully-managed-certificate"},
		{"direct, the id is known", "auth: direct\n" + certificateID, nil,
			"ios-certificate ios-mail work-profile-certificate work-profile-gmail fully-managed-certificate fully-managed-gmail"},
		{"iPhones", "auth: oauth\n", []string{"ios"}, "ios-certificate ios-mail ios-outlook"},
		{"Android", "auth: direct\n", []string{"fully-managed", "work-profile"},
			"work-profile-certificate work-profile-gmail fully-managed-certificate"},
	} {
		for how, section := range map[string]string{"PKCS": byPKCS, "SCEP": bySCEP} {
			t.Run(tt.name+" "+how, func(t *testing.T) {
				o := fromTemplate(t, tt.lines+section)
				o.Account.Intune.Platforms = tt.platforms
				set := mustSet(t, o)
				if got := keysOf(set); got != tt.want {
					t.Errorf("parts\n%s\nwant\n%s", got, tt.want)
				}
				checkSet(t, set)
			})
		}
	}
}

func TestNewForNine(t *testing.T) {
	o := fromTemplate(t, "auth: direct\n"+byPKCS)
	o.Account.Android.App = appNine
	set := mustSet(t, o)
	if got, want := keysOf(set), "ios-certificate ios-mail work-profile-certificate work-profile-nine fully-managed-certificate"; got != want {
		t.Errorf("parts %s, want %s", got, want)
	}
	checkSet(t, set)
}

// checkSet holds a set against what holds for all.
func checkSet(t *testing.T, set *Set) {
	t.Helper()
	seen := map[string]bool{}
	for _, p := range set.Parts {
		kind, ok := KindOf(p.Object.Type())
		mark, marked := MarkOf(p.Object)
		switch {
		case !ok || kind.Retired:
			t.Errorf("%s: the type %s is none to write", p.Key, p.Object.Type())
		case !marked || mark != Mark{set.ID, p.Key}:
			t.Errorf("%s: the mark is %v", p.Key, mark)
		case !strings.HasPrefix(strings.TrimPrefix(p.Object.Name(), "PILOT "), set.Name+" - "), strings.Contains(p.Object.Name(), ","):
			t.Errorf("%s: the name is %q", p.Key, p.Object.Name())
		case (p.App != nil) != (kind.Role == AppConfig):
			t.Errorf("%s: the app is %v", p.Key, p.App)
		case kind.Role == Mail && len(p.Refers) != 1:
			t.Errorf("%s: refers to %v", p.Key, p.Refers)
		}
		for _, r := range p.Refers {
			if !seen[r.To] {
				t.Errorf("%s refers to %s, which does not stand before it", p.Key, r.To)
			}
		}
		seen[p.Key] = true
		sentences(t, p.Key, p.Notes)
	}
	sentences(t, "the set", set.Notes)
}

func sentences(t *testing.T, whose string, notes []string) {
	t.Helper()
	for _, note := range notes {
		if !strings.HasSuffix(note, ".") || strings.ToUpper(note[:1]) != note[:1] {
			t.Errorf("%s: %q is no sentence", whose, note)
		}
	}
}

// The sets that people get by default, to the letter. Run with -update-set to write
// them anew.
func TestNewAgainstGolden(t *testing.T) {
	for name, lines := range map[string]string{
		"oauth-pkcs.json":  "auth: oauth\n" + byPKCS,
		"direct-scep.json": "auth: direct\nmailbox: exchange-server\nsync-days: 31\nservices: {sync: [mail, calendars], lock: [mail, contacts, calendars, reminders, notes]}\n" + bySCEP,
	} {
		o := fromTemplate(t, lines)
		got := setJSON(t, mustSet(t, o))
		if again := setJSON(t, mustSet(t, o)); !bytes.Equal(got, again) {
			t.Errorf("%s: made twice it is not the same", name)
		}
		path := filepath.Join("testdata/set", name)
		if *updateSet {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// setJSON writes a set with payloads decoded, so that people can read it.
func setJSON(t *testing.T, set *Set) []byte {
	t.Helper()
	for _, p := range set.Parts {
		if text := p.Object.Text("payloadJson"); text != "" {
			payload, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			p.Object["payloadJson"] = string(payload)
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(set); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What a property becomes, by what the template says.
func TestNewProperties(t *testing.T) {
	for _, tt := range []struct{ lines, key, property, want string }{
		{"auth: oauth\n" + byPKCS, "ios-mail", "useOAuth", "true"},
		{"auth: oauth\n" + byPKCS, "ios-mail", "authenticationMethod", "certificate"},
		{"auth: direct\n" + byPKCS, "ios-mail", "useOAuth", "false"},
		{byPKCS, "ios-mail", "usernameAADSource", "userPrincipalName"},
		{byPKCS, "ios-mail", "emailAddressSource", "primarySmtpAddress"},
		{byPKCS, "ios-mail", "accountName", "Work mail"},
		{byPKCS, "ios-mail", "durationOfEmailToSync", "oneWeek"},
		{"sync-days: 0\n" + byPKCS, "ios-mail", "durationOfEmailToSync", "unlimited"},
		{byPKCS, "ios-mail", "easServices", "calendars,contacts,email,notes,reminders"},
		{byPKCS, "ios-mail", "easServicesUserOverrideEnabled", "true"},
		{"services: {sync: [mail, notes], lock: [mail]}\n" + byPKCS, "ios-mail", "easServices", "email,notes"},
		{"services: {sync: [mail, notes], lock: [mail]}\n" + byPKCS, "ios-mail", "easServicesUserOverrideEnabled", "false"},
		{"ios: {prevent-move: true}\n" + byPKCS, "ios-mail", "blockMovingMessagesToOtherEmailAccounts", "true"},
		{"ios: {prevent-app-sheet: true}\n" + byPKCS, "ios-mail", "blockSendingEmailFromThirdPartyApps", "true"},
		{"ios: {disable-recents-syncing: true}\n" + byPKCS, "ios-mail", "blockSyncingRecentlyUsedEmailAddresses", "true"},
		{byPKCS, "ios-certificate", "certificationAuthorityName", "Contoso Issuing CA"},
		{byPKCS, "ios-certificate", "subjectNameFormatString", "CN={{UserPrincipalName}}"},
		{byPKCS, "fully-managed-certificate", "certificationAuthorityType", "microsoft"},
		{byPKCS, "ios-certificate", "certificationAuthorityType", "<nil>"},
		{byPKCS, "ios-certificate", "extendedKeyUsages", "<nil>"},
		{bySCEP, "ios-certificate", "hashAlgorithm", "<nil>"},
		{bySCEP, "work-profile-certificate", "hashAlgorithm", "sha2"},
		{bySCEP, "ios-certificate", "keySize", "size2048"},
		{bySCEP, "ios-certificate", "extendedKeyUsages", "[map[name:Client Authentication objectIdentifier:1.3.6.1.5.5.7.3.2]]"},
		{"auth: oauth\n" + bySCEP, "fully-managed-certificate", "certificateAccessType", "userApproval"},
		{"auth: direct\n" + bySCEP, "fully-managed-certificate", "certificateAccessType", "specificApps"},
		{"auth: direct\n" + bySCEP, "fully-managed-certificate", "silentCertificateAccessDetails", "[map[packageId:com.google.android.gm]]"},
		{"auth: oauth\n" + byPKCS, "work-profile-outlook", "profileApplicability", "androidWorkProfile"},
		{"auth: oauth\n" + byPKCS, "fully-managed-outlook", "profileApplicability", "androidDeviceOwner"},
		{"auth: oauth\n" + byPKCS, "fully-managed-outlook", "targetedMobileApps", "<nil>"},
	} {
		part, ok := mustSet(t, fromTemplate(t, tt.lines)).Part(tt.key)
		if got := fmt.Sprint(part.Object[tt.property]); !ok || got != tt.want {
			t.Errorf("%s%s: %s is %s, want %s", tt.lines, tt.key, tt.property, got, tt.want)
		}
	}
}

// DOMAIN\user is two properties on iOS, and none in the work profile.
func TestNewForSAMAccountNames(t *testing.T) {
	o := fromTemplate(t, "auth: direct\nmailbox: exchange-server\n"+bySCEP)
	o.Account.User = `CONTOSO\{{OnPremisesSamAccountName}}`
	var no *RefusedError
	if _, err := New(o); !errors.As(err, &no) || !strings.Contains(no.Reason, "has no domain") {
		t.Errorf("with the work profile: %v", err)
	}
	o.Account.Intune.Platforms = []string{"ios"}
	part, _ := mustSet(t, o).Part("ios-mail")
	for property, want := range map[string]string{"usernameAADSource": "samAccountName", "usernameSource": "userPrincipalName", "customDomainName": "CONTOSO"} {
		if got := part.Object.Text(property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
}

// Only on premises the SID is asked for, and only SCEP asks in the SAN.
func TestNewAsksForTheSID(t *testing.T) {
	for lines, want := range map[string]bool{
		bySCEP: false,
		"auth: direct\nmailbox: exchange-server\n" + bySCEP: true,
		"auth: direct\nmailbox: exchange-server\n" + byPKCS: false,
		"auth: direct\nmailbox: unknown\n" + bySCEP:         false,
	} {
		part, _ := mustSet(t, fromTemplate(t, lines)).Part("ios-certificate")
		if got := strings.Contains(fmt.Sprint(part.Object["customSubjectAlternativeNames"]), sidVariable); got != want {
			t.Errorf("%s: the SID is asked for: %v", lines, got)
		}
	}
}

// Certificate profiles refer to the root wherever it stands among the CAs, and without one
// to the CA above the others.
func TestNewRefersToTheRoot(t *testing.T) {
	root := authorities(t, "root")[0]
	for _, tt := range []struct {
		cas  []string
		want *certs.Certificate
		note string
	}{
		{[]string{"root", "issuing"}, root, ""},
		{[]string{"issuing", "root", "root"}, root, ""},
		{[]string{"issuing"}, authorities(t, "issuing")[0], "None of the CAs given is a root"},
		{[]string{"issuing", "root-cross-signed"}, authorities(t, "root-cross-signed")[0], "None of the CAs given is a root"},
		{[]string{"fabrikam-root", "root", "issuing"}, root, "Several roots are given"},
		{[]string{"root-lab"}, authorities(t, "root-lab")[0], "must never get into a real tenant"},
	} {
		o := fromTemplate(t, bySCEP)
		o.CAs, o.At = authorities(t, tt.cas...), time.Time{}
		set := mustSet(t, o)
		slices.Reverse(o.CAs)
		if diff := cmp.Diff(set, mustSet(t, o)); diff != "" {
			t.Errorf("%v: in another order (-want +got):\n%s", tt.cas, diff)
		}
		part, _ := set.Part("ios-certificate")
		if want := []Reference{{"rootCertificate", rootKey(IOS, tt.want)}}; !cmp.Equal(part.Refers, want) {
			t.Errorf("%v: refers to %v, want %v", tt.cas, part.Refers, want)
		}
		if !strings.Contains(strings.Join(set.Notes, "\n"), tt.note) {
			t.Errorf("%v: the notes lack %q", tt.cas, tt.note)
		}
		anchor, _ := set.Part(part.Refers[0].To)
		if der, err := base64.StdEncoding.DecodeString(anchor.Object.Text("trustedRootCertificate")); err != nil || !bytes.Equal(der, tt.want.Raw) {
			t.Errorf("%v: what is referred to holds another certificate (%v)", tt.cas, err)
		}
		checkSet(t, set)
	}
}

// What there can be no set of, with what to do.
func TestNewRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, lines string
		change      func(*Options)
		want        string
	}{
		{"no way to a certificate", "", nil, "nothing says how phones get their certificates"},
		{"two ways", strings.TrimSuffix(byPKCS, "}\n") + ", scep: {urls: ['https://ndes.contoso.com/']}}\n", nil, "are both there"},
		{"one user's", byPKCS, func(o *Options) { o.Account.Email = "alice@contoso.com" }, `the address "alice@contoso.com" is one user's`},
		{"one user's name", byPKCS, func(o *Options) { o.Account.User = "alice@contoso.com" }, "the user name"},
		{"an address of parts", byPKCS, func(o *Options) { o.Account.Email = "{{partialupn}}@contoso.com" }, "takes the address from the directory"},
		{"a user of parts", byPKCS, func(o *Options) { o.Account.User = "{{partialupn}}@contoso.com" }, "takes the user name from the directory"},
		{"no CA", byPKCS, func(o *Options) { o.CAs = nil }, "there is no CA certificate"},
		{"a user's certificate", byPKCS, func(o *Options) { o.CAs = authorities(t, "good") }, "is not a CA's certificate"},
		{"an expired CA", byPKCS, func(o *Options) { o.CAs = authorities(t, "issuing-expired") }, "has expired"},
		{"a CA of tomorrow", byPKCS, func(o *Options) { o.CAs = authorities(t, "issuing-not-yet-valid") }, "is valid only from"},
		{"no root, and nothing above", byPKCS, func(o *Options) { o.CAs = authorities(t, "issuing", "issuing-renewed") }, "not one of them signed the others"},
		{"a cloud", byPKCS, func(o *Options) { o.Account.Cloud = "moon" }, `the cloud "moon"`},
		{"a window", byPKCS, func(o *Options) { o.Account.SyncDays = 5 }, "5 is not one of"},
		{"no service", byPKCS, func(o *Options) { o.Account.Services = profiles.Services{} }, "21009"},
		{"a name", byPKCS, func(o *Options) { o.Account.Intune.Name = "a,b" }, "intune.name"},
		{"a platform", byPKCS, func(o *Options) { o.Account.Intune.Platforms = []string{"android"} }, "intune.platforms"},
		{"an app's token", byPKCS, func(o *Options) { o.Account.Intune.Subject = "CN={{mail}}" }, `did you mean "{{EmailAddress}}"?`},
		{"an identifier", byPKCS, func(o *Options) { o.Account.Identifier = "Contoso mail" }, "cannot mark objects"},
		{"Outlook, direct", "auth: direct\nandroid: {app: outlook}\n" + byPKCS, nil, "Outlook has no key for a certificate"},
		{"Outlook, AD FS", "auth: oauth\nissuer: adfs\n" + byPKCS, nil, "its tokens come from AD FS"},
	} {
		o := fromTemplate(t, tt.lines)
		if tt.change != nil {
			tt.change(&o)
		}
		if set, err := New(o); err == nil || set != nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// One profile without a key takes the place of two objects on iPhones.
func TestNewOfAKeyLessProfile(t *testing.T) {
	o := fromTemplate(t, "auth: oauth\n")
	o.Account.Intune.Platforms = []string{"ios"} // so that nothing needs PKCS or SCEP
	o.KeyLess = fixture(t, "profiles/intune-tokens.mobileconfig")
	set := mustSet(t, o)
	if got, want := keysOf(set), "ios-custom ios-outlook"; got != want {
		t.Errorf("parts %s, want %s", got, want)
	}
	checkSet(t, set)
	for file, want := range map[string]string{
		"intune-pilot": "private key", "intune-bom": "byte order mark", "signed-for-intune": "it is signed",
		"binary-intune": "binary property list", "intune-broken": "", "intune-challenge": "one user's", "tokens-case": "",
	} {
		o.KeyLess = fixture(t, "profiles/"+file+".mobileconfig")
		var no *RefusedError
		if _, err := New(o); !errors.As(err, &no) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
}

// Each key of the template's section is seen in some object or in the set.
func TestNewUsesEveryOption(t *testing.T) {
	base := mustSet(t, fromTemplate(t, bySCEP))
	section := strings.TrimSuffix(bySCEP, "}}\n")
	for key, lines := range map[string]string{
		"name": section + "}, name: Other}\n", "groups": strings.Replace(bySCEP, "Mail users", "Others", 1),
		"platforms": section + "}, platforms: [ios]}\n", "pkcs": byPKCS, "scep.key-size": section + ", key-size: 4096}}\n",
		"scep.hash": section + ", hash: sha1}}\n", "subject": section + "}, subject: 'CN={{UserName}}'}\n",
		"validity-days": section + "}, validity-days: 90}\n", "renew-at-percent": section + "}, renew-at-percent: 50}\n",
		"scep.urls": strings.Replace(bySCEP, "ndes.", "ndes2.", 1),
	} {
		if cmp.Equal(base, mustSet(t, fromTemplate(t, lines))) {
			t.Errorf("%s changes nothing", key)
		}
	}
}

// Every option of the sections ios and android is seen in the objects or in a note. One
// that is new has to join the tables here.
func TestEveryOptionIsSetOrNoted(t *testing.T) {
	for _, section := range []struct {
		name, auth string
		values     map[string]string
	}{
		{"ios", "oauth", iosValues}, {"android", "oauth", androidValues}, {"android", "direct", androidValues},
	} {
		base := mustSet(t, fromTemplate(t, "auth: "+section.auth+"\n"+byPKCS))
		for _, key := range sectionKeys(t, section.name) {
			value, ok := section.values[key]
			if !ok {
				t.Errorf("%s.%s: nobody knows what becomes of it: give it a value in the table", section.name, key)
				continue
			}
			if key == "app" && section.auth == "direct" {
				continue // there is one only
			}
			lines := fmt.Sprintf("auth: %s\n%s: {%s: %s}\n", section.auth, section.name, key, value)
			if cmp.Equal(base, mustSet(t, fromTemplate(t, lines+byPKCS))) {
				t.Errorf("%s.%s with auth %s is neither in an object nor in a note", section.name, key, section.auth)
			}
		}
	}
}

var iosValues = map[string]string{
	"prevent-move": "true", "prevent-app-sheet": "true", "allow-mail-drop": "true", "disable-recents-syncing": "true",
	"override-previous-password": "true", "smime-signing": "true", "smime-encrypt-by-default": "true", "smime-per-message-switch": "true",
	"vpn-uuid": "2C1DC3C2-6E73-4B5C-8E0C-0B0F7B0C5A11", "oauth-sign-in-url": "'https://a.contoso.com/'", "oauth-token-request-url": "'https://a.contoso.com/'",
	"audio-call-app": "com.contoso.phone", "removal-date": "2027-12-31", "remove-after-days": "30", "expires": "2027-12-31",
	"removal-disallowed": "true", "consent": "{default: text}",
	"scep": "{url: 'https://a.contoso.com/'}", "acme": "{url: 'https://a.contoso.com/', client-identifier: '{{serialnumber}}'}",
}

var androidValues = map[string]string{
	"app": "gmail", "signature": "text", "device-id": "A1B2", "block-unmanaged-accounts": "true",
	"allowed-accounts": "[team@contoso.com], block-unmanaged-accounts: true",
	"focused-inbox":    "true", "save-contacts": "true", "sync-calendars": "true", "block-external-images": "true", "external-recipients-tip": "true",
	"default-signature": "true", "suggested-replies": "true", "text-predictions": "true", "office-feed": "true", "organize-by-thread": "true",
	"play-my-emails": "true", "themes": "true", "smime": "true", "smime-sign-all": "true", "smime-encrypt-all": "true",
	"smime-certs-from-intune": "true", "smime-ldap-host": "ldap.contoso.com", "lock": "[smime]",
	"intune-certificate": "1d2e3f40-5162-4738-8495-a6b7c8d9eaf0",
}

// Both of Gmail's ways would contradict each other on one phone.
func TestNewNeverConfiguresGmailTwice(t *testing.T) {
	set := mustSet(t, fromTemplate(t, "auth: direct\nandroid: {intune-certificate: 1d2e3f40-5162-4738-8495-a6b7c8d9eaf0}\n"+byPKCS))
	applies := slices.ContainsFunc(set.Parts, func(p Part) bool { return p.Object.Text("profileApplicability") == "androidWorkProfile" })
	if _, mail := set.Part("work-profile-gmail"); !mail || applies {
		t.Errorf("the work profile has a mail profile: %v; an app configuration: %v", mail, applies)
	}
}

// What a name must not have, for the tools that read folders, never gets into one.
func TestNamesAreForFolders(t *testing.T) {
	for _, r := range nameBreakers + fileBreakers {
		if got := profiles.IntuneName("a" + string(r) + "b"); got != "a b" {
			t.Errorf("%q stays in %q", r, got)
		}
	}
	o := fromTemplate(t, byPKCS)
	o.Account.Organization = "Smith & Sons, \"Mail\" / 50% #1."
	if got, want := mustSet(t, o).Name, "Smith Sons Mail 50 1"; got != want {
		t.Errorf("the name is %q, want %q", got, want)
	}
}

// What an authority is stands in its object's name, unless its own name says it.
func TestNamesOfAuthorities(t *testing.T) {
	issuing := authorities(t, "issuing")[0]
	for name, want := range map[string]string{
		"Contoso Issuing CA": "Contoso Issuing CA", "Contoso-Root": "Contoso-Root", "ca01": "issuing CA ca01",
		"Contoso Certification": "issuing CA Contoso Certification", "Roots of Contoso": "issuing CA Roots of Contoso", "contoso ca": "contoso ca",
	} {
		if got := saidAs(issuing, name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
	if got := saidAs(authorities(t, "root")[0], "Contoso"); got != "root CA Contoso" {
		t.Errorf("a root becomes %q", got)
	}
}

// A name that people would not know the objects by is told of.
func TestNewTellsOfAMakeshiftName(t *testing.T) {
	for organization, want := range map[string]bool{"Contoso": false, "": true} {
		o := fromTemplate(t, byPKCS)
		o.Account.Organization, o.Account.Name = organization, ""
		set := mustSet(t, o)
		if got := strings.Contains(strings.Join(set.Notes, " "), "begin with the identifier, com.contoso.mail:"); got != want {
			t.Errorf("organization %q, named %q: told of it %v", organization, set.Name, got)
		}
	}
}

// Consent to Apple's app is a matter of Entra ID.
func TestConsentIsForEntra(t *testing.T) {
	for issuer, want := range map[string]bool{"issuer: entra\n": true, "issuer: adfs\nandroid: {app: gmail}\n": false} {
		part, _ := mustSet(t, fromTemplate(t, "auth: oauth\n"+issuer+byPKCS)).Part(keyMail)
		if got := strings.Contains(strings.Join(part.Notes, " "), "iOS Accounts"); got != want {
			t.Errorf("%s: consent is told of: %v", issuer, got)
		}
	}
}

// What the README says of Graph is true in every cloud.
func TestREADMEOfAnotherCloud(t *testing.T) {
	o := fromTemplate(t, byPKCS)
	o.Account.Cloud = preflight.China
	set := mustSet(t, o)
	text := string(folderOf(t, set)[ReadmeFile].Data)
	if strings.Contains(text, "graph.microsoft.com") || !strings.Contains(text, "https://microsoftgraph.chinacloudapi.cn/beta/deviceManagement") {
		t.Errorf("the README says\n%s", text)
	}
}

// What is made can be written as a folder, and read back.
func TestNewGoesThroughAFolder(t *testing.T) {
	o := fromTemplate(t, byPKCS)
	o.Pilots = []Pilot{{Profile: fixture(t, "profiles/intune-pilot.mobileconfig")}}
	set := mustSet(t, o)
	again, err := ReadDir(folderOf(t, set))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(set, again); diff != "" {
		t.Errorf("(-made +read):\n%s", diff)
	}
}
