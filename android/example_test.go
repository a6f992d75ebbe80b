package android_test

import (
	"fmt"
	"log"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// A mailbox on Exchange Server, signed in to with the certificate itself.
func ExampleNew() {
	config, err := android.New(profiles.Account{
		Email: "alice@contoso.com", User: "alice@contoso.com",
		Endpoint: profiles.Endpoint{Host: "mail.contoso.com"},
		Auth:     preflight.Direct, Mailbox: preflight.ExchangeServer, SyncDays: 14,
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	policy, err := config.AMAPI()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", policy)
	// Output:
	// {
	//   "packageName": "com.google.android.gm",
	//   "managedConfiguration": {
	//     "email_address": "alice@contoso.com",
	//     "exchange_host": "mail.contoso.com",
	//     "exchange_username": "alice@contoso.com",
	//     "exchange_ssl_required": true,
	//     "exchange_trust_all_certificates": false,
	//     "exchange_login_certificate_alias": "eas-alice",
	//     "default_exchange_sync_window": 4
	//   }
	// }
}

func ExampleParse() {
	document, err := android.Parse([]byte(`{
	  "packageName": "com.google.android.gm",
	  "managedConfiguration": {
	    "email_address": "alice@contoso.com",
	    "exchange_host": "mail.contoso.com",
	    "exchange_username": "alice@contoso.com",
	    "exchange_ssl_required": "yes",
	    "exchange_login_certificate_alias": "eas-alice"
	  }
	}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(document.Title, document.Account.Email, document.Account.Auth)
	for _, note := range document.Notes {
		fmt.Println("-", note)
	}
	// Output:
	// Gmail alice@contoso.com direct
	// - exchange_ssl_required: it is a string, not a boolean
	// - the identity is taken from the phone's key store, where it must be named "eas-alice"
}
