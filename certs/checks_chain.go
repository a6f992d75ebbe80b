package certs

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// checkChain builds the chain from the CAs given, which stand for those that the
// tenant trusts; a CA that only the file holds does not count then. Without any
// given, the file's own are what there is to look at.
func checkChain(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	c := sub.Certificate
	pool := sub.CAs
	if !sub.hasCAs() {
		pool = sub.InFile
	}
	chain := buildChain(c, pool, func(depth int, ca *Certificate) bool { return unfit(s, depth, ca) == "" })
	top := c
	if len(chain) > 0 {
		top = chain[len(chain)-1]
	}
	switch strange := unverifiable(top, pool); {
	case top.IsRoot() && (len(chain) > 0 || !sub.hasCAs() || sub.given(c)):
		return judgeChain(s, append([]*Certificate{c}, chain...))
	case strange != "":
		return inferred("whether %s is not known here", strange)
	case !sub.hasCAs() && len(chain) == 0:
		return preflight.Unchecked("no CA was given, and the file holds none that signed it: its issuer is %s", c.Issuer())
	case !sub.hasCAs():
		return preflight.Warn("the file holds the chain only up to %q: %s", top, notSigned(top, pool))
	case s.Mailbox == preflight.ExchangeServer && sub.completes():
		return preflight.Warn("the CAs given lead to a root only with those in the file: the server has to have them, or the phone to send them")
	case len(chain) == 0:
		return preflight.Fail("none of the CAs given (%d) signed it: %s", len(sub.CAs), sub.missing(c))
	}
	return preflight.Fail("the chain ends at %q: %s", top, sub.missing(top))
}

// hasCAs reports whether authorities were given, be it that there are none: a trust
// store can be empty.
func (sub *Subject) hasCAs() bool { return sub.CAs != nil }

// given reports whether c is itself among the CAs given.
func (sub *Subject) given(c *Certificate) bool {
	return slices.ContainsFunc(sub.CAs, func(ca *Certificate) bool { return bytes.Equal(ca.Raw, c.Raw) })
}

// completes reports whether the CAs of the file lead to a root that was given.
func (sub *Subject) completes() bool {
	chain := BuildChain(sub.Certificate, slices.Concat(sub.CAs, sub.InFile))
	return len(chain) > 0 && chain[len(chain)-1].IsRoot() && sub.given(chain[len(chain)-1])
}

// missing says why the CAs given don't lead on from c.
func (sub *Subject) missing(c *Certificate) string {
	if ca := IssuerOf(c, sub.InFile); ca != nil && IssuerOf(c, sub.CAs) == nil {
		return fmt.Sprintf("its issuer %q is in the file, but not among the CAs given", ca)
	}
	return notSigned(c, sub.CAs)
}

// unverifiable names a CA that may well have signed c, where the signature is of
// a kind that can't be checked here: that is no reason to say that it did not.
func unverifiable(c *Certificate, pool []*Certificate) string {
	if c.SelfIssued() && c.checkable(c) != nil {
		return fmt.Sprintf("%q is signed with its own key (%v)", c, c.checkable(c))
	}
	candidates := 0
	for _, ca := range pool {
		if !mayHaveIssued(ca, c) || bytes.Equal(ca.Raw, c.Raw) {
			continue
		}
		if err := c.checkable(ca); err != nil {
			return fmt.Sprintf("%q signed %q (%v)", ca, c, err)
		}
		if sameName(ca, c) {
			candidates++
		}
		if candidates > maxCandidates {
			return fmt.Sprintf("%q signed %q: there are more than %d such CAs, and no more are tried", ca, c, maxCandidates)
		}
	}
	return ""
}

// notSigned says why the chain ends at c: the issuer's name is missing, or is
// there with another key, which is what a renewed CA looks like.
func notSigned(c *Certificate, pool []*Certificate) string {
	if c.IsRoot() {
		return "it is signed with its own key"
	}
	if ca := IssuerOf(c, pool); ca != nil {
		return fmt.Sprintf("its issuer %q is there, but the way to a root is a circle or has more than %d CAs", ca, maxChain)
	}
	for _, ca := range pool {
		if !bytes.Equal(ca.RawSubject, c.RawIssuer) && !mayHaveIssued(ca, c) || bytes.Equal(ca.Raw, c.Raw) {
			continue
		}
		switch {
		case len(c.AuthorityKeyID) > 0 && len(ca.SubjectKeyID) > 0 && !bytes.Equal(c.AuthorityKeyID, ca.SubjectKeyID):
			return fmt.Sprintf("a CA named %q is there, but with another key (its SKI is %X, the certificate's AKI %X): renewed?", ca, ca.SubjectKeyID, c.AuthorityKeyID)
		case !ca.IsCA:
			return fmt.Sprintf("%q has the issuer's name, but is no CA", ca)
		}
		return fmt.Sprintf("a CA named %q is there, but its key did not sign the certificate", ca)
	}
	return "its issuer " + c.Issuer() + " is missing"
}

// unfit says why a CA can't vouch for what is below it: depth CAs and the user's
// certificate.
func unfit(s preflight.Scenario, depth int, ca *Certificate) string {
	switch {
	case s.At.Before(ca.NotBefore), s.At.After(ca.NotAfter):
		return fmt.Sprintf("the CA %q is not valid at %s: it runs from %s to %s", ca,
			s.At.UTC().Format(time.DateOnly), ca.NotBefore.Format(time.DateOnly), ca.NotAfter.Format(time.DateOnly))
	case ca.HasKeyUsage && ca.KeyUsage&x509.KeyUsageCertSign == 0:
		return fmt.Sprintf("the CA %q may not sign certificates: its key usage lacks keyCertSign", ca)
	case ca.PathLen >= 0 && depth > ca.PathLen:
		return fmt.Sprintf("the CA %q allows %d CAs below it, and there are %d", ca, ca.PathLen, depth)
	}
	return ""
}

// judgeChain looks at a whole chain, the user's certificate first: may each CA
// sign, is it valid then, and can Entra ID find it by its key identifier.
func judgeChain(s preflight.Scenario, chain []*Certificate) []preflight.Outcome {
	var names []string
	for i, ca := range chain[1:] {
		names = append(names, fmt.Sprintf("%q", ca.String()))
		if why := unfit(s, i, ca); why != "" {
			return []preflight.Outcome{{Status: preflight.StatusFail, Message: why, Fix: "renew the CA, or have the certificate issued by one that is fit"}}
		}
	}
	path := strings.Join(names, " < ")
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
