package entra

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"github.com/easkit/easkit/certs"
)

// gts1C3 is the CA "GTS CA 1C3", which GTS Root R1 signed: one of those that
// issued Google's own certificates until 2024.
const gts1C3 = `-----BEGIN CERTIFICATE-----
MIIFljCCA36gAwIBAgINAgO8U1lrNMcY9QFQZjANBgkqhkiG9w0BAQsFADBHMQsw
CQYDVQQGEwJVUzEiMCAGA1UEChMZR29vZ2xlIFRydXN0IFNlcnZpY2VzIExMQzEU
MBIGA1UEAxMLR1RTIFJvb3QgUjEwHhcNMjAwODEzMDAwMDQyWhcNMjcwOTMwMDAw
MDQyWjBGMQswCQYDVQQGEwJVUzEiMCAGA1UEChMZR29vZ2xlIFRydXN0IFNlcnZp
Y2VzIExMQzETMBEGA1UEAxMKR1RTIENBIDFDMzCCASIwDQYJKoZIhvcNAQEBBQAD
ggEPADCCAQoCggEBAPWI3+dijB43+DdCkH9sh9D7ZYIl/ejLa6T/belaI+KZ9hzp
kgOZE3wJCor6QtZeViSqejOEH9Hpabu5dOxXTGZok3c3VVP+ORBNtzS7XyV3NzsX
lOo85Z3VvMO0Q+sup0fvsEQRY9i0QYXdQTBIkxu/t/bgRQIh4JZCF8/ZK2VWNAcm
BA2o/X3KLu/qSHw3TT8An4Pf73WELnlXXPxXbhqW//yMmqaZviXZf5YsBvcRKgKA
gOtjGDxQSYflispfGStZloEAoPtR28p3CwvJlk/vcEnHXG0g/Zm0tOLKLnf9LdwL
tmsTDIwZKxeWmLnwi/agJ7u2441Rj72ux5uxiZ0CAwEAAaOCAYAwggF8MA4GA1Ud
DwEB/wQEAwIBhjAdBgNVHSUEFjAUBggrBgEFBQcDAQYIKwYBBQUHAwIwEgYDVR0T
AQH/BAgwBgEB/wIBADAdBgNVHQ4EFgQUinR/r4XN7pXNPZzQ4kYU83E1HScwHwYD
VR0jBBgwFoAU5K8rJnEaK0gnhS9SZizv8IkTcT4waAYIKwYBBQUHAQEEXDBaMCYG
CCsGAQUFBzABhhpodHRwOi8vb2NzcC5wa2kuZ29vZy9ndHNyMTAwBggrBgEFBQcw
AoYkaHR0cDovL3BraS5nb29nL3JlcG8vY2VydHMvZ3RzcjEuZGVyMDQGA1UdHwQt
MCswKaAnoCWGI2h0dHA6Ly9jcmwucGtpLmdvb2cvZ3RzcjEvZ3RzcjEuY3JsMFcG
A1UdIARQME4wOAYKKwYBBAHWeQIFAzAqMCgGCCsGAQUFBwIBFhxodHRwczovL3Br
aS5nb29nL3JlcG9zaXRvcnkvMAgGBmeBDAECATAIBgZngQwBAgIwDQYJKoZIhvcN
AQELBQADggIBAIl9rCBcDDy+mqhXlRu0rvqrpXJxtDaV/d9AEQNMwkYUuxQkq/BQ
cSLbrcRuf8/xam/IgxvYzolfh2yHuKkMo5uhYpSTld9brmYZCwKWnvy15xBpPnrL
RklfRuFBsdeYTWU0AIAaP0+fbH9JAIFTQaSSIYKCGvGjRFsqUBITTcFTNvNCCK9U
+o53UxtkOCcXCb1YyRt8OS1b887U7ZfbFAO/CVMkH8IMBHmYJvJh8VNS/UKMG2Yr
PxWhu//2m+OBmgEGcYk1KCTd4b3rGS3hSMs9WYNRtHTGnXzGsYZbr8w0xNPM1IER
lQCh9BIiAfq0g3GvjLeMcySsN1PCAJA/Ef5c7TaUEDu9Ka7ixzpiO2xj2YC/WXGs
Yye5TBeg2vZzFb8q3o/zpWwygTMD0IZRcZk0upONXbVRWPeyk+gB9lm+cZv9TSjO
z23HFtz30dZGm6fKa+l3D/2gthsjgx0QGtkJAITgRNOidSOzNIb2ILCkXhAd4FJG
AJ2xDx8hcFH1mt0G/FX0Kw4zd8NLQsLxdxP8c4CU6x+7Nz/OAipmsHMdMqUybDKw
juDEI/9bfU1lcKwrmz3O2+BtjjKAvpafkmO8l7tdufThcV4q5O8DIrGKZTqPwJNl
1IXNDw9bg1kWRxYtnCQ6yICmJhSFm/Y3m6xv+cXDBlHz4n/FsRC6UfTd
-----END CERTIFICATE-----`

