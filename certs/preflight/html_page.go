package preflight

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// htmlPage is what the page of the report is made from. Text in it is printable;
// the template escapes it.
type htmlPage struct {
	PageParts
	Headline     string
	At, AtISO    string
	Scenario     string
	Tiles        []markCount
	Bar          []barPart
	Counts       string // of findings, in words
	Nothing      string // what stands where there is nothing to do
	Statuses     []mark
	Kinds        []string
	Groups       []*htmlGroup
	Checks       []*htmlCheck
	Subjects     []htmlSubject
	SubjectCount string
	OpenSubjects bool
}

// markCount is how many there are of what has a mark.
type markCount struct {
	Status mark
	Count  int
	Label  string
}

// barPart is a stretch of the bar under the summary, in thousandths.
type barPart struct {
	Status   mark
	X, Width int
}

// htmlGroup is one thing to do, with all whom it concerns.
type htmlGroup struct {
	Index              int
	Mark               mark
	Check, About       string // what is true when the check passes
	Reason, Fix, Basis string
	Source, Link       string
	Codes              []string
	Counted, Title     string
	Open               bool
	Rows               []htmlRow
}

type htmlRow struct {
	Kind                 int
	Name, Message, Place string
}

// htmlCheck is a line of the table by check.
type htmlCheck struct {
	ID, Has string
	Counts  []markCount // in the order of marks
	Why     []string    // reasons for skips
	more    int         // further reasons
}

type htmlSubject struct {
	KindIndex       int
	Kind, Name, Own string
	Verdict         mark
	Skipped         bool
	Groups          []*htmlGroup
	Others          string // what passed and was skipped, counted
	Details         []htmlDetail
}

type htmlDetail struct {
	Status         mark
	Check, Message string
}

// pageBuilder makes the page's data in two passes: by group, and by subject.
type pageBuilder struct {
	kinds    map[string]int
	nouns    []string
	titles   map[string]string // of the checks, by id
	byKey    map[groupKey]*htmlGroup
	findings int
}

func (r *Report) page(catalogue []Info) *htmlPage {
	b := &pageBuilder{kinds: map[string]int{}, byKey: map[groupKey]*htmlGroup{}, titles: map[string]string{}}
	for _, info := range catalogue {
		b.titles[info.ID] = info.Title
	}
	verdicts := map[Status]int{}
	for i, kind := range r.kinds() {
		b.kinds[kind] = i
		b.nouns = append(b.nouns, kindNoun(kind))
	}
	for i := range r.Subjects {
		verdicts[r.Subjects[i].Verdict]++
		b.findings += len(r.Subjects[i].Findings)
	}
	at := r.At.UTC()
	p := &htmlPage{
		Headline: r.headline(verdicts), At: at.Format("2 January 2006, 15:04 MST"), AtISO: at.Format(time.RFC3339), Scenario: r.scenario(),
		Statuses: marks, Kinds: b.nouns, Counts: "Findings: " + r.Summary.String() + ".", Nothing: "Nothing failed, and nothing warns.",
		SubjectCount: countedThousands(len(r.Subjects), "subject"), OpenSubjects: len(r.Subjects) <= openRows,
	}
	if len(r.Subjects) == 0 {
		p.Nothing = "There was nothing to check."
	}
	p.Tiles, p.Bar = tiles(verdicts, len(r.Subjects))
	for i, g := range r.groups() {
		p.Groups = append(p.Groups, b.group(i, g))
	}
	for _, s := range r.worstFirst() {
		p.Subjects = append(p.Subjects, b.subject(s))
	}
	p.Checks = r.byCheck()
	return p
}

// barWidth is the width of the bar in its own units.
const barWidth = 1000

// tiles counts subjects by verdict. A verdict that exists keeps a stretch of the
// bar that can be seen.
func tiles(verdicts map[Status]int, total int) ([]markCount, []barPart) {
	counts := []markCount{
		{mark(StatusFail), verdicts[StatusFail], "failed"},
		{mark(StatusWarn), verdicts[StatusWarn], "with warnings"},
		{mark(StatusPass), verdicts[StatusPass], "without either"},
	}
	var bar []barPart
	x := 0
	for _, c := range counts {
		if c.Count > 0 {
			width := max(c.Count*barWidth/total, barWidth/100)
			bar = append(bar, barPart{c.Status, x, width})
			x += width
		}
	}
	if len(bar) > 0 { // what rounding took or gave, from the widest
		widest := slices.MaxFunc(bar, func(a, b barPart) int { return a.Width - b.Width })
		spare := barWidth - x
		after := false
		for i := range bar {
			if after {
				bar[i].X += spare
			}
			if bar[i] == widest {
				bar[i].Width += spare
				after = true
			}
		}
	}
	return counts, bar
}

