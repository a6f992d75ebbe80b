package entra

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

func checkIsCA(_ preflight.Scenario, ca *CA) []preflight.Outcome {
	c := ca.Certificate
	switch {
	case !c.IsCA && !c.HasBasic && c.X509 != nil && c.X509.Version < 3 && c.IsRoot():
		return inferred("it is a root of version %d, which has no extensions: older software takes it for a CA, and Entra ID cannot find it by a key identifier", c.X509.Version)
	case !c.IsCA && c.HasBasic:
		return preflight.Fail("it is no CA: its basicConstraints say so")
	case !c.IsCA:
		return preflight.Fail("it is no CA: it has no basicConstraints (RFC 5280 4.2.1.9)")
	case !c.HasKeyUsage:
		return preflight.Pass("a CA, without a key usage, which allows any")
	case c.KeyUsage&x509.KeyUsageCertSign == 0:
		return preflight.Fail("it may not sign certificates: its key usage lacks keyCertSign")
	case c.KeyUsage&x509.KeyUsageCRLSign == 0:
		return preflight.Fail("it may not sign CRLs: its key usage lacks cRLSign")
	}
	return preflight.Pass("a CA, with keyCertSign and cRLSign")
}

// The values of ca.role: what Entra ID is told of a CA.
const (
	roleRoot         = "root"
	roleIntermediate = "intermediate"
)

// tell says what Entra ID is told of a CA in its two stores.
func tell(role string) string {
	return fmt.Sprintf("isRootAuthority %t, certificateAuthorityType %s", role == roleRoot, role)
}

func checkRole(_ preflight.Scenario, ca *CA) []preflight.Outcome {
	c := ca.Certificate
	role, status, message := role(ca)
	if role == "" {
		return preflight.Skip("%s", message)
	}
	if told := ca.ToldRoot; told != nil && *told != (role == roleRoot) && status == preflight.StatusPass {
		return preflight.Fail("%s, and the trust store has it as the other (isRootAuthority %t): chains end at roots only", message, *told)
	}
	o := preflight.Outcome{Status: status, Value: role, Message: fmt.Sprintf("%s (to Entra ID: %s)", message, tell(role))}
	if status == preflight.StatusWarn {
		o.Basis = preflight.Inferred
	}
	if !c.IsCA && status == preflight.StatusPass {
		o.Message += "; but see ca.is-ca"
	}
	return []preflight.Outcome{o}
}

// role tells roots, link certificates and intermediates apart. A name that is
// its own issuer's is not enough: a CA that got a new key signs the new one with
// the old, under the same name (RFC 5280 3.2, self-issued).
func role(ca *CA) (role string, status preflight.Status, message string) {
	c := ca.Certificate
	switch {
	case !c.IsCA && !c.SelfIssued():
		return "", "", "it is no CA"
	case c.IsRoot():
		return roleRoot, preflight.StatusPass, "a root, signed with its own key"
	case !c.SelfIssued():
		return roleIntermediate, preflight.StatusPass, "an intermediate, issued by " + c.Issuer()
	case errors.Is(c.SignedBy(c), certs.ErrUnsupported):
		return roleRoot, preflight.StatusWarn, "it names itself as issuer; whether its own key signed it can't be checked here, the signature is of an unknown kind"
	}
	if link := ca.linkedBy(); link != nil {
		return roleIntermediate, preflight.StatusWarn, fmt.Sprintf(
			"a link certificate: the CA's other key (SKI %X) signed it under the same name; Entra ID needs it only for chains that go up to that key", link.SubjectKeyID)
	}
	if len(c.AuthorityKeyID) > 0 && len(c.SubjectKeyID) > 0 && !bytes.Equal(c.AuthorityKeyID, c.SubjectKeyID) {
		return roleIntermediate, preflight.StatusWarn, fmt.Sprintf(
			"a link certificate: by its AKI %X another key of the same CA signed it, and that one is not in the store", c.AuthorityKeyID)
	}
	return roleRoot, preflight.StatusFail, "it names itself as issuer, but its own key did not sign it: the file is damaged or forged"
}

// linkedBy is the CA of the store with the same name whose key signed this one.
func (ca *CA) linkedBy() *certs.Certificate {
	for _, other := range ca.Store.named(ca.Certificate.RawIssuer) {
		if !bytes.Equal(other.Raw, ca.Certificate.Raw) && ca.Certificate.SignedBy(other) == nil {
			return other
		}
	}
	return nil
}

