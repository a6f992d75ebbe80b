package ios_test

import (
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
)

// What a phone with one profile makes of another.
func TestCompare(t *testing.T) {
	one := issue(t, "Signer", nil, noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0), nil)
	other := issue(t, "Signer", nil, noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0), nil)
	identity := smallIdentity(foreign(t, "openssl-3des.p12"))
	account := with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": true, "UserName": "alice"})
	old := small(identity, account)
	elsewhere := dict{"PayloadIdentifier": "com.contoso.other", "PayloadUUID": "another"}
	bob := with(account, dict{"EmailAddress": "bob@contoso.com"})
	bobs := with(bob, dict{"PayloadUUID": "B", "PayloadIdentifier": "com.contoso.mail.bob"})
	smime := with(identity, dict{"PayloadContent": foreign(t, "openssl-ec.p12"), "PayloadUUID": "S", "PayloadIdentifier": "a.smime"})
	wifi := dict{"PayloadType": "com.apple.wifi.managed", "PayloadVersion": 1, "PayloadIdentifier": "a.wifi", "PayloadUUID": "W"}
	root := dict{"PayloadType": "com.apple.security.root", "PayloadVersion": 1, "PayloadIdentifier": "a.root", "PayloadUUID": "R", "PayloadContent": alice(t).Chain[1].Raw}
	issuing := with(root, dict{"PayloadType": "com.apple.security.pkcs1", "PayloadContent": alice(t).Chain[0].Raw})
	scep := dict{"PayloadType": "com.apple.security.scep", "PayloadVersion": 1, "PayloadIdentifier": identity["PayloadIdentifier"], "PayloadUUID": identityUUID,
		"PayloadContent": dict{"URL": "https://scep.contoso.com"}}
	shut := func(text string) dict {
		return with(small(), dict{"PayloadContent": nil, "EncryptedPayloadContent": []byte(text)})
	}

	plain := func(top dict) []byte { return written(t, top) }
	by := func(p *party, top dict) []byte { return signedBy(t, written(t, top), p) }
	for _, test := range []struct {
		name     string
		old, new []byte
		mdm      bool
		want     ios.Verdict
		says     string // among reasons and effects
	}{
		{"the same", plain(old), plain(old), false, ios.Same, "say the same"},
		{"the same, signed by the same", by(one, old), by(one, old), false, ios.Same, ""},
		{"now signed", plain(old), by(one, old), false, ios.Updates, "From then on an update needs this signer"},
		{"another signer", by(one, old), by(other, old), false, ios.Refused, "ios-4008"},
		{"another signer, by device management", by(one, old), by(other, old), true, ios.Same, ""},
		{"no longer signed", by(one, old), plain(old), false, ios.Refused, "ios-4008"},
		{"no longer signed, by device management", by(one, old), plain(old), true, ios.Updates, "no longer signed"},
		{"unsigned over unsigned", plain(old), plain(small(identity, with(account, dict{"MailNumberOfPastDaysToSync": 31}))), false, ios.Updates, "is set to what the profile says"},
		{"signed over signed", by(one, old), by(one, small(identity, with(account, dict{"SSL": true, "MailNumberOfPastDaysToSync": 31}))), false, ios.Updates, ""},

		{"another identifier, same account", plain(old), plain(with(old, elsewhere)), false, ios.Refused, "ios-21005"},
		{"another identifier, same account, by device management", plain(old), plain(with(old, elsewhere)), true, ios.Refused, "ios-21005"},
		{"another identifier, another account", plain(old), plain(with(small(identity, bob), elsewhere)), false, ios.Adds, "two mail accounts"},
		{"another identifier, other signer", by(one, old), by(other, with(small(identity, bob), elsewhere)), false, ios.Adds, ""},
		{"another identifier, same UUID", plain(old), plain(with(small(identity, bob), dict{"PayloadIdentifier": "com.contoso.other"})), false, ios.Refused, "ios-4002"},
		{"a file that phones refuse", plain(old), plain(with(old, dict{"PayloadVersion": 3})), false, ios.Refused, "ios-1001"},
		{"an old file that phones refuse", plain(with(old, dict{"PayloadVersion": 3})), plain(old), false, ios.Updates, "hardly on any"},
		{"device management without a password", plain(old), plain(small(with(identity, dict{"Password": nil}), account)), true, ios.Refused, "ios-9000"},

		{"account with another UUID", plain(old), plain(small(identity, with(account, dict{"PayloadUUID": "another"}))), false, ios.Loses, "downloaded anew"},
		{"no account any more", plain(old), plain(small(identity)), false, ios.Loses, "removes it with its mail"},
		{"no identity any more", plain(old), plain(small(with(account, dict{"PayloadCertificateUUID": nil}))), false, ios.Loses, "no certificate any more"},
		{"reference to nothing", plain(old), plain(small(account)), false, ios.Loses, "no certificate any more"},
		{"identity with another UUID", plain(old), plain(small(with(identity, dict{"PayloadUUID": "another"}), with(account, dict{"PayloadCertificateUUID": "another"}))), false, ios.Updates, "another UUID"},
		{"another server", plain(old), plain(small(identity, with(account, dict{"Host": "outlook.office365.com"}))), false, ios.Updates, "may take it for another account"},
		{"to OAuth", plain(small(identity, with(account, dict{"OAuth": false}))), plain(old), false, ios.Updates, "has to sign in once"},
		{"what old phones do not know", plain(old), plain(small(identity, account, dict{"PayloadType": "com.apple.security.acme", "PayloadVersion": 1, "PayloadIdentifier": "a.enrol", "PayloadUUID": "A",
			"DirectoryURL": "https://acme.contoso.com", "ClientIdentifier": "x", "KeySize": 256, "KeyType": "ECSECPrimeRandom", "HardwareBound": true, "Subject": []any{}})), false, ios.Updates, "Phones before iOS 16 do not know payload 3"},
		{"password kept", plain(small(with(account, dict{"OAuth": false}))), plain(small(with(account, dict{"OAuth": false, "SSL": false}))), false, ios.Updates, "on the phone is kept"},
		{"password replaced", plain(old), plain(small(identity, with(account, dict{"OverridePreviousPassword": true}))), false, ios.Updates, "OverridePreviousPassword"},
		{"placeholders", plain(old), plain(small(identity, with(account, dict{"VPNUUID": "{{vpn}}"}))), false, ios.Updates, "There are placeholders in the new profile ({{vpn}})"},
		{"now signed, with a change", plain(old), by(one, small(identity, with(account, dict{"VPNUUID": "x"}))), false, ios.Updates, "From then on an update needs this signer"},
		{"no TLS any more", plain(old), plain(small(identity, with(account, dict{"SSL": false}))), false, ios.Updates, "The account no longer uses TLS"},
		{"a service off", plain(old), plain(small(identity, with(account, dict{"EnableCalendars": false}))), false, ios.Loses, "no longer brings calendars"},
		{"encrypted", plain(shut("x")), plain(shut("y")), false, ios.Unknown, "The payloads are encrypted and were not compared."},
		{"now encrypted", plain(old), plain(with(shut("y"), dict{"PayloadUUID": old["PayloadUUID"]})), true, ios.Unknown, "were not compared"},
		{"encrypted, the same", plain(shut("x")), plain(shut("x")), false, ios.Same, ""},
		{"encrypted, another identifier", plain(old), plain(with(shut("x"), elsewhere)), false, ios.Adds, "if both set up the same mail account"},

		{"the second account goes", plain(small(identity, account, bobs)), plain(old), false, ios.Loses, `does not have the mail account "bob@contoso.com" on "mail.contoso.com"`},
		{"the first account goes", plain(small(identity, bobs, account)), plain(old), false, ios.Loses, `does not have the mail account "bob@contoso.com"`},
		{"they change places", plain(small(identity, account, bobs)), plain(small(identity, bobs, account)), false, ios.Updates, ""},
		{"the second loses its certificate", plain(small(identity, account, bobs)), plain(small(identity, account, with(bobs, dict{"PayloadCertificateUUID": nil}))), false, ios.Loses, `"bob@contoso.com" on "mail.contoso.com": The account has no certificate any more`},
		{"an account comes", plain(old), plain(small(identity, account, bobs)), false, ios.Updates, `adds the mail account "bob@contoso.com"`},
		{"S/MIME goes", plain(small(identity, smime, with(account, dict{"SMIMESigningCertificateUUID": "S"}))), plain(small(identity, account)), false, ios.Loses, "signs or decrypts mail (SMIMESigningCertificateUUID)"},
		{"an identity that nobody named goes", plain(small(identity, smime, account)), plain(old), false, ios.Loses, `removes the certificate in "a.smime"`},
		{"Wi-Fi goes", plain(small(identity, account, wifi)), plain(old), false, ios.Loses, `The phone removes "a.wifi" (com.apple.wifi.managed).`},
		{"Wi-Fi under another UUID", plain(small(identity, account, wifi)), plain(small(identity, account, with(wifi, dict{"PayloadUUID": "V"}))), false, ios.Updates, "removes it and adds the new one"},
		{"a root goes", plain(small(root, identity, account)), plain(old), false, ios.Loses, "no longer trusts what rests on it"},
		{"a root under another UUID", plain(small(root, identity, account)), plain(small(with(root, dict{"PayloadUUID": "V"}), identity, account)), false, ios.Updates, ""},
		{"an authority goes", plain(small(issuing, identity, account)), plain(old), false, ios.Updates, "removes the certificate of the authority"},
		{"the same certificate in another file", plain(old), plain(small(with(identity, dict{"PayloadContent": foreign(t, "nss-3des.p12")}), account)), false, ios.Updates, "The certificate stays the same, in a file that was written anew."},
		{"the same in a payload with another UUID", plain(old), plain(small(with(identity, dict{"PayloadUUID": "V"}), with(account, dict{"PayloadCertificateUUID": "V"}))), false, ios.Updates, "The certificate is the same, in a payload with another UUID"},
		{"SCEP under the same UUID", plain(old), plain(small(scep, account)), false, ios.Updates, "The certificate is replaced in place."},
		{"another SCEP server", plain(small(scep, account)), plain(small(with(scep, dict{"PayloadContent": dict{"URL": "https://other.contoso.com"}}), account)), false, ios.Updates, "How the phone fetches the certificate changed."},
		{"wrong capitals", plain(old), plain(small(identity, with(account, dict{"PayloadCertificateUUID": strings.ToLower(identityUUID)}))), false, ios.Updates, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := ios.Compare(preflight.Scenario{At: noon}, reopened(t, test.old), reopened(t, test.new), test.mdm)
			var said []string
			for _, r := range append(d.Reasons, d.Effects...) {
				said = append(said, r.Text+" "+r.Code)
				if r.Code != "" && len(preflight.FindCodes(ios.Codes(), r.Code)) != 1 {
					t.Errorf("%s is not explained", r.Code)
				}
			}
			if d.Verdict != test.want || !strings.Contains(strings.Join(said, "\n"), test.says) {
				t.Errorf("%s, want %s (%s):\n%s", d.Verdict, test.want, test.says, strings.Join(said, "\n"))
			}
			if asks := len(d.Prompts) > 0; asks != (!test.mdm && d.Verdict != ios.Same && d.Verdict != ios.Refused) {
				t.Errorf("the phone asks: %v", d.Prompts)
			}
			if fine := d.Verdict == ios.Same || d.Verdict == ios.Updates; fine != d.Verdict.Fine() {
				t.Errorf("fine is %v", d.Verdict.Fine())
			}
		})
	}
}

