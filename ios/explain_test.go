package ios_test

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
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
			begin + "check done", "page-sign-in picker consent-app compliant-device mail recurs renewal"},
		{"direct, mailbox unknown", small(smallIdentity(good), with(account, dict{"OAuth": false})), preflight.Scenario{}, false,
			begin + "check done", "silent mail retirement retired expires renewal"},
		{"direct to Exchange Server", small(smallIdentity(good), with(account, dict{"OAuth": false})), preflight.Scenario{Mailbox: preflight.ExchangeServer}, false,
			begin + "check done", "silent mail expires renewal"},
		{"reference to nothing", small(with(account, dict{"OAuth": false})), preflight.Scenario{Mailbox: preflight.ExchangeServer}, false,
			begin + "check done", "password-sign-in mail renewal"},
		{"SCEP", small(scep, account), preflight.Scenario{}, false,
			begin + "check done", "sign-in picker wrong-choice consent-app compliant-device mail recurs expires renewal"},
		{"ACME", small(acme, account), preflight.Scenario{}, false,
			"needs-ios " + begin + "check done", "sign-in picker wrong-choice consent-app compliant-device mail recurs expires renewal"},
		{"no TLS", small(smallIdentity(good), with(account, dict{"SSL": nil, "OAuth": false})), preflight.Scenario{Mailbox: preflight.ExchangeServer}, false,
			begin + "no-tls check done", "silent mail expires renewal"},
		{"questions", with(small(with(smallAccount, dict{"EmailAddress": nil})), dict{"TargetDeviceType": nil, "ConsentText": dict{"default": "x"}}), preflight.Scenario{Mailbox: preflight.ExchangeServer}, false,
			"open device badge contents passcode trust-warning consent prompt prompt prompt check done", "password-sign-in mail renewal"},
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
			if _, err := s.Letter(); (err != nil) != (s.Auth == "") { // without an account there is nobody to write to
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
		letter := letterOf(t, s)
		if s.Steps[0].Kind != test.first || !strings.Contains(letter, test.says) || strings.Contains(letter, test.nots) {
			t.Errorf("%+v: begins with %s\n%s", test.known, s.Steps[0].Kind, letter)
		}
	}
}

// letterOf is the letter of a story, a paragraph a line.
func letterOf(t *testing.T, s *ios.Story) string {
	t.Helper()
	paragraphs, err := s.Letter()
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, p := range paragraphs {
		text = append(text, p.Text)
	}
	return strings.Join(text, "\n")
}

