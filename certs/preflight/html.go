package preflight

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/easkit/easkit/templates"
)

// What keeps a page small and quick.
const (
	openRows    = 50   // rows of a list that are open from the start, as in report.js
	fullReport  = 5000 // findings, up to which the page lists what passed and was skipped by subject
	skipReasons = 3    // reasons for a skip that are given of each check
)

// WriteHTML writes the report as one page that loads nothing from anywhere:
// style and script are inside, and its Content-Security-Policy allows these two
// by their hashes and nothing else. It can be read without the script, which
// filters and searches.
//
// What is wrong is there in full: by finding, with its fix once and every
// subject with its message. What passed and what was skipped is counted by check
// and by subject; a report of up to 5000 findings lists it as well.
func (r *Report) WriteHTML(w io.Writer) error {
	style, err := pagePart("report.css")
	if err != nil {
		return err
	}
	script, err := pagePart("report.js")
	if err != nil {
		return err
	}
	page, err := template.New("report.html").Funcs(template.FuncMap{
		"n": thousands, "label": label, "badge": badge,
	}).ParseFS(templates.Files, "pages/report.html")
	if err != nil {
		return fmt.Errorf("reading the page of the report: %w", err)
	}
	data := r.page()
	data.Style, data.Script = template.CSS(style), template.JS(script)
	data.Policy = fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", sourceHash(style), sourceHash(script))
	out := bufio.NewWriter(w)
	if err := page.Execute(out, data); err != nil {
		return fmt.Errorf("writing the page of the report: %w", err)
	}
	return out.Flush()
}

// pagePart reads what the page carries inside. Browsers hash it with the line
// ends of Unix, whatever the source tree was checked out with.
func pagePart(name string) (string, error) {
	text, err := templates.Files.ReadFile("pages/" + name)
	if err != nil {
		return "", fmt.Errorf("reading the page of the report: %w", err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n"), nil
}

// sourceHash is how a Content-Security-Policy names a style or script.
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// mark is the word under which a finding is shown: its status, or ignored.
type mark string

const markIgnored mark = "ignored"

// marks is all of them, in the order of the page.
var marks = []mark{mark(StatusFail), mark(StatusWarn), markIgnored, mark(StatusSkip), mark(StatusPass)}

func (f *Finding) mark() mark {
	if f.Ignored != "" {
		return markIgnored
	}
	return mark(f.Status)
}

// label is a mark as a person reads it.
func label(m mark) string {
	switch m {
	case mark(StatusFail):
		return "Failed"
	case mark(StatusWarn):
		return "Warning"
	case mark(StatusPass):
		return "Passed"
	case markIgnored:
		return "Ignored"
	}
	return "Not checked"
}

// badge is a mark in its colour, with its word and a sign for those who don't
// see colours. Nothing in it is from outside.
func badge(m mark) template.HTML {
	class, sign := "skip", "–"
	switch m {
	case mark(StatusFail):
		class, sign = "fail", "✕"
	case mark(StatusWarn):
		class, sign = "warn", "!"
	case mark(StatusPass):
		class, sign = "pass", "✓"
	}
	return template.HTML(`<span class="badge ` + class + `"><span aria-hidden="true">` + sign + `</span> ` + label(m) + `</span>`)
}

// thousands writes a number with commas: 10,000.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// countedThousands is counted with commas in the number.
func countedThousands(n int, noun string) string {
	_, what, _ := strings.Cut(counted(n, noun), " ")
	return thousands(n) + " " + what
}

// headline is the outcome in one sentence.
func (r *Report) headline(count map[Status]int) string {
	total := len(r.Subjects)
	noun := "subject"
	if kinds := r.kinds(); len(kinds) == 1 {
		noun = cmp.Or(Printable(kinds[0]), noun)
	}
	of := countedThousands(total, noun)
	switch {
	case total == 0:
		return "Nothing was checked"
	case count[StatusFail] > 0:
		return thousands(count[StatusFail]) + " of " + of + " failed"
	case count[StatusWarn] > 0:
		return thousands(count[StatusWarn]) + " of " + of + " with warnings"
	}
	return of + " checked, none failed"
}

// kinds is the kinds of subjects, in the order in which they come.
func (r *Report) kinds() []string {
	var kinds []string
	seen := map[string]bool{}
	for i := range r.Subjects {
		if kind := r.Subjects[i].Kind; !seen[kind] {
			seen[kind] = true
			kinds = append(kinds, kind)
		}
	}
	return kinds
}
