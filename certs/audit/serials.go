package audit

import (
	"fmt"
	"math/big"

	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/certs/preflight"
)

// asked is a base CRL, with the deltas that may go with it, to look serial numbers
// up in.
type asked struct {
	*source
	lists []*crl.List
}

// judgeSerials looks each serial number up in all lists, and reports what says
// most about it.
func (r *run) judgeSerials(report *preflight.Report) {
	if len(r.in.Serials) == 0 {
		return
	}
	deltas := r.lists((*crl.List).Delta)
	var all []asked
	for _, src := range r.sources {
		if src.list != nil && !src.list.Delta() {
			all = append(all, asked{src, crl.Rank(r.s, src.ca, append([]*crl.List{src.list}, deltas...))})
		}
	}
	if len(all) == 0 { // the deltas alone, or nothing: they say what they can
		all = append(all, asked{&source{}, deltas})
	}
	for _, n := range r.in.Serials {
		name := fmt.Sprintf("%X", n)
		if len(all) == 1 && all[0].Name != "" {
			name += " in " + all[0].Name
		}
		report.Add("serial", name, []preflight.Finding{r.serial(n, all)}, r.o.Ignore)
	}
}

func (r *run) serial(n *big.Int, all []asked) preflight.Finding {
	var best preflight.Finding
	var decided *crl.List
	for i, a := range all {
		q := &crl.Question{Serial: n, Issuer: a.ca, Since: r.in.Since, Lists: a.lists, Wanted: true, Missing: "no CRL could be read"}
		f := crl.CertRevoked.Apply(r.s, q)[0]
		if len(all) > 1 {
			f.Message = a.Name + ": " + f.Message
		}
		if i == 0 || tellsMore(f, best) {
			best, decided = f, q.Decided
		}
	}
	r.decided[decided] = true
	return best
}

// tellsMore prefers a list that has the serial number, and then what is worse.
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
