package ios_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
)

// stepOf is the first step of a kind, or one without words.
func stepOf(s *ios.Story, kind string) ios.Step {
	for _, steps := range [][]ios.Step{s.Steps, s.After, s.Wrong} {
		if i := slices.IndexFunc(steps, func(s ios.Step) bool { return s.Kind == kind }); i >= 0 {
			return steps[i]
		}
	}
	return ios.Step{}
}

// saidAt is all that a step says.
func saidAt(s ios.Step) string {
	text := s.Shows + "\n" + s.Does + "\n" + s.Means
	for _, c := range s.Codes {
		text += "\n" + c.ID + " " + c.Here
	}
	return text
}

// Of each certificate file it is told whether it was opened here: of that which no
// account signs in with, too, and with a password that does not open it.
func TestWhatIsToldOfAPassword(t *testing.T) {
	shut := with(smallIdentity(foreign(t, "openssl-3des.p12")), dict{"Password": nil})
	second := with(shut, dict{"PayloadUUID": "S", "PayloadIdentifier": "a.smime"})
	account := with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": true})
	for _, test := range []struct {
		name     string
		top      dict
		password string
		says     []string // of each question
		given    ios.GivenPassword
	}{
		{"not given", small(shut, account), "", []string{"Nobody here has opened the file"}, ""},
		{"right", small(shut, account), "correct horse", []string{"opens with the right password"}, ios.PasswordOpens},
		{"wrong", small(shut, account), "wrong", []string{"The password given here does not open it"}, ios.PasswordRefused},
		{"no account refers to it", small(shut), "", []string{"Nobody here has opened the file"}, ""},
		{"of two, one is open", small(smallIdentity(foreign(t, "openssl-3des.p12")), second, account), "", []string{"Nobody here has opened the file"}, ""},
		{"of two, one is another's", small(shut, with(second, dict{"PayloadContent": foreign(t, "openssl-utf8pass.p12")}), account), "correct horse",
			[]string{"opens with the right password", "The password given here does not open it"}, ios.PasswordOpens},
		{"in the account", small(with(smallAccount, dict{"OAuth": false, "Certificate": foreign(t, "openssl-3des.p12")})), "", []string{"ios-21006 A slip of the finger, or a file that iOS 18 cannot read"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := ios.Explain(preflight.Scenario{At: noon, IOS: 18}, opened(t, test.top), ios.Known{Password: certs.Password(test.password)})
			var said []string
			for _, step := range s.Steps {
				if text := saidAt(step); strings.Contains(text, "certificate file") && step.Kind == "prompt" {
					said = append(said, text)
				}
			}
			if s.Refused || s.Given != test.given || len(said) != len(test.says) {
				t.Fatalf("refused %v, given %q, %d questions: %v", s.Refused, s.Given, len(said), said)
			}
			for i, want := range test.says {
				if !strings.Contains(said[i], want) {
					t.Errorf("%s\nwant %s", said[i], want)
				}
			}
			if end := stepOf(s, "contents").Means; test.given != ios.PasswordOpens && strings.Contains(end, "ends on") {
				t.Errorf("a file is locked, and it says %s", end)
			}
		})
	}
}

