package ios

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/preflight"
)

// BadgeState is what the phone writes beside the signer of a profile.
type BadgeState string

// The badges. BadgeUnknown is for a signature of which it is not known what the
// phone makes.
const (
	Verified     BadgeState = "Verified"
	NotVerified  BadgeState = "Not Verified"
	NotSigned    BadgeState = "Not Signed"
	BadgeUnknown BadgeState = "unknown"
	BadgeRefused BadgeState = "refused" // the signature does not hold
)

// Badge is how the phone shows who made a profile. Without device management, two of
// the states are no more than a warning: the user may go on.
type Badge struct {
	State  BadgeState      `json:"state"`
	Why    string          `json:"why"`
	Signer string          `json:"signer,omitempty"` // as the phone shows it
	Until  time.Time       `json:"until,omitzero"`   // when Verified ends: the earliest end in the chain
	Update string          `json:"update"`           // what a later profile needs to take this one's place
	Basis  preflight.Basis `json:"basis"`
}

// What a later profile has to be signed with (Apple: the same signing identity; that
// the certificates are compared was observed).
const (
	updateSigned   = "A later profile takes its place only if it is signed with the very same certificate. A renewed certificate does not do, nor another one of the same CA, nor none. Device management is exempt."
	updateUnsigned = "A later profile may take its place signed or not."
)

// Badge says how the phone shows the signature at a time. Roots nil stands for the
// roots of this computer, which a phone has not to have; rootsAre names them.
//
// The phone follows the rules for any X.509 certificate (SecPolicyCreateBasicX509 in
// Apple's Security), whatever the certificate is for, and downloads nothing: what is
// between the signer and a root has to be in the signature.
func (f *File) Badge(at time.Time, roots *x509.CertPool, rootsAre string) Badge {
	if f.Signed == nil {
		return Badge{State: NotSigned, Why: "the profile is not signed", Update: updateUnsigned, Basis: preflight.Documented}
	}
	signer := f.Signed.Signer
	b := Badge{Signer: shownSigner(signer), Update: updateSigned, Basis: preflight.Observed}
	switch {
	case errors.Is(f.SignatureErr, cms.ErrWeakDigest):
		b.State, b.Why, b.Basis = BadgeUnknown, fmt.Sprintf("the signature is of an old kind (%s): whether phones still show it as verified is not known", f.Signed.Algorithm), preflight.Inferred
		return b
	case f.SignatureErr != nil:
		b.State, b.Why = BadgeRefused, "the signature does not fit the content"
		return b
	}
	chain, err := f.Signed.Chain(roots, at)
	if err != nil {
		b.State = NotVerified
		b.Why = f.unverified(at, rootsAre, err)
		if errors.Is(err, cms.ErrWeakDigest) {
			b.State, b.Basis = BadgeUnknown, preflight.Inferred
		}
		return b
	}
	b.State = Verified
	b.Until = signer.NotAfter.UTC()
	for _, c := range chain {
		if c.NotAfter.Before(b.Until) {
			b.Until = c.NotAfter.UTC()
		}
	}
	b.Why = fmt.Sprintf("the signer's certificate leads to the root %s (%s)", quoted(commonName(chain[len(chain)-1])), rootsAre)
	return b
}

// shownSigner is the mail address of a certificate for mail, and the name of any
// other (observed).
func shownSigner(c *x509.Certificate) string {
	if slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageEmailProtection) && len(c.EmailAddresses) > 0 {
		return c.EmailAddresses[0]
	}
	return commonName(c)
}

func commonName(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	return c.Subject.String()
}

// unverified says why no valid chain leads to a root.
func (f *File) unverified(at time.Time, rootsAre string, err error) string {
	signer, top := f.Signed.Signer, f.topOfChain()
	var invalid x509.CertificateInvalidError
	switch {
	case at.After(signer.NotAfter):
		return "the signer's certificate expired on " + day(signer.NotAfter)
	case at.Before(signer.NotBefore):
		return "the signer's certificate is not valid before " + day(signer.NotBefore)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		return fmt.Sprintf("%s, above the signer, is valid from %s to %s only", quoted(commonName(invalid.Cert)), day(invalid.Cert.NotBefore), day(invalid.Cert.NotAfter))
	case errors.Is(err, cms.ErrWeakDigest):
		return "a certificate above the signer is signed in an old way (SHA-1 or MD5): whether phones still take it is not known"
	case selfIssued(signer):
		return fmt.Sprintf("the signer's certificate is signed by itself, and is not among %s: the phone would have to trust that very certificate", rootsAre)
	case selfIssued(top):
		return fmt.Sprintf("the root %s is not among %s", quoted(commonName(top)), rootsAre)
	}
	why := fmt.Sprintf("%s was issued by %s, which is neither in the signature nor among %s", quoted(commonName(top)), quoted(top.Issuer.CommonName), rootsAre)
	for _, c := range f.authorities() {
		if bytes.Equal(c.RawSubject, top.RawIssuer) {
			return why + "; it comes with this very profile, and counts only once that is installed"
		}
	}
	return why + ": an intermediate certificate is missing, or its root is not trusted; phones download none"
}

// What topOfChain takes upon itself: no chain is as long, and a signature may hold any
// number of certificates of one name.
const (
	maxLinks      = 16
	maxSignatures = 64
)

// topOfChain follows the issuers through what the signature holds, as far as sound
// chains go.
func (f *File) topOfChain() *x509.Certificate {
	byName := map[string][]*x509.Certificate{}
	for _, c := range f.Signed.Certificates {
		byName[string(c.RawSubject)] = append(byName[string(c.RawSubject)], c)
	}
	c, tried := f.Signed.Signer, 0
	for range maxLinks {
		issuers := byName[string(c.RawIssuer)]
		issuers = issuers[:min(len(issuers), maxSignatures-tried)]
		tried += len(issuers)
		i := slices.IndexFunc(issuers, func(ca *x509.Certificate) bool { return c.CheckSignatureFrom(ca) == nil })
		if selfIssued(c) || i < 0 {
			break
		}
		c = issuers[i]
	}
	return c
}

func selfIssued(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

// day writes a time as the date in UTC.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// quoted puts text from outside into quotation marks, without what does not print.
func quoted(s string) string { return `"` + preflight.Printable(s) + `"` }
