package tenant

import (
	"encoding/hex"
	"strings"

	"github.com/easkit/easkit/certs"
)

// authority is a CA of either trust store.
type authority struct {
	name        string
	store       string             // as messages call it
	certificate *certs.Certificate // nil where it was not understood
	ski         []byte
	hasCRL      bool
	hinted      bool // named in the handshake, where the tenant does that
}

// authorities lists the CAs of both stores. Deleted ones stay in Graph's answer
// for a while and count no more.
func (s *Snapshot) authorities() []authority {
	var all []authority
	for _, p := range s.PKIs {
		for _, ca := range p.CAs {
			if !ca.Deleted.IsZero() {
				continue
			}
			a := newAuthority(ca.Certificate, ca.DisplayName, "the PKI "+quoted(p.DisplayName))
			if a.ski == nil {
				a.ski = fromHex(ca.SKI)
			}
			a.hasCRL, a.hinted = ca.CRLURL != "", ca.IsIssuerHintEnabled
			all = append(all, a)
		}
	}
	for _, ca := range s.Classic {
		a := newAuthority(ca.Certificate, "", "the classic store")
		a.hasCRL = ca.CRLURL != ""
		all = append(all, a)
	}
	return all
}

func newAuthority(der []byte, name, store string) authority {
	a := authority{name: quoted(name), store: store}
	if c, err := certs.ParseCertificate(der); err == nil {
		a.certificate, a.ski, a.name = c, c.SubjectKeyID, quoted(c.String())
	}
	return a
}

// key tells authorities apart: a CA may be in both stores.
func (a *authority) key() string {
	if a.certificate != nil {
		return string(a.certificate.Raw)
	}
	return string(a.ski)
}

// withoutCRL are the CAs for which neither store has a CRL address. Where one of
// the two has, it counts: Microsoft documents that the store with the CRL wins.
func (x *index) withoutCRL() []authority {
	settled := map[string]bool{}
	for _, a := range x.authorities {
		settled[a.key()] = settled[a.key()] || a.hasCRL
	}
	var found []authority
	for _, a := range x.authorities {
		if !settled[a.key()] {
			settled[a.key()] = true
			found = append(found, a)
		}
	}
	return found
}

// hasSKI reports whether a CA of the tenant has a key identifier, given in hex.
func (x *index) hasSKI(text string) bool {
	ski := fromHex(text)
	return len(ski) > 0 && x.skis[string(ski)]
}

// chain is the key identifiers and names of the CAs above a certificate, nearest
// first: those given, or else those of the tenant that signed it. The issuer's key
// identifier stands in the certificate itself.
func (u *User) chain() []*certs.Certificate {
	if len(u.Chain) > 0 {
		return u.Chain
	}
	return certs.BuildChain(u.Certificate, u.Snapshot.look().pool)
}

// skis are the key identifiers of the CAs above the user's certificate.
func (u *User) skis() [][]byte {
	var all [][]byte
	if len(u.Certificate.AuthorityKeyID) > 0 {
		all = append(all, u.Certificate.AuthorityKeyID)
	}
	for _, c := range u.chain() {
		all = append(all, c.SubjectKeyID)
	}
	return all
}

// fromHex reads a key identifier in any way of writing hex; nil where it is none.
func fromHex(text string) []byte {
	b, err := hex.DecodeString(strings.NewReplacer(" ", "", ":", "", "-", "").Replace(text))
	if err != nil {
		return nil
	}
	return b
}
