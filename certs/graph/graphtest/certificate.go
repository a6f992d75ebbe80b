package graphtest

import (
	"crypto/sha1" // the thumbprint of Windows, not a signature
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
)

// parseCA reads one certificate in DER and nothing after it.
func parseCA(der []byte) (*x509.Certificate, error) {
	if len(der) == 0 {
		return nil, errors.New("there is no certificate")
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("it is not an X.509 certificate in DER: %w", err)
	}
	return cert, nil
}

// hexKeyID gives the SubjectKeyIdentifier of the certificate itself: this is what
// issuerSki holds, despite its name.
func hexKeyID(cert *x509.Certificate) string { return fmt.Sprintf("%X", cert.SubjectKeyId) }

// thumbprintOf is SHA-1 over the DER, upper-case, as Windows shows it.
func thumbprintOf(cert *x509.Certificate) string { return fmt.Sprintf("%X", sha1.Sum(cert.Raw)) }

// firstHTTP gives the first http URL of the certificate's own CRL distribution points:
// what a bulk upload enters as the CRL of that CA
// (https://learn.microsoft.com/entra/identity/authentication/how-to-certificate-based-authentication).
func firstHTTP(cert *x509.Certificate) string {
	for _, url := range cert.CRLDistributionPoints {
		if strings.HasPrefix(strings.ToLower(url), "http://") {
			return url
		}
	}
	return ""
}

// describeCA gives what a certificate says about itself, as an object of the PKI store.
func describeCA(cert *x509.Certificate, now time.Time) Object {
	kind := "intermediate"
	if string(cert.RawIssuer) == string(cert.RawSubject) {
		kind = "root"
	}
	return Object{
		"@odata.type": "#microsoft.graph." + caType,
		"id":          stableID(caType, thumbprintOf(cert)),
		"certificate": base64.StdEncoding.EncodeToString(cert.Raw), "certificateAuthorityType": kind,
		"displayName": cert.Subject.CommonName, "issuer": cert.Issuer.String(), "issuerSubjectKeyIdentifier": hexKeyID(cert),
		"createdDateTime": stamp(now), "expirationDateTime": stamp(cert.NotAfter), "thumbprint": thumbprintOf(cert),
		"isIssuerHintEnabled": false,
	}
}

// pkcs7 is as much of a SignedData without signers (RFC 5652 section 5.1) as has
// certificates in it.
type pkcs7 struct {
	Type    asn1.ObjectIdentifier
	Content struct {
		Version      int
		Digests      asn1.RawValue
		Content      asn1.RawValue
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		Lists        asn1.RawValue `asn1:"optional,tag:1"`
		Signers      asn1.RawValue
	} `asn1:"explicit,tag:0"`
}

// oidSignedData is id-signedData of RFC 5652 section 5.1.
var oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}

// parseBundle reads the certificates of a certs-only .p7b in DER.
func parseBundle(b []byte) ([]*x509.Certificate, error) {
	var p pkcs7
	rest, err := asn1.Unmarshal(b, &p)
	if err != nil || len(rest) > 0 || !p.Type.Equal(oidSignedData) {
		return nil, errors.New("the file is not a PKCS#7 bundle in DER")
	}
	certs, err := x509.ParseCertificates(p.Content.Certificates.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the bundle holds something that is not a certificate: %w", err)
	}
	if len(certs) == 0 {
		return nil, errors.New("the bundle holds no certificate")
	}
	return certs, nil
}
