package preflight

import (
	"bufio"
	"cmp"
	"encoding/xml"
	"io"
	"strconv"
	"strings"
)

// WriteJUnit writes the report in the form of JUnit's XML that GitLab, Jenkins
// and Azure DevOps read: a suite for each subject, a case for each finding.
//
// A failure is a failure. A warning is one too where failFrom is StatusWarn, and
// otherwise a case that passes, with its text as output: the form has no word for
// it. A skip is skipped with its message, an ignored finding is
// skipped with the reason for ignoring it. Times are zero, since none was
// measured; the timestamp is the time judged for.
//
// Every case has a name of its own, since GitLab drops those that it has seen,
// and the name holds the subject's, since Azure DevOps shows nothing else. A case has
// the attribute file, of which GitLab makes a link, where the subject has one.
func (r *Report) WriteJUnit(w io.Writer, failFrom Status) error {
	x := &xmlWriter{w: bufio.NewWriter(w), failFrom: failFrom}
	x.w.WriteString(xml.Header)
	all := caseCounts{failFrom: failFrom}
	for i := range r.Subjects {
		all.add(r.Subjects[i].Findings)
	}
	x.open("testsuites", all.attributes("name", "easkit: "+r.scenario())...)
	x.w.WriteByte('\n')
	at := r.At.UTC().Format("2006-01-02T15:04:05")
	names := uniqueNames{}
	for i := range r.Subjects {
		x.suite(&r.Subjects[i], names.next(cmp.Or(r.Subjects[i].Name, "unnamed")), at)
	}
	x.close("testsuites")
	return x.w.Flush()
}

// caseCounts is how many cases there are of each outcome.
type caseCounts struct {
	tests, failures, skipped int
	failFrom                 Status
}

func (c *caseCounts) add(findings []Finding) {
	for i := range findings {
		c.tests++
		switch f := &findings[i]; {
		case f.Ignored != "", f.Status == StatusSkip:
			c.skipped++
		case fails(f.Status, c.failFrom):
			c.failures++
		}
	}
}

// fails reports whether a status is a failed test.
func fails(s, from Status) bool { return s == StatusFail || s == StatusWarn && from == StatusWarn }

// attributes adds the counts to the attributes of a suite.
func (c *caseCounts) attributes(before ...string) []string {
	return append(before, "tests", strconv.Itoa(c.tests), "failures", strconv.Itoa(c.failures), "errors", "0",
		"skipped", strconv.Itoa(c.skipped), "time", "0")
}

// uniqueNames tells names apart that occur more than once, by a number.
type uniqueNames map[string]int

func (u uniqueNames) next(name string) string {
	u[name]++
	if n := u[name]; n > 1 {
		return name + " #" + strconv.Itoa(n)
	}
	return name
}

func (x *xmlWriter) suite(s *Subject, name, at string) {
	counts := caseCounts{failFrom: x.failFrom}
	counts.add(s.Findings)
	x.open("testsuite", counts.attributes("name", name+inBrackets(s.own()), "timestamp", at)...)
	x.w.WriteByte('\n')
	checks := uniqueNames{}
	for i := range s.Findings {
		f := &s.Findings[i]
		x.testcase(f, s.File, "easkit."+cmp.Or(s.Kind, "subject"), name+": "+checks.next(f.Check))
	}
	x.close("testsuite")
}

func (x *xmlWriter) testcase(f *Finding, file, class, name string) {
	attributes := []string{"classname", class, "name", name, "time", "0"}
	if file != "" {
		attributes = append(attributes, "file", file)
	}
	switch {
	case f.Ignored != "":
		x.open("testcase", attributes...)
		x.empty("skipped", "message", "ignored: "+f.Ignored+": "+f.Message)
	case f.Status == StatusSkip:
		x.open("testcase", attributes...)
		x.empty("skipped", "message", f.Message)
	case fails(f.Status, x.failFrom):
		x.open("testcase", attributes...)
		x.open("failure", "message", f.Message, "type", f.Check)
		x.text(f.lines()...)
		x.close("failure")
	case f.Status == StatusWarn:
		x.open("testcase", attributes...)
		x.open("system-out")
		x.text(f.lines()...)
		x.close("system-out")
	default:
		x.empty("testcase", attributes...)
		return
	}
	x.close("testcase")
}

// lines says all of a finding, a line each.
func (f *Finding) lines() []string {
	lines := []string{string(f.Status) + ": " + f.Message}
	if f.Fix != "" {
		lines = append(lines, "fix: "+f.Fix)
	}
	if len(f.Codes) > 0 {
		lines = append(lines, "seen as: "+strings.Join(f.Codes, ", "))
	}
	if place := f.place(); place != "" {
		lines = append(lines, place)
	}
	return append(lines, string(f.Basis)+": "+f.Source)
}

// xmlWriter writes elements whose attributes and text are from outside. What XML
// cannot hold, such as control characters, is no printing letter either and is
// replaced. Errors stay in w until it is flushed.
type xmlWriter struct {
	w        *bufio.Writer
	failFrom Status
}

func (x *xmlWriter) open(name string, attributes ...string) { x.tag(name, ">", attributes) }

func (x *xmlWriter) empty(name string, attributes ...string) { x.tag(name, "/>\n", attributes) }

func (x *xmlWriter) close(name string) { x.w.WriteString("</" + name + ">\n") }

// tag writes a start tag; attributes are names and values by turns.
func (x *xmlWriter) tag(name, end string, attributes []string) {
	x.w.WriteByte('<')
	x.w.WriteString(name)
	for i := 0; i+1 < len(attributes); i += 2 {
		x.w.WriteByte(' ')
		x.w.WriteString(attributes[i])
		x.w.WriteString(`="`)
		x.escape(attributes[i+1])
		x.w.WriteByte('"')
	}
	x.w.WriteString(end)
}

func (x *xmlWriter) text(lines ...string) {
	for i, line := range lines {
		if i > 0 {
			x.w.WriteByte('\n')
		}
		x.escape(line)
	}
}

// escape leaves its error to Flush, as the other writes do.
func (x *xmlWriter) escape(s string) { _ = xml.EscapeText(x.w, []byte(Printable(s))) }
