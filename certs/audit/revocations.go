package audit

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/certs/preflight"
)

// Revocations are CRLs that were read before it is known whose certificates they will be
// asked for, each once. They say of a certificate what [Run] says of it.
type Revocations struct {
	run *run

	mu      sync.Mutex
	adopted map[string]*adopted // the CAs that came with certificates, by their DER
}

// adopted is a CA that is none of those given.
type adopted struct {
	authority
	revoked []preflight.Finding // failures of it, and of those above it that are none of those given either
}

// maxAdopted bounds the CAs that are taken from certificates' own files: a company has a
// few, and a crafted folder as many as it has files. The issuer of a certificate beyond
// that counts as unknown.
const maxAdopted = 1000

// ReadRevocations reads the CRLs of in, and reports on these and on whether its CAs are
// revoked. Of in only CAs, Known and CRLs count. With a fetcher, delta CRLs that base CRLs
// announce are read, too, and the CRLs that in's CAs point to.
//
// The memory is that of [crl.ReadAll]. Errors are as those of [Run].
func ReadRevocations(ctx context.Context, s preflight.Scenario, in Input, o Options) (*Revocations, *preflight.Report, error) {
	r := newRun(s, Input{CAs: in.CAs, Known: in.Known, CRLs: in.CRLs}, o)
	r.parse = func(body io.Reader, _ *crl.Serials) (*crl.List, error) { return crl.ReadAll(body) }
	r.plan(ctx)
	r.read(ctx)
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	report := preflight.NewReport(r.s)
	for _, ca := range r.pool {
		if !ca.IsRoot() {
			report.Add("ca", ca.String(), r.authorityRevoked(ca), o.Ignore)
		}
	}
	r.judgeCRLs(report)
	if r.unopened != nil {
		return nil, report, r.unopened
	}
	return &Revocations{run: r, adopted: map[string]*adopted{}}, report, nil
}

// Check says whether a certificate is revoked, by cert.revoked. InFile are the
// certificates that came with it: where its issuer is among those alone, and revoked, that
// failure is there as well. It may be called by several goroutines at once.
func (v *Revocations) Check(s preflight.Scenario, c *certs.Certificate, inFile []*certs.Certificate) []preflight.Finding {
	s = s.WithDefaults()
	by, above := v.issuer(c, inFile)
	q := v.run.question(s, c, by, time.Time{})
	if by != nil {
		q.Lists = v.pointedTo(c, by)
		if q.Missing == "" { // the question supposes that what certificates point to is fetched
			q.Missing = fmt.Sprintf("no CRL of %q was given", by.cert)
		}
	}
	return append(crl.CertRevoked.Apply(s, q), above...)
}

// issuer finds the issuer of a certificate as [Run] does, and says what is wrong with one
// that was not among those given.
func (v *Revocations) issuer(c *certs.Certificate, inFile []*certs.Certificate) (*authority, []preflight.Finding) {
	if ca := certs.IssuerOf(c, v.run.pool); ca != nil {
		return v.run.known(ca), nil
	}
	ca := certs.IssuerOf(c, inFile)
	if ca == nil {
		return nil, nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	a := v.adopt(ca, inFile)
	if a == nil {
		return nil, nil
	}
	return &a.authority, a.revoked
}

// adopt finds out which lists speak for a CA that came with a certificate; nil where there
// were too many of those.
func (v *Revocations) adopt(ca *certs.Certificate, inFile []*certs.Certificate) *adopted {
	a := v.adopted[string(ca.Raw)]
	if a != nil || len(v.adopted) >= maxAdopted {
		return a
	}
	own, err := certs.ParseCertificate(bytes.Clone(ca.Raw)) // ca may be part of a file's plain text, which is not to be held
	if err != nil {
		return nil
	}
	a = &adopted{authority: authority{cert: own}}
	v.adopted[string(own.Raw)] = a // before those above, in case they go in a circle
	r := v.run
	pool := append(slices.Clip(r.pool), own)
	for _, src := range r.sources {
		if src.list != nil && src.speaksFor(own, crl.FindIssuer(src.list, pool)) {
			a.lists = append(a.lists, src.list)
		}
	}
	a.lists = crl.Rank(r.s, own, a.lists)
	if own.IsRoot() {
		return a
	}
	by := r.known(certs.IssuerOf(own, r.pool))
	if parent := certs.IssuerOf(own, inFile); by == nil && parent != nil {
		if above := v.adopt(parent, inFile); above != nil {
			by, a.revoked = &above.authority, slices.Clone(above.revoked)
		}
	}
	for _, f := range crl.CARevoked.Apply(r.s, r.question(r.s, own, by, time.Time{})) {
		if f.Status == preflight.StatusFail {
			a.revoked = append(a.revoked, f)
		}
	}
	return a
}

// pointedTo are the lists of an issuer, and any that were read from where c says that its
// CRL is.
func (v *Revocations) pointedTo(c *certs.Certificate, by *authority) []*crl.List {
	lists := by.lists
	for _, src := range v.run.sources {
		if src.url != "" && src.list != nil && slices.Contains(c.CDPs[:min(len(c.CDPs), maxPoints)], src.url) && !slices.Contains(lists, src.list) {
			lists = append(slices.Clip(lists), src.list)
		}
	}
	if len(lists) > len(by.lists) {
		lists = crl.Rank(v.run.s, by.cert, lists)
	}
	return lists
}
