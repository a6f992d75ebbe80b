package rollout

import (
	"html/template"
	"io"
	"slices"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// pageRows is how many users the page lists: a browser filters that many in a moment.
const pageRows = 5000

// htmlPage is what the page is made from. Text in it is printable; the template escapes
// it.
type htmlPage struct {
	*Summary
	preflight.PageParts
	Headline, Setting string
	BegunISO          string
	Tiles             []htmlTile
	Platforms         []Platform
	Statuses          []Status
	CheckIDs          []string
	Rows              []htmlRow
	More              int // rows that are not listed
}

type htmlTile struct {
	Class string
	Count int
	What  string
}

type htmlRow struct {
	Platform            Platform
	User                string
	Line                int
	Status              string // failed or warning
	Class               string
	Check, Message, Fix string
	Others              int // findings that are not told
}

// WriteHTML writes one page that loads nothing from anywhere: style and script are
// inside, and its Content-Security-Policy allows these two by their hashes and nothing
// else. It can be read without the script, which filters. It lists those that failed,
// then those with a warning, up to 5,000 in all; the others are counted.
func (a *Account) WriteHTML(w io.Writer) error {
	page := preflight.Page{
		Template: "rollout.html", Styles: []string{"report.css", "rollout.css"}, Script: "rollout.js",
		Funcs: template.FuncMap{"n": preflight.Thousands[int], "text": preflight.Printable, "days": func() int { return int(soon.Hours() / 24) }},
	}
	data, err := a.page()
	if err != nil {
		return err
	}
	if data.PageParts, err = page.Parts(); err != nil {
		return err
	}
	return page.Write(w, data)
}

func (a *Account) page() (*htmlPage, error) {
	s := a.summary()
	p := &htmlPage{Summary: s, Headline: s.headline(), Setting: s.setting(), BegunISO: s.Run.Begun.Format(time.RFC3339), Platforms: s.platforms(), Statuses: statuses}
	p.Tiles = []htmlTile{
		{"fail", s.Total(Failed), "failed"}, {"warn", s.Warned, "with a warning"}, {"pass", s.Total(Done), "done"}, {"pass", s.Total(Kept), "kept"},
		{"skip", s.Total(Skipped), "not asked for"}, {"skip", s.Total(Left), "left"},
	}
	var warned []htmlRow
	for e, err := range a.entries(false) {
		if err != nil {
			return nil, err
		}
		row, wrong := newHTMLRow(e)
		switch {
		case !wrong:
		case e.Status == Failed && len(p.Rows) < pageRows:
			p.Rows = append(p.Rows, row)
		case e.Status != Failed && len(warned) < pageRows:
			warned = append(warned, row)
		default:
			p.More++
		}
	}
	room := min(len(warned), pageRows-len(p.Rows))
	p.More += len(warned) - room
	p.Rows = append(p.Rows, warned[:room]...)
	slices.SortStableFunc(p.Rows, compareRows)
	p.checks()
	return p, nil
}

// checks lists those that the page can be filtered by.
func (p *htmlPage) checks() {
	for i := range p.Rows {
		p.CheckIDs = append(p.CheckIDs, p.Rows[i].Check)
	}
	slices.Sort(p.CheckIDs)
	p.CheckIDs = slices.Compact(p.CheckIDs)
}

// compareRows puts what failed before what warned, and each in the table's order.
func compareRows(a, b htmlRow) int {
	if a.Class != b.Class {
		if a.Class == "fail" {
			return -1
		}
		return 1
	}
	return a.Line - b.Line
}

// newHTMLRow tells of an entry with which something is wrong.
func newHTMLRow(e *Entry) (htmlRow, bool) {
	f := e.worst()
	if f == nil && e.Status != Failed {
		return htmlRow{}, false
	}
	row := htmlRow{Platform: e.Platform, User: preflight.Printable(e.User), Line: e.Line, Status: "warning", Class: "warn"}
	if e.Status == Failed {
		row.Status, row.Class = "failed", "fail"
	}
	if f != nil {
		row.Check, row.Message, row.Fix = preflight.Printable(f.Check), preflight.Printable(f.Message), preflight.Printable(f.Fix)
		row.Others = -1
		for i := range e.Findings {
			if e.Findings[i].Ignored == "" && e.Findings[i].Status.Worse(preflight.StatusSkip) {
				row.Others++
			}
		}
	}
	return row, true
}
