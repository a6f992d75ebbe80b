package cms_test

import (
	"fmt"
	"log"

	"github.com/easkit/easkit/certs/cms"
)

func ExampleMarshalCertsOnly() {
	root, _ := newSigner()
	issuing, _ := newSigner()

	bundle, err := cms.MarshalCertsOnly([][]byte{root.Raw, issuing.Raw})
	if err != nil {
		log.Fatal(err)
	}
	inside, err := cms.CertsOnly(bundle)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(inside))
	// Output: 2
}
