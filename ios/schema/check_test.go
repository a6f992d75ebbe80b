package schema

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// parse reads the entries of a dictionary as they stand in a profile.
func parse(t testing.TB, entries string) *plist.Node {
	t.Helper()
	file, err := plist.Parse([]byte("<plist version=\"1.0\">\n<dict>\n" + entries + "\n</dict>\n</plist>"))
	if err != nil {
		t.Fatal(err)
	}
	return file.Root
}

// entry writes one key: entry("Host", "string", "mail.contoso.com").
func entry(key, kind, value string) string {
	switch kind {
	case "true", "false":
		return "<key>" + key + "</key><" + kind + "/>"
	}
	return "<key>" + key + "</key><" + kind + ">" + value + "</" + kind + ">"
}

func entries(all ...string) string { return strings.Join(all, "\n") }

const uuid = "6F917C5A-F3DB-5083-9043-2972313B68F4"

// without leaves the entry of one key out.
func without(all []string, key string) string {
	var kept []string
	for _, e := range all {
		if !strings.HasPrefix(e, "<key>"+key+"</key>") {
			kept = append(kept, e)
		}
	}
	return entries(kept...)
}

func head(payloadType string) []string {
	return []string{
		entry("PayloadType", "string", payloadType), entry("PayloadVersion", "integer", "1"),
		entry("PayloadIdentifier", "string", "com.contoso.a"), entry("PayloadUUID", "string", uuid),
	}
}

func topHead() []string { return append(head("Configuration"), entry("PayloadContent", "array", "")) }

func mail(more ...string) string { return entries(append(head("com.apple.eas.account"), more...)...) }

func pkcs(more ...string) string {
	return entries(append(append(head("com.apple.security.pkcs12"), entry("PayloadContent", "data", "AAAA")), more...)...)
}

func scepPayload(content ...string) string {
	content = append(content, entry("URL", "string", "https://scep.contoso.com"))
	return entries(append(head("com.apple.security.scep"), entry("PayloadContent", "dict", entries(content...)))...)
}

// order is an ACME payload for a key.
func order(kind, size, hardware string, more ...string) string {
	return entries(append(head("com.apple.security.acme"), append(more,
		entry("DirectoryURL", "string", "https://acme.contoso.com/directory"), entry("ClientIdentifier", "string", "phone-1"),
		entry("KeyType", "string", kind), entry("KeySize", "integer", size), entry("HardwareBound", hardware, ""),
		entry("Subject", "array", "<array><array><string>CN</string><string>alice</string></array></array>"))...)...)
}

// A judged is a dictionary and what is said of it: "" where there is no issue.
type judged struct {
	name, entries string
	ios           int // 15 where it is not given
	strict        bool
	word, path    string
	severity      preflight.Status // fail where it is not given
	says          string           // in the message
	code          string           // the first one; "" for none
}

func (j judged) check(t *testing.T, issues []Issue) {
	t.Helper()
	if j.word == "" {
		if len(issues) > 0 {
			t.Errorf("got %s: %s", issues[0].Word, issues[0].Message)
		}
		return
	}
	if len(issues) != 1 {
		t.Fatalf("got %d issues, want one: %+v", len(issues), issues)
	}
	i := issues[0]
	want := j.severity
	if want == "" {
		want = preflight.StatusFail
	}
	if i.Word != j.word || i.Path != j.path || i.Severity != want {
		t.Errorf("got %s of %s at %q, want %s of %s at %q: %s", i.Severity, i.Word, i.Path, want, j.word, j.path, i.Message)
	}
	if !strings.Contains(i.Message, j.says) {
		t.Errorf("message %q lacks %q", i.Message, j.says)
	}
	if code := strings.Join(i.Codes, " "); !strings.HasPrefix(code, j.code) || j.code == "" && code != "" {
		t.Errorf("codes %q, want %q", code, j.code)
	}
	if i.At.Line == 0 || i.Fix == "" || i.Source == "" || i.Basis == "" {
		t.Errorf("incomplete: %+v", i)
	}
}

func (j judged) version() int {
	if j.ios == 0 {
		return 15
	}
	return j.ios
}

