package checktest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
)

// Expected is a finding that the index of a corpus names.
type Expected struct {
	Check   string           `json:"check"`
	Status  preflight.Status `json:"status"`
	Value   string           `json:"value,omitempty"`
	Message string           `json:"message"` // a part of it
	Line    int              `json:"line,omitempty"`
}

func (e Expected) String() string {
	return fmt.Sprintf("%s %s %q in line %d", e.Check, e.Status, e.Value, e.Line)
}

// is reports whether f is the finding.
func (e Expected) is(f preflight.Finding) bool {
	return e.Check == f.Check && e.Status == f.Status && e.Value == f.Value && e.Line == f.Line && strings.Contains(f.Message, e.Message)
}

// Exactly wants the findings that are expected and, of those worse than a skip, no
// other.
func Exactly(t testing.TB, all []preflight.Finding, want []Expected) {
	t.Helper()
	got := slices.DeleteFunc(slices.Clone(all), func(f preflight.Finding) bool { return !f.Status.Worse(preflight.StatusSkip) })
	for _, e := range want {
		i := slices.IndexFunc(got, e.is)
		if i < 0 {
			t.Errorf("missing: %s with %q", e, e.Message)
			continue
		}
		got = slices.Delete(got, i, i+1)
	}
	for _, f := range got {
		t.Errorf("not expected: %s: %s", Expected{f.Check, f.Status, f.Value, "", f.Line}, f.Message)
	}
}
