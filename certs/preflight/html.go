package preflight

import (
	"html/template"
	"io"
	"strings"
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
// The catalogue says what checks are about; it may be nil.
func (r *Report) WriteHTML(w io.Writer, catalogue []Info) error {
	page := Page{
		Template: "report.html", Styles: []string{"report.css"}, Script: "report.js",
		Funcs: template.FuncMap{"n": Thousands[int], "label": label, "badge": badge},
	}
	data := r.page(catalogue)
	var err error
	if data.PageParts, err = page.Parts(); err != nil {
		return err
	}
	return page.Write(w, data)
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

// countedThousands is counted with commas in the number.
func countedThousands(n int, noun string) string {
	_, what, _ := strings.Cut(Counted(n, noun), " ")
	return Thousands(n) + " " + what
}

// headline is the outcome in one sentence.
func (r *Report) headline(count map[Status]int) string {
	total := len(r.Subjects)
	noun := "subject"
	if kinds := r.kinds(); len(kinds) == 1 {
		noun = kindNoun(kinds[0])
	}
	of := countedThousands(total, noun)
	switch {
	case total == 0:
		return "Nothing was checked"
	case count[StatusFail] > 0:
		return Thousands(count[StatusFail]) + " of " + of + " failed"
	case count[StatusWarn] > 0:
		return Thousands(count[StatusWarn]) + " of " + of + " with warnings"
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