const (
	warns       = preflight.StatusWarn
	noVersion   = -1
	longAgo     = 10 // before OAuth, the services and most S/MIME keys
	secretValue = "correct-horse"
)

func TestCheckTop(t *testing.T) {
	with := func(more ...string) string { return entries(append(topHead(), more...)...) }
	for _, test := range []judged{
		{name: "the keys that are required", entries: with()},
		{name: "a string for the version", entries: without(topHead(), "PayloadVersion") + entry("PayloadVersion", "string", "1"), word: WordType, path: "PayloadVersion", says: `PayloadVersion is the string "1", not an integer`, code: "ios-1003"},
		{name: "another version", entries: without(topHead(), "PayloadVersion") + entry("PayloadVersion", "integer", "2"), word: WordValue, severity: warns, path: "PayloadVersion", says: "PayloadVersion is the integer 2, not 1", code: "ios-1001"},
		{name: "no version", entries: without(topHead(), "PayloadVersion"), word: WordMissing, path: "PayloadVersion", says: "PayloadVersion is missing", code: "ios-1002"},
		{name: "no content", entries: without(topHead(), "PayloadContent"), word: WordMissing, path: "PayloadContent", code: "ios-1002"},
		{name: "encrypted content in its place", entries: without(topHead(), "PayloadContent") + entry("IsEncrypted", "true", "") + entry("EncryptedPayloadContent", "data", "AAAA")},
		{name: "an empty UUID", entries: without(topHead(), "PayloadUUID") + entry("PayloadUUID", "string", ""), word: WordMissing, path: "PayloadUUID", severity: warns, says: "is empty", code: "ios-1002"},
		{name: "a UUID without the form of one, which phones do not check", entries: without(topHead(), "PayloadUUID") + entry("PayloadUUID", "string", "one")},
		{name: "another type", entries: without(topHead(), "PayloadType") + entry("PayloadType", "string", "Profile Service"), word: WordValue, severity: warns, path: "PayloadType", says: `is the string "Profile Service", not Configuration`, code: "ios-1016"},
		{name: "an empty type", entries: without(topHead(), "PayloadType") + entry("PayloadType", "string", ""), word: WordValue, path: "PayloadType", code: "ios-1016"},
		{name: "a device of the list", entries: with(entry("TargetDeviceType", "integer", "6"))},
		{name: "a device beyond the list", entries: with(entry("TargetDeviceType", "integer", "8")), word: WordValue, path: "TargetDeviceType", says: "malformed", code: "ios-1000"},
		{name: "a device before its version", entries: with(entry("TargetDeviceType", "integer", "1")), ios: 12, word: WordTooNew, path: "TargetDeviceType", severity: warns, says: "since iOS 12.2: iOS 12.0"},
		{name: "any device is what older phones take", entries: with(entry("TargetDeviceType", "integer", "0")), ios: 12},
		{name: "no version known", entries: with(entry("TargetDeviceType", "integer", "1")), ios: noVersion},
		{name: "a scope of the list", entries: with(entry("PayloadScope", "string", "User"))},
		{name: "a scope beyond the list", entries: with(entry("PayloadScope", "string", "Computer")), word: WordValue, path: "PayloadScope", says: "one of System, User", code: "ios-1010"},
		{name: "a date", entries: with(entry("RemovalDate", "date", "2027-12-31T00:00:00Z"))},
		{name: "a date as a string", entries: with(entry("RemovalDate", "string", "2027-12-31")), word: WordType, path: "RemovalDate", says: "not a date", code: "ios-1003"},
		{name: "seconds as a real", entries: with(entry("DurationUntilRemoval", "real", "3600.5"))},
		{name: "seconds as an integer", entries: with(entry("DurationUntilRemoval", "integer", "3600")), word: WordType, path: "DurationUntilRemoval", severity: warns, says: "the integer 3600, not a real"},
		{name: "a description in lines", entries: with(entry("PayloadDescription", "array", "<string>a</string><string>b</string>"))},
		{name: "a description of numbers", entries: with(entry("PayloadDescription", "array", "<integer>1</integer>")), word: WordType, path: "PayloadDescription[0]", code: "ios-1003"},
		{name: "consent", entries: with(entry("ConsentText", "dict", entry("default", "string", "Yes?")))},
		{name: "consent that is no text", entries: with(entry("ConsentText", "dict", entry("de", "true", ""))), word: WordType, path: "ConsentText.de", says: "the boolean true", code: "ios-1003"},
		{name: "removal disallowed", entries: with(entry("PayloadRemovalDisallowed", "true", "")), word: WordSupervised, path: "PayloadRemovalDisallowed", severity: warns},
		{name: "removal allowed", entries: with(entry("PayloadRemovalDisallowed", "false", ""))},
		{name: "keys of 18.1", entries: with(entry("IsEncrypted", "false", ""), entry("HasRemovalPasscode", "true", "")), ios: 18},
		{name: "a key that left", entries: with(entry("HasRemovalPasscode", "true", "")), ios: 26, word: WordRemoved, path: "HasRemovalPasscode", severity: warns, says: "iOS 26.0"},
		{name: "a foreign key", entries: with(entry("Colour", "string", "red")), word: WordUnknown, path: "Colour", severity: warns, says: "of the top level"},
		{name: "a slip of the pen", entries: with(entry("PayloadOrganisation", "string", "Contoso")), word: WordMisspelt, path: "PayloadOrganisation", severity: warns, says: "did you mean PayloadOrganization?"},
		{name: "what is in payloads is not judged", entries: without(topHead(), "PayloadContent") + entry("PayloadContent", "array", "<dict/><string>x</string>")},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.check(t, CheckTop(parse(t, test.entries), test.version()))
		})
	}
}

