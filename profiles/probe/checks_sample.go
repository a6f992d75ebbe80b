package probe

import (
	"github.com/easkit/easkit/certs/preflight"
)

// JudgeSample judges the targets of a sample, each by itself in its own scenario, and
// then together: a server that is busy for some and answers others warns of those it left
// waiting, and fails where it has answered nobody; what the authority's host lacks is told
// of once. The findings are in the order of the results, nil for what was not tried.
func JudgeSample(results []Sampled, scenario func(Sampled) preflight.Scenario) [][]preflight.Finding {
	answered := map[string]bool{}
	for _, r := range results {
		if r.Evidence != nil {
			if _, busy := r.Evidence.busy(r.Evidence.At); !busy {
				answered[hostKey(r.Target.Account.Endpoint.Host)] = true
			}
		}
	}
	told := map[string]bool{} // messages about the authority
	all := make([][]preflight.Finding, len(results))
	for i, r := range results {
		if r.Evidence == nil && r.Err == nil {
			continue
		}
		s := scenario(r)
		findings := r.Findings(s)
		for j := range findings {
			f := &findings[j]
			switch {
			case f.Value == wordBusy && answered[hostKey(r.Target.Account.Endpoint.Host)]:
				f.Status = preflight.StatusWarn
			case f.Check == "eas.certauth" && f.Status == preflight.StatusWarn && told[f.Message]:
				f.Status, f.Fix, f.Codes, f.Value = preflight.StatusSkip, "", nil, NotForNow
				f.Message = "as of another account above: " + f.Message
			case f.Check == "eas.certauth":
				told[f.Message] = true
			}
		}
		if r.Evidence != nil {
			findings = append(findings, JudgeAccount(s, r.Evidence)...)
		}
		all[i] = findings
	}
	return all
}
