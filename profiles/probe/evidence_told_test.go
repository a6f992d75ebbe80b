package probe

import (
	"strings"
	"testing"
)

// An exchange is told with what matters of its answer, and with nothing that is secret or
// not fit for a terminal.
func TestLines(t *testing.T) {
	f := newJudgeFix(t)
	x := f.answer(451, wireHost, "X-MS-Location: https://u:secret@cas2.contoso.com/x?t=secret", "MS-ASProtocolVersions: 16.1\x1b[2J", "Set-Cookie: secret")
	text := strings.Join(x.Lines(), "\n")
	for _, want := range []string{
		"OPTIONS  https://mail.contoso.com/Microsoft-Server-ActiveSync  (192.0.2.1:443)  TLS 1.3  HTTP 451  20ms",
		"  X-MS-Location: https://cas2.contoso.com/x",
		"  MS-ASProtocolVersions: 16.1\ufffd[2J",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "secret") {
		t.Error(text)
	}
	x.Status, x.Stage, x.Err, x.Header = 0, StageAnswer, ErrTimeout, nil
	if text := strings.Join(x.Lines(), "\n"); !strings.Contains(text, "ended in answer: ") {
		t.Error(text)
	}
}

// The facts hold the whole of a policy, within bounds.
func TestFacts(t *testing.T) {
	f := newJudgeFix(t)
	e := f.direct()
	for range 2 * maxFacts {
		e.Deep.Provision.Policy = append(e.Deep.Provision.Policy, Setting{"ApprovedApplicationList", strings.Repeat("a", 2*maxFactText)})
	}
	facts := e.Facts()
	if facts[2].Name != "policy.MinDevicePasswordLength" || facts[2].Value != "6" || len(facts) != maxFacts+2 || len(facts[3].Value) > maxFactText+len("…") {
		t.Errorf("%d facts, the third %v", len(facts), facts[2])
	}
	if e.Deep = nil; e.Facts() != nil || len(e.Exchanges()) != 2 {
		t.Error("facts, or other exchanges, of what was not looked into")
	}
}
