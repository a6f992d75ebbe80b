package graph_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"testing"

	"github.com/easkit/easkit/certs/graph"
)

// detail is a new root as the PKI store takes it.
func detail(t *testing.T) graph.CADetail {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	until := now.AddDate(3, 0, 0)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Contoso Root"}, NotBefore: now, NotAfter: until, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return graph.CADetail{DisplayName: "Contoso Root", Type: graph.Root, Certificate: der, Thumbprint: fmt.Sprintf("%X", sha1.Sum(der)), Expiration: until}
}
