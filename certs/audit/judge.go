package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
)

// errOffline is why a CRL given by its URL was not read.
var errOffline = errors.New("it is at a URL, and the network is not to be used")

// judge adds all subjects to the report.
func (r *run) judge(ctx context.Context, report *preflight.Report) {
	r.judgeCertificates(ctx, report)
	r.judgeAuthorities(report)
	r.judgeSerials(report)
	r.judgeCRLs(report)
	r.judgeTenant(report)
}

// judged is the outcome on one certificate.
type judged struct {
	s        preflight.Scenario
	findings []preflight.Finding
	decided  *crl.List // about its revocation
	signIn   *signIn   // nil where the user is not known, or no tenant was given
}

func (r *run) judgeCertificates(ctx context.Context, report *preflight.Report) {
	all := make([]judged, len(r.in.Certificates))
	done := r.progress("certificates", len(all))
	Each(ctx, len(all), func(i int) {
		defer done()
		c := r.in.Certificates[i]
		if c.Subject == nil {
			all[i] = judged{s: r.s, findings: c.Findings}
			return
		}
		all[i] = r.certificate(c, r.issuers[i])
	})
	for i, c := range r.in.Certificates {
		report.AddFor(all[i].s, "certificate", c.Name, all[i].findings, r.o.Ignore)
		r.decided[all[i].decided] = true
		if all[i].signIn != nil {
			r.signIns = append(r.signIns, *all[i].signIn)
		}
	}
}

func (r *run) certificate(c Certificate, issuer *certs.Certificate) judged {
	sub := c.Subject
	j := judged{s: r.scenario(sub.Certificate)}
	if c.Scenario != nil {
		j.s = *c.Scenario
	}
	j.findings = slices.DeleteFunc(certs.Check(j.s, sub), func(f preflight.Finding) bool { return slices.Contains(c.Without, f.Check) })
	if sub.Certificate == nil {
		return j
	}
	q := r.question(j.s, sub.Certificate, r.known(issuer), r.in.Since)
	j.findings = append(j.findings, crl.CertRevoked.Apply(j.s, q)...)
	j.decided = q.Decided
	holder := &entra.Holder{Certificate: sub.Certificate, Users: r.in.Users, Domains: r.in.Domains}
	if r.in.Tenant != nil {
		holder.Bindings = r.in.Tenant.BindingsFor(sub.Certificate)
	}
	j.findings = append(j.findings, entra.CheckHolder(j.s, holder)...)
	j.signIn = r.signIn(j.s, holder, issuer, j.findings)
	return j
}

// question asks the lists of an issuer for a certificate; where the issuer isn't
// known, those that have its name.
func (r *run) question(s preflight.Scenario, c *certs.Certificate, by *authority, since time.Time) *crl.Question {
	q := &crl.Question{Serial: c.Serial, Certificate: c, Since: since}
	where := c.CDPs
	if by != nil && by.configured {
		where = by.fetch.list
	}
	q.Wanted = len(r.in.CRLs) > 0 || r.o.Fetcher != nil && len(where) > 0
	if by == nil {
		q.Lists = r.byName[string(c.RawIssuer)]
		q.Missing = fmt.Sprintf("its issuer is not known here: %s", c.Issuer())
	} else {
		q.Issuer, q.Lists = by.cert, by.lists
	}
	why, failed := r.failed[first(where)]
	switch {
	case failed:
		q.Missing, q.Wanted, q.Broken = why.why, true, why.broken && s.InCloud()
	case by == nil:
	case len(where) == 0 && len(c.CDPs) > 0:
		q.Missing = fmt.Sprintf("the trust store has no CRL address for %q, so that nobody looks whether what it issued is revoked", by.cert)
	case len(where) == 0:
		q.Missing = fmt.Sprintf("no CRL of %q was given, and the certificate says of none where it is", by.cert)
	case r.o.Fetcher == nil:
		q.Missing = fmt.Sprintf("no CRL of %q was given, and the network is not used", by.cert)
	}
	return q
}

// known is what is known around a CA of the pool; nil for none.
func (r *run) known(ca *certs.Certificate) *authority {
	if ca == nil {
		return nil
	}
	return r.byRaw[string(ca.Raw)]
}

