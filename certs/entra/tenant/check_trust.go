package tenant

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

func crlOfTenant(_ preflight.Scenario, w *whole) []preflight.Outcome {
	switch {
	case w.Method == nil:
		return w.noMethod()
	case w.Method.CRLValidation == nil:
		return preflight.Unchecked("whether CRLs are required is not in %s", MethodFile)
	}
	var outcomes []preflight.Outcome
	for _, file := range []string{PKIFile, ClassicFile} {
		if !w.Has(file) {
			outcomes = append(outcomes, w.unchecked("a trust store was", file)...)
		}
	}
	whollyRead := len(outcomes) == 0
	v := w.Method.CRLValidation
	if strings.EqualFold(v.State, graph.Enabled) {
		return append(outcomes, w.crlRequired(v, whollyRead)...)
	}
	if bare := w.look().withoutCRL(); len(bare) > 0 {
		o := finding(preflight.StatusWarn, "CRLs are not required, and %s no CRL address: its revoked certificates go on signing in", hasHave(bare))
		o.Codes = []string{}
		return append(outcomes, o)
	}
	if whollyRead {
		return preflight.Pass("CRLs are not required, and each of %s has a CRL address", preflight.Counted(len(w.look().authorities), "CA"))
	}
	return outcomes
}

// hasHave is some CAs as the subject of a sentence.
func hasHave(cas []authority) string {
	var names []string
	for _, a := range cas {
		names = append(names, fmt.Sprintf("%s in %s", a.name, a.store))
	}
	if len(names) == 1 {
		return names[0] + " has"
	}
	return named(names) + " have"
}

// crlRequired judges a tenant that refuses CAs without CRL, but for those exempted.
func (w *whole) crlRequired(v *graph.CRLValidation, whollyRead bool) []preflight.Outcome {
	var outcomes []preflight.Outcome
	exempt := map[string]bool{}
	for _, text := range v.Exempted {
		exempt[string(fromHex(text))] = true
		if whollyRead && !w.look().hasSKI(text) {
			o := finding(preflight.StatusWarn, "the SKI %s is exempted from the requirement, and is of no CA in the tenant", quoted(text))
			o.Fix, o.Codes = "take the SKI off the list: a CA that is added with it later would be exempted unseen", []string{}
			outcomes = append(outcomes, o)
		}
	}
	var refused, free []authority
	for _, a := range w.look().withoutCRL() {
		if len(a.ski) > 0 && exempt[string(a.ski)] {
			free = append(free, a)
		} else {
			refused = append(refused, a)
		}
	}
	if len(refused) > 0 {
		outcomes = append(outcomes, finding(preflight.StatusFail, "CRLs are required, and %s no CRL address: nobody signs in below", hasHave(refused)))
	}
	if len(free) > 0 {
		o := finding(preflight.StatusWarn, "exempted from the requirement, %s no CRL address: revoked certificates below go on signing in", hasHave(free))
		o.Codes = []string{}
		outcomes = append(outcomes, o)
	}
	if len(outcomes) == 0 && whollyRead {
		return preflight.Pass("CRLs are required, and each of %s has a CRL address", preflight.Counted(len(w.look().authorities), "CA"))
	}
	return outcomes
}

// The size of the names that a server sends (RFC 8446 4.2.4): each has its length
// in front, and so has their list.
const (
	maxHints       = 16 << 10
	lengthOfName   = 2
	lengthOfAll    = 2
	lengthOfHeader = 4 // of the extension: its type and its length
)

