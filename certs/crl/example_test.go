package crl_test

import (
	"fmt"
	"math/big"
	"os"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/crl"
)

// One pass over a CRL of any size checks its signature and looks up the serial
// numbers that were asked for.
func ExampleRead() {
	user, err := certs.ReadFile("../../testdata/certs/revoked.pem", certs.Unlock{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ca, err := certs.ReadFile("../../testdata/certs/issuing.pem", certs.Unlock{})
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := os.Open("../../testdata/crls/good.crl")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()

	serial := user.Certificates[0].Serial
	list, err := crl.Read(f, crl.NewSerials([]*big.Int{serial}))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := list.SignedBy(ca.Certificates[0]); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(list.Issuer(), list.Number, list.Entries)
	if entry, ok := list.Entry(serial); ok {
		fmt.Printf("%x is revoked since %s: %v\n", serial, entry.Revoked.Format("2006-01-02"), entry.Reason)
	}
	// Output:
	// CN=Contoso Test Issuing CA 100 4
	// 5e334fcf6c12e68b is revoked since 2026-11-01: keyCompromise
}

func ExampleParseSerial() {
	for _, text := range []string{"5E:33:4F:CF", "0x5e334fcf", "5e334fcg"} {
		serial, err := crl.ParseSerial(text)
		fmt.Println(serial, err)
	}
	// Output:
	// 1580421071 <nil>
	// 1580421071 <nil>
	// <nil> "5e334fcg" is no serial number: 'g' is no hexadecimal digit
}
