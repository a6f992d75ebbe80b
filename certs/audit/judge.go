package audit

import (
	"context"
	"errors"
	"fmt"
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
}

func (r *run) judgeCertificates(ctx context.Context, report *preflight.Report) {
	type judged struct {
		s        preflight.Scenario
		findings []preflight.Finding
	}
	all := make([]judged, len(r.in.Certificates))
	done := r.progress("certificates", len(all))
	Each(ctx, len(all), func(i int) {
		defer done()
		c := r.in.Certificates[i]
		if c.Subject == nil {
			all[i] = judged{r.s, c.Findings}
			return
		}
		s := r.scenario(c.Subject.Certificate)
		all[i] = judged{s, r.certificate(s, c.Subject, r.issuers[i])}
	})
	for i, c := range r.in.Certificates {
		report.AddFor(all[i].s, "certificate", c.Name, all[i].findings, r.o.Ignore)
	}
}

// scenario takes from the users where a certificate's mailbox is, unless the call
// says so.
func (r *run) scenario(c *certs.Certificate) preflight.Scenario {
	if r.open.Mailbox != "" || r.in.Users == nil || c == nil {
		return r.s
	}
	s := r.open
	s.Mailbox = r.in.Users.Mailbox(c)
	return s.WithDefaults()
}

func (r *run) certificate(s preflight.Scenario, sub *certs.Subject, issuer *certs.Certificate) []preflight.Finding {
	findings := certs.Check(s, sub)
	if sub.Certificate == nil {
		return findings
	}
	findings = append(findings, crl.CertRevoked.Apply(s, r.question(sub.Certificate, issuer, r.in.Since))...)
	return append(findings, entra.CheckHolder(s, &entra.Holder{Certificate: sub.Certificate, Users: r.in.Users, Domains: r.in.Domains})...)
}

// question asks the lists of an issuer for a certificate.
func (r *run) question(c, issuer *certs.Certificate, since time.Time) *crl.Question {
	q := &crl.Question{Serial: c.Serial, Certificate: c, Issuer: issuer, Since: since, Wanted: len(r.in.CRLs) > 0}
	if issuer == nil {
		q.Missing = fmt.Sprintf("its issuer is not known here: %s", c.Issuer())
		return q
	}
	a := r.byRaw[string(issuer.Raw)]
	q.Lists = a.lists
	switch {
	case a.failed != "":
		q.Missing, q.Wanted = a.failed, true
	case len(c.CDPs) == 0:
		q.Missing = fmt.Sprintf("no CRL of %q was given, and the certificate says of none where it is", issuer)
	case r.o.Fetcher == nil:
		q.Missing = fmt.Sprintf("no CRL of %q was given, and the network is not used", issuer)
	}
	return q
}

func (r *run) judgeAuthorities(report *preflight.Report) {
	store := &entra.Store{}
	for _, in := range r.authorities() {
		ca := &entra.CA{Name: in.Name, Certificate: in.Certificate, Err: in.Err, Store: store}
		if in.Certificate != nil {
			a := r.byRaw[string(in.Certificate.Raw)]
			ca.CRLURLs, ca.DeltaURLs, ca.Issued, ca.HasCRL = a.urls, a.deltas, a.issued, a.hasBase()
		}
		store.CAs = append(store.CAs, ca)
	}
	for _, ca := range store.CAs {
		findings := entra.CheckCA(r.s, ca)
		if ca.Certificate != nil {
			q := r.question(ca.Certificate, certs.IssuerOf(ca.Certificate, r.pool), time.Time{})
			findings = append(findings, crl.CARevoked.Apply(r.s, q)...)
		}
		report.Add("ca", ca.Name, findings, r.o.Ignore)
	}
	if len(store.CAs) > 0 {
		report.Add("trust-store", fmt.Sprintf("all %d CAs", len(store.CAs)), entra.StoreChecks.Run(r.s, store), r.o.Ignore)
	}
}

// authorities are the CAs to judge: all that were given, or beside certificates
// those above them, each once.
func (r *run) authorities() []Authority {
	if len(r.in.Certificates) == 0 {
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
		if r.above[raw] && !seen[raw] {
			used = append(used, a)
		}
		seen[raw] = true
	}
	return used
}

// judgeSerials looks each serial number up in each base CRL.
func (r *run) judgeSerials(report *preflight.Report) {
	if len(r.in.Serials) == 0 {
		return
	}
	deltas := r.lists((*crl.List).Delta)
	for _, src := range r.sources {
		if src.list == nil || src.list.Delta() {
			continue
		}
		lists := append([]*crl.List{src.list}, deltas...)
		for _, n := range r.in.Serials {
			q := &crl.Question{Serial: n, Issuer: src.ca, Since: r.in.Since, Lists: lists, Wanted: true}
			report.Add("serial", fmt.Sprintf("%X in %s", n, src.Name), crl.CertRevoked.Apply(r.s, q), r.o.Ignore)
		}
	}
}

func (r *run) judgeCRLs(report *preflight.Report) {
	lists := r.lists(func(*crl.List) bool { return true })
	for _, src := range r.sources {
		sub := &crl.Subject{
			List: src.list, Err: src.err, Download: src.download, URL: src.url,
			CA: src.ca, CAs: r.pool, Pointing: src.pointing, Previous: r.in.Previous, Since: r.in.Since,
		}
		if src.list != nil && src.list.Delta() {
			sub.Base = crl.Combine(src.list, lists)
		}
		report.Add("crl", src.Name, crl.Check(r.s, sub), r.o.Ignore)
	}
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
