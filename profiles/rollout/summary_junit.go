package rollout

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

// WriteJUnit writes a case for each row and platform, in the form of JUnit's XML that
// GitLab, Jenkins and Azure DevOps read. What failed is a failure; what was
// not asked for, or left, is skipped. A warning is a failure where failFrom is
// [preflight.StatusWarn], and otherwise the output of a case that passes. The name of a
// case has the line of the table, which no two of a platform share; they are in the order
// of [Account.WriteCSV].
func (a *Account) WriteJUnit(w io.Writer, failFrom preflight.Status) error {
	s := a.summary()
	x := junit{bufio.NewWriter(w), failFrom == preflight.StatusWarn}
	tests, failures, skipped, err := x.count(a)
	if err != nil {
		return err
	}
	counts := []string{"tests", strconv.Itoa(tests), "failures", strconv.Itoa(failures), "errors", "0", "skipped", strconv.Itoa(skipped), "time", "0"}
	x.w.WriteString(xml.Header)
	x.tag("testsuites", ">\n", append([]string{"name", "easkit rollout"}, counts...)...)
	x.tag("testsuite", ">\n", append([]string{"name", "easkit rollout " + s.Run.Table.Name, "timestamp", s.Run.Begun.UTC().Format("2006-01-02T15:04:05")}, counts...)...)
	for e, err := range a.inOrder(false) {
		if err != nil {
			return err
		}
		x.testcase(e)
	}
	x.w.WriteString("</testsuite>\n</testsuites>\n")
	return x.w.Flush()
}

// junit writes elements whose attributes and text are from outside. Errors stay in w
// until it is flushed.
type junit struct {
	w      *bufio.Writer
	strict bool // a warning is a failure
}

// outcomes of a case.
const (
	casePasses = iota
	caseFails
	caseSkipped
)

func (x *junit) outcome(e *Entry) int {
	switch e.Status {
	case Failed:
		return caseFails
	case Skipped, Left:
		return caseSkipped
	}
	if x.strict && firstOf(e.Findings, preflight.StatusWarn) != nil {
		return caseFails
	}
	return casePasses
}

// count reads the entries once for the numbers, which come first in the form.
func (x *junit) count(a *Account) (tests, failures, skipped int, err error) {
	for e, err := range a.entries(false) {
		if err != nil {
			return 0, 0, 0, err
		}
		tests++
		switch x.outcome(e) {
		case caseFails:
			failures++
		case caseSkipped:
			skipped++
		}
	}
	return tests, failures, skipped, nil
}

func (x *junit) testcase(e *Entry) {
	x.tag("testcase", ">", "classname", "easkit.rollout."+string(e.Platform), "name", fmt.Sprintf("%s (line %d): %s", e.who(), e.Line, e.Platform), "time", "0")
	switch x.outcome(e) {
	case caseSkipped:
		why := "not asked for: outside of the wave, or unchanged"
		if e.Status == Left {
			why = "left: the run ended before"
		}
		x.tag("skipped", "/>", "message", why)
	case caseFails:
		check, message := "", "no check says why"
		if f := e.worst(); f != nil {
			check, message = f.Check, f.Message
		}
		x.tag("failure", ">", "message", message, "type", check)
		x.findings(e)
		x.w.WriteString("</failure>")
	default:
		if e.worst() != nil {
			x.w.WriteString("<system-out>")
			x.findings(e)
			x.w.WriteString("</system-out>")
		}
	}
	x.w.WriteString("</testcase>\n")
}

// findings writes a line for each finding, and for what to do about it.
func (x *junit) findings(e *Entry) {
	for i := range e.Findings {
		f := &e.Findings[i]
		x.escape(strings.TrimRight(fmt.Sprintf("%s: %s: %s", f.Status, f.Check, f.Message), ": "))
		x.w.WriteByte('\n')
		if f.Fix != "" {
			x.escape("fix: " + f.Fix)
			x.w.WriteByte('\n')
		}
	}
}

// tag writes a start tag; attributes are names and values by turns.
func (x *junit) tag(name, end string, attributes ...string) {
	x.w.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		x.w.WriteString(" " + attributes[i] + `="`)
		x.escape(attributes[i+1])
		x.w.WriteByte('"')
	}
	x.w.WriteString(end)
}

// escape leaves its error to Flush, as the other writes do.
func (x *junit) escape(s string) { _ = xml.EscapeText(x.w, []byte(preflight.Printable(s))) }