func (b *pageBuilder) group(index int, g *group) *htmlGroup {
	h := &htmlGroup{
		Index: index, Mark: g.mark(), Check: Printable(g.Check), About: Printable(b.titles[g.Check]), Reason: Printable(g.Ignored), Fix: Printable(g.Fix), Basis: Printable(string(g.Basis)),
		Source: Printable(g.Source), Link: webAddress(g.Source), Codes: printable(g.Codes),
		Counted: countedThousands(g.subjects, g.noun()), Title: countedThousands(len(g.hits), "finding"), Open: len(g.hits) <= openRows,
		Rows: make([]htmlRow, 0, len(g.hits)),
	}
	for _, hit := range g.hits {
		h.Rows = append(h.Rows, htmlRow{b.kinds[hit.subject.Kind], Printable(hit.subject.Name), Printable(hit.finding.Message), hit.finding.place()})
	}
	b.byKey[g.key()] = h
	return h
}

// place says where in a file a finding is.
func (f *Finding) place() string {
	switch {
	case f.Line > 0 && f.Column > 0:
		return fmt.Sprintf("line %d, column %d", f.Line, f.Column)
	case f.Line > 0:
		return fmt.Sprintf("line %d", f.Line)
	}
	return ""
}

func (b *pageBuilder) subject(s *Subject) htmlSubject {
	kind := b.kinds[s.Kind]
	h := htmlSubject{KindIndex: kind, Kind: b.nouns[kind], Name: Printable(s.Name), Own: s.own(), Verdict: mark(s.Verdict)}
	passed, skipped := 0, 0
	for i := range s.Findings {
		f := &s.Findings[i]
		switch f.Status {
		case StatusPass:
			passed++
		case StatusSkip:
			skipped++
		default:
			if g := b.byKey[f.key()]; !slices.Contains(h.Groups, g) {
				h.Groups = append(h.Groups, g)
			}
			continue
		}
		if b.findings <= fullReport {
			h.Details = append(h.Details, htmlDetail{f.mark(), Printable(f.Check), Printable(f.Message)})
		}
	}
	h.Skipped = skipped > 0
	h.Others = others(passed, skipped)
	return h
}

// others counts what needs no attention: "18 passed, 2 not checked".
func others(passed, skipped int) string {
	var words []string
	if passed > 0 {
		words = append(words, fmt.Sprintf("%d passed", passed))
	}
	if skipped > 0 {
		words = append(words, fmt.Sprintf("%d not checked", skipped))
	}
	return strings.Join(words, ", ")
}

// byCheck counts the findings of each check, in the order in which the checks
// come.
func (r *Report) byCheck() []*htmlCheck {
	var checks []*htmlCheck
	byID := map[string]*htmlCheck{}
	for i := range r.Subjects {
		for j := range r.Subjects[i].Findings {
			f := &r.Subjects[i].Findings[j]
			c := byID[f.Check]
			if c == nil {
				c = &htmlCheck{ID: Printable(f.Check)}
				for _, m := range marks {
					c.Counts = append(c.Counts, markCount{Status: m})
				}
				byID[f.Check] = c
				checks = append(checks, c)
			}
			c.add(f)
		}
	}
	for _, c := range checks {
		c.finish()
	}
	return checks
}

func (c *htmlCheck) add(f *Finding) {
	c.Counts[slices.Index(marks, f.mark())].Count++
	if f.Status != StatusSkip {
		return
	}
	switch why := Printable(f.Message); {
	case slices.Contains(c.Why, why):
	case len(c.Why) < skipReasons:
		c.Why = append(c.Why, why)
	default:
		c.more++
	}
}

// finish says which counts of a check are not zero, and how many reasons are not
// given.
func (c *htmlCheck) finish() {
	var has []string
	for _, n := range c.Counts {
		if n.Count > 0 {
			has = append(has, string(n.Status))
		}
	}
	c.Has = strings.Join(has, " ")
	if c.more > 0 {
		c.Why = append(c.Why, fmt.Sprintf("… and so on, %s more", Thousands(c.more)))
	}
}
