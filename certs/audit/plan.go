package audit

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/crl"
)

// authority is what is known around a CA: what it issued says where its CRL is.
type authority struct {
	cert   *certs.Certificate
	inFile string // a name for the report, where it only came with a certificate
	issued int
	urls   urlSet // of its CRL, as the certificates that it issued have them
	deltas urlSet // of its delta CRL
	fetch  urlSet // the one of urls that each certificate's CRL is fetched from
	named  urlSet // of its CRL, by the certificates that it issued, where a trust store says what counts
	lists  []*crl.List

	configured bool // a trust store says where its CRLs are
}

// urlSet is a set of addresses, in the order in which they were added.
type urlSet struct {
	list []string
	has  map[string]bool
}

func (s *urlSet) add(urls ...string) {
	if s.has == nil {
		s.has = map[string]bool{}
	}
	for _, u := range urls {
		if u != "" && !s.has[u] {
			s.has[u] = true
			s.list = append(s.list, u)
		}
	}
}

// plan finds out who issued whom, where the CRLs are, and which serial numbers to
// look for.
func (r *run) plan(ctx context.Context) {
	r.gather()
	r.findIssuers(ctx)
	r.findAbove()
	numbers := slices.Clone(r.in.Serials)
	for i, c := range r.in.Certificates {
		if ctx.Err() != nil {
			return
		}
		if c.Subject != nil && c.Subject.Certificate != nil {
			r.point(c.Subject.Certificate, r.issuers[i])
			numbers = append(numbers, c.Subject.Certificate.Serial)
		}
	}
	for _, c := range r.in.Issued {
		if issuer := certs.IssuerOf(c, r.pool); issuer != nil {
			r.point(c, issuer)
		}
	}
	for _, ca := range r.pool {
		if !ca.IsRoot() {
			r.point(ca, certs.IssuerOf(ca, r.pool))
		}
		numbers = append(numbers, ca.Serial)
	}
	r.serials = crl.NewSerials(numbers)
}

// gather collects all CAs: those given, and those that came with certificates.
func (r *run) gather() {
	r.byRaw = map[string]*authority{}
	for _, a := range r.in.CAs {
		r.know(a.Certificate, "")
		r.configure(a)
	}
	for _, ca := range r.in.Known {
		r.know(ca, "")
	}
	given := slices.Clone(r.pool)
	if given == nil && r.storesRead() {
		given = []*certs.Certificate{} // the tenant trusts none
	}
	for _, c := range r.in.Certificates {
		if c.Subject == nil {
			continue
		}
		c.Subject.CAs = given
		for _, other := range c.Subject.InFile {
			if other != c.Subject.Certificate && other.IsCA {
				r.know(other, fmt.Sprintf("%s (%s)", c.Name, other))
			}
		}
	}
}

// configure notes what a trust store is told of a CA.
func (r *run) configure(in Authority) {
	if in.Certificate == nil || in.Configured == nil {
		return
	}
	a := r.byRaw[string(in.Certificate.Raw)]
	a.configured = true
	a.urls.add(in.Configured.CRL)
	a.fetch.add(in.Configured.CRL)
	a.deltas.add(in.Configured.Delta)
}

func (r *run) know(ca *certs.Certificate, inFile string) {
	if ca == nil || r.byRaw[string(ca.Raw)] != nil {
		return
	}
	r.byRaw[string(ca.Raw)] = &authority{cert: ca, inFile: inFile}
	r.pool = append(r.pool, ca)
}

// findIssuers finds the issuer of each certificate: among the CAs that were given,
// or else in its own file.
func (r *run) findIssuers(ctx context.Context) {
	r.issuers = make([]*certs.Certificate, len(r.in.Certificates))
	done := r.progress("chains", len(r.issuers))
	Each(ctx, len(r.issuers), func(i int) {
		defer done()
		sub := r.in.Certificates[i].Subject
		if sub == nil || sub.Certificate == nil {
			return
		}
		issuer := certs.IssuerOf(sub.Certificate, sub.CAs)
		if issuer == nil {
			issuer = certs.IssuerOf(sub.Certificate, sub.InFile)
		}
		if issuer != nil && r.byRaw[string(issuer.Raw)] != nil {
			r.issuers[i] = r.byRaw[string(issuer.Raw)].cert
		}
	})
}

// findAbove marks the CAs above the certificates, up to their roots.
func (r *run) findAbove() {
	r.above = map[string]bool{}
	for _, ca := range r.issuers {
		r.ascend(ca)
	}
}

// ascend marks a CA, every certificate for its key, and what is above those: the
// CA may have been renewed or signed across, and any of its certificates revoked.
func (r *run) ascend(ca *certs.Certificate) {
	if ca == nil || r.above[string(ca.Raw)] {
		return
	}
	r.above[string(ca.Raw)] = true
	for _, twin := range r.pool {
		if sameKey(twin, ca) && bytes.Equal(twin.RawSubject, ca.RawSubject) {
			r.ascend(twin)
		}
	}
	if !ca.IsRoot() {
		r.ascend(certs.IssuerOf(ca, r.pool))
	}
}

func sameKey(a, b *certs.Certificate) bool { return bytes.Equal(a.RawKey, b.RawKey) }

// maxPoints bounds the addresses that are looked at in one certificate: real ones
// have two or three, and a crafted one a hundred thousand.
const maxPoints = 64

// point notes where c says that its issuer's CRL is.
func (r *run) point(c, issuer *certs.Certificate) {
	cdps := c.CDPs[:min(len(c.CDPs), maxPoints)]
	if issuer == nil {
		r.orphans.add(first(cdps))
		return
	}
	a := r.byRaw[string(issuer.Raw)]
	a.issued++
	if a.configured {
		a.named.add(cdps...)
		return
	}
	a.urls.add(cdps...)
	a.deltas.add(c.FreshestCRLs[:min(len(c.FreshestCRLs), maxPoints)]...)
	a.fetch.add(first(cdps))
}

// first is the address that Entra ID takes out of several: the first by http. With
// none of those it is the first of all, whose finding says what is wrong with it.
func first(urls []string) string {
	for _, scheme := range []string{"http:", "https:", ""} {
		for _, u := range urls {
			if strings.HasPrefix(strings.ToLower(u), scheme) {
				return u
			}
		}
	}
	return ""
}
