package crl

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// checkIssuer compares the names and key identifiers of the list and its CA.
func checkIssuer(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	l, ca := sub.List, sub.CA
	switch {
	case ca == nil && len(sub.Pointing) > 0:
		return preflight.Fail("it is %s, and it stands where the CRL of %q should be", sub.notOurs(), sub.Pointing[0])
	case ca == nil && len(sub.CAs) == 0:
		return preflight.Unchecked("no CA was given: the list is by %s", l.Issuer())
	case ca == nil && sub.renewed() != nil:
		o := inferred("it is %s", sub.notOurs())
		o[0].Fix = "give that CA with --ca; if this is what is published for the CA given, publish that CA's own (after a renewal AD CS writes CA(1).crl)"
		return o
	case ca == nil:
		return preflight.Unchecked("it is by none of the CAs given (%d): %s", len(sub.CAs), l.Issuer())
	case sub.elsewhere() != nil:
		return preflight.Fail("it is the CRL of %q, and it stands where the CRL of %q should be", ca, sub.elsewhere())
	case len(l.AuthorityKeyID) == 0 && !s.InCloud():
		return preflight.Pass("%s; it has no authority key identifier", l.Issuer())
	case len(l.AuthorityKeyID) == 0:
		return preflight.Fail("it has no authority key identifier, by which Entra ID finds its CA %q", ca)
	case len(ca.SubjectKeyID) == 0:
		return preflight.Fail("its CA %q has no subject key identifier to compare with the list's %X", ca, l.AuthorityKeyID)
	case !bytes.Equal(l.AuthorityKeyID, ca.SubjectKeyID):
		return preflight.Fail("its authority key identifier is %X, and the subject key identifier of %q is %X", l.AuthorityKeyID, ca, ca.SubjectKeyID)
	case bytes.Equal(l.RawIssuer, ca.RawSubject):
		return preflight.Pass("%s, key %X", l.Issuer(), l.AuthorityKeyID)
	case l.Issuer() == ca.Subject():
		return inferred("its issuer is %s, as the CA's subject reads, but written in other string types", l.Issuer())
	}
	return preflight.Fail("its issuer is %s, and the subject of the CA with its key is %s", l.Issuer(), ca.Subject())
}

// elsewhere is a CA whose certificates point to the list although another made it.
func (sub *Subject) elsewhere() *certs.Certificate {
	for _, ca := range sub.Pointing {
		if !bytes.Equal(ca.RawKey, sub.CA.RawKey) {
			return ca
		}
	}
	return nil
}

// renewed is a CA with the list's issuer's name and another key.
func (sub *Subject) renewed() *certs.Certificate {
	for _, ca := range sub.CAs {
		if nearness(sub.List, ca) == 1 {
			return ca
		}
	}
	return nil
}

// notOurs says whose list it is, in words that follow "it is".
func (sub *Subject) notOurs() string {
	if ca := sub.renewed(); ca != nil {
		return fmt.Sprintf("by a CA named %q with another key (its AKI is %X, the SKI of the CA given %X): renewed?", ca, sub.List.AuthorityKeyID, ca.SubjectKeyID)
	}
	return "by " + sub.List.Issuer()
}

func checkSignature(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	l, ca := sub.List, sub.CA
	if ca == nil {
		return preflight.Unchecked("the CA that should have signed it is not among those given: %s", l.Issuer())
	}
	err := l.SignedBy(ca)
	name := certs.SignatureName(l.Algorithm)
	switch {
	case errors.Is(err, certs.ErrUnsupported):
		return inferred("it was not checked: %v", err)
	case err != nil:
		return preflight.Fail("it is not signed with the key of %q", ca)
	case !ca.IsCA:
		return preflight.Fail("it is signed by %q, which is no CA", ca)
	case ca.HasKeyUsage && ca.KeyUsage&x509.KeyUsageCRLSign == 0:
		return preflight.Fail("it is signed by %q, whose key usage lacks cRLSign", ca)
	case name == x509.SHA1WithRSA || name == x509.ECDSAWithSHA1 || name == x509.MD5WithRSA:
		return inferred("it is signed with %v, which is weak", name)
	}
	return preflight.Pass("%v, by %q", name, ca)
}

// The remaining life from which a list is worth a warning: the last tenth of it,
// but never more than a week.
const (
	lastPart = 10
	lastDays = 7 * 24 * time.Hour
)

