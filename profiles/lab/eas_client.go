package lab

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"time"

	"github.com/easkit/easkit/certs"
)

// refusal is why a certificate does not sign in its owner: in the form of IIS, and in
// that of Entra ID.
type refusal struct {
	number string // of HTTP, with IIS's own after the dot
	why    string
	aadsts string
}

// The refusals.
// Sources: https://learn.microsoft.com/troubleshoot/developer/webapps/iis/www-administration-management/http-status-code,
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes, and for
// the six-digit codes https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-certificate-revocation-list
var (
	noCertificate  = refusal{"403.7", "a client certificate is required", "AADSTS50017: No client certificate was shown."}
	isRevoked      = refusal{"403.13", "the client certificate is revoked", "AADSTS500171: The certificate has been revoked."}
	notLookedUp    = refusal{"403.13", "whether the client certificate is revoked could not be found out", "AADSTS500173: The CRL could not be read."}
	notTrusted     = refusal{"403.16", "the client certificate is untrusted or invalid", "AADSTS500176: The issuing CA is not set up in the tenant."}
	notForClients  = refusal{"403.16", "the client certificate is untrusted or invalid: it is not for client authentication", "AADSTS50017: The certificate is not for client authentication."}
	outsideItsTime = refusal{"403.17", "the client certificate has expired or is not yet valid", "AADSTS500172: The certificate is outside its validity."}
	noAccount      = refusal{"403.0", "nobody with a mailbox is named in the client certificate", "AADSTS50034: The user account does not exist in the directory."}
)

// write answers in IIS's form: the number is in the text, since HTTP has but 403 for
// it.
func (f refusal) write(c *call) {
	c.seen.Refused = f.number + ": " + f.why
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.WriteHeader(http.StatusForbidden)
	fmt.Fprintf(c.w, "<!DOCTYPE html>\n<title>%[1]s - Forbidden</title>\n<h1>HTTP Error %[1]s - Forbidden</h1>\n<p>%[2]s</p>\n", f.number, f.why)
}

// identify says whose certificate it is, or why it signs in nobody. It is asked at each
// request, so that one that is revoked ends connections that are open.
func (e *EAS) identify(shown []*x509.Certificate) (user string, refused *refusal) {
	if len(shown) == 0 {
		return "", &noCertificate
	}
	now := e.options.Now()
	chain := x509.VerifyOptions{Roots: e.cas, Intermediates: x509.NewCertPool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	for _, ca := range shown[1:] {
		chain.Intermediates.AddCert(ca)
	}
	if _, err := shown[0].Verify(chain); err != nil {
		return "", unverified(err)
	}
	if refused := e.revoked.find(shown[0], now); refused != nil {
		return "", refused
	}
	c, err := certs.ParseCertificate(shown[0].Raw)
	if err != nil {
		return "", &notTrusted
	}
	// Which of the two counts is not documented for the case that they differ.
	for _, address := range append(c.Values(certs.KindUPN), c.Values(certs.KindEmail)...) {
		if e.hasAccount(address) {
			return certs.CanonicalAddress(address), nil
		}
	}
	return "", &noAccount
}

func unverified(err error) *refusal {
	var invalid x509.CertificateInvalidError
	switch {
	case !errors.As(err, &invalid):
		return &notTrusted
	case invalid.Reason == x509.Expired:
		return &outsideItsTime
	case invalid.Reason == x509.IncompatibleUsage:
		return &notForClients
	}
	return &notTrusted
}

func (e *EAS) hasAccount(address string) bool {
	if e.options.Accounts == nil {
		return certs.Routable(address).Routable
	}
	return slices.ContainsFunc(e.options.Accounts, func(a string) bool { return certs.SameAddress(a, address) })
}

// revocations are the CRLs of the lab's CAs.
type revocations struct {
	files fs.FS
	lists []revocationList
}

type revocationList struct {
	ca   *x509.Certificate
	name string
}

// find looks a certificate of the lab up, and the CA above it, up to the root. As with
// Windows, a CRL that can't be read or is out of date refuses too.
func (r revocations) find(c *x509.Certificate, now time.Time) *refusal {
	for range r.lists { // a chain has no more CAs than there are
		i := slices.IndexFunc(r.lists, func(l revocationList) bool { return c.CheckSignatureFrom(l.ca) == nil })
		if i < 0 {
			return &notTrusted
		}
		list, err := r.read(r.lists[i], now)
		if err != nil {
			return &notLookedUp
		}
		for _, entry := range list.RevokedCertificateEntries {
			if entry.SerialNumber.Cmp(c.SerialNumber) == 0 {
				return &isRevoked
			}
		}
		if c = r.lists[i].ca; c.CheckSignatureFrom(c) == nil {
			return nil
		}
	}
	return &notTrusted
}

func (r revocations) read(l revocationList, now time.Time) (*x509.RevocationList, error) {
	f, err := r.files.Open(l.name)
	if err != nil {
		return nil, fmt.Errorf("opening a CRL: %w", err)
	}
	defer f.Close()
	data, err := certs.ReadLimited(f)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", l.name, err)
	}
	list, err := x509.ParseRevocationList(data)
	if err == nil {
		err = list.CheckSignatureFrom(l.ca)
	}
	if err == nil && (now.Before(list.ThisUpdate) || !now.Before(list.NextUpdate)) {
		err = errors.New("it is out of date")
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", l.name, err)
	}
	return list, nil
}
