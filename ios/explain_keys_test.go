package ios_test

import (
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
)

// What phones were not seen to refuse is told as what may happen, with its number, or
// not at all; the story goes on.
func TestWhatPhonesMayRefuse(t *testing.T) {
	account := with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": true, "UserName": "alice"})
	whole := small(smallIdentity(foreign(t, "openssl-3des.p12")), account)
	scep := func(content dict) dict {
		return small(dict{"PayloadType": "com.apple.security.scep", "PayloadVersion": 1, "PayloadIdentifier": "a.enrol", "PayloadUUID": identityUUID,
			"PayloadContent": with(dict{"URL": "https://scep.contoso.com"}, content)}, account)
	}
	removal := dict{"PayloadType": "com.apple.profileRemovalPassword", "PayloadVersion": 1, "PayloadIdentifier": "a.removal", "PayloadUUID": "R", "RemovalPassword": "take it off"}
	wifi := dict{"PayloadType": "com.apple.wifi.managed", "PayloadVersion": 1, "PayloadIdentifier": "a.wifi", "PayloadUUID": "W"}
	for _, test := range []struct {
		name       string
		top        dict
		kind, code string // "" is that nothing is told
	}{
		{"sound", whole, "", ""},
		{"a name that is none", with(whole, dict{"PayloadDisplayName": 7}), "perhaps-refused", "ios-1003"},
		{"a date as text", with(whole, dict{"RemovalDate": "2020-01-01"}), "perhaps-refused", "ios-1003"},
		{"a day as text", with(whole, dict{"PayloadExpirationDate": "2020-01-01"}), "perhaps-refused", "ios-1003"},
		{"a device of the future", with(whole, dict{"TargetDeviceType": 7}), "perhaps-refused", "ios-1010"},
		{"IsEncrypted", with(whole, dict{"IsEncrypted": "yes"}), "", ""},
		{"HasRemovalPasscode", with(whole, dict{"HasRemovalPasscode": 1}), "", ""},
		{"PayloadScope", with(whole, dict{"PayloadScope": "Mine"}), "", ""},
		{"PayloadRemovalDisallowed", with(whole, dict{"PayloadRemovalDisallowed": "no"}), "", ""},
		{"page without OAuth", small(with(smallAccount, dict{"OAuth": false, "OAuthSignInURL": 7})), "", ""},
		{"another payload", small(smallAccount, with(wifi, dict{"PayloadDisplayName": 7, "SSID_STR": 7})), "", ""},
		{"the name of a certificate", small(with(smallIdentity(foreign(t, "openssl-3des.p12")), dict{"PayloadCertificateFileName": 7}), account), "perhaps-refused", "ios-2003"},
		{"key usage", scep(dict{"Key Usage": 8}), "perhaps-refused", "ios-22000"},
		{"key size", scep(dict{"Keysize": 512}), "perhaps-refused", "ios-22001"},
		{"key type", scep(dict{"Key Type": "EC"}), "perhaps-refused", "ios-2004"},
		{"subject", scep(dict{"Subject": []any{[]any{[]any{7, 8}}}}), "perhaps-refused", "ios-22011"},
		{"removal password", small(smallAccount, removal), "supervised", "ios-4025"},
		{"no time left", with(whole, dict{"DurationUntilRemoval": 0.0}), "no-time-left", "ios-4006"},
		{"time before it began", with(whole, dict{"DurationUntilRemoval": -5.0}), "no-time-left", "ios-4026"},
		{"host with a scheme", small(with(smallAccount, dict{"Host": "https://mail.contoso.com"})), "odd-host", "ios-18001"},
		{"what comes as something else", whole, "open", "ios-4007"},
		{"another profile's UUID", whole, "done", "ios-4010"},
		{"encrypted", with(whole, dict{"PayloadContent": nil, "EncryptedPayloadContent": []byte("x")}), "encrypted", "ios-1006"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := told(opened(t, test.top), ios.Known{})
			if s.Refused {
				t.Fatalf("refused: %+v", s.Steps)
			}
			step := stepOf(s, test.kind)
			if test.kind != "" && !strings.Contains(saidAt(step), test.code+" ") {
				t.Errorf("%s is not told: %+v", test.code, s.Steps)
			}
			if test.kind == "" && strings.Contains(strings.Join(kinds(s.Steps), " "), "perhaps") {
				t.Errorf("told: %+v", stepOf(s, "perhaps-refused"))
			}
			if test.kind != "" && test.kind != "open" && test.kind != "done" && !step.Maybe {
				t.Errorf("it is told as certain: %+v", step)
			}
		})
	}
}

