package exports_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
	"github.com/easkit/easkit/profiles/intune/exports"
)

const corpusDir = "../../../testdata/intune"

var corpusTime = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// sample is a row of the corpus' index: see README.md beside it.
type sample struct {
	Files       []string
	Form, About string
	Auth        preflight.Auth
	Mailbox     preflight.Mailbox
	Objects     int
	exports.Passed
	Error  string
	Expect []checktest.Expected
}

func corpus(t testing.TB) []sample {
	t.Helper()
	var all []sample
	if err := json.Unmarshal(sampleFile(t, "index.json"), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func sampleFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpusDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// read reads the files of a row.
func (s sample) read(t testing.TB) (all []exports.Export, passed exports.Passed, err error) {
	t.Helper()
	for _, name := range s.Files {
		found, more, err := exports.Read(name, sampleFile(t, name))
		if err != nil {
			return nil, passed, err
		}
		all, passed = append(all, found...), passed.Add(more)
	}
	return all, passed, nil
}

func (s sample) judged(t testing.TB) []exports.Judged {
	t.Helper()
	all, passed, err := s.read(t)
	if err != nil {
		return []exports.Judged{{Findings: exports.Unreadable(err)}}
	}
	return exports.Check(preflight.Scenario{At: corpusTime, Auth: s.Auth, Mailbox: s.Mailbox}, all, exports.Options{Passed: passed})
}

// Each row of the corpus has exactly the findings that its index names.
func TestCorpus(t *testing.T) {
	for _, s := range corpus(t) {
		t.Run(strings.TrimSuffix(s.Files[0], ".json"), func(t *testing.T) {
			all, passed, err := s.read(t)
			if len(all) != s.Objects || passed != s.Passed || (err != nil) != (s.Error != "") || err != nil && !strings.Contains(err.Error(), s.Error) {
				t.Fatalf("%d objects, passed over %+v, %v; want %d, %+v, %q", len(all), passed, err, s.Objects, s.Passed, s.Error)
			}
			var got []preflight.Finding
			for _, j := range s.judged(t) {
				for _, f := range j.Findings {
					checktest.Finding(t, f)
					if strings.Contains(f.Message+f.Fix, "hunter2") || strings.Contains(f.Message, "MII") {
						t.Errorf("a secret is shown: %s", f.Message)
					}
				}
				got = append(got, j.Findings...)
			}
			if s.Error == "" {
				checktest.Exactly(t, got, s.Expect)
			}
		})
	}
}

// What nobody can tell is said to be unchecked, and passes nowhere.
func TestUnchecked(t *testing.T) {
	for _, test := range []struct{ file, check, message string }{
		{"app-ios-broken.json", "intune.keys", "encodedSettingXml holds no property list"},
		{"app-payload-list.json", "intune.keys", "payloadJson holds no configuration"},
		{"custom-p12.json", "intune.keys", "payload holds no profile"},
		{"custom-no-payload.json", "intune.keys", "the export has no payload"},
		{"groups-cut.json", "intune.groups", "ConvertTo-Json -Depth 10"},
		{"host-placeholder.json", "profile.account", "hostName has placeholders"},
		{"retired-others.json", "profile.schema", "no table"},
		{"answers-cut.json", "intune.san", "not all that the tenant has"},
		{"answers-refused.json", "intune.san", "not all that the tenant has"},
		{"selected.json", "profile.account", "no hostName"},
		{"selected.json", "profile.auth", "no useOAuth"},
		{"selected.json", "profile.retirement", "no useOAuth"},
		{"selected.json", "intune.san", "no customSubjectAlternativeNames"},
		{"selected.json", "intune.certificate", "has no "},
	} {
		all, passed, err := exports.Read(test.file, sampleFile(t, test.file))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, j := range exports.Check(preflight.Scenario{At: corpusTime}, all, exports.Options{Passed: passed}) {
			for _, f := range j.Findings {
				found = found || f.Check == test.check && f.Unchecked && strings.Contains(f.Message, test.message)
				if f.Check == test.check && f.Status == preflight.StatusPass {
					t.Errorf("%s: %s passes: %s", test.file, f.Check, f.Message)
				}
			}
		}
		if !found {
			t.Errorf("%s: %s does not say that %s", test.file, test.check, test.message)
		}
	}
}

// What is passed over is in the report.
func TestPassed(t *testing.T) {
	for _, test := range []struct {
		passed exports.Passed
		want   []string
	}{
		{exports.Passed{}, nil},
		{exports.Passed{Others: 1}, []string{"1 object of other kinds"}},
		{exports.Passed{Others: 2, Untyped: 3}, []string{"2 objects of other kinds", "3 objects without @odata.type"}},
		{exports.Passed{Cut: 1, Refused: 2}, []string{"1 answer with a next page", "2 requests that Graph answered with an error"}},
	} {
		findings := test.passed.Findings()
		if len(findings) != len(test.want) {
			t.Fatalf("%+v: %+v", test.passed, findings)
		}
		for i, f := range findings {
			if checktest.Finding(t, f); f.Status != preflight.StatusSkip || !strings.Contains(f.Message, test.want[i]) {
				t.Errorf("%+v: %+v", test.passed, f)
			}
		}
	}
}

// Whatever stands in a name, the work is that of reading it once, and few findings come
// of it.
func TestManyVariables(t *testing.T) {
	scep := one(t, "san-phone.json")
	name := func(text string) any { return map[string]any{"sanType": "userPrincipalName", "name": text} }
	for _, test := range []struct {
		does  string
		names []any
	}{
		{"one variable often", []any{name(strings.Repeat("{{a}}", 200_000))}},
		{"braces", []any{name(strings.Repeat("{{", 200_000))}},
		{"many names", slices.Repeat([]any{name("{{a}}")}, 501)},
	} {
		scep.Object["customSubjectAlternativeNames"] = test.names
		j := exports.Check(preflight.Scenario{At: corpusTime}, []exports.Export{scep}, exports.Options{})[0]
		if len(j.Findings) > 20 {
			t.Errorf("%s: %d findings", test.does, len(j.Findings))
		}
		for _, f := range j.Findings {
			if checktest.Finding(t, f); len(f.Message) > 1000 {
				t.Errorf("%s: a message of %d bytes", test.does, len(f.Message))
			}
		}
	}
}

// The corpus is broad: all forms, and every check of Intune's own passes, warns or
// fails, and is skipped somewhere. It names each of its files.
func TestCorpusIsBroad(t *testing.T) {
	forms, files := map[string]int{}, map[string]bool{}
	var rows []checktest.Row
	seen := map[string]bool{}
	for _, s := range corpus(t) {
		forms[s.Form]++
		for _, name := range s.Files {
			files[name] = true
		}
		for _, j := range s.judged(t) {
			for _, f := range j.Findings {
				seen[fmt.Sprint(f.Check, " ", f.Status)] = true
				if strings.HasPrefix(f.Check, "intune.") {
					rows = append(rows, checktest.Row{Check: f.Check, Want: f.Status})
				}
			}
		}
	}
	checktest.Catalogue(t, exports.Catalogue(), rows)
	for _, want := range []string{
		"intune.groups skip", "intune.san skip", "intune.certificate skip", "intune.certificate fail", "intune.certificate warn", "intune.identity skip", "intune.groups fail", "intune.groups warn", "intune.san fail", "intune.san warn", "intune.identity fail", "intune.identity warn", "intune.keys fail", "intune.keys warn",
		"profile.retirement pass", "profile.retirement skip", "profile.auth pass", "profile.auth skip", "profile.account pass", "profile.schema pass", "profile.tokens pass",
	} {
		if !seen[want] {
			t.Errorf("no file shows %s", want)
		}
	}
	if len(files) < 35 || forms["graph"] == 0 || forms["intunemanagement"] == 0 || forms["intunecd"] == 0 {
		t.Errorf("%d files, forms %v", len(files), forms)
	}
	found, err := filepath.Glob(filepath.Join(corpusDir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		if name := filepath.Base(path); !files[name] && name != "index.json" {
			t.Errorf("%s is not in the index", path)
		}
	}
}
