package crl

import (
	"bytes"

	"github.com/easkit/easkit/certs"
)

// maxTried bounds the signatures that are checked for a list that names CAs by
// nothing but a name which many have.
const maxTried = 8

// FindIssuer returns the CA whose list l is: of those whose key signed it the one
// that it names most plainly, and otherwise the one that it names by key
// identifier, or by name where the list has no key identifier. A CA of the same
// name with another key is none, unless it signed the list.
func FindIssuer(l *List, cas []*certs.Certificate) *certs.Certificate {
	var named, signer *certs.Certificate
	tried := 0
	for _, ca := range cas {
		near := nearness(l, ca)
		if near > 1 && (named == nil || near > nearness(l, named)) {
			named = ca
		}
		if near == 0 || signer != nil && near <= nearness(l, signer) {
			continue
		}
		if near == 1 {
			if tried++; tried > maxTried {
				continue
			}
		}
		if l.SignedBy(ca) == nil {
			signer = ca
		}
	}
	if signer != nil {
		return signer
	}
	return named
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
