package ios_test

import (
	"fmt"
	"log"
	"path/filepath"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

// A .p12 file becomes a profile, and the profile is read back.
func Example() {
	bundle, err := certs.ReadFile(filepath.Join("..", "testdata", "foreign", "openssl-3des.p12"), certs.Unlock{Password: "correct horse"})
	if err != nil {
		log.Fatal(err)
	}
	id, err := bundle.Identity()
	if err != nil {
		log.Fatal(err)
	}
	template, err := profiles.Preset("exchange-online")
	if err != nil {
		log.Fatal(err)
	}
	account, err := template.Account(id.Leaf, profiles.Overrides{})
	if err != nil {
		log.Fatal(err)
	}
	profile, err := ios.New(account, ios.Options{PKCS12: id.PKCS12.Raw, Chain: id.Chain, Oldest: 15})
	if err != nil {
		log.Fatal(err)
	}
	data, err := profile.Marshal()
	if err != nil {
		log.Fatal(err)
	}
	doc, err := ios.Parse(data)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(doc.Title)
	fmt.Println(doc.Account.Endpoint, doc.Account.Auth)
	// Output:
	// Mail for alice@contoso.com
	// outlook.office365.com oauth
}
