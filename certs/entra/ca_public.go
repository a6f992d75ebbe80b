package entra

import (
	"encoding/asn1"
	"fmt"
	"sync"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// publicRoots are the roots that the web trusts, sorted by what they are looked
// up by.
type publicRoots struct {
	byKey  map[string]*certs.Certificate // by RawKey
	bySKI  map[string][]*certs.Certificate
	byName map[string][]*certs.Certificate // by raw subject
}

// mozilla are the roots of Mozilla's programme, as Go's maintainers keep them.
// They are parsed when the first CA is judged, as most runs judge none.
// Source: https://pkg.go.dev/golang.org/x/crypto/x509roots/fallback/bundle
var mozilla = sync.OnceValue(func() publicRoots {
	roots := publicRoots{map[string]*certs.Certificate{}, map[string][]*certs.Certificate{}, map[string][]*certs.Certificate{}}
	for r := range bundle.Roots() {
		c, err := certs.ParseCertificate(r.Certificate)
		if err != nil {
			continue // a test wants all of them to be understood
		}
		roots.byKey[string(c.RawKey)] = c
		roots.byName[string(c.RawSubject)] = append(roots.byName[string(c.RawSubject)], c)
		if len(c.SubjectKeyID) > 0 {
			roots.bySKI[string(c.SubjectKeyID)] = append(roots.bySKI[string(c.SubjectKeyID)], c)
		}
	}
	return roots
})

// issuerOf is the root that signed a certificate, or nil.
func (p publicRoots) issuerOf(c *certs.Certificate) *certs.Certificate {
	if root := certs.IssuerOf(c, p.byName[string(c.RawIssuer)]); root != nil {
		return root
	}
	return certs.IssuerOf(c, p.bySKI[string(c.AuthorityKeyID)])
}

// publicPolicies is the arc of the policies that the CA/Browser Forum defined: a
// CA that names one issues by the rules for public CAs.
// Source: https://cabforum.org/resources/object-registry/
var publicPolicies = asn1.ObjectIdentifier{2, 23, 140, 1}

// publicPolicy is the first policy of the CA/Browser Forum that a certificate
// names, or "".
func publicPolicy(c *certs.Certificate) string {
	if c.X509 == nil {
		return ""
	}
	for _, oid := range c.X509.PolicyIdentifiers {
		if len(oid) > len(publicPolicies) && oid[:len(publicPolicies)].Equal(publicPolicies) {
			return oid.String()
		}
	}
	return ""
}

// Public reports whether a CA is one that the public web trusts, and as which:
// name says on one printable line how it is one. It is if it is among Mozilla's
// roots, has the key of one, was signed by one, or names a policy of the
// CA/Browser Forum. What stands further below a root and names no policy is only
// found with the CAs between the two: ask for each of them.
func Public(c *certs.Certificate) (name string, ok bool) {
	roots := mozilla()
	if root := roots.byKey[string(c.RawKey)]; root != nil {
		if string(root.Raw) == string(c.Raw) {
			return fmt.Sprintf("%q, one of the roots that Mozilla trusts", root), true
		}
		return fmt.Sprintf("a certificate for the key of %q, a root that Mozilla trusts", root), true
	}
	if root := roots.issuerOf(c); root != nil {
		return fmt.Sprintf("issued by %q, a root that Mozilla trusts", root), true
	}
	if policy := publicPolicy(c); policy != "" {
		return fmt.Sprintf("a CA that issues by the rules for public CAs, as its policy %s of the CA/Browser Forum says", policy), true
	}
	return "", false
}

// publicAbove is what [Public] says of a CA, or else of the first of those above
// it in its store.
func (ca *CA) publicAbove() string {
	if name, ok := Public(ca.Certificate); ok {
		return "it is " + name
	}
	for _, above := range certs.BuildChain(ca.Certificate, ca.Store.certificates()) {
		if name, ok := Public(above); ok {
			return fmt.Sprintf("above it stands %q: %s", above, name)
		}
	}
	return ""
}

func checkPublic(s preflight.Scenario, ca *CA) []preflight.Outcome {
	switch public := ca.publicAbove(); {
	case public == "":
		return preflight.Pass("it is not known as a public CA: neither its key nor what signed it is among the %d roots that Mozilla trusts", len(mozilla().byKey))
	case !s.InCloud():
		return inferred("%s; servers that trust it for users let in whoever gets a certificate with a fitting name from it", public)
	default:
		return preflight.Fail("%s: whoever gets a certificate with a user's name from it can sign in as that user", public)
	}
}
