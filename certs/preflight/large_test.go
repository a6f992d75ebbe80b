package preflight

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// The size that every form of the report must stand.
const (
	manySubjects = 10_000
	manyChecks   = 20
)

// largeReport is on many subjects: each passes all checks but those numbered
// below wrong, of which it fails or warns.
func largeReport(subjects, wrong int) *Report {
	r := newReport(Scenario{})
	for i := range subjects {
		name := fmt.Sprintf("user%05d@contoso.com", i)
		findings := make([]Finding, manyChecks)
		for c := range findings {
			f := Finding{
				Check: fmt.Sprintf("cert.check-%02d", c), Status: StatusPass, Basis: Documented,
				Message: name + ": as it should be", Source: "https://learn.microsoft.com/en-us/entra/identity/authentication/concept-certificate-based-authentication-technical-deep-dive",
			}
			switch {
			case c < wrong:
				f.Status, f.Message = StatusWarn, name+" has no security identifier"
				f.Fix, f.Codes = "issue the certificate again with the security extension (1.3.6.1.4.1.311.25.2)", []string{"AADSTS500172"}
				if i%100 == 0 {
					f.Status = StatusFail
				}
			case c >= manyChecks-2:
				f.Status, f.Message = StatusSkip, "no CRL was given"
			}
			findings[c] = f
		}
		r.Add("certificate", name+".p12", findings, nil)
	}
	return r
}

// forms is every form of the report.
var forms = map[string]func(*Report, io.Writer) error{
	"text":    func(r *Report, w io.Writer) error { return r.WriteText(w, TextOptions{}) },
	"verbose": func(r *Report, w io.Writer) error { return r.WriteText(w, TextOptions{Verbose: true}) },
	"json":    (*Report).WriteJSON,
	"html":    func(r *Report, w io.Writer) error { return r.WriteHTML(w, nil) },
	"junit":   func(r *Report, w io.Writer) error { return r.WriteJUnit(w, StatusFail) },
	"sarif":   func(r *Report, w io.Writer) error { return r.WriteSARIF(w, testCatalogue, "1.2.3") },
}

// counter counts what is written.
type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// Ten thousand subjects with twenty findings each are written in about a second
// and to a file that opens; where all of it is wrong, it takes longer.
func TestLargeReports(t *testing.T) {
	const bytesOfFinding = 500
	for _, wrong := range []int{0, 2} {
		r := largeReport(manySubjects, wrong)
		for name, write := range forms {
			var size counter
			start := time.Now()
			if err := write(r, &size); err != nil {
				t.Fatal(err)
			}
			t.Logf("%s with %d of %d wrong: %v, %d kB", name, wrong, manyChecks, time.Since(start).Round(time.Millisecond), size/1000)
			if size > manySubjects*manyChecks*bytesOfFinding {
				t.Errorf("%s takes %d bytes", name, size)
			}
			if took := time.Since(start); took > 10*time.Second { // slack for a busy machine
				t.Errorf("%s took %v", name, took)
			}
		}
	}
}

func BenchmarkReport(b *testing.B) {
	r := largeReport(manySubjects, 2)
	for name, write := range forms {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := write(r, io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What ten thousand have in common fits a screen too.
func TestWriteTextOfManyAlike(t *testing.T) {
	out := text(t, largeReport(manySubjects, 3), TextOptions{})
	if lines := strings.Count(out, "\n"); lines >= 60 {
		t.Errorf("%d lines:\n%s", lines, out)
	}
}

// Many that differ in what is wrong are cut off too, and it says how to see all.
func TestWriteTextOfManyDifferent(t *testing.T) {
	r := newReport(Scenario{})
	for i := range 500 {
		f := finding("a", StatusFail)
		f.Fix = fmt.Sprintf("mend number %d", i)
		r.Add("certificate", fmt.Sprint(i), []Finding{f}, nil)
	}
	out := text(t, r, TextOptions{})
	if !strings.Contains(out, "… and 400 more with findings of their own: --verbose names all\n") || strings.Contains(out, "number 100\n") {
		t.Errorf("%s", out)
	}
	if all := text(t, r, TextOptions{Verbose: true}); !strings.Contains(all, "number 499\n") {
		t.Error("--verbose leaves some out")
	}
}
