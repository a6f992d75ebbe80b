package profiles_test

import (
	"fmt"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/profiles"
)

// A template says what all accounts of an organisation have in common; the
// certificate says whose account it is.
func ExampleParseTemplate() {
	template, err := profiles.ParseTemplate([]byte(`
name: contoso
host: outlook.office365.com
organization: Contoso Ltd.
sync-days: 14
services:
  sync: [mail, calendars]
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	alice := &certs.Certificate{Names: []certs.Name{{Kind: certs.KindUPN, Value: "alice@contoso.com"}}}
	a, err := template.Account(alice, profiles.Overrides{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s on %s, by %s from %s, mailbox %s\n", a.User, a.Endpoint, a.Auth, a.Issuer, a.Mailbox)
	fmt.Printf("mail %v, contacts %v, %d days\n", a.Services.Mail.On, a.Services.Contacts.On, a.SyncDays)
	// Output:
	// alice@contoso.com on outlook.office365.com, by oauth from entra, mailbox exchange-online
	// mail true, contacts false, 14 days
}

// What is wrong with a template is told by line and key.
func ExampleParseTemplate_refused() {
	_, err := profiles.ParseTemplate([]byte("host: outlook.office365.com\nsyncdays: 14\n"))
	fmt.Println(err)
	_, err = profiles.ParseTemplate([]byte("ios:\n  prevent-move: yes\n"))
	fmt.Println(err)
	// Output:
	// line 2, syncdays: this key is unknown; did you mean "sync-days"?
	// line 2, ios.prevent-move: "yes" is text: it must be true or false
}

func ExamplePreset() {
	template, err := profiles.Preset("exchange-server")
	if err != nil {
		fmt.Println(err)
		return
	}
	a, err := template.Account(nil, profiles.Overrides{Email: "alice@contoso.com", Host: "mail.contoso.com:8443"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Email, a.Endpoint, a.Auth)
	// Output: alice@contoso.com mail.contoso.com:8443 direct
}
