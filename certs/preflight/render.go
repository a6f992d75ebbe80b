package preflight

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// WriteJSON writes the report as indented JSON.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// TextOptions says how much the text report tells, and in which colours.
type TextOptions struct {
	Passes  bool // what passed and what was skipped too
	Verbose bool // the basis and source of each finding as well; implies Passes
	Colour  bool // ANSI colours for the verdicts
	// Signatures is for a report on signatures, to which sign-in and mailbox mean
	// nothing.
	Signatures bool
}

// WriteText writes the report for a person: the worst subjects first, what
// failed with its fix, and a line that counts. Subjects without a finding worth
// a line are counted only, so that ten thousand healthy ones fit a screen;
// a few of them are named all the same.
func (r *Report) WriteText(w io.Writer, o TextOptions) error {
	p := &printer{w: w, o: o}
	subjects := slices.Clone(r.Subjects)
	slices.SortStableFunc(subjects, func(a, b Subject) int { return b.Verdict.rank() - a.Verdict.rank() })
	healthy := 0
	for _, s := range subjects {
		lines := s.worthPrinting(o.Passes || o.Verbose)
		if len(lines) == 0 {
			if healthy++; healthy > namedHealthy {
				continue
			}
		}
		p.subject(s, lines)
	}
	if more := healthy - namedHealthy; more > 0 {
		p.printf("%s   … and %d more without a warning\n", p.mark(StatusPass), more)
	}
	about := r.At.Format("2006-01-02 15:04 MST")
	if !o.Signatures {
		about += ", " + r.scenario()
	}
	p.printf("\n%d checked%s %s: %s\n", len(r.Subjects), r.verdicts(), about, r.Summary)
	return p.err
}

// namedHealthy is how many subjects without findings the text report names.
const namedHealthy = 20

// Printable makes text from outside fit for a terminal: what is no printing
// letter, such as the escape sequences that a certificate's subject may hold,
// is replaced.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
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

// String is the count in words: "12 pass, 1 warn, 0 fail, 2 skip".
func (s Summary) String() string {
	text := fmt.Sprintf("%d pass, %d warn, %d fail, %d skip", s.Pass, s.Warn, s.Fail, s.Skip)
	if s.Ignored > 0 {
		text += fmt.Sprintf(", %d ignored", s.Ignored)
	}
	return text
}

func (r *Report) scenario() string {
	by := string(r.Auth)
	if r.Issuer != "" {
		by += " by " + string(r.Issuer)
	}
	return fmt.Sprintf("%s, mailbox %s, cloud %s", by, r.Mailbox, r.Cloud)
}

func (s Subject) worthPrinting(all bool) []Finding {
	var lines []Finding
	for _, f := range s.Findings {
		if all || f.Status.Worse(StatusSkip) {
			lines = append(lines, f)
		}
	}
	slices.SortStableFunc(lines, func(a, b Finding) int { return b.Status.rank() - a.Status.rank() })
	return lines
}

// printer remembers the first error, so that the code above reads as a page.
type printer struct {
	w   io.Writer
	o   TextOptions
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) subject(s Subject, lines []Finding) {
	p.printf("%s   %s\n", p.mark(s.Verdict), Printable(s.Name))
	for _, f := range lines {
		p.printf("  %s %s: %s\n", p.mark(f.Status), f.Check, Printable(f.Message))
		switch {
		case f.Ignored != "":
			p.printf("       ignored: %s\n", f.Ignored)
		case f.Fix != "":
			p.printf("       fix: %s\n", f.Fix)
		}
		if p.o.Verbose {
			p.printf("       %s: %s\n", f.Basis, f.Source)
		}
		if len(f.Codes) > 0 && f.Ignored == "" {
			p.printf("       seen as: %s\n", strings.Join(f.Codes, ", "))
		}
	}
}

// colours are the ANSI codes of the verdicts: green, none, yellow, red.
var colours = map[Status]string{StatusPass: "\x1b[32m", StatusWarn: "\x1b[33m", StatusFail: "\x1b[31m"}

func (p *printer) mark(s Status) string {
	text := fmt.Sprintf("%-4s", s)
	if code := colours[s]; p.o.Colour && code != "" {
		return code + text + "\x1b[0m"
	}
	return text
}
