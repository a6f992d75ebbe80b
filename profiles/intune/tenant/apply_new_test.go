package tenant_test

import (
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/graph/graphtest"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/intune"
)

// What is made of templates is imported whole, and a second time there is nothing to do.
func TestImportOfTemplates(t *testing.T) {
	const common = "identifier: com.contoso.mail\nemail: \"{{mail}}\"\nuser: \"{{userprincipalname}}\"\n"
	sections := map[string]string{
		"PKCS": "mailbox: exchange-online\nintune: {name: Contoso mail, groups: [Mail users], pkcs: {server: ca01.contoso.com, ca: Contoso Issuing CA, template: IntuneUser}}\n",
		"SCEP": "mailbox: exchange-online\nintune: {name: Contoso mail, groups: [Mail users, Other users], scep: {urls: ['https://ndes.contoso.com/certsrv/mscep/mscep.dll']}}\n",
	}
	root, err := certs.ReadFile("../../../testdata/certs/root.pem", certs.Unlock{})
	if err != nil {
		t.Fatal(err)
	}
	for name, section := range sections {
		t.Run(name, func(t *testing.T) {
			template, err := profiles.ParseTemplate([]byte(common + section))
			if err != nil {
				t.Fatal(err)
			}
			account, err := template.Account(nil, profiles.Overrides{})
			if err != nil {
				t.Fatal(err)
			}
			l := newLab(t, graphtest.Options{})
			if l.set, err = intune.New(intune.Options{Account: account, CAs: root.Certificates}); err != nil {
				t.Fatal(err)
			}
			if r := l.done(l.plan()); r.Done != len(l.set.Parts) {
				t.Errorf("%+v", r)
			}
			l.complete()
			if next := l.plan(); !next.Empty() {
				t.Errorf("a new plan is not empty: %+v", next.Steps)
			}
			l.sound()
		})
	}
}
