package ios_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
)

// foreign is a certificate file that another tool made.
func foreign(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(foreignDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Every number that a file can cause ends the story where the phone ends the
// installation.
func TestStoryOfRefusals(t *testing.T) {
	good := foreign(t, "openssl-3des.p12")
	identity, account := smallIdentity(good), with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": true, "UserName": "alice"})
	whole := small(identity, account)
	ca := dict{"PayloadType": "com.apple.security.root", "PayloadVersion": 1, "PayloadIdentifier": "a.root", "PayloadUUID": "E7A53DE1-880E-5051-B74F-9DBFDDC805AA"}
	issuing := alice(t).Chain[0].Raw
	opening, page := "open refused", "open badge contents refused"
	installing := "open badge contents passcode trust-warning refused"
	for _, test := range []struct {
		name, codes, steps string
		top                dict
		ios                int // where it is not the oldest
	}{
		{"TargetDeviceType", "ios-1000", opening, with(whole, dict{"TargetDeviceType": 8}), 0},
		{"version", "ios-1001", opening, with(whole, dict{"PayloadVersion": 3}), 0},
		{"no UUID", "ios-1002", opening, with(whole, dict{"PayloadUUID": ""}), 0},
		{"no version", "ios-1002", opening, with(whole, dict{"PayloadVersion": nil}), 0},
		{"version as text", "ios-1003", opening, with(whole, dict{"PayloadVersion": "1"}), 0},
		{"no payload", "ios-1005", opening, small(), 0},
		{"one UUID twice", "ios-1007", opening, small(with(identity, dict{"PayloadUUID": accountUUID}), smallAccount), 0},
		{"one identifier twice", "ios-1008", opening, small(with(identity, dict{"PayloadIdentifier": account["PayloadIdentifier"]}), account), 0},
		{"another type", "ios-1016 ios-1017", opening, with(whole, dict{"PayloadType": "Settings"}), 0},
		{"payload that is none", "ios-2000", opening, small(account, "text"), 0},
		{"payload's version", "ios-2001", opening, small(with(smallAccount, dict{"PayloadVersion": 2})), 0},
		{"payload without UUID", "ios-2002", opening, small(with(smallAccount, dict{"PayloadUUID": nil})), 0},
		{"SSL as text", "ios-2003", opening, small(with(smallAccount, dict{"SSL": "true"})), 0},
		{"file as text", "ios-2003", opening, small(with(identity, dict{"PayloadContent": "MII"})), 0},
		{"page that is no URL", "ios-2004", opening, small(with(smallAccount, dict{"OAuth": true, "OAuthSignInURL": "login"})), 0},
		{"removal date", "ios-4006 ios-4026", page, with(whole, dict{"RemovalDate": noon.Add(-time.Hour)}), 0},
		{"cipher", "ios-9000", installing, small(with(identity, dict{"PayloadContent": foreign(t, "openssl-modern.p12")}), account), 0},
		{"wrong password", "ios-9000", installing, small(with(identity, dict{"Password": "another"}), account), 0},
		{"cut short", "ios-9000", installing, small(with(identity, dict{"PayloadContent": good[:100]}), account), 0},
		{"certificate in place of a file", "ios-9000", installing, small(with(identity, dict{"PayloadContent": issuing}), account), 0},
		{"two identities", "ios-9001", installing, small(with(identity, dict{"PayloadContent": foreign(t, "two-identities.p12")}), account), 18},
		{"no key", "ios-9001 ios-9006", installing, small(with(identity, dict{"PayloadContent": foreign(t, "openssl-nokey.p12")}), account), 18},
		{"two certificates", "ios-9001", installing, small(with(ca, dict{"PayloadContent": foreign(t, "chain.pem")})), 0},
		{"no certificate", "ios-9005", installing, small(with(ca, dict{"PayloadContent": []byte("x")})), 0},
		{"no server", "ios-21003 ios-2002", opening, small(with(smallAccount, dict{"Host": ""})), 0},
		{"no server, but a page", "ios-21003 ios-2002", opening, small(with(account, dict{"Host": nil, "OAuthSignInURL": "https://login.contoso.com"})), 0},
		{"same account twice", "ios-21005", "accounts " + installing, small(with(account, dict{"PayloadUUID": "B", "PayloadIdentifier": "b"}), account), 0},
		{"inline file", "ios-21006", installing, small(with(smallAccount, dict{"OAuth": false, "Certificate": good, "CertificatePassword": "another"})), 0},
		{"no service", "ios-21009", opening, small(with(smallAccount, dict{"EnableMail": false, "EnableContacts": false, "EnableCalendars": false, "EnableReminders": false, "EnableNotes": false})), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := ios.Explain(preflight.Scenario{At: noon, IOS: test.ios}, opened(t, test.top), ios.Known{})
			last := s.Steps[len(s.Steps)-1]
			var codes []string
			for _, c := range last.Codes {
				codes = append(codes, c.ID)
			}
			if got := strings.Join(codes, " "); got != test.codes || !s.Refused {
				t.Errorf("refused for %s, want %s: %+v", got, test.codes, last)
			}
			if got := strings.Join(kinds(s.Steps), " "); got != test.steps || len(s.After) > 0 || len(s.Wrong) > 0 {
				t.Errorf("told: %s, then %v, %v; want %s", got, kinds(s.After), kinds(s.Wrong), test.steps)
			}
			if last.Does == "" {
				t.Error("it does not say what to do")
			}
			if _, err := s.Letter(); err == nil {
				t.Error("it writes a letter all the same")
			}
		})
	}
	t.Run("what is taken", func(t *testing.T) {
		for name, top := range map[string]dict{
			"whole": whole, "second version": with(whole, dict{"PayloadVersion": 2}), "wrapper": with(whole, dict{"PayloadType": "CertificateWrapper"}),
			"unknown key": small(identity, with(account, dict{"Colour": 3})), "found by address": small(identity, with(account, dict{"Host": nil})),
			"identifier of the profile": small(identity, with(account, dict{"PayloadIdentifier": "com.contoso.mail"})),
		} {
			if s := told(opened(t, top), ios.Known{}); s.Refused {
				t.Errorf("%s: %+v", name, s.Steps[len(s.Steps)-1])
			}
		}
	})
}

// A signature that does not hold is a number of its own.
func TestRefusedForItsSignature(t *testing.T) {
	signer := issue(t, "Signer", nil, noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0), nil)
	data := bytes.Replace(signedBy(t, written(t, small(smallAccount)), signer), []byte("mail.contoso.com"), []byte("mail.fabrikam.de"), 1)
	s := told(reopened(t, data), ios.Known{})
	last := s.Steps[len(s.Steps)-1]
	if !s.Refused || last.Codes[0].ID != "ios-1000" || last.Codes[1].ID != "ios-1004" {
		t.Errorf("got %+v", last)
	}
}

