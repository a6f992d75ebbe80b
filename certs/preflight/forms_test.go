package preflight

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/report/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "report", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), string(got)); diff != "" {
		t.Errorf("%s (-want +got; -update writes it):\n%s", name, diff)
	}
}

// testCatalogue is what the checks of sampleReport would be listed as.
var testCatalogue = []Info{
	{
		ID: "cert.san.routable", Title: "A name is routable", Reason: "mail to it finds no server", Fix: "issue the certificate with the user's mail address",
		Source: "https://example.com/names?a=1&b=2", Basis: Documented, Codes: []string{"AADSTS50034", "http-403.16"},
	},
	{ID: "cert.sid", Title: "It carries a SID", Reason: "Active Directory can't map it", Fix: "issue it again with the security extension", Source: "MS-WCCE 2.2.2.7.7.4", Basis: Inferred},
	{ID: "cert.eku", Title: "It may sign in", Basis: Documented, Source: "RFC 5280, 4.2.1.12"},
}

// sampleReport has each status, each kind of source, and what is seldom set.
func sampleReport() *Report {
	r := newReport(Scenario{})
	fail := Finding{
		Check: "cert.san.routable", Status: StatusFail, Message: "alice@contoso.local: .local is not routable", Fix: testCatalogue[0].Fix,
		Basis: Documented, Source: testCatalogue[0].Source, Codes: testCatalogue[0].Codes, Value: "not-routable", Line: 12, Column: 7,
	}
	warn := Finding{Check: "cert.sid", Status: StatusWarn, Message: "there is no SID", Fix: testCatalogue[1].Fix, Basis: Inferred, Source: testCatalogue[1].Source}
	skip := Finding{Check: "cert.chain", Status: StatusSkip, Message: "no CA was given", Basis: Documented, Source: "RFC 5280, 6.1"}
	pass := Finding{Check: "cert.eku", Status: StatusPass, Message: "client authentication", Basis: Documented, Source: testCatalogue[2].Source}
	again := fail
	again.Message, again.Line, again.Column = "al@contoso.local: .local is not routable", 0, 0
	r.Add("certificate", `users\alice & bob.p12`, []Finding{pass, fail, again, warn, skip}, nil)
	r.Add("certificate", "carol.p12", []Finding{pass, warn, skip}, map[string]string{"cert.sid": "mapped by hand, until 2027"})
	r.AddFor(Scenario{Auth: Direct, Mailbox: ExchangeServer}, "profile", "dora.mobileconfig", []Finding{pass, warn}, nil)
	r.Add("certificate", "emil.p12", []Finding{pass, skip}, nil)
	return r
}

// sharedReport is on seven certificates that share a warning, one of which has a
// failure of its own, and one that is fine. Some share what is ignored.
func sharedReport() *Report {
	r := newReport(Scenario{})
	for i := range 7 {
		f := finding("cert.sid", StatusWarn)
		f.Message, f.Codes = fmt.Sprintf("user%d has no SID", i), []string{"KDC 39"}
		findings := []Finding{finding("cert.eku", StatusPass), f, f, finding("cert.key", StatusFail)}
		if i == 4 {
			findings = append(findings, finding("cert.validity", StatusFail))
		}
		r.Add("certificate", fmt.Sprintf("user%d.p12", i), findings, map[string]string{"cert.key": "replaced in May"})
	}
	r.Add("profile", "fine.mobileconfig", []Finding{finding("profile.schema", StatusPass)}, nil)
	return r
}

// What more than a few share is told once; what is a subject's own stays with it.
func TestWriteTextGroups(t *testing.T) {
	golden(t, "shared.txt", render(t, "text", sharedReport()))
	r := sharedReport()
	r.Subjects[2].Kind = "profile"
	if out := string(render(t, "text", r)); !strings.Contains(out, "warn   cert.sid  7 subjects\n") {
		t.Errorf("of several kinds:\n%s", out)
	}
}

func render(t testing.TB, form string, r *Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := forms[form](r, &b); err != nil {
		t.Fatalf("%s: %v", form, err)
	}
	return b.Bytes()
}

func TestForms(t *testing.T) {
	for form, file := range map[string]string{
		"text": "sample.txt", "verbose": "sample.verbose.txt", "json": "sample.json", "junit": "sample.xml", "sarif": "sample.sarif",
	} {
		golden(t, file, render(t, form, sampleReport()))
	}
}

