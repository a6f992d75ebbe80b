package certs_test

import (
	"fmt"
	"os"

	"github.com/easkit/easkit/certs"
)

// Nobody gave the password, and yet it is certain that an iPhone with iOS 16
// would call every password wrong.
func ExampleOutlinePKCS12() {
	data, err := os.ReadFile("../testdata/foreign/openssl-modern.p12")
	if err != nil {
		fmt.Println(err)
		return
	}
	outline, err := certs.OutlinePKCS12(data)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(outline.MAC, outline.Safes, outline.Keys[0].Scheme)
	for _, p := range outline.LockedProblemsIOS(16) {
		fmt.Println(p.Text)
	}
	// Output:
	// HMAC-SHA-256 [PBES2 AES-256-CBC with HMAC-SHA-256 not encrypted] PBES2 AES-256-CBC with HMAC-SHA-256
	// its MAC is HMAC-SHA-256: iOS before 18 reads only HMAC-SHA-1
	// it is encrypted with PBES2 AES-256-CBC with HMAC-SHA-256: iOS before 18 reads only 3DES and RC2
}