// What happens to each payload, and to each key of the account.
func TestCompareInDetail(t *testing.T) {
	identity := smallIdentity(foreign(t, "openssl-3des.p12"))
	account := with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": true, "UserName": "alice", "Password": "old secret"})
	gone := dict{"PayloadType": "com.apple.wifi.managed", "PayloadVersion": 1, "PayloadIdentifier": "a.wifi", "PayloadUUID": "W"}
	old := opened(t, small(gone, identity, account))
	for _, test := range []struct {
		name           string
		new            dict
		fates, account string
	}{
		{"all but the account is kept", small(gone, identity, with(account, dict{"OAuth": false, "UserName": nil, "VPNUUID": "x", "Password": "new secret"})),
			"kept, kept, updated in place", `OAuth: true -> false; Password: (secret) -> (secret), another; UserName: "alice" -> ; VPNUUID:  -> "x"`},
		{"one goes, one comes", small(identity, account, with(gone, dict{"PayloadUUID": "V"})), "kept, kept, added, removed", ""},
		{"another person's identity", small(gone, with(identity, dict{"PayloadContent": foreign(t, "openssl-ec.p12")}), account), "kept, identity replaced, kept", ""},
		{"the same certificate anew", small(gone, with(identity, dict{"PayloadContent": foreign(t, "nss-3des.p12")}), account), "kept, updated in place, kept", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := ios.Compare(preflight.Scenario{At: noon, IOS: 18}, old, opened(t, test.new), false)
			var fates, keys []string
			for _, p := range d.Payloads {
				fates = append(fates, string(p.Fate))
				if (p.Fate == ios.Replaced) != strings.Contains(p.What, " -> ") {
					t.Errorf("%s: %s", p.Fate, p.What)
				}
			}
			for _, k := range d.Account {
				keys = append(keys, k.Key+": "+k.Old+" -> "+k.New)
			}
			if got := strings.Join(fates, ", "); got != test.fates {
				t.Errorf("%s, want %s", got, test.fates)
			}
			if got := strings.Join(keys, "; "); got != test.account {
				t.Errorf("%s\nwant %s", got, test.account)
			}
		})
	}
}

