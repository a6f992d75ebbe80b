package preflight

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// sarifSchemaFile names the schema of SARIF 2.1.0, as the npm package
// @microsoft/sarif-multitool-linux ships it, and sarifMultitool its validator.
const (
	sarifSchemaFile = "EASKIT_SARIF_SCHEMA"
	sarifMultitool  = "EASKIT_SARIF_MULTITOOL"
)

var compileSARIF = sync.OnceValues(func() (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	return c.Compile(os.Getenv(sarifSchemaFile))
})

// judgeSARIF validates a log against the schema, where the environment names it,
// and always for what code scanning needs beside it.
func judgeSARIF(t testing.TB, data []byte) {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatalf("not JSON: %v", err)
	}
	for _, result := range log.Runs[0].Results {
		uri := result.Locations[0].Physical.Artifact.URI
		if u, err := url.Parse(uri); err != nil || uri == "" || strings.ContainsAny(uri, "\\ <>\"") || u.Fragment != "" {
			t.Errorf("the location %.80q is no URI: %v", uri, err)
		}
		if result.RuleIndex != nil && log.Runs[0].Tool.Driver.Rules[*result.RuleIndex].ID != result.RuleID {
			t.Errorf("%s points to the rule at %d", result.RuleID, *result.RuleIndex)
		}
	}
	if os.Getenv(sarifSchemaFile) == "" {
		return
	}
	schema, err := compileSARIF()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Errorf("against the schema: %v", err)
	}
}

func TestSARIFSchema(t *testing.T) {
	if os.Getenv(sarifSchemaFile) == "" {
		t.Skip(sarifSchemaFile + " is not set to the schema of SARIF 2.1.0")
	}
	for _, r := range []*Report{sampleReport(), hostileReport(), newReport(Scenario{}), largeReport(100, 2)} {
		judgeSARIF(t, render(t, "sarif", r))
	}
	schema, err := compileSARIF()
	if err != nil {
		t.Fatal(err)
	}
	if schema.Validate(map[string]any{"version": "2.1.0"}) == nil {
		t.Error("the schema takes a log without runs")
	}
}

// Microsoft's validator finds no error, beyond what its schema says.
func TestSARIFMultitool(t *testing.T) {
	tool := os.Getenv(sarifMultitool)
	if tool == "" {
		t.Skip(sarifMultitool + " is not set to the validator")
	}
	dir := t.TempDir()
	for name, r := range map[string]*Report{"sample": sampleReport(), "hostile": hostileReport(), "empty": newReport(Scenario{})} {
		file := filepath.Join(dir, name+".sarif")
		if err := os.WriteFile(file, render(t, "sarif", r), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(tool, "validate", file)
		cmd.Env = append(os.Environ(), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1")
		out, err := cmd.CombinedOutput()
		if err != nil || bytes.Contains(out, []byte(": error ")) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestWriteSARIF(t *testing.T) {
	var log sarifLog
	if err := json.Unmarshal(render(t, "sarif", sampleReport()), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if len(run.Results) != 5 || run.Properties.Summary.Skip != 3 || run.Properties.Subjects != 4 {
		t.Fatalf("%d results, %+v", len(run.Results), run.Properties)
	}
	first := run.Results[0]
	if first.Level != "error" || first.RuleID != "cert.san.routable" || *first.RuleIndex != 0 || first.Locations[0].Physical.Artifact.URI != "users/alice%20&%20bob.p12" {
		t.Errorf("the first result is %+v", first)
	}
	if region := first.Locations[0].Physical.Region; region == nil || region.StartLine != 12 || region.StartColumn != 7 {
		t.Errorf("its region is %+v", region)
	}
	if run.Results[1].Fingerprints["primaryLocationLineHash"] == first.Fingerprints["primaryLocationLineHash"] {
		t.Error("two findings have one fingerprint")
	}
	if s := run.Results[3].Suppressions; len(s) != 1 || s[0].Justification != "mapped by hand, until 2027" || run.Results[3].Level != "warning" {
		t.Errorf("the ignored one is %+v", run.Results[3])
	}
	if rules := run.Tool.Driver.Rules; len(rules) != 3 || rules[0].HelpURI == "" || rules[1].HelpURI != "" {
		t.Errorf("the rules are %+v", rules)
	}
}

func TestNameURI(t *testing.T) {
	for name, want := range map[string]string{
		"alice.p12":                         "alice.p12",
		"a folder/alice #1 50%?.p12":        "a%20folder/alice%20%231%2050%25%3F.p12",
		`users\alice.p12`:                   "users/alice.p12",
		"/srv/certs/ü.p12":                  "file:///srv/certs/%C3%BC.p12",
		`C:\Users\alice b.p12`:              "file:///C:/Users/alice%20b.p12",
		`\\server\share\alice.p12`:          "file://server/share/alice.p12",
		"http://crl.contoso.com/a b.crl":    "crl.contoso.com/a%20b.crl",
		"https://crl.contoso.com/a.crl?x=1": "crl.contoso.com/a.crl",
		"http://127.0.0.1:8000/a.crl":       "./127.0.0.1:8000/a.crl",
		"alice:contoso":                     "./alice:contoso",
		"-":                                 "-",
		"":                                  "unnamed",
		"//two":                             "file:///two",
		"../up.p12":                         "../up.p12",
		"c:alice":                           "./c:alice",
	} {
		if got := nameURI(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for version, want := range map[string]string{"v1.2.3": "1.2.3", "1.2": "1.2", "(devel)": "", "": "", "v": ""} {
		if got := number(version); got != want {
			t.Errorf("%q is %q, want %q", version, got, want)
		}
	}
}
