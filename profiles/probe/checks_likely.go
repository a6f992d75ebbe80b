package probe

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// A cause is why a certificate is likely to be refused, by what the certificate itself
// says. It is an inference, and messages say so.
type cause struct{ word, text, fix string }

// What servers demand of a certificate's uses (RFC 5280 4.2.1.12).
const (
	ekuClientAuth = "1.3.6.1.5.5.7.3.2"
	ekuAny        = "2.5.29.37.0"
)

// ownCause looks for what is wrong with the certificate by itself, or with it before
// this server; nil where nothing is. names says that the server came as far as to look
// for the user: it does so after it has taken the certificate for good.
func (e *Evidence) ownCause(t *TLS, names bool) *cause {
	if e.Target.Identity == nil {
		return nil
	}
	c := e.Target.Identity.Leaf
	switch {
	case e.At.After(c.NotAfter):
		return &cause{"expired", "it expired on " + day(c.NotAfter), fixNewCertificate}
	case e.At.Before(c.NotBefore):
		return &cause{"not-yet-valid", "it is not valid before " + day(c.NotBefore), "wait until then, or set the clock of the CA right"}
	case !forClients(c):
		return &cause{"wrong-eku", "its extended key usages do not have clientAuth", alertOf(43).fix}
	case t != nil && len(t.CAs) > 0 && !t.Offered:
		return &cause{"untrusted", fmt.Sprintf("its issuer %s is not among the CAs that the server names (%s)", name(c.RawIssuer), namesOfCAs(t.CAs)), fixClientCA}
	case !names && e.namesake(t) != nil:
		return e.namesake(t)
	case names && len(addressesOf(c)) == 0:
		return &cause{"no-san", "it has neither a UPN nor an rfc822Name by which to find a user", "issue the certificate with the user's UPN or mail address in its SAN (easkit check cert: cert.san.address)"}
	}
	return nil
}

// namesake is the cause where the server's own chain has a CA that is called as one of
// the certificate's is, and is another; nil where there is none. That the server also
// judges its clients by it is inferred.
func (e *Evidence) namesake(t *TLS) *cause {
	if e.Target.Identity == nil || t == nil {
		return nil
	}
	for _, own := range e.Target.Identity.Chain {
		for _, its := range slices.Concat(t.Trusted, t.Chain) {
			if own.X509 == nil || !bytes.Equal(own.RawSubject, its.RawSubject) || bytes.Equal(own.X509.RawSubjectPublicKeyInfo, its.RawSubjectPublicKeyInfo) {
				continue
			}
			text := fmt.Sprintf("its CA %s has another key than the CA of that name above the server's own certificate", name(own.RawSubject))
			if own.Lab {
				return &cause{"untrusted", text + ": it is of another easkit lab", "try with a certificate of the lab that is served: easkit lab issue"}
			}
			return &cause{"untrusted", text, fixClientCA}
		}
	}
	return nil
}

// forClients says whether a certificate's uses let it sign in to a server, as far as
// they are said.
func forClients(c *certs.Certificate) bool {
	for _, oid := range c.EKU {
		if id := oid.String(); id == ekuClientAuth || id == ekuAny {
			return true
		}
	}
	return !c.HasEKU
}

// addressesOf is the names by which servers find the user of a certificate.
func addressesOf(c *certs.Certificate) []string {
	return slices.Concat(c.Values(certs.KindUPN), c.Values(certs.KindEmail))
}

// namesOfCAs lists the CAs that a server offers.
func namesOfCAs(all [][]byte) string {
	var names []string
	for _, der := range all {
		names = append(names, certs.NameString(der))
	}
	return listed(names)
}

// whom names the user of the certificate for a message.
func (e *Evidence) whom() string {
	if id := e.Target.Identity; id != nil {
		if names := addressesOf(id.Leaf); len(names) > 0 {
			return safe(strings.Join(distinct(names), ", "))
		}
		return safe(id.Leaf.String())
	}
	return safe(e.Target.Account.User)
}

// explanation is what is known of a code; empty where it is in no list.
func explanation(all []preflight.Code, id string) preflight.Code {
	if i := slices.IndexFunc(all, func(c preflight.Code) bool { return c.ID == id }); i >= 0 {
		return all[i]
	}
	return preflight.Code{}
}

// explained is a fix with where to read on about a code.
func explained(fix, code string) string { return fix + " (easkit explain " + code + ")" }