// The password of the call opens the files of both, and what is inferred says so.
func TestCompareWithAPassword(t *testing.T) {
	locked := with(smallIdentity(foreign(t, "openssl-3des.p12")), dict{"Password": nil})
	account := with(smallAccount, dict{"PayloadCertificateUUID": identityUUID, "OAuth": false})
	old, anew := opened(t, small(locked, account)), opened(t, small(with(locked, dict{"PayloadContent": foreign(t, "nss-3des.p12")}), account))
	scep := opened(t, small(dict{"PayloadType": "com.apple.security.scep", "PayloadVersion": 1, "PayloadIdentifier": locked["PayloadIdentifier"], "PayloadUUID": identityUUID,
		"PayloadContent": dict{"URL": "https://scep.contoso.com"}}, account))
	for _, test := range []struct {
		name     string
		new      *ios.File
		password string
		given    ios.GivenPassword
		fate     ios.Fate
		what     string
		basis    preflight.Basis
		effect   string
	}{
		{"none", anew, "", "", ios.Replaced, "cannot be told, since it is locked", preflight.Inferred, "--password-file opens it"},
		{"wrong", anew, "wrong", ios.PasswordRefused, ios.Replaced, "cannot be told, since it is locked", preflight.Inferred, "--password-file opens it"},
		{"right", anew, "correct horse", ios.PasswordOpens, ios.Updated, "the same certificate, in a file that was written anew", preflight.Documented, "The certificate stays the same"},
		{"to SCEP", scep, "correct horse", ios.PasswordOpens, ios.Replaced, " -> one that the phone fetches by SCEP", preflight.Inferred, "replaced in place"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := ios.CompareKnown(preflight.Scenario{At: noon}, old, test.new, ios.Known{Password: certs.Password(test.password)})
			p := d.Payloads[0]
			if d.Given != test.given || p.Fate != test.fate || p.Basis != test.basis || !strings.Contains(p.What, test.what) {
				t.Errorf("given %q: %+v", d.Given, p)
			}
			said := 0
			for _, r := range append(d.Reasons, d.Effects...) {
				if strings.Contains(strings.ToLower(r.Text), "certificate") {
					said++
					if !strings.Contains(r.Text, test.effect) {
						t.Errorf("it says: %s", r.Text)
					}
				}
			}
			if said != 1 {
				t.Errorf("of the certificate it is told %d times: %+v", said, d)
			}
		})
	}
}
