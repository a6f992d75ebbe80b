package userids

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
)

// testClock is when the tests take place.
var testClock = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// certificate makes a certificate with a UPN and an rfc822Name, "" for none, and with
// an SKI, nil for none.
func certificate(t testing.TB, upn, mail string, ski []byte) *certs.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0x48ef), Subject: pkix.Name{CommonName: "User"}, SubjectKeyId: ski,
		NotBefore: testClock.AddDate(-1, 0, 0), NotAfter: testClock.AddDate(1, 0, 0),
	}
	if upn != "" || mail != "" {
		template.ExtraExtensions = []pkix.Extension{{Id: []int{2, 5, 29, 17}, Value: san(t, upn, mail)}}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := certs.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// san writes a subjectAltName (RFC 5280 4.2.1.6) with a UPN (1.3.6.1.4.1.311.20.2.3).
func san(t testing.TB, upn, mail string) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		if upn != "" {
			b.AddASN1(cbasn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier([]int{1, 3, 6, 1, 4, 1, 311, 20, 2, 3})
				b.AddASN1(cbasn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(upn)) })
				})
			})
		}
		if mail != "" {
			b.AddASN1(cbasn1.Tag(1).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes([]byte(mail)) })
		}
	})
	der, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// user is one of the tenant, who has no certificateUserIds yet.
func user(upn string, change ...func(*entra.User)) entra.User {
	u := entra.User{ID: "id of " + upn, UPN: upn, Mail: upn, ProxyAddresses: []string{upn}, CertificateUserIDs: []string{}}
	for _, c := range change {
		c(&u)
	}
	return u
}

func has(values ...string) func(*entra.User) {
	return func(u *entra.User) { u.CertificateUserIDs = values }
}