// hostile is text as nobody writes it by accident.
var hostile = strings.Join([]string{
	"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "</style></title></textarea>", "]]>", "<!--", "-->", "{{.}}", "&amp;&#0;",
	"\x00\x01\x08\x1b[2J\x7f", "\u202eevil\u202c", "a\nb\r\nc\td", "\ufffe\uffff", "\xff\xfe\xed\xa0\x80", "javascript:alert(1)", "[a](https://evil.example)", "{0}", "%00%2e\\..\\", "'",
	strings.Repeat("long", 5000),
}, " ")

// hostileReport has it wherever text from outside may stand.
func hostileReport() *Report {
	r := newReport(Scenario{})
	r.Auth, r.Issuer, r.Mailbox, r.Cloud = Auth(hostile), Issuer(hostile), Mailbox(hostile), Cloud(hostile)
	for _, status := range Statuses {
		f := Finding{
			Check: hostile, Status: status, Message: hostile, Fix: hostile, Basis: Basis(hostile), Source: "https://example.com/" + hostile,
			Codes: []string{hostile, hostile}, Value: hostile, Line: 1, Column: 1,
		}
		script := f
		script.Source = "javascript:alert(1)"
		r.AddFor(Scenario{Auth: Auth(hostile), Mailbox: Mailbox(hostile)}, hostile, hostile, []Finding{f, script}, nil)
		r.Add(hostile, hostile, []Finding{f}, map[string]string{hostile: hostile})
	}
	r.Add("", "", nil, nil)
	r.Add("", "", []Finding{{Status: StatusFail}}, nil)
	return r
}

// What a terminal, a browser or a parser would obey gets into no form.
func TestHostileText(t *testing.T) {
	for form := range forms {
		out := string(render(t, form, hostileReport()))
		allowed := "\n"
		if i := strings.IndexFunc(out, func(r rune) bool { return r < ' ' && !strings.ContainsRune(allowed, r) || r == 0x7f }); i >= 0 && form != "json" {
			t.Errorf("%s has the control character %q", form, out[i])
		}
		if strings.Contains(out, "\u202e") && form != "json" {
			t.Errorf("%s turns the reading direction", form)
		}
	}
}

// A form with nothing in it is one all the same.
func TestEmptyReport(t *testing.T) {
	for form := range forms {
		out := render(t, form, newReport(Scenario{}))
		if len(out) == 0 {
			t.Errorf("%s is empty", form)
		}
		judgeForm(t, form, out)
	}
}

// judgeForm has another implementation judge what was written.
func judgeForm(t testing.TB, form string, out []byte) {
	t.Helper()
	switch form {
	case "html":
		judgeHTML(t, out)
	case "junit":
		parseJUnit(t, out)
	case "sarif":
		judgeSARIF(t, out)
	}
}

func TestFormsAreWellFormed(t *testing.T) {
	for name, r := range map[string]*Report{"sample": sampleReport(), "hostile": hostileReport()} {
		for form := range forms {
			t.Run(name+" "+form, func(t *testing.T) { judgeForm(t, form, render(t, form, r)) })
		}
	}
}

func TestFormsTellOfAFullDisk(t *testing.T) {
	for form, write := range forms {
		if err := write(sampleReport(), fullDisk{}); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", form, err)
		}
	}
	for form, write := range forms {
		if err := write(largeReport(500, 1), io.Discard); err != nil {
			t.Errorf("%s: %v", form, err)
		}
	}
}

func TestAddFor(t *testing.T) {
	s := Scenario{At: testTime}.WithDefaults()
	own := s
	own.Auth, own.Mailbox = Direct, ExchangeServer
	half := s
	half.Mailbox = MailboxUnknown
	r := NewReport(s)
	r.AddFor(s, "certificate", "same", nil, nil)
	r.AddFor(own, "certificate", "own", []Finding{finding("a", StatusWarn)}, map[string]string{"a": "known"})
	r.AddFor(half, "certificate", "half", nil, nil)
	for i, want := range []Subject{
		{Kind: "certificate", Name: "same", Verdict: StatusPass, Findings: []Finding{}},
		{Kind: "certificate", Name: "own", Verdict: StatusPass, Auth: Direct, Mailbox: ExchangeServer, Findings: r.Subjects[1].Findings},
		{Kind: "certificate", Name: "half", Verdict: StatusPass, Mailbox: MailboxUnknown, Findings: []Finding{}},
	} {
		if diff := cmp.Diff(want, r.Subjects[i]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, diff)
		}
	}
	if r.Summary.Ignored != 1 {
		t.Errorf("summary %s", r.Summary)
	}
}
