package profiles

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs/preflight"
)

// fullTemplate has every key there is.
const fullTemplate = `name: contoso
description: Contoso, Exchange Online
auth: oauth
issuer: entra
mailbox: exchange-online
cloud: gcc
host: outlook.office365.com
organization: Contoso Ltd.
identifier: com.contoso.mail
account-name: Work mail
email: "{{mail}}"
user: "{{userprincipalname}}"
sync-days: 0
services:
  sync: [mail, calendars]
  lock:
    - mail
    - notes
ios:
  prevent-move: true
  prevent-app-sheet: true
  allow-mail-drop: true
  disable-recents-syncing: true
  override-previous-password: true
  smime-signing: true
  smime-encrypt-by-default: true
  smime-per-message-switch: true
  vpn-uuid: 2C1DC3C2-6E73-4B5C-8E0C-0B0F7B0C5A11
  oauth-sign-in-url: https://login.contoso.com/authorize
  oauth-token-request-url: https://login.contoso.com/token
  audio-call-app: com.contoso.phone
  removal-date: 2027-12-31
  remove-after-days: 365
  expires: 2027-06-30T18:00:00+02:00
  removal-disallowed: true
  consent:
    default: This phone will be managed.
    de: |
      Dieses Telefon wird verwaltet.
      Von Contoso.
  scep:
    url: https://scep.contoso.com/scep
    name: users
    key-size: 4096
    key-usage: 5
    fingerprint: A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D
    retries: 0
    retry-delay: 60
    subject: [O=Contoso Ltd., "CN={{userprincipalname}}"]
  acme:
    client-identifier: "{{serialnumber}}"
    key-type: ECSECPrimeRandom
    key-size: 521
    hardware-bound: false
    attest: false
    subject: [CN=phone]
android:
  app: gmail
  signature: "Contoso\nLtd."
  device-id: A1B2C3
  block-unmanaged-accounts: true
  allowed-accounts: [team@contoso.com]
  focused-inbox: false
  save-contacts: true
  sync-calendars: false
  block-external-images: true
  external-recipients-tip: false
  default-signature: true
  suggested-replies: false
  text-predictions: true
  office-feed: false
  organize-by-thread: true
  play-my-emails: false
  themes: true
  smime: false
  smime-sign-all: true
  smime-encrypt-all: false
  smime-certs-from-intune: true
  smime-ldap-host: ldap.contoso.com
  lock: [smime, save-contacts]
  intune-certificate: 1d2e3f40-5162-4738-8495-a6b7c8d9eaf0
intune:
  name: Contoso mail
  groups: [Mail users, 6f0a7b1c-52d8-4f3e-9a44-0c1d2e3f4a5b]
  platforms: [ios, fully-managed]
  pkcs:
    server: ca01.contoso.com
    ca: Contoso Issuing CA
    template: IntuneUser
  scep:
    urls: [https://scep.contoso.com/certsrv/mscep/mscep.dll]
    key-size: 4096
    hash: sha1
  subject: CN={{UserName}},E={{EmailAddress}},O=Contoso
  validity-days: 180
  renew-at-percent: 30
`

