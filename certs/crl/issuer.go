package crl

import (
	"bytes"

	"github.com/easkit/easkit/certs"
)

// FindIssuer returns the CA whose list l is: the one whose key signed it, and
// otherwise the one that it names most plainly, by key identifier and name, by key
// identifier, or by name where the list has no key identifier. A CA of the same
// name with another key is none, unless it signed the list.
func FindIssuer(l *List, cas []*certs.Certificate) *certs.Certificate {
	var best *certs.Certificate
	for _, ca := range cas {
		near := nearness(l, ca)
		if near == 0 {
			continue
		}
		if l.SignedBy(ca) == nil {
			return ca
		}
		if near > 1 && (best == nil || near > nearness(l, best)) {
			best = ca
		}
	}
	return best
}

// nearness says how plainly a list names a CA: 0 not at all; 1 by a name that
// goes with another key.
func nearness(l *List, ca *certs.Certificate) int {
	name := bytes.Equal(l.RawIssuer, ca.RawSubject)
	id := len(l.AuthorityKeyID) > 0 && bytes.Equal(l.AuthorityKeyID, ca.SubjectKeyID)
	switch {
	case name && id:
		return 4
	case id:
		return 3
	case name && (len(l.AuthorityKeyID) == 0 || len(ca.SubjectKeyID) == 0):
		return 2
	case name:
		return 1
	}
	return 0
}
