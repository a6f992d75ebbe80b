package signer_test

import (
	"fmt"
	"log"
	"time"

	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/lab"
	"github.com/easkit/easkit/certs/signer"
)

// A lab's signer signs a profile.
func Example() {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	l, err := lab.New(now, "http://crl.contoso.com")
	if err != nil {
		log.Fatal(err)
	}
	id, err := l.Signer()
	if err != nil {
		log.Fatal(err)
	}
	s, err := signer.New(id)
	if err != nil {
		log.Fatal(err)
	}
	signed, err := s.Sign([]byte("a profile"), now, false)
	if err != nil {
		log.Fatal(err)
	}
	message, err := cms.Parse(signed)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(message.CheckSignature(nil), message.Signer.Subject.CommonName)
	// Output: <nil> easkit lab profile signer NOT FOR PRODUCTION
}