func hintsOfTenant(sc preflight.Scenario, w *whole) []preflight.Outcome {
	switch {
	case w.Method == nil:
		return w.noMethod()
	case w.Method.IssuerHints == nil:
		return preflight.Unchecked("whether issuer hints are on is not in %s", MethodFile)
	case !strings.EqualFold(w.Method.IssuerHints.State, graph.Enabled):
		return preflight.Pass("issuer hints are off: phones offer every certificate that they have")
	case !w.Has(PKIFile):
		return w.unchecked("issuer hints are on; the CAs that they name were", PKIFile)
	}
	hinted, size := w.look().hints()
	switch {
	case len(hinted) == 0:
		return []preflight.Outcome{{Status: preflight.StatusWarn, Basis: preflight.Inferred, Message: "issuer hints are on, and no CA is marked for them: what is sent then is not documented"}}
	case size > maxHints:
		return preflight.Fail("the names of %s take %d bytes of the %d that issuer hints have", preflight.Counted(len(hinted), "CA"), size, maxHints)
	}
	return preflight.Pass("the names of %s take %d of %d bytes. %s", preflight.Counted(len(hinted), "CA"), size, maxHints, w.inspection(sc.Cloud))
}

// hints are the subjects that the handshake names, each once, and their size.
func (x *index) hints() (subjects [][]byte, size int) {
	size = lengthOfHeader + lengthOfAll
	seen := map[string]bool{}
	for _, a := range x.authorities {
		if !a.hinted || a.certificate == nil || seen[string(a.certificate.RawSubject)] {
			continue
		}
		seen[string(a.certificate.RawSubject)] = true
		subjects = append(subjects, a.certificate.RawSubject)
		size += lengthOfName + len(a.certificate.RawSubject)
	}
	return subjects, size
}

// certauth are the hosts that certificates are shown to, by cloud. That of China is
// not documented.
// Source: https://learn.microsoft.com/entra/identity/authentication/how-to-certificate-based-authentication
var certauth = map[preflight.Cloud]string{
	preflight.Worldwide: "certauth.login.microsoftonline.com",
	preflight.GCC:       "certauth.login.microsoftonline.com",
	preflight.GCCHigh:   "certauth.login.microsoftonline.us",
	preflight.DoD:       "certauth.login.microsoftonline.us",
}

// inspection says which hosts TLS inspection has to leave alone: with hints each
// tenant has a host of its own.
func (s *Snapshot) inspection(cloud preflight.Cloud) string {
	if s.Cloud != "" {
		cloud = s.Cloud
	}
	host, ok := certauth[cloud]
	if !ok {
		return "TLS inspection must leave the tenant's own certauth host alone, which is not documented for this cloud"
	}
	text := "TLS inspection must leave *." + host + " alone"
	if s.Organization != nil {
		text += ", here t" + preflight.Printable(clip(s.Organization.ID)) + "." + host
	}
	return text
}

// hintsOfUser looks whether the phone would offer the certificate. Whether a CA
// further up suffices depends on the phone.
func hintsOfUser(_ preflight.Scenario, u *User) []preflight.Outcome {
	s := u.Snapshot
	switch {
	case s.Method == nil:
		return s.noMethod()
	case s.Method.IssuerHints == nil || !strings.EqualFold(s.Method.IssuerHints.State, graph.Enabled):
		return hintsOfTenant(preflight.Scenario{}, &whole{Snapshot: s})
	case !s.Has(PKIFile):
		return s.unchecked("issuer hints are on; the CAs that they name were", PKIFile)
	case u.Certificate == nil:
		return preflight.Unchecked("issuer hints are on, and no certificate of %s was given", u.User)
	}
	hinted, _ := s.look().hints()
	names := [][]byte{u.Certificate.RawIssuer}
	for _, c := range u.chain() {
		names = append(names, c.RawSubject)
	}
	for i, name := range names {
		if !slices.ContainsFunc(hinted, func(h []byte) bool { return bytes.Equal(h, name) }) {
			continue
		}
		if i == 0 {
			return preflight.Pass("issuer hints name the certificate's issuer")
		}
		return preflight.Pass("issuer hints name a CA above the certificate's issuer")
	}
	return []preflight.Outcome{{Status: preflight.StatusWarn, Basis: preflight.Inferred,
		Message: fmt.Sprintf("issuer hints do not name the certificate's issuer %s: the phone may not offer the certificate", quoted(u.Certificate.Issuer()))}}
}
