package entra

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// Store is the authorities of one trust store, or of what is to become one. It
// must not change any more once the first check has run.
type Store struct {
	CAs []*CA

	once   sync.Once
	pool   []*certs.Certificate // those that were understood
	bySKI  map[string][]*CA
	byName map[string][]*CA // by raw subject
	byURL  map[string][]*CA // by CRL address
}

// Check judges the store as a whole; its CAs are judged by [CheckCA].
func (st *Store) Check(s preflight.Scenario) []preflight.Finding { return StoreChecks.Run(s, st) }

// StoreChecks are the checks of a whole trust store.
var StoreChecks = preflight.Table[*Store]{
	{Run: checkCount, Info: preflight.Info{
		ID: "ca.count", Title: "The trust store takes that many CAs", Basis: preflight.Documented, Source: srcHowTo,
		Reason: "the PKI-based trust store takes 250 CAs; without any, no certificate signs in",
		Fix:    "remove CAs that no certificate in use leads to, expired ones first",
	}},
}

// maxCAs is how many CAs the PKI-based trust store takes.
const maxCAs = 250

func checkCount(s preflight.Scenario, st *Store) []preflight.Outcome {
	distinct := map[string]bool{}
	for _, c := range st.certificates() {
		distinct[string(c.Raw)] = true
	}
	switch n := len(distinct); {
	case n == 0:
		return preflight.Fail("there is no CA: every certificate would be refused")
	case !s.InCloud():
		return skipOnPremises(s, "the number of CAs")
	case n > maxCAs:
		return preflight.Fail("%d CAs are more than the %d that the PKI-based trust store takes; of the classic store no limit is published", n, maxCAs)
	default:
		return preflight.Pass("%d of the %d CAs that the PKI-based trust store takes; of the classic store no limit is published", n, maxCAs)
	}
}

// index sorts the CAs by what they are looked up by, once.
func (st *Store) index() *Store {
	if st == nil {
		return new(Store).index()
	}
	st.once.Do(func() {
		st.bySKI, st.byName, st.byURL = map[string][]*CA{}, map[string][]*CA{}, map[string][]*CA{}
		for _, ca := range st.CAs {
			c := ca.Certificate
			if c == nil {
				continue
			}
			st.pool = append(st.pool, c)
			st.byName[string(c.RawSubject)] = append(st.byName[string(c.RawSubject)], ca)
			if len(c.SubjectKeyID) > 0 {
				st.bySKI[string(c.SubjectKeyID)] = append(st.bySKI[string(c.SubjectKeyID)], ca)
			}
			for _, u := range ca.CRLURLs {
				st.byURL[sameURL(u)] = append(st.byURL[sameURL(u)], ca)
			}
		}
	})
	return st
}

func (st *Store) certificates() []*certs.Certificate { return st.index().pool }

// maxNamed bounds the signatures that are checked with CAs of one name. A CA
// that was renewed has a handful; a crafted store has thousands.
const maxNamed = 8

// named are the certificates of the store for one raw subject.
func (st *Store) named(subject []byte) []*certs.Certificate {
	all := st.index().byName[string(subject)]
	var found []*certs.Certificate
	for _, ca := range all[:min(len(all), maxNamed)] {
		found = append(found, ca.Certificate)
	}
	return found
}

// maxChain is how many CAs Entra ID follows from a certificate to its root.
const maxChain = 10

func checkComplete(s preflight.Scenario, ca *CA) []preflight.Outcome {
	c := ca.Certificate
	if !c.IsCA {
		return preflight.Skip("it is no CA")
	}
	chain := certs.BuildChain(c, ca.Store.certificates())
	path, top := make([]string, len(chain)), c
	for i, above := range chain {
		path[i], top = fmt.Sprintf("%q", above), above
	}
	switch {
	case len(chain) >= maxChain && s.InCloud():
		return preflight.Fail("it has %d CAs or more above it: Entra ID follows %d from the user's certificate to the root", len(chain), maxChain)
	case top.IsRoot() && len(chain) == 0:
		return preflight.Pass("it is a root")
	case top.IsRoot():
		return preflight.Pass("%s", strings.Join(path, " < "))
	}
	return ca.missing(s, top)
}