func TestCheckPayload(t *testing.T) {
	for _, test := range []judged{
		{name: "a mail account", entries: mail(entry("Host", "string", "mail.contoso.com"), entry("SSL", "true", ""))},
		{name: "no version", entries: without(head("com.apple.eas.account"), "PayloadVersion"), word: WordMissing, path: "PayloadVersion", code: "ios-2002"},
		{name: "another version", entries: without(head("com.apple.eas.account"), "PayloadVersion") + entry("PayloadVersion", "integer", "2"), word: WordValue, path: "PayloadVersion", code: "ios-2001"},
		{name: "an empty identifier", entries: without(head("com.apple.eas.account"), "PayloadIdentifier") + entry("PayloadIdentifier", "string", ""), word: WordMissing, path: "PayloadIdentifier", severity: warns, code: "ios-2002"},
		{name: "no type", entries: without(head(""), "PayloadType"), word: WordMissing, path: "PayloadType", code: "ios-2002"},
		{name: "an integer for a boolean", entries: mail(entry("SSL", "integer", "1")), word: WordType, path: "SSL", says: "SSL is the integer 1, not a boolean", code: "ios-2003"},
		{name: "an empty string that is optional", entries: mail(entry("Host", "string", ""), entry("PayloadCertificateUUID", "string", ""))},
		{name: "an empty string, strictly", entries: mail(entry("PayloadCertificateUUID", "string", "")), strict: true, word: WordValue, path: "PayloadCertificateUUID", code: "ios-2004"},
		{name: "a description in lines", entries: mail(entry("PayloadDescription", "array", "<string>a</string>"))},
		{name: "a description in lines, strictly", entries: mail(entry("PayloadDescription", "array", "<string>a</string>")), strict: true, word: WordType, path: "PayloadDescription", says: "is an array, not a string", code: "ios-2003"},
		{name: "a reference", entries: mail(entry("PayloadCertificateUUID", "string", uuid))},
		{name: "a reference that is none", entries: mail(entry("PayloadCertificateUUID", "string", "{"+uuid+"}")), word: WordValue, path: "PayloadCertificateUUID", says: "not a UUID", code: "ios-2004"},
		{name: "days of the list", entries: mail(entry("MailNumberOfPastDaysToSync", "integer", "31"))},
		{name: "days beyond the list", entries: mail(entry("MailNumberOfPastDaysToSync", "integer", "365")), word: WordValue, path: "MailNumberOfPastDaysToSync", severity: warns, says: "is the integer 365, not one of 0, 1, 3, 7, 14, 31; what phones do with it is not known"},
		{name: "days beyond the list, strictly", entries: mail(entry("MailNumberOfPastDaysToSync", "integer", "365")), strict: true, word: WordValue, path: "MailNumberOfPastDaysToSync"},
		{name: "an address for OAuth", entries: mail(entry("OAuthSignInURL", "string", "https://login.contoso.com/a"))},
		{name: "an address that is none", entries: mail(entry("OAuthSignInURL", "string", "https://login contoso.com:x")), word: WordValue, path: "OAuthSignInURL", severity: warns, code: "ios-2004"},
		{name: "an app for calls", entries: mail(entry("CommunicationServiceRules", "dict", entry("DefaultServiceHandlers", "dict", entry("AudioCall", "string", "com.contoso.phone"))))},
		{name: "an unknown key within", entries: mail(entry("CommunicationServiceRules", "dict", entry("Video", "dict", ""))), word: WordUnknown, path: "CommunicationServiceRules.Video", severity: warns},
		{name: "a key of no account", entries: mail(entry("Domain", "string", "CONTOSO")), word: WordUnknown, path: "Domain", severity: warns, says: "of com.apple.eas.account: phones pass over it"},
		{name: "capitals", entries: mail(entry("Ssl", "true", "")), word: WordMisspelt, path: "Ssl", severity: warns, says: "did you mean SSL?"},
		{name: "a letter too few", entries: mail(entry("EmailAdress", "string", "a@contoso.com")), word: WordMisspelt, path: "EmailAdress", severity: warns, says: "did you mean EmailAddress?"},
		{name: "near a key that is there", entries: mail(entry("Host", "string", "a"), entry("Hosts", "string", "b")), word: WordUnknown, path: "Hosts", severity: warns},
		{name: "a key that phones were seen to read", entries: mail(entry("SyncDefaultFoldersOnly", "true", "")), word: WordUnknown, path: "SyncDefaultFoldersOnly", severity: warns, says: "seen to read it"},
		{name: "deprecated", entries: mail(entry("SMIMEEnabled", "true", "")), word: WordDeprecated, path: "SMIMEEnabled", severity: warns, says: "since iOS 10.0"},
		{name: "before it was deprecated", entries: mail(entry("SMIMEEnabled", "true", "")), ios: 9},
		{name: "too new", entries: mail(entry("OAuth", "true", "")), ios: longAgo, word: WordTooNew, path: "OAuth", severity: warns, says: "since iOS 12.0"},
		{name: "too new, and what old phones do", entries: mail(entry("OAuth", "false", ""), entry("EnableMail", "true", ""), entry("EnableNotesUserOverridable", "true", "")), ios: longAgo},
		{name: "too new by a minor version", entries: mail(entry("SMIMESigningEnabled", "true", "")), ios: longAgo, word: WordTooNew, path: "SMIMESigningEnabled", severity: warns, says: "since iOS 10.3: iOS 10.0"},
		{name: "one service", entries: mail(entry("EnableMail", "true", ""), entry("EnableContacts", "false", ""), entry("EnableCalendars", "false", ""), entry("EnableReminders", "false", ""), entry("EnableNotes", "false", ""))},
		{name: "four switched off, the fifth by default on", entries: mail(entry("EnableMail", "false", ""), entry("EnableContacts", "false", ""), entry("EnableCalendars", "false", ""), entry("EnableReminders", "false", ""))},
		{name: "no service", entries: mail(entry("EnableMail", "false", ""), entry("EnableContacts", "false", ""), entry("EnableCalendars", "false", ""), entry("EnableReminders", "false", ""), entry("EnableNotes", "false", "")), word: WordNoServices, path: "EnableMail", code: "ios-21009"},
		{name: "a certificate", entries: mail(entry("Certificate", "data", "AAAA"))},
		{name: "a certificate beside a reference", entries: mail(entry("Certificate", "data", "AAAA"), entry("PayloadCertificateUUID", "string", uuid)), word: WordExcluded, path: "Certificate", severity: warns},
		{name: "a password", entries: mail(entry("Password", "string", secretValue), entry("OAuth", "false", ""))},
		{name: "a password with OAuth", entries: mail(entry("Password", "string", secretValue), entry("OAuth", "true", "")), word: WordExcluded, path: "Password"},
		{name: "an empty password with OAuth", entries: mail(entry("Password", "string", ""), entry("OAuth", "true", ""))},

		{name: "an identity", entries: pkcs(entry("Password", "string", secretValue))},
		{name: "an identity as a string", entries: entries(append(head("com.apple.security.pkcs12"), entry("PayloadContent", "string", secretValue))...), word: WordType, path: "PayloadContent", says: "is a string, not data", code: "ios-2003"},
		{name: "an identity without content", entries: entries(head("com.apple.security.pkcs12")...), word: WordMissing, path: "PayloadContent", says: "PayloadContent is missing", code: "ios-2002"},
		{name: "a key of macOS", entries: pkcs(entry("KeyIsExtractable", "false", "")), word: WordNotIOS, path: "KeyIsExtractable", severity: warns},
		{name: "a certificate as PEM", entries: entries(append(head("com.apple.security.pem"), entry("PayloadContent", "data", "AAAA"))...)},

		{name: "SCEP", entries: scepPayload(entry("Keysize", "integer", "2048"), entry("Key Type", "string", "RSA"), entry("Key Usage", "integer", "5"))},
		{name: "SCEP without an address", entries: entries(append(head("com.apple.security.scep"), entry("PayloadContent", "dict", ""))...), word: WordMissing, path: "PayloadContent.URL", says: "PayloadContent.URL is missing", code: "ios-2002"},
		{name: "the space of a key left out", entries: scepPayload(entry("KeyType", "string", "RSA")), word: WordMisspelt, path: "PayloadContent.KeyType", severity: warns, says: `did you mean "Key Type"?`},
		{name: "another kind of key", entries: scepPayload(entry("Key Type", "string", "EC")), word: WordValue, path: "PayloadContent.Key Type", says: `"PayloadContent.Key Type" is the string "EC", not RSA`, code: "ios-2004"},
		{name: "another size of key", entries: scepPayload(entry("Keysize", "integer", "3072")), word: WordValue, path: "PayloadContent.Keysize", code: "ios-2004"},
		{name: "a usage that is no sum", entries: scepPayload(entry("Key Usage", "integer", "2")), word: WordValue, path: "PayloadContent.Key Usage", code: "ios-22000"},
		{name: "a subject", entries: scepPayload(entry("Subject", "array", "<array><array><string>CN</string><string>a</string></array></array>"))},
		{name: "a subject of three parts", entries: scepPayload(entry("Subject", "array", "<array><array><string>CN</string><string>a</string><string>b</string></array></array>")), word: WordValue, path: "PayloadContent.Subject[0][0]", says: "is an array of 3, not of 2", code: "ios-2004"},
		{name: "a subject that lacks a level", entries: scepPayload(entry("Subject", "array", "<array><string>CN</string></array>")), word: WordType, path: "PayloadContent.Subject[0][0]", says: "not an array", code: "ios-2003"},
		{name: "one name", entries: scepPayload(entry("SubjectAltName", "dict", entry("rfc822Name", "string", "a@contoso.com")))},
		{name: "several names, strictly", entries: scepPayload(entry("SubjectAltName", "dict", entry("dNSName", "array", "<string>a</string><string>b</string>"))), strict: true},
		{name: "several names of the kind that takes one", entries: scepPayload(entry("SubjectAltName", "dict", entry("ntPrincipalName", "array", "<string>a</string>"))), word: WordType, path: "PayloadContent.SubjectAltName.ntPrincipalName", says: "is an array, not a string", code: "ios-2003"},
		{name: "a name that is no text", entries: scepPayload(entry("SubjectAltName", "dict", entry("dNSName", "array", "<true/>"))), word: WordType, path: "PayloadContent.SubjectAltName.dNSName[0]", code: "ios-2003"},
		{name: "a challenge that is no text", entries: scepPayload(entry("Challenge", "integer", "123456")), word: WordType, path: "PayloadContent.Challenge", says: "is an integer, not a string", code: "ios-2003"},

		{name: "ACME", entries: order(keyEC, "384", "true", entry("Attest", "true", "")), ios: 16},
		{name: "ACME before its version", entries: order(keyEC, "384", "true"), word: WordPayloadTooNew, path: "PayloadType", says: "since iOS 16.0: iOS 15.0"},
		{name: "ACME over http", entries: strings.Replace(order(keyEC, "384", "true"), "https", "http", 1), ios: 16, word: WordValue, path: "DirectoryURL", says: "not an https address", code: "ios-2004"},
		{name: "RSA", entries: order(keyRSA, "2048", "false"), ios: 16},
		{name: "RSA of an odd size", entries: order(keyRSA, "2047", "false"), ios: 16, word: WordACMEKey, path: "KeySize", says: "KeySize is 2047"},
		{name: "RSA too small", entries: order(keyRSA, "512", "false"), ios: 16, word: WordACMEKey, path: "KeySize"},
		{name: "RSA too large", entries: order(keyRSA, "8192", "false"), ios: 16, word: WordACMEKey, path: "KeySize"},
		{name: "RSA in hardware", entries: order(keyRSA, "2048", "true"), ios: 16, word: WordACMEKey, path: "HardwareBound"},
		{name: "a curve in software", entries: order(keyEC, "521", "false"), ios: 16},
		{name: "no curve", entries: order(keyEC, "512", "false"), ios: 16, word: WordACMEKey, path: "KeySize", says: "KeySize is 512"},
		{name: "a curve that hardware lacks", entries: order(keyEC, "521", "true"), ios: 16, word: WordACMEKey, path: "KeySize", says: "HardwareBound"},
		{name: "attested without hardware", entries: order(keyEC, "256", "false", entry("Attest", "true", "")), ios: 16, word: WordACMEKey, path: "Attest"},
		{name: "another kind of key for ACME", entries: order("EC", "256", "false"), ios: 16, word: WordValue, path: "KeyType", code: "ios-2004"},
		{name: "several names for ACME, which Apple does not have", entries: order(keyRSA, "2048", "false", entry("SubjectAltName", "dict", entry("dNSName", "array", ""))), ios: 16, word: WordType, path: "SubjectAltName.dNSName", code: "ios-2003"},

		{name: "a removal password", entries: entries(append(head("com.apple.profileRemovalPassword"), entry("RemovalPassword", "string", secretValue))...), word: WordSupervised, path: "PayloadType", severity: warns},
		{name: "a payload of macOS, whose keys are not judged", entries: entries(append(head("com.apple.ews.account"), entry("Port", "integer", "443"))...), word: WordNotIOS, path: "PayloadType", severity: warns, says: "macOS only"},
		{name: "a payload that is not looked into", entries: entries(append(head("com.apple.wifi.managed"), entry("SSID_STR", "string", "Contoso"))...)},
		{name: "a payload of nobody", entries: entries(head("com.contoso.mail")...), word: WordUnknownType, path: "PayloadType", severity: warns, says: `is "com.contoso.mail"`},
		{name: "a payload misspelt", entries: entries(head("com.apple.eas.acount")...), word: WordUnknownType, path: "PayloadType", severity: warns, says: "did you mean com.apple.eas.account?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.check(t, CheckPayload(parse(t, test.entries), test.version(), test.strict))
		})
	}
}