func checkValidity(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	l := sub.List
	left, life := l.NextUpdate.Sub(s.At), l.NextUpdate.Sub(l.ThisUpdate)
	switch {
	case s.At.Before(l.ThisUpdate):
		return preflight.Fail("it is valid from %s on (thisUpdate)", minute(l.ThisUpdate))
	case l.NextUpdate.IsZero():
		return preflight.Fail("it does not say when the next one comes (nextUpdate)")
	case awaited(s, l):
		return preflight.Unchecked("it is valid now and ends on %s; by %s its CA must have published another", minute(l.NextUpdate), minute(s.At))
	case left <= 0:
		return preflight.Fail("it ended on %s (nextUpdate), %s ago", minute(l.NextUpdate), daysText(-left))
	case l.LatestEntry.After(s.At):
		return inferred("it lists a certificate as revoked from %s on, which is still to come", minute(l.LatestEntry))
	case l.LatestEntry.After(l.ThisUpdate.Add(backdating)):
		return inferred("it lists a certificate as revoked from %s on, later than its own date %s", minute(l.LatestEntry), minute(l.ThisUpdate))
	case l.NextUpdate.Sub(present(s)) < min(life/lastPart, lastDays) && !present(s).Before(l.NextPublish):
		return inferred("it ends on %s, in %s", minute(l.NextUpdate), daysText(left))
	}
	return preflight.Pass("from %s to %s", minute(l.ThisUpdate), minute(l.NextUpdate))
}

// present is the time judged for, or now where that lies ahead: what a CA will have
// published by then is not known.
func present(s preflight.Scenario) time.Time {
	if !s.Now.IsZero() && s.Now.Before(s.At) {
		return s.Now
	}
	return s.At
}

// minute writes a time of a list for a person.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

func daysText(d time.Duration) string {
	if d < 48*time.Hour {
		return preflight.Counted(int(d/time.Hour), "hour")
	}
	return preflight.Days(int(d / (24 * time.Hour)))
}

func checkNumber(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	l, before := sub.List, sub.Previous
	switch {
	case l.Number == nil:
		return inferred("it has no number (RFC 5280 5.2.3 requires one)")
	case before == nil:
		return preflight.Pass("%v; --previous FILE compares it with an earlier one", l.Number)
	case !bytes.Equal(before.RawIssuer, l.RawIssuer), !bytes.Equal(before.AuthorityKeyID, l.AuthorityKeyID):
		return inferred("%v was not compared: the previous list is another CA's or key's: %s, %X", l.Number, before.Issuer(), before.AuthorityKeyID)
	case before.Delta() != l.Delta():
		return inferred("%v was not compared: of the two lists one is a delta CRL", l.Number)
	case before.Number == nil:
		return preflight.Pass("%v; the previous one has none", l.Number)
	case l.Same(before):
		return preflight.Pass("%v: it is the previous list itself", l.Number)
	case l.Number.Cmp(before.Number) <= 0:
		return preflight.Fail("%v is not higher than the previous %v", l.Number, before.Number)
	}
	return preflight.Pass("%v, after %v", l.Number, before.Number)
}

func checkDelta(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	l, base := sub.List, sub.Base
	switch {
	case l.Delta() && sub.Asked == BaseCRL:
		return preflight.Fail("it is a delta CRL, and certificates name this address as the base CRL's")
	case !l.Delta() && sub.Asked == DeltaCRL:
		return preflight.Fail("it is a base CRL, and this address is named as the delta CRL's")
	case !l.Delta() && len(l.FreshestCRLs) > 0:
		return preflight.Pass("a base CRL; its delta CRL is at %s", strings.Join(l.FreshestCRLs, ", "))
	case !l.Delta():
		return preflight.Pass("a base CRL; it announces no delta CRL")
	case base == nil:
		return preflight.Skip("a delta CRL that continues number %v; the base CRL is not here", l.BaseNumber)
	case base.Number == nil || l.Number == nil:
		return inferred("a delta CRL, but it or its base has no number to go by")
	case base.Number.Cmp(l.BaseNumber) < 0:
		return preflight.Fail("it continues base %v, and the base published is %v", l.BaseNumber, base.Number)
	case !sameScope(l.Scope, base.Scope):
		return preflight.Fail("its scope (issuing distribution point) is not that of its base")
	case l.Number.Cmp(base.Number) < 0:
		return inferred("it has number %v, and the base is already at %v: it adds nothing", l.Number, base.Number)
	}
	return preflight.Pass("number %v, continues base %v; the base here is %v", l.Number, l.BaseNumber, base.Number)
}

