package lab

import (
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/easkit/easkit/certs"
)

// CRLLife is how long a CRL is valid that [Lab.Publish] makes: a week, as Windows
// CAs have it by default. The first CRLs, those of [New], last as long as the lab,
// so that a trial that revokes nothing needs no publishing.
const CRLLife = 7 * 24 * time.Hour

// BackDate is how far back a Windows CA lets its CRLs begin (ClockSkewMinutes).
// Source: https://learn.microsoft.com/archive/blogs/pki/how-effectivedate-thisupdate-nextupdate-and-nextcrlpublish-are-calculated
const BackDate = 10 * time.Minute

// ErrForeign says that a certificate is none of the lab's.
var ErrForeign = errors.New("neither CA of this lab issued the certificate")

// Revoke marks a certificate of the lab as revoked, from the lab's time on;
// [Lab.Publish] says so to others. It returns since when the certificate is
// revoked, which is earlier where it was revoked before: that is not changed. The
// error wraps ErrForeign where neither CA of the lab issued it. A root is on no list:
// whoever trusts it takes it away.
func (l *Lab) Revoke(c *certs.Certificate) (since time.Time, err error) {
	a := l.issuerOf(c)
	switch {
	case a == nil:
		return time.Time{}, fmt.Errorf("%w: %q", ErrForeign, c)
	case c.IsRoot():
		return time.Time{}, fmt.Errorf("%q is a root: no CRL is for it, it is taken out of the trust store", c)
	}
	last, err := a.parse()
	if err != nil {
		return time.Time{}, err
	}
	for _, e := range append(last.RevokedCertificateEntries, a.pending...) {
		if e.SerialNumber.Cmp(c.Serial) == 0 {
			return e.RevocationTime, nil
		}
	}
	a.pending = append(a.pending, x509.RevocationListEntry{SerialNumber: c.Serial, RevocationTime: l.now})
	return l.now, nil
}

// issuerOf is the authority whose key signed the certificate, or nil.
func (l *Lab) issuerOf(c *certs.Certificate) *Authority {
	issuer := certs.IssuerOf(c, []*certs.Certificate{l.Root.Certificate, l.Issuing.Certificate})
	for _, a := range l.authorities() {
		if a.Certificate == issuer {
			return a
		}
	}
	return nil
}

// Publish signs new CRLs of both CAs, with the next number, all that was revoked so
// far, and a life of [CRLLife] that ends with the lab at the latest. They begin at
// the lab's time less backDate, which is 0 or [BackDate].
func (l *Lab) Publish(backDate time.Duration) error {
	next := l.now.Add(CRLLife)
	if next.After(l.ends) {
		next = l.ends
	}
	for _, a := range l.authorities() {
		if err := a.publish(l.now.Add(-backDate), next); err != nil {
			return err
		}
	}
	return nil
}

// publish replaces the CRL of an authority, if there is one: what it lists stays
// listed.
func (a *Authority) publish(this, next time.Time) error {
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: this, NextUpdate: next}
	if a.CRL != nil {
		last, err := a.parse()
		if err != nil {
			return err
		}
		list.Number.Add(list.Number, last.Number)
		list.RevokedCertificateEntries = append(last.RevokedCertificateEntries, a.pending...)
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.Certificate.X509, a.Key)
	if err != nil {
		return fmt.Errorf("making the CRL of %q: %w", a.Certificate, err)
	}
	a.CRL, a.pending = der, nil
	return nil
}

// parse reads the authority's own CRL.
func (a *Authority) parse() (*x509.RevocationList, error) {
	list, err := x509.ParseRevocationList(a.CRL)
	if err == nil {
		err = list.CheckSignatureFrom(a.Certificate.X509)
	}
	if err == nil && list.Number == nil {
		err = errors.New("it has no number")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the CRL of %q: %w", a.Certificate, err)
	}
	return list, nil
}
