package preflight

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"
)

// junitFile is what readers of the form take from it.
type junitFile struct {
	XMLName  xml.Name `xml:"testsuites"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Time     string   `xml:"time,attr"`
	Suites   []struct {
		Name      string `xml:"name,attr"`
		Tests     int    `xml:"tests,attr"`
		Failures  int    `xml:"failures,attr"`
		Skipped   int    `xml:"skipped,attr"`
		Time      string `xml:"time,attr"`
		Timestamp string `xml:"timestamp,attr"`
		Cases     []struct {
			Class   string `xml:"classname,attr"`
			Name    string `xml:"name,attr"`
			Time    string `xml:"time,attr"`
			Output  string `xml:"system-out"`
			Failure *struct {
				Message string `xml:"message,attr"`
				Type    string `xml:"type,attr"`
				Text    string `xml:",chardata"`
			} `xml:"failure"`
			Skipped *struct {
				Message string `xml:"message,attr"`
			} `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

// parseJUnit reads a file strictly, and checks that its counts are those of its
// cases and that no case hides another.
func parseJUnit(t testing.TB, data []byte) junitFile {
	t.Helper()
	var file junitFile
	if err := xml.Unmarshal(data, &file); err != nil {
		t.Fatalf("not XML: %v", err)
	}
	var tests, failures, skipped int
	seen := map[string]bool{}
	for _, s := range file.Suites {
		f, k := 0, 0
		for _, c := range s.Cases {
			if c.Failure != nil {
				f++
			}
			if c.Skipped != nil {
				k++
			}
			if seen[c.Class+"\x00"+c.Name] {
				t.Errorf("two cases are named %q", c.Name)
			}
			seen[c.Class+"\x00"+c.Name] = true
		}
		if s.Tests != len(s.Cases) || s.Failures != f || s.Skipped != k || s.Time != "0" || len(s.Timestamp) != len("2026-11-21T12:00:00") {
			t.Errorf("suite %.40q counts %d, %d, %d at %s; it has %d, %d, %d", s.Name, s.Tests, s.Failures, s.Skipped, s.Timestamp, len(s.Cases), f, k)
		}
		tests, failures, skipped = tests+len(s.Cases), failures+f, skipped+k
	}
	if file.Tests != tests || file.Failures != failures || file.Skipped != skipped || file.Errors != 0 || file.Time != "0" {
		t.Errorf("the file counts %d, %d, %d; it has %d, %d, %d", file.Tests, file.Failures, file.Skipped, tests, failures, skipped)
	}
	return file
}

func TestWriteJUnit(t *testing.T) {
	file := parseJUnit(t, render(t, "junit", sampleReport()))
	if file.Tests != 12 || file.Failures != 2 || file.Skipped != 4 || len(file.Suites) != 4 {
		t.Errorf("%d tests, %d failures, %d skipped in %d suites", file.Tests, file.Failures, file.Skipped, len(file.Suites))
	}
	alice, carol := file.Suites[0].Cases, file.Suites[1].Cases
	if f := alice[1].Failure; f == nil || f.Type != "cert.san.routable" || !strings.Contains(f.Text, "seen as: AADSTS50034, http-403.16\nline 12, column 7\n") {
		t.Errorf("the failure is %+v", f)
	}
	if alice[2].Name != `users\alice & bob.p12: cert.san.routable #2` {
		t.Errorf("the second of a check is named %q", alice[2].Name)
	}
	if alice[3].Failure != nil || !strings.HasPrefix(alice[3].Output, "warn: there is no SID\nfix: ") {
		t.Errorf("the warning is %+v", alice[3])
	}
	if alice[4].Skipped == nil || alice[4].Skipped.Message != "no CA was given" {
		t.Errorf("the skip is %+v", alice[4].Skipped)
	}
	if s := carol[1].Skipped; s == nil || !strings.Contains(s.Message, "mapped by hand") {
		t.Errorf("the ignored one is %+v", s)
	}

	// Where warnings fail the run, they are failed tests.
	var strict bytes.Buffer
	if err := sampleReport().WriteJUnit(&strict, StatusWarn); err != nil {
		t.Fatal(err)
	}
	if file := parseJUnit(t, strict.Bytes()); file.Failures != 4 || file.Suites[0].Cases[3].Failure == nil {
		t.Errorf("with warnings %d failures", file.Failures)
	}
}
