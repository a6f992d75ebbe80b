package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"net"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/lab"
)

// What stands before the name of a host where it plays another one: Entra ID asks for
// certificates at a host of its own, and so does Exchange Online.
const (
	certAuthPrefix = "certauth."
	cbaPrefix      = "cba."
)

// Hosts of Exchange Online and Entra ID in the worldwide cloud.
// Sources: https://techcommunity.microsoft.com/blog/exchange/ba-p/4459760,
// https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges
const (
	onlineHost    = "outlook.office365.com"
	onlineCBAHost = "outlook-cba.office365.com"
	entraHost     = "login.microsoftonline.com"
)

// onlineHosts are those that are a way to the mailbox, or to who gives tokens for it.
func onlineHosts() []string {
	return []string{onlineHost, onlineCBAHost, "outlook.office.com", "m.outlook.com", "autodiscover-s.outlook.com",
		entraHost, certAuthPrefix + entraHost, "*." + certAuthPrefix + entraHost}
}

// easHosts are the names and addresses that every ActiveSync server of a lab has a
// certificate for: those of Exchange Online's worldwide cloud, and this machine's own.
func easHosts() []string {
	return append(onlineHosts(), withRoles([]string{"localhost", "127.0.0.1", "::1"})...)
}

// withRoles adds to names of hosts those under which they play another one.
func withRoles(hosts []string) []string {
	var all []string
	for _, host := range hosts {
		all = append(all, host)
		if net.ParseIP(host) == nil {
			all = append(all, cbaPrefix+host, certAuthPrefix+host)
		}
	}
	return all
}

// serverCertificate is issued by the lab's issuing CA, and is valid as long as that.
func serverCertificate(l *lab.Lab, hosts []string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making the key of the ActiveSync server: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("drawing a serial number: %w", err)
	}
	issuer := l.Issuing.Certificate.X509
	t := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)),
		Subject:      pkix.Name{CommonName: "easkit lab ActiveSync server " + lab.Warning, Organization: []string{"easkit lab"}},
		NotBefore:    issuer.NotBefore, NotAfter: issuer.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		CRLDistributionPoints: []string{l.Issuing.CRLURL},
		ExtraExtensions:       []pkix.Extension{{Id: certs.OIDLabMarker, Value: asn1.NullBytes}},
	}
	for _, host := range hosts {
		switch ip := net.ParseIP(host); {
		case ip != nil:
			t.IPAddresses = append(t.IPAddresses, ip)
		case host == "" || strings.ContainsAny(host, ":/@ "):
			return tls.Certificate{}, fmt.Errorf("the ActiveSync server can't answer to %q, which is neither a host name nor an address", host)
		default:
			t.DNSNames = append(t.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, issuer, key.Public(), l.Issuing.Key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issuing the certificate of the ActiveSync server: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("reading the certificate of the ActiveSync server: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der, l.Issuing.Certificate.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// TLSConfig is how a connection begins: TLS 1.2 or 1.3, and a certificate is asked for
// in the handshake, as Exchange does where it accepts one but demands none; it is asked
// for from the lab's CAs. Who has none is refused by HTTP.
//
// What crypto/tls has the right alert for is refused by that: unknown_ca and
// certificate_expired. A certificate that is not for clients gets bad_certificate, since
// crypto/tls cannot send unsupported_certificate, as OpenSSL's servers do; and one that
// is revoked is refused by HTTP 403, as IIS does, since it cannot send
// certificate_revoked either. With the fault "refuse-in-http" all are. There is no
// session to resume, so that each connection shows its certificate, and no HTTP/2.
//
// The host of the authority asks for none, and its certauth host takes any and judges it
// by HTTP, as Entra ID's do.
func (e *EAS) TLSConfig() *tls.Config {
	base := &tls.Config{
		Certificates:           []tls.Certificate{e.server},
		MinVersion:             tls.VersionTLS12,
		NextProtos:             []string{"http/1.1"},
		ClientAuth:             tls.VerifyClientCertIfGiven,
		ClientCAs:              e.cas,
		Time:                   e.options.Now,
		SessionTicketsDisabled: true,
	}
	config := base.Clone()
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		own := base.Clone()
		switch change := e.currentFault().handshake; {
		case isCertAuth(hello.ServerName):
			own.ClientAuth = tls.RequestClientCert
		case hello.ServerName == entraHost:
			own.ClientAuth = tls.NoClientCert
		case change != nil:
			change(own)
		}
		return own, nil
	}
	return config
}

// isCertAuth reports whether a host is one that asks for certificates for tokens. A
// tenant's own (tTENANT.certauth…) is one too.
func isCertAuth(host string) bool {
	return strings.HasPrefix(host, certAuthPrefix) || strings.HasSuffix(host, "."+certAuthPrefix+entraHost)
}
