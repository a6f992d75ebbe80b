package tenant

import (
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
)

// affinities are the fields that a username binding may start from, each with its
// affinity. How Graph spells IssuerAndSubject, Subject and IssuerAndSerialNumber
// is not documented, so that case is passed over.
// Source: https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-technical-deep-dive
var affinities = []struct {
	field    entra.Field
	affinity entra.Affinity
}{
	{entra.PrincipalName, entra.Low},
	{entra.RFC822Name, entra.Low},
	{entra.IssuerAndSubject, entra.Low},
	{entra.Subject, entra.Low},
	{entra.SubjectKeyIdentifier, entra.High},
	{entra.SHA1PublicKey, entra.High},
	{entra.IssuerAndSerialNumber, entra.High},
}

// properties are those of users that a binding may lead to.
var properties = []entra.Property{entra.UserPrincipalName, entra.OnPremisesUserPrincipalName, entra.UserIDs}

// affinityOf is the affinity of a field; "" where the field is not known.
func affinityOf(f entra.Field) entra.Affinity {
	for _, a := range affinities {
		if a.field == f {
			return a.affinity
		}
	}
	return ""
}

// Bindings are the tenant's username bindings, in the order in which they are
// tried: the default where the tenant has set none, and nil where its method was
// not read. A field or property that is not known is kept as it stands there; such
// a binding finds nobody.
func (s *Snapshot) Bindings() []entra.Binding {
	if s.Method == nil {
		return nil
	}
	if len(s.Method.Bindings) == 0 {
		return entra.DefaultBindings()
	}
	bindings := make([]entra.Binding, 0, len(s.Method.Bindings))
	for _, b := range s.Method.Bindings {
		bound := entra.Binding{Field: entra.Field(b.Field), Property: entra.Property(b.Property), Priority: b.Priority, Affinity: entra.Affinity(strings.ToLower(b.Affinity))}
		for _, a := range affinities {
			if strings.EqualFold(b.Field, string(a.field)) {
				bound.Field = a.field
			}
		}
		for _, p := range properties {
			if strings.EqualFold(b.Property, string(p)) {
				bound.Property = p
			}
		}
		if bound.Affinity == "" {
			bound.Affinity = affinityOf(bound.Field)
		}
		bindings = append(bindings, bound)
	}
	slices.SortStableFunc(bindings, func(a, b entra.Binding) int { return a.Priority - b.Priority })
	return bindings
}

// BindingsFor are the bindings that may find the user of a certificate: all of
// [Snapshot.Bindings], or those of high affinity where the rule for the
// certificate, or the default, wants that. Where none is left the list is empty;
// it is nil where the method was not read. [entra.Holder] takes it as it is.
func (s *Snapshot) BindingsFor(c *certs.Certificate) []entra.Binding {
	bindings := s.Bindings()
	if bindings == nil || s.rulesFor(c).affinity != entra.High {
		return bindings
	}
	return slices.DeleteFunc(bindings, func(b entra.Binding) bool { return affinityOf(b.Field) != entra.High })
}