// Why a file does not open is told as it is, whatever the phone says of passwords.
func TestWhyTheCertificateFileIsRefused(t *testing.T) {
	modern := with(smallIdentity(foreign(t, "openssl-modern.p12")), dict{"Password": nil})
	account := with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": true})
	for _, test := range []struct {
		name  string
		top   dict
		known ios.Known
		ios   int
		want  string // "" is that the phone takes it
	}{
		{"old phone", small(modern, account), ios.Known{Password: "correct horse"}, 17, "The password is right, whatever the phone says. iOS 17 cannot read the file"},
		{"a newer one reads it", small(modern, account), ios.Known{Password: "correct horse"}, 17, "iOS 18 and later read it."},
		{"new phone", small(modern, account), ios.Known{Password: "correct horse"}, 18, ""},
		{"locked, for an old phone", small(modern, account), ios.Known{}, 17, "Whatever the password, iOS 17 cannot read the file: its MAC is"},
		{"locked, for a newer one", small(modern, account), ios.Known{}, 18, ""},
		{"wrong password given, old phone", small(modern, account), ios.Known{Password: "wrong"}, 17, "For iOS 18 and later this is no hindrance."},
		{"wrong password given", small(modern, account), ios.Known{Password: "wrong"}, 18, ""},
		{"wrong password inside", small(with(modern, dict{"Password": "wrong"}), account), ios.Known{Password: "correct horse"}, 18, "The password that the profile itself brings along does not open"},
		{"device management without a password", small(modern, account), ios.Known{ByMDM: true, Password: "correct horse"}, 18, "nobody is asked for it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := ios.Explain(preflight.Scenario{At: noon, IOS: test.ios}, opened(t, test.top), test.known)
			last := s.Steps[len(s.Steps)-1]
			if s.Refused != (test.want != "") {
				t.Fatalf("refused is %v: %+v", s.Refused, last)
			}
			if s.Refused && (len(last.Codes) == 0 || !strings.Contains(last.Codes[0].Here, test.want)) {
				t.Errorf("got %+v, want %s", last.Codes, test.want)
			}
		})
	}
}

// Nobody has opened a file that is locked, and the story says so.
func TestLockedFile(t *testing.T) {
	s := told(opened(t, small(with(smallIdentity(foreign(t, "openssl-3des.p12")), dict{"Password": nil}), with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": true}))), ios.Known{})
	i := slices.IndexFunc(s.Steps, func(s ios.Step) bool { return s.Kind == "prompt" })
	if i < 0 || !strings.Contains(s.Steps[i].Codes[0].Here, "Nobody here has opened the file") {
		t.Errorf("got %+v", s.Steps)
	}
	if got := s.Certificate.String(); !strings.HasPrefix(got, "the one named in alice.p12") {
		t.Errorf("the certificate is %s", got)
	}
}
