package rollout

import (
	"fmt"
	"slices"

	"github.com/easkit/easkit/certs/preflight"
)

// lineName stands for a user whose name is taken out: who has the table finds them.
func lineName(line int) string { return fmt.Sprintf("line-%04d", line) }

// redact takes out what names the user: names and addresses, and the texts of findings,
// which may hold them. Checks, statuses and times stay.
func (e *Entry) redact() {
	e.User, e.Input, e.Made = lineName(e.Line), "", ""
	if e.Identity != nil {
		e.Identity = &Identity{NotAfter: e.Identity.NotAfter, Found: e.Identity.Found}
	}
	for i := range e.Files {
		e.Files[i].Name = ""
	}
	findings := make([]preflight.Finding, len(e.Findings))
	for i, f := range e.Findings {
		findings[i] = preflight.Finding{Check: f.Check, Status: f.Status, Basis: f.Basis, Codes: f.Codes, Value: f.Value, Unchecked: f.Unchecked}
		if f.Ignored != "" { // the reason may name them, too
			findings[i].Ignored = "yes"
		}
	}
	e.Findings = findings
}

// redacted is a copy without names.
func (s *Summary) redacted() *Summary {
	r := *s
	r.Redacted = true
	r.Checks = slices.Clone(s.Checks)
	for i := range r.Checks {
		c := &r.Checks[i]
		c.Message, c.Fix, c.Users, c.Causes = "", "", []string{}, []Cause{}
	}
	r.Failures = slices.Clone(s.Failures)
	for i := range r.Failures {
		f := &r.Failures[i]
		f.User, f.Message = lineName(f.Line), ""
	}
	return &r
}
