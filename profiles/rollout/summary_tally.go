package rollout

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// Counts is how many rows ended how. Every status has its place, if with 0.
type Counts map[Status]int

// statuses is all of them, in the order in which they are told.
var statuses = []Status{Done, Kept, Failed, Skipped, Left}

// Rows is all of the rows together.
func (c Counts) Rows() int {
	n := 0
	for _, count := range c {
		n += count
	}
	return n
}

// What a summary names of many.
const (
	firstFailures = 20
	namesPerCheck = 3
)

// soon is how long before its end a certificate is told of: the time that a renewal
// with its approval and roll-out takes.
const soon = 60 * 24 * time.Hour

// CheckCount is how often a check was not passed.
type CheckCount struct {
	Check   string   `json:"check"`
	Failed  int      `json:"failed"` // entries that failed by it
	Warned  int      `json:"warned"`
	Message string   `json:"message"`       // of the first of them in the table
	Fix     string   `json:"fix,omitempty"` // that goes with it
	Users   []string `json:"users"`         // the first in the table, at most three
	OfUsers int      `json:"ofUsers"`       // how many they are, each counted once for all platforms
	Causes  []Cause  `json:"causes"`        // at most twenty; none where they are more
}

// checkTally is a check whose findings are being counted.
type checkTally struct {
	CheckCount
	firstUsers
	worst  preflight.Status
	all    countedLines
	causes causes
}

// Failure is an entry that failed, with the first check that it failed by.
type Failure struct {
	User     string   `json:"user"`
	Line     int      `json:"line"`
	Platform Platform `json:"platform"`
	Check    string   `json:"check"`
	Message  string   `json:"message"`
}

// tally counts the entries of a run. What it names does not depend on their order.
type tally struct {
	run      *Run
	counts   map[Platform]Counts
	warned   int
	ending   int // whose certificate ends soon
	handed   int // kept, and not there any more
	checks   map[string]*checkTally
	users    countedLines // who failed
	failures []Failure
}

func newTally(r *Run) *tally {
	t := &tally{run: r, counts: map[Platform]Counts{}, checks: map[string]*checkTally{}}
	for _, p := range r.Platforms {
		t.counts[p] = newCounts()
	}
	return t
}

func newCounts() Counts {
	c := Counts{}
	for _, s := range statuses {
		c[s] = 0
	}
	return c
}

func (t *tally) add(e *Entry) {
	if t.counts[e.Platform] == nil {
		t.counts[e.Platform] = newCounts()
	}
	t.counts[e.Platform][e.Status]++
	made := e.Status == Done || e.Status == Kept
	if made && preflight.Verdict(e.Findings) == preflight.StatusWarn {
		t.warned++
	}
	if made && e.Identity != nil && !e.Identity.NotAfter.IsZero() && e.Identity.NotAfter.Before(t.run.Begun.Add(soon)) {
		t.ending++
	}
	if e.Status == Kept && !e.HandedOut.IsZero() {
		t.handed++
	}
	counted := map[string]bool{}
	for i := range e.Findings {
		if f := &e.Findings[i]; f.Ignored == "" && f.Status.Worse(preflight.StatusSkip) && !counted[f.Check+string(f.Status)] {
			counted[f.Check+string(f.Status)] = true
			t.count(e, f)
		}
	}
	if e.Status == Failed {
		t.fail(e)
	}
}

// count counts a finding to its check, which is told by the worst of its findings that
// comes first in the table.
func (t *tally) count(e *Entry, f *preflight.Finding) {
	c := t.checks[f.Check]
	if c == nil {
		c = &checkTally{CheckCount: CheckCount{Check: f.Check}}
		t.checks[f.Check] = c
	}
	c.all.add(e.Line)
	c.causes.add(e, f)
	if f.Status == preflight.StatusFail {
		c.Failed++
	} else {
		c.Warned++
	}
	if c.worst != "" && c.worst.Worse(f.Status) {
		return
	}
	if f.Status.Worse(c.worst) {
		c.worst, c.firstUsers = f.Status, firstUsers{}
	}
	if at, first := c.put(e); first && at == 0 {
		c.Message, c.Fix = f.Message, f.Fix
	}
}

func (t *tally) fail(e *Entry) {
	t.users.add(e.Line)
	failure := Failure{User: e.who(), Line: e.Line, Platform: e.Platform}
	if f := firstFailed(e.Findings); f != nil {
		failure.Check, failure.Message = f.Check, f.Message
	}
	at, _ := slices.BinarySearchFunc(t.failures, failure, compareFailures)
	if at == firstFailures {
		return
	}
	t.failures = slices.Insert(t.failures, at, failure)
	t.failures = t.failures[:min(len(t.failures), firstFailures)]
}

func compareFailures(a, b Failure) int {
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return strings.Compare(string(a.Platform), string(b.Platform))
}

// firstFailed is the finding that an entry failed by; nil where none says.
func firstFailed(findings []preflight.Finding) *preflight.Finding {
	return firstOf(findings, preflight.StatusFail)
}

func firstOf(findings []preflight.Finding, s preflight.Status) *preflight.Finding {
	for i := range findings {
		if f := &findings[i]; f.Status == s && f.Ignored == "" {
			return f
		}
	}
	return nil
}

// summary is what was counted so far. Nothing in it is shared with the tally.
func (t *tally) summary() *Summary {
	s := &Summary{
		Schema: SummarySchema, Run: *t.run, Counts: map[Platform]Counts{}, Warned: t.warned, EndingSoon: t.ending, HandedOut: t.handed, FailedUsers: t.users.count,
		Checks: []CheckCount{}, Failures: append([]Failure{}, t.failures...),
	}
	for p, c := range t.counts {
		s.Counts[p] = maps.Clone(c)
		s.Rows = max(s.Rows, c.Rows())
	}
	for _, c := range t.checks {
		own := c.CheckCount
		own.Users, own.OfUsers, own.Causes = slices.Clone(c.users), c.all.count, c.causes.list()
		s.Checks = append(s.Checks, own)
	}
	slices.SortFunc(s.Checks, func(a, b CheckCount) int {
		switch {
		case a.Failed != b.Failed:
			return b.Failed - a.Failed
		case a.Warned != b.Warned:
			return b.Warned - a.Warned
		}
		return strings.Compare(a.Check, b.Check)
	})
	return s
}

// who is whose entry it is, for people: a row that can't be read names nobody.
func (e *Entry) who() string {
	return cmp.Or(e.User, fmt.Sprintf("line %d", e.Line))
}