func TestNoDictionary(t *testing.T) {
	for _, n := range []*plist.Node{nil, {Kind: plist.String, Text: "x"}} {
		for _, issues := range [][]Issue{CheckTop(n, 15), CheckPayload(n, 15, false)} {
			if len(issues) != 1 || issues[0].Word != WordType || issues[0].Severity != preflight.StatusFail {
				t.Errorf("got %+v", issues)
			}
		}
	}
}

// What is secret stays so whatever is wrong with it.
func TestSecretsStaySecret(t *testing.T) {
	for _, p := range Payloads() {
		for _, k := range p.Keys {
			if !k.Secret {
				continue
			}
			for _, value := range []string{"<string>" + secretValue + "</string>", "<array><string>" + secretValue + "</string></array>"} {
				entries := entries(append(head(p.Type), "<key>"+k.Name+"</key>"+value)...)
				for _, i := range CheckPayload(parse(t, entries), 15, true) {
					if strings.Contains(i.Message+i.Fix+i.Path, secretValue) {
						t.Errorf("%s, %s: %s", p.Type, k.Name, i.Message)
					}
				}
			}
		}
	}
}

func TestForeignTextIsFitForALine(t *testing.T) {
	name := "a\x7f\u202eb" + strings.Repeat("ü", 100)
	n := parse(t, mail())
	n.Entries = append(n.Entries,
		plist.Entry{Key: name, Value: &plist.Node{Kind: plist.Boolean}},
		plist.Entry{Key: "PayloadCertificateUUID", Value: &plist.Node{Kind: plist.String, Text: name + "\n"}})
	for _, i := range CheckPayload(n, 15, false) {
		if i.Message != preflight.Printable(i.Message) || i.Path != preflight.Printable(i.Path) || len([]rune(i.Message)) > 250 {
			t.Errorf("%q at %q", i.Message, i.Path)
		}
	}
}