// How the account names its identity decides what is told of a certificate.
func TestHowTheIdentityIsNamed(t *testing.T) {
	identity := smallIdentity(foreign(t, "openssl-3des.p12"))
	account := with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": false, "UserName": "alice"})
	ca := dict{"PayloadType": "com.apple.security.root", "PayloadVersion": 1, "PayloadIdentifier": "a.root", "PayloadUUID": identityUUID, "PayloadContent": alice(t).Chain[0].Raw}
	wifi := dict{"PayloadType": "com.apple.wifi.managed", "PayloadVersion": 1, "PayloadIdentifier": "a.wifi", "PayloadUUID": identityUUID}
	for _, test := range []struct {
		name        string
		top         dict
		certificate bool
		kind, says  string
		basis       preflight.Basis // of the server's test
	}{
		{"a file", small(identity, account), true, "silent", "shows the certificate", preflight.Observed},
		{"none", small(with(account, dict{"PayloadCertificateUUID": ""})), false, "password-sign-in", "no certificate", preflight.Inferred},
		{"nothing of the profile", small(account), false, "done", "the phone does not look", preflight.Inferred},
		{"a CA", small(ca, account), false, "done", "the phone does not look", preflight.Inferred},
		{"a Wi-Fi", small(wifi, account), false, "done", "the phone does not look", preflight.Inferred},
		{"other capitals", small(identity, with(account, dict{"PayloadCertificateUUID": strings.ToLower(identityUUID)})), true, "reference-case", "is not known", preflight.Observed},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := told(opened(t, test.top), ios.Known{})
			if s.Refused || (s.Certificate != nil) != test.certificate || !strings.Contains(saidAt(stepOf(s, test.kind)), test.says) {
				t.Errorf("refused %v, certificate %v: %+v", s.Refused, s.Certificate, s.Steps)
			}
			if got := stepOf(s, "check").Basis; got != test.basis {
				t.Errorf("the server's test is %s, want %s", got, test.basis)
			}
			letter := letterOf(t, s)
			for _, words := range []string{"do not try passwords", "choose the certificate", "choose the one"} {
				if !test.certificate && strings.Contains(letter, words) {
					t.Errorf("without a certificate the letter says %q:\n%s", words, letter)
				}
			}
			if strings.Contains(letter, "If it asks for the password of the mail account, type it.") == test.certificate {
				t.Errorf("the password of the mail account: %s", letter)
			}
		})
	}
}

// The other accounts and identities of a profile are named.
func TestOthersAreNamed(t *testing.T) {
	identity := smallIdentity(foreign(t, "openssl-3des.p12"))
	smime := with(identity, dict{"PayloadContent": foreign(t, "nss-3des.p12"), "PayloadUUID": "S", "PayloadIdentifier": "a.smime", "PayloadCertificateFileName": "smime.p12", "Password": nil})
	account := with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": true})
	bob := with(smallAccount, dict{"PayloadUUID": "B", "PayloadIdentifier": "b", "EmailAddress": "bob@contoso.com", "OAuth": false})
	s := told(opened(t, small(identity, smime, account, bob)), ios.Known{})
	if got := stepOf(s, "accounts").Shows; got != "The story is of the first of 2 mail accounts. The others: bob@contoso.com at mail.contoso.com, by a password." {
		t.Error(got)
	}
	if got := stepOf(s, "picker").Means; !strings.Contains(got, "The profile itself brings others, that are not for this: the one named in smime.p12") {
		t.Error(got)
	}
	s = told(opened(t, small(identity, account)), ios.Known{})
	if len(s.Others) > 0 || stepOf(s, "accounts").Kind != "" || strings.Contains(stepOf(s, "picker").Means, "brings others") {
		t.Errorf("others of a profile with one: %+v", s)
	}
}

// Two accounts of which the user types the address are not the same.
func TestAccountsWithoutAddress(t *testing.T) {
	bare := with(smallAccount, dict{"EmailAddress": nil})
	other := dict{"PayloadUUID": "B", "PayloadIdentifier": "b"}
	named := with(bare, dict{"UserName": "alice"})
	for name, test := range map[string]struct {
		top     dict
		refused bool
	}{
		"typed":     {small(bare, with(bare, other)), false},
		"given":     {small(smallAccount, with(smallAccount, other)), true},
		"made up":   {small(named, with(named, other)), true},
		"two users": {small(named, with(named, with(other, dict{"UserName": "bob"}))), false},
	} {
		if s := told(opened(t, test.top), ios.Known{}); s.Refused != test.refused {
			t.Errorf("%s: refused is %v", name, s.Refused)
		}
	}
}
