package audit

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/certs/preflight"
)

// asked are the lists of one CA, base and delta, to look serial numbers up in.
type asked struct {
	name  string // of the list, where it is one, and of the CA otherwise
	ca    *certs.Certificate
	lists []*crl.List
}

// judgeSerials looks each serial number up in the lists of every CA, and reports
// what says most about it.
func (r *run) judgeSerials(report *preflight.Report) {
	if len(r.in.Serials) == 0 {
		return
	}
	all := r.byIssuer()
	for _, n := range r.in.Serials {
		name := fmt.Sprintf("%X", n)
		if len(all) == 1 {
			name += " in " + all[0].name
		}
		report.Add("serial", name, []preflight.Finding{r.serial(n, all)}, r.o.Ignore)
	}
}

// byIssuer puts the lists together that one CA made, but for the parts of a list
// that was split: those stand beside each other.
func (r *run) byIssuer() []*asked {
	groups := map[string]*asked{}
	var all []*asked
	for _, src := range r.sources {
		if src.list == nil {
			continue
		}
		key := string(src.list.RawIssuer) + string(src.list.AuthorityKeyID)
		if src.ca != nil {
			key = string(src.ca.RawKey)
		}
		if src.list.Scope != nil {
			key += strings.Join(src.list.Scope.URLs, " ")
		}
		g := groups[key]
		if g == nil {
			g = &asked{name: src.Name, ca: src.ca}
			groups[key] = g
			all = append(all, g)
		} else {
			g.name = src.list.Issuer()
		}
		g.lists = append(g.lists, src.list)
	}
	for _, g := range all {
		g.lists = crl.Rank(r.s, g.ca, g.lists)
	}
	return all
}

func (r *run) serial(n *big.Int, all []*asked) preflight.Finding {
	if len(all) == 0 { // nothing could be read
		all = []*asked{{}}
	}
	var best preflight.Finding
	var decided *crl.List
	for i, a := range all {
		q := &crl.Question{Serial: n, Issuer: a.ca, Since: r.in.Since, Lists: a.lists, Wanted: true, Missing: "no CRL could be read"}
		f := crl.CertRevoked.Apply(r.s, q)[0]
		if len(all) > 1 {
			f.Message = a.name + ": " + f.Message
		}
		if i == 0 || tellsMore(f, best) {
			best, decided = f, q.Decided
		}
	}
	r.decided[decided] = true
	return best
}

// tellsMore prefers lists that have the serial number, and then what is worse.
func tellsMore(f, than preflight.Finding) bool {
	if isListed(f) != isListed(than) {
		return isListed(f)
	}
	return f.Status.Worse(than.Status)
}

func isListed(f preflight.Finding) bool {
	v := crl.Verdict(f.Value)
	return v == crl.Revoked || v == crl.Effective || v == crl.StaleEffectiveDate
}