func sameScope(a, b *Scope) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.OnlyUsers == b.OnlyUsers && a.OnlyCAs == b.OnlyCAs && a.OnlyReasons == b.OnlyReasons &&
		a.OnlyAttribute == b.OnlyAttribute && a.Indirect == b.Indirect && a.Named == b.Named &&
		strings.Join(a.URLs, "\n") == strings.Join(b.URLs, "\n")
}

func checkScope(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	l := sub.List
	if len(l.UnknownAsks) > 0 {
		return []preflight.Outcome{{Status: preflight.StatusFail, Source: srcRFC5280 + "#section-5.2",
			Message: fmt.Sprintf("it has critical extensions that nobody may pass over, and that are not known: %s", strings.Join(l.UnknownAsks, ", "))}}
	}
	sc := l.Scope
	switch {
	case sc == nil && l.Indirect == 0:
		return preflight.Pass("all certificates of its CA")
	case sc == nil || sc.Indirect:
		return inferred("it is an indirect CRL: %s of other CAs; whether Entra ID reads those is not documented", preflight.Counted(l.Indirect, "entry"))
	case sc.OnlyAttribute:
		return preflight.Fail("it speaks for attribute certificates only")
	case sc.OnlyReasons:
		return preflight.Fail("it speaks for some reasons only: a certificate may be revoked for another")
	case sc.OnlyCAs:
		return inferred("it speaks for CA certificates only: users' need another list, and Entra ID takes one address for each CA")
	case sc.OnlyUsers:
		return inferred("it speaks for users' certificates only: CA certificates need another list, and Entra ID takes one address for each CA")
	case sc.Named && sub.URL != "" && !contains(sc.URLs, sub.URL):
		return preflight.Fail("it is the part of the list that belongs to %s, and was fetched from %s", strings.Join(sc.URLs, ", "), sub.URL)
	case sc.Named:
		return preflight.Pass("certificates that point to %s", strings.Join(sc.URLs, ", "))
	}
	return preflight.Pass("all certificates of its CA")
}

func contains(urls []string, url string) bool {
	for _, u := range urls {
		if strings.EqualFold(u, url) {
			return true
		}
	}
	return false
}

func checkNextPublish(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	l := sub.List
	switch {
	case l.NextPublish.IsZero():
		return preflight.Skip("it does not say (the extension is a Windows CA's)")
	case !l.NextUpdate.IsZero() && l.NextPublish.After(l.NextUpdate):
		return inferred("the next one is announced for %s, after this one ends on %s", minute(l.NextPublish), minute(l.NextUpdate))
	case !present(s).Before(l.NextPublish):
		return inferred("a new one was announced for %s, and this is still the old one", minute(l.NextPublish))
	}
	return preflight.Pass("the next one is announced for %s", minute(l.NextPublish))
}

func checkTokenTime(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	switch {
	case sub.Since.IsZero():
		return preflight.Skip("no revocation is judged by it: no time was given (--since), or no certificate that it decides about")
	case newerThan(sub.List, sub.Since):
		return preflight.Pass("its Effective Date %s is later than %s", second(sub.List.ThisUpdate), second(sub.Since))
	}
	return []preflight.Outcome{stale(sub.List, sub.Since)}
}

// newerThan is Microsoft's rule. A list has whole seconds and a revocation has
// fractions: those count as a second more, which keeps the rule strict.
func newerThan(l *List, since time.Time) bool {
	whole := since.Truncate(time.Second)
	if whole.Before(since) {
		whole = whole.Add(time.Second)
	}
	return l.ThisUpdate.After(whole)
}

// backdating is how far a Windows CA dates thisUpdate back unless its
// ClockSkewMinutes says otherwise (srcBackdating).
const backdating = 10 * time.Minute

func stale(l *List, since time.Time) preflight.Outcome {
	return preflight.Outcome{
		Status: preflight.StatusFail, Value: string(StaleEffectiveDate),
		Message: fmt.Sprintf("its Effective Date %s is not later than %s, so the revocation does not last", second(l.ThisUpdate), second(since)),
		Fix: fmt.Sprintf("publish the CRL again after %s: Windows CAs date it %v back (%s)",
			second(since.Add(backdating)), backdating, srcBackdating),
	}
}

func second(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
