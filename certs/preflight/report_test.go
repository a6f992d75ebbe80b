package preflight

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var testTime = time.Date(2026, time.November, 21, 12, 0, 0, 999, time.UTC)

// finding is one of the given status, with a fix where something is wrong.
func finding(check string, s Status) Finding {
	f := Finding{Check: check, Status: s, Message: "message of " + check, Basis: Documented, Source: "https://example.com/rule"}
	if s.Worse(StatusSkip) {
		f.Fix = "fix of " + check
	}
	return f
}

func TestVerdict(t *testing.T) {
	ignored := finding("a", StatusFail)
	ignored.Ignored = "known"
	for _, test := range []struct {
		name     string
		findings []Finding
		want     Status
	}{
		{"nothing", nil, StatusPass},
		{"pass", []Finding{finding("a", StatusPass)}, StatusPass},
		{"a skip leaves it alone", []Finding{finding("a", StatusSkip), finding("b", StatusPass)}, StatusPass},
		{"skips alone", []Finding{finding("a", StatusSkip)}, StatusPass},
		{"the worst", []Finding{finding("a", StatusWarn), finding("b", StatusFail), finding("c", StatusPass)}, StatusFail},
		{"warn", []Finding{finding("a", StatusSkip), finding("b", StatusWarn)}, StatusWarn},
		{"an ignored one leaves it alone", []Finding{ignored, finding("b", StatusWarn)}, StatusWarn},
		{"all ignored", []Finding{ignored}, StatusPass},
	} {
		if got := Verdict(test.findings); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func newReport(s Scenario) *Report {
	s.At = testTime
	return NewReport(s.WithDefaults())
}

// What is ignored keeps its status and its reason, and counts for nothing else.
func TestIgnore(t *testing.T) {
	r := newReport(Scenario{})
	findings := []Finding{
		finding("a", StatusFail), finding("b", StatusWarn), finding("c", StatusPass), finding("d", StatusSkip), finding("e", StatusFail),
	}
	reasons := map[string]string{"a": "known", "b": "known too", "c": "for nothing", "d": "for nothing", "z": "of no use"}
	r.Add("certificate", "alice", findings, reasons)
	if diff := cmp.Diff(Summary{Pass: 1, Fail: 1, Skip: 1, Ignored: 2}, r.Summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	s := r.Subjects[0]
	for i, want := range []string{"known", "known too", "", "", ""} {
		if f := s.Findings[i]; f.Ignored != want || f.Status != findings[i].Status {
			t.Errorf("%s: %s, ignored for %q; want %s, %q", f.Check, f.Status, f.Ignored, findings[i].Status, want)
		}
	}
	if findings[0].Ignored != "" {
		t.Error("the caller's findings were changed")
	}
	if s.Verdict != StatusFail || r.Worst() != StatusFail {
		t.Errorf("verdict %s, worst %s; one failure is left", s.Verdict, r.Worst())
	}
	r.Add("certificate", "bob", findings[:1], reasons)
	if got := r.Subjects[1].Verdict; got != StatusPass {
		t.Errorf("verdict %s with all ignored", got)
	}
}

func TestWorst(t *testing.T) {
	r := newReport(Scenario{})
	for i, s := range []Status{StatusPass, StatusWarn, StatusFail, StatusPass} {
		r.Add("certificate", fmt.Sprint(i), []Finding{finding("a", s)}, nil)
		if want := []Status{StatusPass, StatusWarn, StatusFail, StatusFail}[i]; r.Worst() != want {
			t.Errorf("after %d subjects: %s, want %s", i+1, r.Worst(), want)
		}
	}
}

// The names of the fields are a promise: they may be added to, never changed.
const reportJSON = `{
  "schema": "easkit/report/v1",
  "at": "2026-11-21T12:00:00Z",
  "auth": "oauth",
  "issuer": "entra",
  "mailbox": "exchange-online",
  "cloud": "worldwide",
  "summary": {
    "pass": 0,
    "warn": 0,
    "fail": 1,
    "skip": 0,
    "ignored": 1
  },
  "subjects": [
    {
      "kind": "certificate",
      "name": "alice & <bob>.p12",
      "verdict": "fail",
      "findings": [
        {
          "check": "cert.validity",
          "status": "fail",
          "message": "it expired",
          "fix": "issue a new one",
          "basis": "documented",
          "source": "https://example.com/rule",
          "codes": [
            "AADSTS500172"
          ],
          "value": "expired",
          "line": 3,
          "column": 7
        },
        {
          "check": "cert.eku",
          "status": "warn",
          "message": "message of cert.eku",
          "fix": "fix of cert.eku",
          "basis": "documented",
          "source": "https://example.com/rule",
          "ignored": "known"
        }
      ]
    }
  ]
}
`

func TestWriteJSON(t *testing.T) {
	r := newReport(Scenario{})
	full := Finding{
		Check: "cert.validity", Status: StatusFail, Message: "it expired", Fix: "issue a new one", Basis: Documented,
		Source: "https://example.com/rule", Codes: []string{"AADSTS500172"}, Value: "expired", Line: 3, Column: 7,
	}
	r.Add("certificate", "alice & <bob>.p12", []Finding{full, finding("cert.eku", StatusWarn)}, map[string]string{"cert.eku": "known"})
	var out bytes.Buffer
	if err := r.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(reportJSON, out.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	var back Report
	if err := json.Unmarshal(out.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, &back); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

// A report on nothing has an empty list, not null; one on direct sign-in has no
// issuer of tokens.
func TestWriteJSONOfNothing(t *testing.T) {
	var out bytes.Buffer
	if err := newReport(Scenario{Auth: Direct}).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); !strings.Contains(s, `"subjects": []`) || strings.Contains(s, "issuer") || !strings.Contains(s, `"auth": "direct"`) {
		t.Errorf("%s", s)
	}
}

func text(t *testing.T, r *Report, o TextOptions) string {
	t.Helper()
	var out strings.Builder
	if err := r.WriteText(&out, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func mixedReport() *Report {
	r := newReport(Scenario{})
	r.Add("certificate", "good", []Finding{finding("a", StatusPass), finding("b", StatusSkip)}, nil)
	r.Add("certificate", "so-so", []Finding{finding("a", StatusWarn), finding("b", StatusWarn)}, map[string]string{"b": "known"})
	bad := finding("b", StatusFail)
	bad.Codes = []string{"AADSTS1", "AADSTS2"}
	r.Add("certificate", "bad", []Finding{finding("a", StatusWarn), bad, finding("c", StatusPass)}, nil)
	return r
}

func TestWriteText(t *testing.T) {
	const want = `fail   bad
  fail b: message of b
       fix: fix of b
       seen as: AADSTS1, AADSTS2
  warn a: message of a
       fix: fix of a
warn   so-so
  warn a: message of a
       fix: fix of a
  warn b: message of b
       ignored: known
pass   good

3 checked (1 failed, 1 with warnings) 2026-11-21 12:00 UTC, oauth by entra, mailbox exchange-online, cloud worldwide: 2 pass, 2 warn, 1 fail, 1 skip, 1 ignored
`
	if diff := cmp.Diff(want, text(t, mixedReport(), TextOptions{})); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestWriteTextOptions(t *testing.T) {
	const source = "documented: https://example.com/rule"
	passes := text(t, mixedReport(), TextOptions{Passes: true})
	if !strings.Contains(passes, "pass c: message of c") || !strings.Contains(passes, "skip b: message of b") || strings.Contains(passes, source) {
		t.Errorf("with passes:\n%s", passes)
	}
	verbose := text(t, mixedReport(), TextOptions{Verbose: true})
	if !strings.Contains(verbose, "pass c: message of c") || strings.Count(verbose, source) != 7 {
		t.Errorf("verbose:\n%s", verbose)
	}
	colour := text(t, mixedReport(), TextOptions{Colour: true})
	if !strings.Contains(colour, "\x1b[31mfail\x1b[0m") || strings.Contains(text(t, mixedReport(), TextOptions{}), "\x1b") {
		t.Errorf("with colours:\n%q", colour)
	}
}

// Steps are told in their order, with the rest as always.
func TestWriteTextInOrder(t *testing.T) {
	r := newReport(Scenario{})
	r.Add("account", "alice", []Finding{{Check: "one", Status: StatusPass}, {Check: "two", Status: StatusFail}, {Check: "three", Status: StatusSkip}, {Check: "four", Status: StatusWarn}}, nil)
	for _, o := range []TextOptions{{Passes: true, InOrder: true}, {Verbose: true, InOrder: true}} {
		at := -1
		got := text(t, r, o)
		for _, line := range []string{"  pass one", "  fail two", "  skip three", "  warn four"} {
			i := strings.Index(got, line)
			if i <= at {
				t.Fatalf("%q is not in its place:\n%s", line, got)
			}
			at = i
		}
	}
}

// Ten thousand healthy subjects fit a screen, and the one that is ill is first.
func TestWriteTextOfMany(t *testing.T) {
	r := newReport(Scenario{})
	for i := range 10_000 {
		r.Add("certificate", fmt.Sprintf("user%d.p12", i), []Finding{finding("a", StatusPass), finding("b", StatusSkip)}, nil)
	}
	r.Add("certificate", "ill.p12", []Finding{finding("a", StatusFail)}, nil)
	out := text(t, r, TextOptions{})
	if lines := strings.Count(out, "\n"); lines >= 60 {
		t.Errorf("%d lines, want fewer than 60", lines)
	}
	for _, want := range []string{"fail   ill.p12\n", "… and 9980 more without a warning\n", "10001 checked", "10000 pass, 0 warn, 1 fail, 10000 skip\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	if !strings.HasPrefix(out, "fail   ill.p12\n") {
		t.Errorf("the failure is not first:\n%s", out)
	}
}

// Nothing that a terminal obeys gets through from a certificate or a file name.
func TestWriteTextIsPrintable(t *testing.T) {
	r := newReport(Scenario{})
	evil := finding("a", StatusFail)
	evil.Message = "CN=\x1b[2J\u202eAlice\nfail b: not a finding"
	r.Add("certificate", "al\rice\x07.p12", []Finding{evil}, nil)
	out := text(t, r, TextOptions{})
	if strings.ContainsAny(out, "\x1b\u202e\r\x07") || strings.Contains(out, "\nfail b") || !strings.Contains(out, "Alice") {
		t.Errorf("%q", out)
	}
	if got := Printable("Bücher 📱 \x00"); got != "Bücher 📱 \ufffd" {
		t.Errorf("Printable gives %q", got)
	}
}

// fullDisk refuses to be written to.
type fullDisk struct{}

var errFull = errors.New("no space left")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	r := mixedReport()
	if err := r.WriteText(fullDisk{}, TextOptions{}); !errors.Is(err, errFull) {
		t.Errorf("text: %v", err)
	}
	if err := r.WriteJSON(fullDisk{}); !errors.Is(err, errFull) {
		t.Errorf("JSON: %v", err)
	}
}

// Cells that a spreadsheet would run are defused, and no others are touched.
func TestCell(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "a": "a", "a=1": "a=1", "'a": "'a",
		"=1": "'=1", "-1": "'-1", "+1": "'+1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx",
	} {
		if got := Cell(cell); got != want {
			t.Errorf("%q: %q", cell, got)
		}
	}
}

// A subject whose name is not its file's is found in the file.
func TestSubjectFile(t *testing.T) {
	r := NewReport(Scenario{}.WithDefaults())
	r.Add("configuration", "exports/mail.json: Contoso mail", []Finding{{Check: "x.y", Status: StatusFail, Message: "wrong", Line: 3}}, nil).File = "exports/mail.json"
	var sarif, junit, text bytes.Buffer
	if err := errors.Join(r.WriteSARIF(&sarif, nil, ""), r.WriteJUnit(&junit, StatusFail), r.WriteJSON(&text)); err != nil {
		t.Fatal(err)
	}
	for _, form := range []struct{ got, want string }{
		{sarif.String(), `"uri": "exports/mail.json"`}, {junit.String(), ` file="exports/mail.json"`}, {text.String(), `"file": "exports/mail.json"`},
	} {
		if !strings.Contains(form.got, form.want) {
			t.Errorf("no %s in %s", form.want, form.got)
		}
	}
}
