package ios_test

import (
	"strings"
	"testing"

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
		{"no account any more", plain(old), plain(small(identity)), false, ios.Loses, "removes the old one with its mail"},
		{"no identity any more", plain(old), plain(small(with(account, dict{"PayloadCertificateUUID": nil}))), false, ios.Loses, "no certificate any more"},
		{"reference to nothing", plain(old), plain(small(account)), false, ios.Loses, "no certificate any more"},
		{"identity with another UUID", plain(old), plain(small(with(identity, dict{"PayloadUUID": "another"}), with(account, dict{"PayloadCertificateUUID": "another"}))), false, ios.Updates, "another UUID"},
		{"another server", plain(old), plain(small(identity, with(account, dict{"Host": "outlook.office365.com"}))), false, ios.Updates, "may take it for another account"},
		{"to OAuth", plain(small(identity, with(account, dict{"OAuth": false}))), plain(old), false, ios.Updates, "has to sign in once"},
		{"what old phones do not know", plain(old), plain(small(identity, account, dict{"PayloadType": "com.apple.security.acme", "PayloadVersion": 1, "PayloadIdentifier": "a.enrol", "PayloadUUID": "A",
			"DirectoryURL": "https://acme.contoso.com", "ClientIdentifier": "x", "KeySize": 256, "KeyType": "ECSECPrimeRandom", "HardwareBound": true, "Subject": []any{}})), false, ios.Updates, "Phones before iOS 16 do not know payload 3"},
		{"password kept", plain(small(with(account, dict{"OAuth": false}))), plain(small(with(account, dict{"OAuth": false, "SSL": false}))), false, ios.Updates, "on the phone is kept"},
		{"password replaced", plain(old), plain(small(identity, with(account, dict{"OverridePreviousPassword": true}))), false, ios.Updates, "OverridePreviousPassword"},
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
