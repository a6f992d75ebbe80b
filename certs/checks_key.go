package certs

import (
	"bytes"
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
		o := preflight.Warn("there is no extended key usage: the standard allows any use, but whether Entra ID and Exchange do is not documented, and AD FS asks for one")
		o[0].Basis = preflight.Inferred
		return o
	case c.hasEKU(ekuAny), c.hasEKU(ekuSmartcard):
		o := preflight.Warn("the extended key usage has anyExtendedKeyUsage or smart card logon, but not clientAuth: whether Entra ID and Exchange take that is not documented")
		o[0].Basis = preflight.Inferred
		return o
	}
	usages := make([]string, len(c.EKU))
	for i, oid := range c.EKU {
		usages[i] = oid.String()
	}
	return preflight.Fail("clientAuth is not among its extended key usages: %s", strings.Join(usages, ", "))
}

func checkKeyUsage(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	c := sub.Certificate
	switch {
	case c.IsCA:
		return preflight.Fail("it is a CA certificate, not a user's")
	case !c.HasKeyUsage:
		return preflight.Pass("there is no key usage, which allows any")
	case c.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return preflight.Fail("the key usage lacks digitalSignature")
	}
	return preflight.Pass("digitalSignature")
}

// The smallest RSA keys: below weakRSA is against current advice (Microsoft SDL,
// NIST SP 800-131A), below tinyRSA Apple's policies refuse it (SecPolicy.c).
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
			return preflight.Fail("%s is smaller than iOS takes (%d)", text, tinyRSA)
		case bits < weakRSA:
			return []preflight.Outcome{{Status: preflight.StatusWarn, Basis: preflight.Inferred, Message: fmt.Sprintf("%s is weaker than %d bits", text, weakRSA)}}
		}
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() && key.Curve != elliptic.P384() && key.Curve != elliptic.P521() {
			return preflight.Warn("%s is a curve that phones and servers rarely know", text)
		}
	default:
		return preflight.Fail("the key is %s: iOS imports RSA and EC keys only", text)
	}
	return preflight.Pass("%s", text)
}

func checkSignatureHash(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	alg := sub.Certificate.SignatureAlgorithm()
	switch alg {
	case x509.MD5WithRSA, x509.MD2WithRSA:
		return []preflight.Outcome{{Status: preflight.StatusFail, Basis: preflight.FromSource, Source: srcApple, Message: fmt.Sprintf("it is signed with %s, which iOS refuses", alg)}}
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

// checkChain builds the chain from the CAs given, which stand for those that the
// tenant trusts; a CA that only the file holds does not count then.
func checkChain(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	c := sub.Certificate
	pool := sub.CAs
	if len(pool) == 0 {
		pool = sub.InFile
	}
	chain := BuildChain(c, pool)
	top := c
	names := []string{}
	for _, ca := range chain {
		names = append(names, fmt.Sprintf("%q", ca.String()))
		top = ca
	}
	path := strings.Join(names, " < ")
	switch {
	case top.IsRoot():
		return keyIdentifiers(append([]*Certificate{c}, chain...), path)
	case len(chain) == 0 && len(sub.CAs) == 0:
		return preflight.Skip("no CA was given, and the file holds none that signed it: its issuer is %s", c.Issuer())
	case len(chain) == 0:
		return preflight.Fail("none of the %d CAs given signed it: %s", len(sub.CAs), sub.missing(c))
	case len(sub.CAs) > 0:
		return preflight.Fail("the chain ends at %q: %s", top, sub.missing(top))
	}
	return preflight.Warn("the file holds the chain only up to %q: %s", top, notSigned(top, pool))
}

// missing says why the CAs given don't lead on from c.
func (sub *Subject) missing(c *Certificate) string {
	if ca := IssuerOf(c, sub.InFile); ca != nil && IssuerOf(c, sub.CAs) == nil {
		return fmt.Sprintf("its issuer %q is in the file, but not among the CAs given", ca)
	}
	return notSigned(c, sub.CAs)
}

// notSigned says why the chain ends at c: the issuer's name is missing, or is
// there with another key, which is what a renewed CA looks like.
func notSigned(c *Certificate, pool []*Certificate) string {
	for _, ca := range pool {
		if !bytes.Equal(ca.RawSubject, c.RawIssuer) || bytes.Equal(ca.Raw, c.Raw) {
			continue
		}
		if ca.IsCA && c.SignedBy(ca) == nil {
			return fmt.Sprintf("its issuer %q is there, but the way to a root is a circle or has more than %d CAs", ca, maxChain)
		}
		if len(c.AuthorityKeyID) > 0 && len(ca.SubjectKeyID) > 0 && !bytes.Equal(c.AuthorityKeyID, ca.SubjectKeyID) {
			return fmt.Sprintf("a CA named %q is there, but with another key (its SKI is %X, the certificate's AKI %X): renewed?", ca, ca.SubjectKeyID, c.AuthorityKeyID)
		}
		if !ca.IsCA {
			return fmt.Sprintf("%q has the issuer's name, but is no CA", ca)
		}
		return fmt.Sprintf("a CA named %q is there, but its key did not sign the certificate", ca)
	}
	return "its issuer " + c.Issuer() + " is missing"
}

// keyIdentifiers checks what Entra ID finds issuers by. path is for the message.
func keyIdentifiers(chain []*Certificate, path string) []preflight.Outcome {
	for i, c := range chain {
		if !c.IsRoot() && len(c.AuthorityKeyID) == 0 {
			return preflight.Warn("%s; but %q has no authority key identifier, by which Entra ID finds its issuer", path, c)
		}
		if i > 0 && len(c.SubjectKeyID) == 0 {
			return preflight.Warn("%s; but the CA %q has no subject key identifier, by which Entra ID finds it", path, c)
		}
	}
	if path == "" {
		return preflight.Warn("it is signed with its own key: no CA vouches for it")
	}
	return preflight.Pass("%s", path)
}
