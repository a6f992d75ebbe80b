package ios_test

import (
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

const corpusDir = "../testdata/profiles"

// sample is a row of the corpus's index: a profile, what it is judged for, and all
// findings on it that are worse than a skip.
type sample struct {
	File, Shape, About string
	IOS                int
	For                profiles.Delivery
	Auth               preflight.Auth // what is asked for
	Mailbox            preflight.Mailbox
	Password           certs.Password
	Roots, CAs         string // files, named from the corpus
	Expect             []checktest.Expected
	Prompts            []string
}

func corpus(t testing.TB) []sample {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpusDir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// subject opens a sample as it is to be judged.
func (s sample) subject(t testing.TB) *ios.Subject {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpusDir, s.File))
	if err != nil {
		t.Fatal(err)
	}
	sub := ios.NewSubject(data, s.For)
	sub.Auth, sub.Password, sub.Roots, sub.RootsAre = s.Auth, s.Password, x509.NewCertPool(), "no roots"
	if s.Roots != "" {
		pem, err := os.ReadFile(filepath.Join(corpusDir, s.Roots))
		if err != nil || !sub.Roots.AppendCertsFromPEM(pem) {
			t.Fatalf("no root in %s: %v", s.Roots, err)
		}
		sub.RootsAre = s.Roots
	}
	if s.CAs != "" {
		b, err := certs.ReadFile(filepath.Join(corpusDir, s.CAs), certs.Unlock{})
		if err != nil {
			t.Fatal(err)
		}
		sub.CAs = b.Certificates
	}
	return sub
}

func (s sample) scenario() preflight.Scenario {
	return preflight.Scenario{At: at, IOS: s.IOS, Mailbox: s.Mailbox}
}

// Each profile of the corpus has exactly the findings that its index names.
func TestCorpus(t *testing.T) {
	for _, s := range corpus(t) {
		t.Run(strings.TrimSuffix(s.File, ".mobileconfig"), func(t *testing.T) {
			checktest.Exactly(t, ios.Check(s.scenario(), s.subject(t)), s.Expect)
		})
	}
}

// The questions of an installation by hand, of the samples that name them.
func TestCorpusPrompts(t *testing.T) {
	named := 0
	for _, s := range corpus(t) {
		if s.Prompts == nil {
			continue
		}
		named++
		var got []string
		for _, p := range ios.Prompts(s.subject(t).File) {
			got = append(got, string(p.Kind))
		}
		if !slices.Equal(got, s.Prompts) {
			t.Errorf("%s: the phone asks for %q, want %q", s.File, got, s.Prompts)
		}
	}
	if named < 5 {
		t.Errorf("%d samples name the questions", named)
	}
}

// words are those that a finding worse than a skip may have. Each stands in the
// corpus, but for "size" of profile.intune: see TestCorpusTooLarge.
var words = map[string]string{
	"profile.format":     "not-a-profile not-well-formed",
	"profile.signature":  "unsigned broken weak-digest",
	"profile.signer":     "untrusted expired expires-soon",
	"profile.structure":  "odd duplicate-key encrypted no-payloads payload-not-dictionary duplicate-uuid duplicate-identifier uuid-of-profile certificate removal-date expired",
	"profile.schema":     "wrong-type missing-key bad-value unknown-key misspelt-key deprecated too-new removed not-ios supervised unknown-payload payload-too-new excluded no-services acme-key",
	"profile.identity":   "none dangling mistyped case not-pkcs12 password-wrong password-empty no-mac mac pbmac1 cipher prf prf-null plain-key key-kind identities pairing ca-name chain no-san iterations",
	"profile.account":    "none no-ssl no-host host invented-email no-email no-user second-account",
	"profile.auth":       "other-auth oauth-key-absent oauth-too-old url-without-oauth sign-in-url-without-host",
	"profile.secrets":    "p12-password account-password challenge removal-password open-key key",
	"profile.tokens":     "literal misspelt-token unknown-token",
	"profile.intune":     "signed binary not-well-formed bom",
	"profile.match":      "other-names",
	"profile.retirement": "",
}

// The corpus is broad: many files of many shapes, sound ones of many generators, and
// each word that a check has.
func TestCorpusIsBroad(t *testing.T) {
	shapes, sound, seen, files := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range corpus(t) {
		files[s.File], shapes[s.Shape] = true, true
		fails := false
		for _, e := range s.Expect {
			fails = fails || e.Status == preflight.StatusFail
			seen[e.Check+" "+e.Value] = true
			if known := strings.Fields(words[e.Check]); e.Value != "" && !slices.Contains(known, e.Value) {
				t.Errorf("%s: the word %q of %s is not in the test's list", s.File, e.Value, e.Check)
			}
		}
		if !fails {
			sound[s.Shape] = true
		}
	}
	if len(files) < 60 || len(shapes) < 15 || len(sound) < 10 {
		t.Errorf("%d files of %d shapes, %d shapes with a file that does not fail; want 60, 15 and 10", len(files), len(shapes), len(sound))
	}
	for check, list := range words {
		for _, word := range strings.Fields(list) {
			if !seen[check+" "+word] {
				t.Errorf("no profile has %s %s", check, word)
			}
		}
		if list == "" && !seen[check+" "] {
			t.Errorf("no profile has %s", check)
		}
	}
	found, err := filepath.Glob(filepath.Join(corpusDir, "*.mobileconfig"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		if !files[filepath.Base(path)] {
			t.Errorf("%s is not in the index", path)
		}
	}
	t.Logf("%d files of %d shapes", len(files), len(shapes))
}

// Intune takes at most 1,000,000 bytes.
func TestCorpusTooLarge(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(corpusDir, "intune-tokens.mobileconfig"))
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]string{1_000_000: "", 1_000_001: "size"} {
		comment := "<!--" + strings.Repeat("x", size-len(data)-len("<!---->")) + "-->"
		large := strings.Replace(string(data), "</plist>", comment+"</plist>", 1)
		if len(large) != size {
			t.Fatalf("%d bytes", len(large))
		}
		var got []string
		for _, f := range ios.Check(preflight.Scenario{At: at}, ios.NewSubject([]byte(large), profiles.ForIntune)) {
			if f.Status.Worse(preflight.StatusSkip) {
				got = append(got, f.Value)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%d bytes: %q, want %q", size, got, want)
		}
	}
}

// Over the corpus each check of profiles passes somewhere, and elsewhere does not.
func TestCorpusCoversCatalogue(t *testing.T) {
	rows := []checktest.Row{{Check: "profile.update", Want: preflight.StatusPass}, {Check: "profile.update", Want: preflight.StatusFail}} // TestCheckUpdate
	for _, s := range corpus(t) {
		for _, f := range ios.Check(s.scenario(), s.subject(t)) {
			checktest.Finding(t, f)
			if f.Check != "profile.retirement" { // certificates have it as well: it is listed by itself
				rows = append(rows, checktest.Row{Check: f.Check, Want: f.Status})
			}
		}
	}
	checktest.Catalogue(t, profiles.Catalogue(), rows)
}
