package crl

import (
	"bytes"
	"cmp"
	"crypto/x509"
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
	Lists       []*List            // those of the issuer, and those that claim to be, as [Rank] orders them
	Since       time.Time          // when the user's sign-ins were revoked; zero where nobody asks
	// Missing says why there are no lists, or not all; with Wanted set, lists were
	// asked for and did not come; with Broken set, what is published where they
	// should be is none.
	Missing        string
	Wanted, Broken bool
	// Decided is set by the check: the list that the answer is from, or nil.
	Decided *List
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

// Rank orders the lists that may speak for certificates of an issuer: base CRLs
// that the issuer made before others, those that are valid at the time first, the
// highest number first and then the newest; then delta CRLs likewise.
func Rank(s preflight.Scenario, issuer *certs.Certificate, lists []*List) []*List {
	type ranked struct {
		*List
		made bool
	}
	all := make([]ranked, len(lists))
	for i, l := range lists {
		all[i] = ranked{l, issuer != nil && made(s, issuer, l) == nil}
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		order := cmp.Or(compareBool(b.Delta(), a.Delta()), compareBool(a.made, b.made), compareBool(current(s, a.List), current(s, b.List)))
		if order == 0 && a.Number != nil && b.Number != nil {
			order = a.Number.Cmp(b.Number)
		}
		return -cmp.Or(order, a.ThisUpdate.Compare(b.ThisUpdate))
	})
	sorted := make([]*List, len(all))
	for i, r := range all {
		sorted[i] = r.List
	}
	return sorted
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

// checkRevoked looks the certificate up in the lists that may speak for it.
func checkRevoked(s preflight.Scenario, q *Question) []preflight.Outcome {
	if q.Certificate != nil && q.Certificate.IsRoot() {
		return preflight.Skip("a root is on nobody's list")
	}
	base, why := q.choose(s)
	if base == nil {
		return why
	}
	delta := q.delta(s, base)
	entry, listed := base.Entry(q.Serial)
	q.Decided = base
	inBase := listed
	if delta != nil && delta.Number.Cmp(base.Number) > 0 { // what it says counts before the base
		if e, ok := delta.Entry(q.Serial); ok {
			entry, listed, q.Decided = e, e.Reason != RemoveFromCRL, delta
		}
	}
	switch {
	case listed:
		return q.listed(entry)
	case inBase:
		o := verdict(inferred("the base CRL lists it, and only the delta CRL takes that back; Entra ID reads that if its address is in the trust store"), NotListed)
		o[0].Fix = "see that the tenant has the delta CRL's address for this CA, or publish a new base CRL"
		return o
	}
	if urls := q.announced(base); delta == nil && len(urls) > 0 {
		return q.unknown(fmt.Sprintf("the CRL of %s does not list it, but the delta CRL that goes with it (%s) was not read, or is not valid", second(base.ThisUpdate), strings.Join(urls, ", ")))
	}
	if l := q.contradicted(s); l != nil {
		return unverifiable(fmt.Sprintf("the CRL of %s does not list it, but another of the same CA that is no older, of %s, does", second(q.Decided.ThisUpdate), second(l.ThisUpdate)))
	}
	return q.notListed()
}

// contradicted is a list that the issuer made and that has the certificate, unless
// the list that decided supersedes it.
func (q *Question) contradicted(s preflight.Scenario) *List {
	for _, l := range q.Lists {
		e, ok := l.Entry(q.Serial)
		if ok && e.Reason != RemoveFromCRL && !supersedes(q.Decided, l) && made(s, q.Issuer, l) == nil {
			return l
		}
	}
	return nil
}

func supersedes(l, old *List) bool {
	if l.Number == nil || old.Number == nil {
		return l.ThisUpdate.After(old.ThisUpdate)
	}
	return l.Number.Cmp(old.Number) > 0 && !old.ThisUpdate.After(l.ThisUpdate)
}

// announced are the addresses of delta CRLs that the list or the certificate names.
func (q *Question) announced(base *List) []string {
	if q.Certificate == nil || len(base.FreshestCRLs) > 0 {
		return base.FreshestCRLs
	}
	return q.Certificate.FreshestCRLs
}

func (q *Question) listed(e Entry) []preflight.Outcome {
	text := fmt.Sprintf("revoked since %s (%s)", minute(e.Revoked), e.Reason)
	if e.Reason == Hold {
		text += ", which may be taken back"
	}
	if q.Decided.Delta() {
		text += "; only the delta CRL says so, which Entra ID reads if its address is in the trust store"
	}
	switch {
	case q.Since.IsZero():
		return verdict(preflight.Fail("%s", text), Revoked)
	case !newerThan(q.Decided, q.Since):
		o := stale(q.Decided, q.Since)
		o.Message = text + "; but the CRL's " + strings.TrimPrefix(o.Message, "its ")
		return []preflight.Outcome{o}
	case q.Decided.Delta(), e.Reason == Hold, e.Reason == RemoveFromCRL:
		o := verdict(inferred("%s", text), Effective)
		o[0].Fix = "publish a new base CRL that lists the certificate for another reason than certificateHold"
		o[0].Codes = []string{}
		return o
	}
	return verdict(preflight.Pass("%s, in a CRL of %s", text, second(q.Decided.ThisUpdate)), Effective)
}

func (q *Question) notListed() []preflight.Outcome {
	if q.Since.IsZero() {
		return verdict(preflight.Pass("not in the CRL of %s", second(q.Decided.ThisUpdate)), NotListed)
	}
	o := verdict(preflight.Fail("not in the CRL of %s: it goes on working", second(q.Decided.ThisUpdate)), NotListed)
	o[0].Fix = "revoke the certificate at its CA, and publish the CRL"
	o[0].Codes = []string{}
	return o
}

func verdict(outcomes []preflight.Outcome, v Verdict) []preflight.Outcome {
	outcomes[0].Value = string(v)
	return outcomes
}

// choose picks the base list that speaks for the certificate, or says why there is
// none.
func (q *Question) choose(s preflight.Scenario) (*List, []preflight.Outcome) {
	var l *List
	reason := ""
	for _, candidate := range q.Lists {
		if candidate.Delta() {
			continue
		}
		if why := q.unsuited(s, candidate); why != "" {
			reason = cmp.Or(reason, why+q.listedAnyway(candidate))
			continue
		}
		l = candidate
		break
	}
	switch {
	case l == nil && reason != "":
		return nil, unverifiable(reason)
	case l == nil && len(q.Lists) > 0:
		return nil, unverifiable("only a delta CRL of its issuer was read" + q.listedAnyway(q.Lists[0]))
	case l == nil:
		return nil, q.unknown(q.Missing)
	case q.Issuer == nil:
		return nil, unverifiable(fmt.Sprintf("the CRL was not verified: its CA is not among those given: %s%s", l.Issuer(), q.listedAnyway(l)))
	}
	switch err := made(s, q.Issuer, l); {
	case errors.Is(err, certs.ErrUnsupported):
		return nil, unverifiable(fmt.Sprintf("the signature of the CRL was not checked: %v%s", err, q.listedAnyway(l)))
	case err != nil:
		o := verdict(preflight.Fail("the CRL that there is %v%s", err, q.listedAnyway(l)), WrongIssuer)
		o[0].Codes, o[0].Fix = []string{"AADSTS2205015"}, "publish the CRL of this very CA"
		return nil, o
	case !current(s, l):
		o := verdict(preflight.Fail("the CRL that there is %s%s", period(s, l), q.listedAnyway(l)), ExpiredCRL)
		o[0].Codes, o[0].Fix = []string{"AADSTS500172"}, "have the CA publish a new CRL"
		return nil, o
	}
	return l, nil
}

// made says why an issuer did not make a list, in words that follow "the CRL".
func made(s preflight.Scenario, issuer *certs.Certificate, l *List) error {
	switch err := l.SignedBy(issuer); {
	case errors.Is(err, certs.ErrUnsupported):
		return err
	case err != nil:
		return fmt.Errorf("was not signed with the key of %q", issuer)
	case !bytes.Equal(l.RawIssuer, issuer.RawSubject) && l.Issuer() != issuer.Subject():
		return fmt.Errorf("is by %s, and the issuer is %s", l.Issuer(), issuer.Subject())
	case s.InCloud() && !bytes.Equal(l.AuthorityKeyID, issuer.SubjectKeyID):
		return fmt.Errorf("has the authority key identifier %X, and %q the subject key identifier %X", l.AuthorityKeyID, issuer, issuer.SubjectKeyID)
	case !issuer.IsCA, issuer.HasKeyUsage && issuer.KeyUsage&x509.KeyUsageCRLSign == 0:
		return fmt.Errorf("is signed by %q, which may not sign CRLs", issuer)
	}
	return nil
}

// period says when a list is valid, in words that follow "the CRL that there is".
func period(s preflight.Scenario, l *List) string {
	switch {
	case s.At.Before(l.ThisUpdate):
		return fmt.Sprintf("is valid from %s on", minute(l.ThisUpdate))
	case l.NextUpdate.IsZero():
		return "does not say until when it is valid"
	}
	return fmt.Sprintf("was valid from %s to %s only", minute(l.ThisUpdate), minute(l.NextUpdate))
}

// listedAnyway tells what a list says that doesn't count.
func (q *Question) listedAnyway(l *List) string {
	if e, ok := l.Entry(q.Serial); ok && e.Reason != RemoveFromCRL {
		return fmt.Sprintf("; it lists the certificate as revoked since %s (%s)", minute(e.Revoked), e.Reason)
	}
	return ""
}

// unknown is the answer where there is no list to ask: a warning where one was
// asked for.
func (q *Question) unknown(why string) []preflight.Outcome {
	why = cmp.Or(why, "there is no CRL of its issuer here")
	switch {
	case q.Broken:
		o := verdict(preflight.Fail("%s", why), Unverifiable)
		o[0].Codes, o[0].Fix = []string{"AADSTS500173", "AADSTS500174"}, publishedFix
		return o
	case q.Wanted:
		return unverifiable(why)
	}
	return verdict(preflight.Unchecked("%s", why), Unverifiable)
}

// unverifiable warns of what could not be looked at, which predicts nothing.
func unverifiable(why string) []preflight.Outcome {
	o := verdict(inferred("%s", why), Unverifiable)
	o[0].Fix = "see what is said of the CRL itself, or give a good one with --crl"
	o[0].Codes = []string{}
	return o
}

// unsuited says why a list does not speak for the certificate, or "".
func (q *Question) unsuited(s preflight.Scenario, l *List) string {
	sc := l.Scope
	switch {
	case len(l.UnknownAsks) > 0:
		return "the CRL has critical extensions that are not known: " + strings.Join(l.UnknownAsks, ", ")
	case l.PEM && s.InCloud():
		return "the CRL is PEM text, which Entra ID can't read"
	case l.Indirect > 0, sc != nil && sc.Indirect:
		return "the CRL is an indirect one, with entries of several CAs"
	case sc == nil:
		return ""
	case sc.OnlyReasons:
		return "the CRL speaks for some reasons of revocation only"
	case sc.OnlyAttribute:
		return "the CRL speaks for attribute certificates only"
	case q.Certificate == nil:
		return q.unsuitedSerial(l)
	case sc.OnlyUsers && q.Certificate.IsCA, sc.OnlyCAs && !q.Certificate.IsCA:
		return "the CRL speaks for other kinds of certificates"
	case sc.Named && !slices.ContainsFunc(sc.URLs, func(u string) bool { return contains(q.Certificate.CDPs, u) }):
		return "the CRL is the part of the list that belongs to " + strings.Join(sc.URLs, ", ") + ", to which the certificate does not point"
	}
	return ""
}

// unsuitedSerial is for a list of some certificates only, of which it isn't known
// whether that with the serial number is one: unless it is listed.
func (q *Question) unsuitedSerial(l *List) string {
	if _, ok := l.Entry(q.Serial); ok || !l.Scope.OnlyUsers && !l.Scope.OnlyCAs && !l.Scope.Named {
		return ""
	}
	return "the CRL does not list it, and does not speak for all certificates of its CA"
}

// current reports whether a list is valid at the time judged for. A list that is
// valid now stands for those that its CA will have published by then.
func current(s preflight.Scenario, l *List) bool {
	return validAt(l, s.At) || awaited(s, l)
}

func validAt(l *List, at time.Time) bool { return !at.Before(l.ThisUpdate) && at.Before(l.NextUpdate) }

// awaited reports whether a list is valid now and ends before the time judged for,
// which lies ahead.
func awaited(s preflight.Scenario, l *List) bool {
	return s.At.After(s.Now) && !s.Now.IsZero() && validAt(l, s.Now) && !validAt(l, s.At)
}

// delta is the delta CRL that goes with a base and is good, the newest of several:
// each is cumulative, so that an older one says nothing more (RFC 5280 5.2.4).
func (q *Question) delta(s preflight.Scenario, base *List) *List {
	for _, d := range q.Lists {
		if d.Delta() && fits(d, base) && current(s, d) && made(s, q.Issuer, d) == nil {
			return d
		}
	}
	return nil
}

// fits reports whether d is a delta CRL that may be combined with base.
func fits(d, base *List) bool {
	return d.Delta() && len(d.UnknownAsks) == 0 && d.Indirect == 0 && d.Number != nil && base.Number != nil &&
		bytes.Equal(d.RawIssuer, base.RawIssuer) && bytes.Equal(d.AuthorityKeyID, base.AuthorityKeyID) &&
		sameScope(d.Scope, base.Scope) && d.BaseNumber.Cmp(base.Number) <= 0
}

// Combine returns, for a delta CRL, the base among lists that it goes with, or
// else one of the same CA; nil where there is none.
func Combine(delta *List, lists []*List) *List {
	var same *List
	for _, l := range lists {
		if l.Delta() || !bytes.Equal(l.RawIssuer, delta.RawIssuer) || !bytes.Equal(l.AuthorityKeyID, delta.AuthorityKeyID) {
			continue
		}
		if fits(delta, l) {
			return l
		}
		same = l
	}
	return same
}
