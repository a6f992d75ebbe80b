package preflight

import (
	"fmt"
	"slices"
	"strings"
)

// Status is the outcome of one check, ordered from good to bad.
type Status string

// The outcomes in order. Skip says that nothing was looked at: it is never a
// pass.
const (
	StatusPass Status = "pass"
	StatusSkip Status = "skip"
	StatusWarn Status = "warn"
	StatusFail Status = "fail"
)

// Statuses lists the outcomes from good to bad.
var Statuses = []Status{StatusPass, StatusSkip, StatusWarn, StatusFail}

// Worse reports whether s is a worse outcome than t.
func (s Status) Worse(t Status) bool { return s.rank() > t.rank() }

func (s Status) rank() int {
	for i, known := range Statuses {
		if s == known {
			return i
		}
	}
	return -1
}

// Basis says what a verdict rests on: the weakest link that it needs.
type Basis string

// The bases, from firm to weak. Verdicts that are only observed or inferred
// warn at most.
const (
	Documented Basis = "documented" // the vendor's or a standard's text
	FromSource Basis = "source"     // read in the vendor's published code
	Measured   Basis = "measured"   // reproduced by running it
	Observed   Basis = "observed"   // seen on devices by third parties
	Inferred   Basis = "inferred"   // a conclusion without a source of its own
)

// Weak reports whether a verdict on this basis may warn at most.
func (b Basis) Weak() bool { return b == Observed || b == Inferred }

// Info is what the catalogue says of a check.
type Info struct {
	ID     string   `json:"id"`              // dotted, stable: cert.san.routable
	Title  string   `json:"title"`           // what is true when it passes
	Reason string   `json:"reason"`          // what goes wrong on the phone otherwise
	Fix    string   `json:"fix"`             // what to do about it
	Source string   `json:"source"`          // URL or document of the rule
	Basis  Basis    `json:"basis"`           // of the rule as a whole
	Codes  []string `json:"codes,omitempty"` // error codes that a failure predicts, such as AADSTS500172
}

// Check is one rule over a T: its entry in the catalogue and the function that
// decides it. Run returns at least one Outcome; none counts as a failure of
// the check itself.
type Check[T any] struct {
	Info
	Run func(Scenario, T) []Outcome
}

// Outcome is what a check found, before it becomes a Finding of the catalogue.
type Outcome struct {
	Status  Status
	Message string   // names the value found
	Fix     string   // where it differs from the catalogue's
	Basis   Basis    // where it differs from the catalogue's
	Source  string   // where it differs from the catalogue's
	Value   string   // the check's own word, for scripts
	Codes   []string // where they differ from the catalogue's
	Line    int      // where it stands in the file, counted from 1; 0 where that is not known
	Column  int
	// Unchecked says of a skip that the check would have had to look, and what it
	// needs was not given.
	Unchecked bool
}

// Pass, Skip, Warn and Fail make the single outcome of a check.
func Pass(format string, args ...any) []Outcome { return one(StatusPass, format, args) }

// Skip says that the check did not look, and why.
func Skip(format string, args ...any) []Outcome { return one(StatusSkip, format, args) }

// Unchecked skips a check that would have had to look, for want of what was not
// given: the text report says so, however much it holds.
func Unchecked(format string, args ...any) []Outcome {
	outcomes := Skip(format, args...)
	outcomes[0].Unchecked = true
	return outcomes
}

// Warn says that it may not work.
func Warn(format string, args ...any) []Outcome { return one(StatusWarn, format, args) }

// Fail says that it will not work.
func Fail(format string, args ...any) []Outcome { return one(StatusFail, format, args) }

func one(s Status, format string, args []any) []Outcome {
	return []Outcome{{Status: s, Message: fmt.Sprintf(format, args...)}}
}

// Table is the checks of one package.
type Table[T any] []Check[T]

// Catalogue returns the entries without their functions.
func (t Table[T]) Catalogue() []Info {
	infos := make([]Info, len(t))
	for i, c := range t {
		infos[i] = c.Info
	}
	return infos
}

// Run applies every check to in, in the order of the table.
func (t Table[T]) Run(s Scenario, in T) []Finding {
	var findings []Finding
	for _, c := range t {
		findings = append(findings, c.Apply(s, in)...)
	}
	return findings
}

// Apply runs one check. A verdict on a weak basis is lowered to a warning, and
// a panic or an empty answer becomes a failure, so that what could not be
// checked never looks like a pass.
func (c Check[T]) Apply(s Scenario, in T) (findings []Finding) {
	defer func() {
		if r := recover(); r != nil {
			findings = []Finding{c.finding(s, Outcome{Status: StatusFail, Basis: Measured, Message: fmt.Sprintf("the check itself broke: %v", r)})}
		}
	}()
	outcomes := c.Run(s, in)
	if len(outcomes) == 0 {
		outcomes = []Outcome{{Status: StatusFail, Basis: Measured, Message: "the check gave no answer"}}
	}
	for _, o := range outcomes {
		findings = append(findings, c.finding(s, o))
	}
	return findings
}

func (c Check[T]) finding(s Scenario, o Outcome) Finding {
	f := Finding{
		Check: c.ID, Status: o.Status, Message: o.Message, Value: o.Value, Line: o.Line, Column: o.Column, Unchecked: o.Unchecked && o.Status == StatusSkip,
		Basis: orElse(o.Basis, c.Basis), Source: orElse(o.Source, c.Info.Source),
	}
	if f.Status == StatusFail && f.Basis.Weak() {
		f.Status = StatusWarn
	}
	if f.Status == StatusPass { // nobody has to look there
		f.Line, f.Column = 0, 0
	}
	if f.Status.Worse(StatusSkip) {
		f.Fix = orElse(o.Fix, c.Info.Fix)
		f.Codes = c.Codes
		if o.Codes != nil {
			f.Codes = o.Codes
		}
		if !s.InCloud() { // nobody there reports Entra ID's codes
			f.Codes = slices.DeleteFunc(slices.Clone(f.Codes), func(code string) bool { return strings.HasPrefix(code, "AADSTS") })
		}
	}
	return f
}
