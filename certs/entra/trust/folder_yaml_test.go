package trust

import (
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// yamlFolder is a folder with two CAs that have one name, one of another, and one
// that was refused.
func yamlFolder(t testing.TB) (files map[string]any, issuing *issued) {
	root := issue(t, "Root", nil, nil)
	issuing = issue(t, "Issuing", root, cdp(rootCRL))
	return map[string]any{
		"a.cer": issuing, "b.cer": issue(t, "Issuing", root, nil), "root.cer": root, "two.pem": pemOf(issuing, root),
		"expired.cer": issue(t, "Old", nil, func(c *x509.Certificate) { c.NotAfter = folderClock.AddDate(0, -1, 0) }),
	}, issuing
}

// A CA may be called by its file, its thumbprint, its key identifier or its name,
// and what crl.yaml says counts more than what certificates name.
func TestYAML(t *testing.T) {
	files, issuing := yamlFolder(t)
	ski := hex.EncodeToString(issuing.SubjectKeyID)
	spaced := strings.ToUpper(ski[:2]) + ":" + ski[2:]
	for _, r := range []struct {
		text string
		ca   int // of a.cer, b.cer, root.cer
		want string
	}{
		{"a.cer: " + issuingCRL, 0, `crl="` + issuingCRL + `" delta="" hint=false from="crl.yaml line 1"`},
		{"# a comment\n\nA.CER:\n  crl: " + issuingCRL + "\n  delta: " + issuingAdd + "\n  issuer-hint: true", 0, `crl="` + issuingCRL + `" delta="` + issuingAdd + `" hint=true from="crl.yaml line 3"`},
		{issuing.Thumbprint() + ": " + issuingCRL, 0, `crl="` + issuingCRL + `" delta="" hint=false from="crl.yaml line 1"`},
		{"\"" + strings.ToLower(issuing.Thumbprint()) + "\": " + issuingCRL, 0, `from="crl.yaml line 1"`},
		{Entry{Certificate: issuing.Raw}.Key() + ": " + issuingCRL, 0, `from="crl.yaml line 1"`},
		{"'" + spaced + "': " + issuingCRL, 0, `from="crl.yaml line 1"`},
		{"Root: " + issuingDir, 2, `crl="` + issuingDir + `" delta="" hint=false from="crl.yaml line 1"`},
		{"Root: none", 2, `crl="" delta="" hint=false from="crl.yaml line 1"`},
		{"Root:\n  crl: none", 2, `crl="" delta="" hint=false from="crl.yaml line 1"`},
		{"Root:\n  issuer-hint: true", 2, `crl="` + rootCRL + `" delta="" hint=true from="a.cer"`},
		{"b.cer: " + issuingCRL, 2, `crl="` + rootCRL + `" delta="" hint=false from="a.cer"`},
		{"\ufeffRoot: none\r\nb.cer: none\r\n", 1, `from="crl.yaml line 2"`},
	} {
		files["crl.yaml"] = r.text
		f := read(t, folderOf(files), FolderOptions{})
		if len(f.Wanted) != 3 || !strings.HasSuffix(line(f.Wanted[r.ca]), r.want) {
			t.Errorf("%s\ngives %s\nwant %s", r.text, lines(f), r.want)
		}
	}
}

// What crl.yaml does not speak of is left open for the plan.
func TestDesired(t *testing.T) {
	root, other := issue(t, "Root", nil, nil), issue(t, "Other", nil, nil)
	for _, r := range []struct {
		text      string
		crl, hint bool // left open
	}{
		{"Other: none", true, true},
		{"Root: none", false, true},
		{"Root: " + rootCRL, false, true},
		{"Root:\n  issuer-hint: false", true, false},
		{"Root:\n  crl: none\n  issuer-hint: true", false, false},
	} {
		f := read(t, folderOf(map[string]any{"crl.yaml": r.text, "root.cer": root, "other.cer": other}), FolderOptions{})
		if d := f.Desired(); len(d) != 2 || d[1].Name() != "Root" || d[1].OpenCRL != r.crl || d[1].OpenHint != r.hint {
			t.Errorf("%s: %+v", r.text, d)
		}
	}
}

// An error names the line and the key, and says what to do.
func TestYAMLErrors(t *testing.T) {
	files, _ := yamlFolder(t)
	delete(files, "two.pem")
	delete(files, "expired.cer")
	files["pair.pem"] = pemOf(issue(t, "One", nil, nil), issue(t, "Two", nil, nil))
	for _, r := range []struct{ text, says string }{
		{"", "it must be lines of the form"},
		{"- a", "it must be lines of the form"},
		{"a.cer: none\n---\nb.cer: none", "it must be lines of the form"},
		{"a.cer: [", "it is not YAML"},
		{"a.cer: \xff", "it is not UTF-8"},
		{"Root: none\nc.cer: " + issuingCRL, "line 2, c.cer: no CA of the folder is called so: write a file's name"},
		{"Issuing: none", `line 1, Issuing: two CAs are called so, "Issuing" in a.cer and "Issuing" in b.cer: write their thumbprints`},
		{"pair.pem: none", `two CAs are called so, "One" in pair.pem and "Two" in pair.pem`},
		{"Root: none\nroot.cer: none", "line 2, root.cer: line 1 is about the same CA: keep one"},
		{"Root: none\nRoot: none", "line 2, Root: this key is there already, in line 1"},
		{"Root:\n  crl: none\n  crl: none", "line 3, crl: this key is there already, in line 2"},
		{"Root: pki/root.crl", "line 1, Root: pki/root.crl is no address of a CRL: write one, such as http://"},
		{`Root: '\\pki\crl\root.crl'`, "is no address of a CRL"},
		{"Root: ftp://crl.contoso.com/root.crl", "is no address of a CRL"},
		{"Root: None", "or none"},
		{"Root:", "line 1, Root: there is no address"},
		{"Root: 5", "line 1, Root: there is no address"},
		{"Root: [" + rootCRL + "]", "there is no address"},
		{"Root:\n  cdp: " + rootCRL, `line 2, Root.cdp: this key is unknown, did you mean "crl"?`},
		{"Root:\n  issuerHint: true", `did you mean "issuer-hint"?`},
		{"Root:\n  delta-crl: " + rootCRL, `did you mean "delta"?`},
		{"Root:\n  colour: red", "line 2, Root.colour: this key is unknown; there are crl, delta and issuer-hint"},
		{"Root:\n  issuer-hint: yes please", "line 2, Root.issuer-hint: it is not true or false"},
		{"Root:\n  delta: " + rootCRL, "line 1, Root: there is a delta and no crl"},
		{"Root:\n  crl: none\n  delta: " + rootCRL, "there is a delta and no crl"},
		{"a: &x none", "there is no address"},
		{"? [a]\n: none", "line 2: it is not YAML"},
		{strings.Repeat("a", maxYAML+1), "more than the 131072"},
		{strings.Repeat("a: none\n", maxYAMLTokens/3+1), "more than the 6000 words"},
	} {
		files["crl.yaml"] = r.text
		_, err := ReadFolder(folderOf(files), FolderOptions{At: folderClock})
		if err == nil || !strings.HasPrefix(err.Error(), "reading the folder of CAs: crl.yaml: ") || !strings.Contains(err.Error(), r.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60q: %v\nwant %q", r.text, err, r.says)
		}
	}
}

// Refusals come before what crl.yaml says: what it has of a CA that was refused is no
// error, and another error of it, which may be for a CA that is missing, hides none.
func TestYAMLBesideRefusals(t *testing.T) {
	files, _ := yamlFolder(t)
	for _, r := range []struct {
		text, says string
		wanted     int
	}{
		{"expired.cer: " + issuingCRL, "", 3},
		{"EXPIRED.CER: none\nRoot: none", "", 3},
		{"Old:\n  crl: " + issuingCRL, "", 3},
		{"Gone: none", "line 1, Gone: no CA of the folder is called so", 0},
		{"a.cer: [", "it is not YAML", 0},
	} {
		files["crl.yaml"] = r.text
		f := read(t, folderOf(files), FolderOptions{})
		if len(f.Wanted) != r.wanted || !strings.Contains(f.Refused[0].Why, `"Old": it expired on`) {
			t.Errorf("%s\nwanted %s\nrefused %+v", r.text, lines(f), f.Refused)
		}
		if last := f.Refused[len(f.Refused)-1]; (len(f.Refused) == 2) != (r.says != "") || r.says != "" && (last.File != "crl.yaml" || !strings.Contains(last.Why, r.says)) {
			t.Errorf("%s\nrefused %+v, want %q", r.text, f.Refused, r.says)
		}
	}
}

// As many CAs as a tenant takes are no work.
func TestLargeYAML(t *testing.T) {
	var b strings.Builder
	for i := range 250 {
		fmt.Fprintf(&b, "\"Issuing CA %d\":\n  crl: http://crl.contoso.com/%d.crl\n  delta: http://crl.contoso.com/%d+.crl\n  issuer-hint: false\n", i, i, i)
	}
	started := time.Now()
	settings, err := parseSettings([]byte(b.String()))
	if err != nil || len(settings) != 250 {
		t.Fatalf("%d settings, %v", len(settings), err)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func FuzzSettings(f *testing.F) {
	f.Add([]byte("issuing.pem:\n  crl: http://crl.contoso.com/issuing.crl\n  issuer-hint: true\nRoot: none\n"))
	f.Add([]byte("? [a]\n: {b: &c d}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		settings, err := parseSettings(data)
		if err != nil && strings.ContainsAny(err.Error(), "\n\r\x1b") {
			t.Errorf("the error is not one printable line: %q", err)
		}
		for _, s := range settings {
			if s.line < 1 || s.key == "" || s.delta != "" && s.crl == "" {
				t.Errorf("%+v", s)
			}
		}
	})
}

func ExampleReadFolder() {
	f, err := ReadFolder(os.DirFS("testdata/folder"), FolderOptions{At: folderClock})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range f.Wanted {
		fmt.Printf("%s: %s, CRL %s (%s)\n", w.File, w.Certificate, w.Entry.CRL, w.CRLFrom)
	}
	for _, r := range f.Refused {
		fmt.Printf("%s: %s\n", r.File, r.Why)
	}
	// Output:
	// issuing.pem: Contoso Test Issuing CA, CRL http://crl.contoso.com/issuing.crl (crl.yaml line 1)
	// root.pem: Contoso Test Root, CRL http://crl.contoso.com/root.crl (issuing.pem)
	// user.pem: "Alice Example": it is a user's certificate
}
