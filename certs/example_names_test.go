package certs_test

import (
	"fmt"

	"github.com/easkit/easkit/certs"
)

func ExampleParseSAN() {
	// The SAN of a certificate with a UPN in a BMPString and an rfc822Name.
	der := []byte("\x30\x2d" +
		"\xa0\x1c\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03\xa0\x0e\x1e\x0c\x00a\x00@\x00b\x00.\x00d\x00e" +
		"\x81\x0dalice@b.local")
	names, err := certs.ParseSAN(der)
	if err != nil {
		fmt.Println(err)
	}
	for _, n := range names {
		fmt.Println(n.Kind, n.Value, n.Type, n.Problems)
	}
	// Output:
	// upn a@b.de BMPString [BMPString instead of UTF8String (MS-WCCE 2.2.2.7.5)]
	// email alice@b.local IA5String []
}

func ExampleParseAddress() {
	a, err := certs.ParseAddress("Alice@Bücher.de")
	fmt.Println(a.Local, a.ASCIIDomain, err)
	_, err = certs.ParseAddress("alice@contoso.com.")
	fmt.Println(err)
	// Output:
	// Alice xn--bcher-kva.de <nil>
	// the domain ends in a dot
}

func ExampleRoutable() {
	for _, address := range []string{
		"alice@contoso.com",
		"alice@contoso.local",
		"alice@contoso.onmicrosoft.com",
	} {
		reach := certs.Routable(address)
		fmt.Printf("%s: %t\n", address, reach.Routable)
		if why := reach.Reason + reach.Note; why != "" {
			fmt.Println(" ", why)
		}
	}
	// Output:
	// alice@contoso.com: true
	// alice@contoso.local: false
	//   .local is reserved for link-local names (RFC 6762)
	// alice@contoso.onmicrosoft.com: true
	//   contoso.onmicrosoft.com is a tenant's initial domain: the address counts only where it is the user's UPN or one of their proxyAddresses
}

func ExampleSIDFromURI() {
	sid, ok := certs.SIDFromURI("tag:microsoft.com,2022-09-14:sid:S-1-5-21-1004336348-1177238915-682003330-512")
	fmt.Println(sid, ok)
	// Output: S-1-5-21-1004336348-1177238915-682003330-512 true
}
