package tenant

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/graph"
)

// must ends a test whose fixtures can't be made.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// made issues a certificate with a subject and policies, by itself.
func made(subject pkix.Name, policies ...string) *certs.Certificate {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: subject, NotBefore: testClock, NotAfter: testClock.AddDate(1, 0, 0), SubjectKeyId: []byte{1, 2, 3}}
	for _, p := range policies {
		t.Policies = append(t.Policies, must(x509.ParseOID(p)))
	}
	return must(certs.ParseCertificate(must(x509.CreateCertificate(rand.Reader, t, t, key.Public(), key))))
}

// manyCAs are more names than issuer hints hold.
func manyCAs() []graph.CADetail {
	var cas []graph.CADetail
	for i := range 20 {
		c := made(pkix.Name{CommonName: fmt.Sprint("CA ", i), OrganizationalUnit: []string{strings.Repeat("x", 1000)}})
		cas = append(cas, graph.CADetail{Certificate: c.Raw, CRLURL: "http://crl.contoso.com/x.crl", IsIssuerHintEnabled: true})
	}
	return cas
}
