package intune_test

import (
	"fmt"
	"log"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/intune"
)

// A template for everybody and the CA's certificate become the objects for iPhones.
func ExampleNew() {
	template, err := profiles.ParseTemplate([]byte(`
mailbox: exchange-online
identifier: com.contoso.mail
email: "{{mail}}"
user: "{{userprincipalname}}"
intune:
  name: Contoso mail
  groups: [Mail users]
  platforms: [ios]
  pkcs: {server: ca01.contoso.com, ca: Contoso Issuing CA, template: IntuneUser}
`))
	if err != nil {
		log.Fatal(err)
	}
	account, err := template.Account(nil, profiles.Overrides{})
	if err != nil {
		log.Fatal(err)
	}
	root, err := certs.ReadFile("../../testdata/certs/root.pem", certs.Unlock{})
	if err != nil {
		log.Fatal(err)
	}
	set, err := intune.New(intune.Options{Account: account, CAs: root.Certificates})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range set.Parts {
		fmt.Println(p.Object.Name())
	}
	// Output:
	// Contoso mail - iOS Contoso Test Root 1b37444d
	// Contoso mail - iOS certificate
	// Contoso mail - iOS mail
	// Contoso mail - iOS Outlook
}
