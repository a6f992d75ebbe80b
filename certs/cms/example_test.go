package cms_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log"
	"math/big"
	"time"

	"github.com/easkit/easkit/certs/cms"
)

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// newSigner makes a certificate and its key, for the examples alone.
func newSigner() (*x509.Certificate, crypto.Signer) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	return selfSigned("Contoso Profile Signing", key), key
}

func selfSigned(name string, key crypto.Signer) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.AddDate(0, -1, 0),
		NotAfter:     now.AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		log.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		log.Fatal(err)
	}
	return cert
}

func ExampleSign() {
	cert, key := newSigner()
	profile := []byte(`<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict/></plist>`)

	signed, err := cms.Sign(profile, cert, key, cms.SignOptions{Time: now})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cms.IsCMS(profile), cms.IsCMS(signed))
	// Output: false true
}

func ExampleParse() {
	cert, key := newSigner()
	signed, err := cms.Sign([]byte("a profile"), cert, key, cms.SignOptions{Time: now})
	if err != nil {
		log.Fatal(err)
	}

	s, err := cms.Parse(signed)
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	_, chainErr := s.Chain(roots, now)
	_, lateErr := s.Chain(roots, now.AddDate(2, 0, 0))

	fmt.Printf("%s says %q\n", s.Signer.Subject, s.Content)
	fmt.Println("algorithm:", s.Algorithm)
	fmt.Println("signature verifies:", s.CheckSignature(nil) == nil)
	fmt.Println("trusted now:", chainErr == nil)
	fmt.Println("trusted in two years:", lateErr == nil)
	// Output:
	// CN=Contoso Profile Signing says "a profile"
	// algorithm: ECDSA-SHA256
	// signature verifies: true
	// trusted now: true
	// trusted in two years: false
}

func ExampleEncrypt() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	device := selfSigned("Alice's phone", key)
	payloads := []byte(`<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><array/></plist>`)

	envelope, err := cms.Encrypt(payloads, []*x509.Certificate{device})
	if err != nil {
		log.Fatal(err)
	}
	read, err := cms.Decrypt(envelope, key, device)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cms.IsEnveloped(envelope), string(read) == string(payloads))
	// Output: true true
}
