package crl

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// Verdict is what the CRLs say of a certificate, in one word for scripts.
type Verdict string

// The verdicts. With a time since when sign-ins are revoked, a certificate on the
// list is effectively revoked or its list is stale; without, it is revoked.
const (
	Revoked            Verdict = "revoked"
	Effective          Verdict = "revocation-effective"
	NotListed          Verdict = "not-listed"
	StaleEffectiveDate Verdict = "stale-effective-date"
	ExpiredCRL         Verdict = "expired-crl"
	WrongIssuer        Verdict = "wrong-issuer"
	Unverifiable       Verdict = "unverifiable"
)

// Question asks whether a certificate is revoked, or a serial number of which the
// certificate is not at hand.
type Question struct {
	Serial      *big.Int
	Certificate *certs.Certificate // nil where only the serial number is known
	Issuer      *certs.Certificate // whose key signed it; nil where that isn't known
	Lists       []*List            // those of the issuer, and those that claim to be
	Since       time.Time          // when the user's sign-ins were revoked; zero where nobody asks
	// Missing says why there are no lists, or not all; with Wanted set, lists were
	// asked for and did not come.
	Missing string
	Wanted  bool
}

// CertRevoked judges a user's certificate.
var CertRevoked = preflight.Check[*Question]{Run: checkRevoked, Info: preflight.Info{
	ID: "cert.revoked", Title: "The certificate is not revoked (with --since: it is, and for good)", Basis: preflight.Documented, Source: LimitsSource,
	Codes:  []string{"AADSTS500171", "AADSTS500183", "AADSTS7000214"},
	Reason: "a revoked certificate is refused; one that should be and isn't on the list goes on working",
	Fix:    "issue a new certificate",
}}

// CARevoked judges a CA's certificate.
var CARevoked = preflight.Check[*Question]{Run: checkRevoked, Info: preflight.Info{
	ID: "ca.revoked", Title: "The CA is not revoked", Basis: preflight.Documented, Source: LimitsSource,
	Codes:  []string{"AADSTS500171", "AADSTS500183"},
	Reason: "Entra ID asks the CRL of every CA up to the root; below a revoked one every sign-in fails",
	Fix:    "take the CA out of the trust store, and issue its users' certificates from another",
}}

// checkRevoked looks the certificate up in the lists that may speak for it.
func checkRevoked(s preflight.Scenario, q *Question) []preflight.Outcome {
	if q.Certificate != nil && q.Certificate.IsRoot() {
		return preflight.Skip("a root is on nobody's list")
	}
	base, why := q.choose(s)
	if base == nil {
		return why
	}
	entry, listed, source := q.lookUp(s, base)
	if !listed {
		return q.notListed(source)
	}
	text := fmt.Sprintf("revoked since %s (%s)", minute(entry.Revoked), entry.Reason)
	if entry.Reason == Hold {
		text += ", which may be taken back"
	}
	if source.Delta() {
		text += "; only the delta CRL says so, which Entra ID reads if its address is in the trust store"
	}
	switch {
	case q.Since.IsZero():
		return verdict(preflight.Fail("%s", text), Revoked)
	case !newerThan(source, q.Since):
		o := stale(source, q.Since)
		o.Message = text + "; but the CRL's " + strings.TrimPrefix(o.Message, "its ")
		return []preflight.Outcome{o}
	}
	return verdict(preflight.Pass("%s, in a CRL of %s", text, second(source.ThisUpdate)), Effective)
}

func verdict(outcomes []preflight.Outcome, v Verdict) []preflight.Outcome {
	outcomes[0].Value = string(v)
	return outcomes
}

func (q *Question) notListed(source *List) []preflight.Outcome {
	if q.Since.IsZero() {
		return verdict(preflight.Pass("not in the CRL of %s", second(source.ThisUpdate)), NotListed)
	}
	o := verdict(preflight.Fail("not in the CRL of %s: it goes on working", second(source.ThisUpdate)), NotListed)
	o[0].Fix = "revoke the certificate at its CA, and publish the CRL"
	o[0].Codes = []string{}
	return o
}

// choose picks the base list that speaks for the certificate, or says why there is
// none: a list that is good before one that expired, and then the newest.
func (q *Question) choose(s preflight.Scenario) (*List, []preflight.Outcome) {
	if q.Issuer == nil {
		return nil, q.unsigned()
	}
	var good, others []*List
	reason := ""
	for _, l := range q.Lists {
		if l.Delta() {
			continue
		}
		others = append(others, l)
		if why := q.unsuited(l); why != "" {
			reason = why
			continue
		}
		good = append(good, l)
	}
	switch {
	case len(good) == 0 && reason != "":
		return nil, verdict(inferred("%s", reason), Unverifiable)
	case len(good) == 0 && len(others) == 0:
		return nil, q.unknown(q.Missing)
	}
	l := q.best(s, good)
	switch err := q.made(s, l); {
	case errors.Is(err, certs.ErrUnsupported):
		return nil, verdict(inferred("the signature of the CRL was not checked: %v", err), Unverifiable)
	case err != nil:
		o := verdict(preflight.Fail("the CRL that there is %v", err), WrongIssuer)
		o[0].Codes, o[0].Fix = []string{"AADSTS2205015"}, "publish the CRL of this very CA"
		return nil, o
	case !current(s, l):
		o := verdict(preflight.Fail("the CRL that there is %s%s", period(l), q.listedAnyway(l)), ExpiredCRL)
		o[0].Codes, o[0].Fix = []string{"AADSTS500172"}, "have the CA publish a new CRL"
		return nil, o
	}
	return l, nil
}

