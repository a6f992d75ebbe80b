package entra

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
)

// Affinity says how surely a field leads to one certificate.
type Affinity string

// The affinities. What names, addresses or subjects say can be in several
// certificates; keys and serial numbers are of one.
const (
	Low  Affinity = "low"
	High Affinity = "high"
)

// Binding is one username binding of the tenant's policy: users whose Property
// is what the certificate has in Field.
type Binding struct {
	Field    Field
	Property Property
	Priority int      // the lowest is tried first
	Affinity Affinity // as the policy has it; it decides nothing here
}

// DefaultBindings is what a tenant has that set none.
func DefaultBindings() []Binding {
	return []Binding{{Field: PrincipalName, Property: UserPrincipalName, Priority: 1, Affinity: Low}}
}

func (b Binding) String() string { return fmt.Sprintf("%s to %s", b.Field, b.Property) }

// Match is what one binding found for a certificate.
type Match struct {
	Binding Binding
	Value   string  // what the certificate has in the field, as it was looked up
	Users   []*User // in the order of the export
}

// String writes the rule by which the first user was found.
func (m Match) String() string {
	if m.Binding.Property == UserIDs {
		return fmt.Sprintf("%s is among the certificateUserIds of %s", m.Value, m.Users[0])
	}
	return fmt.Sprintf("%s %s is the %s of %s", m.Binding.Field, m.Value, m.Binding.Property, m.Users[0])
}

// Bind tries the bindings in the order of their priority and lists those that
// find users, one match for each. The first is the one that counts for a user
// whom it finds; Entra ID looks for the user who is about to sign in, so that
// another user may be found by a later one. Bindings that a tenant cannot have,
// such as a proxyAddress as property, find nobody.
func (us *Users) Bind(c *certs.Certificate, bindings []Binding) []Match {
	var matches []Match
	for _, b := range inOrder(bindings) {
		if m := us.bind(c, b); len(m.Users) > 0 {
			matches = append(matches, m)
		}
	}
	return matches
}

func inOrder(bindings []Binding) []Binding {
	sorted := slices.Clone(bindings)
	slices.SortStableFunc(sorted, func(a, b Binding) int { return a.Priority - b.Priority })
	return sorted
}

func (us *Users) bind(c *certs.Certificate, b Binding) Match {
	m := Match{Binding: b}
	for _, value := range b.values(c) {
		key := fold(value)
		if b.Property == UserIDs {
			key = foldID(value)
		}
		for _, u := range us.find(b.Property, key) {
			if !slices.Contains(m.Users, u) {
				m.Users = append(m.Users, u)
			}
			if m.Value == "" {
				m.Value = value
			}
		}
	}
	return m
}

// values are what a certificate has in the binding's field, in the form in which
// the property holds it. Only names are compared with user names.
func (b Binding) values(c *certs.Certificate) []string {
	switch {
	case b.Property == UserIDs:
		var values []string
		for _, id := range CertificateUserIDs(c) {
			if id.Field == b.Field {
				values = append(values, id.Value)
			}
		}
		return values
	case b.Property != UserPrincipalName && b.Property != OnPremisesUserPrincipalName:
		return nil
	case b.Field == PrincipalName:
		return readableValues(c, certs.KindUPN)
	case b.Field == RFC822Name:
		return readableValues(c, certs.KindEmail)
	}
	return nil
}

// knows reports whether the users tell what the binding compares with.
func (us *Users) knows(p Property) bool {
	switch p {
	case UserIDs:
		return us.knowsIDs
	case OnPremisesUserPrincipalName:
		return us.knowsOnPremises
	}
	return true
}

// otherForms are the certificateUserIds of a certificate as other tools write
// them, each with what is different about it: whether Entra ID takes them is
// not known.
func otherForms(c *certs.Certificate) []UserID {
	var others []UserID
	for _, id := range CertificateUserIDs(c) {
		switch id.Field {
		case SHA1PublicKey:
			others = append(others, UserID{id.Field, idPrefix + "<SHA1-PUKEY>" + c.Thumbprint(), "it has the certificate's thumbprint in place of the key's hash"})
		case IssuerAndSerialNumber:
			at := strings.LastIndex(id.Value, "<SR>") + len("<SR>")
			serial := fmt.Sprintf("%x", serialBytes(c))
			others = append(others, UserID{id.Field, id.Value[:at] + serial, "its serial number is not reversed"})
		case Subject, IssuerAndSubject:
		default:
			continue
		}
		if bare := strings.ReplaceAll(id.Value, " ", ""); bare != id.Value {
			others = append(others, UserID{id.Field, bare, "it is written without the spaces in the names"})
		}
	}
	return others
}
