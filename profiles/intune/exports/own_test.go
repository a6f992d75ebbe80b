package exports_test

import (
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/intune"
	"github.com/easkit/easkit/profiles/intune/exports"
)

// ownSet is the exports of the folder that easkit makes of a template, with the CAs of
// the test PKI.
func ownSet(t testing.TB, lines string) []exports.Export {
	t.Helper()
	template, err := profiles.ParseTemplate([]byte("identifier: com.contoso.mail\norganization: Contoso\nemail: \"{{mail}}\"\nuser: \"{{userprincipalname}}\"\n" + lines))
	if err != nil {
		t.Fatal(err)
	}
	account, err := template.Account(nil, profiles.Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	root, err := certs.ReadFile("../../../testdata/certs/root.pem", certs.Unlock{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := intune.New(intune.Options{Account: account, CAs: root.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	files, err := set.Files()
	if err != nil {
		t.Fatal(err)
	}
	var all []exports.Export
	for _, f := range files {
		if !strings.HasSuffix(f.Name, ".json") {
			continue
		}
		found, _, err := exports.Read(f.Name, f.Data)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	if len(all) != len(set.Parts) {
		t.Fatalf("%d of %d objects were read", len(all), len(set.Parts))
	}
	return all
}

// What easkit makes itself has nothing against it, whatever gets the certificate.
func TestOwnSets(t *testing.T) {
	const pkcs = "intune: {groups: [Mail users], pkcs: {server: ca01.contoso.com, ca: Contoso Issuing CA, template: IntuneUser}}\n"
	const scep = "intune: {groups: [Mail users], scep: {urls: ['https://ndes.contoso.com/certsrv/mscep/mscep.dll']}}\n"
	for name, lines := range map[string]string{
		"PKCS, Exchange Online": "host: outlook.office365.com\n" + pkcs,
		"SCEP, Exchange Online": "host: outlook.office365.com\n" + scep,
		"PKCS, Exchange Server": "host: mail.contoso.com\nmailbox: exchange-server\n" + pkcs,
		"SCEP, Exchange Server": "host: mail.contoso.com\nmailbox: exchange-server\n" + scep,
	} {
		t.Run(name, func(t *testing.T) {
			s := preflight.Scenario{At: corpusTime}
			if strings.Contains(name, "Server") {
				s.Mailbox = preflight.ExchangeServer
			}
			for _, j := range exports.Check(s, ownSet(t, lines), exports.Options{}) {
				for _, f := range j.Findings {
					if f.Status.Worse(preflight.StatusSkip) {
						t.Errorf("%s: %s %s: %s", j.Name, f.Check, f.Status, f.Message)
					}
				}
			}
		})
	}
}
