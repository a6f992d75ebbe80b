package preflight

import (
	"bufio"
	"fmt"
	"io"
	"slices"
)

// TextOptions says how much the text report tells, and in which colours.
type TextOptions struct {
	Passes  bool // what passed and what was skipped too, where there are few subjects
	Verbose bool // every finding by subject, with its basis and source
	Colour  bool // ANSI colours for the verdicts
	// Signatures is for a report on signatures, to which sign-in and mailbox mean
	// nothing.
	Signatures bool
	// Profiles is for a report on profiles, each of which has a sign-in and a mailbox
	// of its own.
	Profiles bool
	// InOrder leaves the findings of a subject in their order, which is that of steps.
	InOrder bool
}

// What keeps the text report to about one screen.
const (
	namedHealthy  = 20  // subjects without a finding worth a line that are named
	fewSubjects   = 5   // what more subjects than these have in common is told once
	namedOfGroup  = 3   // subjects that are named where it is told once
	namedSubjects = 100 // subjects that are named with findings of their own
)

// WriteText writes the report for a person: the worst first, what failed with
// its fix, and a line that counts. What many subjects have in common is told
// once, with a few of their names, and subjects without a finding worth a line
// are counted, so that ten thousand fit a screen. With Verbose, every subject is
// there with all its findings.
func (r *Report) WriteText(w io.Writer, o TextOptions) error {
	p := &printer{w: bufio.NewWriter(w), o: o}
	if len(r.Subjects) > namedHealthy {
		p.o.Passes = false
	}
	if o.Verbose {
		p.bySubject(r)
	} else {
		p.byFinding(r)
	}
	about := r.At.Format("2006-01-02 15:04 MST")
	switch {
	case o.Profiles:
		about += ", each for its own sign-in and mailbox"
	case !o.Signatures:
		about += ", " + r.scenario()
	}
	p.printf("\n%d checked%s %s: %s\n", len(r.Subjects), r.verdicts(), about, r.Summary)
	return p.w.Flush()
}

// verdicts counts subjects, where that is not what the findings say already.
func (r *Report) verdicts() string {
	if len(r.Subjects) < 2 {
		return ""
	}
	count := map[Status]int{}
	for _, s := range r.Subjects {
		count[s.Verdict]++
	}
	return fmt.Sprintf(" (%d failed, %d with warnings)", count[StatusFail], count[StatusWarn])
}

// worstFirst is the subjects of a report in the order in which they are told.
func (r *Report) worstFirst() []*Subject {
	subjects := make([]*Subject, len(r.Subjects))
	for i := range r.Subjects {
		subjects[i] = &r.Subjects[i]
	}
	slices.SortStableFunc(subjects, func(a, b *Subject) int { return b.Verdict.rank() - a.Verdict.rank() })
	return subjects
}

// printer keeps the first error until it is flushed, so that the code reads as
// a page.
type printer struct {
	w *bufio.Writer
	o TextOptions
	// What was left out on the way.
	healthy, unnamed int
	named            int // subjects printed with findings of their own
}

func (p *printer) printf(format string, args ...any) { fmt.Fprintf(p.w, format, args...) }

// bySubject prints every subject with all its findings.
func (p *printer) bySubject(r *Report) {
	for _, s := range r.worstFirst() {
		p.subject(s, p.sorted(s.Findings))
	}
}

// byFinding prints what many subjects have in common, and then what is left of
// each, for one verdict after the other.
func (p *printer) byFinding(r *Report) {
	shared := map[groupKey]bool{}
	var groups []*group
	for _, g := range r.groups() {
		if g.subjects > fewSubjects {
			shared[g.key()] = true
			groups = append(groups, g)
		}
	}
	subjects := r.worstFirst()
	for _, status := range slices.Backward(Statuses) {
		for len(groups) > 0 && groups[0].rank() == status.rank() {
			p.group(groups[0])
			groups = groups[1:]
		}
		for len(subjects) > 0 && subjects[0].Verdict == status {
			p.rest(subjects[0], shared)
			subjects = subjects[1:]
		}
	}
	if !p.o.Passes { // there, every skip is printed with its subject
		for _, g := range r.unchecked() {
			p.group(g)
		}
	}
	if p.unnamed > 0 {
		p.printf("%s   … and %d more with findings of their own: --verbose names all\n", p.mark(r.Worst()), p.unnamed)
	}
	if more := p.healthy - namedHealthy; more > 0 {
		p.printf("%s   … and %d more without a warning\n", p.mark(StatusPass), more)
	}
}