func (r *run) judgeAuthorities(report *preflight.Report) {
	store := &entra.Store{}
	for _, in := range r.authorities() {
		ca := &entra.CA{Name: in.Name, Certificate: in.Certificate, Err: in.Err, Store: store}
		if in.Certificate != nil {
			a := r.byRaw[string(in.Certificate.Raw)]
			ca.CRLURLs, ca.DeltaURLs, ca.Issued, ca.HasCRL = a.urls.list, a.deltas.list, a.issued, a.hasBase()
			ca.Configured, ca.NamedURLs = a.configured, a.named.list
			if in.Configured != nil {
				ca.ToldRoot = in.Configured.Root
			}
		}
		store.CAs = append(store.CAs, ca)
	}
	for _, ca := range store.CAs {
		findings := r.excused(entra.CheckCA(r.s, ca))
		if ca.Certificate != nil {
			findings = append(findings, r.excused(r.authorityRevoked(ca.Certificate))...)
			r.trouble(ca.Certificate, findings)
		}
		report.Add("ca", ca.Name, findings, r.o.Ignore)
	}
	// A CA that only came with a certificate is none of the trust store; but below
	// it nobody signs in once it is revoked.
	for _, ca := range r.pool {
		if a := r.byRaw[string(ca.Raw)]; a.inFile != "" && r.above[string(ca.Raw)] && !ca.IsRoot() {
			report.Add("ca", a.inFile, r.authorityRevoked(ca), r.o.Ignore)
		}
	}
	if len(store.CAs) > 0 || r.storesRead() {
		report.Add("trust-store", fmt.Sprintf("trust store (%s)", preflight.Counted(len(store.CAs), "CA")), entra.StoreChecks.Run(r.s, store), r.o.Ignore)
	}
}

func (r *run) authorityRevoked(ca *certs.Certificate) []preflight.Finding {
	return crl.CARevoked.Apply(r.s, r.question(r.s, ca, r.known(certs.IssuerOf(ca, r.pool)), time.Time{}))
}

// authorities are the CAs to judge: all that were given, or beside certificates
// those above them, each once. Of a tenant all that it trusts are judged.
func (r *run) authorities() []Authority {
	if len(r.in.Certificates) == 0 && r.in.Tenant == nil {
		return r.in.CAs
	}
	var used []Authority
	seen := map[string]bool{}
	for _, a := range r.in.CAs {
		if a.Certificate == nil {
			used = append(used, a)
			continue
		}
		raw := string(a.Certificate.Raw)
		if (r.above[raw] || a.Configured != nil) && !seen[raw] {
			used = append(used, a)
		}
		seen[raw] = true
	}
	return used
}

func (r *run) judgeCRLs(report *preflight.Report) {
	lists := r.lists(func(*crl.List) bool { return true })
	for _, src := range r.sources {
		sub := &crl.Subject{
			List: src.list, Err: src.err, Download: src.download, URL: src.url, Asked: src.asked,
			CA: src.ca, CAs: r.pool, Pointing: src.pointing, Previous: r.in.Previous,
		}
		if r.isAbout(src) {
			sub.Since = r.in.Since
		}
		if src.list != nil && src.list.Delta() {
			sub.Base = crl.Combine(src.list, lists)
		}
		findings := r.excused(crl.Check(r.s, sub))
		for _, ca := range src.concerned() {
			r.trouble(ca, findings)
		}
		report.Add("crl", src.Name, findings, r.o.Ignore)
	}
}

// isAbout reports whether a revocation is judged by a list: it decided about a
// certificate or serial number, or there are none. A root's list is about CAs.
func (r *run) isAbout(src *source) bool {
	if len(r.in.Certificates) > 0 || len(r.in.Serials) > 0 {
		return src.list != nil && r.decided[src.list]
	}
	return len(r.in.CAs) == 0 || src.ca == nil || !src.ca.IsRoot() || len(r.pool) == 1
}

// lists are those that were read and that want takes.
func (r *run) lists(want func(*crl.List) bool) []*crl.List {
	var lists []*crl.List
	for _, src := range r.sources {
		if src.list != nil && want(src.list) {
			lists = append(lists, src.list)
		}
	}
	return lists
}