func TestFullTemplate(t *testing.T) {
	got, err := parse(t, fullTemplate).Account(nil, Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	want := Account{
		Name: "Work mail", Email: "{{mail}}", User: "{{userprincipalname}}",
		Endpoint: Endpoint{Host: "outlook.office365.com"},
		Auth:     preflight.OAuth, Issuer: preflight.Entra, Mailbox: preflight.ExchangeOnline, Cloud: preflight.GCC,
		Organization: "Contoso Ltd.", Identifier: "com.contoso.mail", SyncDays: 0,
		Services: Services{Mail: Service{On: true, Locked: true}, Calendars: Service{On: true}, Notes: Service{Locked: true}},
		IOS: IOS{
			PreventMove: true, PreventAppSheet: true, AllowMailDrop: true, DisableRecents: true,
			OverridePreviousPassword: true, SMIMESigning: true, SMIMEEncrypt: true, SMIMEPerMessage: true,
			VPNUUID:        "2C1DC3C2-6E73-4B5C-8E0C-0B0F7B0C5A11",
			OAuthSignInURL: "https://login.contoso.com/authorize", OAuthTokenURL: "https://login.contoso.com/token",
			AudioCallApp: "com.contoso.phone", RemovalDisallowed: true,
			RemovalDate: time.Date(2027, time.December, 31, 0, 0, 0, 0, time.UTC),
			RemoveAfter: 365 * 24 * time.Hour,
			Expires:     time.Date(2027, time.June, 30, 16, 0, 0, 0, time.UTC),
			Consent:     map[string]string{"default": "This phone will be managed.", "de": "Dieses Telefon wird verwaltet.\nVon Contoso.\n"},
			SCEP: &SCEP{
				URL: "https://scep.contoso.com/scep", Name: "users", KeySize: 4096, KeyUsage: 5, Retries: 0, RetryDelay: 60,
				CAFingerprint: []byte("\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d"),
				Subject:       []string{"O=Contoso Ltd.", "CN={{userprincipalname}}"},
			},
		},
		Android: Android{
			App: "gmail", Signature: "Contoso\nLtd.", DeviceID: "A1B2C3", BlockUnmanagedAccounts: true,
			AllowedAccounts: []string{"team@contoso.com"}, SMIMELDAPHost: "ldap.contoso.com", Lock: []string{"smime", "save-contacts"},
			IntuneCertificate: "1d2e3f40-5162-4738-8495-a6b7c8d9eaf0",
			FocusedInbox:      new(false), SaveContacts: new(true), SyncCalendars: new(false), BlockExternalImages: new(true),
			ExternalRecipientsTip: new(false), DefaultSignature: new(true), SuggestedReplies: new(false), TextPredictions: new(true),
			OfficeFeed: new(false), OrganizeByThread: new(true), PlayMyEmails: new(false), Themes: new(true),
			SMIME: new(false), SMIMESignAll: new(true), SMIMEEncryptAll: new(false), SMIMECertsFromIntune: new(true),
		},
		Intune: Intune{
			Name: "Contoso mail", Groups: []string{"Mail users", "6f0a7b1c-52d8-4f3e-9a44-0c1d2e3f4a5b"}, Platforms: []string{"ios", "fully-managed"},
			PKCS:    IntunePKCS{Server: "ca01.contoso.com", CA: "Contoso Issuing CA", Template: "IntuneUser"},
			SCEP:    IntuneSCEP{URLs: []string{"https://scep.contoso.com/certsrv/mscep/mscep.dll"}, KeySize: 4096, Hash: "sha1"},
			Subject: "CN={{UserName}},E={{EmailAddress}},O=Contoso", ValidityDays: 180, RenewAtPercent: 30,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
}

// The key of every field stands in fullTemplate, so that the test above covers
// them all.
func TestFullTemplateIsFull(t *testing.T) {
	for _, key := range keys() {
		_, last, _ := cutLast(key)
		if !strings.Contains(fullTemplate, last+":") {
			t.Errorf("%s is missing", key)
		}
	}
}

// What is there by default, and spellings that are all right.
func TestTemplateAccepts(t *testing.T) {
	for name, text := range map[string]string{
		"one key":               "host: outlook.office365.com\n",
		"a mark of UTF-8":       "\ufeffname: a\n",
		"Windows' ends of line": "name: a\r\nsync-days: 14\r\n",
		"a document's marks":    "%YAML 1.2\n---\nname: a\n...\n",
		"an empty document":     "name: a\n---\n",
		"an empty section":      "name: a\nios:\nandroid:\n  # app: gmail\n",
		"an empty value":        "name: a\nhost:\nauth: ~\nsync-days: null\n",
		"flow style":            `{name: a, "ios": {prevent-move: true}, services: {sync: ["mail"], lock: []}}`,
		"a hexadecimal number":  "sync-days: 0xe\n",
		"a number in quotes":    "organization: \"365\"\n",
		"letters of any kind":   "organization: Größe & 株式会社 😀\n",
		"a time in UTC":         "ios:\n  removal-date: 2027-12-31T08:00:00Z\n",
		"a host in capitals":    "host: Mail.Contoso.com:8443\n",
		"languages":             "ios:\n  consent: {default: a, zh-Hans: b, pt-BR: c, no: d}\n",
	} {
		t.Run(name, func(t *testing.T) { parse(t, text) })
	}
}

// broken is a template that is refused: where, for which key, and with what
// words in the reason.
type broken struct {
	name, text string
	line       int
	key, want  string
	yamlOnly   bool // a schema, which sees values, can't know of it
}

var brokenTemplates = []broken{
	// Keys.
	{name: "unknown key", text: "name: a\nsyncdays: 3\n", line: 2, key: "syncdays", want: `this key is unknown; did you mean "sync-days"?`},
	{name: "unknown key, underscore", text: "sync_days: 3\n", line: 1, key: "sync_days", want: `did you mean "sync-days"?`},
	{name: "unknown key, capitals", text: "syncDays: 3\n", line: 1, key: "syncDays", want: `did you mean "sync-days"?`},
	{name: "unknown key, like no other", text: "name: a\nfrobnicate: 3\n", line: 2, key: "frobnicate", want: "this key is unknown"},
	{name: "unknown key in a section", text: "ios:\n  prevent-moove: true\n", line: 2, key: "ios.prevent-moove", want: `did you mean "prevent-move"?`},
	{name: "key of another section", text: "prevent-move: true\n", line: 1, key: "prevent-move", want: `unknown here; did you mean "prevent-move" in the section "ios"?`},
	{name: "key outside its section", text: "ios:\n  sync-days: 3\n", line: 2, key: "ios.sync-days", want: `did you mean "sync-days", outside of any section?`},
	{name: "dotted key", text: "ios.prevent-move: true\n", line: 1, key: "ios.prevent-move", want: `did you mean "prevent-move" in the section "ios"?`},
	{name: "the first of several", text: "auth: oauth\nb: 1\na: 1\nsync-days: 5\n", line: 2, key: "b", want: "unknown"},
	{name: "key of lines", text: "\"a\\nb\": 1\n", line: 1, key: "a\ufffdb", want: "unknown"},
	{name: "key without end", text: strings.Repeat("k", 5000) + ": 1\n", line: 1, key: strings.Repeat("k", 80) + "…", want: "unknown"},
	{name: "key twice", text: "name: a\nhost: b\nname: c\n", line: 3, key: "name", want: "there already, in line 1", yamlOnly: true},
	{name: "key twice in a section", text: "ios:\n  prevent-move: true\n  prevent-move: false\n", line: 3, key: "ios.prevent-move", want: "in line 2", yamlOnly: true},
	{name: "language twice", text: "ios:\n  consent:\n    de: a\n    de: b\n", line: 4, key: "ios.consent.de", want: "in line 3", yamlOnly: true},
	{name: "number for a key", text: "name: a\n5: b\n", line: 2, want: "a key is a word"},
	{name: "truth for a key", text: "ios:\n  true: b\n", line: 2, key: "ios", want: "a key is a word"},
	{name: "list for a key", text: "? [a, b]\n: c\n", line: 2, want: "not YAML", yamlOnly: true},

	// Types.
	{name: "word for a number", text: "name: a\nsync-days: seven\n", line: 2, key: "sync-days", want: `"seven" is text: it must be a whole number, without quotation marks`},
	{name: "number in quotes", text: "sync-days: \"7\"\n", line: 1, key: "sync-days", want: "without quotation marks"},
	{name: "fraction", text: "sync-days: 7.5\n", line: 1, key: "sync-days", want: "7.5 is a fractional number: it must be a whole number"},
	{name: "number out of range", text: "sync-days: 9223372036854775808\n", line: 1, key: "sync-days", want: "out of range"},
	{name: "truth for a number", text: "sync-days: true\n", line: 1, key: "sync-days", want: "true is a truth value: it must be a whole number"},
	{name: "yes", text: "ios:\n  prevent-move: yes\n", line: 2, key: "ios.prevent-move", want: `"yes" is text: it must be true or false`},
	{name: "number for a truth", text: "android:\n  focused-inbox: 1\n", line: 2, key: "android.focused-inbox", want: "1 is a number: it must be true or false"},
	{name: "number for text", text: "organization: 365\n", line: 1, key: "organization", want: "365 is a number: it must be text, so put it in quotation marks"},
	{name: "truth for text", text: "name: true\n", line: 1, key: "name", want: "it must be text"},
	{name: "list for text", text: "name: a\nhost:\n  - mail.contoso.com\n", line: 3, key: "host", want: "this is a list: it must be text"},
	{name: "section for text", text: "name: {a: b}\n", line: 1, key: "name", want: "this is a section with keys of its own: it must be text"},
	{name: "text for a section", text: "ios: on\n", line: 1, key: "ios", want: "it must be a section, with its keys on the lines below"},
	{name: "list for a section", text: "services: [mail]\n", line: 1, key: "services", want: "this is a list: it must be a section"},
	{name: "text for a list", text: "services:\n  sync: mail\n", line: 2, key: "services.sync", want: `"mail" is text: it must be a list, such as [mail, contacts]`},
	{name: "section for a list", text: "services:\n  sync:\n    mail: true\n", line: 3, key: "services.sync", want: "it must be a list"},
	{name: "number in a list", text: "services:\n  sync:\n    - mail\n    - 5\n", line: 4, key: "services.sync", want: "5 is a number: it must be text"},
	{name: "list for texts", text: "ios:\n  consent: [a]\n", line: 2, key: "ios.consent", want: "it must be a section of texts by language"},
	{name: "section for a text of many", text: "ios:\n  consent:\n    en:\n      text: a\n", line: 4, key: "ios.consent.en", want: "it must be text"},

	// Values.
	{name: "auth", text: "auth: certificate\n", line: 1, key: "auth", want: `"certificate" is unknown: it is one of oauth, direct`},
	{name: "issuer", text: "issuer: Entra\n", line: 1, key: "issuer", want: "it is one of entra, adfs"},
	{name: "mailbox", text: "mailbox: online\n", line: 1, key: "mailbox", want: "exchange-online, exchange-server, unknown"},
	{name: "cloud", text: "cloud: germany\n", line: 1, key: "cloud", want: "worldwide, gcc, gcc-high, dod, china"},
	{name: "host, a URL", text: "host: https://mail.contoso.com/owa\n", line: 1, key: "host", want: `write "mail.contoso.com"`},
	{name: "host, a port out of range", text: "host: mail.contoso.com:70000\n", line: 1, key: "host", want: "from 1 to 65535"},
	{name: "host, an address", text: "host: alice@contoso.com\n", line: 1, key: "host", want: "not a host name"},
	{name: "identifier", text: "identifier: mail\n", line: 1, key: "identifier", want: "reverse-DNS name"},
	{name: "sync-days", text: "name: a\n\n# days\nsync-days: 5 # a week\n", line: 4, key: "sync-days", want: "5 is not one of [0 1 3 7 14 31]"},
	{name: "service", text: "services:\n  sync:\n    - mail\n    - contakts\n", line: 4, key: "services.sync", want: `"contakts" is not one of mail, contacts`},
	{name: "service in one line", text: "services:\n  lock: [mail,\n    kalender]\n", line: 3, key: "services.lock", want: `"kalender" is not one of`},
	{name: "empty service", text: "services:\n  sync:\n    - mail\n    -\n", line: 4, key: "services.sync", want: `"" is not one of`},
	{name: "no service", text: "services:\n  sync: []\n", line: 2, key: "services.sync", want: "MCEASErrorDomain 21009"},
	{name: "vpn-uuid", text: "ios:\n  vpn-uuid: 2C1DC3C2\n", line: 2, key: "ios.vpn-uuid", want: "is not a UUID"},
	{name: "oauth-sign-in-url", text: "ios:\n  oauth-sign-in-url: http://login.contoso.com\n", line: 2, key: "ios.oauth-sign-in-url", want: "not an https:// URL"},
	{name: "oauth-token-request-url", text: "ios:\n  oauth-token-request-url: 'https://'\n", line: 2, key: "ios.oauth-token-request-url", want: "not an https:// URL"},
	{name: "removal-date", text: "ios:\n  prevent-move: true\n  removal-date: 31.12.2027\n", line: 3, key: "ios.removal-date", want: `"31.12.2027" is neither a date (2027-01-31) nor a time`},
	{name: "removal-date, no such day", text: "ios: {removal-date: 2027-02-30}\n", line: 1, key: "ios.removal-date", want: "neither a date"},
	{name: "expires, no zone", text: "ios:\n  expires: 2027-01-31T08:00:00\n", line: 2, key: "ios.expires", want: "nor a time (2027-01-31T08:00:00Z)"},
	{name: "remove-after-days, negative", text: "ios:\n  remove-after-days: -1\n", line: 2, key: "ios.remove-after-days", want: "from 1 to 3650"},
	{name: "remove-after-days, for ever", text: "ios:\n  remove-after-days: 36500\n", line: 2, key: "ios.remove-after-days", want: "from 1 to 3650"},
	{name: "consent", text: "ios:\n  consent:\n    de: a\n    defualt: b\n    en: c\n", line: 4, key: "ios.consent", want: `"defualt" is neither a language`},
	{name: "email, one person's", text: "email: alice@contoso.com\n", line: 1, key: "email", want: "one person's, and a template is for all: leave it to --email"},
	{name: "email, capitals", text: "email: \"{{Mail}}\"\n", line: 1, key: "email", want: `which counts capitals; did you mean "{{mail}}"?`},
	{name: "email, misspelt", text: "email: \"{{userprincpalname}}\"\n", line: 1, key: "email", want: `did you mean "{{userprincipalname}}"?`},
	{name: "email, not closed", text: "email: \"{{mail\"\n", line: 1, key: "email", want: `"{{" is no placeholder that Intune fills in: it is one of {{mail}}`},
	{name: "email, no address", text: "email: \"{{serialnumber}}\"\n", line: 1, key: "email", want: "becomes no address: write {{mail}}"},
	{name: "user, Android's", text: "user: \"{{onPremisesSamAccountName}}\"\n", line: 1, key: "user", want: `did you mean "{{OnPremisesSamAccountName}}"?`},
	{name: "user, no name", text: "name: a\nuser: \"{{username}}\"\n", line: 2, key: "user", want: "becomes no address"},
	{name: "user, one person's", text: "user: CONTOSO\\alice\n", line: 1, key: "user", want: "one person's"},
	{name: "scep.url", text: "ios:\n  scep:\n    url: scep.contoso.com\n", line: 3, key: "ios.scep.url", want: "not an https:// or http:// URL"},
	{name: "scep.url with a password", text: "ios:\n  scep:\n    url: https://a:b@scep.contoso.com/\n", line: 3, key: "ios.scep.url", want: "not an https:// or http:// URL"},
	{name: "scep.name", text: "ios: {scep: {name: \"{{x}}\"}}\n", line: 1, key: "ios.scep.name", want: "no placeholder"},
	{name: "scep.key-size", text: "ios:\n  scep:\n    key-size: 3072\n", line: 3, key: "ios.scep.key-size", want: "3072 is not one of [1024 2048 4096]"},
	{name: "scep.key-usage", text: "ios:\n  scep:\n    key-usage: 4\n", line: 3, key: "ios.scep.key-usage", want: "to sign in the key has to sign"},
	{name: "scep.key-usage, no such bit", text: "ios:\n  scep:\n    key-usage: 7\n", line: 3, key: "ios.scep.key-usage", want: "7 is not one of [1 5]"},
	{name: "scep.fingerprint", text: "ios:\n  scep:\n    fingerprint: a999\n", line: 3, key: "ios.scep.fingerprint", want: "40 or 64 hexadecimal digits"},
	{name: "scep.retries", text: "ios:\n  scep:\n    retries: -1\n", line: 3, key: "ios.scep.retries", want: "from 0 to 100"},
	{name: "scep.retry-delay", text: "ios:\n  scep:\n    retry-delay: 86400\n", line: 3, key: "ios.scep.retry-delay", want: "from 0 to 3600"},
	{name: "scep.subject", text: "ios:\n  scep:\n    subject:\n      - O=Contoso\n      - alice\n", line: 5, key: "ios.scep.subject", want: `"alice" is no part of a subject`},
	{name: "scep.subject, token", text: "ios:\n  scep:\n    subject: [\"CN={{upn}}\"]\n", line: 3, key: "ios.scep.subject", want: "no placeholder"},
	{name: "a challenge", text: "ios:\n  scep:\n    challenge: secret\n", line: 3, key: "ios.scep.challenge", want: "unknown"},
	{name: "acme.url", text: "ios:\n  acme:\n    url: http://acme.contoso.com/directory\n", line: 3, key: "ios.acme.url", want: "not an https:// URL"},
	{name: "acme.url and scep.url", text: "ios:\n  scep: {url: https://scep.contoso.com/}\n  acme:\n    url: https://acme.contoso.com/directory\n", line: 4, key: "ios.acme.url", want: "in one way"},
	{name: "acme.client-identifier", text: "ios:\n  acme:\n    client-identifier: \"{{SerialNumber}}\"\n", line: 3, key: "ios.acme.client-identifier", want: `did you mean "{{serialnumber}}"?`},
	{name: "acme.key-type", text: "ios:\n  acme:\n    key-type: EC\n", line: 3, key: "ios.acme.key-type", want: "it is one of RSA, ECSECPrimeRandom"},
	{name: "acme.key-type, RSA in hardware", text: "ios:\n  acme:\n    key-type: RSA\n", line: 3, key: "ios.acme.key-type", want: "hardware-bound: false"},
	{name: "acme.key-size, P-521 in hardware", text: "ios:\n  acme:\n    key-size: 521\n", line: 3, key: "ios.acme.key-size", want: "Secure Enclave"},
	{name: "acme.key-size, no curve", text: "ios:\n  acme:\n    key-size: 512\n    hardware-bound: false\n", line: 3, key: "ios.acme.key-size", want: "512 is not one of [192 256 384 521]"},
	{name: "acme.key-size, RSA", text: "ios:\n  acme:\n    key-type: RSA\n    key-size: 2047\n    hardware-bound: false\n", line: 4, key: "ios.acme.key-size", want: "a multiple of 8 from 1024 to 4096"},
	{name: "acme.hardware-bound", text: "ios:\n  acme:\n    key-type: RSA\n    hardware-bound: true\n", line: 4, key: "ios.acme.hardware-bound", want: "makes no RSA keys"},
	{name: "acme.attest", text: "ios:\n  acme:\n    hardware-bound: false\n    attest: true\n", line: 4, key: "ios.acme.attest", want: "attests only keys of its Secure Enclave"},
	{name: "acme.subject", text: "ios:\n  acme:\n    subject: [\"XX=a\"]\n", line: 3, key: "ios.acme.subject", want: "no part of a subject"},
	{name: "app", text: "android:\n  app: samsung\n", line: 2, key: "android.app", want: "it is one of gmail, outlook, nine"},
	{name: "device-id", text: "android:\n  device-id: a-b\n", line: 2, key: "android.device-id", want: "1 to 32 letters and digits"},
	{name: "allowed-accounts", text: "android:\n  block-unmanaged-accounts: true\n  allowed-accounts:\n    - bob@contoso.com\n    - a@contoso.com;b@contoso.com\n", line: 5, key: "android.allowed-accounts", want: "is no UPN"},
	{name: "allowed-accounts, all are", text: "android:\n  allowed-accounts: [bob@contoso.com]\n", line: 2, key: "android.allowed-accounts", want: "any account is allowed"},
	{name: "intune-certificate", text: "android:\n  intune-certificate: \"{{cert:1d2e3f40}}\"\n", line: 2, key: "android.intune-certificate", want: "is not a UUID"},
	{name: "lock, no key", text: "android:\n  lock: [smime, focused-inbox]\n", line: 2, key: "android.lock", want: `"focused-inbox" is not one of save-contacts`},
	{name: "intune.name", text: "intune:\n  name: Contoso, mail\n", line: 2, key: "intune.name", want: "cannot be the name of a file"},
	{name: "intune.name, a slash", text: "intune: {name: mail/Contoso}\n", line: 1, key: "intune.name", want: "cannot be the name of a file"},
	{name: "intune.name, a dot at the end", text: "intune: {name: Contoso Ltd.}\n", line: 1, key: "intune.name", want: "cannot be the name of a file"},
	{name: "intune.name, long", text: "intune: {name: " + strings.Repeat("m", 61) + "}\n", line: 1, key: "intune.name", want: "more than 60 characters"},
	{name: "intune.groups", text: "intune:\n  groups:\n    - Mail users\n    -\n", line: 4, key: "intune.groups", want: `"" is no name of a group`},
	{name: "intune.groups, twice", text: "intune:\n  groups: [a, b,\n    a]\n", line: 3, key: "intune.groups", want: `"a" is there twice`},
	{name: "intune.platforms", text: "intune: {platforms: [ios, android]}\n", line: 1, key: "intune.platforms", want: `"android" is not one of ios, work-profile, fully-managed`},
	{name: "intune.platforms, none", text: "intune: {platforms: []}\n", line: 1, key: "intune.platforms", want: "leave the key out"},
	{name: "intune.pkcs", text: "intune:\n  pkcs: {server: ca01.contoso.com, ca: Contoso CA}\n", line: 2, key: "intune.pkcs", want: "one of them is missing"},
	{name: "intune.pkcs.server", text: "intune:\n  pkcs: {server: 'https://ca01', ca: a, template: b}\n", line: 2, key: "intune.pkcs.server", want: "is not a host name"},
	{name: "intune.pkcs.ca", text: "intune:\n  pkcs: {server: ca01, ca: 'ca01\\Contoso CA', template: b}\n", line: 2, key: "intune.pkcs.ca", want: "the server has a key of its own"},
	{name: "intune.pkcs.template", text: "intune:\n  pkcs: {server: ca01, ca: a, template: \"b\\nc\"}\n", line: 2, key: "intune.pkcs.template", want: "a certificate template"},
	{name: "intune.scep.urls", text: "intune:\n  scep:\n    urls:\n      - https://a.contoso.com/\n      - http://b.contoso.com/\n", line: 5, key: "intune.scep.urls", want: "is not an https:// URL"},
	{name: "intune.scep.key-size", text: "intune: {scep: {key-size: 1024}}\n", line: 1, key: "intune.scep.key-size", want: "1024 is not one of [2048 4096]"},
	{name: "intune.scep.hash", text: "intune: {scep: {hash: sha256}}\n", line: 1, key: "intune.scep.hash", want: "it is one of sha1, sha2"},
	{name: "intune.subject", text: "intune:\n  subject: \"{{UserPrincipalName}}\"\n", line: 2, key: "intune.subject", want: "is not a subject such as CN="},
	{name: "intune.subject, an app's token", text: "intune:\n  subject: CN={{mail}}\n", line: 2, key: "intune.subject", want: `did you mean "{{EmailAddress}}"?`},
	{name: "intune.subject, capitals", text: "intune:\n  subject: CN={{userPrincipalName}}\n", line: 2, key: "intune.subject", want: `did you mean "{{UserPrincipalName}}"?`},
	{name: "intune.subject, like no other", text: "intune:\n  subject: CN={{x}}\n", line: 2, key: "intune.subject", want: "it is one of {{UserPrincipalName}}"},
	{name: "intune.validity-days", text: "intune: {validity-days: 731}\n", line: 1, key: "intune.validity-days", want: "from 5 to 730"},
	{name: "intune.validity-days, none", text: "intune: {validity-days: 0}\n", line: 1, key: "intune.validity-days", want: "from 5 to 730"},
	{name: "intune.renew-at-percent", text: "intune: {renew-at-percent: 100}\n", line: 1, key: "intune.renew-at-percent", want: "from 1 to 99"},
	{name: "control character", text: "account-name: \"Work\\x07mail\"\n", line: 1, key: "account-name", want: "control character U+0007"},
	{name: "NUL", text: "name: a\norganization: Con\x00toso\n", line: 2, key: "organization", want: "control character U+0000"},

	// YAML.
	{name: "empty file", text: "", want: "it is empty", yamlOnly: true},
	{name: "comments only", text: "# name: a\n", want: "it is empty", yamlOnly: true},
	{name: "null", text: "null\n", want: "it is empty"},
	{name: "list", text: "- name: a\n", line: 1, want: "this is a list: a template is lines of the form"},
	{name: "text", text: "exchange-online\n", line: 1, want: `"exchange-online" is text: a template is lines`},
	{name: "two documents", text: "name: a\n---\nname: b\n", line: 3, want: "second YAML document", yamlOnly: true},
	{name: "tab", text: "ios:\n\tprevent-move: true\n", line: 2, want: "there is a tab", yamlOnly: true},
	{name: "indentation", text: "ios:\n  prevent-move: true\n prevent-app-sheet: true\n", line: 3, want: "indented like its neighbours", yamlOnly: true},
	{name: "no colon", text: "name: a\nhost\n", line: 2, want: "there is no colon", yamlOnly: true},
	{name: "no space", text: "name:a\nhost: b\n", line: 1, want: "there is no colon", yamlOnly: true},
	{name: "second colon", text: "name: a\ndescription: Contoso: direct\n", line: 2, want: "there is a second colon", yamlOnly: true},
	{name: "quotation mark", text: "name: \"a\nhost: b\n", line: 1, want: "a quotation mark is opened and not closed", yamlOnly: true},
	{name: "backslash", text: "name: \"CONTOSO\\alice\\q\"\n", line: 1, want: "write single ones", yamlOnly: true},
	{name: "bracket", text: "name: a\nservices: {sync: [mail\n", line: 2, want: "a bracket is opened and not closed", yamlOnly: true},
	{name: "reserved character", text: "name: a\ndescription: @contoso\n", line: 2, want: "put the value in quotation marks", yamlOnly: true},
	{name: "anchor", text: "name: &n a\n", line: 1, key: "name", want: "anchors and aliases (& and *) are not supported", yamlOnly: true},
	{name: "alias", text: "name: &n a\nhost: *n\n", line: 1, key: "name", want: "anchors and aliases", yamlOnly: true},
	{name: "merge", text: "android:\n  app: gmail\n  <<: {signature: a}\n", line: 3, key: "android", want: "anchors and aliases", yamlOnly: true},
	{name: "tag", text: "sync-days: !!int 7\n", line: 1, key: "sync-days", want: "tags (!) are not supported", yamlOnly: true},
	{name: "billion laughs", text: billionLaughs(), line: 2, key: "description", want: "anchors and aliases", yamlOnly: true},
	{name: "Latin-1", text: "name: a\norganization: Gr\xf6\xdfe\n", line: 2, want: "0xf6 is not UTF-8", yamlOnly: true},
	{name: "UTF-16", text: "\xff\xfen\x00:\x00 \x00a\x00\n\x00", line: 1, want: "PowerShell", yamlOnly: true},
	{name: "2 MB", text: "name: " + strings.Repeat("a", 2<<20), want: "it has 2097158 bytes, more than the 131072", yamlOnly: true},
	{name: "many lines", text: "name: a\n" + strings.Repeat("# b\r\n", maxTemplateLines), want: "more than the 4000 lines", yamlOnly: true},
}

// billionLaughs unfolds to 10^9 words in a library that follows aliases.
func billionLaughs() string {
	text := "name: a\ndescription: &a0 [lol]\n"
	for i := 1; i < 10; i++ {
		text += fmt.Sprintf("k%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	return text
}

func TestTemplateRefuses(t *testing.T) {
	for _, b := range brokenTemplates {
		t.Run(b.name, func(t *testing.T) {
			got, err := ParseTemplate([]byte(b.text))
			if err == nil {
				t.Fatalf("accepted as %+v", got)
			}
			e := asTemplateError(t, err)
			if e.Line != b.line || e.Key != b.key || !strings.Contains(e.Reason, b.want) {
				t.Errorf("line %d, key %q, reason %q;\nwant line %d, key %q, reason with %q", e.Line, e.Key, e.Reason, b.line, b.key, b.want)
			}
			if !cmp.Equal(got, Template{}) {
				t.Error("there is a template beside the error")
			}
		})
	}
}

// Columns point at the value, or at the key where that is what is wrong.
func TestTemplateErrorColumn(t *testing.T) {
	for text, want := range map[string]int{
		"sync-days: 5\n":                              12,
		"ios:\n  prevent-moove: true\n":               3,
		"services: {sync: [mail, notes, kalender]}\n": 32,
		"ios: {removal-date: tomorrow}\n":             21,
		"name: a\nname: b\n":                          1,
	} {
		_, err := ParseTemplate([]byte(text))
		if e := asTemplateError(t, err); e.Column != want {
			t.Errorf("%q: column %d, want %d", text, e.Column, want)
		}
	}
}

func TestTemplateErrorText(t *testing.T) {
	for want, e := range map[string]TemplateError{
		"line 4, sync-days: 5 is wrong": {Line: 4, Column: 12, Key: "sync-days", Reason: "5 is wrong"},
		"line 4: there is a tab":        {Line: 4, Reason: "there is a tab"},
		"the template: it is empty":     {Reason: "it is empty"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Input made to be slow, or to overflow the stack, is refused at once.
func TestHostileYAML(t *testing.T) {
	const n = 100_000
	staircase := func() string {
		var b strings.Builder
		for i := range 500 {
			b.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return b.String()
	}
	anchors := func() string {
		var b strings.Builder
		for i := range 10_000 {
			fmt.Fprintf(&b, "a%d: &a%d b\n", i, i)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"open lists":          strings.Repeat("[", n),
		"open maps":           strings.Repeat("{", n),
		"open maps with keys": strings.Repeat("{a: ", n/4),
		"closed lists":        strings.Repeat("[", n/2) + strings.Repeat("]", n/2),
		"lists on a line":     strings.Repeat("- ", n/2),
		"keys on a line":      strings.Repeat("a: ", n/3),
		"complex keys":        strings.Repeat("? ", n/2),
		"tags":                strings.Repeat("!t ", n/3),
		"staircase":           staircase(),
		"many keys":           strings.ReplaceAll(anchors(), "&", ""),
		"many anchors":        anchors(),
		"long anchor":         "name: &" + strings.Repeat("a", n) + " b\n",
		"many aliases":        "name: &a b\nservices: {sync: [" + strings.Repeat("*a,", n/3) + "]}",
		"commas":              "[" + strings.Repeat(",", n),
		"many documents":      strings.Repeat("---\na: b\n", 1900),
		"blank literal":       "name: |\n" + strings.Repeat(" \n", n/2),
		"deep but allowed":    "name: " + strings.Repeat("[", 1000) + strings.Repeat("]", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := ParseTemplate([]byte(text))
			asTemplateError(t, err)
			if took := time.Since(start); took > time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// A template is refused, or it is sound: its account can be made or lacks what
// the call gives.
func FuzzParseTemplate(f *testing.F) {
	f.Add([]byte(fullTemplate))
	for _, name := range Presets() {
		text, err := PresetText(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, b := range brokenTemplates {
		if len(b.text) < 1000 {
			f.Add([]byte(b.text))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		start := time.Now()
		template, err := ParseTemplate(data)
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%d bytes took %v", len(data), took)
		}
		if err != nil {
			asTemplateError(t, err)
			return
		}
		o := Overrides{Email: "alice@contoso.com", Host: "mail.contoso.com"}
		a, err := template.Account(nil, o)
		if err != nil {
			t.Errorf("the template was read, and no account can be made: %v", err)
		}
		if s := a.Services; !s.Mail.On && !s.Contacts.On && !s.Calendars.On && !s.Reminders.On && !s.Notes.On {
			t.Error("nothing is synced")
		}
	})
}
