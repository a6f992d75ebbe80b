package certs

import (
	"bytes"
	"crypto"
	"fmt"
	"slices"
	"strings"
)

// Identity is a certificate with its private key, and the authorities above it.
type Identity struct {
	Leaf     *Certificate
	Key      crypto.Signer
	Chain    []*Certificate // from the leaf's issuer towards the root, as far as known
	PKCS12   *PKCS12        // the file it came in, where that was a PKCS#12 file
	Password Password       // which opens that file
}

// Identity picks the one certificate in the bundle that belongs to a key, and
// builds its chain from the bundle and from more. The error wraps ErrNoKey,
// ErrNoCertificate or ErrSeveral where the bundle holds anything but one.
func (b *Bundle) Identity(more ...*Certificate) (*Identity, error) {
	var found []*Identity
	for _, key := range b.distinctKeys() {
		for _, c := range b.Certificates {
			if samePublicKey(c.PublicKey, key.Public()) {
				found = append(found, &Identity{Leaf: c, Key: key, PKCS12: b.PKCS12, Password: b.Password})
			}
		}
	}
	switch {
	case len(b.Keys) == 0 && b.keyError != nil:
		return nil, b.keyError
	case len(b.Keys) == 0:
		return nil, fmt.Errorf("%w, only %s", ErrNoKey, subjects(b.Certificates))
	case len(found) == 0:
		return nil, fmt.Errorf("%w: it holds %s", ErrNoCertificate, subjects(b.Certificates))
	case len(found) > 1:
		leaves := make([]*Certificate, len(found))
		for i, id := range found {
			leaves[i] = id.Leaf
		}
		return nil, fmt.Errorf("%w: %s", ErrSeveral, subjects(leaves))
	}
	id := found[0]
	id.Chain = BuildChain(id.Leaf, append(append([]*Certificate{}, b.Certificates...), more...))
	return id, nil
}

func (b *Bundle) distinctKeys() []crypto.Signer {
	var keys []crypto.Signer
	for _, k := range b.Keys {
		known := false
		for _, have := range keys {
			known = known || samePublicKey(have.Public(), k.Public())
		}
		if !known {
			keys = append(keys, k)
		}
	}
	return keys
}

func samePublicKey(a, b any) bool {
	key, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(b)
}

func subjects(cs []*Certificate) string {
	if len(cs) == 0 {
		return "no certificate"
	}
	names := make([]string, len(cs))
	for i, c := range cs {
		names[i] = fmt.Sprintf("%q", c.String())
	}
	return strings.Join(names, ", ")
}

// maxChain bounds a chain; Entra ID follows at most 10 authorities from the leaf
// (concept-certificate-based-authentication-certificate-revocation-list).
const maxChain = 10

// BuildChain orders the authorities above leaf, nearest first, out of pool. An
// issuer is whoever's key made the signature: names and key identifiers only
// narrow the search, so that a renewed CA of the same name is not mistaken for
// the one that signed. It ends where the next issuer isn't in pool.
func BuildChain(leaf *Certificate, pool []*Certificate) []*Certificate {
	return buildChain(leaf, pool, func(int, *Certificate) bool { return true })
}

// buildChain prefers issuers that are usable at their depth, counted from 0 for
// the leaf's, among several certificates for one key.
func buildChain(leaf *Certificate, pool []*Certificate, usable func(depth int, ca *Certificate) bool) []*Certificate {
	var chain []*Certificate
	for c := leaf; len(chain) < maxChain && !c.IsRoot(); {
		issuer := issuerOf(c, pool, func(a, b *Certificate) bool {
			if ok := usable(len(chain), a); ok != usable(len(chain), b) {
				return ok
			}
			return a.preferredTo(b)
		})
		if issuer == nil || slices.Contains(chain, issuer) {
			break
		}
		chain = append(chain, issuer)
		c = issuer
	}
	return chain
}

// IssuerOf returns the certificate of pool whose key signed c, or nil. Of
// several certificates for that key a root is taken before one that was signed
// across by another CA, since it ends the chain, and then what expires last.
//
// A CA whose name is that of the issuer, byte for byte, comes before one that
// only its key identifier points to: the same name may be written in several
// string types, and Entra ID goes by the identifier.
func IssuerOf(c *Certificate, pool []*Certificate) *Certificate {
	return issuerOf(c, pool, (*Certificate).preferredTo)
}

// relation compares two certificates.
type relation func(a, b *Certificate) bool

func issuerOf(c *Certificate, pool []*Certificate, prefer relation) *Certificate {
	if ca := issuerAmong(c, pool, sameName, prefer); ca != nil {
		return ca
	}
	return issuerAmong(c, pool, mayHaveIssued, prefer)
}

func issuerAmong(c *Certificate, pool []*Certificate, may, prefer relation) *Certificate {
	var best *Certificate
	tried := 0
	for _, ca := range pool {
		if !may(ca, c) || best != nil && !prefer(ca, best) {
			continue
		}
		if tried++; tried > maxCandidates {
			break
		}
		if c.SignedBy(ca) == nil {
			best = ca
		}
	}
	return best
}

// maxCandidates bounds the signatures that are checked for one issuer. A CA that
// was renewed and signed across has a handful of certificates; a crafted file
// has thousands.
const maxCandidates = 8

func (c *Certificate) preferredTo(other *Certificate) bool {
	if c.IsRoot() != other.IsRoot() {
		return c.IsRoot()
	}
	return c.NotAfter.After(other.NotAfter)
}

// sameName is mayHaveIssued with the name compared as well.
func sameName(ca, c *Certificate) bool {
	return bytes.Equal(ca.RawSubject, c.RawIssuer) && mayHaveIssued(ca, c)
}

// mayHaveIssued compares what is cheap before a signature is checked: the key
// identifiers, or the names where there are none.
func mayHaveIssued(ca, c *Certificate) bool {
	switch {
	case !ca.IsCA:
		return false
	case len(c.AuthorityKeyID) > 0 && len(ca.SubjectKeyID) > 0:
		return bytes.Equal(c.AuthorityKeyID, ca.SubjectKeyID)
	}
	return bytes.Equal(ca.RawSubject, c.RawIssuer)
}

// IsRoot reports whether the certificate is signed with its own key.
func (c *Certificate) IsRoot() bool {
	c.rootOnce.Do(func() { c.root = c.SelfIssued() && c.SignedBy(c) == nil })
	return c.root
}
