package ios_test

import (
	"strings"
	"testing"

	"github.com/easkit/easkit/ios"
)

// What the phone asks, for each combination of what an account says. The first rows
// are those that were observed.
func TestPromptsOfAnAccount(t *testing.T) {
	cert := dict{"PayloadCertificateUUID": identityUUID}
	user, password := dict{"UserName": "alice"}, dict{"Password": "secret"}
	oauth, noOAuth := dict{"OAuth": true}, dict{"OAuth": false}
	for _, test := range []struct {
		name string
		keys []dict
		want string
	}{
		{"nothing", nil, "user-name password"},
		{"user", []dict{user}, "password"},
		{"OAuth", []dict{oauth}, "user-name"},
		{"OAuth false", []dict{noOAuth}, "user-name"},
		{"certificate", []dict{cert}, ""},
		{"certificate, user", []dict{cert, user}, "password?"},
		{"certificate, OAuth", []dict{cert, oauth}, ""},
		{"certificate, OAuth false", []dict{cert, noOAuth}, ""},
		{"certificate, OAuth, user", []dict{cert, oauth, user}, ""},
		{"certificate, OAuth false, user", []dict{cert, noOAuth, user}, ""},

		{"password", []dict{password}, "user-name"},
		{"user, password", []dict{user, password}, ""},
		{"OAuth, user", []dict{oauth, user}, ""},
		{"certificate, user, password", []dict{cert, user, password}, ""},

		{"empty user name", []dict{{"UserName": ""}}, "user-name password"},
		{"inline file", []dict{{"Certificate": []byte("p12")}}, "certificate-password"},
		{"inline file with its password", []dict{{"Certificate": []byte("p12"), "CertificatePassword": "x"}}, ""},
		{"inline file and reference", []dict{cert, {"Certificate": []byte("p12")}}, ""},
		{"inline file, user", []dict{{"Certificate": []byte("p12")}, user}, "password? certificate-password"},
		{"inline file, OAuth", []dict{{"Certificate": []byte("p12")}, oauth, user}, "certificate-password"},
		{"inline file, OAuth false", []dict{{"Certificate": []byte("p12")}, noOAuth, user}, "certificate-password"},
		{"inline file and an empty reference", []dict{{"Certificate": []byte("p12"), "PayloadCertificateUUID": ""}}, "certificate-password"},
		{"empty reference", []dict{{"PayloadCertificateUUID": ""}}, "user-name password"},
		{"OAuth, password", []dict{oauth, password}, "user-name"},
		{"OAuth false, password", []dict{noOAuth, password}, "user-name"},
		{"OAuth, user, password", []dict{oauth, user, password}, ""},
		{"no address", []dict{cert, {"EmailAddress": nil}}, "email"},
		{"no address, user and host", []dict{cert, noOAuth, user, {"EmailAddress": nil}}, "invented-email!"},
		{"no address, user, no host", []dict{cert, oauth, user, {"EmailAddress": nil, "Host": nil}}, "email"},
	} {
		t.Run(test.name, func(t *testing.T) {
			account := smallAccount
			for _, k := range test.keys {
				account = with(account, k)
			}
			got := asked(ios.Prompts(opened(t, small(account))))
			if want := strings.TrimSpace("passcode " + test.want); got != want {
				t.Errorf("asked: %s, want %s", got, want)
			}
		})
	}
}

// asked writes prompts as words: ? is optional, ! is not asked.
func asked(prompts []ios.Prompt) string {
	var words []string
	for _, p := range prompts {
		word := string(p.Kind)
		if p.Optional {
			word += "?"
		}
		if p.NotAsked {
			word += "!"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestPromptsOfAProfile(t *testing.T) {
	id := alice(t)
	root := dict{"PayloadType": "com.apple.security.root", "PayloadVersion": 1, "PayloadIdentifier": "a.root", "PayloadUUID": "E7A53DE1-880E-5051-B74F-9DBFDDC805AA",
		"PayloadContent": id.Chain[len(id.Chain)-1].Raw}
	issuing := with(root, dict{"PayloadType": "com.apple.security.pkcs1", "PayloadContent": id.Chain[0].Raw})
	scep := dict{"PayloadType": "com.apple.security.scep", "PayloadContent": dict{"URL": "https://scep.contoso.com"}}
	for _, test := range []struct {
		name string
		top  dict
		want string
	}{
		{"for a phone", small(), "passcode"},
		{"for any device", with(small(), dict{"TargetDeviceType": nil}), "device passcode"},
		{"for any device, in writing", with(small(), dict{"TargetDeviceType": 0}), "device passcode"},
		{"consent", with(small(), dict{"ConsentText": dict{"default": "We manage this phone."}}), "passcode consent"},
		{"no text of consent", with(small(), dict{"ConsentText": dict{}}), "passcode"},
		{"root and intermediate", small(root, issuing), "passcode trust"},
		{"file without password", small(with(smallIdentity(nil), dict{"Password": nil})), "passcode certificate-password"},
		{"file with an empty password", small(with(smallIdentity(nil), dict{"Password": ""})), "passcode certificate-password"},
		{"file with its password", small(smallIdentity(nil)), "passcode"},
		{"SCEP", small(scep), "passcode"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := asked(ios.Prompts(opened(t, test.top))); got != test.want {
				t.Errorf("asked: %s, want %s", got, test.want)
			}
		})
	}
}
