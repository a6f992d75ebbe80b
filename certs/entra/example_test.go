package entra_test

import (
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
)

func read(file string) *certs.Certificate {
	b, err := certs.ReadFile("../../testdata/certs/"+file, certs.Unlock{})
	if err != nil {
		log.Fatal(err)
	}
	return b.Certificates[0]
}

var scenario = preflight.Scenario{At: time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)}.WithDefaults()

func ExampleCheckHolder() {
	users, err := entra.ParseUsers(strings.NewReader("userPrincipalName,mail\na.example@contoso.com,alice@contoso.com\n"))
	if err != nil {
		log.Fatal(err)
	}
	holder := &entra.Holder{Certificate: read("good.pem"), Users: users, Bindings: entra.DefaultBindings()}
	for _, f := range entra.CheckHolder(scenario, holder) {
		if f.Check == "cert.binding" {
			fmt.Println(f.Status, f.Codes)
			fmt.Println(f.Message)
		}
	}
	// Output:
	// fail [AADSTS50034]
	// none of the 1 users has alice@contoso.com as userPrincipalName; UPN alice@contoso.com is the mail of a.example@contoso.com, but no binding goes by a mail
}

func ExampleCheckCA() {
	store := &entra.Store{}
	ca := &entra.CA{Name: "issuing.pem", Certificate: read("issuing.pem"), Store: store, CRLURLs: []string{"ldap:///CN=Issuing"}, Issued: 1}
	store.CAs = append(store.CAs, ca)
	for _, f := range entra.CheckCA(scenario, ca) {
		if f.Status == preflight.StatusFail {
			fmt.Printf("%s: %s\n", f.Check, f.Message)
		}
	}
	// Output:
	// ca.crl-url: ldap:///CN=Issuing: Entra ID fetches CRLs by HTTP only, not by "ldap"
	// ca.complete: its issuer CN=Contoso Test Root is missing
}

func ExampleStore_Check() {
	fmt.Println((&entra.Store{}).Check(scenario)[0].Message)
	// Output: there is no CA: every certificate would be refused
}

func ExampleCertificateUserIDs() {
	for _, id := range entra.CertificateUserIDs(read("good.pem"))[:4] {
		fmt.Println(id.Field, id.Value)
	}
	// Output:
	// PrincipalName X509:<PN>alice@contoso.com
	// RFC822Name X509:<RFC822>alice@contoso.com
	// IssuerAndSubject X509:<I>CN=Contoso Test Issuing CA<S>CN=Alice Example
	// Subject X509:<S>CN=Alice Example
}

func ExampleParseDomains() {
	domains, err := entra.ParseDomains(strings.NewReader(`{"value":[{"id":"contoso.com","isVerified":false}]}`))
	if err != nil {
		log.Fatal(err)
	}
	verified, listed := domains.Verified("Contoso.com")
	fmt.Println(verified, listed)
	// Output: false true
}

func ExampleUsers_Mailbox() {
	users, err := entra.ParseUsers(strings.NewReader("userPrincipalName,mailbox\nalice@contoso.com,exchange-server\n"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(users.Mailbox(read("good.pem")))
	// Output: exchange-server
}

func ExampleUsers_Bind() {
	users := entra.NewUsers([]entra.User{{UPN: "alice@contoso.com"}})
	for _, m := range users.Bind(read("good.pem"), entra.DefaultBindings()) {
		fmt.Println(m)
	}
	// Output: PrincipalName alice@contoso.com is the userPrincipalName of alice@contoso.com
}
