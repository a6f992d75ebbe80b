package rollout

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/easkit/easkit/certs/preflight"
)

// sample is a rollout in which everything happens that can, after a run that failed.
func sample(t *testing.T) *Account {
	t.Helper()
	v := newTarget(t)
	v.run(Shard{}, madeRun(0, IOS, Android), false, 0, bareEntry(2, Failed, IOS, RowFinding(RowUser, 2, errors.New("of the run before"))))
	warned := made(3, Done, IOS, "x")
	warned.Findings = []preflight.Finding{{Check: "cert.validity", Status: preflight.StatusWarn, Message: "it ends on 2026-12-01", Fix: "renew it", Basis: preflight.Documented, Source: "x"}}
	warned.Identity.NotAfter = madeAt.AddDate(0, 0, 10)
	evil := bareEntry(5, Failed, IOS, RowFinding(RowIdentity, 5, errors.New("<script>alert(1)</script> is bob's\x1b[31m, not user5@contoso.com's")),
		preflight.Finding{Check: "cert.san.agree", Status: preflight.StatusFail, Message: "more", Basis: preflight.Documented, Source: "x"})
	evil.User = `=cmd|' /C calc'!A0`
	ignored := made(6, Kept, IOS, "x")
	ignored.Findings = []preflight.Finding{{Check: "cert.eku", Status: preflight.StatusWarn, Message: "none", Ignored: "user6 is known", Basis: preflight.Documented, Source: "x"}}
	r := madeRun(1, IOS, Android)
	r.Wave = "pilot"
	entries := []Entry{
		evil, made(2, Done, IOS, "x"), warned, bareEntry(4, Skipped, IOS), ignored,
		made(2, Done, Android, "x"), made(3, Kept, Android, "x"), bareEntry(4, Skipped, Android), bareEntry(5, Failed, Android), bareEntry(6, Left, Android),
	}
	v.sealed(Shard{}, r, nil, 6, entries...)
	a, err := OpenAccount(t.Context(), v, Shard{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteText(t *testing.T) {
	a := sample(t)
	want := `6 rows: 2 profiles of 1 user failed, 3 left
Begun 2026-11-21 13:00 UTC, took 1m0s, table users.csv, template exchange-online, wave pilot, easkit v1.0.0, not signed

           ios  android
     done    2        1
     kept    1        1
   failed    1        1
  skipped    1        1
     left    1        2
     rows    6        6

By check
  cert.san.agree: 1 failed: =cmd|' /C calc'!A0
    more
  row.identity: 1 failed: =cmd|' /C calc'!A0
    <script>alert(1)</script> is bob's` + "\ufffd" + `[31m, not user5@contoso.com's
    fix: put the user's own .p12 into the folder under their UPN, or name its path in the column identity
  cert.validity: 1 warning: user3@contoso.com
    it ends on 2026-12-01
    fix: renew it

Certificates that end within 60 days: 1; easkit rollout expiring lists them

Manifest rollout.jsonl, SHA-256 ` + a.Summary.Manifest.SHA256 + "\n"
	if got := written(t, a.WriteText); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestHeadline(t *testing.T) {
	for _, test := range []struct {
		counts Counts
		killed bool
		want   string
	}{
		{Counts{Done: 1999, Kept: 1}, false, "2,000 rows: all done"},
		{Counts{Done: 1}, false, "1 row: all done"},
		{Counts{Done: 7, Failed: 1}, false, "8 rows: 1 profile failed"},
		{Counts{Done: 7, Left: 3}, false, "10 rows: 3 profiles left: run it again"},
		{Counts{Done: 7, Failed: 2, Left: 3}, false, "12 rows: 2 profiles failed, 3 left"},
		{Counts{Done: 7, Skipped: 3}, false, "10 rows: 7 profiles done, the others were not asked for"},
		{Counts{Done: 7}, true, "The run did not end: run it again, and it goes on where it was; 7 profiles of 7 rows were noted"},
		{Counts{}, true, "The run did not end: run it again, and it goes on where it was; nothing was noted of it"},
	} {
		s := &Summary{Rows: test.counts.Rows(), Counts: map[Platform]Counts{IOS: test.counts}}
		if !test.killed {
			s.Ended = madeAt
		}
		if got := s.headline(); got != test.want {
			t.Errorf("%v: %q, want %q", test.counts, got, test.want)
		}
	}
}

func TestWriteCSV(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(written(t, sample(t).WriteCSV))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 11 {
		t.Fatalf("%d rows: each entry of the last run has one", len(rows))
	}
	evil, done, warned := rows[7], rows[1], rows[3]
	if evil[0] != `'=cmd|' /C calc'!A0` || evil[3] != "failed" || evil[4] != RowIdentity || strings.Contains(evil[5], "\x1b") {
		t.Errorf("the first is %q", evil)
	}
	if done[0] != "user2@contoso.com" || done[1] != "2" || done[2] != "ios" || done[3] != "done" || done[4] != "" || done[6] != "ios/user2@contoso.com.mobileconfig" || len(done[7]) != 64 || done[8] != "2027-11-21T12:00:00Z" {
		t.Errorf("the second is %q", done)
	}
	if warned[4] != "cert.validity" || warned[5] != "it ends on 2026-12-01" {
		t.Errorf("the third is %q", warned)
	}
}

// junitForm is what readers of the form take from it.
type junitForm struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Skipped  int `xml:"skipped,attr"`
	Suite    struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Cases    []struct {
			Class   string `xml:"classname,attr"`
			Name    string `xml:"name,attr"`
			Output  string `xml:"system-out"`
			Failure *struct {
				Message string `xml:"message,attr"`
				Type    string `xml:"type,attr"`
			} `xml:"failure"`
			Skipped *struct {
				Message string `xml:"message,attr"`
			} `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func TestWriteJUnit(t *testing.T) {
	for _, test := range []struct {
		failFrom preflight.Status
		failures int
	}{{preflight.StatusFail, 2}, {preflight.StatusWarn, 3}} {
		a := sample(t)
		text := written(t, func(w io.Writer) error { return a.WriteJUnit(w, test.failFrom) })
		var form junitForm
		if err := xml.Unmarshal([]byte(text), &form); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		failures, skipped, names := 0, 0, map[string]bool{}
		for _, c := range form.Suite.Cases {
			if c.Failure != nil {
				failures++
			}
			if c.Skipped != nil {
				skipped++
			}
			if names[c.Class+c.Name] {
				t.Errorf("two cases are named %q", c.Name)
			}
			names[c.Class+c.Name] = true
		}
		if form.Tests != 10 || len(form.Suite.Cases) != 10 || failures != test.failures || form.Failures != failures || form.Suite.Failures != failures || form.Skipped != skipped || skipped != 3 {
			t.Errorf("from %s: %d tests, %d failures, %d skipped; %d failed, %d skipped", test.failFrom, form.Tests, form.Failures, form.Skipped, failures, skipped)
		}
		first := form.Suite.Cases[6]
		if first.Failure == nil || first.Failure.Type != RowIdentity || first.Class != "easkit.rollout.ios" {
			t.Errorf("the first is %+v", first)
		}
		if warned := form.Suite.Cases[2]; (warned.Output != "") != (test.failFrom == preflight.StatusFail) {
			t.Errorf("the warning is %+v", warned)
		}
	}
}

// The page is safe, loads nothing, and says what went wrong.
func TestWriteHTML(t *testing.T) {
	root, err := html.Parse(strings.NewReader(written(t, sample(t).WriteHTML)))
	if err != nil {
		t.Fatal(err)
	}
	policy, text := "", strings.Builder{}
	elements := map[string]int{}
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "script" {
			text.WriteString(n.Data)
		}
		if n.Type != html.ElementNode {
			continue
		}
		elements[n.Data]++
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Val, "default-src"):
				policy = a.Val
			case a.Key == "src" || n.Data == "link" || a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			case a.Key == "href" && !strings.HasPrefix(a.Val, "#"):
				t.Errorf("a link leads to %q", a.Val)
			}
		}
		if n.Data == "style" || n.Data == "script" {
			sum := sha256.Sum256([]byte(n.FirstChild.Data))
			if source := n.Data + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, source) {
				t.Errorf("the policy %q does not allow the %s", policy, n.Data)
			}
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'; ") || elements["script"] != 1 || elements["style"] != 1 || elements["h1"] != 1 {
		t.Errorf("the policy is %q, the elements are %v", policy, elements)
	}
	for _, want := range []string{
		"6 rows: 2 profiles of 1 user failed, 3 left", "wave pilot", "<script>alert(1)</script> is bob's", "line 5", "row.identity", "and 1 more",
		"it ends on 2026-12-01", "renew it", "within 60 days", "This page names people.",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing in\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "of the run before") {
		t.Error("the run before is told of")
	}
	if rows := strings.Count(text.String(), "line 5"); rows != 2 {
		t.Errorf("%d rows tell of line 5, one for each platform", rows)
	}
}

// A page of a rollout in which all failed stays one that a browser opens.
func TestWriteLongHTML(t *testing.T) {
	const rows = pageRows + 500
	v := newTarget(t)
	var entries []Entry
	for line := 2; line < rows+2; line++ {
		e := made(line, Done, IOS, "x")
		e.Findings = []preflight.Finding{{Check: "cert.sid", Status: preflight.StatusWarn, Message: "none", Basis: preflight.Documented, Source: "x"}}
		if line%2 == 0 {
			e = bareEntry(line, Failed, IOS, RowFinding(RowUser, line, errors.New("nobody")))
		}
		entries = append(entries, e)
	}
	v.sealed(Shard{}, madeRun(0), nil, rows, entries...)
	a, err := OpenAccount(t.Context(), v, Shard{})
	if err != nil {
		t.Fatal(err)
	}
	text := written(t, a.WriteHTML)
	if n := strings.Count(text, "<tr data-p="); n != pageRows || !strings.Contains(text, "500 more are not listed") {
		t.Errorf("%d rows", n)
	}
	if n := strings.Count(text, `data-s="failed"`); n != rows/2 {
		t.Errorf("%d that failed, of %d", n, rows/2)
	}
}

// Nothing that is written names a user, once names are taken out.
func TestRedact(t *testing.T) {
	a := sample(t)
	before := written(t, a.WriteJSON)
	a.Redact = true
	for name, write := range map[string]func(io.Writer) error{
		"text": a.WriteText, "json": a.WriteJSON, "csv": a.WriteCSV, "html": a.WriteHTML,
		"junit": func(w io.Writer) error { return a.WriteJUnit(w, preflight.StatusFail) },
	} {
		text := written(t, write)
		for _, secret := range []string{"contoso.com", "calc", "bob", "user6", "it ends on", strings.Repeat("AB", 20)} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: %q is there\n%s", name, secret, text)
			}
		}
		if name != "text" && !strings.Contains(text, "line-0005") {
			t.Errorf("%s: line 5 is not there", name)
		}
	}
	a.Redact = false
	if written(t, a.WriteJSON) != before {
		t.Error("the summary itself was changed")
	}
}

// What a summary names follows from the table, not from who was done first.
func TestSummaryOrder(t *testing.T) {
	var entries []Entry
	for line := 2; line < 60; line++ {
		entries = append(entries, bareEntry(line, Failed, IOS, RowFinding(RowIdentity, line, fmt.Errorf("line %d", line))))
	}
	tell := func(order func(i int) int) string {
		tally := newTally(&Run{Begun: madeAt, Platforms: []Platform{IOS}})
		for i := range entries {
			tally.add(&entries[order(i)])
		}
		return written(t, tally.summary().WriteJSON)
	}
	forward := tell(func(i int) int { return i })
	if backward := tell(func(i int) int { return len(entries) - 1 - i }); forward != backward {
		t.Errorf("forward\n%s\nbackward\n%s", forward, backward)
	}
	if !strings.Contains(forward, `"user21@contoso.com"`) || strings.Contains(forward, "user22@") || !strings.Contains(forward, `"message": "line 2"`) {
		t.Errorf("the first are not named:\n%s", forward)
	}
}

// An account of a run that was killed says so.
func TestOpenAccountOfKilledRun(t *testing.T) {
	v := newTarget(t)
	v.sealed(Shard{}, madeRun(0), nil, 1, made(2, Done, IOS, "x"))
	v.run(Shard{}, madeRun(1), false, 0, made(2, Kept, IOS, "x"))
	a, err := OpenAccount(t.Context(), v, Shard{})
	if err != nil || !a.Summary.Ended.IsZero() || a.Summary.Counts[IOS][Kept] != 1 || a.Summary.Counts[IOS][Done] != 0 {
		t.Errorf("%+v, %v", a.Summary, err)
	}
	if !strings.HasPrefix(written(t, a.WriteText), "The run did not end") {
		t.Error("the text doesn't say so")
	}
	if _, err := ReadAccount(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("")), nil }); !errors.Is(err, ErrManifest) {
		t.Errorf("nothing at all: %v", err)
	}
}