// Whatever is in a file, what is said of it is bounded.
func TestManyIssues(t *testing.T) {
	n := parse(t, mail())
	for range 50_000 {
		n.Entries = append(n.Entries, plist.Entry{Key: "EmailAdress", Value: &plist.Node{Kind: plist.Boolean}})
	}
	if got := len(CheckPayload(n, 15, false)); got != maxIssues {
		t.Errorf("%d issues, want %d", got, maxIssues)
	}
}

// Profiles that easkit writes are as Apple's schema has them. The one with every
// key forbids its removal, which only supervised phones heed.
func TestOwnProfiles(t *testing.T) {
	paths, err := filepath.Glob("../testdata/*.mobileconfig")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no profiles: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			profile := readProfile(t, path)
			for _, i := range check(profile, 15, true) {
				if i.Word != WordSupervised {
					t.Errorf("%s: %s", i.Word, i.Message)
				}
			}
		})
	}
}

func readProfile(t testing.TB, path string) *plist.Node {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := plist.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return file.Root
}

// check judges a whole profile.
func check(profile *plist.Node, ios int, strict bool) []Issue {
	issues := CheckTop(profile, ios)
	if content := profile.Get("PayloadContent"); content.Is(plist.Array) {
		for _, p := range content.Items {
			issues = append(issues, CheckPayload(p, ios, strict)...)
		}
	}
	return issues
}

