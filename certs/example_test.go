package certs_test

import (
	"fmt"
	"os"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// A file of any make becomes one identity: certificate, key and chain.
func Example() {
	data, err := os.ReadFile("../testdata/foreign/openssl-modern.p12")
	if err != nil {
		fmt.Println(err)
		return
	}
	bundle, err := certs.Read(data, certs.Unlock{Password: "correct horse"})
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := bundle.Identity()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(bundle.Format, id.Leaf, id.Leaf.KeyText(), id.Leaf.Values(certs.KindUPN))
	for _, ca := range id.Chain {
		fmt.Println("  signed by", ca)
	}
	// Output:
	// PKCS#12 Alice Example RSA 2048 [alice@contoso.com]
	//   signed by Contoso Test Issuing CA
	//   signed by Contoso Test Root
}

// Will the certificate open the mailbox, and will the phones that are in use
// import its file? Older iPhones would report a wrong password.
func ExampleCheck() {
	bundle, err := certs.ReadFile("../testdata/foreign/openssl-modern.p12", certs.Unlock{Password: "correct horse"})
	if err != nil {
		fmt.Println(err)
		return
	}
	scenario := preflight.Scenario{
		Auth: preflight.Direct,
		At:   time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC),
		IOS:  16,
	}.WithDefaults()
	for _, subject := range bundle.Subjects(nil) {
		for _, f := range certs.Check(scenario, subject) {
			if f.Status == preflight.StatusFail {
				fmt.Println(f.Check, f.Message)
			}
		}
	}
	// Output:
	// cert.p12.ios its MAC is HMAC-SHA-256: iOS before 18 reads only HMAC-SHA-1
	// cert.p12.ios it is encrypted with PBES2 AES-256-CBC with HMAC-SHA-256: iOS before 18 reads only 3DES and RC2
	// cert.p12.android its MAC is HMAC-SHA-256: Android before 14 reads only HMAC-SHA-1
	// cert.p12.android it is encrypted with PBES2 AES-256-CBC with HMAC-SHA-256: Android before 14 reads only 3DES and RC2 (12 and 13 with a Play system update since 2023 read more)
}

// What an older iPhone cannot import is written anew for it.
func ExampleEncodePKCS12() {
	bundle, err := certs.ReadFile("../testdata/foreign/openssl-modern.p12", certs.Unlock{Password: "correct horse"})
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := bundle.Identity()
	if err != nil {
		fmt.Println(err)
		return
	}
	encryption := certs.EncryptionFor(16, certs.ModernSinceIOS)
	data, err := certs.EncodePKCS12(id.Key, id.Leaf, id.Chain, "correct horse", "eas-alice", encryption)
	if err != nil {
		fmt.Println(err)
		return
	}
	anew, err := certs.ParsePKCS12(data, "correct horse")
	fmt.Println(encryption, anew.Keys[0].FriendlyName, anew.ProblemsIOS(16), err)
	// Output: 3des eas-alice [] <nil>
}
