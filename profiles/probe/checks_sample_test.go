package probe

import (
	"fmt"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
)

// A server that answers some and not others warns of those; one that has answered nobody
// fails, since nothing is known of it.
func TestJudgeSampleBusy(t *testing.T) {
	f := newJudgeFix(t)
	of := func(host string, change func(*Evidence)) Sampled {
		e := f.direct()
		e.Target.Account.Mailbox, e.Target.Account.Endpoint.Host = preflight.ExchangeServer, host
		change(e)
		return Sampled{Target: e.Target, Evidence: e}
	}
	busy := f.refusedBy(503, "", nil)
	left := of(wireHost, keep)
	left.Evidence, left.Err = nil, fmt.Errorf("%w: it has asked to wait", ErrBusy)
	inside := func(Sampled) preflight.Scenario { return judgeInside }
	for _, tt := range []struct {
		name    string
		results []Sampled
		want    []preflight.Status
	}{
		{"all answered", []Sampled{of(wireHost, keep), of(wireHost, keep)}, []preflight.Status{judgePass, judgePass}},
		{"one not come to", []Sampled{of(wireHost, keep), of(wireHost, busy), left}, []preflight.Status{judgePass, judgeWarn, judgeWarn}},
		{"nobody answered", []Sampled{of(wireHost, busy), left}, []preflight.Status{judgeFail, judgeWarn}},
		{"by host", []Sampled{of(wireHost, busy), of("other.contoso.com", keep)}, []preflight.Status{judgeFail, judgePass}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i, findings := range JudgeSample(tt.results, inside) {
				if got := preflight.Verdict(findings); got != tt.want[i] {
					t.Errorf("%d: %s, want %s", i, got, tt.want[i])
				}
			}
		})
	}
	if got := JudgeSample([]Sampled{{}}, inside); len(got) != 1 || got[0] != nil {
		t.Errorf("of what was not tried: %v", got)
	}
}

// What the authority's host lacks is told of once, with the first account that shows it.
func TestJudgeSampleAuthority(t *testing.T) {
	f := newJudgeFix(t)
	results := make([]Sampled, 3)
	for i := range results {
		e := f.oauth()
		e.OAuth.CertAuth.TLS.Asked = false
		results[i] = Sampled{Target: e.Target, Evidence: e}
	}
	warnings := 0
	for _, findings := range JudgeSample(results, func(Sampled) preflight.Scenario { return judgeOAuth }) {
		for _, found := range findings {
			if found.Check == "eas.certauth" && found.Status == judgeWarn {
				warnings++
			}
		}
	}
	if warnings != 1 {
		t.Errorf("%d warnings", warnings)
	}
}
