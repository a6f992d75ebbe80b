package preflight

import (
	"slices"
	"strings"
	"testing"
)

func TestStatusOrder(t *testing.T) {
	want := []Status{StatusPass, StatusSkip, StatusWarn, StatusFail}
	if !slices.Equal(Statuses, want) {
		t.Fatalf("the order is %v, want %v", Statuses, want)
	}
	for i, s := range Statuses {
		for j, other := range Statuses {
			if got := s.Worse(other); got != (i > j) {
				t.Errorf("%s worse than %s: %v", s, other, got)
			}
		}
	}
}

// testInfo is a complete entry of a catalogue.
func testInfo(basis Basis) Info {
	return Info{
		ID: "test.one", Title: "It holds", Reason: "it breaks otherwise", Fix: "mend it",
		Source: "RFC 0", Basis: basis, Codes: []string{"CODE1"},
	}
}

func apply(basis Basis, outcomes ...Outcome) []Finding {
	c := Check[int]{Info: testInfo(basis), Run: func(Scenario, int) []Outcome { return outcomes }}
	return c.Apply(Scenario{}, 0)
}

// A verdict warns at most where its basis is weak: the check's, or the outcome's own.
func TestWeakBasisWarnsAtMost(t *testing.T) {
	for _, test := range []struct {
		check, outcome Basis
		status, want   Status
	}{
		{Documented, "", StatusFail, StatusFail},
		{FromSource, "", StatusFail, StatusFail},
		{Measured, "", StatusFail, StatusFail},
		{Observed, "", StatusFail, StatusWarn},
		{Inferred, "", StatusFail, StatusWarn},
		{Documented, Observed, StatusFail, StatusWarn},
		{Documented, Inferred, StatusFail, StatusWarn},
		{Inferred, FromSource, StatusFail, StatusFail},
		{Inferred, "", StatusWarn, StatusWarn},
		{Inferred, "", StatusSkip, StatusSkip},
		{Inferred, "", StatusPass, StatusPass},
	} {
		f := apply(test.check, Outcome{Status: test.status, Basis: test.outcome, Message: "m"})
		if len(f) != 1 || f[0].Status != test.want || f[0].Basis != orElse(test.outcome, test.check) {
			t.Errorf("%s on %s, %q itself: %+v, want %s", test.status, test.check, test.outcome, f, test.want)
		}
	}
}

// What could not be checked never looks like a pass.
func TestBrokenCheckFails(t *testing.T) {
	panics := Check[*int]{Info: testInfo(Documented), Run: func(_ Scenario, p *int) []Outcome { return Pass("%d", *p) }}
	silent := Check[*int]{Info: testInfo(Documented), Run: func(Scenario, *int) []Outcome { return nil }}
	after := Check[*int]{Info: testInfo(Documented), Run: func(Scenario, *int) []Outcome { return Pass("fine") }}
	findings := Table[*int]{panics, silent, after}.Run(Scenario{}, nil)
	if len(findings) != 3 {
		t.Fatalf("%d findings, want one of each check: %+v", len(findings), findings)
	}
	for i, want := range []string{"the check itself broke: ", "the check gave no answer", "fine"} {
		f := findings[i]
		if wantStatus := []Status{StatusFail, StatusFail, StatusPass}[i]; f.Status != wantStatus || !strings.Contains(f.Message, want) {
			t.Errorf("%s: %s, want %s with %q", f.Status, f.Message, wantStatus, want)
		}
		if f.Check != "test.one" {
			t.Errorf("the finding is of %q", f.Check)
		}
	}
}

// A finding takes from the catalogue what the outcome leaves open; fix and codes
// are for what went wrong.
func TestFindingOfOutcome(t *testing.T) {
	f := apply(Documented, Fail("value %d", 7)...)[0]
	if f.Message != "value 7" || f.Fix != "mend it" || f.Source != "RFC 0" || !slices.Equal(f.Codes, []string{"CODE1"}) {
		t.Errorf("of a failure: %+v", f)
	}
	f = apply(Documented, Outcome{Status: StatusWarn, Message: "m", Fix: "another", Source: "RFC 1", Value: "word"})[0]
	if f.Fix != "another" || f.Source != "RFC 1" || f.Value != "word" {
		t.Errorf("of an outcome of its own: %+v", f)
	}
	for _, outcome := range [][]Outcome{Pass("m"), Skip("m")} {
		if f := apply(Documented, outcome...)[0]; f.Fix != "" || f.Codes != nil || f.Source != "RFC 0" {
			t.Errorf("of a %s: %+v", f.Status, f)
		}
	}
	if all := apply(Documented, append(Warn("one"), Fail("two")...)...); len(all) != 2 || all[0].Message != "one" || all[1].Message != "two" {
		t.Errorf("of two outcomes: %+v", all)
	}
}

func TestTableCatalogue(t *testing.T) {
	infos := Retirement.Catalogue()
	if len(infos) != 1 || infos[0].ID != "profile.retirement" || infos[0].Basis != Documented {
		t.Errorf("%+v", infos)
	}
}
