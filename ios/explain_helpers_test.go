package ios_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	lists "github.com/easkit/easkit/ios/plist"
)

// noon is when the stories of the tests are told.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// dict is a dictionary of a property list.
type dict = map[string]any

const (
	identityUUID = "36C26327-8711-527C-8EFE-E2BDC01BB576"
	accountUUID  = "41B3EB6B-2F0A-5D3C-B9D7-3BB412E20B2C"
)

// with is a copy of a dictionary with other values; nil takes a key out.
func with(d dict, changes dict) dict {
	out := dict{}
	for _, from := range []dict{d, changes} {
		for k, v := range from {
			out[k] = v
			if v == nil {
				delete(out, k)
			}
		}
	}
	return out
}

// small is a profile that iOS takes, of some payloads.
func small(payloads ...any) dict {
	return dict{
		"PayloadType": "Configuration", "PayloadVersion": 1, "PayloadIdentifier": "com.contoso.mail", "PayloadUUID": "2C4D9AA7-EE7C-500C-A485-99B500EDDEC0",
		"PayloadDisplayName": "Mail", "TargetDeviceType": 1, "PayloadContent": payloads,
	}
}

// smallAccount is a mail account without credentials.
var smallAccount = dict{
	"PayloadType": "com.apple.eas.account", "PayloadVersion": 1, "PayloadIdentifier": "com.contoso.mail.eas", "PayloadUUID": accountUUID,
	"Host": "mail.contoso.com", "SSL": true, "EmailAddress": "alice@contoso.com",
}

// smallIdentity is a certificate payload with a file in it.
func smallIdentity(p12 []byte) dict {
	return dict{
		"PayloadType": "com.apple.security.pkcs12", "PayloadVersion": 1, "PayloadIdentifier": "com.contoso.mail.identity", "PayloadUUID": identityUUID,
		"PayloadContent": p12, "PayloadCertificateFileName": "alice.p12", "Password": "correct horse",
	}
}

// opened writes a profile and reads it as a file.
func opened(t testing.TB, top dict) *ios.File {
	t.Helper()
	return reopened(t, written(t, top))
}

func written(t testing.TB, top dict) []byte {
	t.Helper()
	data, err := lists.Marshal(top)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func reopened(t testing.TB, data []byte) *ios.File {
	t.Helper()
	f, err := ios.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// told is the story of a profile now, for the oldest phones.
func told(f *ios.File, k ios.Known) *ios.Story {
	return ios.Explain(preflight.Scenario{At: noon, IOS: preflight.DefaultIOS}, f, k)
}

// kinds are the words of steps.
func kinds(steps []ios.Step) []string {
	words := []string{}
	for _, s := range steps {
		words = append(words, s.Kind)
	}
	return words
}

// party is a certificate with its key.
type party struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

// issue makes a certificate from one day to another; without an issuer it is signed
// by itself.
func issue(t testing.TB, name string, issuer *party, from, to time.Time, change func(*x509.Certificate)) *party {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(int64(len(name))), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: to,
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	if change != nil {
		change(c)
	}
	by := &party{c, key}
	if issuer != nil {
		by = issuer
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.Certificate, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &party{parsed, key}
}

// signedBy is a profile signed by a party, with certificates of others inside.
func signedBy(t testing.TB, content []byte, by *party, chain ...*party) []byte {
	t.Helper()
	o := cms.SignOptions{}
	for _, c := range chain {
		o.Chain = append(o.Chain, c.Certificate)
	}
	data, err := cms.Sign(content, by.Certificate, by.key, o)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