// What phones that are too old, a signature or a root make of the installation is
// named in the letter, and what the letter says fits what the story says.
func TestLetterNamesWhatIsParticular(t *testing.T) {
	account := with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": true})
	acme := dict{"PayloadType": "com.apple.security.acme", "PayloadVersion": 1, "PayloadIdentifier": "a.enrol", "PayloadUUID": identityUUID,
		"DirectoryURL": "https://acme.contoso.com", "ClientIdentifier": "x", "KeySize": 256, "KeyType": "ECSECPrimeRandom", "HardwareBound": true, "Subject": []any{}}
	root := dict{"PayloadType": "com.apple.security.root", "PayloadVersion": 1, "PayloadIdentifier": "a.root", "PayloadUUID": "E7A53DE1-880E-5051-B74F-9DBFDDC805AA", "PayloadContent": alice(t).Chain[1].Raw}
	whole := small(smallIdentity(foreign(t, "openssl-3des.p12")), account)
	end := alice(t).Leaf.NotAfter
	signer := issue(t, "Signer", nil, noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0), nil)
	trusted := x509.NewCertPool()
	trusted.AddCert(signer.Certificate)
	mailboxIn := func(name string) preflight.Mailbox {
		if strings.Contains(name, "Exchange Server") {
			return preflight.ExchangeServer
		}
		return ""
	}
	for _, test := range []struct {
		name       string
		data       []byte
		at         time.Time
		ios        int
		known      ios.Known
		says, nots string // nots is "" for nothing
	}{
		{"ACME on an old phone", written(t, small(acme, account)), noon, 15, ios.Known{}, "You need iOS 16 or later (Settings > General > About).", "cannot be verified"},
		{"ACME on an old phone, by device management", written(t, small(acme, account)), noon, 15, ios.Known{ByMDM: true}, "You need iOS 16 or later", ""},
		{"ACME on a new phone", written(t, small(acme, account)), noon, 16, ios.Known{}, "The phone fetches your certificate. Keep it online and unlocked", "You need iOS"},
		{"unsigned", written(t, whole), noon, 0, ios.Known{}, "The phone warns you that the profile is not signed. That is expected: go on. If it warns you of anything else, stop", "trust a new"},
		{"unsigned, with a root", written(t, small(root, smallAccount)), noon, 0, ios.Known{}, "not signed, and that it will trust a new certificate, \"Contoso Test Root\". That is expected", ""},
		{"not verified", signedBy(t, written(t, whole), signer), noon, 0, ios.Known{Roots: x509.NewCertPool()}, "warns you that the profile is not verified.", ""},
		{"verified, with a root", signedBy(t, written(t, small(root, smallAccount)), signer), noon, 0, ios.Known{Roots: trusted}, "The phone warns you that it will trust a new certificate,", "is not signed"},
		{"verified", signedBy(t, written(t, whole), signer), noon, 0, ios.Known{Roots: trusted}, "must say Verified", "warns"},
		{"a root, mailbox on Exchange Server", written(t, small(root, with(smallAccount, dict{"OAuth": false}))), noon, 0, ios.Known{}, "Certificate Trust Settings. If \"Contoso Test Root\" is in the list, switch it on", ""},
		{"without a certificate", written(t, small(smallAccount)), noon, 0, ios.Known{}, "If it asks for the password of the mail account, type it.", "certificate"},
		{"OAuth without a certificate", written(t, small(with(smallAccount, dict{"OAuth": true}))), noon, 0, ios.Known{}, "Sign in there as you do at your computer.", "certificate"},
		{"no mail", written(t, small(with(smallAccount, dict{"EnableMail": false}))), noon, 0, ios.Known{}, "The account brings contacts, calendars, reminders, notes, and no mail.", "Your mail comes in"},
		{"by device management", written(t, whole), noon, 0, ios.Known{ByMDM: true}, "put on your iPhone or iPad by your organisation", "days"},
		{"at the certificate's end", written(t, whole), end, 0, ios.Known{}, "Your certificate ended on ", "good until"},
		{"a certificate for long", written(t, whole), noon, 0, ios.Known{}, "Ask the help desk if no new profile has come by " + end.AddDate(0, 0, -14).Format("2 January 2006") + ".", "You get a new"},
		{"for days", written(t, whole), end.AddDate(0, 0, -3), 0, ios.Known{}, "Ask the help desk for a new profile now.", "has come by"},
		{"that ended", written(t, whole), end.AddDate(0, 0, 3), 0, ios.Known{}, "Your certificate ended on ", "good until"},
	} {
		t.Run(test.name, func(t *testing.T) {
			letter := letterOf(t, ios.Explain(preflight.Scenario{At: test.at, IOS: test.ios, Mailbox: mailboxIn(test.name)}, reopened(t, test.data), test.known))
			if !strings.Contains(letter, test.says) || test.nots != "" && strings.Contains(letter, test.nots) {
				t.Errorf("want %q and not %q:\n%s", test.says, test.nots, letter)
			}
			if strings.Count(letter, "warns you") > 2 { // once, with what else it may warn of
				t.Errorf("it warns twice:\n%s", letter)
			}
		})
	}
}

// A phone that does not know a payload is told of at the start; what every phone to
// serve knows is not.
func TestNeedsIOS(t *testing.T) {
	acme := small(dict{"PayloadType": "com.apple.security.acme", "PayloadVersion": 1, "PayloadIdentifier": "a.enrol", "PayloadUUID": identityUUID,
		"DirectoryURL": "https://acme.contoso.com", "ClientIdentifier": "x", "KeySize": 256, "KeyType": "ECSECPrimeRandom", "HardwareBound": true, "Subject": []any{}}, smallAccount)
	for _, test := range []struct {
		top  dict
		ios  int
		want string
	}{
		{acme, 15, "16"}, {acme, 16, ""}, {acme, 26, ""}, {small(smallAccount), 12, ""}, {small(dict{"PayloadType": "com.contoso.own"}), 12, ""},
	} {
		s := ios.Explain(preflight.Scenario{At: noon, IOS: test.ios}, opened(t, test.top), ios.Known{})
		first := s.Steps[0]
		if s.NeedsIOS != test.want || (first.Kind == "needs-ios") != (test.want != "") || test.want != "" && (!first.Maybe || !strings.Contains(first.Shows, "before iOS 16 do not know payload 1 (ACME Certificate)")) {
			t.Errorf("iOS %d needs %q, want %q: %+v", test.ios, s.NeedsIOS, test.want, first)
		}
	}
}