// made says why the issuer did not make a list, in words that follow "the CRL".
func (q *Question) made(s preflight.Scenario, l *List) error {
	switch err := l.SignedBy(q.Issuer); {
	case errors.Is(err, certs.ErrUnsupported):
		return err
	case err != nil:
		return fmt.Errorf("was not signed with the key of %q", q.Issuer)
	case l.Issuer() != q.Issuer.Subject():
		return fmt.Errorf("is by %s, and the issuer is %s", l.Issuer(), q.Issuer.Subject())
	case s.InCloud() && !bytes.Equal(l.AuthorityKeyID, q.Issuer.SubjectKeyID):
		return fmt.Errorf("has the authority key identifier %X, and %q the subject key identifier %X", l.AuthorityKeyID, q.Issuer, q.Issuer.SubjectKeyID)
	}
	return nil
}

// period says when a list is valid, in words that follow "the CRL that there is".
func period(l *List) string {
	if l.NextUpdate.IsZero() {
		return "does not say until when it is valid"
	}
	return fmt.Sprintf("was valid from %s to %s only", minute(l.ThisUpdate), minute(l.NextUpdate))
}

func (q *Question) listedAnyway(l *List) string {
	if e, ok := l.Entry(q.Serial); ok && e.Reason != RemoveFromCRL {
		return "; it lists the certificate as revoked"
	}
	return ""
}

// unsigned is the answer where nobody is known who could have signed a list.
func (q *Question) unsigned() []preflight.Outcome {
	if len(q.Lists) == 0 {
		return q.unknown(q.Missing)
	}
	l, says := q.Lists[0], "does not list it"
	if e, ok := l.Entry(q.Serial); ok {
		says = fmt.Sprintf("lists it, since %s (%s)", minute(e.Revoked), e.Reason)
	}
	return verdict(inferred("the CRL %s, but was not verified: its CA is not among those given: %s", says, l.Issuer()), Unverifiable)
}

// unknown is the answer where there is no list to ask.
func (q *Question) unknown(why string) []preflight.Outcome {
	if why == "" {
		why = "there is no CRL of its issuer here"
	}
	if q.Wanted {
		return verdict(inferred("%s", why), Unverifiable)
	}
	return preflight.Skip("%s", why)
}

// unsuited says why a list does not speak for the certificate, or "".
func (q *Question) unsuited(l *List) string {
	sc := l.Scope
	switch {
	case len(l.UnknownAsks) > 0:
		return "the CRL has critical extensions that are not known: " + strings.Join(l.UnknownAsks, ", ")
	case sc == nil:
		return ""
	case sc.OnlyReasons:
		return "the CRL speaks for some reasons of revocation only"
	case sc.OnlyAttribute:
		return "the CRL speaks for attribute certificates only"
	case q.Certificate == nil:
		return ""
	case sc.OnlyUsers && q.Certificate.IsCA, sc.OnlyCAs && !q.Certificate.IsCA:
		return "the CRL speaks for other kinds of certificates"
	case sc.Named && !slices.ContainsFunc(sc.URLs, func(u string) bool { return contains(q.Certificate.CDPs, u) }):
		return "the CRL is the part of the list that belongs to " + strings.Join(sc.URLs, ", ") + ", to which the certificate does not point"
	}
	return ""
}

func current(s preflight.Scenario, l *List) bool {
	return !s.At.Before(l.ThisUpdate) && s.At.Before(l.NextUpdate)
}

// best prefers lists that the issuer made, then those that are valid at the time,
// and among those the latest.
func (q *Question) best(s preflight.Scenario, lists []*List) *List {
	return slices.MaxFunc(lists, func(a, b *List) int {
		return cmp.Or(
			compareBool(q.made(s, a) == nil, q.made(s, b) == nil),
			compareBool(current(s, a), current(s, b)),
			a.ThisUpdate.Compare(b.ThisUpdate))
	})
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// lookUp finds the certificate in the base list and in the delta that continues
// it (RFC 5280 5.2.4): what a delta says counts before the base. source is the
// list that decided.
func (q *Question) lookUp(s preflight.Scenario, base *List) (e Entry, listed bool, source *List) {
	e, listed = base.Entry(q.Serial)
	source = base
	for _, d := range q.Lists {
		if !continues(d, base) || !current(s, d) || d.SignedBy(q.Issuer) != nil || source.Delta() && !d.ThisUpdate.After(source.ThisUpdate) {
			continue
		}
		if in, ok := d.Entry(q.Serial); ok {
			e, listed, source = in, in.Reason != RemoveFromCRL, d
		}
	}
	return e, listed, source
}

// continues reports whether d is a delta CRL that may be combined with base.
func continues(d, base *List) bool {
	return d.Delta() && len(d.UnknownAsks) == 0 && d.Number != nil && base.Number != nil && bytes.Equal(d.RawIssuer, base.RawIssuer) &&
		bytes.Equal(d.AuthorityKeyID, base.AuthorityKeyID) && sameScope(d.Scope, base.Scope) &&
		d.BaseNumber.Cmp(base.Number) <= 0 && d.Number.Cmp(base.Number) > 0
}

// Combine returns, for a delta CRL, the base among lists that it continues, or
// else one of the same CA; nil where there is none.
func Combine(delta *List, lists []*List) *List {
	var same *List
	for _, l := range lists {
		if l.Delta() || !bytes.Equal(l.RawIssuer, delta.RawIssuer) || !bytes.Equal(l.AuthorityKeyID, delta.AuthorityKeyID) {
			continue
		}
		if continues(delta, l) {
			return l
		}
		same = l
	}
	return same
}