// missing says what keeps the chain from going on above top.
func (ca *CA) missing(s preflight.Scenario, top *certs.Certificate) []preflight.Outcome {
	why := fmt.Sprintf("its issuer %s is missing", top.Issuer())
	for _, other := range ca.Store.named(top.RawIssuer) {
		if errors.Is(top.SignedBy(other), certs.ErrUnsupported) {
			return inferred("whether %q signed %q can't be checked here: the key or the signature is of an unknown kind", other, top)
		}
		if !bytes.Equal(other.Raw, top.Raw) {
			why = notSigned(top, other)
		}
	}
	if where := caIssuers(top); where != "" {
		why += fmt.Sprintf("; its certificate says that the issuer's can be got from %s", printable(where))
	}
	if top != ca.Certificate {
		why = fmt.Sprintf("the chain ends at %q: %s", top, why)
	}
	if !s.InCloud() {
		return preflight.Warn("%s (%s may have it all the same)", why, onPremises(s))
	}
	return preflight.Fail("%s", why)
}

// notSigned says what a CA with the issuer's name is instead of the issuer.
func notSigned(c, other *certs.Certificate) string {
	switch {
	case certs.IssuerOf(c, []*certs.Certificate{other}) != nil:
		return "the way to a root is a circle"
	case len(other.SubjectKeyID) > 0 && len(c.AuthorityKeyID) > 0 && !bytes.Equal(other.SubjectKeyID, c.AuthorityKeyID):
		return fmt.Sprintf("its issuer %s is there, but with another key (its SKI is %X, the AKI %X): renewed?", c.Issuer(), other.SubjectKeyID, c.AuthorityKeyID)
	case !other.IsCA:
		return fmt.Sprintf("%q has its issuer's name, but is no CA", other)
	}
	return fmt.Sprintf("%q has its issuer's name, but its key did not sign it", other)
}

// caIssuers is the first address of an issuer's certificate that a certificate
// names (RFC 5280 4.2.2.1).
func caIssuers(c *certs.Certificate) string {
	if c.X509 == nil || len(c.X509.IssuingCertificateURL) == 0 {
		return ""
	}
	return c.X509.IssuingCertificateURL[0]
}

func checkDuplicate(s preflight.Scenario, ca *CA) []preflight.Outcome {
	if !s.InCloud() {
		return skipOnPremises(s, "one certificate for each CA")
	}
	c, st := ca.Certificate, ca.Store.index()
	others := func(of []*CA) []*CA {
		return slices.DeleteFunc(slices.Clone(of), func(o *CA) bool { return o == ca })
	}
	for _, o := range others(st.byName[string(c.RawSubject)]) {
		if bytes.Equal(o.Certificate.Raw, c.Raw) {
			return preflight.Fail("%s is the same certificate", printable(o.Name))
		}
	}
	if same := others(st.bySKI[string(c.SubjectKeyID)]); len(same) > 0 {
		if bytes.Equal(same[0].Certificate.RawKey, c.RawKey) {
			return inferred("%s has the same key and SKI %X (renewed with its key, or signed across): of the two, Entra ID may take either", printable(same[0].Name), c.SubjectKeyID)
		}
		return inferred("%s has the same SKI %X for another key: Entra ID cannot tell the two apart", printable(same[0].Name), c.SubjectKeyID)
	}
	if renewed := others(st.byName[string(c.RawSubject)]); len(renewed) > 0 {
		return preflight.Pass("%s has the same name and another key: a renewal; keep both while certificates of either are in use", printable(renewed[0].Name))
	}
	return preflight.Pass("it is there once")
}