// Placeholders are for device management: by hand there is no letter, and the story
// begins with them. What stands in a secret is not shown.
func TestPlaceholders(t *testing.T) {
	top := small(with(smallAccount, dict{"EmailAddress": "{{mail}}", "UserName": "{{mail}}", "Password": "{{correct horse}}{{username}}"}))
	for _, test := range []struct {
		name  string
		top   dict
		known ios.Known
		want  string
	}{
		{"by hand", top, ios.Known{}, "{{mail}} {{…}} {{username}}"},
		{"by device management", top, ios.Known{ByMDM: true}, ""},
		{"by one that fills none in", top, ios.Known{ByMDM: true, Literal: true}, "{{mail}} {{…}} {{username}}"},
		{"none", small(smallAccount), ios.Known{}, ""},
	} {
		s := told(opened(t, test.top), test.known)
		if got := strings.Join(s.Unfilled, " "); got != test.want || (s.Steps[0].Kind == "placeholders") != (test.want != "") {
			t.Errorf("%s: %s, want %s: %+v", test.name, got, test.want, s.Steps[0])
		}
		if _, err := s.Letter(); errors.Is(err, ios.ErrUnfilled) != (test.want != "") || errors.Is(err, ios.ErrRefused) {
			t.Errorf("%s: the letter: %v", test.name, err)
		}
	}
}

// What becomes of direct sign-in is mended with easkit migrate, but for profiles of
// device management.
func TestRetirementNamesTheWayOut(t *testing.T) {
	for byMDM, want := range map[bool]string{false: "easkit migrate FILE", true: "in device management"} {
		f := opened(t, small(smallIdentity(foreign(t, "openssl-3des.p12")), with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": false})))
		s := ios.Explain(preflight.Scenario{At: noon, Mailbox: preflight.ExchangeOnline}, f, ios.Known{ByMDM: byMDM})
		if i := slices.IndexFunc(s.After, func(s ios.Step) bool { return s.Kind == "retirement" }); i < 0 || !strings.Contains(s.After[i].Does, want) {
			t.Errorf("by device management %v: %+v", byMDM, s.After)
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
		why  string
	}{
		{"nothing", small(smallAccount), time.Time{}, ""},
		{"its own date", with(small(smallAccount), dict{"PayloadExpirationDate": noon}), noon, "2026-11-22: the day set in it (PayloadExpirationDate)."},
		{"certificate", small(identity), leaf.NotAfter.AddDate(0, 0, -14), "14 days before the first certificate in it ends (Alice Example, " + leaf.NotAfter.Format(time.DateOnly) + ")."},
		{"both", with(small(identity), dict{"PayloadExpirationDate": noon}), noon, "the day set in it"},
		{"certificate first", with(small(identity), dict{"PayloadExpirationDate": leaf.NotAfter.AddDate(10, 0, 0)}), leaf.NotAfter.AddDate(0, 0, -14), "14 days before the first certificate"},
		{"mail goes on", with(small(identity, with(smallAccount, dict{"PayloadCertificateUUID": identityUUID})), dict{"PayloadExpirationDate": noon}), noon,
			"That is not the end of mail: the account's own certificate is good until " + leaf.NotAfter.Format(time.DateOnly) + "."},
	} {
		s := told(opened(t, test.top), ios.Known{})
		if !s.Expires.Equal(test.want) {
			t.Errorf("%s: %v, want %v", test.name, s.Expires, test.want)
		}
		i := slices.IndexFunc(s.Steps, func(s ios.Step) bool { return s.Kind == "contents" })
		if means := s.Steps[i].Means; !strings.Contains(means, test.why) || (test.why == "") != (means == "") {
			t.Errorf("%s: it says %q, want %q", test.name, means, test.why)
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
					if _, err := s.Letter(); (err != nil) != (s.Refused || s.Auth == "") {
						t.Errorf("%s %v: %v", key, value, err)
					}
					ios.Compare(preflight.Scenario{At: noon}, whole, f, mdm)
					ios.Compare(preflight.Scenario{At: noon}, f, whole, mdm)
				}
			}
		}
	}
}

// Times are told in whole seconds, in UTC, wherever the clock stands.
func TestTimesOfStories(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	s := ios.Explain(preflight.Scenario{At: noon.Add(123 * time.Millisecond).In(zone)}, opened(t, small(smallIdentity(foreign(t, "openssl-3des.p12")), smallAccount)), ios.Known{})
	for _, at := range []time.Time{s.At, s.Expires} {
		if at.Location() != time.UTC || at.Nanosecond() != 0 {
			t.Errorf("it tells %v", at)
		}
	}
}

// "Must say Verified" is for phones of which somebody said whom they trust.
func TestVerifiedWithoutNamedRoots(t *testing.T) {
	signer := issue(t, "Signer", nil, noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0), nil)
	trusted := x509.NewCertPool()
	trusted.AddCert(signer.Certificate)
	s := told(reopened(t, signedBy(t, written(t, small(smallAccount)), signer)), ios.Known{Roots: trusted})
	if !s.RootsNamed || s.Badge.State != ios.Verified || !strings.Contains(letterOf(t, s), "The page must say Verified") {
		t.Errorf("roots are named, and it says: %s", letterOf(t, s))
	}
	s.RootsNamed = false
	if letter := letterOf(t, s); strings.Contains(letter, "must say") || !strings.Contains(letter, `who signed the profile: "Signer"`) {
		t.Errorf("no roots are named, and it says: %s", letter)
	}
}
