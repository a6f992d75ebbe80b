package preflight

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestReadReport(t *testing.T) {
	withFacts := newReport(Scenario{})
	withFacts.Add("account", "alice", nil, nil).Facts = []Fact{{Name: "DeviceId", Value: "0123"}}
	for name, r := range map[string]*Report{"facts": withFacts, "sample": sampleReport(), "empty": newReport(Scenario{}), "mixed": mixedReport()} {
		got, err := ReadReport(bytes.NewReader(render(t, "json", r)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(r, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Later versions may add fields.
func TestReadReportOfALaterVersion(t *testing.T) {
	const later = `{"schema":"easkit/report/v1","at":"2026-11-21T13:00:00+01:00","auth":"oauth","new":{"a":[1]},"subjects":[{"name":"x","verdict":"warn","new":1,"findings":[{"check":"a","status":"warn","codes":[],"new":null}]}]}`
	r, err := ReadReport(strings.NewReader(later))
	if err != nil {
		t.Fatal(err)
	}
	if r.At.Hour() != 12 || len(r.Subjects) != 1 || r.Subjects[0].Findings[0].Check != "a" {
		t.Errorf("%+v", r)
	}
}

func TestReadReportRefuses(t *testing.T) {
	for _, test := range []struct{ in, says string }{
		{``, "unexpected end"},
		{`[]`, "cannot unmarshal"},
		{`{}`, `its schema is ""`},
		{`{"schema":"easkit/report/v2"}`, `its schema is "easkit/report/v2"`},
		{`{"schema":"easkit/report/v1"} {}`, "after top-level value"},
		{`{"schema":"easkit/report/v1","at":"9999-12-31T23:59:59-23:00"}`, "year 10000"},
		{`{"schema":"easkit/report/v1","summary":{"fail":-1}}`, "below zero"},
		{`{"schema":"easkit/report/v1","subjects":[{"name":"x","verdict":"fine"}]}`, `subject "x": there is no verdict "fine"`},
		{`{"schema":"easkit/report/v1","subjects":[{"name":"x","verdict":"pass","findings":[{"check":"a","status":""}]}]}`, `a: there is no status ""`},
		{`{"schema":"easkit/report/v1","subjects":[{"verdict":"pass","findings":[{"status":"pass","line":-1}]}]}`, "line -1"},
	} {
		_, err := ReadReport(strings.NewReader(test.in))
		if !errors.Is(err, ErrReport) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", test.in, err, test.says)
		}
	}
	if _, err := ReadReport(iotest.ErrReader(errFull)); !errors.Is(err, errFull) || errors.Is(err, ErrReport) {
		t.Errorf("a broken reader: %v", err)
	}
}

// Whatever is read writes the same again, and comes out well-formed in every
// form.
func FuzzReadReport(f *testing.F) {
	for _, r := range []*Report{sampleReport(), mixedReport(), newReport(Scenario{})} {
		f.Add(render(f, "json", r))
	}
	short := hostileReport()
	short.Subjects = short.Subjects[:1]
	f.Add(render(f, "json", short))
	f.Add([]byte(`{"schema":"easkit/report/v1","subjects":[{"verdict":"skip","kind":"\u0000","findings":null}]}`))
	f.Add([]byte(`{"schema":"easkit/report/v1","at":"0000-01-01T00:00:00+01:00"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadReport(bytes.NewReader(data))
		if err != nil {
			return
		}
		again, err := ReadReport(bytes.NewReader(render(t, "json", r)))
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		if diff := cmp.Diff(r, again); diff != "" {
			t.Fatalf("it comes back otherwise (-want +got):\n%s", diff)
		}
		for form := range forms {
			judgeForm(t, form, render(t, form, r))
		}
	})
}