// A profile of which nothing can be told, or without an account, has no letter.
func TestNoLetter(t *testing.T) {
	shut := with(small(), dict{"PayloadContent": nil, "EncryptedPayloadContent": []byte("x")})
	for name, test := range map[string]struct {
		top  dict
		want error
	}{"encrypted": {shut, ios.ErrEncrypted}, "no account": {small(smallIdentity(foreign(t, "openssl-3des.p12"))), ios.ErrNoAccount}} {
		for _, mdm := range []bool{false, true} {
			if _, err := told(opened(t, test.top), ios.Known{ByMDM: mdm}).Letter(); err != test.want {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// What is likely is told as that, and what nobody knows not at all.
func TestHedges(t *testing.T) {
	identity := smallIdentity(foreign(t, "openssl-3des.p12"))
	account := with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": true, "UserName": "alice"})
	for _, test := range []struct {
		name       string
		top        dict
		s          preflight.Scenario
		kind, says string
		basis      preflight.Basis
	}{
		{"OAuth, mailbox unknown", small(identity, account), preflight.Scenario{}, "sign-in", "if the mailbox is in Exchange Online, and the organisation's own (AD FS) otherwise", preflight.Inferred},
		{"OAuth, mailbox said", small(identity, account), preflight.Scenario{Mailbox: preflight.ExchangeOnline}, "sign-in", "opens Entra ID's sign-in page", preflight.Observed},
		{"OAuth, issuer said", small(identity, account), preflight.Scenario{Issuer: preflight.Entra}, "sign-in", "opens Entra ID's sign-in page", preflight.Observed},
		{"OAuth, end", small(identity, account), preflight.Scenario{}, "expires", "until then mail may go on", preflight.Inferred},
		{"direct, end", small(identity, with(account, dict{"OAuth": false})), preflight.Scenario{}, "expires", "From then on the sign-in fails", preflight.Documented},
		{"ended", small(identity, account), preflight.Scenario{At: alice(t).Leaf.NotAfter}, "expires", "no sign-in succeeds", preflight.Documented},
		{"OAuth on iOS 11", small(identity, account), preflight.Scenario{IOS: 11}, "oauth-too-old", "do not know the key OAuth", preflight.Inferred},
		{"OAuth on iOS 12", small(identity, account), preflight.Scenario{IOS: 12}, "oauth-too-old", "", ""},
		{"days", small(identity, with(account, dict{"MailNumberOfPastDaysToSync": 365})), preflight.Scenario{}, "mail", "what iOS does with 365 is not known", preflight.Inferred},
		{"days of the list", small(identity, with(account, dict{"MailNumberOfPastDaysToSync": 31})), preflight.Scenario{}, "mail", "the mail of the past 31 days", preflight.Documented},
		{"no mail", small(identity, with(account, dict{"EnableMail": false})), preflight.Scenario{}, "no-mail", "It brings contacts, calendars", preflight.Documented},
		{"no mail fills", small(identity, with(account, dict{"EnableMail": false})), preflight.Scenario{}, "mail", "", ""},
		{"retirement", small(identity, with(account, dict{"OAuth": false})), preflight.Scenario{}, "retired", "password is wrong", preflight.Inferred},
		{"retirement is not of passwords", small(smallAccount), preflight.Scenario{}, "retirement", "", ""},
		{"whose log", small(identity, account), preflight.Scenario{}, "asks-password", "that of IIS or AD FS", preflight.Observed},
		{"Entra ID's log", small(identity, account), preflight.Scenario{Mailbox: preflight.ExchangeOnline}, "asks-password", "the sign-in log of Entra ID", preflight.Observed},
		{"removal", with(small(identity, account), dict{"RemovalDate": noon.AddDate(1, 0, 0)}), preflight.Scenario{}, "removed", "with the account", preflight.Observed},
		{"end of a certificate", small(identity, account), preflight.Scenario{}, "contents", "14 days before", preflight.Observed},
		{"end by its own date", with(small(smallAccount), dict{"PayloadExpirationDate": noon}), preflight.Scenario{}, "contents", "the day set in it", preflight.Documented},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.s.At.IsZero() {
				test.s.At = noon
			}
			step := stepOf(ios.Explain(test.s, opened(t, test.top), ios.Known{}), test.kind)
			if step.Basis != test.basis || !strings.Contains(saidAt(step), test.says) {
				t.Errorf("%s: %s, want %s and %q", step.Basis, saidAt(step), test.basis, test.says)
			}
		})
	}
}
