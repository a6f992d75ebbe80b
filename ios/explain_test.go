package ios_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
)

// builtFile is a profile of the golden files.
func builtFile(t testing.TB, name string) *ios.File {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return reopened(t, data)
}

// The installation and what comes after, by what the profile says.
func TestExplain(t *testing.T) {
	good := foreign(t, "openssl-3des.p12")
	account := with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": true, "UserName": "alice"})
	enrolled := func(kind string, keys dict) dict {
		return with(dict{"PayloadType": kind, "PayloadVersion": 1, "PayloadIdentifier": "a.enrol", "PayloadUUID": identityUUID}, keys)
	}
	scep := enrolled("com.apple.security.scep", dict{"PayloadContent": dict{"URL": "https://scep.contoso.com"}})
	acme := enrolled("com.apple.security.acme", dict{"DirectoryURL": "https://acme.contoso.com", "ClientIdentifier": "x", "KeySize": 256, "KeyType": "ECSECPrimeRandom", "HardwareBound": true, "Subject": []any{}})
	const begin = "open badge contents passcode trust-warning "
	for _, test := range []struct {
		name         string
		top          dict
		s            preflight.Scenario
		mdm          bool
		steps, after string
	}{
		{"oauth", small(smallIdentity(good), account), preflight.Scenario{}, false,
			begin + "check done", "sign-in picker wrong-choice consent-app compliant-device mail recurs expires renewal"},
		{"oauth by device management", small(smallIdentity(good), account), preflight.Scenario{}, true,
			"push check done", "password-popup sign-in picker wrong-choice consent-app compliant-device mail recurs expires renewal"},
		{"oauth by AD FS", small(smallIdentity(good), account), preflight.Scenario{Issuer: preflight.ADFS}, false,
			begin + "check done", "sign-in picker wrong-choice mail recurs expires renewal"},
		{"the profile names a page", small(smallIdentity(good), with(account, dict{"OAuthSignInURL": "https://sts.contoso.com/adfs"})), preflight.Scenario{}, false,
			begin + "check done", "sign-in picker wrong-choice mail recurs expires renewal"},
		{"the profile names Microsoft's page", small(smallIdentity(good), with(account, dict{"OAuthSignInURL": "https://login.microsoftonline.com/common"})), preflight.Scenario{}, false,
			begin + "check done", "sign-in picker wrong-choice consent-app compliant-device mail recurs expires renewal"},
		{"oauth without a certificate", small(with(account, dict{"PayloadCertificateUUID": nil})), preflight.Scenario{}, false,
			begin + "check done", "sign-in picker consent-app compliant-device mail recurs renewal"},
		{"direct, mailbox unknown", small(smallIdentity(good), with(account, dict{"OAuth": false})), preflight.Scenario{}, false,
			begin + "check done", "silent mail retirement expires renewal"},
		{"direct to Exchange Server", small(smallIdentity(good), with(account, dict{"OAuth": false})), preflight.Scenario{Mailbox: preflight.ExchangeServer}, false,
			begin + "check done", "silent mail expires renewal"},
		{"reference to nothing", small(with(account, dict{"OAuth": false})), preflight.Scenario{Mailbox: preflight.ExchangeServer}, false,
			begin + "check done", "sign-in mail renewal"},
		{"SCEP", small(scep, account), preflight.Scenario{}, false,
			begin + "check done", "sign-in picker wrong-choice consent-app compliant-device mail recurs expires renewal"},
		{"ACME", small(acme, account), preflight.Scenario{}, false,
			begin + "check done", "sign-in picker wrong-choice consent-app compliant-device mail recurs expires renewal"},
		{"no TLS", small(smallIdentity(good), with(account, dict{"SSL": nil, "OAuth": false})), preflight.Scenario{Mailbox: preflight.ExchangeServer}, false,
			begin + "no-tls check done", "silent mail expires renewal"},
		{"questions", with(small(with(smallAccount, dict{"EmailAddress": nil})), dict{"TargetDeviceType": nil, "ConsentText": dict{"default": "x"}}), preflight.Scenario{Mailbox: preflight.ExchangeServer}, false,
			"open device badge contents passcode trust-warning consent prompt prompt prompt check done", "sign-in mail renewal"},
		{"no account", with(small(smallIdentity(good)), dict{"RemovalDate": noon.AddDate(1, 0, 0)}), preflight.Scenario{}, false,
			begin + "done", "removed renewal"},
		{"encrypted, by device management", with(small(), dict{"PayloadContent": nil, "EncryptedPayloadContent": []byte("x")}), preflight.Scenario{}, true, "push encrypted", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.s.At = noon
			s := ios.Explain(test.s, opened(t, test.top), ios.Known{ByMDM: test.mdm})
			if got := strings.Join(kinds(s.Steps), " "); got != test.steps {
				t.Errorf("told: %s\nwant: %s", got, test.steps)
			}
			if got := strings.Join(kinds(s.After), " "); got != test.after {
				t.Errorf("after: %s\n want: %s", got, test.after)
			}
			if _, err := s.Letter(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Where the phone has an older profile, the letter says whether to remove it first.
func TestExplainReplacement(t *testing.T) {
	for _, test := range []struct {
		known      ios.Known
		first      string
		says, nots string
	}{
		{ios.Known{}, "open", "you set up the mail account", "old"},
		{ios.Known{Replaces: true}, "open", "needs a new profile", "Remove the old profile first"},
		{ios.Known{Replaces: true, Reinstall: true}, "remove-old", "Remove the old profile first", "you set up"},
	} {
		s := told(builtFile(t, "oauth.mobileconfig"), test.known)
		paragraphs, err := s.Letter()
		if err != nil {
			t.Fatal(err)
		}
		var text []string
		for _, p := range paragraphs {
			text = append(text, p.Text)
		}
		letter := strings.Join(text, "\n")
		if s.Steps[0].Kind != test.first || !strings.Contains(letter, test.says) || strings.Contains(letter, test.nots) {
			t.Errorf("%+v: begins with %s\n%s", test.known, s.Steps[0].Kind, letter)
		}
	}
}

// Every number in a story is one that easkit explains; those of Entra ID are looked up
// with the command.
func TestNumbersOfStoriesAreExplained(t *testing.T) {
	for _, name := range []string{"oauth.mobileconfig", "direct.mobileconfig", "everything.mobileconfig"} {
		for _, mdm := range []bool{false, true} {
			s := told(builtFile(t, name), ios.Known{ByMDM: mdm, Password: "correct horse"})
			for _, step := range append(append(s.Steps, s.After...), s.Wrong...) {
				if step.Shows == "" || step.Basis == "" {
					t.Errorf("%s: a step without words or basis: %+v", name, step)
				}
				for _, c := range step.Codes {
					if c.Here == "" || strings.HasPrefix(c.ID, "ios-") && len(preflight.FindCodes(ios.Codes(), c.ID)) != 1 {
						t.Errorf("%s, %s: %s is not explained", name, step.Kind, c.ID)
					}
				}
			}
		}
	}
}

// The same arguments give the same story, and no secret gets into it.
func TestStoriesAreReproducibleAndHoldNoSecret(t *testing.T) {
	account := with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "Password": "mailbox secret", "HeaderMagic": "magic secret", "UserName": "alice"})
	f := opened(t, small(smallIdentity(foreign(t, "openssl-3des.p12")), account))
	first, second := told(f, ios.Known{Password: "given secret"}), told(f, ios.Known{Password: "given secret"})
	if !reflect.DeepEqual(first, second) {
		t.Error("two stories differ")
	}
	text, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	d, err := json.Marshal(ios.Compare(preflight.Scenario{At: noon}, f, opened(t, small(with(account, dict{"Password": "other secret"}))), false))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"mailbox secret", "magic secret", "given secret", "other secret", "correct horse"} {
		if strings.Contains(string(text)+string(d), secret) {
			t.Errorf("%q is told", secret)
		}
	}
}

// Names in a file cannot break out of the text.
func TestStoriesArePrintable(t *testing.T) {
	evil := "Mail\n\x1b[31m"
	f := opened(t, with(small(with(smallAccount, dict{"EmailAddress": evil, "Host": nil, "OAuth": true})), dict{"PayloadDisplayName": evil}))
	s := told(f, ios.Known{})
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	letter, err := s.Letter()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range letter {
		text = append(text, p.Text...)
	}
	if strings.Contains(string(text), `\u001b`) || strings.Contains(string(text), "\x1b") || strings.Contains(string(text), `Mail\n`) {
		t.Errorf("got %s", text)
	}
}

// What the phone shows as the profile's end: its own date, or 14 days before the first
// certificate in it ends.
func TestExpires(t *testing.T) {
	leaf := alice(t).Leaf
	identity := smallIdentity(foreign(t, "openssl-3des.p12"))
	for _, test := range []struct {
		name string
		top  dict
		want time.Time
	}{
		{"nothing", small(smallAccount), time.Time{}},
		{"its own date", with(small(smallAccount), dict{"PayloadExpirationDate": noon}), noon},
		{"certificate", small(identity), leaf.NotAfter.AddDate(0, 0, -14)},
		{"both", with(small(identity), dict{"PayloadExpirationDate": noon}), noon},
		{"certificate first", with(small(identity), dict{"PayloadExpirationDate": leaf.NotAfter.AddDate(10, 0, 0)}), leaf.NotAfter.AddDate(0, 0, -14)},
	} {
		if got := told(opened(t, test.top), ios.Known{}).Expires; !got.Equal(test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// Direct sign-in in Exchange Online ends; the story says on which side of it a day is.
func TestRetirementInStories(t *testing.T) {
	f := builtFile(t, "direct.mobileconfig")
	for at, want := range map[time.Time]string{
		noon: "ends by the end of 2026", preflight.RetirementDay.Add(12 * time.Hour): "ends by the end of 2026", noon.AddDate(0, 3, 0): "has ended, if Microsoft kept to",
	} {
		s := ios.Explain(preflight.Scenario{At: at, Mailbox: preflight.ExchangeOnline}, f, ios.Known{})
		found := false
		for _, step := range s.After {
			found = found || step.Kind == "retirement" && strings.Contains(step.Shows, want) && strings.Contains(step.Means, "names no day")
		}
		if !found {
			t.Errorf("%v: %q is not told", at, want)
		}
	}
}

// Any value in the place of any other: the story ends, and nothing breaks.
func TestExplainOddValues(t *testing.T) {
	odd := []any{nil, "", "x", 7, -1, true, 2.5, []byte("x"), []any{}, dict{}, noon}
	account := with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": true, "UserName": "alice", "OAuthSignInURL": "https://login.contoso.com",
		"Certificate": []byte("x"), "Password": "x", "MailNumberOfPastDaysToSync": 7, "EnableMail": true})
	scep := dict{"PayloadType": "com.apple.security.scep", "PayloadVersion": 1, "PayloadIdentifier": "a.scep", "PayloadUUID": identityUUID, "PayloadContent": dict{"URL": "https://scep.contoso.com"}}
	root := dict{"PayloadType": "com.apple.security.root", "PayloadVersion": 1, "PayloadIdentifier": "a.root", "PayloadUUID": "R", "PayloadContent": alice(t).Chain[0].Raw}
	parts := []dict{with(small(), dict{"ConsentText": dict{"en": "x"}, "RemovalDate": noon.AddDate(1, 0, 0), "DurationUntilRemoval": 1.5, "PayloadExpirationDate": noon, "EncryptedPayloadContent": nil}),
		scep, root, account}
	whole := opened(t, with(parts[0], dict{"PayloadContent": []any{parts[1], parts[2], parts[3]}}))
	if s := told(whole, ios.Known{}); s.Refused {
		t.Fatalf("refused from the start: %+v", s.Steps)
	}
	for i, part := range parts {
		for key := range part {
			for _, value := range odd {
				changed := append([]dict{}, parts...)
				changed[i] = with(part, dict{key: value})
				top := changed[0]
				if i > 0 || key != "PayloadContent" {
					top = with(top, dict{"PayloadContent": []any{changed[1], changed[2], changed[3]}})
				}
				f, err := ios.Open(written(t, top))
				if err != nil {
					continue
				}
				for _, mdm := range []bool{false, true} {
					s := told(f, ios.Known{ByMDM: mdm})
					if end := s.Steps[len(s.Steps)-1].Kind; s.Refused != (end == "refused") {
						t.Errorf("%s %v: it ends with %s", key, value, end)
					}
					if _, err := s.Letter(); (err != nil) != s.Refused {
						t.Errorf("%s %v: %v", key, value, err)
					}
					ios.Compare(preflight.Scenario{At: noon}, whole, f, mdm)
					ios.Compare(preflight.Scenario{At: noon}, f, whole, mdm)
				}
			}
		}
	}
}
