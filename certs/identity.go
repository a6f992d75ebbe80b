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
	var chain []*Certificate
	for c := leaf; len(chain) < maxChain && !isRoot(c); {
		issuer := IssuerOf(c, pool)
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
func IssuerOf(c *Certificate, pool []*Certificate) *Certificate {
	var best *Certificate
	for _, ca := range pool {
		if !mayHaveIssued(ca, c) || best != nil && !ca.preferredTo(best) {
			continue
		}
		if c.SignedBy(ca) == nil {
			best = ca
		}
	}
	return best
}

func (c *Certificate) preferredTo(other *Certificate) bool {
	if root := isRoot(c); root != isRoot(other) {
		return root
	}
	return c.NotAfter.After(other.NotAfter)
}

// mayHaveIssued compares what is cheap before a signature is checked.
func mayHaveIssued(ca, c *Certificate) bool {
	if !ca.IsCA || !bytes.Equal(ca.RawSubject, c.RawIssuer) {
		return false
	}
	return len(c.AuthorityKeyID) == 0 || len(ca.SubjectKeyID) == 0 || bytes.Equal(c.AuthorityKeyID, ca.SubjectKeyID)
}

func isRoot(c *Certificate) bool { return c.SelfIssued() && c.SignedBy(c) == nil }

// IsRoot reports whether the certificate is signed with its own key.
func (c *Certificate) IsRoot() bool { return isRoot(c) }