// rest prints a subject with the findings that it does not share with many.
func (p *printer) rest(s *Subject, shared map[groupKey]bool) {
	var lines []Finding
	told := false // in a group
	for i := range s.Findings {
		f := &s.Findings[i]
		switch {
		case f.Status.Worse(StatusSkip) && len(shared) > 0 && shared[f.key()]:
			told = true
		case f.Status.Worse(StatusSkip), p.o.Passes:
			lines = append(lines, *f)
		}
	}
	switch {
	case len(lines) == 0 && told:
		return
	case len(lines) == 0:
		if p.healthy++; p.healthy > namedHealthy {
			return
		}
	default:
		if p.named++; p.named > namedSubjects {
			p.unnamed++
			return
		}
	}
	p.subject(s, p.sorted(lines))
}

// sorted is the findings, the worst first, or as they come.
func (p *printer) sorted(findings []Finding) []Finding {
	if p.o.InOrder {
		return findings
	}
	lines := slices.Clone(findings)
	slices.SortStableFunc(lines, func(a, b Finding) int { return b.Status.rank() - a.Status.rank() })
	return lines
}

func (p *printer) subject(s *Subject, lines []Finding) {
	p.printf("%s   %s%s\n", p.mark(s.Verdict), Printable(s.Name), inBrackets(s.own()))
	for _, f := range lines {
		p.printf("  %s %s: %s%s\n", p.mark(f.Status), Printable(f.Check), Printable(f.Message), inBrackets(f.place()))
		p.advice(&f)
	}
}

// group prints what many subjects share once, with the first of them by name.
func (p *printer) group(g *group) {
	p.printf("%s   %s  %s\n", p.mark(g.Status), Printable(g.Check), Counted(g.subjects, g.noun()))
	var last *Subject
	named := 0
	for _, h := range g.hits {
		if h.subject == last {
			continue
		}
		if named++; named > namedOfGroup {
			p.printf("       … and %d more: --verbose or --format html names all\n", g.subjects-namedOfGroup)
			break
		}
		last = h.subject
		p.printf("       %s: %s%s\n", Printable(last.Name), Printable(h.finding.Message), inBrackets(h.finding.place()))
	}
	p.advice(g.Finding)
}

// advice prints what follows from a finding.
func (p *printer) advice(f *Finding) {
	switch {
	case f.Ignored != "":
		p.printf("       ignored: %s\n", Printable(f.Ignored))
	case f.Fix != "":
		p.printf("       fix: %s\n", Printable(f.Fix))
	}
	if p.o.Verbose {
		p.printf("       %s: %s\n", Printable(string(f.Basis)), Printable(f.Source))
	}
	if len(f.Codes) > 0 && f.Ignored == "" {
		p.printf("       seen as: %s\n", codes(f.Codes))
	}
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// mark is a status as wide as all of them, in its colour.
func (p *printer) mark(s Status) string {
	text := fmt.Sprintf("%-4s", s)
	if code := colour(s); p.o.Colour && code != "" {
		return code + text + "\x1b[0m"
	}
	return text
}

// colour is the ANSI code of a status: green, none, yellow, red.
func colour(s Status) string {
	switch s {
	case StatusPass:
		return "\x1b[32m"
	case StatusWarn:
		return "\x1b[33m"
	case StatusFail:
		return "\x1b[31m"
	}
	return ""
}
