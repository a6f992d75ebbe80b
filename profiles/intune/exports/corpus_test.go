package exports_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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
	Files           []string
	Form, About     string
	Auth            preflight.Auth
	Mailbox         preflight.Mailbox
	Objects, Others int
	Error           string
	Expect          []checktest.Expected
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
func (s sample) read(t testing.TB) (all []exports.Export, others int, err error) {
	t.Helper()
	for _, name := range s.Files {
		found, passedOver, err := exports.Read(name, sampleFile(t, name))
		if err != nil {
			return nil, 0, err
		}
		all, others = append(all, found...), others+passedOver
	}
	return all, others, nil
}

func (s sample) judged(t testing.TB) []exports.Judged {
	t.Helper()
	all, _, err := s.read(t)
	if err != nil {
		return []exports.Judged{{Findings: exports.Unreadable(err)}}
	}
	return exports.Check(preflight.Scenario{At: corpusTime, Auth: s.Auth, Mailbox: s.Mailbox}, all, exports.Options{})
}

// Each row of the corpus has exactly the findings that its index names.
func TestCorpus(t *testing.T) {
	for _, s := range corpus(t) {
		t.Run(strings.TrimSuffix(s.Files[0], ".json"), func(t *testing.T) {
			all, others, err := s.read(t)
			if len(all) != s.Objects || others != s.Others || (err != nil) != (s.Error != "") || err != nil && !strings.Contains(err.Error(), s.Error) {
				t.Fatalf("%d objects and %d others, %v; want %d, %d, %q", len(all), others, err, s.Objects, s.Others, s.Error)
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
		"intune.groups skip", "intune.san skip", "intune.identity skip", "intune.groups fail", "intune.groups warn", "intune.san fail", "intune.san warn", "intune.identity fail", "intune.identity warn", "intune.keys fail", "intune.keys warn",
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