// Every root of the bundle is understood, and known by its key.
func TestMozillaRoots(t *testing.T) {
	count := 0
	for r := range bundle.Roots() {
		count++
		c := parsed(t, r.Certificate)
		if name, ok := Public(c); !ok || !strings.Contains(name, "Mozilla") {
			t.Errorf("%s is not known as public: %q", c, name)
		}
	}
	if n := len(mozilla().byKey); n != count || n < 100 {
		t.Errorf("%d roots are known of %d", n, count)
	}
}

func parsed(t testing.TB, der []byte) *certs.Certificate {
	t.Helper()
	c, err := certs.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// mozillaRoot is one of Mozilla's roots, by its common name.
func mozillaRoot(t testing.TB, name string) *certs.Certificate {
	t.Helper()
	for r := range bundle.Roots() {
		if c := parsed(t, r.Certificate); c.CommonName() == name {
			return c
		}
	}
	t.Fatalf("Mozilla has no root %q", name)
	return nil
}

// forgedCA is a CA of the test, with the name and key identifier of another. It
// signs itself, or is signed by what is above it; it has a new key, or the one
// given.
type forgedCA struct {
	like     *certs.Certificate
	key      any
	above    *x509.Certificate
	aboveKey *ecdsa.PrivateKey
	policies []x509.OID
}

func (f forgedCA) make(t testing.TB) (*certs.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: f.like.CommonName()}, SubjectKeyId: f.like.SubjectKeyID,
		NotBefore: testClock.AddDate(-1, 0, 0), NotAfter: testClock.AddDate(1, 0, 0),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, Policies: f.policies,
	}
	parent, public, signer := template, any(&own.PublicKey), own
	if f.key != nil {
		public = f.key
	}
	if f.above != nil {
		parent, signer = f.above, f.aboveKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, der), own
}

func (f forgedCA) certificate(t testing.TB) *certs.Certificate {
	c, _ := f.make(t)
	return c
}

// gts is the CA of gts1C3.
func gts() (*certs.Certificate, error) {
	block, _ := pem.Decode([]byte(gts1C3))
	return certs.ParseCertificate(block.Bytes)
}

// publicCA makes the CA of a row a public one.
func publicCA(ca *CA) { ca.Certificate, ca.Err = gts() }

func policy(t testing.TB, arcs ...uint64) x509.OID {
	t.Helper()
	oid, err := x509.OIDFromInts(arcs)
	if err != nil {
		t.Fatal(err)
	}
	return oid
}

func TestPublic(t *testing.T) {
	root := mozillaRoot(t, "ISRG Root X1")
	issued, err := gts()
	if err != nil {
		t.Fatal(err)
	}
	bridge, bridgeKey := forgedCA{like: fixture(t, "root.pem")}.make(t)
	for _, r := range []struct {
		what string
		c    *certs.Certificate
		says string // "" for a CA that is not public
	}{
		{"a root", root, `"ISRG Root X1", one of the roots that Mozilla trusts`},
		{"what a root signed", issued, `issued by "GTS Root R1"`},
		{"a root's key, signed by another", forgedCA{like: root, key: root.PublicKey, above: bridge.X509, aboveKey: bridgeKey}.certificate(t), `a certificate for the key of "ISRG Root X1"`},
		{"a root's name and key identifier for another key", forgedCA{like: root}.certificate(t), ""},
		{"the policy for domain-validated certificates", forgedCA{like: root, policies: []x509.OID{policy(t, 2, 23, 140, 1, 2, 1)}}.certificate(t), "its policy 2.23.140.1.2.1 of the CA/Browser Forum"},
		{"a policy of one's own", forgedCA{like: root, policies: []x509.OID{policy(t, 1, 3, 6, 1, 4, 1, 311, 21, 8, 1)}}.certificate(t), ""},
		{"any policy", forgedCA{like: root, policies: []x509.OID{policy(t, 2, 5, 29, 32, 0)}}.certificate(t), ""},
		{"a CA of one's own", fixture(t, "issuing.pem"), ""},
	} {
		name, ok := Public(r.c)
		if ok != (r.says != "") || !strings.Contains(name, r.says) {
			t.Errorf("%s: %q, %v, want %q", r.what, name, ok, r.says)
		}
	}
}

// A CA two steps below a public root is known by the one between, if that is in
// the store.
func TestPublicAbove(t *testing.T) {
	middle, key := forgedCA{like: fixture(t, "root.pem"), policies: []x509.OID{policy(t, 2, 23, 140, 1, 2, 2)}}.make(t)
	low := forgedCA{like: fixture(t, "issuing.pem"), above: middle.X509, aboveKey: key}.certificate(t)
	st := &Store{}
	for _, c := range []*certs.Certificate{low, middle} {
		st.CAs = append(st.CAs, &CA{Name: c.String(), Certificate: c, Store: st})
	}
	expect(t, CheckCA(at(oauthOnline), st.CAs[0]), "ca.public", fail, `above it stands "Contoso Test Root": a CA that issues by the rules for public CAs`)
	expect(t, CheckCA(at(oauthOnline), &CA{Certificate: low}), "ca.public", pass, "not known as a public CA")
}