func BenchmarkProfile(b *testing.B) {
	profile := readProfile(b, "../testdata/everything.mobileconfig")
	b.ReportAllocs()
	for b.Loop() {
		check(profile, 15, false)
	}
}

// The seeds are small: the files that easkit writes hold mostly Base64, on which
// the search would spend its time.
func FuzzCheck(f *testing.F) {
	payloads := []string{
		mail(entry("CommunicationServiceRules", "dict", entry("DefaultServiceHandlers", "dict", "")), entry("Hots", "string", "x")),
		order(keyRSA, "7", "true"), scepPayload(entry("Subject", "array", "<array/>")),
		scepPayload(entry("SubjectAltName", "dict", entry("dNSName", "array", "<string>a</string>"))),
		entries(head("com.apple.eas.acount")...),
	}
	for _, p := range payloads {
		f.Add([]byte("<plist><dict>" + entry("PayloadContent", "array", "<dict>"+p+"</dict>") + "</dict></plist>"))
	}
	f.Add([]byte("<plist><dict>" + entries(topHead()...) + entry("ConsentText", "dict", entry("de", "real", "1e9")) + entry("RemovalDate", "date", "2027-12-31T00:00:00Z") + "</dict></plist>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := plist.Parse(data)
		if err != nil {
			return
		}
		judgeAll(t, file.Root)
	})
}

// judgeAll judges every value of a property list as if it were a profile and a
// payload.
func judgeAll(t *testing.T, n *plist.Node) {
	issues := append(CheckTop(n, 15), CheckPayload(n, 9, true)...)
	for _, i := range append(issues, CheckPayload(n, 0, false)...) {
		if i.Message == "" || i.Message != preflight.Printable(i.Message) || i.Path != preflight.Printable(i.Path) {
			t.Errorf("%s says %q at %q", i.Word, i.Message, i.Path)
		}
	}
	for _, item := range n.Items {
		judgeAll(t, item)
	}
	for _, e := range n.Entries {
		judgeAll(t, e.Value)
	}
}
