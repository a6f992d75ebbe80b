package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// The extended key usages that are told apart (RFC 5280 4.2.1.12).
const (
	ekuClientAuth = "1.3.6.1.5.5.7.3.2"
	ekuAny        = "2.5.29.37.0"
	ekuSmartcard  = "1.3.6.1.4.1.311.20.2.2" // szOID_KP_SMARTCARD_LOGON
)

func checkEKU(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	c := sub.Certificate
	switch {
	case c.hasEKU(ekuClientAuth):
		return preflight.Pass("clientAuth")
	case !c.HasEKU:
		return inferred("there is no extended key usage: the standard allows any use, but whether Entra ID and Exchange do is not documented, and AD FS asks for one")
	case c.hasEKU(ekuAny), c.hasEKU(ekuSmartcard):
		return inferred("the extended key usage has anyExtendedKeyUsage or smart card logon, but not clientAuth: whether Entra ID and Exchange take that is not documented")
	}
	usages := make([]string, len(c.EKU))
	for i, oid := range c.EKU {
		usages[i] = oid.String()
	}
	return preflight.Fail("clientAuth is not among its extended key usages: %s", strings.Join(usages, ", "))
}

// inferred is a warning that rests on a conclusion, in a check whose rule is
// firmer than that.
func inferred(format string, args ...any) []preflight.Outcome {
	return []preflight.Outcome{{Status: preflight.StatusWarn, Basis: preflight.Inferred, Message: fmt.Sprintf(format, args...)}}
}

func checkKeyUsage(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	c := sub.Certificate
	switch {
	case c.IsCA:
		return []preflight.Outcome{{Status: preflight.StatusFail, Message: "it is a CA certificate, not a user's",
			Fix: "give users' certificates here, and check CAs with easkit check ca"}}
	case !c.HasKeyUsage:
		return preflight.Pass("there is no key usage, which allows any")
	case c.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return preflight.Fail("the key usage lacks digitalSignature")
	}
	return preflight.Pass("digitalSignature")
}

// The smallest RSA keys: below weakRSA is against current advice (Microsoft SDL,
// NIST SP 800-131A), below tinyRSA Apple's policies refuse the signer of a
// profile (SecPolicyLeafCallbacks.c); that they judge an identity is inferred.
const (
	weakRSA = 2048
	tinyRSA = 1024
)

func checkKey(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	text := sub.Certificate.KeyText()
	switch key := sub.Certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		switch bits := key.N.BitLen(); {
		case bits < tinyRSA:
			return inferred("%s is smaller than Apple's policies take (%d bits)", text, tinyRSA)
		case bits < weakRSA:
			return inferred("%s is weaker than %d bits", text, weakRSA)
		}
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() && key.Curve != elliptic.P384() && key.Curve != elliptic.P521() {
			return preflight.Warn("%s is a curve that phones and servers rarely know", text)
		}
	case nil:
		return inferred("the key is of a kind that is not known here")
	default:
		return preflight.Fail("the key is %s: iOS imports RSA and EC keys only", text)
	}
	return preflight.Pass("%s", text)
}

func checkSignatureHash(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	alg := sub.Certificate.SignatureAlgorithm()
	switch alg {
	case x509.MD5WithRSA, x509.MD2WithRSA:
		return preflight.Warn("it is signed with %s, which Apple's policies refuse", alg)
	case x509.SHA1WithRSA, x509.ECDSAWithSHA1:
		return preflight.Warn("it is signed with %s", alg)
	case x509.UnknownSignatureAlgorithm:
		return preflight.Warn("it is signed with the algorithm %s, which is not known here", sub.Certificate.algorithm.Algorithm)
	}
	return preflight.Pass("%s", alg)
}

// expiresSoon is when a certificate's end is worth a warning: users need some
// weeks to get a new profile.
const expiresSoon = 4 * 7 * 24 * time.Hour

func checkValidity(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	c := sub.Certificate
	from, until := c.NotBefore.UTC().Format("2006-01-02 15:04 MST"), c.NotAfter.UTC().Format("2006-01-02 15:04 MST")
	switch {
	case s.At.Before(c.NotBefore):
		return preflight.Fail("it is not valid before %s", from)
	case s.At.After(c.NotAfter):
		return preflight.Fail("it expired on %s", until)
	case c.NotAfter.Sub(s.At) < expiresSoon:
		return preflight.Warn("it expires on %s, in %s", until, preflight.Days(int(c.NotAfter.Sub(s.At)/(24*time.Hour))))
	}
	return preflight.Pass("until %s", until)
}