func checkSKI(s preflight.Scenario, ca *CA) []preflight.Outcome {
	c := ca.Certificate
	switch {
	case !s.InCloud():
		return skipOnPremises(s, "a chain built by key identifiers alone")
	case len(c.SubjectKeyID) == 0:
		return preflight.Fail("it has no subject key identifier (SKI)")
	case c.IsRoot() && len(c.AuthorityKeyID) > 0 && !bytes.Equal(c.AuthorityKeyID, c.SubjectKeyID):
		return inferred("it is a root, but its AKI %X is not its SKI %X: Entra ID may look for an issuer that is not there", c.AuthorityKeyID, c.SubjectKeyID)
	case c.IsRoot():
		return preflight.Pass("SKI %X", c.SubjectKeyID)
	case len(c.AuthorityKeyID) == 0:
		return preflight.Fail("it has no authority key identifier (AKI), by which Entra ID finds its issuer")
	}
	if issuer := ca.misnamedIssuer(); issuer != nil {
		return preflight.Fail("%q signed it, but its AKI %X is not that CA's SKI %X", issuer, c.AuthorityKeyID, issuer.SubjectKeyID)
	}
	if bytes.Equal(c.AuthorityKeyID, c.SubjectKeyID) {
		return preflight.Fail("its AKI is its own SKI %X, though another key signed it", c.SubjectKeyID)
	}
	return preflight.Pass("SKI %X, AKI %X", c.SubjectKeyID, c.AuthorityKeyID)
}

// misnamedIssuer is the CA of the store that signed this one and has another
// SKI than this one's AKI says.
func (ca *CA) misnamedIssuer() *certs.Certificate {
	c := ca.Certificate
	for _, other := range ca.Store.named(c.RawIssuer) {
		if len(other.SubjectKeyID) > 0 && !bytes.Equal(other.SubjectKeyID, c.AuthorityKeyID) && c.SignedBy(other) == nil {
			return other
		}
	}
	return nil
}

// expiresSoon is when a CA's end is worth a warning, as for users' certificates:
// with the CA, all of those below it end.
const expiresSoon = 4 * 7 * 24 * time.Hour

func checkValidity(s preflight.Scenario, ca *CA) []preflight.Outcome {
	const form = "2006-01-02 15:04 MST"
	c := ca.Certificate
	from, until := c.NotBefore.UTC().Format(form), c.NotAfter.UTC().Format(form)
	switch left := c.NotAfter.Sub(s.At); {
	case s.At.Before(c.NotBefore):
		return preflight.Fail("it is not valid before %s", from)
	case left < 0 && s.InCloud():
		return preflight.Fail("it expired on %s; as long as it is in the tenant no new CA can be uploaded", until)
	case left < 0:
		return preflight.Fail("it expired on %s", until)
	case left < expiresSoon:
		return preflight.Warn("it expires on %s, in %s, and with it all certificates below it", until, preflight.Days(int(left/(24*time.Hour))))
	}
	return preflight.Pass("until %s", until)
}

func checkSignatureHash(_ preflight.Scenario, ca *CA) []preflight.Outcome {
	alg := ca.Certificate.SignatureAlgorithm()
	weak := alg == x509.MD2WithRSA || alg == x509.MD5WithRSA || alg == x509.SHA1WithRSA || alg == x509.ECDSAWithSHA1
	switch {
	case weak && ca.Certificate.IsRoot():
		return preflight.Pass("%s; a root is trusted for being in the store, not for its signature", alg)
	case weak:
		return preflight.Warn("it is signed with %s", alg)
	case alg == x509.UnknownSignatureAlgorithm:
		return preflight.Warn("it is signed with an algorithm that is not known here")
	}
	return preflight.Pass("%s", alg)
}

// maxCASize is what the PKI-based trust store takes for one CA: "8 KB". Whether
// that counts the certificate, its base64 or the whole object is not said.
const maxCASize = 8 * 1024

func checkSize(s preflight.Scenario, ca *CA) []preflight.Outcome {
	der := len(ca.Certificate.Raw)
	text := base64.StdEncoding.EncodedLen(der)
	switch {
	case !s.InCloud():
		return skipOnPremises(s, "the size of a CA")
	case der > maxCASize:
		return preflight.Fail("it has %d bytes, more than the %d that the PKI-based trust store takes for a CA", der, maxCASize)
	case text > maxCASize:
		return inferred("it has %d bytes, and in base64, as it is sent, %d: more than %d, and which of the two the limit of the PKI-based trust store counts is not said", der, text, maxCASize)
	}
	return preflight.Pass("%d bytes", der)
}

func checkLab(s preflight.Scenario, ca *CA) []preflight.Outcome {
	switch {
	case !ca.Certificate.Lab:
		return preflight.Pass("it does not carry the lab's mark")
	case !s.InCloud():
		return inferred("it is a CA of easkit's lab: servers that trust it let in whoever has its key")
	}
	return preflight.Fail("it is a CA of easkit's lab: whoever has its key can sign in as any user of a tenant that trusts it")
}
